"""What the authentication objects have in common; no HTTP client is known here."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, NoReturn

from ._exceptions import make
from ._mss import Credentials, CredentialSource, Signer, Token

# Who proves it: one for good, or what is asked before each request.
Proof = Credentials | Signer | Token
Keys = Proof | CredentialSource | Callable[[], Proof]

# The most that is read into memory to be signed, in bytes.
LONGEST_READ = 16 << 20
# What no other request may carry on, in lower case.
ONCE_ONLY = ("authorization", "x-sdk-date", "x-security-token", "x-auth-token")
# What is signed where it is sent. Proxies rewrite others, which would break the signature.
SIGNED = frozenset(
    {
        "content-type",
        "host",
        "x-app-userid",
        "x-domain-id",
        "x-project-id",
        "x-sdk-content-sha256",
        "x-sdk-content-sm3",
        "x-security-token",
    }
)
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Outgoing:
    """A request as it goes over the wire: nothing in it will be encoded any more."""

    method: str
    scheme: str
    # The host as its header has it, with the port unless that is the scheme's own.
    host: str
    # Path and query.
    target: str
    headers: list[tuple[str, str]]
    body: bytes


class Scope:
    """The hosts that may see a proof of who the caller is."""

    def __init__(self, name: str, hosts: Iterable[str] | None, allow_http: bool) -> None:
        if isinstance(hosts, str):
            raise TypeError("hosts must be a list of host names, not one str")
        self.name = name
        self._allow_http = allow_http
        self._hosts = None if hosts is None else tuple(host.lower() for host in hosts)
        # Filled by the first request: setdefault() lets one thread win.
        self._first: dict[str, str] = {}

    def check(self, scheme: str, hostname: str, port: int | None) -> None:
        """Raises InvalidInputError where a proof must not go."""
        hostname = hostname.lower().strip("[]")
        if scheme not in DEFAULT_PORTS:
            refuse(self.name, f"{scheme} is not https")
        if scheme == "http" and not (self._allow_http or is_loopback(hostname)):
            problem = "plain http would show it to everyone on the way; see allow_http"
            refuse(self.name, f"{hostname}: {problem}")
        host = host_header(scheme, hostname, port)
        if self._hosts is None:
            first = self._first.setdefault("host", host)
            if host != first:
                problem = f"the first request went to {first}, this one goes to {host}"
                refuse(self.name, f"{problem}; name both in hosts to allow it")
        elif not any(matches(host, allowed) for allowed in self._hosts):
            refuse(self.name, f"{host} is not among hosts")


def matches(host: str, allowed: str) -> bool:
    """Whether a host is the allowed one, or below it where that begins with a dot."""
    return host == allowed or (allowed.startswith(".") and host.endswith(allowed))


def is_loopback(hostname: str) -> bool:
    try:
        return ip_address(hostname).is_loopback
    except ValueError:
        return hostname == "localhost"


def host_header(scheme: str, hostname: str, port: int | None) -> str:
    """The value of the header Host."""
    name = f"[{hostname}]" if ":" in hostname else hostname
    return name if port in (None, DEFAULT_PORTS[scheme]) else f"{name}:{port}"


class Signing:
    """Makes the headers of a signature; or of a token, where a source has one."""

    needs_body = True

    def __init__(
        self,
        name: str,
        keys: Keys,
        project_id: str | None,
        algorithm: str | None,
        region: str | None,
        service: str | None,
    ) -> None:
        self._name = name
        if project_id is not None and not is_visible(project_id):
            refuse(name, "project_id may only hold visible ASCII characters")
        self._project_id = project_id
        options = {"algorithm": algorithm, "region": region, "service": service}
        self._options = {option: text for option, text in options.items() if text is not None}
        if isinstance(keys, Signer) and self._options:
            refuse(name, f"{', '.join(self._options)}: a Signer has its own")
        if isinstance(keys, CredentialSource):
            keys = keys.get
        elif not callable(keys):
            keys = self._ready(keys)
        self._keys: Signer | Token | Callable[[], Proof] = keys
        # Whether somebody is asked each time, who may have to wait for an answer.
        self.asks = callable(keys)

    def headers_for(self, request: Outgoing) -> dict[str, str]:
        """The headers to set, Host among them: what is signed is what has to be sent."""
        keys = self._ready(self._keys() if callable(self._keys) else self._keys)
        given = {name.lower(): value for name, value in request.headers}
        added: dict[str, str] = {}
        if self._project_id is not None and "x-project-id" not in given:
            added["X-Project-Id"] = self._project_id
        if isinstance(keys, Token):
            return added | keys.headers()
        if "host" not in given:
            added["Host"] = request.host
        signed = [(name, value) for name, value in request.headers if name.lower() in SIGNED]
        for name, value in signed:
            if not value.isascii():
                refuse(self._name, f"the header {name} holds characters outside ASCII")
        url = f"{request.scheme}://{request.host}{request.target}"
        signed += added.items()
        return added | keys.sign(request.method, url, signed, request.body)

    def _ready(self, keys: Proof) -> Signer | Token:
        if isinstance(keys, (Signer, Token)):
            return keys
        # Raises TypeError for anything else.
        return Signer(keys, **self._options)


class TokenHeader:
    """Makes the header of a user token."""

    needs_body = False

    def __init__(self, token: str | Token | Callable[[], str | Token]) -> None:
        check_token(token)
        # As a Token nobody can read it, and it is checked.
        made = Token(token) if isinstance(token, str) else token
        self._token: Token | Callable[[], str | Token] = made
        self.asks = callable(token)

    def headers_for(self, request: Outgoing) -> dict[str, str]:  # noqa: ARG002
        """The header to set."""
        token = self._token() if callable(self._token) else self._token
        return (Token(token) if isinstance(token, str) else token).headers()


def check_token(token: Any) -> None:
    if not (isinstance(token, (str, Token)) or callable(token)):
        kind = type(token).__name__
        raise TypeError(f"token must be str, Token or a callable, not {kind}")


def is_visible(text: str) -> bool:
    return bool(text) and all("!" <= character <= "~" for character in text)


def refuse(name: str, problem: str) -> NoReturn:
    """Raises before anything is sent."""
    message = f"{name}: {problem} (not applied; nothing was sent)"
    raise make("invalid_input", message, {"operation": name, "error_msg": problem})


def refuse_body(name: str, body: str) -> NoReturn:
    problem = f"{body} can't be signed, for its hash goes ahead of it; pass bytes"
    refuse(name, problem)


def refuse_pickling(name: str) -> NoReturn:
    raise TypeError(f"{name} holds a secret and can't be pickled; make one in each process")
