"""No source of credentials gives a secret away, whatever a server answers or a file holds (F65)."""

from collections.abc import Callable
from pathlib import Path

import metastudio
import pytest
from metastudio import Client, CredentialSource, MetaStudioError

from echo_server import Shape, echo_server
from leaks import leaks
from test_secrets_python import shown_by, texts_within

PLANTED = "planted-secret-of-a-source-7c1e"


def with_password(_: Path) -> CredentialSource:
    return CredentialSource.iam_password("kim", PLANTED, domain="acme", project_name="cn-north-4")


def with_oidc(_: Path) -> CredentialSource:
    return CredentialSource.oidc()


def with_identity_provider(directory: Path) -> CredentialSource:
    token = directory / "id-token"
    token.write_text(PLANTED)
    return CredentialSource.id_token("ci", token)


def with_pod(_: Path) -> CredentialSource:
    return CredentialSource.pod()


def with_metadata(_: Path) -> CredentialSource:
    return CredentialSource.metadata()


def with_all(_: Path) -> CredentialSource:
    return CredentialSource.default()


def with_environment(_: Path) -> CredentialSource:
    return CredentialSource.environment()


SOURCES: list[Callable[[Path], CredentialSource]] = [
    with_password,
    with_oidc,
    with_identity_provider,
    with_pod,
    with_metadata,
    with_all,
    with_environment,
]


@pytest.mark.parametrize("status", [200, 400, 401, 500])
@pytest.mark.parametrize("shape", ["json", "text", "xml"])
@pytest.mark.parametrize("source", SOURCES)
def test_f65_an_answer_that_echoes_the_request(
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    source: Callable[[Path], CredentialSource],
    shape: Shape,
    status: int,
) -> None:
    caplog.set_level(1)
    token = tmp_path / "token"
    token.write_text(PLANTED)
    with echo_server(shape, status) as server:
        for name, value in {
            "HUAWEICLOUD_SDK_IAM_ENDPOINT": server.url,
            "HUAWEICLOUD_SDK_STS_ENDPOINT": server.url,
            "METASTUDIO_METADATA_ENDPOINT": server.url,
            "HUAWEICLOUD_OIDC_PROVIDER_URN": "provider",
            "HUAWEICLOUD_OIDC_AGENCY_URN": "agency",
            "HUAWEICLOUD_OIDC_ID_TOKEN": PLANTED,
            "HC_CONTAINER_CREDENTIALS_FULL_URI": f"{server.url}/keys",
            "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": str(token),
            # Half of a pair, and one that can't be right.
            "HUAWEICLOUD_SDK_SK": f"{PLANTED}\n",
            "HUAWEICLOUD_SDK_AK": "AK" if shape == "json" else "",
            "HOME": str(tmp_path),
        }.items():
            monkeypatch.setenv(name, value)
        wanted = source(tmp_path)
        client = Client(endpoint=server.url, project_id="p", credentials=wanted)
        client = client.with_options(max_attempts=1, total_timeout=5)
        with pytest.raises(MetaStudioError) as caught:
            client.confirm_file_upload("f1")
        with pytest.raises(MetaStudioError) as asked:
            wanted.get()
    shown = [shown_by(caught.value), shown_by(asked.value), caplog.text, repr(wanted)]
    for text in [*shown, repr(client), *texts_within(client), *texts_within(wanted)]:
        assert leaks(text, PLANTED) == [], text


@pytest.mark.parametrize(
    "text",
    [
        f"[basic]\nak = AK\nsk = {PLANTED} with blanks\n",
        f"[basic]\nak = AK\nsk\n{PLANTED}\n",
        f"[basic\nak = AK\nsk = {PLANTED}\n",
        f"sk = {PLANTED}\n",
        f"[basic]\nak = AK\nsk = {PLANTED}\nsk = {PLANTED}\n",
        f"[basic]\nsk = {PLANTED}\n",
        f"[basic]\nak = AK\nsk = {PLANTED}é\n",
        f"[{PLANTED}]\nak = AK\n sk = {PLANTED}\n",
    ],
)
def test_f65_a_file_that_is_broken(
    caplog: pytest.LogCaptureFixture, tmp_path: Path, text: str
) -> None:
    caplog.set_level(1)
    file = tmp_path / "credentials"
    file.write_text(text)
    with pytest.raises(metastudio.CredentialsError, match="credentials") as caught:
        CredentialSource.profile(file=file).get()
    shown = shown_by(caught.value) + caplog.text
    if not text.startswith(f"[{PLANTED}"):  # a section's name is no secret
        assert leaks(shown, PLANTED) == [], shown


def test_f65_what_a_function_gives_stays_inside() -> None:
    client = Client(region="cn-north-4", credentials=lambda: metastudio.Credentials("AK", PLANTED))
    source = CredentialSource.callback(lambda: metastudio.Token(PLANTED))
    found = source.get()
    shown = [repr(client), repr(source), repr(found), str(found), f"{found!s:>99}"]
    for text in [*shown, *texts_within(found), *texts_within(source)]:
        assert leaks(text, PLANTED) == [], text
