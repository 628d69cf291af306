"""The table of docs/RELIABILITY.md: each fault, what is promised, and the tests named after it.

    python tests/python/fault_table.py

writes it anew.
"""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENT = REPOSITORY / "docs" / "RELIABILITY.md"
BEGIN, END = "<!-- faults: made by tests/python/fault_table.py -->\n", "<!-- end of faults -->\n"

# Attributes between `#[test]` and the function; one that is ignored is no test of the gate.
RUST = re.compile(r"#\[test\]\n((?:\s*#\[[^\n]*\n)*)\s*fn ((?:f\d\d_)+)(\w+)\(")
PYTHON = re.compile(r"^(?:async )?()def test_((?:f\d\d_)+)(\w+)\(", re.MULTILINE)


@dataclass(frozen=True)
class Fault:
    """One case: its id, what goes wrong, what is promised."""

    name: str
    fault: str
    promise: str


@dataclass(frozen=True, order=True)
class Held:
    """A test by what its name says, and the file it stands in."""

    path: str
    sentence: str


def groups() -> Iterator[tuple[str, list[Fault]]]:
    """Heading and faults of each group, as tests/faults.toml tells them."""
    text = (REPOSITORY / "tests" / "faults.toml").read_text(encoding="utf-8")
    for letter, entries in tomllib.loads(text).items():
        title = entries.pop("title")
        yield f"{letter}. {title}", [Fault(name, *told) for name, told in entries.items()]


def tests() -> dict[str, set[Held]]:
    """The tests of each id, from the sources."""
    found: defaultdict[str, set[Held]] = defaultdict(set)
    for path in sorted((REPOSITORY / "crates").glob("*/*/**/*.rs")):
        _collect(path, RUST, found)
    for path in sorted((REPOSITORY / "tests" / "python").glob("test_*.py")):
        _collect(path, PYTHON, found)
    return found


def table() -> str:
    """All groups as Markdown."""
    held_by = tests()
    lines = []
    for heading, faults in groups():
        lines += [
            f"### {heading}",
            "",
            "| id | fault | promise | tests |",
            "| --- | --- | --- | --- |",
        ]
        for fault in faults:
            links = (
                f"[{test.sentence}](../{test.path})" for test in sorted(held_by.get(fault.name, ()))
            )
            lines.append(f"| {fault.name} | {fault.fault} | {fault.promise} | {'; '.join(links)} |")
        lines.append("")
    return "\n".join(lines)


def document() -> str:
    """The whole document with a table that is up to date."""
    before, rest = DOCUMENT.read_text(encoding="utf-8").split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def _collect(path: Path, pattern: re.Pattern[str], found: defaultdict[str, set[Held]]) -> None:
    for attributes, ids, rest in pattern.findall(path.read_text(encoding="utf-8")):
        if "ignore" in attributes:
            continue
        test = Held(path.relative_to(REPOSITORY).as_posix(), rest.replace("_", " "))
        for name in re.findall(r"f\d\d", ids):
            found[name.upper()].add(test)


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
