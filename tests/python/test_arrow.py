"""Arrow on both sides of `confirm_many` (F09, F10)."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import duckdb
import metastudio
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from metastudio import InvalidInputError, SourceError
from metastudio.testing import Emulator

from child import run_python

IDS = ["24bad716-87b1-45e5-8912-6102f7693265", "short", "24bad716-87b1-45e5-8912-6102f7693266", "x"]
STATES = ["CREATED", "CANCELLED", "FAILED", "CREATED"]
EXPECTED = list(zip(IDS, STATES, strict=True))


@pytest.fixture
def confirming(metastudio_emulator: Emulator) -> Emulator:
    """Takes every confirmation, of whatever file."""
    metastudio_emulator.fail("confirm", status=200, times=None)
    return metastudio_emulator


def confirmed(emulator: Emulator, items: Any, **options: Any) -> list[tuple[str, str | None]]:
    """What came out for each item, all of which have to be applied."""
    results = list(emulator.client().confirm_many(items, **options))
    assert [it.index for it in results] == list(range(len(results)))
    assert {it.outcome for it in results} <= {"applied"}, results
    sent = {it["file_id"] for it in emulator.requests()}
    assert sent >= {it.file_id for it in results}
    return [(it.file_id, it.state) for it in results]


def dictionary(index: pa.DataType, values: pa.DataType) -> Callable[[list[str]], pa.Array]:
    def made(texts: list[str]) -> pa.Array:
        # Backwards, and with a value that is never used.
        known = ["unused", *sorted(set(texts), reverse=True)]
        keys = pa.array([known.index(text) for text in texts], index)
        return pa.DictionaryArray.from_arrays(keys, pa.array(known, values))

    return made


def run_ends(index: pa.DataType, values: pa.DataType) -> Callable[[list[str]], pa.Array]:
    def made(texts: list[str]) -> pa.Array:
        ends = pa.array(range(1, len(texts) + 1), index)
        return pa.RunEndEncodedArray.from_arrays(ends, pa.array(texts, values))

    return made


INDEXES = [pa.int8(), pa.int16(), pa.int32(), pa.int64()]
INDEXES += [pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()]
LAYOUTS: dict[str, Callable[[list[str]], pa.Array]] = {
    "utf8": lambda texts: pa.array(texts, pa.string()),
    "large_utf8": lambda texts: pa.array(texts, pa.large_string()),
    "utf8_view": lambda texts: pa.array(texts, pa.string_view()),
    **{f"dictionary of {index}": dictionary(index, pa.string()) for index in INDEXES},
    "dictionary of large_utf8": dictionary(pa.int32(), pa.large_string()),
    "run ends, int16": run_ends(pa.int16(), pa.string()),
    "run ends, int32, large": run_ends(pa.int32(), pa.large_string()),
    "run ends, int64": run_ends(pa.int64(), pa.string()),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_f10_every_layout_of_strings_whole_and_sliced(confirming: Emulator, layout: str) -> None:
    column = LAYOUTS[layout]
    table = pa.table({"other": range(4), "state": column(STATES), "file_id": column(IDS)})
    assert confirmed(confirming, table) == EXPECTED
    assert confirmed(confirming, table.slice(1, 2)) == EXPECTED[1:3]
    batch = table.to_batches()[0]
    assert confirmed(confirming, batch.slice(2)) == EXPECTED[2:]
    chunks = pa.concat_tables([table.slice(3), table.slice(0, 0), table.slice(0, 3)])
    assert confirmed(confirming, chunks) == [EXPECTED[3], *EXPECTED[:3]]
    # A column by itself.
    assert confirmed(confirming, column(IDS), state="FAILED") == [(it, "FAILED") for it in IDS]


@pytest.mark.parametrize(
    "made",
    [
        lambda columns: pa.table(columns),
        lambda columns: pa.table(columns).to_reader(max_chunksize=3),
        lambda columns: pa.record_batch(columns),
        lambda columns: pa.table(columns).to_struct_array(),
        lambda columns: pl.DataFrame(columns),
        lambda columns: pl.DataFrame(columns).with_columns(pl.col("state").cast(pl.Categorical)),
        lambda columns: pd.DataFrame(columns),
        lambda columns: pd.DataFrame(columns).astype({"state": "category"}),
        lambda columns: duckdb.from_arrow(pa.table(columns)),
    ],
    ids=[
        "pyarrow table",
        "pyarrow reader",
        "pyarrow batch",
        "pyarrow structs",
        "polars",
        "polars categories",
        "pandas",
        "pandas categories",
        "duckdb",
    ],
)
def test_whatever_speaks_arrow_goes_in(confirming: Emulator, made: Callable[..., Any]) -> None:
    assert confirmed(confirming, made({"file_id": IDS, "state": STATES})) == EXPECTED


@pytest.mark.parametrize(
    "made", [pl.Series, pd.Series, lambda ids: pa.chunked_array([ids[:1], [], ids[1:]])]
)
def test_a_column_of_ids_goes_in(confirming: Emulator, made: Callable[..., Any]) -> None:
    assert confirmed(confirming, made(IDS)) == [(it, "CREATED") for it in IDS]


@pytest.mark.parametrize(
    "empty",
    [
        pa.table({"file_id": pa.array([], pa.string())}),
        pa.table({"file_id": []}),
        pa.Table.from_batches([], pa.schema({"file_id": pa.string()})),
        pa.RecordBatchReader.from_batches(pa.schema({"file_id": pa.string_view()}), []),
        pl.DataFrame({"file_id": []}, schema={"file_id": pl.String}),
        pd.DataFrame({"file_id": []}, dtype="str"),
        [],
        iter([]),
    ],
    ids=["rows", "type", "batches", "reader", "polars", "pandas", "list", "iterator"],
)
def test_f09_f10_nothing_is_no_mistake(confirming: Emulator, empty: Any) -> None:
    assert list(confirming.client().confirm_many(empty)) == []
    assert confirming.requests() == []


REFUSED: dict[str, tuple[Any, str]] = {
    "no column": (
        pa.table({"id": IDS, "state": STATES}),
        'file_id must be a column of items, got "id, state"',
    ),
    "no columns": (pa.table({}), "file_id must be a column of items"),
    "two columns": (
        pa.table([pa.array(IDS), pa.array(IDS)], names=["file_id", "file_id"]),
        "file_id is the name of two columns",
    ),
    "numbers": (pa.table({"file_id": [1, 2]}), "file_id must be a column of strings, not of Int64"),
    "states as numbers": (
        pa.table({"file_id": IDS, "state": [1.0] * 4}),
        "state must be a column of strings, not of Float64",
    ),
    "bytes": (pa.table({"file_id": [b"x"]}), "not of Binary"),
    "numbers in a dictionary": (
        pa.table({"file_id": pa.array([1, 2]).dictionary_encode()}),
        "file_id must be a column of strings",
    ),
    "numbers alone": (pl.Series([1, 2]), "file_id must be a column of strings, not of Int64"),
    "null": (pa.table({"file_id": ["a", "b", None]}), "file_id is null in row 2"),
    "null in a second batch": (
        pa.Table.from_batches(
            [pa.record_batch({"file_id": it}) for it in (["a", "b"], ["c", None])]
        ),
        "file_id is null in row 3",
    ),
    "null key": (
        pa.table({"file_id": pa.array(["a", None, "b"]).dictionary_encode()}),
        "file_id is null in row 1",
    ),
    "null behind a key": (
        pa.table({"file_id": pa.DictionaryArray.from_arrays([0, 1], pa.array(["a", None]))}),
        "file_id is null in row 1",
    ),
    "null in a run": (
        pa.table({"file_id": pa.RunEndEncodedArray.from_arrays([2, 3], pa.array(["a", None]))}),
        "file_id is null in row 2",
    ),
    "null in a slice": (
        pa.table({"file_id": pa.array(["a", "b", None], pa.string_view())}).slice(1),
        "file_id is null in row 1",
    ),
    "nothing but nulls": (pa.table({"file_id": pa.nulls(2)}), "file_id is null in row 0"),
    "null state": (
        pa.table({"file_id": ["a", "b"], "state": ["CREATED", None]}),
        "state is null in row 1",
    ),
    "null struct": (
        pa.StructArray.from_arrays(
            [pa.array(["a", "b"])], names=["file_id"], mask=pa.array([False, True])
        ),
        "file_id is null in row 1",
    ),
    "polars null": (pl.DataFrame({"file_id": ["a", None]}), "file_id is null in row 1"),
    "pandas null": (pd.DataFrame({"file_id": ["a", None]}), "file_id is null in row 1"),
    "bad id": (pa.table({"file_id": ["a", "../b"]}), "item 1: file_id may only hold"),
    "bad state": (
        pa.table({"file_id": ["a"], "state": ["created"]}),
        'item 0: state must be CREATED, FAILED or CANCELLED, got "created"',
    ),
    "two states": (
        pa.table({"file_id": ["a", "b", "a"], "state": ["CREATED", "CREATED", "FAILED"]}),
        "item 2: state is FAILED here and CREATED earlier",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_f10_what_cannot_be_sent_is_refused_before_anything_is(
    confirming: Emulator, case: str
) -> None:
    items, text = REFUSED[case]
    with pytest.raises(InvalidInputError) as raised:
        # A lone array has a length too, as every table.
        confirming.client().confirm_many(items)
    assert text in str(raised.value)
    assert "nothing was sent" in str(raised.value)
    assert confirming.requests() == []


def test_f10_in_a_stream_a_null_fails_where_it_stands(confirming: Emulator) -> None:
    table = pa.table({"file_id": ["a", None, "b", "b"], "state": ["CREATED"] * 3 + ["FAILED"]})
    results = list(confirming.client().confirm_many(table.to_reader(max_chunksize=1)))
    assert [it.outcome for it in results] == ["applied", "not_applied", "applied", "not_applied"]
    assert [it.file_id for it in results] == ["a", "", "b", "b"]
    assert "file_id is null in row 1" in str(results[1].error)
    assert "is FAILED here and CREATED earlier" in str(results[3].error)
    assert all(isinstance(it.error, InvalidInputError) for it in results[1::2])
    assert len(confirming.requests()) == 2


class SameCapsule:
    """Gives away one capsule again and again."""

    def __init__(self, items: Any) -> None:
        self._capsule = items.__arrow_c_stream__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        assert requested_schema is None
        return self._capsule


def test_f10_a_capsule_that_was_used_is_refused(confirming: Emulator) -> None:
    client = confirming.client()
    once = SameCapsule(pa.table({"file_id": IDS}))
    assert len(list(client.confirm_many(once))) == 4
    with pytest.raises(InvalidInputError, match=r"can't be read as an Arrow stream.*released"):
        client.confirm_many(once)
    reader = pa.table({"file_id": IDS}).to_reader()
    assert len(list(client.confirm_many(reader))) == 4
    # As an iterator that has come to its end.
    assert list(client.confirm_many(reader)) == []


@pytest.mark.parametrize("given", [None, 1, "capsule", object()])
def test_f10_what_only_looks_like_arrow_is_refused(confirming: Emulator, given: object) -> None:
    class Odd:
        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            return given

    with pytest.raises(InvalidInputError, match="can't be read as an Arrow stream"):
        confirming.client().confirm_many(Odd())

    class Raising:
        def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
            raise ImportError("pyarrow is needed")

    with pytest.raises(InvalidInputError, match="pyarrow is needed") as raised:
        confirming.client().confirm_many(Raising())
    assert isinstance(raised.value.__cause__, ImportError)


def endless(fails_at: int | None = None) -> pa.RecordBatchReader:
    def batches() -> Iterator[pa.RecordBatch]:
        for number in count():
            if number == fails_at:
                raise RuntimeError("the source broke\0 off")
            yield pa.record_batch({"file_id": [f"{number}-{row}" for row in range(10)]})

    return pa.RecordBatchReader.from_batches(pa.schema({"file_id": pa.string()}), batches())


def test_f10_a_stream_that_breaks_off_reports_what_was_read(confirming: Emulator) -> None:
    results = confirming.client().confirm_many(endless(fails_at=3))
    got: list[metastudio.ConfirmResult] = []
    with pytest.raises(SourceError, match=r"behind row 30: .*the source broke") as raised:
        got.extend(results)
    assert [it.file_id for it in got] == [f"{it // 10}-{it % 10}" for it in range(30)]
    assert raised.value.kind == "source"
    assert len(confirming.requests()) == 30
    assert next(results, None) is None
    assert results.close() == []


def test_a_stream_is_read_as_far_as_it_is_needed(confirming: Emulator) -> None:
    pulled = 0

    def batches() -> Iterator[pa.RecordBatch]:
        nonlocal pulled
        for number in count():
            pulled += 1
            yield pa.record_batch({"file_id": [f"{number}-{row}" for row in range(100)]})

    reader = pa.RecordBatchReader.from_batches(pa.schema({"file_id": pa.string()}), batches())
    with confirming.client().confirm_many(reader, concurrency=2) as results:
        first = next(results)
        assert (first.file_id, first.outcome) == ("0-0", "applied")
        assert pulled < 10


COLUMNS = {
    "index": pa.uint64(),
    "file_id": pa.string(),
    "state": pa.string(),
    "outcome": pa.string(),
    "status": pa.uint16(),
    "error_code": pa.string(),
    "request_id": pa.string(),
    "attempts": pa.uint32(),
    "ms": pa.float64(),
    "error_kind": pa.string(),
    "error_msg": pa.string(),
}


@pytest.mark.parametrize(
    "read",
    [
        lambda results: pa.table(results).to_pylist(),
        lambda results: pa.RecordBatchReader.from_stream(results).read_all().to_pylist(),
        lambda results: pl.DataFrame(results).to_dicts(),
        lambda results: pd.DataFrame.from_arrow(results).to_dict("records"),
        lambda results: duckdb.from_arrow(results).pl().to_dicts(),
    ],
    ids=["pyarrow", "reader", "polars", "pandas", "duckdb"],
)
def test_results_come_out_as_a_stream(
    metastudio_emulator: Emulator, read: Callable[[Any], list[dict[str, Any]]]
) -> None:
    emulator = metastudio_emulator
    emulator.fail("confirm", status=403, code="MSS.1", file_id="b", times=None)
    emulator.fail("confirm", status=200, times=None)
    rows = read(emulator.client().confirm_many(iter(["a", "b", "..", "a"])))
    assert [list(it) for it in rows] == [list(COLUMNS)] * 4
    asked = {it["file_id"]: it["request_id"] for it in emulator.requests()}
    shown = [[None if pd.isna(it) else it for it in row.values()] for row in rows]
    assert [it[:8] for it in shown] == [
        [0, "a", "CREATED", "applied", 200, None, asked["a"], 1],
        [1, "b", "CREATED", "not_applied", 403, "MSS.1", asked["b"], 1],
        [2, "..", None, "not_applied", None, None, None, 0],
        [3, "a", "CREATED", "applied", 200, None, asked["a"], 1],
    ]
    assert all(it["ms"] >= 0 for it in rows)
    assert [it[9] for it in shown] == [None, "permission_denied", "invalid_input", None]
    assert "would address another resource" in str(shown[2][10])


def test_the_layout_is_always_the_same(confirming: Emulator) -> None:
    client = confirming.client()
    for items in ([], ["a"]):
        table = pa.table(client.confirm_many(items))
        assert {it.name: it.type for it in table.schema} == COLUMNS
        assert table.num_rows == len(items)
    # A request for another one may be left alone.
    wanted = pa.schema({"file_id": pa.large_string()}).__arrow_c_schema__()
    stream = SameCapsule(client.confirm_many(["a"]))
    assert pa.table(stream).num_columns == len(COLUMNS)
    with client.confirm_many(["a"]) as results:
        assert results.__arrow_c_stream__(wanted) is not None


def test_a_stream_goes_on_where_the_iteration_left_off(confirming: Emulator) -> None:
    results = confirming.client().confirm_many(str(it) for it in range(20_000))
    assert [next(results).index for _ in range(3)] == [0, 1, 2]
    reader = pa.RecordBatchReader.from_stream(results)
    first = reader.read_next_batch()
    assert first.column("index")[0].as_py() == 3
    assert first.num_rows <= 8192
    rest = reader.read_all().column("index").to_pylist()
    assert rest == list(range(3 + first.num_rows, 20_000))
    assert next(results, None) is None


def test_a_chain_of_batches_is_a_pipeline(confirming: Emulator) -> None:
    """What comes out of one batch can go into the next, for it has the columns."""
    client = confirming.client()
    first = client.confirm_many((f"{it}" for it in range(100)), state="FAILED")
    again = list(client.confirm_many(first))
    assert {(it.state, it.outcome) for it in again} == {("FAILED", "applied")}
    assert len(again) == 100


def test_what_ends_the_iteration_ends_the_stream(confirming: Emulator) -> None:
    def items() -> Iterator[str]:
        yield from ("a", "b")
        raise KeyError("gone\0")

    client = confirming.client()
    results = client.confirm_many(items())
    reader = pa.RecordBatchReader.from_stream(results)
    assert reader.read_next_batch().num_rows == 2
    with pytest.raises(pa.ArrowInvalid, match="KeyError"):
        reader.read_next_batch()
    with pytest.raises(KeyError, match="gone"):
        next(results)
    confirming.clear_faults()
    failing = client.confirm_many(["missing"], raise_on_error=True)
    reader = pa.RecordBatchReader.from_stream(failing)
    assert reader.read_next_batch().num_rows == 1
    with pytest.raises(pa.ArrowInvalid, match="1 of 1 confirmations failed"):
        reader.read_next_batch()
    with pytest.raises(metastudio.ConfirmManyError):
        next(failing)


WITHOUT = """
import sys
import metastudio
from metastudio.testing import Emulator

with Emulator() as emulator:
    assert len(list(emulator.client().confirm_many(["a", "b"]))) == 2
print(sorted({"pyarrow", "polars", "pandas", "numpy", "duckdb"} & set(sys.modules)))
"""


def test_nobody_needs_arrow_who_does_not_use_it() -> None:
    done = run_python("-c", WITHOUT)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
