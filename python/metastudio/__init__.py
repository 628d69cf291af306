"""Client for the file-upload side of Huawei Cloud MetaStudio.

After every call the caller knows whether it was applied, was not, or can't be known.

    import metastudio

    client = metastudio.Client(region="cn-north-4")
    client.upload("clip.mp4", asset_id="942e65a5fd219a2e01fb08d881cfadb9")
    client.upload_many(["a.mp4", "b.mp4"], new_asset="VIDEO")
    client.confirm_file_upload("24bad716-87b1-45e5-8912-6102f7693265", "CREATED")
    client.confirm_many(file_ids)  # an iterator of results

Credentials and project are looked for where the vendor's tools look, HUAWEICLOUD_SDK_AK and
HUAWEICLOUD_SDK_SK first, unless they are given.
"""

from ._attempt import Attempt
from ._exceptions import (
    AuthenticationError,
    CallTimeoutError,
    ConfirmManyError,
    ConnectionFailedError,
    CredentialsError,
    InternalError,
    InvalidConfigError,
    InvalidInputError,
    JournalError,
    MetaStudioError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitedError,
    RejectedError,
    ServerError,
    SourceError,
    UnexpectedResponseError,
    UploadCancelledError,
    UploadManyError,
)
from ._mss import (
    CancelHandle,
    Client,
    ConfirmedUpload,
    ConfirmResult,
    ConfirmResults,
    CreatedAsset,
    CreatedFile,
    CreatedLargeFile,
    Credentials,
    CredentialSource,
    Deleted,
    Signer,
    Token,
    Uploaded,
    __version__,
)
from ._state import UploadState

# Known to type checkers by its name; importing it from `typing` would cost more than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._assets import Asset, AssetFile
    from ._async import AsyncClient
    from ._event import AttemptEvent
    from ._many import ResumeResult, UploadItem, UploadResult
else:

    def __getattr__(name):
        """Imports what not every program needs when it is asked for."""
        if name in ("Asset", "AssetFile"):
            from . import _assets as module
        elif name == "AsyncClient":
            from . import _async as module
        elif name == "AttemptEvent":
            from . import _event as module
        elif name in ("ResumeResult", "UploadItem", "UploadResult"):
            from . import _many as module
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(module, name)
        return value


__all__ = [
    "Asset",
    "AssetFile",
    "AsyncClient",
    "Attempt",
    "AttemptEvent",
    "AuthenticationError",
    "CallTimeoutError",
    "CancelHandle",
    "Client",
    "ConfirmManyError",
    "ConfirmResult",
    "ConfirmResults",
    "ConfirmedUpload",
    "ConnectionFailedError",
    "CreatedAsset",
    "CreatedFile",
    "CreatedLargeFile",
    "CredentialSource",
    "Credentials",
    "CredentialsError",
    "Deleted",
    "InternalError",
    "InvalidConfigError",
    "InvalidInputError",
    "JournalError",
    "MetaStudioError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PermissionDeniedError",
    "RateLimitedError",
    "RejectedError",
    "ResumeResult",
    "ServerError",
    "Signer",
    "SourceError",
    "Token",
    "UnexpectedResponseError",
    "UploadCancelledError",
    "UploadItem",
    "UploadManyError",
    "UploadResult",
    "UploadState",
    "Uploaded",
    "__version__",
]
