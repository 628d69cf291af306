"""The emulator is a MetaStudio to the vendor's own, unchanged SDK."""

from pathlib import Path
from typing import Any

import pytest
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException

from command import ACCESS_KEY, PROJECT_ID, SECRET_KEY, Metastudio
from emulator_process import Emulator, running_emulator
from vendor_client import CONTENT, confirm, create, md5_base64, put, vendor_client


def client_of(emulator: Emulator) -> Any:
    return vendor_client(
        emulator.url, emulator.access_key, emulator.secret_key, emulator.project_id
    )


def refusal(call: Any, *args: Any) -> Any:
    with pytest.raises(ClientRequestException) as caught:
        call(*args)
    return caught.value


def test_create_put_and_confirm(emulator: Emulator) -> None:
    client = client_of(emulator)
    created = create(client)
    assert created.x_request_id

    answer = put(created.upload_url)
    assert answer.status_code == 200, answer.text

    confirmed = confirm(client, created.file_id, "CREATED")
    assert confirmed.status_code == 200
    assert confirmed.x_request_id != created.x_request_id
    file = emulator.files()[created.file_id]
    assert file["state"] == "CREATED"
    assert (file["put"]["size"], file["put"]["md5"]) == (len(CONTENT), md5_base64(CONTENT))


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_an_upload_that_did_not_happen_is_reported(emulator: Emulator, state: str) -> None:
    client = client_of(emulator)
    file_id = create(client).file_id
    assert emulator.files()[file_id]["state"] != state
    assert confirm(client, file_id, state).status_code == 200
    assert emulator.files()[file_id]["state"] == state


def test_a_wrong_secret_key_is_refused_as_the_gateway_does(emulator: Emulator) -> None:
    client = vendor_client(emulator.url, emulator.access_key, "x" * 40, emulator.project_id)
    error = refusal(create, client)
    assert (error.status_code, error.error_code) == (401, "APIGW.0301")
    assert "verify aksk signature fail" in error.error_msg
    # The gateway shows its own canonical request, with '|' for line ends.
    assert f"|/v1/{emulator.project_id}/files/|" in error.error_msg
    assert error.request_id
    assert emulator.files() == {}


def test_an_unknown_access_key_is_refused(emulator: Emulator) -> None:
    client = vendor_client(emulator.url, "NOSUCHKEY", emulator.secret_key, emulator.project_id)
    error = refusal(create, client)
    assert (error.status_code, error.error_code) == (401, "APIGW.0301")


def test_an_unknown_file_is_not_found(emulator: Emulator) -> None:
    unknown = "24bad716-87b1-45e5-8912-6102f7693265"
    error = refusal(confirm, client_of(emulator), unknown, "CREATED")
    assert error.status_code == 404
    assert error.error_code != "404", "no error_code: the SDK fell back to the status"
    assert error.request_id


def test_an_unknown_state_is_a_bad_parameter(emulator: Emulator) -> None:
    client = client_of(emulator)
    file_id = create(client).file_id
    error = refusal(confirm, client, file_id, "BOGUS")
    assert (error.status_code, error.error_code) == (400, "MSS.00000003")


def test_other_content_than_announced_is_refused_by_the_object_store(emulator: Emulator) -> None:
    created = create(client_of(emulator))
    for answer in (
        put(created.upload_url, CONTENT[:-1]),
        put(created.upload_url, CONTENT[::-1], Content_MD5=md5_base64(CONTENT)),
        put(created.upload_url, Content_Type="video/mpeg"),
        put(created.upload_url + "0"),
    ):
        assert 400 <= answer.status_code < 500, answer.text
        assert "<Code>" in answer.text
    # None of it was taken for the real upload.
    assert put(created.upload_url).status_code == 200


def test_keys_and_project_may_be_given(metastudio: Metastudio, tmp_path: Path) -> None:
    given = {ACCESS_KEY: "GIVENACCESSKEY", SECRET_KEY: "given-secret-key", PROJECT_ID: "f00d"}
    with running_emulator(metastudio, tmp_path / "emulator.log", given) as emulator:
        assert (emulator.access_key, emulator.project_id) == ("GIVENACCESSKEY", "f00d")
        assert create(client_of(emulator)).file_id in emulator.files()
        assert emulator.secret_key == "given-secret-key"
