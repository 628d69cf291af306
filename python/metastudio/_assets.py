"""Assets, as the service shows them."""

# Known to type checkers by its name; importing it from `typing` would cost more than this package.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class _Shown:
    """Attributes as they came, of which the secret ones are neither printed nor pickled."""

    _hidden: "tuple[str, ...]" = ()

    def __init__(self, **fields: object) -> None:
        for name, value in fields.items():
            setattr(self, name, value)

    def _open(self) -> "dict[str, object]":
        return {name: value for name, value in vars(self).items() if name not in self._hidden}

    def __reduce__(self) -> "tuple[object, ...]":
        return _rebuild, (type(self), self._open())

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        shown = [f"{n}={v!r}" for n, v in self._open().items() if v not in (None, [], {})]
        return f"{type(self).__name__}({', '.join(shown)})"


def _rebuild(cls: "type[_Shown]", fields: "dict[str, object]") -> _Shown:
    return cls(**fields)


class AssetFile(_Shown):
    """A file of an asset. What the service left out is None.

    Attributes:
        file_id: id of the file.
        state: CREATING, CREATED, FAILED, CANCELLED, DELETING, DELETED, UPLOADED, REVIEW, BLOCK, or
            a word that this version doesn't know.
        file_name: its name.
        file_md5: MD5 of its content as it was announced: base64, 24 characters.
        file_size: its size, in bytes.
        file_type: its type.
        category: its category within the asset.
        download_url: where its content can be read, for 24 hours. It is a secret: not in ``repr``,
            and None after unpickling or copying.
        block_reason_code: number of the reason for which it is frozen.
        reason: why the review failed.
        video_transcoding_status: of a video: WAITING, TRANSCODING, FAILED, SUCCEEDED.

    Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/ShowAsset.html
    """

    _hidden = ("download_url",)

    file_id: str
    state: str
    file_name: "str | None" = None
    file_md5: "str | None" = None
    file_size: "int | None" = None
    file_type: "str | None" = None
    category: "str | None" = None
    download_url: "str | None" = None
    block_reason_code: "str | None" = None
    reason: "str | None" = None
    video_transcoding_status: "str | None" = None


class Asset(_Shown):
    """An asset with its files. What the service left out is None or empty.

    Attributes:
        asset_id: id of the asset.
        asset_state: CREATING, FAILED, UNACTIVED, ACTIVED, DELETING, DELETED, BLOCK,
            WAITING_DELETE, or a word that this version doesn't know.
        asset_type: its type, such as VIDEO.
        asset_name: its name.
        asset_description: its description.
        project_id: the project that it belongs to.
        produce_id: the service's mark for content made by a machine.
        app_user_id: the X-App-UserId with which it was created.
        create_time: when it was created, as the service writes it.
        update_time: when it was changed last, as the service writes it.
        fail_type: which review failed: AUTOMATIC_REVIEW_REJECT or MANUAL_REVIEW_REJECT.
        block_reason_code: number of the reason for which it is frozen.
        reason: why it failed, is frozen, or is no longer frozen.
        tags: its tags.
        files: its files, each an :class:`AssetFile`.
        more: the answer's other fields as JSON values. Nobody says that there are no signed URLs
            among them: not in ``repr``, and empty after unpickling or copying.
        request_id: the service's id of the request.

    Source: https://support.huaweicloud.com/intl/en-us/api-metastudio/ShowAsset.html
    """

    _hidden = ("more",)

    asset_id: str
    asset_state: "str | None" = None
    asset_type: "str | None" = None
    asset_name: "str | None" = None
    asset_description: "str | None" = None
    project_id: "str | None" = None
    produce_id: "str | None" = None
    app_user_id: "str | None" = None
    create_time: "str | None" = None
    update_time: "str | None" = None
    fail_type: "str | None" = None
    block_reason_code: "str | None" = None
    reason: "str | None" = None
    tags: "list[str]"
    files: "list[AssetFile]"
    more: "dict[str, Any]"
    request_id: str

    def __init__(self, **fields: object) -> None:
        super().__init__(**({"tags": [], "files": [], "more": {}} | fields))

    def file(self, file_id: str) -> "AssetFile | None":
        """The file with this id."""
        return next((file for file in self.files if file.file_id == file_id), None)


# Users see them where they import them from.
Asset.__module__ = AssetFile.__module__ = "metastudio"
