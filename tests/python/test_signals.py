"""Signals while a call waits, in real processes (F57 to F59, F64): see signal_child.py."""

from typing import Any

import pytest

from child import answer_of

# The promise is 200 ms; a busy machine may take its time to run a thread.
LIMIT_SECONDS = 0.4


def seen_in(scenario: str) -> dict[str, Any]:
    seen: dict[str, Any] = answer_of("signal_child.py", scenario)
    return seen


@pytest.mark.parametrize(
    ("scenario", "outcome"),
    [
        ("silence", "unknown"),
        ("connecting", "not_applied"),
        ("back_off", "unknown"),
        ("in_a_log_handler", "unknown"),
        ("put", "not_applied"),
        ("handler_that_raises", "unknown"),
        ("other_threads", "unknown"),
    ],
)
def test_f57_f58_the_call_ends_at_once_and_the_cause_tells_its_outcome(
    scenario: str, outcome: str
) -> None:
    seen = seen_in(scenario)
    assert seen["seconds"] < LIMIT_SECONDS
    assert (seen["cause"], seen["outcome"]) == ("UploadCancelledError", outcome)
    assert "cancelled by the caller" in seen["text"]
    # The request after the one that was interrupted.
    assert seen.get("afterwards", "2") == "2"
    # A call of another thread got its answer after that.
    assert seen.get("worker", ["worker"]) == ["worker"]


def test_f57_an_interrupted_upload_is_set_to_cancelled() -> None:
    seen = seen_in("put")
    assert (seen["stage"], seen["cleanup"]) == ("put", "done")
    assert (seen["state"], seen["is_the_file"]) == ("CANCELLED", True)
    assert f"file {seen['file_id']} was set to CANCELLED" in seen["text"]


def test_f57_after_a_second_interrupt_it_is_still_told_what_became_of_the_file() -> None:
    seen = seen_in("put_twice")
    assert seen == {"cleanup": "failed", "stage": "put", "is_the_file": True}


def test_f58_a_handler_that_returns_does_not_end_the_call() -> None:
    assert seen_in("handler_that_returns") == {"request_id": "after"}


def test_f58_a_signal_every_10_ms_breaks_nothing() -> None:
    seen = seen_in("storm")
    assert seen["handled"] >= 50
    assert (seen["request_id"], seen["state"], seen["same"]) == ("late", "CREATED", True)


def test_f60_a_child_forked_from_a_thread_can_be_interrupted() -> None:
    assert seen_in("forked_from_a_thread") == {"code": 130}


def test_f64_a_panic_becomes_an_internal_error_and_the_client_goes_on() -> None:
    seen = seen_in("panic")
    assert "a mistake in the metastudio package (forced)" in seen["text"]
    assert (seen["outcome"], seen["afterwards"]) == ("unknown", "2")
