"""Exceptions: what they are, what they carry, and that they survive a pickle."""

import copy
import errno
import pickle
import traceback
from pathlib import Path

import metastudio
import pytest
from metastudio import Attempt, Client, MetaStudioError

from fresh_keys import fresh_keys
from refusing_server import Answer, answering, refusal

# Every class, with what a pipeline's author already has an `except` for.
CLASSES: list[tuple[type[MetaStudioError], tuple[type[Exception], ...]]] = [
    (metastudio.MetaStudioError, (Exception,)),
    (metastudio.InvalidInputError, (ValueError,)),
    (metastudio.InvalidConfigError, (ValueError,)),
    (metastudio.CredentialsError, (ValueError,)),
    (metastudio.AuthenticationError, ()),
    (metastudio.PermissionDeniedError, (PermissionError, OSError)),
    (metastudio.NotFoundError, (LookupError,)),
    (metastudio.RejectedError, ()),
    (metastudio.RateLimitedError, ()),
    (metastudio.ServerError, ()),
    (metastudio.CallTimeoutError, (TimeoutError, OSError)),
    (metastudio.ConnectionFailedError, (ConnectionError, OSError)),
    (metastudio.UnexpectedResponseError, ()),
    (metastudio.OutcomeUnknownError, ()),
    (metastudio.UploadCancelledError, ()),
    (metastudio.SourceError, (OSError,)),
    (metastudio.JournalError, (OSError,)),
    (metastudio.InternalError, (RuntimeError,)),
]
FULL = {
    "kind": "rate_limited",
    "operation": "ConfirmFileUpload",
    "subject": "f1",
    "outcome": "unknown",
    "status": 429,
    "error_code": "MSS.1",
    "error_msg": "no",
    "request_id": "rid-1",
    "attempts": (Attempt(429, "MSS.1", "no", "rid-1", "not_applied", 0.25),),
    "retry_after": 2.5,
    "stage": "confirm",
    "file_id": "f1",
    "cleanup": "forbidden",
    "new_asset": "a1",
    "asset_cleanup": "kept",
    "possible_orphans": ("f2", "f3"),
}


def client_at(url: str, **options: int) -> Client:
    return Client(endpoint=url, project_id="p", credentials=fresh_keys(), **options)  # type: ignore[arg-type]


def test_no_class_is_left_out() -> None:
    exported = [getattr(metastudio, name) for name in metastudio.__all__]
    errors = [it for it in exported if isinstance(it, type) and issubclass(it, Exception)]
    # Made of others: see test_upload_many.py and test_confirm_many.py.
    groups = {metastudio.ConfirmManyError, metastudio.UploadManyError}
    assert set(errors) == {error for error, _ in CLASSES} | groups
    assert all(error.__module__ == "metastudio" for error in errors)
    assert all(error.__doc__ for error in errors)


@pytest.mark.parametrize(("error_class", "bases"), CLASSES, ids=lambda it: str(it))
def test_each_class(error_class: type[MetaStudioError], bases: tuple[type[Exception], ...]) -> None:
    assert issubclass(error_class, (MetaStudioError, *bases)[0])
    assert all(issubclass(error_class, base) for base in bases)
    error = error_class("what happened", **FULL)
    error.add_note("seen at night")
    if isinstance(error, OSError):
        error.errno = errno.ECONNRESET
    pickles = [pickle.loads(pickle.dumps(error, n)) for n in range(pickle.HIGHEST_PROTOCOL + 1)]
    for twin in (*pickles, copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is error_class
        assert {name: getattr(twin, name) for name in FULL} == FULL
        assert (str(twin), repr(twin), twin.args) == (str(error), repr(error), error.args)
        assert twin.__notes__ == ["seen at night"]
        if isinstance(twin, OSError):
            assert twin.errno == errno.ECONNRESET
    assert str(error) == "what happened"
    assert repr(error) == (
        f"{error_class.__name__}('what happened', outcome='unknown', status=429, "
        "error_code='MSS.1', request_id='rid-1', file_id='f1')"
    )
    # Made by hand, for a user's own tests.
    assert error_class().outcome == "not_applied"


def test_an_attempt() -> None:
    attempt = Attempt(503, "MSS.1", "busy", "rid-1", "unknown", 0.1234)
    assert repr(attempt) == "<Attempt status 503 MSS.1: busy (unknown, 0.123 s)>"
    silent = Attempt(None, None, "time ran out", None, "unknown", 20.0)
    assert repr(silent) == "<Attempt no answer: time ran out (unknown, 20.000 s)>"
    for twin in (copy.copy(attempt), copy.deepcopy(attempt), pickle.loads(pickle.dumps(attempt))):
        assert twin == attempt
        assert hash(twin) == hash(attempt)
    assert attempt != silent
    assert attempt != "attempt"


@pytest.mark.parametrize(
    ("answer", "error_class"),
    [
        (refusal(400), metastudio.RejectedError),
        (refusal(401), metastudio.AuthenticationError),
        (refusal(403), metastudio.PermissionDeniedError),
        (refusal(404), metastudio.NotFoundError),
        (refusal(409), metastudio.RejectedError),
        (refusal(429), metastudio.RateLimitedError),
        (refusal(408), metastudio.ServerError),
        (refusal(500), metastudio.ServerError),
        (Answer(302, headers={"Location": "https://e.com/"}), metastudio.UnexpectedResponseError),
        (Answer(200, b"<html>"), metastudio.UnexpectedResponseError),
    ],
)
def test_a_status_and_its_class(answer: Answer, error_class: type[MetaStudioError]) -> None:
    with answering(answer) as url, pytest.raises(MetaStudioError) as caught:
        client_at(url, max_attempts=1).confirm_file_upload("f1")
    error = caught.value
    assert type(error) is error_class
    assert (error.status, error.subject) == (answer.status, "f1")
    assert error.operation == "ConfirmFileUpload"
    [attempt] = error.attempts
    assert attempt.status == answer.status
    assert attempt.seconds > 0
    twin = pickle.loads(pickle.dumps(error))
    assert vars(twin) == vars(error)


def test_all_attempts_are_told() -> None:
    with answering(refusal(500), refusal(409, "MSS.2", "already")) as url:
        with pytest.raises(metastudio.OutcomeUnknownError) as caught:
            client_at(url).confirm_file_upload("f1")
        seen = [(it.status, it.error_code, it.outcome) for it in caught.value.attempts]
        assert seen == [(500, "MSS.1", "unknown"), (409, "MSS.2", "not_applied")]
        assert (caught.value.error_code, caught.value.error_msg) == ("MSS.2", "already")


def test_when_to_come_back() -> None:
    with answering(refusal(429, Retry_After="120")) as url:
        with pytest.raises(metastudio.RateLimitedError) as caught:
            client_at(url).confirm_file_upload("f1")
        assert caught.value.retry_after == 120.0


def test_the_systems_number_where_there_is_one(tmp_path: Path) -> None:
    client = client_at("http://127.0.0.1:9", max_attempts=1)
    with pytest.raises(ConnectionError) as refused:
        client.confirm_file_upload("f1")
    assert refused.value.errno == errno.ECONNREFUSED
    with pytest.raises(OSError, match="No such file") as missing:
        client.upload(tmp_path / "missing.mp4", asset_id="a1")
    assert missing.value.errno == errno.ENOENT
    with pytest.raises(OSError, match="is a directory") as directory:
        client.upload(tmp_path, asset_id="a1")
    assert directory.value.errno is None


def test_a_traceback_shows_the_class_where_users_import_it_from() -> None:
    with answering(refusal(404)) as url, pytest.raises(LookupError) as caught:
        client_at(url).confirm_file_upload("f1")
    [last] = traceback.format_exception_only(caught.value)
    assert last.startswith("metastudio.NotFoundError: ConfirmFileUpload of file f1: status 404")
