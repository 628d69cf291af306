"""The vendor's SDK finds keys, project and account by its own providers, unchanged."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials, GlobalCredentials
from huaweicloudsdkcore.auth.provider import (
    CredentialProviderChain,
    EnvCredentialProvider,
    MetadataCredentialProvider,
    OidcStsCredentialProvider,
    PodIdentityCredentialProvider,
    ProfileCredentialProvider,
)
from huaweicloudsdkcore.client import ClientBuilder
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, SdkException
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkmetastudio.v1 import MetaStudioClient
from metastudio.testing import Emulator

from vendor_client import create

REGION = "cn-north-4"


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator that the vendor's SDK takes for IAM and STS."""
    with Emulator() as emulator:
        look_at(emulator, monkeypatch)
        yield emulator


def look_at(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUAWEICLOUD_SDK_IAM_ENDPOINT", emulator.url)
    monkeypatch.setenv("HUAWEICLOUD_SDK_STS_ENDPOINT", emulator.url)


def on_a_cloud_server(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's metadata address is fixed, but not the way to it."""
    monkeypatch.setenv("HTTP_PROXY", emulator.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def client_with(credentials: Any, emulator: Emulator) -> Any:
    """A client that has to ask IAM for its project, unless the credentials know it."""
    builder = MetaStudioClient.new_builder().with_credentials(credentials)
    return builder.with_region(Region(REGION, emulator.url)).build()


def operations(emulator: Emulator) -> list[str]:
    return [request["operation"] for request in emulator.requests()]


def test_keys_from_the_environment_and_the_project_from_iam(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys = emulator.env()
    for name in ("HUAWEICLOUD_SDK_AK", "HUAWEICLOUD_SDK_SK"):
        monkeypatch.setenv(name, keys[name])
    client = client_with(EnvCredentialProvider.get_basic().get_credentials(), emulator)
    assert create(client).file_id
    assert operations(emulator) == ["list_projects", "create"]


def test_keys_from_the_profile_file(emulator: Emulator, tmp_path: Path) -> None:
    keys = emulator.env()
    profile = tmp_path / ".huaweicloud" / "credentials"
    profile.parent.mkdir()
    profile.write_text(
        "[basic]\n"
        f"ak = {keys['HUAWEICLOUD_SDK_AK']}\n"
        f"sk = {keys['HUAWEICLOUD_SDK_SK']}\n"
        f"iam_endpoint = {emulator.url}\n"
    )
    client = client_with(ProfileCredentialProvider.get_basic().get_credentials(), emulator)
    assert create(client).file_id
    assert operations(emulator) == ["list_projects", "create"]


@pytest.mark.parametrize("service", ["v2_and_v1", "v2_only", "v1_only"])
def test_keys_from_the_metadata_service(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    on_a_cloud_server(emulator, monkeypatch)
    emulator.set_metadata(service)
    credentials = MetadataCredentialProvider.get_basic().get_credentials()
    asked = ["metadata_token", "metadata_keys"]
    assert operations(emulator) == asked
    statuses = [request["status"] for request in emulator.requests()]
    assert statuses == [404 if service == "v1_only" else 200, 200]
    assert create(client_with(credentials, emulator)).file_id
    assert operations(emulator) == [*asked, "list_projects", "create"]


@pytest.mark.parametrize("status", [405, 503])
def test_a_metadata_service_without_tokens_may_say_so_in_other_ways(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    on_a_cloud_server(emulator, monkeypatch)
    emulator.fail("metadata_token", status=status, times=None)
    assert MetadataCredentialProvider.get_basic().get_credentials().security_token


def test_a_metadata_token_that_has_ended_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The SDK fetches new keys as soon as the present ones have less than 40 minutes left.
    with Emulator(key_lifetime=1800) as emulator:
        look_at(emulator, monkeypatch)
        on_a_cloud_server(emulator, monkeypatch)
        emulator.set_metadata("v2_only")
        credentials = MetadataCredentialProvider.get_basic().get_credentials()
        client = client_with(credentials.with_project_id(emulator.project_id), emulator)
        emulator.expire_tokens()
        before = len(emulator.requests())
        assert create(client).file_id
        seen = emulator.requests()[before:]
        assert [(request["operation"], request["status"]) for request in seen] == [
            ("metadata_keys", 401),
            ("metadata_token", 200),
            ("metadata_keys", 200),
            ("create", 200),
        ]


def test_a_cloud_server_without_an_agency_has_no_keys(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_cloud_server(emulator, monkeypatch)
    emulator.set_metadata("no_agency")
    with pytest.raises(ClientRequestException) as caught:
        MetadataCredentialProvider.get_basic().get_credentials()
    assert caught.value.status_code == 401
    # It understands that another token would not help.
    assert operations(emulator) == ["metadata_token", "metadata_keys"]


def test_keys_of_a_pod(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text(emulator.identity["pod_token"] + "\n")
    monkeypatch.setenv("HC_CONTAINER_CREDENTIALS_FULL_URI", emulator.identity["pod_url"])
    monkeypatch.setenv("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE", str(token))
    credentials = PodIdentityCredentialProvider.get_basic().get_credentials()
    assert create(client_with(credentials, emulator)).file_id
    assert operations(emulator) == ["pod_keys", "list_projects", "create"]
    token.write_text("another")
    with pytest.raises(SdkException, match="401"):
        PodIdentityCredentialProvider.get_basic().get_credentials()


def oidc(monkeypatch: pytest.MonkeyPatch, id_token: str) -> Any:
    monkeypatch.setenv("HUAWEICLOUD_OIDC_PROVIDER_URN", "iam::account:oidcProvider:ci")
    monkeypatch.setenv("HUAWEICLOUD_OIDC_AGENCY_URN", "iam::account:agency:upload")
    monkeypatch.setenv("HUAWEICLOUD_OIDC_ID_TOKEN", id_token)
    return OidcStsCredentialProvider.get_basic().get_credentials()


def test_keys_of_sts_for_an_id_token(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    credentials = oidc(monkeypatch, emulator.identity["id_token"])
    assert create(client_with(credentials, emulator)).file_id
    assert operations(emulator) == ["assume_agency", "list_projects", "create"]


def test_sts_refuses_another_id_token(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SdkException, match="The id token is not accepted"):
        client_with(oidc(monkeypatch, "forged"), emulator)
    assert operations(emulator) == ["assume_agency"]


def test_keys_of_iam_for_an_id_token(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    token = tmp_path / "id-token"
    token.write_text(emulator.identity["id_token"])
    monkeypatch.setenv("HUAWEICLOUD_SDK_IDP_ID", "ci")
    monkeypatch.setenv("HUAWEICLOUD_SDK_ID_TOKEN_FILE", str(token))
    credentials = EnvCredentialProvider.get_basic().get_credentials()
    assert create(client_with(credentials, emulator)).file_id
    exchanged = ["exchange_id_token", "create_temporary_keys"]
    assert operations(emulator) == [*exchanged, "list_projects", "create"]


def test_the_default_chain_ends_at_the_metadata_service(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_cloud_server(emulator, monkeypatch)
    credentials = CredentialProviderChain.get_basic().get_credentials()
    assert create(client_with(credentials, emulator)).file_id


def test_no_project_and_several_are_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    for projects, said in [
        ({}, f"Failed to get project id of region '{REGION}'"),
        ({"p1": REGION, "p2": REGION}, r"Multiple project ids found: \[p1,p2\]"),
    ]:
        with Emulator(projects=projects) as emulator:
            look_at(emulator, monkeypatch)
            keys = emulator.credentials
            secret_key = emulator.env()["HUAWEICLOUD_SDK_SK"]
            with pytest.raises(SdkException, match=said) as caught:
                client_with(BasicCredentials(keys.access_key, secret_key), emulator)
            # Its own header, by which it names the answer.
            assert "X-IAM-Trace-Id=None" not in str(caught.value)


@pytest.mark.parametrize("domains", ["listed", "not listed"])
def test_the_account_behind_a_key(emulator: Emulator, domains: str) -> None:
    if domains == "not listed":
        nothing = '{"domains": []}'
        emulator.fail("list_domains", status=200, body=nothing, content_type="application/json")
    keys = emulator.env()
    credentials = GlobalCredentials(keys["HUAWEICLOUD_SDK_AK"], keys["HUAWEICLOUD_SDK_SK"])
    # The account is asked for while the client of a global service is built.
    builder = ClientBuilder(MetaStudioClient, GlobalCredentials.__name__)
    builder.with_credentials(credentials).with_region(Region(REGION, emulator.url)).build()
    assert credentials.domain_id == emulator.identity["domain_id"]
    also = ["caller_identity"] if domains == "not listed" else []
    assert operations(emulator) == ["list_domains", *also]


def test_temporary_keys_that_were_revoked_are_refused(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    on_a_cloud_server(emulator, monkeypatch)
    credentials = MetadataCredentialProvider.get_basic().get_credentials()
    client = client_with(credentials, emulator)
    assert create(client).file_id
    assert emulator.revoke_key(credentials.ak)
    with pytest.raises(ClientRequestException) as caught:
        create(client)
    assert caught.value.error_code == "APIGW.0301"
