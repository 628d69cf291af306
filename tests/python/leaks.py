"""Finds a secret in text, also in the disguises in which logs print bytes."""

import base64
from collections.abc import Iterator
from urllib.parse import quote

# A piece of this length gives a secret away as well as all of it.
PIECE = 12


def leaks(text: str, secret: str) -> list[str]:
    """How `secret`, or a piece of it, stands in `text`; empty when it doesn't."""
    assert len(secret) >= PIECE, "too short to be looked for in pieces"
    lowered = text.lower()
    return [
        disguise
        for disguise, form, exact in _forms(secret)
        if (form in text if exact else form.lower() in lowered)
    ]


def _forms(secret: str) -> Iterator[tuple[str, str, bool]]:
    for at in range(len(secret) - PIECE + 1):
        piece = secret[at : at + PIECE]
        raw = piece.encode()
        yield "plain", piece, True
        yield "reversed", piece[::-1], True
        yield "percent-encoded", quote(piece, safe=""), False
        yield "escaped", "".join(f"\\x{byte:02x}" for byte in raw), False
        yield "Base64", base64.b64encode(raw).decode(), True
        for separator in ("", " ", ":", ", "):
            yield "hexadecimal", separator.join(f"{byte:02x}" for byte in raw), False
            yield "hexadecimal", separator.join(f"{byte:#04x}" for byte in raw), False
        for separator in (" ", ", ", ","):
            yield "decimal", separator.join(str(byte) for byte in raw), True
