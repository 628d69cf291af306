"""Ray Data: each row's file becomes CREATED once, each id is confirmed."""

from pathlib import Path
from typing import Any

import metastudio.ray
import pyarrow as pa
import pytest

from conftest import Service
from killing import killed_when, writes_within

pytestmark = pytest.mark.usefixtures("ray_cluster")


def options(service: Service, **more: object) -> dict[str, Any]:
    own = {"journal_dir": service.journals, "workers": 2, "asset_id": "a1"}
    return {**service.options, **own, "category": "OTHER", **more}


def test_a_killed_uploader_leaves_each_row_with_one_created_file(
    service: Service, files: list[str]
) -> None:
    import ray.data

    def is_time() -> bool:
        return len(service.emulator.files()) >= 300

    rows = ray.data.from_arrow([pa.table({"path": files[at::8]}) for at in range(8)])
    with killed_when(is_time, writes_within(service.journals)):
        uploaded = metastudio.ray.upload(rows, **options(service, rate=400, concurrency=8))

    names = [Path(path).name for path in files]
    held = service.emulator.files()
    assert {row["path"]: held[row["file_id"]]["file_name"] for row in uploaded.take_all()} == dict(
        zip(files, names, strict=True)
    )
    service.check_each_row_once(files)


def test_a_row_that_fails_cancels_all(service: Service, files: list[str]) -> None:
    import ray.data

    paths = [*files[:40], str(Path(files[0]).with_name("missing.bin"))]
    rows = ray.data.from_arrow(pa.table({"path": paths}))
    with pytest.raises(ray.exceptions.RayError, match=r"missing\.bin"):
        metastudio.ray.upload(rows, batch_size=10, **options(service))
    assert service.states() == {"CANCELLED"}


@pytest.mark.parametrize("name", ["token", "credentials", "sk"])
def test_secrets_are_refused(service: Service, name: str) -> None:
    with pytest.raises(metastudio.InvalidConfigError, match="looks like a secret") as refused:
        metastudio.ray.Confirmer(**service.options, workers=2, **{name: "canary"})
    assert "canary" not in str(refused.value)
