"""Signals while a call waits, in real processes (F57 to F59, F64): see signal_child.py."""

import signal
from pathlib import Path
from typing import Any

import pytest

from child import HERE, answer_of, run_python

# The promise is 200 ms; a busy machine may take its time to run a thread.
LIMIT_SECONDS = 0.4


def seen_in(scenario: str) -> dict[str, Any]:
    seen: dict[str, Any] = answer_of("signal_child.py", scenario)
    return seen


def assert_ended(seen: dict[str, Any], outcome: str) -> None:
    """The call ended at once, and the cause tells its outcome."""
    assert seen["seconds"] < LIMIT_SECONDS
    assert (seen["cause"], seen["outcome"]) == ("UploadCancelledError", outcome)
    assert "cancelled by the caller" in seen["text"]
    # The request after the one that was interrupted.
    assert seen.get("afterwards", "2") == "2"


def test_f57_ctrl_c_while_a_name_is_resolved(slow_resolver: Path) -> None:
    seen = answer_of("signal_child.py", "resolving", env={"LD_PRELOAD": str(slow_resolver)})
    assert_ended(seen, "not_applied")


@pytest.mark.parametrize(
    ("phase", "outcome"),
    [
        ("connecting", "not_applied"),
        ("handshake", "not_applied"),
        ("put", "not_applied"),
        ("silence", "unknown"),
        ("back_off", "unknown"),
        ("in_a_log_handler", "unknown"),
        ("in_the_event_hook", "unknown"),
    ],
)
def test_f57_ctrl_c_in_each_phase(phase: str, outcome: str) -> None:
    assert_ended(seen_in(phase), outcome)


def test_f57_ctrl_c_in_the_event_hook_of_a_success() -> None:
    seen = seen_in("in_the_event_hook_of_a_success")
    assert (seen["outcome"], seen["afterwards"]) == ("applied", "2")


def test_f57_an_interrupted_batch_tells_what_became_of_each_item() -> None:
    seen = seen_in("batch")
    assert seen["seconds"] < LIMIT_SECONDS
    assert seen["cause"] == "UploadCancelledError"
    assert (seen["first"], seen["rest"]) == ("applied", [["b", "unknown"]])


def test_f57_an_interrupted_upload_is_set_to_cancelled() -> None:
    seen = seen_in("put")
    assert (seen["stage"], seen["cleanup"]) == ("put", "done")
    assert (seen["state"], seen["is_the_file"]) == ("CANCELLED", True)
    assert f"file {seen['file_id']} was set to CANCELLED" in seen["text"]


def test_f57_after_a_second_interrupt_it_is_still_told_what_became_of_the_file() -> None:
    seen = seen_in("put_twice")
    assert seen == {"cleanup": "failed", "stage": "put", "is_the_file": True}


def test_f58_what_a_handler_raises_ends_the_call() -> None:
    assert_ended(seen_in("handler_that_raises"), "unknown")


def test_f58_a_handler_that_exits_ends_the_program() -> None:
    done = run_python(str(HERE / "signal_child.py"), "handler_that_exits")
    assert (done.returncode, done.stderr) == (143, "")


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_f58_without_a_handler_the_process_ends_as_any_other(name: str) -> None:
    """By the signal and at once, though a call waits."""
    done = run_python(str(HERE / "signal_child.py"), "deadly", env={"SIGNAL": name}, timeout=15)
    assert done.returncode == -signal.Signals[name], done.stderr


@pytest.mark.parametrize("name", ["SIGUSR1", "SIGWINCH", "SIGTERM"])
def test_f58_a_handler_that_returns_does_not_end_the_call(name: str) -> None:
    seen = answer_of("signal_child.py", "handler_that_returns", env={"SIGNAL": name})
    assert seen == {"request_id": "after"}


def test_f58_a_signal_every_10_ms_breaks_nothing() -> None:
    seen = seen_in("storm")
    assert seen["handled"] >= 50
    assert (seen["request_id"], seen["state"], seen["same"]) == ("late", "CREATED", True)


def test_f59_the_main_threads_interrupt_leaves_a_workers_call_alone() -> None:
    seen = seen_in("main_thread_outside")
    assert seen["seconds"] < LIMIT_SECONDS
    assert seen["worker"] == ["worker"]


def test_f59_both_threads_call_and_the_main_ones_is_interrupted() -> None:
    seen = seen_in("other_threads")
    assert_ended(seen, "unknown")
    assert seen["worker"] == ["worker"]


def test_f60_a_child_forked_from_a_thread_can_be_interrupted() -> None:
    assert seen_in("forked_from_a_thread") == {"code": 130}


def test_f64_a_panic_becomes_an_internal_error_and_the_client_goes_on() -> None:
    seen = seen_in("panic")
    assert "a mistake in the metastudio package (forced)" in seen["text"]
    assert (seen["outcome"], seen["afterwards"]) == ("unknown", "2")
