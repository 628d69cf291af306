"""TLS and proxies of a client: what its arguments lead to (F22, F23, F25)."""

import base64
import logging
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import metastudio
import pytest
from metastudio import Client, Credentials
from metastudio.testing import Emulator

from child import run_python

KEYS = Credentials("AccessKey", "SecretKey")
ELSEWHERE: dict[str, Any] = {
    "endpoint": "https://metastudio.test",
    "project_id": "p",
    "credentials": KEYS,
    "max_attempts": 1,
}


@contextmanager
def refusing_proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that refuses everybody, by its address, and the heads that it was sent."""
    heads: list[str] = []

    def serve() -> None:
        while True:
            connection, _ = listener.accept()
            with connection:
                head = b""
                while not head.endswith(b"\r\n\r\n"):
                    more = connection.recv(4096)
                    if not more:
                        return
                    head += more
                heads.append(head.decode())
                connection.sendall(b"HTTP/1.1 407 No\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"{host}:{port}", heads
        # Wakes it up, for the last time.
        socket.create_connection((host, port)).close()
        thread.join()


def refused(client: Client) -> metastudio.MetaStudioError:
    with pytest.raises(metastudio.MetaStudioError) as caught:
        client.confirm_file_upload("f1")
    return caught.value


def test_f25_a_proxy_by_its_url() -> None:
    with refusing_proxy() as (address, heads):
        url = f"http://us%40er:pa%3Ass%40word@{address}"
        error = refused(Client(**ELSEWHERE, proxy=url))
    assert (error.kind, error.outcome) == ("proxy", "not_applied")
    assert address in str(error)
    [head] = heads
    assert head.startswith("CONNECT metastudio.test:443 ")
    sent = base64.b64encode(b"us@er:pa:ss@word").decode()
    assert f"Proxy-Authorization: Basic {sent}\r\n" in head
    for hidden in ("us@er", "us%40er", "ss@word", "ss%40word", sent):
        assert hidden not in f"{error} {error!r}"


def test_f25_the_environments_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with refusing_proxy() as (address, heads):
        monkeypatch.setenv("HTTPS_PROXY", f"http://{address}")
        monkeypatch.delenv("https_proxy", raising=False)
        monkeypatch.setenv("NO_PROXY", "other.test")
        assert refused(Client(**ELSEWHERE)).kind == "proxy"
        assert refused(Client(**ELSEWHERE, proxy="env")).kind == "proxy"
        assert refused(Client(**ELSEWHERE, proxy=None)).kind == "resolve"
        monkeypatch.setenv("NO_PROXY", "other.test, .test")
        assert refused(Client(**ELSEWHERE)).kind == "resolve"
    assert len(heads) == 2


@pytest.mark.parametrize("url", ["", "host:planted", "http://u:planted#@h:1", "socks5://h:1"])
def test_f25_a_proxy_that_is_none(url: str) -> None:
    with pytest.raises(metastudio.InvalidConfigError, match="proxy") as caught:
        Client(**ELSEWHERE, proxy=url)
    assert "planted" not in f"{caught.value} {caught.value!r}"


def test_f23_files_of_no_use(tmp_path: Path) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    words = tmp_path / "words.pem"
    words.write_text("words", encoding="ascii")
    for path, problem in [
        (tmp_path / "missing.pem", "can't be read"),
        (tmp_path, "can't be read"),
        (empty, "is empty"),
        (words, "no certificate in PEM"),
    ]:
        for given in (path, str(path)):
            with pytest.raises(metastudio.InvalidConfigError) as caught:
                Client(**ELSEWHERE, ca_file=given)
            assert caught.value.error_msg.startswith(f"ca_file {path} ")
            assert problem in caught.value.error_msg
        for certificate in (path, (str(path), path)):
            with pytest.raises(metastudio.InvalidConfigError, match="client_cert") as caught:
                Client(**ELSEWHERE, client_cert=certificate)
            assert problem in caught.value.error_msg


@pytest.mark.parametrize(
    ("name", "value"),
    [("ca_file", 1), ("ca_file", b"x"), ("proxy", 1), ("proxy", b"http://h:1")]
    + [("client_cert", value) for value in (1, ("a",), ("a", "b", "c"), ("a", None), ["a", "b"])],
)
def test_wrong_types(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be .*, not "):
        Client(**(ELSEWHERE | {name: value}))


def test_each_client_that_checks_no_certificates_warns(
    metastudio_emulator: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    for count in (1, 2):
        with pytest.warns(RuntimeWarning, match="danger_accept_invalid_certs") as warned:
            client = Client(**ELSEWHERE, danger_accept_invalid_certs=True)
        assert warned[0].filename == __file__
        records = [it for it in caplog.records if "danger_accept" in it.getMessage()]
        assert [it.levelno for it in records] == [logging.WARNING] * count
    client.close()
    caplog.clear()
    metastudio_emulator.client().close()
    assert not caplog.records


def test_the_warning_is_seen_without_any_set_up() -> None:
    program = (
        "import metastudio\n"
        "keys = metastudio.Credentials('a', 's')\n"
        "metastudio.Client(region='cn-north-4', project_id='p', credentials=keys,\n"
        "                  danger_accept_invalid_certs=True)\n"
    )
    done = run_python("-c", program)
    assert done.returncode == 0, done.stderr
    assert "RuntimeWarning: danger_accept_invalid_certs" in done.stderr
    assert "Whoever is on the way" in done.stderr, "the record of the log"


def test_f22_an_upload_over_tls_with_the_right_authority_only(tmp_path: Path) -> None:
    with Emulator(tls=True) as emulator, Emulator(tls=True) as other:
        for trusted in (None, other.ca_file):
            error = refused(emulator.client(ca_file=trusted))
            assert (error.kind, error.outcome) == ("tls", "not_applied")
            assert len(error.attempts) == 1
            assert "ca_file" in str(error)
        assert emulator.requests() == []
        file = tmp_path / "clip.mp4"
        file.write_bytes(b"x" * 3_000_000)
        uploaded = emulator.client().upload(file, asset_id="a1")
        assert emulator.file_body(uploaded.file_id) == file.read_bytes()
        with pytest.warns(RuntimeWarning):
            insecure = emulator.client(ca_file=None, danger_accept_invalid_certs=True)
        assert insecure.upload(file, asset_id="a2").request_id
