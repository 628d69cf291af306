"""A process that gevent has patched (F63): see gevent_child.py."""

from child import answer_of

# The promise is 200 ms; a busy machine may take its time to run a thread.
LIMIT_SECONDS = 0.6


def test_f63_gevent_calls_work_and_ctrl_c_ends_them() -> None:
    seen = answer_of("gevent_child.py")
    assert seen["files"] == 5
    assert seen["ticks_beside_its_threadpool"] >= 10
    for where in ("main greenlet", "another greenlet"):
        assert seen[where]["raised"] == "KeyboardInterrupt", where
        assert seen[where]["seconds"] < LIMIT_SECONDS, where
    cause = seen["main greenlet"]["cause"]
    assert cause == ["UploadCancelledError", "unknown"]
