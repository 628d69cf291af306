"""A client that can't be right isn't built (F03, F06, F08)."""

from typing import Any

import metastudio
import pytest
from metastudio import Client, Credentials

KEYS = Credentials("AccessKey", "SecretKey")
GOOD: dict[str, Any] = {"region": "cn-north-4", "project_id": "p", "credentials": KEYS}
TIMES = ("connect_timeout", "attempt_timeout", "total_timeout", "stall_timeout")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("project_id", value)
        for value in ("..", ".", "a/b", "a?b", "", " ", "\r\n", "文件", "\ud800")
    ]
    + [("region", value) for value in ("", "cn north", "a.b", "CN-NORTH-4", "x@y", "\ud800")]
    + [
        ("endpoint", value)
        for value in ("", "host", "ftp://host", "http://example.com", "https://")
    ]
    + [("endpoint", f"https://{rest}") for rest in ("u:p@host", "host/path", "host?q", "host#f")]
    + [("endpoint", "https://user:planted-password@host")]
    + [(time, value) for time in TIMES for value in (0, -1, -0.5, float("nan"), float("inf"))]
    + [(time, value) for time in TIMES for value in (10**400, 1e300, 86401)]
    + [("max_attempts", value) for value in (0, -1, 101, 2**40)],
)
def test_f03_f08_settings(name: str, value: Any) -> None:
    with pytest.raises(metastudio.InvalidConfigError) as caught:
        Client(**(GOOD | {name: value}))
    error = caught.value
    assert isinstance(error, ValueError)
    assert error.error_msg.startswith(name)
    assert (error.kind, error.operation, error.outcome) == (
        "invalid_config",
        "Client",
        "not_applied",
    )
    assert "planted-password" not in f"{error} {error!r}"


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name in ("region", "endpoint", "project_id", "token") for value in (1, b"x")]
    + [("credentials", value) for value in (1, "keys", ("access", "secret"))]
    + [(time, value) for time in TIMES for value in ("1", True, [1])]
    + [("max_attempts", value) for value in ("1", True, 1.0)]
    + [("upload_host_suffixes", value) for value in (".example.com", 1, [1], [None])],
)
def test_wrong_types(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be .*, not "):
        Client(**(GOOD | {name: value}))


@pytest.mark.parametrize("name", ["allow_http", "lenient"])
@pytest.mark.parametrize("value", [1, 0, "yes", None])
def test_a_switch_is_a_bool(name: str, value: Any) -> None:
    with pytest.raises(TypeError) as caught:
        Client(**(GOOD | {name: value}))
    assert name in " ".join([str(caught.value), *caught.value.__notes__])


def test_what_is_missing_is_named() -> None:
    without = {k: v for k, v in GOOD.items() if k != "region"}
    with pytest.raises(metastudio.InvalidConfigError, match="region or an endpoint must be given"):
        Client(**without)


@pytest.mark.parametrize("field", ["access_key", "secret_key", "security_token"])
@pytest.mark.parametrize(
    "bad", ["", "planted \n", " planted", "plan ted", "plantéd", "plan\0ted", "planted\ud800"]
)
def test_f06_keys(field: str, bad: str) -> None:
    good = {"access_key": "a", "secret_key": "s", "security_token": "t"}
    given: dict[str, Any] = good | {field: bad}
    with pytest.raises(metastudio.CredentialsError) as caught:
        Credentials(**given)
    assert caught.value.error_msg.startswith(field)
    assert "plan" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize("field", ["access_key", "secret_key", "security_token"])
@pytest.mark.parametrize("bad", [1, b"planted", ["planted"]])
def test_keys_of_wrong_types(field: str, bad: Any) -> None:
    given: dict[str, Any] = {"access_key": "a", "secret_key": "s", "security_token": "t"}
    with pytest.raises(TypeError, match=f"^{field} must be str, not ") as caught:
        Credentials(**(given | {field: bad}))
    assert "planted" not in str(caught.value)


def test_a_token_that_can_not_be_used() -> None:
    options = {key: value for key, value in GOOD.items() if key != "credentials"}
    for bad in ("", "planted\n", "plan\r\nted"):
        with pytest.raises(metastudio.CredentialsError, match="token") as caught:
            Client(**options, token=bad)
        assert "plan" not in f"{caught.value!r}"
