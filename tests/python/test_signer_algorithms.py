"""What `Signer` takes as an algorithm, and what it says to anything else."""

import pytest
from metastudio import Credentials, InvalidInputError, Signer

KEYS = Credentials("access", "secret")
V11 = "V11-HMAC-SHA256"


def test_the_documented_algorithm_is_the_default() -> None:
    signed = Signer(KEYS).sign("GET", "https://example.com/")
    assert signed["Authorization"].startswith("SDK-HMAC-SHA256 Access=access, ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"algorithm": "SDK-SM2-SM3"},
            "Signer: algorithm must be SDK-HMAC-SHA256, SDK-HMAC-SM3 or V11-HMAC-SHA256, "
            'got "SDK-SM2-SM3"',
        ),
        (
            {"algorithm": V11, "service": "metastudio"},
            "Signer: region must be given for V11-HMAC-SHA256, whose key is derived for it",
        ),
        (
            {"algorithm": V11, "region": "cn-north-4"},
            "Signer: service must be given for V11-HMAC-SHA256, whose key is derived for it",
        ),
        (
            {"algorithm": V11, "region": "cn/north", "service": "s"},
            "Signer: region may only hold visible ASCII characters, neither slash nor comma, "
            'got "cn/north"',
        ),
        (
            {"algorithm": "SDK-HMAC-SM3", "region": "cn-north-4"},
            "Signer: region is for V11-HMAC-SHA256: SDK-HMAC-SM3 derives no key",
        ),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: dict[str, str], message: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Signer(KEYS, **arguments)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", ["algorithm", "region", "service"])
def test_another_type_is_a_type_error(name: str) -> None:
    with pytest.raises(TypeError, match=f"^{name} must be "):
        Signer(KEYS, **{name: 1})  # type: ignore[arg-type]


def test_none_is_no_algorithm() -> None:
    with pytest.raises(TypeError, match=r"^algorithm must be "):
        Signer(KEYS, algorithm=None)  # type: ignore[arg-type]
