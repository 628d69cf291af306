"""The detector sees what it is there to see."""

import base64

import pytest

from leaks import leaks

SECRET = "MFyfvK41ba2giqM7Uio6PznpdUKGpownRZlmVmHc"
RAW = SECRET.encode()


@pytest.mark.parametrize(
    ("disguise", "text"),
    [
        ("plain", SECRET),
        ("plain", f"...{SECRET[5:20]}..."),
        ("reversed", SECRET[::-1]),
        ("escaped", "".join(f"\\x{byte:02X}" for byte in RAW)),
        ("hexadecimal", RAW.hex()),
        ("hexadecimal", RAW.hex(" ").upper()),
        ("hexadecimal", ", ".join(f"0x{byte:02x}" for byte in RAW)),
        ("decimal", str(list(RAW))),
        ("Base64", base64.b64encode(RAW).decode()),
        ("Base64", base64.b64encode(b"a" + RAW).decode()),
        ("Base64", base64.b64encode(b"ab" + RAW).decode()),
    ],
)
def test_each_disguise_is_seen_through(disguise: str, text: str) -> None:
    assert disguise in leaks(f"before {text} after", SECRET)


def test_other_text_and_short_pieces_are_no_leak() -> None:
    assert leaks(f"sk={SECRET[:8]}*** " + "x" * 1000, SECRET) == []
