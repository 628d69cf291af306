"""What a user tries first, in an environment that holds nothing but the wheel."""

import hashlib
import importlib.metadata
import pickle
import tempfile
from pathlib import Path

import metastudio
from metastudio.testing import Emulator

assert {it.name for it in importlib.metadata.distributions()} == {"metastudio"}
assert importlib.metadata.version("metastudio") == metastudio.__version__
assert importlib.metadata.requires("metastudio") is None

with Emulator() as emulator, tempfile.TemporaryDirectory() as directory:
    clip = Path(directory, "clip.mp4")
    clip.write_bytes(b"content")
    client = emulator.client()
    uploaded = client.upload(clip, asset_id="a1")
    assert emulator.files()[0]["state"] == "CREATED"
    assert pickle.loads(pickle.dumps(uploaded)) == uploaded
    md5 = hashlib.md5(b"content", usedforsecurity=False).digest()
    created = client.create_file("b.mp4", file_size=7, file_md5=md5, asset_id="a2")
    client.confirm_file_upload(created.file_id, metastudio.UploadState.CANCELLED)
    outcome = None
    try:
        client.confirm_file_upload("no-such-file")
    except metastudio.NotFoundError as error:
        outcome = error.outcome
    assert outcome == "not_applied", outcome

signer = metastudio.Signer(metastudio.Credentials("access", "secret"))
assert set(signer.sign("GET", "https://example.com/")) == {"Authorization", "Host", "X-Sdk-Date"}
