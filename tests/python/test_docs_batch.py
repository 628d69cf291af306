"""The page about batches does what it says: its blocks are run, each in a process of its own."""

import pytest

import command
from child import run_python
from readme_blocks import Block, blocks

PAGE = (command.REPOSITORY / "docs" / "batch.md").read_text("utf-8")
BLOCKS = list(blocks(PAGE))
# What each leaves on the terminal.
SHOWN = [
    "no-such-file not_applied",
    "file-0 not_applied",
    "ConfirmFileUpload of file a",
    "not_found",
]


@pytest.mark.parametrize(("block", "shown"), list(zip(BLOCKS, SHOWN, strict=True)), ids=str)
def test_block(block: Block, shown: str) -> None:
    done = run_python("-c", block.text)
    assert done.returncode == 0, f"batch.md:{block.line}\n{block.text}\n{done.stderr}"
    assert shown in done.stdout


def test_all_blocks_are_python() -> None:
    assert {block.language for block in BLOCKS} == {"python"}
    assert not any(block.no_run for block in BLOCKS)
