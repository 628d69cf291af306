"""A resolver that hangs (F20): see resolver_child.py."""

import sys
from pathlib import Path

import pytest

from child import answer_of


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_f20_a_resolver_that_hangs_holds_no_call_and_no_more_threads(slow_resolver: Path) -> None:
    seen = answer_of("resolver_child.py", env={"LD_PRELOAD": str(slow_resolver)})
    for kind, outcome, text, seconds in seen["ended"]:
        assert (kind, outcome) == ("CallTimeoutError", "not_applied"), text
        assert "resolve name.test:443" in text
        # The promise is a quarter of a second after the time that was given; a busy machine may
        # take its time to run a thread.
        assert 0.3 <= seconds < 2
    # Once all places are taken by threads that hang, no more are started.
    *_, before, last = seen["threads"]
    assert before == last, seen["threads"]
