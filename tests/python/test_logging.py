"""What the package writes to Python's `logging`: retries, at DEBUG, to `metastudio`."""

import logging
from collections.abc import Iterator

import pytest
from metastudio.testing import Emulator

from child import run_python
from refusing_server import answering, refusal
from test_exceptions import client_at


@pytest.fixture(autouse=True)
def _level_as_it_was() -> Iterator[None]:
    logger = logging.getLogger("metastudio")
    before = logger.level
    yield
    logger.setLevel(before)


def confirm_after_a_retry(message: str) -> None:
    busy = refusal(429, message=message)
    with answering(busy, refusal(404)) as url, pytest.raises(LookupError):
        client_at(url).confirm_file_upload("f1")


def test_a_retry_is_a_debug_record_that_propagates(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    confirm_after_a_retry("busy")
    [record] = [it for it in caplog.records if it.name.startswith("metastudio")]
    assert (record.name, record.levelno) == ("metastudio", logging.DEBUG)
    assert record.getMessage().startswith("ConfirmFileUpload again in ")
    assert record.getMessage().endswith(": busy")
    # Nothing of the libraries below, at the lowest of levels.
    assert not {it.name for it in caplog.records} & {"ureq", "rustls", "hyper", "metastudio.ureq"}


def test_a_percent_sign_in_a_message_is_text(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    confirm_after_a_retry("100%s %d")
    assert any(text.endswith(": 100%s %d") for text in caplog.messages)


def test_without_a_retry_there_is_nothing(
    caplog: pytest.LogCaptureFixture, metastudio_emulator: Emulator
) -> None:
    caplog.set_level(1)
    client = metastudio_emulator.client()
    created = client.create_file("a.mp4", file_size=1, file_md5=b"x" * 16, asset_id="a1")
    client.confirm_file_upload(created.file_id, "FAILED")
    assert caplog.messages == []


def test_nothing_is_written_when_it_is_not_wanted(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(1)
    logging.getLogger("metastudio").setLevel(logging.INFO)
    confirm_after_a_retry("busy")
    assert [it for it in caplog.records if it.name == "metastudio"] == []


def test_a_program_that_sets_up_no_logging_prints_nothing() -> None:
    program = """
import metastudio, sys
from metastudio.testing import Emulator
with Emulator(rate_limit=1) as emulator:
    client = emulator.client(max_attempts=50)
    for number in range(2):
        client.create_file("a.mp4", file_size=1, file_md5=b"x" * 16, asset_id=f"a{number}")
"""
    done = run_python("-c", program, env={"RUST_LOG": "trace"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_handler_that_raises_ends_the_call_on_the_main_thread() -> None:
    """As everywhere in Python, though the handlers of the standard library never do. It can't be
    told from the handler of a signal that arrived while it ran, and that must not get lost."""

    class Broken(logging.Handler):
        def emit(self, _record: logging.LogRecord) -> None:
            raise ZeroDivisionError

    logger, broken = logging.getLogger("metastudio"), Broken()
    logger.setLevel(logging.DEBUG)
    logger.addHandler(broken)
    try:
        with answering(refusal(429)) as url, pytest.raises(ZeroDivisionError) as caught:
            client_at(url).confirm_file_upload("f1")
    finally:
        logger.removeHandler(broken)
    assert "cancelled by the caller" in str(caught.value.__cause__)


def test_f13_a_wrong_clock_is_warned_about_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING)
    answer = refusal(
        401,
        "APIGW.0301",
        "calc aksk signature fail: the time is wrong",
        Date="Wed, 02 Jan 2030 03:04:05 GMT",
    )
    with answering(answer, refusal(404)) as url, pytest.raises(LookupError):
        client_at(url).confirm_file_upload("f1")
    [record] = [it for it in caplog.records if it.name == "metastudio"]
    assert record.levelno == logging.WARNING
    assert record.getMessage().startswith("ConfirmFileUpload: this machine's clock is ")
    assert "says the gateway" in record.getMessage()
