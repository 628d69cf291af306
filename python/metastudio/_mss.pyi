"""The extension module. Its public names are imported from ``metastudio``."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from os import PathLike
from types import TracebackType
from typing import Any, Final, Self, final

__all__ = [
    "Client",
    "ConfirmedUpload",
    "CreatedFile",
    "Credentials",
    "Emulator",
    "Signer",
    "Uploaded",
    "__version__",
    "run_command",
]

__version__: Final[str]

@final
class Credentials:
    """An access key (AK) and its secret key (SK), with a security token when they are temporary.

    ``repr`` shows the access key only. Credentials can't be pickled.

    Args:
        access_key: names the key pair; not a secret.
        secret_key: the secret.
        security_token: token of temporary credentials, sent and signed with each call.

    Raises:
        CredentialsError: a key is empty or holds blanks, line ends or characters outside ASCII.
        TypeError: an argument is no ``str``.

    Source: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html
    """

    def __new__(
        cls, access_key: str, secret_key: str, *, security_token: str | None = None
    ) -> Self: ...
    @property
    def access_key(self) -> str:
        """The access key. It names the key pair and is not a secret."""

@final
class ConfirmedUpload:
    """What the service answered to a confirmation."""

    def __new__(cls, request_id: str) -> Self: ...
    @property
    def request_id(self) -> str:
        """The service's id of the request, for its support."""

    def __getnewargs__(self) -> tuple[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class CreatedFile:
    """A file that was registered and has no content yet.

    ``repr`` hides the URL. Can't be pickled, because the URL is a secret: pass on ``file_id``.
    """

    @property
    def file_id(self) -> str:
        """Id of the new file."""

    @property
    def upload_url(self) -> str:
        """Where the content goes, by PUT; valid for 24 hours. It is a secret."""

    @property
    def request_id(self) -> str:
        """The service's id of the request."""

@final
class Uploaded:
    """A file that the service has confirmed as CREATED."""

    def __new__(cls, file_id: str, size: int, md5: str, request_id: str) -> Self: ...
    @property
    def file_id(self) -> str:
        """Id of the file."""

    @property
    def size(self) -> int:
        """Size of its content, in bytes."""

    @property
    def md5(self) -> str:
        """MD5 of its content: base64 of the 16 bytes, 24 characters."""

    @property
    def request_id(self) -> str:
        """The service's id of the confirmation."""

    def __getnewargs__(self) -> tuple[str, int, str, str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Client:
    """A client for one project at one endpoint.

    All methods block, without the interpreter's lock; a client can be used from many threads, and
    is a context manager that closes it. Ctrl-C ends a call of the main thread within 200 ms.

    Args:
        region: the region's id, such as ``"cn-north-4"``; this or ``endpoint`` is needed.
        endpoint: URL of the endpoint; goes before ``region``.
        project_id: the project; else HUAWEICLOUD_SDK_PROJECT_ID.
        credentials: an access key pair; else HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and, for
            temporary ones, HUAWEICLOUD_SDK_SECURITY_TOKEN.
        token: a user token (X-Auth-Token) in place of an access key pair.
        allow_http: allows plain http to other machines than this one. Everybody on the way can
            then read and repeat the calls.
        lenient: takes a success without X-Request-Id for one.
        upload_host_suffixes: endings of the hosts that contents may be sent to;
            ``[".myhuaweicloud.com"]`` by default.
        connect_timeout: seconds for DNS, connect and TLS together; 5 by default.
        attempt_timeout: seconds for one attempt of a call; 20 by default.
        total_timeout: seconds for all attempts and the waits between them; 60 by default.
        stall_timeout: seconds that a PUT may go without a byte moving; 20 by default.
        max_attempts: attempts of a call altogether, 1 to 100; 3 by default.

    Raises:
        InvalidConfigError: a setting is out of range, or region and endpoint are missing.
        CredentialsError: credentials are missing or can't be right.
        TypeError: an argument has the wrong type.
    """

    def __new__(
        cls,
        *,
        region: str | None = None,
        endpoint: str | None = None,
        project_id: str | None = None,
        credentials: Credentials | None = None,
        token: str | None = None,
        allow_http: bool = False,
        lenient: bool = False,
        upload_host_suffixes: Iterable[str] | None = None,
        connect_timeout: float | None = None,
        attempt_timeout: float | None = None,
        total_timeout: float | None = None,
        stall_timeout: float | None = None,
        max_attempts: int | None = None,
    ) -> Self: ...
    @classmethod
    def from_env(cls, **options: Any) -> Self:
        """A client from the environment: besides credentials and project also METASTUDIO_REGION,
        METASTUDIO_ENDPOINT and METASTUDIO_TOKEN. Options are those of the constructor and go
        before the environment.

        Raises:
            InvalidConfigError, CredentialsError, TypeError: as the constructor.
        """

    def with_options(
        self,
        *,
        connect_timeout: float | None = None,
        attempt_timeout: float | None = None,
        total_timeout: float | None = None,
        stall_timeout: float | None = None,
        max_attempts: int | None = None,
    ) -> Client:
        """The same client with other limits, sharing its connections.

        Raises:
            InvalidConfigError: a limit is out of range.
        """

    def confirm_file_upload(
        self, file_id: str, state: str = "CREATED", *, app_user_id: str | None = None
    ) -> ConfirmedUpload:
        """Confirms that a file was uploaded, that its upload failed, or that it was cancelled.

        Sent again when an answer gets lost: the same state twice is taken for harmless, though
        the vendor doesn't specify it.

        Args:
            file_id: 1 to 128 of ``A-Z a-z 0-9 - . _ ~``, neither ``.`` nor ``..``.
            state: ``"CREATED"``, ``"FAILED"`` or ``"CANCELLED"``.
            app_user_id: third-party user of the call (X-App-UserId): visible ASCII.

        Raises:
            MetaStudioError: one of its subclasses; ``outcome`` says whether the service has the
                confirmation.

        Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/ConfirmFileUpload.html
        """

    def create_file(
        self,
        file_name: str,
        *,
        file_size: int,
        file_md5: str | bytes,
        asset_id: str,
        category: str = "MAIN",
        app_user_id: str | None = None,
    ) -> CreatedFile:
        """Registers a file and gets the URL for its content.

        Not sent again when it isn't known whether the first one arrived: each one makes a file.

        Args:
            file_name: 1 to 256 characters, with an extension.
            file_size: size of the content, 1 to 5368709120 bytes.
            file_md5: MD5 of the content: the 16 bytes of the digest, or their base64.
            asset_id: the asset that gets the file.
            category: MAIN, COVER, PAGE, SAMPLE, OTHER, TEMPORARY or PACKAGE.
            app_user_id: third-party user of the call (X-App-UserId): visible ASCII.

        Raises:
            MetaStudioError: one of its subclasses. With an unknown outcome there may be a file
                whose id nobody has.

        Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html
        """

    def upload(
        self,
        path: str | PathLike[str],
        *,
        asset_id: str,
        category: str = "MAIN",
        app_user_id: str | None = None,
    ) -> Uploaded:
        """Uploads a file: reads it for its MD5, registers it, PUTs it, confirms it as CREATED.

        When something fails after the file was registered, the file is set to FAILED, or to
        CANCELLED on Ctrl-C, unless CREATED may have reached the service.

        Args:
            path: a regular file of 1 byte to 5 GiB.
            asset_id: the asset that gets the file.
            category: MAIN, COVER, PAGE, SAMPLE, OTHER, TEMPORARY or PACKAGE.
            app_user_id: third-party user of the calls (X-App-UserId): visible ASCII.

        Raises:
            MetaStudioError: one of its subclasses, with ``stage``, ``file_id`` and ``cleanup``;
                ``outcome`` is about the file being CREATED.
            KeyboardInterrupt: on Ctrl-C; its ``__cause__`` tells what became of the file.
        """

    def close(self) -> None:
        """Closes the connections once calls under way are done. Further calls raise
        InvalidConfigError."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...

@final
class Signer:
    """Signs any request with an access key pair: SDK-HMAC-SHA256.

    Use it with the HTTP client of your choice for calls that this package lacks.

    Source: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html
    """

    def __new__(cls, credentials: Credentials) -> Self: ...
    def sign(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] | None = None,
        body: bytes | bytearray | memoryview | str | None = None,
        *,
        date: datetime | None = None,
    ) -> dict[str, str]:
        """The headers to add to a request; the request itself is not changed.

        All given headers are signed, except Authorization and names with ``_``. What comes back
        is Authorization, and Host, X-Sdk-Date and X-Security-Token where they were needed and not
        given.

        Args:
            method: the HTTP method.
            url: the absolute URL, as it will be sent.
            headers: the headers that will be sent.
            body: exactly the bytes that will be sent; a ``str`` is sent as UTF-8, None is empty.
            date: time of the signature; now by default. Without a time zone it is local time.

        Raises:
            InvalidInputError: method, URL or a header can't be sent.
            TypeError: an argument has the wrong type.
        """

@final
class Emulator:
    """A local MetaStudio. Use it through ``metastudio.testing.Emulator``."""

    def __new__(cls, *, port: int = 0, rate_limit: int | None = None) -> Self: ...
    @property
    def url(self) -> str: ...
    @property
    def project_id(self) -> str: ...
    @property
    def access_key(self) -> str: ...
    @property
    def secret_key(self) -> str: ...
    @property
    def token(self) -> str: ...
    def assets_json(self) -> str: ...
    def faults_json(self) -> str: ...
    def files_json(self) -> str: ...
    def requests_json(self) -> str: ...
    def file_body(self, file_id: str) -> bytes | None: ...
    def inject(self, fault: str) -> int: ...
    def fired(self, fault: int) -> int: ...
    def clear_faults(self) -> None: ...
    def set_review(self, script: str) -> None: ...
    def stop(self) -> None: ...

def run_command(argv: list[str]) -> int:
    """Runs the command ``metastudio``, the program's name first, and returns its exit code."""
