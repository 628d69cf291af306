"""The pages about credentials, the network and places: their blocks are run, each in a process of
its own."""

from pathlib import Path

import pytest

import command
from child import run_python
from readme_blocks import Block, blocks

DOCS = command.REPOSITORY / "docs"
PLACES = {"laptop", "ci", "ecs", "kubernetes", "other-clouds"}
PAGES = [
    DOCS / "credentials.md",
    DOCS / "network.md",
    *sorted((DOCS / "deploy").glob("*.md")),
]
BLOCKS = [(page.name, block) for page in PAGES for block in blocks(page.read_text("utf-8"))]
RUN = [(page, block) for page, block in BLOCKS if block.language == "python" and not block.no_run]
HAS_A_BUNDLE = Path("/etc/ssl/certs/ca-certificates.crt").exists()


@pytest.mark.parametrize(("page", "block"), RUN, ids=str)
def test_block(page: str, block: Block) -> None:
    if "ca-certificates.crt" in block.text and not HAS_A_BUNDLE:
        pytest.skip("this machine has no bundle of certificates")
    done = run_python("-c", block.text)
    assert done.returncode == 0, f"{page}:{block.line}\n{block.text}\n{done.stderr}"


def test_there_is_a_page_for_each_place() -> None:
    assert {page.stem for page in PAGES} == {"credentials", "network", *PLACES}
    overview = PAGES[0].read_text("utf-8")
    assert all(f"deploy/{name}.md" in overview for name in PLACES)


def test_shell_blocks_are_settings_or_need_an_account() -> None:
    for page, block in BLOCKS:
        if block.language == "sh" and not block.no_run:
            lines = block.text.splitlines()
            assert all(line.startswith("export ") for line in lines), (page, block)
