"""The same files and variables, and two clients that never heard of each other: the vendor's
providers and our sources find the same credentials, and so does our default chain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import metastudio
import pytest
from huaweicloudsdkcore.auth.provider import (
    CredentialProviderChain,
    EnvCredentialProvider,
    MetadataCredentialProvider,
    OidcStsCredentialProvider,
    PodIdentityCredentialProvider,
    ProfileCredentialProvider,
)
from metastudio import Client, Credentials, CredentialSource
from metastudio.testing import Emulator

FILE = "24bad716-87b1-45e5-8912-6102f7693265"
# Whatever stands in the environment is not meant for these tests.
VARIABLES = [
    "HUAWEICLOUD_SDK_AK",
    "HUAWEICLOUD_SDK_SK",
    "HUAWEICLOUD_SDK_PROJECT_ID",
    "HUAWEICLOUD_SDK_CREDENTIALS_FILE",
]


@dataclass
class Place:
    """Where the programs of a test run: its emulator, its files, its variables."""

    emulator: Emulator
    home: Path
    variables: pytest.MonkeyPatch

    def environment(self) -> None:
        keys = self.emulator.env()
        for name in ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"):
            self.variables.setenv(name, keys[name])

    def profile(self) -> None:
        keys = self.emulator.env()
        file = self.home / ".huaweicloud" / "credentials"
        file.parent.mkdir()
        file.touch(mode=0o600)
        file.write_text(
            "# of the whole team\n[global]\nak = another\nsk = another\n\n"
            f"[basic]\nAK: {keys['HUAWEICLOUD_SDK_AK']}\nsk={keys['HUAWEICLOUD_SDK_SK']}\n"
        )

    def cloud_server(self) -> None:
        # The vendor's address is fixed, but not the way to it; ours is told.
        self.variables.setenv("HTTP_PROXY", self.emulator.url)
        self.variables.setenv("NO_PROXY", "127.0.0.1")
        self.variables.setenv("METASTUDIO_METADATA_ENDPOINT", self.emulator.url)

    def old_cloud_server(self) -> None:
        self.cloud_server()
        self.emulator.set_metadata("v1_only")

    def pod(self) -> None:
        token = self.home / "pod-token"
        token.write_text(self.emulator.identity["pod_token"] + "\n")
        self.variables.setenv(
            "HC_CONTAINER_CREDENTIALS_FULL_URI", self.emulator.identity["pod_url"]
        )
        self.variables.setenv("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))

    def oidc(self) -> None:
        self.variables.setenv("HUAWEICLOUD_OIDC_PROVIDER_URN", "iam::account:oidcProvider:ci")
        self.variables.setenv("HUAWEICLOUD_OIDC_AGENCY_URN", "iam::account:agency:upload")
        self.variables.setenv("HUAWEICLOUD_OIDC_ID_TOKEN", self.emulator.identity["id_token"])

    def identity_provider(self) -> None:
        token = self.home / "id-token"
        token.write_text(self.emulator.identity["id_token"])
        self.variables.setenv("HUAWEICLOUD_SDK_IDP_ID", "ci")
        self.variables.setenv("HUAWEICLOUD_SDK_ID_TOKEN_FILE", str(token))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    with Emulator() as emulator:
        for name in VARIABLES:
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("METASTUDIO_METADATA_ENDPOINT", "http://127.0.0.1:1")
        monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", emulator.url)
        monkeypatch.setenv("HUAWEICLOUD_SDK_STS_ENDPOINT", emulator.url)
        yield Place(emulator, tmp_path, monkeypatch)


PLACES: list[tuple[Callable[[Place], None], Any, Callable[[], CredentialSource], list[str]]] = [
    (Place.environment, EnvCredentialProvider, CredentialSource.environment, []),
    (Place.profile, ProfileCredentialProvider, CredentialSource.profile, []),
    (
        Place.cloud_server,
        MetadataCredentialProvider,
        CredentialSource.metadata,
        ["metadata_token", "metadata_keys"],
    ),
    (
        Place.old_cloud_server,
        MetadataCredentialProvider,
        CredentialSource.metadata,
        ["metadata_token", "metadata_keys"],
    ),
    (Place.pod, PodIdentityCredentialProvider, CredentialSource.pod, ["pod_keys"]),
    (Place.oidc, OidcStsCredentialProvider, CredentialSource.oidc, ["assume_agency"]),
    (
        Place.identity_provider,
        EnvCredentialProvider,
        CredentialSource.environment,
        ["exchange_id_token", "create_temporary_keys"],
    ),
]
IDS = [prepare.__name__ for prepare, *_ in PLACES]


@pytest.mark.parametrize(("prepare", "provider", "source", "asked"), PLACES, ids=IDS)
def test_both_ask_the_same_and_get_the_same(
    place: Place,
    prepare: Callable[[Place], None],
    provider: Any,
    source: Callable[[], CredentialSource],
    asked: list[str],
) -> None:
    prepare(place)
    ours = source().get()
    assert isinstance(ours, Credentials)
    requests = place.emulator.requests()
    assert [request["operation"] for request in requests] == asked
    if not asked:
        theirs = provider.get_basic().get_credentials()
        assert ours.access_key == theirs.ak
        assert ours.expires_at is None
        return
    # Each fetch gives new keys, so they are the same by what was sent for them.
    assert ours.expires_at is not None


@pytest.mark.parametrize(("prepare", "provider", "source", "asked"), PLACES, ids=IDS)
def test_the_default_chain_finds_them_and_the_project(
    place: Place,
    prepare: Callable[[Place], None],
    provider: Any,  # noqa: ARG001
    source: Callable[[], CredentialSource],  # noqa: ARG001
    asked: list[str],
) -> None:
    prepare(place)
    client = Client(region="cn-north-4", endpoint=place.emulator.url)
    with pytest.raises(metastudio.NotFoundError):
        client.confirm_file_upload(FILE)
    operations = [request["operation"] for request in place.emulator.requests()]
    assert operations == [*asked, "list_projects", "confirm"]
    # The vendor's chain ends in the same place.
    vendors = CredentialProviderChain.get_basic().get_credentials()
    found = CredentialSource.default().get()
    assert isinstance(found, Credentials)
    if not asked:
        assert found.access_key == vendors.ak


def test_the_first_of_several_wins_for_both(place: Place) -> None:
    place.profile()
    place.environment()
    place.variables.setenv("HUAWEICLOUD_SDK_AK", "of-the-environment")
    found = CredentialSource.default().get()
    assert isinstance(found, Credentials)
    assert found.access_key == "of-the-environment"
    assert CredentialProviderChain.get_basic().get_credentials().ak == "of-the-environment"
