"""The table: a row a measurement, beside what was promised."""

from collections.abc import Iterable
from dataclasses import dataclass

LINE = "{:<24} {:>12} {:>12} {:>8}   {:<28} {}"


@dataclass(frozen=True)
class Row:
    """A measurement of both sides, and what ours has to be."""

    name: str
    unit: str
    ours: float
    theirs: float | None
    at_most: float | None = None
    at_most_of_theirs: float | None = None
    times: float | None = None
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        """How many times better ours is."""
        if self.theirs is None:
            return None
        return self.ours / self.theirs if self.more_is_better else self.theirs / self.ours

    @property
    def met(self) -> bool:
        limits = [self.at_most]
        if self.at_most_of_theirs is not None and self.theirs is not None:
            limits.append(self.at_most_of_theirs * self.theirs)
        below = all(limit is None or self.ours <= limit for limit in limits)
        return below and (self.times is None or (self.ratio or 0) >= self.times)

    def __str__(self) -> str:
        promised = []
        if self.at_most is not None:
            promised.append(f"at most {self.at_most:g} {self.unit}")
        if self.at_most_of_theirs is not None:
            promised.append(f"at most {self.at_most_of_theirs:g} of theirs")
        if self.times is not None:
            promised.append(f"{self.times:g} times")
        theirs = "" if self.theirs is None else f"{shown(self.theirs)} {self.unit}"
        ratio = "" if self.ratio is None else f"{self.ratio:.{2 if self.ratio < 10 else 1}f}"
        ours = f"{shown(self.ours)} {self.unit}"
        verdict = ("met" if self.met else "MISSED") if promised else ""
        line = LINE.format(self.name, ours, theirs, ratio, ", ".join(promised), verdict)
        return line.rstrip()


def shown(value: float) -> str:
    """Three digits that count."""
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"


def print_table(theirs: str, rows: Iterable[Row]) -> bool:
    """Prints each row as soon as it is known, under a heading that says who the others are;
    whether all that was promised was kept."""
    print(LINE.format("", "ours", theirs, "ratio", "promised", "").rstrip(), flush=True)
    met = True
    for row in rows:
        print(row, flush=True)
        met = met and row.met
    return met
