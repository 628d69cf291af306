"""The pages about uploads do what they say: their blocks are run, each in a process of its own."""

from pathlib import Path

import pytest

import command
from child import run_python
from readme_blocks import Block, blocks

DOCS = command.REPOSITORY / "docs"
PAGES = {name: (DOCS / name).read_text("utf-8") for name in ("python-upload.md", "upload.md")}
BLOCKS = [(page, block) for page, text in PAGES.items() for block in blocks(text)]
# What a block leaves on the terminal.
SHOWN = {
    "Many files": "applied",
    "tqdm": "confirm: 100%",
    "rich": "upload",
    "Cancelling": "not_applied",
    "Trying it out": "put done",
}


@pytest.mark.parametrize(("page", "block"), BLOCKS, ids=str)
def test_block(page: str, block: Block, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(b"content" * 100_000)
    done = run_python("-c", block.text)
    assert done.returncode == 0, f"{page}:{block.line}\n{block.text}\n{done.stderr}"
    before = PAGES[page].splitlines()[: block.line - 1]
    heading = next(line for line in reversed(before) if line.startswith(("## ", "With [")))
    wanted = [text for name, text in SHOWN.items() if name in heading]
    assert all(text in done.stdout + done.stderr for text in wanted), done


def test_all_blocks_are_python() -> None:
    assert [block.language for _, block in BLOCKS] == ["python"] * 6
    assert not any(block.no_run for _, block in BLOCKS)
