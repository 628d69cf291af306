"""The extension module. Its public names are imported from ``metastudio``."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from os import PathLike
from types import TracebackType
from typing import Any, Final, Protocol, Self, TypeAlias, final

from typing_extensions import Buffer

from ._assets import Asset
from ._event import AttemptEvent
from ._exceptions import MetaStudioError
from ._many import ResumeResult, UploadItem, UploadResult

__all__ = [
    "CancelHandle",
    "Client",
    "ConfirmResult",
    "ConfirmResults",
    "ConfirmedUpload",
    "CreatedAsset",
    "CreatedFile",
    "CreatedLargeFile",
    "CredentialSource",
    "Credentials",
    "Deleted",
    "Emulator",
    "Signer",
    "Token",
    "Uploaded",
    "__version__",
    "own_credentials",
    "run_cancellable",
    "run_command",
]

class _BinaryFile(Protocol):
    """A file object in binary mode; with ``seekable``, ``seek`` and ``tell`` it is rewound."""

    def read(self, size: int, /) -> Buffer: ...

class _ArrowStream(Protocol):
    """Anything with Arrow's PyCapsule interface: a table, a data frame, a reader."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...

class _ArrowArray(Protocol):
    """A single record batch or array with Arrow's PyCapsule interface."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> object: ...

_Item: TypeAlias = str | tuple[str, str] | list[str] | Mapping[str, Any]
_Source: TypeAlias = str | PathLike[str] | Buffer | _BinaryFile
_Progress: TypeAlias = Callable[[str, int, int], object]

__version__: Final[str]

@final
class Credentials:
    """An access key (AK) and its secret key (SK), with a security token when they are temporary.

    ``repr`` shows the access key and the expiry only. Credentials can't be pickled.

    Args:
        access_key: names the key pair; not a secret.
        secret_key: the secret.
        security_token: token of temporary credentials, sent and signed with each call.
        expires_at: until when they are good, with a time zone. A client asks the source that they
            come from for new ones before.

    Raises:
        CredentialsError: a key is empty or holds blanks, line ends or characters outside ASCII, or
            ``expires_at`` has no time zone.
        TypeError: an argument has the wrong type.

    Source: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html
    """

    def __new__(
        cls,
        access_key: str,
        secret_key: str,
        *,
        security_token: str | None = None,
        expires_at: datetime | None = None,
    ) -> Self: ...
    @property
    def access_key(self) -> str:
        """The access key. It names the key pair and is not a secret."""

    @property
    def expires_at(self) -> datetime | None:
        """Until when they are good, in UTC; None when that isn't known."""

@final
class Token:
    """A user token: the value of X-Subject-Token that IAM answered.

    ``repr`` shows nothing of it. A token can't be pickled.

    Args:
        token: the token.
        expires_at: until when it is good, with a time zone.

    Raises:
        CredentialsError: the token is empty or holds blanks, line ends or characters outside
            ASCII, or ``expires_at`` has no time zone.
        TypeError: an argument has the wrong type.

    Source: https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html
    """

    def __new__(cls, token: str, *, expires_at: datetime | None = None) -> Self: ...
    @property
    def expires_at(self) -> datetime | None:
        """Until when it is good, in UTC; None when that isn't known."""

    def headers(self) -> dict[str, str]:
        """The header that sends it with a request, X-Auth-Token. Its value is the secret."""

@final
class CredentialSource:
    """A place where credentials can be found.

        client = metastudio.Client(
            region="cn-north-4",
            credentials=metastudio.CredentialSource.profile("staging"),
        )

    A client asks it when the first call is made, and again shortly before what it gave expires or
    when it was refused. One thread asks, all others go on with the old credentials while these
    last.
    """

    @staticmethod
    def environment() -> CredentialSource:
        """HUAWEICLOUD_SDK_AK, HUAWEICLOUD_SDK_SK and HUAWEICLOUD_SDK_SECURITY_TOKEN; or, before
        these, HUAWEICLOUD_SDK_IDP_ID and HUAWEICLOUD_SDK_ID_TOKEN_FILE."""

    @staticmethod
    def profile(
        section: str | None = None, *, file: str | PathLike[str] | None = None
    ) -> CredentialSource:
        """A section of the credentials file.

        Args:
            section: its name; ``"basic"`` by default.
            file: the file; else HUAWEICLOUD_SDK_CREDENTIALS_FILE, else
                ``~/.huaweicloud/credentials``.
        """

    @staticmethod
    def oidc() -> CredentialSource:
        """Temporary keys of an agency, for the OpenID Connect token in HUAWEICLOUD_OIDC_ID_TOKEN or
        in the file HUAWEICLOUD_OIDC_TOKEN_FILE; with HUAWEICLOUD_OIDC_PROVIDER_URN and
        HUAWEICLOUD_OIDC_AGENCY_URN."""

    @staticmethod
    def metadata(*, endpoint: str | None = None) -> CredentialSource:
        """Temporary keys of an ECS instance's agency, from the metadata service.

        Args:
            endpoint: its URL; else METASTUDIO_METADATA_ENDPOINT, else ``http://169.254.169.254``.

        Raises:
            InvalidInputError: the endpoint is no URL.
        """

    @staticmethod
    def pod() -> CredentialSource:
        """Temporary keys of a pod's agency, from HC_CONTAINER_CREDENTIALS_FULL_URI with the token
        in the file HC_CONTAINER_AUTHORIZATION_TOKEN_FILE."""

    @staticmethod
    def id_token(idp_id: str, file: str | PathLike[str]) -> CredentialSource:
        """Temporary keys for the token of an identity provider that IAM knows by this id. The file
        with the token is read anew each time.

        Source: https://support.huaweicloud.com/intl/en-us/api-iam/iam_13_0605.html
        """

    @staticmethod
    def iam_password(
        user: str,
        password: str,
        *,
        domain: str,
        project_name: str | None = None,
        project_id: str | None = None,
        iam_endpoint: str | None = None,
    ) -> CredentialSource:
        """User tokens for a name and a password.

        A token lasts 24 hours and is renewed before. A refused login isn't repeated for five
        minutes by anything in this process, because repeated wrong passwords lock the account;
        another password is tried at once.

        Args:
            user: name of the IAM user.
            password: its password.
            domain: name of the account that the user belongs to.
            project_name: the project that the token is good for, by its name: the region's id,
                such as ``"cn-north-4"``; this or ``project_id`` is needed.
            project_id: the project by its id.
            iam_endpoint: URL of IAM; else HUAWEICLOUD_SDK_IAM_ENDPOINT, else that of the region.

        Raises:
            InvalidInputError: a value is empty or can't be right; it isn't shown.

        Source: https://support.huaweicloud.com/intl/en-us/api-iam/iam_30_0001.html
        """

    @staticmethod
    def chain(
        sources: Iterable[
            CredentialSource | Credentials | Token | Callable[[], Credentials | Token]
        ],
    ) -> CredentialSource:
        """The first of these that has credentials; from then on only that one is asked."""

    @staticmethod
    def default() -> CredentialSource:
        """Where the vendor's tools look, in the order of its Python SDK: ``oidc``,
        ``environment``, ``profile``, ``metadata``, ``pod``."""

    @staticmethod
    def callback(function: Callable[[], Credentials | Token]) -> CredentialSource:
        """Credentials from a function: from a vault, from another process.

        It is called on a thread of its own and may not use the client that it serves. What it
        raises becomes the cause of the call's CredentialsError. It should give the credentials an
        ``expires_at``; without, they are used until they are refused.
        """

    def get(self) -> Credentials | Token:
        """Credentials that are good now, kept until shortly before they expire. Waits up to 60 s
        where there are none yet.

        For those who sign requests of their own: ``metastudio.auth.RequestsAuth(source)``.

        Raises:
            CredentialsError: nothing was found; the text says what was tried.
            AuthenticationError: a source was asked and refused.
            CallTimeoutError, ConnectionFailedError, ServerError: a source didn't answer.
        """

@final
class ConfirmedUpload:
    """What the service answered to a confirmation."""

    def __new__(cls, request_id: str, state: str | None = None) -> Self: ...
    @property
    def request_id(self) -> str:
        """The service's id of the request that settled it, for its support: the confirmation, or
        the look at the asset that proved it."""

    @property
    def state(self) -> str | None:
        """State of the file when the asset was looked at last; None when it wasn't."""

    def __getnewargs__(self) -> tuple[str, str | None]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class ConfirmResult:
    """What became of one item of ``Client.confirm_many``.

    Attributes:
        index: place of the item in the input, from 0.
        file_id: the file's id, or what stood in its place; empty where nothing did.
        state: the state that was to be reported; None where the item held no such thing.
        outcome: ``"applied"``, ``"not_applied"`` or ``"unknown"``.
        status: status of the last answer, or None.
        error_code: error code of the last answer, opaque text, or None.
        request_id: the service's id of the request that settled it, or None.
        attempts: requests that were made for it.
        ms: milliseconds from the first of them to the end of the last, waits included.
        error: why it isn't known to be applied, or None.
    """

    def __new__(
        cls,
        index: int,
        file_id: str,
        state: str | None,
        outcome: str,
        status: int | None,
        error_code: str | None,
        request_id: str | None,
        attempts: int,
        ms: float,
        error: MetaStudioError | None,
    ) -> Self: ...
    @property
    def index(self) -> int: ...
    @property
    def file_id(self) -> str: ...
    @property
    def state(self) -> str | None: ...
    @property
    def outcome(self) -> str: ...
    @property
    def status(self) -> int | None: ...
    @property
    def error_code(self) -> str | None: ...
    @property
    def request_id(self) -> str | None: ...
    @property
    def attempts(self) -> int: ...
    @property
    def ms(self) -> float: ...
    @property
    def error(self) -> MetaStudioError | None: ...

@final
class ConfirmResults(Iterator[ConfirmResult]):
    """The results of ``Client.confirm_many``, in the items' order.

    Any thread may ask for the next one, but only one at a time. The iteration raises

    - what the items raised, when the results of the items before have been handed out;
    - KeyboardInterrupt on Ctrl-C, and what another signal's handler raises, at once;
    - UploadCancelledError once it was cancelled;
    - SourceError when an Arrow stream of items breaks off;
    - JournalError when the journal can't be written: nothing is sent that doesn't stand there;
    - ConfirmManyError with ``raise_on_error``.

    It is itself an Arrow stream: ``pyarrow.table(results)``, ``polars.DataFrame(results)``. Its
    columns are index, file_id, state, outcome, status, error_code, request_id, attempts, ms,
    error_kind, error_msg; a record batch has up to 8,192 rows, and those of a second at least. What
    ends the iteration then ends the stream with its text, and asking for the next result raises it.
    """

    def __iter__(self) -> Self: ...
    def __next__(self) -> ConfirmResult: ...
    def close(self) -> list[ConfirmResult]:
        """Ends the batch: sends nothing more, gives calls that are under way up to a second, and
        returns what became of the items that were pulled and not handed out."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        traceback: TracebackType | None,
        /,
    ) -> None: ...
    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """The results that weren't handed out so far, as a PyCapsule with an Arrow stream. Its
        layout is always the same, whatever is requested."""

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
class CreatedLargeFile:
    """A large file that was registered and has no content yet.

    ``repr`` hides the URLs. Can't be pickled, because they are secrets: pass on ``file_id``.
    """

    @property
    def file_id(self) -> str:
        """Id of the new file."""

    @property
    def upload_urls(self) -> tuple[str, ...]:
        """Where the parts go, by PUT. They are secrets. Their number is what counts, whatever was
        asked for."""

    @property
    def part_sizes(self) -> tuple[int, ...] | None:
        """Bytes of each part, in the URLs' order; None when a file of this size can't be cut into
        so many. The vendor doesn't say how to cut: these are equal parts, the last one smaller."""

    @property
    def request_id(self) -> str:
        """The service's id of the request."""

@final
class CreatedAsset:
    """An asset that was made and has no files yet."""

    def __new__(cls, asset_id: str, produce_id: str | None, request_id: str) -> Self: ...
    @property
    def asset_id(self) -> str:
        """Id of the new asset."""

    @property
    def produce_id(self) -> str | None:
        """The service's mark for content made by a machine, if it gave one."""

    @property
    def request_id(self) -> str:
        """The service's id of the request."""

    def __getnewargs__(self) -> tuple[str, str | None, str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Deleted:
    """What the service answered to a deletion."""

    def __new__(cls, request_id: str) -> Self: ...
    @property
    def request_id(self) -> str:
        """The service's id of the request."""

    def __getnewargs__(self) -> tuple[str]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Uploaded:
    """A file that the service has confirmed as CREATED."""

    def __new__(
        cls,
        file_id: str,
        asset_id: str,
        size: int,
        md5: str | None,
        request_id: str,
        state: str | None = None,
    ) -> Self: ...
    @property
    def file_id(self) -> str:
        """Id of the file."""

    @property
    def asset_id(self) -> str:
        """Id of its asset: the given one, or the new one."""

    @property
    def size(self) -> int:
        """Size of its content, in bytes."""

    @property
    def md5(self) -> str | None:
        """MD5 of its content: base64 of the 16 bytes, 24 characters. None for a file above 5 GiB,
        which announces none."""

    @property
    def request_id(self) -> str:
        """The service's id of the request that settled it: the confirmation, or the look at the
        asset that proved it."""

    @property
    def state(self) -> str | None:
        """State of the file when the asset was looked at last, such as ``"UPLOADED"`` (the review
        is pending); None when it wasn't."""

    def __getnewargs__(self) -> tuple[str, str, int, str | None, str, str | None]: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class CancelHandle:
    """Cancels the uploads that it was given to, from any thread: ``upload(..., cancel=handle)``.

    They notice within 100 ms, set their files to CANCELLED, which may take 5 s, and end with
    UploadCancelledError. Cancelling once more ends the cleaning up too. A used handle stays used.
    """

    def __new__(cls) -> Self: ...
    def cancel(self) -> None:
        """Ends all uploads that have this handle, now and later."""

    @property
    def is_cancelled(self) -> bool:
        """Whether ``cancel`` was called."""

@final
class Client:
    """A client for one project at one endpoint.

    All methods block, without the interpreter's lock; a client can be used from many threads.
    Ctrl-C ends a call of the main thread within 200 ms.

    As a context manager it is closed at the end of the block. When the block is left by an
    exception, calls that other threads still make with this client are cancelled (uploads end as
    CANCELLED) and waited for, up to 5 seconds. Clients from ``with_options`` are on their own.

    After a fork the child may use the client too: it makes connections of its own, and calls that
    were under way go on in the parent alone. A copy shares connections and credentials. A pickle
    carries the settings, and no secret: where the client comes out, it looks for credentials as a
    new one would (``CredentialSource.default``), or asks the source that it was given if there is
    neither a secret nor a function in that; when it finds none, its first call raises
    CredentialsError. A proxy's user and password stay behind too, and files go by their paths.

    Args:
        region: the region's id, such as ``"cn-north-4"``; this or ``endpoint`` is needed.
        endpoint: URL of the endpoint; goes before ``region``.
        project_id: the project; else the one that comes with the credentials, else
            HUAWEICLOUD_SDK_PROJECT_ID, else the one that IAM names for the region.
        credentials: keys, a token, a source of them, or a function that returns keys or a token
            (``CredentialSource.callback``). Without, they are looked for where the vendor's tools
            look (``CredentialSource.default``).
        token: a user token (X-Auth-Token) in place of an access key pair.
        algorithm: how calls are signed with an access key pair: ``SDK-HMAC-SHA256``, which the
            vendor documents; ``SDK-HMAC-SM3`` or ``V11-HMAC-SHA256``, which are in its SDKs.
        signing_region: with ``V11-HMAC-SHA256`` the region that the key is derived for.
        signing_service: with ``V11-HMAC-SHA256`` the service's short name.
        allow_http: allows plain http to other machines than this one. Everybody on the way can
            then read and repeat the calls.
        lenient: takes a success without X-Request-Id for one.
        upload_host_suffixes: endings of the hosts that contents may be sent to;
            ``[".myhuaweicloud.com"]`` by default.
        ca_file: path of certificates in PEM, of the authorities that are trusted: these and no
            others. Without, Mozilla's list.
        client_cert: path of the certificate that this client shows, in PEM with its key, or a pair
            of paths: certificate and key.
        proxy: ``"env"`` as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say (small letters go
            first); None for no proxy; or the URL of one, for all hosts:
            ``"http://user:password@host:port"``, percent-encoded. Never used for this machine and
            for 169.254.169.254.
        danger_accept_invalid_certs: doesn't check the certificates of servers. Everybody on the
            way can then read and change everything. Each client that is made like this warns
            (RuntimeWarning, and a record at WARNING).
        connect_timeout: seconds for DNS, connect and TLS together; 5 by default.
        attempt_timeout: seconds for one attempt of a call; 20 by default.
        total_timeout: seconds for all attempts and the waits between them; 60 by default.
        stall_timeout: seconds that a PUT may go without a byte moving; 20 by default.
        max_attempts: attempts of a call altogether, 1 to 100; 3 by default.
        on_attempt: called with an :class:`AttemptEvent` after each attempt of each call, on the
            thread that makes the call. It may use the client, and isn't told of the calls that it
            makes. What it raises goes to ``sys.unraisablehook`` and changes nothing; only
            KeyboardInterrupt and SystemExit end the call. It stays in its process: a pickle of the
            client has none.
        include_secrets: lets a pickle of this client carry keys, token, login, function and the
            proxy's password. Without any of them it carries the keys or token that are found when
            it is pickled. Whoever can read such a pickle can use them.

    Raises:
        InvalidConfigError: a setting is out of range, region and endpoint are missing, or a file of
            certificates or a proxy is of no use.
        CredentialsError: the token can't be right.
        TypeError: an argument has the wrong type.
    """

    def __new__(
        cls,
        *,
        region: str | None = None,
        endpoint: str | None = None,
        project_id: str | None = None,
        credentials: Credentials
        | Token
        | CredentialSource
        | Callable[[], Credentials | Token]
        | None = None,
        token: str | None = None,
        algorithm: str = ...,
        signing_region: str | None = None,
        signing_service: str | None = None,
        allow_http: bool = False,
        lenient: bool = False,
        upload_host_suffixes: Iterable[str] | None = None,
        ca_file: str | PathLike[str] | None = None,
        client_cert: str
        | PathLike[str]
        | tuple[str | PathLike[str], str | PathLike[str]]
        | None = None,
        proxy: str | None = "env",
        danger_accept_invalid_certs: bool = False,
        connect_timeout: float | None = None,
        attempt_timeout: float | None = None,
        total_timeout: float | None = None,
        stall_timeout: float | None = None,
        max_attempts: int | None = None,
        on_attempt: Callable[[AttemptEvent], object] | None = None,
        include_secrets: bool = False,
    ) -> Self: ...
    def __copy__(self) -> Client: ...
    def __deepcopy__(self, memo: object, /) -> Client: ...
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
        self,
        file_id: str,
        state: str = "CREATED",
        *,
        app_user_id: str | None = None,
        asset_id: str | None = None,
        verify: bool = False,
    ) -> ConfirmedUpload:
        """Confirms that a file was uploaded, that its upload failed, or that it was cancelled.

        Sent again when an answer gets lost: the same state twice is taken for harmless, though
        the vendor doesn't specify it.

        Args:
            file_id: 1 to 128 of ``A-Z a-z 0-9 - . _ ~``, neither ``.`` nor ``..``.
            state: ``"CREATED"``, ``"FAILED"`` or ``"CANCELLED"``.
            app_user_id: third-party user of the call (X-App-UserId): visible ASCII.
            asset_id: the file's asset. With it an unknown outcome is looked up (ShowAsset), and the
                same state sent again while the file is CREATING.
            verify: looks at the asset whatever was answered; needs ``asset_id``.

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
        file_type: str | None = None,
        app_user_id: str | None = None,
    ) -> CreatedFile:
        """Registers a file and gets the URL for its content.

        Not sent again when it isn't known whether the first one arrived: each one makes a file.

        Args:
            file_name: 1 to 256 characters, with an extension unless ``file_type`` is given.
            file_size: size of the content, 1 to 5368709120 bytes.
            file_md5: MD5 of the content: the 16 bytes of the digest, or their base64.
            asset_id: the asset that gets the file.
            category: MAIN, COVER, PAGE, SAMPLE, OTHER, TEMPORARY or PACKAGE.
            file_type: 1 to 64 characters; the name's extension by default.
            app_user_id: third-party user of the call (X-App-UserId): visible ASCII.

        Raises:
            MetaStudioError: one of its subclasses. With an unknown outcome there may be a file
                whose id nobody has; where an unusable answer named one, it is in ``file_id``.

        Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateFile.html
        """

    def create_large_file(
        self,
        file_name: str,
        *,
        file_size: int,
        asset_id: str,
        category: str = "MAIN",
        file_type: str | None = None,
        part_count: int | None = None,
        app_user_id: str | None = None,
    ) -> CreatedLargeFile:
        """Registers a file above 5 GiB and gets a URL for each of its parts.

        ``upload`` does all of it. Not sent again when it isn't known whether the first one arrived:
        each one makes a file.

        Args:
            file_name: 1 to 256 characters, with an extension unless ``file_type`` is given.
            file_size: size of the content, 1 to 536870912000 bytes.
            asset_id: the asset that gets the file.
            category: MAIN, OTHER or PACKAGE.
            file_type: 1 to 64 characters; the name's extension by default.
            part_count: number of parts, up to 100; by default as few as it takes.
            app_user_id: third-party user of the call (X-App-UserId): visible ASCII.

        Raises:
            MetaStudioError: one of its subclasses, as for ``create_file``.

        Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateLargeFile.html
        """

    def delete_file(self, file_id: str, *, app_user_id: str | None = None) -> Deleted:
        """Deletes a file.

        Sent again when an answer gets lost: an id names one file for ever.

        Args:
            file_id: id of the file.
            app_user_id: third-party user of the call (X-App-UserId): visible ASCII.

        Raises:
            MetaStudioError: one of its subclasses.

        Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/DeleteFile.html
        """

    def create_digital_asset(
        self,
        asset_name: str,
        asset_type: str,
        *,
        description: str | None = None,
        tags: Iterable[str] | None = None,
        supported_service: Iterable[str] | None = None,
        generate_cover: bool | None = None,
        order: int | None = None,
        extra: dict[str, Any] | None = None,
        app_user_id: str | None = None,
    ) -> CreatedAsset:
        """Makes an asset, the thing that files belong to.

        Not sent again when it isn't known whether the first one arrived: each one makes an asset.

        Args:
            asset_name: up to 256 characters.
            asset_type: VOICE_MODEL, VIDEO, IMAGE, PPT, MUSIC, AUDIO, COMMON_FILE, HUMAN_MODEL_2D,
                BUSINESS_CARD_TEMPLET, or another word in upper case.
            description: up to 4096 characters (asset_description).
            tags: up to 50, of up to 128 characters each.
            supported_service: what the asset is for: VIDEO_2D, LIVE_2D, CHAT_2D.
            generate_cover: has the service make a cover, or not; for videos
                (is_need_generate_cover).
            order: the asset's place in the console's lists (asset_order).
            extra: further fields of the request as JSON values, sent as they are:
                system_properties, asset_extra_meta, review_config, shared_config, ...
            app_user_id: third-party user of the call (X-App-UserId): visible ASCII.

        Raises:
            MetaStudioError: one of its subclasses. With an unknown outcome there may be an asset
                whose id nobody has.

        Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/CreateDigitalAsset.html
        """

    def show_asset(self, asset_id: str, *, app_user_id: str | None = None) -> Asset:
        """Shows an asset with its files and their states.

        Args:
            asset_id: id of the asset.
            app_user_id: third-party user of the call (X-App-UserId): visible ASCII.

        Raises:
            MetaStudioError: one of its subclasses.

        Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/ShowAsset.html
        """

    def delete_asset(
        self, asset_id: str, *, for_good: bool = False, app_user_id: str | None = None
    ) -> Deleted:
        """Moves an asset with its files to the recycle bin.

        Not sent again when it isn't known whether the first one arrived: the second could delete
        for good what is in the recycle bin.

        Args:
            asset_id: id of the asset.
            for_good: deletes it past the recycle bin.
            app_user_id: third-party user of the call (X-App-UserId): visible ASCII.

        Raises:
            MetaStudioError: one of its subclasses.

        Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/DeleteAsset.html
        """

    def upload(
        self,
        source: _Source,
        *,
        asset_id: str | None = None,
        new_asset: str | None = None,
        category: str = "MAIN",
        file_name: str | None = None,
        file_type: str | None = None,
        file_size: int | None = None,
        file_md5: str | bytes | None = None,
        app_user_id: str | None = None,
        verify: bool = False,
        verify_source: bool = False,
        wait: float | None = None,
        cancel_orphan: bool = False,
        delete_asset_on_failure: bool = False,
        spool_limit: int = 5368709120,
        part_count: int | None = None,
        progress: _Progress | None = None,
        cancel: CancelHandle | None = None,
    ) -> Uploaded:
        """Uploads a file: reads it for its MD5, registers it, PUTs it, confirms it as CREATED. A
        file above 5 GiB goes in parts and without an MD5.

        When something fails after the file was registered, the file is set to FAILED (to CANCELLED
        when the caller cancels, by Ctrl-C, ``cancel``, or an exception of a callback), unless
        CREATED may have reached the service. A confirmation whose answer got lost is looked up in
        the asset.

        Args:
            source: a path; bytes or another contiguous buffer; or a file object in binary mode,
                from its current position. A file object that is ``seekable()`` is rewound. Another
                one is copied to a temporary file first, unless ``file_size`` and ``file_md5`` are
                given: then it is read once, and the PUT has one attempt.
            asset_id: the asset that gets the file; this or ``new_asset`` is needed.
            new_asset: type of an asset that is made for the file and named after it: VIDEO, IMAGE,
                PPT, MUSIC, AUDIO, COMMON_FILE, ...
            category: MAIN, COVER, PAGE, SAMPLE, OTHER, TEMPORARY or PACKAGE. An asset has one main
                file.
            file_name: 1 to 256 characters; by default the name of the path, or of the file object's
                ``name``. Bytes have none, so they need one.
            file_type: 1 to 64 characters; by default the name's extension.
            file_size: size of the content in bytes, where it is known; with ``file_md5`` only. The
                content then isn't read for its MD5, and the store refuses other content.
            file_md5: MD5 of the content: the 16 bytes of the digest, or their base64.
            app_user_id: third-party user of the calls (X-App-UserId): visible ASCII.
            verify: looks at the asset afterwards, whatever was answered.
            verify_source: reads the content once more before CREATED is sent.
            wait: seconds to wait for the end of the service's review. One that takes longer is no
                error: ``Uploaded.state`` says where it stands.
            cancel_orphan: when nobody knows whether the create arrived, sets to CANCELLED what the
                asset shows as CREATING with the same name and MD5.
            delete_asset_on_failure: moves a new asset to the recycle bin when the upload fails.
            spool_limit: bytes that are copied to a temporary file at most.
            part_count: sends the content in so many parts, up to 100, without an MD5 that the
                store could compare. By default only what is above 5 GiB goes in parts.
            progress: called with the stage (``"inspect"``, ``"hash"``, ``"create"``, ``"put"``,
                ``"confirm"`` or ``"review"``), the bytes done and the bytes in total (0 while that
                isn't known), at most ten times a second, on the calling thread. ``done`` goes back
                when a stage begins anew. What it raises cancels the upload and is raised here.
            cancel: cancels the upload from another thread.

        Raises:
            MetaStudioError: one of its subclasses, with ``stage``, ``file_id`` and ``cleanup``;
                ``outcome`` is about the file being CREATED. What a file object's ``read`` raised is
                the ``__cause__`` of a SourceError.
            TypeError: an argument has the wrong type; a file object in text mode.
            KeyboardInterrupt: on Ctrl-C. Its ``__cause__`` tells what became of the file, and so
                does that of what ``progress`` raises.

        Source: https://support.huaweicloud.com/api-metastudio/metastudio_02_0056.html
        """

    def upload_many(
        self,
        files: Iterable[_Source | UploadItem],
        *,
        asset_id: str | None = None,
        new_asset: str | None = None,
        category: str = "MAIN",
        app_user_id: str | None = None,
        verify: bool = False,
        verify_source: bool = False,
        wait: float | None = None,
        cancel_orphan: bool = False,
        delete_asset_on_failure: bool = False,
        spool_limit: int = 5368709120,
        part_count: int | None = None,
        concurrency: int = 4,
        rate: float | str | None = "documented",
        progress: _Progress | None = None,
        on_result: Callable[[int, UploadResult], object] | None = None,
        raise_on_error: bool = False,
        cancel: CancelHandle | None = None,
        journal: str | PathLike[str] | None = None,
        confirm: bool = True,
    ) -> list[UploadResult]:
        """Uploads many files, several at a time; each has an outcome of its own.

        The next file is read for its MD5 while others are on the line, and calls are made at a rate
        that the service allows. A failed file doesn't end the others.

        Args:
            files: sources as for ``upload``, or :class:`UploadItem`, which has options of its own.
                All are looked at before the first is sent.
            asset_id: the asset that gets the files. An asset has one main file, so that several
                need another ``category``.
            new_asset: type of the assets, one made for each file and named after it.
            category, app_user_id, verify, verify_source, wait, cancel_orphan,
                delete_asset_on_failure, spool_limit, part_count: as for ``upload``.
            concurrency: files on the line at a time, 1 to 64.
            rate: calls a second of each kind. By default what the vendor documents for the region;
                ``"documented/8"`` is the part of one of 8 processes; None for no limit.
            progress: called with ``"upload"``, the bytes sent and the bytes in total, as far as
                sizes are known, at most ten times a second, on the calling thread.
            on_result: called on the calling thread with the file's index and its result as soon as
                it is there.
            raise_on_error: raises UploadManyError when all have ended and some have failed.
            cancel: cancels all that isn't done, from another thread.
            journal: a new file that keeps each step, on disk before it is done, so that ``resume``
                can finish what a crash breaks off. Every source must be a path.
            confirm: False leaves each file open when its content is stored, for somebody else to
                confirm. ``outcome`` then is about the content.

        Returns:
            One result for each file, in their order.

        Raises:
            InvalidInputError: an argument can't be right, two main files for one asset among them;
                nothing was sent.
            UploadManyError: with ``raise_on_error``.
            TypeError: an argument has the wrong type; nothing was sent.
            KeyboardInterrupt: on Ctrl-C; its ``__cause__`` is an UploadCancelledError with all
                ``results``, as that of an exception of a callback is. A ``read`` that blocks in a
                file object isn't interrupted.
        """

    def confirm_many(
        self,
        items: Iterable[_Item] | _ArrowStream | _ArrowArray,
        *,
        state: str = "CREATED",
        concurrency: int = 32,
        rate: float | str | None = "documented",
        journal: str | PathLike[str] | None = None,
        app_user_id: str | None = None,
        raise_on_error: bool = False,
        cancel: CancelHandle | None = None,
    ) -> ConfirmResults:
        """Confirms many files, several at a time; each has an outcome of its own.

        The results come in the items' order, and asking for them pulls the batch along: items are
        pulled on the thread that iterates, a few hundred ahead, and who stops iterating stops the
        batch. A failed item doesn't end the others.

        What has a length (a list, a tuple, a table, a data frame) is looked at as a whole first:
        an id or state that can't be right, or two states for one file, refuse it, and nothing is
        sent. Of other iterables such an item fails where it stands, unsent. A repeat of an item is
        sent once and yields the same result again.

        Args:
            items: file ids; ``(file_id, state)`` pairs; mappings with ``file_id`` and maybe
                ``state``; or anything with ``__arrow_c_stream__`` or ``__arrow_c_array__`` (of
                pyarrow, Polars, DuckDB, pandas with pyarrow, ...) that has a column ``file_id`` of
                strings and maybe a column ``state``, or is a column of ids itself. A stream is
                read batch by batch, and other columns are left alone. A null can't be sent.
            state: state of items that have none of their own: CREATED, FAILED or CANCELLED.
            concurrency: calls under way at a time, 1 to 256.
            rate: calls a second. By default what the vendor documents for the region;
                ``"documented/8"`` is the part of one of 8 processes; None for no limit.
            journal: a file that keeps what is sent and what became of it, as JSON lines. What is
                going to be sent stands there, on disk, before it is sent. With a journal of the
                same endpoint, project and user that is there already the batch goes on: what is
                done isn't sent again, but yields the recorded result.
            app_user_id: third-party user of the calls (X-App-UserId): visible ASCII.
            raise_on_error: in the place of the end, when all have ended and some have failed, the
                iteration raises ConfirmManyError.
            cancel: ends the batch from another thread.

        Returns:
            An iterator of results. Use it in a ``with`` block when it may be left early.

        Raises:
            InvalidInputError: an argument can't be right, one of the items among them, whose index
                is named; nothing was sent.
            JournalError: the journal can't be written, is damaged, or is of another batch; nothing
                was sent.
            TypeError: an argument or an item has the wrong type; nothing was sent.

        Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/ConfirmFileUpload.html
        """

    def resume(
        self,
        path: str | PathLike[str],
        *,
        cancel_open: bool = False,
        keep: Iterable[str] = (),
        concurrency: int | None = None,
        rate: float | str | None = "documented",
        cancel: CancelHandle | None = None,
    ) -> list[ResumeResult] | ConfirmResults:
        """Finishes what a journal leaves open.

        Of confirmations: sends what wasn't sent, and again what isn't known, as the same state. Of
        uploads: confirms again what may be CREATED, and closes the file of each upload that was
        broken off, then uploads it anew. What is done stays as it is. Every step goes into the same
        journal, so this can be resumed too.

        Args:
            path: the journal of ``confirm_many`` or ``upload_many``.
            cancel_open: of uploads: uploads nothing, and sets every file to CANCELLED that is open,
                those that were left open on purpose too. Only what this journal says is known: a
                file that was confirmed as CREATED elsewhere would be CANCELLED.
            keep: ids of files that stay open with ``cancel_open``, and that nobody is to take for
                what an earlier attempt may have registered: they are known to be another's.
            concurrency: as for ``upload_many`` or ``confirm_many``, whose defaults it has.
            rate: as for these.
            cancel: ends it from another thread.

        Returns:
            For uploads one result for each entry, in their order; for confirmations an iterator of
            the results of those that were open.

        Raises:
            JournalError: the journal can't be opened, is damaged, is another project's, or another
                process is at work with it; nothing was sent.
            InvalidInputError: an argument can't be right; nothing was sent.
            TypeError: an argument has the wrong type; nothing was sent.
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
    """Signs any request with an access key pair.

    Use it with the HTTP client of your choice for calls that this package lacks.

    Args:
        credentials: the key pair.
        algorithm: ``SDK-HMAC-SHA256``, which the vendor documents; ``SDK-HMAC-SM3`` or
            ``V11-HMAC-SHA256``, which are in its SDKs.
        region: with ``V11-HMAC-SHA256`` the region that the key is derived for, such as
            ``cn-north-4``; ``globe`` for a global service.
        service: with ``V11-HMAC-SHA256`` the service's short name.

    Raises:
        InvalidInputError: there is no such algorithm, or region and service don't go with it.
        TypeError: an argument has the wrong type.

    Source: https://support.huaweicloud.com/intl/en-us/devg-apisign/api-sign-algorithm-001.html
    """

    def __new__(
        cls,
        credentials: Credentials,
        *,
        algorithm: str = ...,
        region: str | None = None,
        service: str | None = None,
    ) -> Self: ...
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

    def __new__(
        cls,
        *,
        port: int = 0,
        rate_limit: int | None = None,
        limiter: str = "token-bucket",
        region: str | None = None,
        projects: list[tuple[str, str]] | None = None,
        token_lifetime: float | None = None,
        key_lifetime: float | None = None,
        tls: bool = False,
    ) -> Self: ...
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
    def identity_json(self) -> str: ...
    def change_identity(self, change: str) -> bool: ...
    @property
    def ca_pem(self) -> str | None: ...
    def assets_json(self) -> str: ...
    def faults_json(self) -> str: ...
    def files_json(self) -> str: ...
    def requests_json(self) -> str: ...
    def authentication_failures_json(self) -> str: ...
    def file_body(self, file_id: str) -> bytes | None: ...
    def inject(self, fault: str) -> int: ...
    def fired(self, fault: int) -> int: ...
    def clear_faults(self) -> None: ...
    def set_review(self, script: str) -> None: ...
    def stop(self) -> None: ...

def own_credentials() -> CredentialSource:
    """What a client gets that comes out of a pickle without credentials."""

def run_cancellable(
    handle: CancelHandle, function: Callable[..., Any], /, *args: Any, **options: Any
) -> Any:
    """Calls the function; the calls that it makes on this thread are cancelled with the handle,
    those too that take no ``cancel``."""

def run_command(argv: list[str]) -> int:
    """Runs the command ``metastudio``, the program's name first, and returns its exit code."""
