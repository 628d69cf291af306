"""`metastudio.testing`: what users test their own code with."""

import inspect
import json
import ssl
import urllib.error
import urllib.request
from pathlib import Path

import metastudio
import pytest
from metastudio import pytest_plugin, testing
from metastudio.testing import Emulator

from child import run_python

pytest_plugins = ["pytester"]

USERS_TESTS = """
import metastudio

def test_upload(metastudio_emulator, tmp_path):
    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"content")
    uploaded = metastudio_emulator.client().upload(clip, asset_id="a1")
    [file] = metastudio_emulator.files()
    assert (file["file_id"], file["state"]) == (uploaded.file_id, "CREATED")

def test_each_test_has_its_own(metastudio_emulator):
    assert metastudio_emulator.files() == []
"""


def test_the_fixture_is_there_once_the_package_is_installed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(USERS_TESTS)
    done = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    done.assert_outcomes(passed=2)
    fixtures = pytester.runpytest_subprocess("--fixtures")
    fixtures.stdout.fnmatch_lines(
        ["metastudio_emulator*", "*A local MetaStudio of the test's own*"]
    )


def test_what_it_offers() -> None:
    with Emulator() as emulator:
        client = emulator.client()
        created = client.create_file("a.mp4", file_size=1, file_md5=b"x" * 16, asset_id="a1")
        assert emulator.url.startswith("http://127.0.0.1:")
        assert emulator.project_id in repr(client)
        assert emulator.credentials.access_key == emulator.env()["HUAWEICLOUD_SDK_AK"]
        assert emulator.file_body(created.file_id) is None
        assert emulator.file_body("no such file") is None
        [file] = emulator.files()
        assert set(file) == {
            "file_id",
            "file_name",
            "file_size",
            "file_md5",
            "file_type",
            "asset_id",
            "category",
            "app_user_id",
            "state",
            "put",
        }
        with urllib.request.urlopen(f"{emulator.url}/_emulator/files") as answer:
            assert json.load(answer)["files"] == [file]


def test_two_at_once_know_nothing_of_each_other() -> None:
    with Emulator() as one, Emulator() as other:
        assert one.url != other.url
        assert one.token != other.token
        with pytest.raises(metastudio.AuthenticationError):
            one.client(credentials=other.credentials).confirm_file_upload("f")


def test_a_refused_signature_is_counted_by_its_key() -> None:
    with Emulator() as emulator:
        assert emulator.authentication_failures() == []
        access_key = emulator.credentials.access_key
        wrong = metastudio.Credentials(access_key, "wrong-secret-key")
        with pytest.raises(metastudio.AuthenticationError):
            emulator.client(credentials=wrong).confirm_file_upload("f")
        assert emulator.authentication_failures() == [
            {
                "access_key": access_key,
                "failures": 1,
                "consecutive": 1,
                "refused_while_locked": 0,
                "locked_until": None,
            }
        ]


def test_tls_with_a_certificate_of_its_own() -> None:
    with Emulator(tls=True) as emulator:
        assert emulator.url.startswith("https://127.0.0.1:")
        assert emulator.ca_pem is not None
        assert emulator.ca_file is not None
        assert Path(emulator.ca_file).read_text() == emulator.ca_pem
        assert emulator.ca_file == emulator.ca_file
        context = ssl.create_default_context(cafile=emulator.ca_file)
        # What Python 3.13 asks for by default.
        context.verify_flags |= ssl.VERIFY_X509_STRICT
        port = emulator.url.rpartition(":")[2]
        for host in ("127.0.0.1", "localhost"):
            page = f"https://{host}:{port}/_emulator/health"
            with urllib.request.urlopen(page, context=context) as answer:
                assert answer.status == 200
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(page, context=ssl.create_default_context())
        ca_file = Path(emulator.ca_file)
    assert not ca_file.exists()


def test_without_tls_there_is_no_certificate() -> None:
    with Emulator() as emulator:
        assert (emulator.ca_pem, emulator.ca_file) == (None, None)


def test_a_taken_port_is_an_os_error() -> None:
    with Emulator() as emulator:
        port = int(emulator.url.rpartition(":")[2])
        with pytest.raises(OSError, match=str(port)):
            Emulator(port=port)


def test_calls_beyond_the_limit_are_refused() -> None:
    with Emulator(rate_limit=1) as emulator:
        client = emulator.client(max_attempts=1)

        def create_many() -> None:
            for number in range(50):
                client.create_file("a.mp4", file_size=1, file_md5=b"x" * 16, asset_id=f"a{number}")

        with pytest.raises(metastudio.RateLimitedError):
            create_many()


def test_a_limiter_is_chosen_by_its_name() -> None:
    with Emulator(rate_limit=2, limiter="spacing") as emulator:
        client = emulator.client(max_attempts=1)
        with pytest.raises(metastudio.NotFoundError):
            client.confirm_file_upload("f")
        # A bucket would hold a second one.
        with pytest.raises(metastudio.RateLimitedError, match="limit:2,time:1 second"):
            client.confirm_file_upload("f")
    with pytest.raises(ValueError, match="fixed-window"):
        Emulator(rate_limit=2, limiter="leaky")  # type: ignore[arg-type]


def test_after_its_end_it_answers_nobody_and_says_so() -> None:
    with Emulator() as emulator:
        client = emulator.client(max_attempts=1)
    with pytest.raises(ConnectionError):
        client.confirm_file_upload("f")
    for ask in (emulator.files, emulator.client, emulator.env):
        with pytest.raises(RuntimeError, match="the emulator was stopped"):
            ask()
    emulator.stop()


def test_a_program_that_forgets_to_stop_it_ends() -> None:
    program = "from metastudio.testing import Emulator; emulator = Emulator(); emulator.url"
    assert run_python("-c", program, timeout=15).returncode == 0


def test_everything_is_documented() -> None:
    assert pytest_plugin.metastudio_emulator.__doc__
    assert "metastudio_emulator" in (testing.__doc__ or "")
    public = [name for name in dir(Emulator) if not name.startswith("_")]
    assert public
    for name in public:
        assert inspect.getdoc(getattr(Emulator, name)), name
