"""Confirming many files from Python (F09, F12, F55, F56)."""

import copy
import gc
import json
import pickle
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from types import MappingProxyType
from typing import Any

import metastudio
import pytest
from metastudio import (
    CancelHandle,
    ConfirmManyError,
    ConfirmResult,
    ConfirmResults,
    InvalidInputError,
    UploadCancelledError,
    UploadState,
)
from metastudio.testing import Emulator

from child_servers import scripted_server
from fresh_keys import fresh_keys
from wire_server import WireHandler, WireRequest, serving

OK = b"HTTP/1.1 200 OK\r\nX-Request-Id: r\r\nContent-Length: 0\r\n\r\n"


@pytest.fixture
def confirming(metastudio_emulator: Emulator) -> Emulator:
    """Takes every confirmation, of whatever file."""
    metastudio_emulator.fail("confirm", status=200, times=None)
    return metastudio_emulator


def threads() -> int:
    """Threads of this process, those of the extension among them."""
    return len(list(Path("/proc/self/task").iterdir()))


def soon(condition: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()


@pytest.mark.parametrize("concurrency", [1, 32, 256])
def test_results_come_in_the_items_order(metastudio_emulator: Emulator, concurrency: int) -> None:
    emulator = metastudio_emulator
    client = emulator.client()
    files = [
        client.create_file(f"{it}.mp4", file_size=1, file_md5=b"0" * 16, asset_id=f"a{it}")
        for it in range(100)
    ]
    ids = [it.file_id for it in files]
    results = client.confirm_many(ids, state="FAILED", concurrency=concurrency, rate=None)
    assert iter(results) is results
    seen = list(results)
    assert [it.index for it in seen] == list(range(100))
    assert [it.file_id for it in seen] == ids
    assert {(it.state, it.outcome, it.status, it.attempts) for it in seen} == {
        ("FAILED", "applied", 200, 1)
    }
    asked = {it["request_id"] for it in emulator.requests() if it["operation"] == "confirm"}
    assert {it.request_id for it in seen} == asked
    assert all(it.error is None and it.error_code is None and 0 < it.ms < 20_000 for it in seen)
    assert {it["state"] for it in emulator.files()} == {"FAILED"}
    assert repr(results) == "<ConfirmResults applied=100 not_applied=0 unknown=0>"
    assert next(results, None) is None
    assert results.close() == []
    assert "closed" in repr(results)


FORMS: dict[str, Any] = {
    "list": ["a", "b"],
    "tuple": ("a", "b"),
    "generator": (it for it in "ab"),
    "map": map(str.lower, "AB"),
    "deque": deque(["a", "b"]),
    "keys": {"a": 1, "b": 2}.keys(),
    "pairs": [("a", "FAILED"), ["b", UploadState.CANCELLED]],
    "dict items": {"a": "FAILED", "b": "CANCELLED"}.items(),
    "mappings": [{"file_id": "a", "state": "FAILED", "more": 1}, OrderedDict(file_id="b")],
    "other mappings": iter([MappingProxyType({"file_id": "a"}), {"file_id": "b"}]),
    "mixed": iter(["a", ("b", "FAILED")]),
}


@pytest.mark.parametrize("form", FORMS)
def test_any_iterable_goes_in(confirming: Emulator, form: str) -> None:
    results = list(confirming.client().confirm_many(FORMS[form], state="CANCELLED"))
    expected = {
        "pairs": ["FAILED", "CANCELLED"],
        "dict items": ["FAILED", "CANCELLED"],
        "mappings": ["FAILED", "CANCELLED"],
        "mixed": ["CANCELLED", "FAILED"],
    }
    assert [it.state for it in results] == expected.get(form, ["CANCELLED"] * 2)
    assert [it.file_id for it in results] == ["a", "b"]
    assert {it.outcome for it in results} == {"applied"}


WRONG: list[tuple[Any, dict[str, Any], str]] = [
    ("24bad716", {}, "items must be an iterable of file ids"),
    (b"24bad716", {}, "not bytes"),
    (bytearray(b"a"), {}, "not bytearray"),
    (memoryview(b"a"), {}, "not memoryview"),
    ({"file_id": "a"}, {}, "not dict"),
    (MappingProxyType({"file_id": "a"}), {}, "not mappingproxy"),
    (5, {}, "not int"),
    (None, {}, "not NoneType"),
    (["a", 5], {}, r"items\[1\]: item must be a file id, .* not int"),
    (["a", None], {}, r"items\[1\]: item must be .* not NoneType"),
    (["a", b"b"], {}, r"items\[1\]: item must be .* not bytes"),
    ([("a", "CREATED", 1)], {}, r"items\[0\]: item must be .* not tuple"),
    ([("a", None)], {}, r"items\[0\]: state must be str, not NoneType"),
    ([(1, "CREATED")], {}, r"items\[0\]: file_id must be str, not int"),
    ([{"file_id": 1}], {}, r"items\[0\]: file_id must be str, not int"),
    (["a"], {"concurrency": 1.5}, "concurrency must be int"),
    (["a"], {"raise_on_error": 1}, "raise_on_error must be bool"),
    (["a"], {"cancel": 1}, "cancel must be metastudio.CancelHandle"),
    (["a"], {"rate": []}, "rate must be"),
    (["a"], {"state": None}, "state must be str"),
    (["a"], {"speed": 1}, "unexpected keyword argument 'speed'"),
]


@pytest.mark.parametrize(("items", "options", "text"), WRONG)
def test_a_wrong_type_is_refused_before_anything_is_sent(
    confirming: Emulator, items: Any, options: dict[str, Any], text: str
) -> None:
    with pytest.raises(TypeError, match=text):
        confirming.client().confirm_many(items, **options)
    assert confirming.requests() == []


REFUSED: list[tuple[Any, dict[str, Any], str]] = [
    (["a", "b", ".."], {}, "item 2: file_id would address another resource"),
    (["a", ""], {}, "item 1: file_id is empty"),
    (["a", "b/c"], {}, "item 1: file_id may only hold"),
    (["a", "\ud800"], {}, "item 1: file_id holds lone surrogates"),
    ([("a", "created")], {}, "item 0: state must be CREATED, FAILED or CANCELLED"),
    (["a", {"id": "b"}], {}, "item 1: item has no file_id"),
    (["a", "b", ("a", "FAILED")], {}, "item 2: state is FAILED here and CREATED earlier"),
    (["a"], {"concurrency": 0}, "concurrency must be 1 to 256"),
    (["a"], {"concurrency": 257}, "concurrency must be 1 to 256"),
    (["a"], {"rate": 0}, "rate must be"),
    (["a"], {"rate": "fast"}, "rate must be"),
    (["a"], {"state": "DONE"}, "state must be CREATED, FAILED or CANCELLED"),
    (["a"], {"app_user_id": "\n"}, "app_user_id"),
    (iter(["a"]), {"concurrency": 0}, "concurrency must be 1 to 256"),
]


@pytest.mark.parametrize(("items", "options", "text"), REFUSED)
def test_f09_what_has_a_length_is_checked_as_a_whole(
    confirming: Emulator, items: Any, options: dict[str, Any], text: str
) -> None:
    with pytest.raises(InvalidInputError, match=text) as raised:
        confirming.client().confirm_many(items, **options)
    assert "nothing was sent" in str(raised.value)
    assert confirming.requests() == []


def test_f09_in_an_iterator_what_cannot_be_sent_fails_where_it_stands(
    confirming: Emulator,
) -> None:
    items: list[Any] = ["a", "..", 5, ("a", "FAILED"), "a", ("b", "created"), None, "c"]
    results = list(confirming.client().confirm_many(iter(items)))
    assert [it.outcome == "applied" for it in results] == [
        *(True, False, False, False, True, False, False, True)
    ]
    assert [it.file_id for it in results] == ["a", "..", "", "a", "a", "b", "", "c"]
    texts = [str(it.error) for it in results if it.error]
    for text, wanted in zip(
        texts,
        ["another resource", "not int", "FAILED here and CREATED", "state must be", "NoneType"],
        strict=True,
    ):
        assert wanted in text
        assert "not applied; nothing was sent" in text
    assert sorted(it["file_id"] for it in confirming.requests()) == ["a", "c"]
    assert results[4].request_id == results[0].request_id


def test_all_calls_are_made_in_the_name_of_one_user() -> None:
    users = []

    class Handler(WireHandler):
        def reply(self, request: WireRequest) -> None:
            users.append(request.headers["x-app-userid"])
            self.send(200, b"")

    with serving(Handler) as url:
        client = metastudio.Client(endpoint=url, project_id="p", credentials=fresh_keys())
        results = list(client.confirm_many(["a", "b", "c"], app_user_id="user"))
    assert {it.outcome for it in results} == {"applied"}
    assert users == ["user"] * 3


def test_f09_repeats_are_sent_once(confirming: Emulator) -> None:
    ids = [f"f{it % 10}" for it in range(1000)]
    for items in (ids, iter(ids)):
        results = list(confirming.client().confirm_many(items))
        assert [it.file_id for it in results] == ids
        assert {it.outcome for it in results} == {"applied"}
    assert len(confirming.requests()) == 20


def test_f12_a_wrong_secret_costs_one_failure_and_loses_no_item() -> None:
    with Emulator() as emulator:
        wrong = metastudio.Credentials(emulator.credentials.access_key, "wrong")
        client = emulator.client(credentials=wrong)
        results = list(client.confirm_many((f"f{it}" for it in range(1000)), concurrency=32))
        assert [it.index for it in results] == list(range(1000))
        assert {it.outcome for it in results} == {"not_applied"}
        assert {type(it.error) for it in results} == {metastudio.AuthenticationError}
        [failures] = emulator.authentication_failures()
        assert failures["failures"] <= 4
        assert failures["locked_until"] is None
        assert sum(it.attempts for it in results) == failures["failures"]


def test_f55_one_poison_item_fails_alone(metastudio_emulator: Emulator) -> None:
    emulator = metastudio_emulator
    emulator.fail("confirm", status=500, file_id="f5000", times=None)
    emulator.fail("confirm", status=200, times=None)
    seen = 0
    failed: list[ConfirmResult] = []
    for result in emulator.client().confirm_many(f"f{it}" for it in range(10_000)):
        assert (result.index, result.file_id) == (seen, f"f{seen}")
        seen += 1
        if result.outcome != "applied":
            failed.append(result)
    assert seen == 10_000
    [poison] = failed
    assert (poison.file_id, poison.status, poison.attempts) == ("f5000", 500, 3)
    assert (poison.outcome, type(poison.error)) == ("unknown", metastudio.ServerError)


@pytest.mark.parametrize("how", ["close", "with", "drop"])
def test_f56_who_stops_iterating_stops_the_batch(confirming: Emulator, how: str) -> None:
    client = confirming.client()
    list(client.confirm_many(["first"]))
    before, pulled = threads(), count()
    results = client.confirm_many((f"f{next(pulled)}" for _ in count()), concurrency=8)
    assert [next(results).index for _ in range(100)] == list(range(100))
    assert threads() > before
    started = time.monotonic()
    if how == "close":
        rest = results.close()
        sent = len(confirming.requests()) - 1
        taken = next(pulled)
        assert [it.index for it in rest] == list(range(100, taken))
        assert sum(it.attempts for it in rest) + 100 == sent
        assert {it.outcome for it in rest if it.attempts} <= {"applied"}
        assert all("not sent" in str(it.error) for it in rest if not it.attempts)
        assert list(results) == []
    elif how == "with":
        with results:
            pass
        assert list(results) == []
    else:
        del results
        gc.collect()
    assert time.monotonic() - started < 1.5
    assert soon(lambda: threads() <= before, 1)
    sent = len(confirming.requests())
    time.sleep(0.1)
    assert len(confirming.requests()) == sent


def test_f56_an_exception_of_the_items_comes_when_what_was_begun_has_ended(
    confirming: Emulator,
) -> None:
    def items() -> Iterator[str]:
        yield from (f"f{it}" for it in range(500))
        raise LookupError("item 500")

    before = threads()
    results = confirming.client().confirm_many(items())
    seen: list[ConfirmResult] = []
    with pytest.raises(LookupError, match="item 500"):
        seen.extend(results)
    assert [it.file_id for it in seen] == [f"f{it}" for it in range(500)]
    assert {it.outcome for it in seen} == {"applied"}
    assert len(confirming.requests()) == 500
    assert (results.close(), list(results)) == ([], [])
    assert soon(lambda: threads() <= before, 1)


def test_f56_an_interrupt_in_the_items_does_not_wait() -> None:
    """Calls are under way that take much longer."""
    answered = threading.Event()

    def slow() -> bytes:
        answered.wait(30)
        return OK

    def items() -> Iterator[str]:
        yield "a"
        raise KeyboardInterrupt

    with scripted_server(slow) as url:
        client = metastudio.Client(
            endpoint=url, project_id="p", credentials=fresh_keys(), max_attempts=1
        )
        results = client.confirm_many(items())
        started = time.monotonic()
        with pytest.raises(KeyboardInterrupt) as raised:
            next(results)
        assert time.monotonic() - started < 1
        assert isinstance(raised.value.__cause__, UploadCancelledError)
        [rest] = results.close()
        assert (rest.file_id, rest.outcome) == ("a", "unknown")
        answered.set()


def test_items_are_pulled_on_the_thread_that_iterates(confirming: Emulator) -> None:
    pulled_on = set()

    def items() -> Iterator[str]:
        for number in range(1000):
            pulled_on.add(threading.get_ident())
            yield f"f{number}"

    results = confirming.client().confirm_many(items())
    assert pulled_on == set()
    assert len([next(results) for _ in range(10)]) == 10
    assert pulled_on == {threading.get_ident()}
    # Another thread may go on.
    rest: list[ConfirmResult] = []
    other = threading.Thread(target=lambda: rest.extend(results))
    other.start()
    ident = other.ident
    other.join()
    assert len(rest) == 990
    assert pulled_on <= {threading.get_ident(), ident}


def test_two_at_once_are_told_so(confirming: Emulator) -> None:
    entered, go_on = threading.Event(), threading.Event()

    def items() -> Iterator[str]:
        entered.set()
        assert go_on.wait(30)
        yield "a"

    results = confirming.client().confirm_many(items())
    seen: list[ConfirmResult] = []
    other = threading.Thread(target=lambda: seen.extend(results))
    other.start()
    assert entered.wait(30)
    calls: list[Callable[[], object]] = [lambda: next(results), results.close]
    for call in calls:
        with pytest.raises(InvalidInputError, match="one at a time"):
            call()
    assert repr(results) == "<ConfirmResults in use>"
    go_on.set()
    other.join()
    assert [it.file_id for it in seen] == ["a"]


def test_items_that_ask_for_results_are_told_so(confirming: Emulator) -> None:
    results: ConfirmResults

    def items() -> Iterator[str]:
        yield "a"
        next(results)

    results = confirming.client().confirm_many(items())
    assert next(results).file_id == "a"
    with pytest.raises(InvalidInputError, match="by the items themselves"):
        next(results)


def test_a_cancel_handle_ends_the_batch(confirming: Emulator) -> None:
    cancel = CancelHandle()

    def items() -> Iterator[str]:
        for number in count():
            if number == 300:
                cancel.cancel()
            yield f"f{number}"

    results = confirming.client().confirm_many(items(), cancel=cancel, concurrency=4)
    seen: list[ConfirmResult] = []
    with pytest.raises(UploadCancelledError, match="cancelled by the caller"):
        seen.extend(results)
    rest = results.close()
    assert [it.index for it in [*seen, *rest]] == list(range(len(seen) + len(rest)))
    assert list(results) == []


def test_raise_on_error_raises_when_all_have_ended(metastudio_emulator: Emulator) -> None:
    emulator = metastudio_emulator
    emulator.fail("confirm", status=403, code="MSS.1", file_id="b", times=None)
    emulator.fail("confirm", how="reset", at="received", file_id="c", times=None)
    emulator.fail("confirm", status=200, times=None)
    client = emulator.client()
    results = client.confirm_many(["a", "b", "c", "d"], raise_on_error=True)
    seen: list[ConfirmResult] = []
    with pytest.raises(
        ConfirmManyError, match="2 of 4 confirmations failed, the first: "
    ) as raised:
        seen.extend(results)
    assert [it.file_id for it in seen] == ["a", "b", "c", "d"]
    error = raised.value
    assert error.counts == {"applied": 2, "not_applied": 1, "unknown": 1}
    assert (error.outcome, error.kind, error.explain()) == ("unknown", "confirm_many", None)
    assert [it.file_id for it in error.results] == ["b", "c"]
    assert list(error.results) == [seen[1], seen[2]]
    for twin in (pickle.loads(pickle.dumps(error)), copy.deepcopy(error)):
        assert (str(twin), twin.counts, twin.outcome) == (str(error), error.counts, "unknown")
        assert [it.file_id for it in twin.results] == ["b", "c"]
    some, rest = error.split(metastudio.PermissionDeniedError)
    assert isinstance(some, ConfirmManyError)
    assert isinstance(rest, ConfirmManyError)
    assert next(results, None) is None
    assert [it.outcome for it in client.confirm_many(["a"], raise_on_error=True)] == ["applied"]


def test_an_exception_carries_a_thousand_results_at_most(metastudio_emulator: Emulator) -> None:
    results = metastudio_emulator.client().confirm_many(
        (f"f{it}" for it in range(1500)), raise_on_error=True
    )
    with pytest.raises(ConfirmManyError) as raised:
        list(results)
    assert raised.value.counts["not_applied"] == 1500
    assert len(raised.value.results) == len(raised.value.exceptions) == 1000


def test_a_result_can_be_pickled_and_shown(metastudio_emulator: Emulator) -> None:
    emulator = metastudio_emulator
    emulator.fail("confirm", status=403, code="MSS.1", file_id="b", times=None)
    emulator.fail("confirm", status=200, times=None)
    done, failed = emulator.client().confirm_many(["a", "b"])
    names = [it for it in dir(ConfirmResult) if not it.startswith("_") and it != "error"]
    assert len(names) == 9
    for result in (done, failed):
        for twin in (pickle.loads(pickle.dumps(result)), copy.copy(result)):
            assert [getattr(twin, it) for it in names] == [getattr(result, it) for it in names]
            assert repr(twin) == repr(result)
            assert type(twin.error) is type(result.error)
    assert failed.error is failed.error
    assert repr(done).startswith('ConfirmResult(0, "a", CREATED, applied, attempts=1, ms=')
    assert "PermissionDeniedError" in repr(failed)
    with pytest.raises(AttributeError):
        done.outcome = "unknown"  # type: ignore[misc]


def test_results_that_nobody_asked_for_are_no_silent_loss(confirming: Emulator) -> None:
    results = confirming.client().confirm_many(["a"])
    with pytest.warns(RuntimeWarning, match="nobody asked for the results"):
        del results
    assert confirming.requests() == []


def test_a_journal_goes_on_where_it_was_left(confirming: Emulator, tmp_path: Path) -> None:
    client = confirming.client()
    journal = tmp_path / "run.jsonl"
    ids = [f"f{it}" for it in range(200)]
    with client.confirm_many(ids, journal=journal) as results:
        first = [next(results) for _ in range(10)]
    sent = len(confirming.requests())
    assert all(json.dumps(it) in journal.read_text("utf-8") for it in ids)
    again = list(client.confirm_many(iter(ids), journal=str(journal)))
    assert [it.file_id for it in again] == ids
    assert {it.outcome for it in again} == {"applied"}
    assert [it.request_id for it in again[:10]] == [it.request_id for it in first]
    assert len(confirming.requests()) <= 200 + 32
    assert sent < 200
    [once_more] = client.confirm_many(ids[:1], journal=journal)
    assert once_more.request_id == first[0].request_id


def test_what_is_no_journal_is_refused(confirming: Emulator, tmp_path: Path) -> None:
    client = confirming.client()
    with pytest.raises(TypeError, match="journal must be a path, not int"):
        client.confirm_many(["a"], journal=5)  # type: ignore[arg-type]
    other = tmp_path / "other.txt"
    other.write_text("something else\n" * 3)
    for items in (["a"], iter(["a"])):
        with pytest.raises(metastudio.JournalError, match=r"other\.txt"):
            client.confirm_many(items, journal=other)
    with pytest.raises(metastudio.JournalError) as raised:
        client.confirm_many(["a"], journal=tmp_path / "missing" / "run.jsonl")
    assert isinstance(raised.value, OSError)
    assert other.read_text() == "something else\n" * 3
    assert confirming.requests() == []


def test_a_closed_client_begins_no_batch(confirming: Emulator) -> None:
    client = confirming.client()
    results = client.confirm_many(["a"])
    client.close()
    with pytest.raises(metastudio.InvalidConfigError, match="closed"):
        client.confirm_many(["a"])
    # One that was begun before goes on.
    assert [it.outcome for it in results] == ["applied"]


def test_f63_other_threads_run_while_a_result_is_waited_for() -> None:
    """The server is a thread of this process: it gets to answer only if the lock is free."""
    with scripted_server(lambda: OK) as url:
        client = metastudio.Client(endpoint=url, project_id="p", credentials=fresh_keys())
        assert [it.outcome for it in client.confirm_many(iter(["a"]))] == ["applied"]
