"""An environment for the release wheel, and one for the vendor's SDK."""

import shutil
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
REPOSITORY = HERE.parent


def run(*command: str | Path) -> None:
    subprocess.run(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, check=True)


def pip() -> list[str]:
    """A pip that can install into other environments; there need not be one in this one."""
    made_by = REPOSITORY / ".venv" / "made-by"
    for python in [sys.executable, *(made_by.read_text().split() if made_by.is_file() else [])]:
        command = [python, "-m", "pip", "--disable-pip-version-check"]
        if (
            subprocess.run([*command, "--version"], capture_output=True, check=False).returncode
            == 0
        ):
            return command
    sys.exit("no pip found: install pip for this Python")


def environment(place: Path, installed: Path, *packages: str | Path) -> Path:
    """The interpreter of an environment at `place` with these packages; made anew only when the
    file `installed`, which names or is one of them, has changed."""
    python, stamp = place / "bin" / "python", place / "installed"
    if not (stamp.is_file() and stamp.read_bytes() == installed.read_bytes()):
        shutil.rmtree(place, ignore_errors=True)
        venv.create(place, with_pip=False)
        run(*pip(), "--python", python, "install", "--quiet", *packages)
        shutil.copyfile(installed, stamp)
    return python


def ours(target: Path) -> Path:
    wheels = target / "wheels-release"
    shutil.rmtree(wheels, ignore_errors=True)
    run(sys.executable, "-m", "maturin", "build", "--release", "--quiet", "--out", wheels)
    [wheel] = wheels.glob("*.whl")
    return environment(target / "bench" / "ours", wheel, "--no-index", wheel)


def vendors(target: Path) -> Path:
    listed = HERE / "requirements.txt"
    return environment(target / "bench" / "vendor", listed, "--requirement", listed)
