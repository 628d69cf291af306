"""Our wheel beside the vendor's SDK, curl and requests, in one run.

python benchmarks/run.py [ROUNDS]
"""

import functools
import os
import statistics
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import environments
import uploads
from environments import HERE, REPOSITORY
from servers import example, server
from table import Row, print_table

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", REPOSITORY / "target")).absolute()
CORE, OTHER_CORE = 0, 1
THREADS = (1, 8, 32)
IMPORTS = 15
UPLOADS = 7
SIDES = ("ours", "vendor")


class Bench:
    """The two interpreters, and what their scripts say."""

    def __init__(self, ours: Path, vendor: Path) -> None:
        self._python = {"ours": ours, "vendor": vendor}

    def numbers(
        self, side: str, script: str, *args: str, cores: Collection[int] = (CORE,)
    ) -> list[float]:
        """Runs a script of this directory on its core, or on these."""
        command = [str(self._python[side]), "-I", str(HERE / script), *args]
        done = subprocess.run(
            command,
            env={"PATH": os.environ["PATH"], "HOME": str(TARGET / "bench"), "NO_PROXY": "*"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
            preexec_fn=lambda: os.sched_setaffinity(0, cores),
        )
        return [float(word) for word in done.stdout.split()]

    def extension(self) -> Path:
        [extension] = self._python["ours"].parent.parent.rglob("_mss.abi3.so")
        return extension


def medians(rounds: list[list[float]]) -> list[float]:
    return [statistics.median(column) for column in zip(*rounds, strict=True)]


def rows(bench: Bench, near: str, far: str, both: str, rounds: int) -> Iterator[Row]:
    def turns(
        count: int,
        script: str,
        args: Mapping[str, tuple[str, ...]],
        cores: Collection[int] = (CORE,),
    ) -> dict[str, list[float]]:
        """Both sides in turns, so that a machine that slows down slows both."""
        said: dict[str, list[list[float]]] = {side: [] for side in SIDES}
        for _ in range(count):
            for side in SIDES:
                said[side].append(bench.numbers(side, script, *args[side], cores=cores))
        return {side: medians(lines) for side, lines in said.items()}

    sign = turns(rounds, "sign.py", {side: (side,) for side in SIDES})
    yield Row("sign", "ns", sign["ours"][0], sign["vendor"][0], at_most=1000, times=15)

    modules = {"ours": ("metastudio",), "vendor": ("huaweicloudsdkmetastudio.v1",)}
    imported = turns(IMPORTS, "importing.py", modules)
    for index, (unit, limit) in enumerate((("ms", 2), ("MB", 2))):
        ours, vendors = imported["ours"][index], imported["vendor"][index]
        yield Row(f"import, {unit}", unit, ours, vendors, at_most=limit)

    for threads in THREADS:
        said = turns(rounds, "confirm.py", {side: (side, near, str(threads)) for side in SIDES})
        (ours, our_cpu), (vendors, their_cpu) = said["ours"], said["vendor"]
        name = f"confirm, {threads} thread{'s' if threads > 1 else ''}"
        yield Row(name, "calls/s", ours, vendors, times=15, more_is_better=True)
        yield Row("  client's CPU a call", "ms", our_cpu * 1000, their_cpu * 1000, at_most=0.03)
        # Here a single thread mostly waits for the other core to wake up, on either side.
        said = turns(rounds, "confirm.py", {side: (side, far, str(threads)) for side in SIDES})
        ours, vendors = said["ours"][0], said["vendor"][0]
        yield Row("  server on another core", "calls/s", ours, vendors, more_is_better=True)

    workers = str(max(THREADS))
    args = {"ours": ("many", both, workers), "vendor": ("vendor", both, workers)}
    said = turns(rounds, "confirm.py", args, cores=(CORE, OTHER_CORE))
    (ours, our_cpu), (vendors, their_cpu) = said["ours"], said["vendor"]
    name = f"confirm_many, {workers}"
    yield Row(name, "items/s", ours, vendors, times=30, more_is_better=True)
    yield Row("  client's CPU an item", "ms", our_cpu * 1000, their_cpu * 1000, at_most=0.03)

    journaled = [
        bench.numbers("ours", "confirm.py", "journaled", both, workers, cores=(CORE, OTHER_CORE))
        for _ in range(rounds)
    ]
    _, cpu = medians(journaled)
    yield Row("    with a journal", "ms", cpu * 1000, None, at_most=0.06)

    megabytes = bench.extension().stat().st_size / 1e6
    yield Row("extension, stripped", "MB", megabytes, None, at_most=8)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    cores = os.sched_getaffinity(0)
    if not {CORE, OTHER_CORE} <= cores:
        sys.exit("the first two cores are needed")
    bench = Bench(environments.ours(TARGET), environments.vendors(TARGET))
    near_server = server(TARGET, "keep_alive", {CORE})
    far_server = server(TARGET, "keep_alive", {OTHER_CORE})
    both_server = server(TARGET, "keep_alive", {CORE, OTHER_CORE})
    with near_server as near, far_server as far, both_server as both:
        met = print_table("vendor's", rows(bench, near, far, both, rounds))
    print()
    put = example(TARGET, "mss-http", "put")
    with server(TARGET, "discard", cores) as url:
        numbers = functools.partial(bench.numbers, cores=cores)
        found = uploads.rows(numbers, put, url, TARGET / "bench", UPLOADS)
        met = print_table("theirs", found) and met
    sys.exit(0 if met else "a criterion is missed")


if __name__ == "__main__":
    main()
