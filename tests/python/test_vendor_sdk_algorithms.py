"""The vendor's SDK, told to sign in another way, in front of the emulator."""

from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdkcore.signer.algorithm import SigningAlgorithm
from huaweicloudsdkmetastudio.v1 import MetaStudioClient

from emulator_process import Emulator
from vendor_client import create


def credentials_for(emulator: Emulator) -> Any:
    return BasicCredentials(emulator.access_key, emulator.secret_key, emulator.project_id)


def client_with(emulator: Emulator, algorithm: SigningAlgorithm) -> Any:
    config = HttpConfig.get_default_config()
    config.signing_algorithm = algorithm
    builder = MetaStudioClient.new_builder().with_http_config(config)
    return builder.with_credentials(credentials_for(emulator)).with_endpoint(emulator.url).build()


def client_with_derived_key(emulator: Emulator, region: str, service: str) -> Any:
    credentials = credentials_for(emulator).with_derived_predicate(lambda _request: True)
    builder = MetaStudioClient.new_builder().with_credentials(credentials)
    # The SDK has no name for this service, and no public way to give one.
    builder._with_derived_auth_service_name(service)
    return builder.with_region(Region(region, emulator.url)).build()


@pytest.mark.parametrize("algorithm", [SigningAlgorithm.HMAC_SHA256, SigningAlgorithm.HMAC_SM3])
def test_both_hashes_are_taken(emulator: Emulator, algorithm: SigningAlgorithm) -> None:
    created = create(client_with(emulator, algorithm))
    assert created.file_id in emulator.files()


def test_a_derived_key_is_taken(emulator: Emulator) -> None:
    created = create(client_with_derived_key(emulator, "cn-north-4", "metastudio"))
    assert created.file_id in emulator.files()


@pytest.mark.parametrize(
    ("region", "service"), [("cn-east-3", "metastudio"), ("cn-north-4", "obs")]
)
def test_a_key_derived_for_elsewhere_is_refused(
    emulator: Emulator, region: str, service: str
) -> None:
    client = client_with_derived_key(emulator, region, service)
    with pytest.raises(ClientRequestException) as caught:
        create(client)
    error = caught.value
    assert (error.status_code, error.error_code) == (401, "APIGW.0301")
    assert "verify aksk signature fail, canonicalRequest:POST|/v1/" in error.error_msg
    assert emulator.files() == {}
