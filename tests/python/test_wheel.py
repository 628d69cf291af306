"""The wheel: what is in it, that it needs nothing else, and the command that comes with it."""

import email
import json
import os
import re
import signal
import subprocess
import sys
import tomllib
import zipfile
from dataclasses import replace
from pathlib import Path

import metastudio as package
import pytest
from metastudio.testing import Emulator

from command import ACCESS_KEY, DONE, PROJECT_ID, REPOSITORY, SECRET_KEY, USAGE, Metastudio
from wheel import smoke_test, the_wheel

KEYS = {ACCESS_KEY: "AccessKey", SECRET_KEY: "SecretKey", PROJECT_ID: "p"}


@pytest.fixture
def installed(metastudio: Metastudio) -> Metastudio:
    """The command that installing the wheel put beside Python."""
    path = Path(sys.executable).with_name("metastudio")
    assert path.is_file()
    return replace(metastudio, path=path)


def test_alone_in_an_empty_environment_it_works(tmp_path: Path) -> None:
    smoke_test(the_wheel(), tmp_path / "empty")


def test_what_is_in_it() -> None:
    wheel = the_wheel()
    assert re.search("-cp311-abi3-", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name) for name in archive.namelist()}
        [metadata] = [name for name in names if name.name == "METADATA"]
        header = email.message_from_bytes(archive.read(str(metadata)))
    modules = {path.name for path in names if path.parts[0] == "metastudio"}
    sources = {path.name for path in (REPOSITORY / "python" / "metastudio").glob("[!.]*.*")}
    assert modules == sources | {"_mss.abi3.so"}
    assert {"py.typed", "_mss.pyi"} <= modules
    assert header.get_all("Requires-Dist") is None
    assert header["Requires-Python"] == ">=3.11"
    assert header["License-Expression"] == "MIT OR Apache-2.0"
    workspace = tomllib.loads((REPOSITORY / "Cargo.toml").read_text("utf-8"))["workspace"]
    assert header["Version"] == package.__version__ == workspace["package"]["version"]


@pytest.mark.parametrize(
    "args",
    [
        ("--version",),
        ("--help",),
        ("upload", "--help"),
        ("confirm", "../x", "--state", "CREATED"),
        ("no-such-command",),
        ("sign", "GET", "https://example.com/a", "--date", "20260102T030405Z", "--json"),
    ],
)
def test_its_command_says_what_the_binary_says(
    metastudio: Metastudio, installed: Metastudio, args: tuple[str, ...]
) -> None:
    ours, binarys = installed.run(*args, env=KEYS), metastudio.run(*args, env=KEYS)
    assert ours == binarys
    assert ours.stdout + ours.stderr


def test_its_command_uploads_and_fails_as_the_binary_does(
    metastudio: Metastudio, installed: Metastudio
) -> None:
    clip = metastudio.home / "clip.mp4"
    clip.write_bytes(b"content")
    with Emulator() as emulator:
        for number, each in enumerate((metastudio, installed)):
            upload = ("upload", str(clip), "--asset-id", f"a{number}", "--json")
            done = each.run(*upload, env=emulator.env())
            assert done.code == DONE, done
            assert done.json()["file_id"] == emulator.files()[number]["file_id"]
            again = each.run(*upload, env=emulator.env())
            assert again.code == 1
            assert "MSS.00000003" in again.stdout + again.stderr
    assert installed.run("upload", env={}).code == USAGE


def test_python_minus_m_is_the_command(installed: Metastudio) -> None:
    module = replace(installed, path=Path(sys.executable))
    assert module.run("-m", "metastudio", "--version", env={}).stdout == (
        installed.run("--version", env={}).stdout
    )


def test_ctrl_c_ends_the_command_inside_python_too(installed: Metastudio) -> None:
    """The command has signal handlers of its own, which go before Python's."""
    with subprocess.Popen(
        [installed.path, "emulator", "--port", "0", "--json"],
        env=installed.environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["url"]
        os.kill(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert process.returncode in (0, 130)
    assert b"Traceback" not in said
