"""The wheel under test, and empty environments to put a wheel into."""

import os
import subprocess
import venv
import zipfile
from pathlib import Path

from command import REPOSITORY

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")).absolute()


def the_wheel(directory: Path | None = None) -> Path:
    """The one wheel in a directory: METASTUDIO_WHEEL, or where tools/check.sh builds it."""
    default = os.environ.get("METASTUDIO_WHEEL", TARGET / "wheels-dev")
    directory = directory or Path(default)
    wheels = list(directory.glob("*.whl"))
    if len(wheels) != 1:
        raise FileNotFoundError(f"not one wheel in {directory}: run `sh tools/check.sh python`")
    return wheels[0]


def smoke_test(wheel: Path, place: Path) -> None:
    """Runs smoke.py in a new environment with this wheel and nothing else.

    Unpacked as pip would do it: that needs no pip, and this wheel has nothing but modules.
    """
    venv.create(place, with_pip=False)
    [packages] = place.glob("lib/python*/site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(packages)
    smoke = Path(__file__).with_name("smoke.py")
    done = subprocess.run(
        [place / "bin" / "python", "-I", smoke],
        env={"PATH": os.environ["PATH"], "NO_PROXY": "*"},
        cwd=place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
