"""The page about authentication does what it says: its blocks are run, each in its process."""

import pytest

import command
from child import run_python
from readme_blocks import Block, blocks

PAGE = command.REPOSITORY / "docs" / "auth.md"
BLOCKS = blocks(PAGE.read_text("utf-8"))
# What the blocks leave on the terminal, in their order.
SHOWN = ("made ", "made ", "answered 200", "answered 404")


@pytest.mark.parametrize(("block", "shown"), [*zip(BLOCKS, SHOWN, strict=True)], ids=str)
def test_block(block: Block, shown: str) -> None:
    assert (block.language, block.no_run) == ("python", None)
    done = run_python("-c", block.text)
    assert done.returncode == 0, f"{PAGE}:{block.line}\n{block.text}\n{done.stderr}"
    assert done.stdout.startswith(shown), done
