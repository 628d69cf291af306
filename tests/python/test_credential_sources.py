"""Credentials from functions, files and the environment, as a client of the emulator sees them."""

import pickle
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import metastudio
import pytest
from metastudio import Client, Credentials, CredentialSource, Token
from metastudio.testing import Emulator

from child import run_python

FILE = "24bad716-87b1-45e5-8912-6102f7693265"


@pytest.fixture
def emulator(metastudio_emulator: Emulator) -> Emulator:
    return metastudio_emulator


def keys(emulator: Emulator, *, expires_at: datetime | None = None) -> Credentials:
    variables = emulator.env()
    access_key, secret_key = variables["HUAWEICLOUD_SDK_AK"], variables["HUAWEICLOUD_SDK_SK"]
    return Credentials(access_key, secret_key, expires_at=expires_at)


def client(emulator: Emulator, source: Callable[[], Credentials | Token]) -> Client:
    return Client(endpoint=emulator.url, project_id=emulator.project_id, credentials=source)


def is_let_in(client: Client) -> bool:
    """Whether the service says that there is no such file, which it says to those it knows."""
    with pytest.raises(metastudio.NotFoundError):
        client.confirm_file_upload(FILE)
    return True


def test_a_function_gives_keys_when_the_first_call_needs_them(emulator: Emulator) -> None:
    asked: list[int] = []

    def give() -> Credentials:
        asked.append(1)
        return keys(emulator)

    with client(emulator, give) as calling:
        assert asked == []
        assert is_let_in(calling)
        assert is_let_in(calling)
    assert asked == [1]


def test_a_function_may_give_a_token(emulator: Emulator) -> None:
    assert is_let_in(client(emulator, lambda: Token(emulator.token)))


def test_expired_credentials_are_asked_for_again(emulator: Emulator) -> None:
    ends: list[datetime] = []

    def give() -> Credentials:
        life = timedelta(hours=1) if ends else timedelta(milliseconds=300)
        ends.append(datetime.now(UTC) + life)
        return keys(emulator, expires_at=ends[-1])

    calling = client(emulator, give)
    assert is_let_in(calling)
    while datetime.now(UTC) <= ends[0]:
        time.sleep(0.02)
    assert is_let_in(calling)
    assert len(ends) == 2


def test_f17_what_a_function_raises_is_the_cause(emulator: Emulator) -> None:
    def give() -> Credentials:
        raise LookupError("the vault is sealed")

    with pytest.raises(metastudio.CredentialsError, match="LookupError: the vault is sealed") as it:
        client(emulator, give).confirm_file_upload(FILE)
    assert it.value.outcome == "not_applied"
    assert isinstance(it.value.__cause__, LookupError)
    assert emulator.requests() == []


@pytest.mark.parametrize("answer", [None, "AK:SK", ("AK", "SK")])
def test_f17_a_function_that_gives_something_else(emulator: Emulator, answer: object) -> None:
    def give() -> Credentials:
        return answer  # type: ignore[return-value]

    with pytest.raises(metastudio.CredentialsError, match=type(answer).__name__) as it:
        client(emulator, give).confirm_file_upload(FILE)
    assert isinstance(it.value.__cause__, TypeError)


def test_f17_a_function_that_blocks_holds_a_call_until_its_deadline(emulator: Emulator) -> None:
    go = threading.Event()

    def give() -> Credentials:
        go.wait(30)
        return keys(emulator)

    calling = client(emulator, give)
    with pytest.raises(metastudio.CallTimeoutError):
        calling.with_options(total_timeout=0.3).confirm_file_upload(FILE)
    go.set()
    assert is_let_in(calling)


def test_f17_a_function_may_not_use_the_client_it_serves(emulator: Emulator) -> None:
    calling: list[Client] = []

    def give() -> Credentials:
        calling[0].confirm_file_upload(FILE)
        return keys(emulator)

    calling.append(client(emulator, give))
    with pytest.raises(metastudio.MetaStudioError, match="a client of its own"):
        calling[0].confirm_file_upload(FILE)


def test_a_profile_gives_keys_and_project(emulator: Emulator, tmp_path: Path) -> None:
    file = tmp_path / "credentials"
    file.touch(mode=0o600)
    variables = emulator.env()
    file.write_text(
        f"[staging]\nak = {variables['HUAWEICLOUD_SDK_AK']}\n"
        f"sk = {variables['HUAWEICLOUD_SDK_SK']}\nproject_id = {emulator.project_id}\n"
    )
    source = CredentialSource.profile("staging", file=file)
    assert is_let_in(Client(endpoint=emulator.url, credentials=source))
    found = source.get()
    assert isinstance(found, Credentials)
    assert found.access_key == emulator.credentials.access_key


def test_a_source_keeps_what_it_has_found() -> None:
    asked: list[int] = []

    def give() -> Credentials:
        asked.append(1)
        return Credentials("AK", "SK", expires_at=datetime.now(UTC) + timedelta(hours=1))

    source = CredentialSource.callback(give)
    first, second = source.get(), source.get()
    assert len(asked) == 1
    assert isinstance(first, Credentials)
    assert first.expires_at == second.expires_at
    assert first.expires_at is not None
    assert first.expires_at.utcoffset() == timedelta(0)


def test_moments_need_a_time_zone() -> None:
    end = datetime(2030, 1, 2, 3, 4, 5, 678000, tzinfo=UTC)
    assert Token("token", expires_at=end).expires_at == end
    elsewhere = end.astimezone()
    assert Credentials("AK", "SK", expires_at=elsewhere).expires_at == end
    with pytest.raises(metastudio.CredentialsError, match="time zone"):
        Credentials("AK", "SK", expires_at=end.replace(tzinfo=None))
    with pytest.raises(TypeError, match="expires_at must be datetime"):
        Token("token", expires_at="2030-01-02")  # type: ignore[arg-type]


def test_tokens_show_nothing_and_are_not_pickled() -> None:
    token = Token("planted-token", expires_at=datetime(2030, 1, 2, tzinfo=UTC))
    assert "planted" not in repr(token)
    assert "2030" in repr(token)
    with pytest.raises(TypeError, match="secret"):
        pickle.dumps(token)


@pytest.mark.parametrize("wrong", ["AK:SK", 5, ["AK", "SK"]])
def test_credentials_of_another_type_are_refused(wrong: object) -> None:
    with pytest.raises(TypeError, match="credentials must be"):
        Client(region="cn-north-4", credentials=wrong)  # type: ignore[arg-type]


def test_credentials_and_a_token_are_one_too_many() -> None:
    with pytest.raises(metastudio.InvalidConfigError, match="only one"):
        Client(region="cn-north-4", credentials=Credentials("AK", "SK"), token="token")


def test_f17_a_function_may_use_another_source(emulator: Emulator) -> None:
    other = CredentialSource.callback(lambda: keys(emulator))

    def give() -> Credentials:
        found = other.get()
        assert isinstance(found, Credentials)
        return found

    assert is_let_in(client(emulator, give))


AT_EXIT = """
import threading, time
import metastudio
from metastudio import Client, Credentials, CredentialSource

runs = threading.Event()

def give():
    runs.set()
    while True:
        time.sleep(0.0005)

client = Client(endpoint="http://127.0.0.1:1", project_id="p", credentials=give)
try:
    client.with_options(total_timeout=0.2).confirm_file_upload("f")
except metastudio.CallTimeoutError:
    print("timed out")
assert runs.is_set()
"""


def test_f61_a_function_that_runs_when_the_interpreter_ends() -> None:
    for _ in range(5):
        done = run_python("-c", AT_EXIT)
        assert (done.returncode, done.stdout, done.stderr) == (0, "timed out\n", "")
