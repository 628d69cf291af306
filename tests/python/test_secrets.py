"""Nothing that the command prints gives a secret away (F65, F66)."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from command import (
    ACCESS_KEY,
    AUTH_TOKEN,
    AUTHENTICATION,
    DONE,
    PROJECT_ID,
    REFUSED,
    SECRET_KEY,
    SECURITY_TOKEN,
    USAGE,
    Metastudio,
    Result,
)
from echo_server import Shape, echo_server
from emulator_process import Emulator, running_emulator
from leaks import leaks
from vendor_client import ASSET_ID

PLANTED_SK = "Zq7PlantedSecretKey0Kc4vXw9RbT2mLhJd5Ys"
PLANTED_SECURITY_TOKEN = "gQ8PlantedSecurityToken3Nf6uWx1HaE9rVbMkZ" * 3
PLANTED_TOKEN = "MIIPlantedUserToken7Bd2sYg5KjC8tQpLnXw4" * 3
PLANTED_SIGNATURE = "PlantedUploadSignature6Tr3yHm9Fk1"

KEY_PAIR = {ACCESS_KEY: "PLANTEDACCESSKEY", SECRET_KEY: PLANTED_SK, PROJECT_ID: "p"}
TEMPORARY = KEY_PAIR | {SECURITY_TOKEN: PLANTED_SECURITY_TOKEN}
TOKEN = {AUTH_TOKEN: PLANTED_TOKEN, PROJECT_ID: "p"}
SECRETS = (PLANTED_SK, PLANTED_SECURITY_TOKEN, PLANTED_TOKEN, PLANTED_SIGNATURE)

LOUD = pytest.mark.parametrize("log", [{}, {"RUST_LOG": "trace"}], ids=["quiet", "trace"])
JSON = pytest.mark.parametrize("json", [(), ("--json",)], ids=["words", "json"])


def assert_silent(result: Result, *more: str) -> None:
    for stream in (result.stdout, result.stderr):
        for secret in (*SECRETS, *more):
            assert leaks(stream, secret) == [], f"{secret} in: {stream}"


@pytest.fixture
def clip(tmp_path: Path) -> str:
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"content")
    return str(file)


def upload(clip: str, endpoint: str, *options: str) -> list[str]:
    return ["upload", clip, "--asset-id", ASSET_ID, "--endpoint", endpoint, *options]


def confirm(endpoint: str, *options: str) -> list[str]:
    return ["confirm", "echoed-file", "--state", "FAILED", "--endpoint", endpoint, *options]


@LOUD
@JSON
def test_f65_success_shows_no_key_and_no_upload_url(
    metastudio: Metastudio, tmp_path: Path, clip: str, log: dict[str, str], json: tuple[str, ...]
) -> None:
    log_file = tmp_path / "emulator.log"
    with running_emulator(metastudio, log_file, KEY_PAIR | log) as emulator:
        assert emulator.secret_key == PLANTED_SK
        result = metastudio.run(*upload(clip, emulator.url, *json), env=KEY_PAIR | log)
        assert result.code == DONE, result
        assert_silent(result, emulator.token)
        assert "signature=" not in (result.stdout + result.stderr).lower()
    said = log_file.read_text()
    assert leaks(said, PLANTED_SK) == []
    assert leaks(said, emulator.token) == []


@LOUD
@JSON
def test_f65_success_with_a_token_does_not_show_it(
    metastudio: Metastudio,
    emulator: Emulator,
    clip: str,
    log: dict[str, str],
    json: tuple[str, ...],
) -> None:
    token = {AUTH_TOKEN: emulator.token, PROJECT_ID: emulator.project_id}
    result = metastudio.run(*upload(clip, emulator.url, *json), env=token | log)
    assert result.code == DONE, result
    assert_silent(result, emulator.token)


@LOUD
@JSON
@pytest.mark.parametrize("credentials", [TEMPORARY, TOKEN], ids=["key pair", "token"])
def test_f65_a_refusal_by_the_gateway_shows_none(
    metastudio: Metastudio,
    emulator: Emulator,
    clip: str,
    log: dict[str, str],
    json: tuple[str, ...],
    credentials: Mapping[str, str],
) -> None:
    """The gateway's answer shows its canonical request, security token and all."""
    known = {ACCESS_KEY: emulator.access_key} if ACCESS_KEY in credentials else {}
    env = {**credentials, **known, **log, PROJECT_ID: emulator.project_id}
    result = metastudio.run(*upload(clip, emulator.url, *json), env=env)
    assert result.code == AUTHENTICATION, result
    assert_silent(result, emulator.secret_key, emulator.token)


@LOUD
@JSON
@pytest.mark.parametrize("shape", ["json", "text", "xml"])
@pytest.mark.parametrize("credentials", [TEMPORARY, TOKEN], ids=["key pair", "token"])
def test_f65_an_answer_that_echoes_the_request_shows_none(
    metastudio: Metastudio,
    shape: Shape,
    log: dict[str, str],
    json: tuple[str, ...],
    credentials: dict[str, str],
) -> None:
    with echo_server(shape) as server:
        result = metastudio.run(*confirm(server.url, *json), env=credentials | log)
        assert result.code == REFUSED, result
        [request] = server.requests
    authorization = request.headers.get("authorization", "")
    signature = [authorization.rpartition("=")[2]] if authorization else []
    # The server had them, so it could echo them.
    assert request.headers.get("x-security-token") == credentials.get(SECURITY_TOKEN)
    assert request.headers.get("x-auth-token") == credentials.get(AUTH_TOKEN)
    assert_silent(result, *signature)


@LOUD
@JSON
@pytest.mark.parametrize("shape", ["text", "xml"])
def test_f65_an_object_store_that_echoes_shows_no_signature_of_the_upload_url(
    metastudio: Metastudio, clip: str, shape: Shape, log: dict[str, str], json: tuple[str, ...]
) -> None:
    query = f"AccessKeyId=A&Expires=1893456000&Signature={PLANTED_SIGNATURE}"
    with echo_server(shape, status=400, upload_query=query) as server:
        result = metastudio.run(*upload(clip, server.url, *json), env=TEMPORARY | log)
        assert result.code != DONE, result
        assert any(PLANTED_SIGNATURE in request.target for request in server.requests)
    assert_silent(result)


@LOUD
@JSON
def test_f65_sign_shows_what_it_signs_but_no_key(
    metastudio: Metastudio, log: dict[str, str], json: tuple[str, ...]
) -> None:
    result = metastudio.run("sign", "POST", "https://example.com/v1", *json, env=KEY_PAIR | log)
    assert result.code == DONE, result
    assert "SDK-HMAC-SHA256 Access=PLANTEDACCESSKEY" in result.stdout
    assert_silent(result)


@pytest.mark.parametrize("variable", [SECRET_KEY, SECURITY_TOKEN, AUTH_TOKEN])
def test_f65_a_credential_that_can_not_be_used_is_named_and_not_shown(
    metastudio: Metastudio, variable: str
) -> None:
    with echo_server("json") as server:
        base = TOKEN if variable == AUTH_TOKEN else TEMPORARY
        env = base | {variable: base[variable] + "\n"}
        result = metastudio.run(*confirm(server.url), env=env)
        assert server.requests == []
    assert result.code != DONE, result
    assert_silent(result)
    assert result.stderr


@pytest.mark.parametrize("command", ["upload", "confirm", "sign", "emulator"])
@pytest.mark.parametrize(
    "option", ["--sk", "--secret-key", "--secret-access-key", "--security-token", "--token"]
)
def test_f66_no_secret_can_be_given_on_the_command_line(
    metastudio: Metastudio, command: str, option: str
) -> None:
    help_text = metastudio.run(command, "--help", env={})
    assert help_text.code == DONE, help_text
    words = help_text.stdout.replace("=", " ").replace(",", " ").split()
    assert "--json" in words
    assert option not in words
    positional = {"upload": ["clip.mp4"], "confirm": ["f"], "sign": ["GET", "https://h/"]}
    args = [command, *positional.get(command, []), f"{option}={PLANTED_SK}"]
    result = metastudio.run(*args, env={})
    assert result.code == USAGE, result
    assert_silent(result)
