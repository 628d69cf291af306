"""The three states that a caller reports."""

# Known to type checkers by its name; importing it from `typing` would cost more than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import final
else:

    def final(cls):
        return cls


@final
class UploadState:
    """What became of an upload, as ConfirmFileUpload reports it: plain strings.

    Not an ``enum.Enum``, whose import alone would take longer than this whole package's.

    Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/ConfirmFileUpload.html
    """

    CREATED = "CREATED"
    """The content has been uploaded."""
    FAILED = "FAILED"
    """The upload failed."""
    CANCELLED = "CANCELLED"
    """The user cancelled the upload."""

    def __init_subclass__(cls) -> None:
        raise TypeError("UploadState is final: the service knows these three states only")

    def __new__(cls) -> "UploadState":
        raise TypeError("UploadState holds constants; use UploadState.CREATED")
