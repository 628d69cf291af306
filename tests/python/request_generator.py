"""Pseudo-random requests to sign: whatever may go over the wire, oddities included.

Left out is what the vendor's signer treats in its own way; each of those is a named
test in test_vendor_quirks.py.
"""

import string
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from urllib.parse import quote

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "PURGE", "post", "Get")
HOSTS = (
    "metastudio.cn-north-4.myhuaweicloud.com",
    "Service.Region.Example.COM",
    "localhost:8443",
    "127.0.0.1:80",
    "[::1]:9000",
    "xn--fsq.example",
)
TEXTS = ("a b", "文件", "é", "z", "~", "*", "(x)", "a/b", "100%", "a+b", "\U0001f3ac", "A", "_", "")
UNRESERVED = string.ascii_letters + string.digits + "-._~"
# RFC 3986, pchar: what a segment of a path may hold without an escape.
PATH_RAW = UNRESERVED + "!$&'()*+,;=:@"
QUERY_RAW = UNRESERVED + "!$'()*+,;:@/?"
HEADER_NAME = string.ascii_letters + string.digits + "-"
HEADER_VALUE = "".join(map(chr, range(0x21, 0x7F)))
JSON_TYPES = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf8",
    "application/bson",
)


@dataclass(frozen=True)
class Request:
    """A request and what it is signed with."""

    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    access_key: str
    secret_key: str
    date: str


def requests(count: int, seed: int) -> Iterator[Request]:
    """The same `count` requests for the same seed."""
    random = Random(seed)
    for _ in range(count):
        body = _body(random)
        query = "?" + _query(random) if random.random() < 0.7 else ""
        yield Request(
            method=random.choice(METHODS),
            url=f"https://{random.choice(HOSTS)}{_path(random)}{query}",
            headers=_headers(random, body),
            body=body,
            access_key=_text(random, string.ascii_uppercase + string.digits, 20),
            secret_key=_text(random, string.ascii_letters + string.digits, 40),
            date=_date(random),
        )


def _text(random: Random, alphabet: str, length: int) -> str:
    return "".join(random.choices(alphabet, k=length))


def _escaped(random: Random, raw: str) -> str:
    """A piece of a path or query: raw characters, escapes in either case, broken escapes."""
    kind = random.random()
    if kind < 0.5:
        return _text(random, raw, random.randrange(12))
    if kind < 0.8:
        escaped = quote(random.choice(TEXTS), safe="")
        return escaped.lower() if random.random() < 0.3 else escaped
    if kind < 0.95:
        # Every character may be escaped, also one that needs none.
        return "".join(f"%{ord(c):02X}" for c in _text(random, string.printable[:95], 3))
    return random.choice(("%", "%4", "%zz", "a%2", "%%41", "%2520", "%g0"))


def _path(random: Random) -> str:
    segments = [_escaped(random, PATH_RAW) for _ in range(random.randrange(1, 6))]
    for odd in ("", ".", ".."):
        if random.random() < 0.1:
            segments.insert(random.randrange(len(segments) + 1), odd)
    return "/" + "/".join(segments)


def _query(random: Random) -> str:
    names = [_escaped(random, QUERY_RAW) for _ in range(random.randrange(4))]
    pairs = []
    for name in names + random.choices(names, k=2 if names else 0):
        value = _escaped(random, QUERY_RAW + "=")
        # A bare name says the same as "name="; a bare empty name would say nothing at all.
        bare = name != "" and random.random() < 0.15
        pairs.append(name if bare else f"{name}={value}")
    return "&".join(pairs)


def _headers(random: Random, body: bytes) -> tuple[tuple[str, str], ...]:
    headers: dict[str, tuple[str, str]] = {}
    if random.random() < 0.5:
        headers["content-type"] = ("Content-Type", random.choice(JSON_TYPES))
    if random.random() < 0.1:
        headers["host"] = (random.choice(("Host", "host", "HOST")), random.choice(HOSTS))
    if body and random.random() < 0.1:
        given = random.choice(("UNSIGNED-PAYLOAD", _text(random, "0123456789abcdef", 64)))
        headers["x-sdk-content-sha256"] = ("X-Sdk-Content-Sha256", given)
    for _ in range(random.randrange(5) if random.random() < 0.95 else 30):
        name = random.choice(string.ascii_letters) + _text(random, HEADER_NAME, 6)
        if random.random() < 0.1:
            name += random.choice(("_under_score", "!#$&'*+.^`|~"))
        headers.setdefault(name.lower(), (name, _header_value(random)))
    pairs = list(headers.values())
    random.shuffle(pairs)
    return tuple(pairs)


def _header_value(random: Random) -> str:
    words = [
        _text(random, HEADER_VALUE, random.randrange(1, 8)) for _ in range(random.randrange(4))
    ]
    if random.random() < 0.1:
        words.append("用户-é")
    blanks = ("", " ", "  ", "\t", " \t ")
    inner = random.choice(blanks[1:])
    return random.choice(blanks) + inner.join(words) + random.choice(blanks)


def _body(random: Random) -> bytes:
    kind = random.random()
    if kind < 0.3:
        return b""
    if kind < 0.5:
        return b'{"state":"CREATED"}'
    return random.randbytes(random.randrange(1, 300) if kind < 0.95 else 20_000)


def _date(random: Random) -> str:
    day = f"{random.randrange(2000, 2100)}{random.randrange(1, 13):02}{random.randrange(1, 29):02}"
    hour, minute, second = random.randrange(24), random.randrange(60), random.randrange(60)
    return f"{day}T{hour:02}{minute:02}{second:02}Z"
