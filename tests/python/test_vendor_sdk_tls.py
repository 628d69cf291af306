"""The vendor's SDK over TLS, with the certificate that the emulator has made."""

from pathlib import Path
from typing import Any

import pytest
from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import SslHandShakeException
from huaweicloudsdkcore.http.http_config import HttpConfig
from huaweicloudsdkmetastudio.v1 import MetaStudioClient

from command import Metastudio
from emulator_process import Emulator, running_emulator
from vendor_client import confirm, create, put


def client_of(emulator: Emulator, ca_file: str | None) -> Any:
    config = HttpConfig.get_default_config()
    config.ssl_ca_cert = ca_file
    keys = BasicCredentials(emulator.access_key, emulator.secret_key, emulator.project_id)
    builder = MetaStudioClient.new_builder().with_http_config(config)
    return builder.with_credentials(keys).with_endpoint(emulator.url).build()


def test_create_put_and_confirm(metastudio: Metastudio, tmp_path: Path) -> None:
    named = tmp_path / "ca.pem"
    options = ("--tls", "--ca-file", str(named))
    with running_emulator(metastudio, tmp_path / "emulator.log", None, *options) as emulator:
        assert emulator.ca_file == str(named)
        client = client_of(emulator, emulator.ca_file)
        created = create(client)
        assert created.upload_url.startswith("https://127.0.0.1:")
        answer = put(created.upload_url, ca_file=emulator.ca_file)
        assert answer.status_code == 200, answer.text
        assert confirm(client, created.file_id, "CREATED").status_code == 200
        assert emulator.files()[created.file_id]["state"] == "CREATED"
        with pytest.raises(SslHandShakeException):
            create(client_of(emulator, None))
    # A file with a name of the user's own stays.
    assert named.exists()
