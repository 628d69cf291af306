"""The source distribution holds what a build of the wheel needs."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

from command import REPOSITORY
from wheel import TARGET, smoke_test, the_wheel

# The toolchain may live there. A test has a home directory of its own.
HOME = os.environ["HOME"]


def maturin(*args: str, place: Path) -> None:
    """Runs the build backend, with a target directory of its own: cargo takes the same crate in
    two checkouts for one, and the real one's next build would find the wrong artefacts."""
    done = subprocess.run(
        [sys.executable, "-m", "maturin", *args],
        env=dict(os.environ) | {"HOME": HOME, "CARGO_TARGET_DIR": str(TARGET / "sdist-target")},
        cwd=place,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_wheel_built_from_it_works(tmp_path: Path) -> None:
    # In the same place each time, so that cargo knows again what it has compiled there.
    place = TARGET / "sdist-check"
    shutil.rmtree(place, ignore_errors=True)
    maturin("sdist", "--out", str(place), place=REPOSITORY)
    [sdist] = place.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = archive.getnames()
        archive.extractall(place, filter="data")
    [source] = [path for path in place.iterdir() if path.is_dir()]
    for wanted in ("pyproject.toml", "Cargo.lock", "LICENSE-MIT", "LICENSE-APACHE", "README.md"):
        assert (source / wanted).is_file(), wanted
    # Without it the extension is 2 MB larger: it keeps the time zones out.
    assert (source / ".cargo" / "config.toml").is_file()
    unwanted = ("target", ".venv", ".git", "__pycache__")
    assert not [name for name in names if set(Path(name).parts) & set(unwanted)]
    # The archive's times are old, and cargo goes by the time.
    for file in source.rglob("*.rs"):
        file.touch()
    build = ("build", "--locked", "--profile", "dev", "--out", str(tmp_path / "wheels"))
    maturin(*build, place=source)
    smoke_test(the_wheel(tmp_path / "wheels"), tmp_path / "empty")
