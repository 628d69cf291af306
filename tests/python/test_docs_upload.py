"""docs/python-upload.md does what it says: its blocks are run, each in a process of its own."""

from pathlib import Path

import pytest

import command
from child import run_python
from readme_blocks import Block, blocks

PAGE = command.REPOSITORY / "docs" / "python-upload.md"
BLOCKS = blocks(PAGE.read_text("utf-8"))
# What a block leaves on the terminal.
SHOWN = {
    "Many files": "applied",
    "tqdm": "confirm: 100%",
    "rich": "upload",
    "Cancelling": "not_applied",
}


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_block(block: Block, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"content" * 100_000)
    done = run_python("-c", block.text)
    assert done.returncode == 0, f"line {block.line}\n{block.text}\n{done.stderr}"
    before = PAGE.read_text("utf-8").splitlines()[: block.line - 1]
    heading = next(line for line in reversed(before) if line.startswith(("## ", "With [")))
    wanted = [text for name, text in SHOWN.items() if name in heading]
    assert all(text in done.stdout + done.stderr for text in wanted), done


def test_all_blocks_are_python() -> None:
    assert [block.language for block in BLOCKS] == ["python"] * 5
    assert not any(block.no_run for block in BLOCKS)
