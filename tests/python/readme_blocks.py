"""The fenced blocks of a Markdown file that a test executes.

A block in `sh` or `python` is run unless the line before it says why not:

    <!-- no-run: needs a cloud account -->

Blocks in other languages are text, or (Rust) are run as documentation tests of a crate.
"""

import re
from dataclasses import dataclass

FENCE = re.compile(r"^(?P<indent> *)```(?P<language>[\w-]*)\s*$")
NO_RUN = re.compile(r"^ *<!-- no-run: (?P<reason>\S.*) -->$")
RUNNABLE = ("sh", "python")


@dataclass(frozen=True)
class Block:
    """A block: its text, its language, the line where its text begins, why it isn't run."""

    language: str
    text: str
    line: int
    no_run: str | None

    def __str__(self) -> str:
        return f"{self.language}-line-{self.line}"


def blocks(markdown: str) -> list[Block]:
    """All fenced blocks. A marker that stands before no block, or lacks a reason, is an error."""
    found: list[Block] = []
    opened: tuple[re.Match[str], int] | None = None
    reason: str | None = None
    lines = markdown.splitlines()
    for number, line in enumerate(lines, start=1):
        fence = FENCE.match(line)
        if opened is not None:
            if fence and not fence["language"]:
                first, at = opened
                indent = len(first["indent"])
                text = "".join(row[indent:] + "\n" for row in lines[at : number - 1])
                found.append(Block(first["language"], text, at + 1, reason))
                opened = reason = None
            continue
        if fence:
            opened = fence, number
            continue
        if reason is not None:
            raise ValueError(f"line {number - 1}: no block follows the no-run marker")
        marker = NO_RUN.match(line)
        if "no-run" in line and not marker:
            raise ValueError(f"line {number}: not of the form <!-- no-run: reason -->")
        reason = marker and marker["reason"]
    if opened is not None or reason is not None:
        raise ValueError("the last block or marker is left open")
    return found
