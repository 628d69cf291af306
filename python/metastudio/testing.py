"""A local MetaStudio for your tests: no account, no network, every signature checked.

    from metastudio.testing import Emulator

    with Emulator() as emulator:
        uploaded = emulator.client().upload("clip.mp4", asset_id="a1")
        assert emulator.files()[0]["state"] == "CREATED"

With pytest the fixture ``metastudio_emulator`` is there as soon as the package is installed:

    def test_my_pipeline(metastudio_emulator):
        my_pipeline(metastudio_emulator.client())
        assert metastudio_emulator.files()[0]["state"] == "CREATED"
"""

from typing import TYPE_CHECKING, Any

from . import _mss

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

__all__ = ["Emulator"]


class Emulator:
    """A running local MetaStudio with its object store; stops at the end of its ``with`` block.

    Args:
        port: port on 127.0.0.1; 0 takes a free one.
        rate_limit: calls a second beyond which it answers 429; none by default.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, *, port: int = 0, rate_limit: int | None = None) -> None:
        self._emulator = _mss.Emulator(port=port, rate_limit=rate_limit)

    @property
    def url(self) -> str:
        """The endpoint: ``http://127.0.0.1:PORT``."""
        return self._emulator.url

    @property
    def project_id(self) -> str:
        """The one project that it knows."""
        return self._emulator.project_id

    @property
    def credentials(self) -> _mss.Credentials:
        """The key pair that it accepts, made anew at each start."""
        return _mss.Credentials(self._emulator.access_key, self._emulator.secret_key)

    @property
    def token(self) -> str:
        """The user token that it accepts, made anew at each start."""
        return self._emulator.token

    def client(self, **options: Any) -> _mss.Client:
        """A client for it. Options are those of ``metastudio.Client``."""
        options.setdefault("endpoint", self.url)
        options.setdefault("project_id", self.project_id)
        if "token" not in options:
            options.setdefault("credentials", self.credentials)
        return _mss.Client(**options)

    def env(self) -> dict[str, str]:
        """Environment variables with which clients and the command find it. The secret key is
        among them, which opens nothing but this emulator."""
        return {
            "METASTUDIO_ENDPOINT": self.url,
            "HUAWEICLOUD_SDK_PROJECT_ID": self.project_id,
            "HUAWEICLOUD_SDK_AK": self._emulator.access_key,
            "HUAWEICLOUD_SDK_SK": self._emulator.secret_key,
        }

    def files(self) -> list[dict[str, Any]]:
        """The files that it holds, in the order in which they were created: ``file_id``,
        ``file_name``, ``state``, ``put`` and more."""
        import json

        files: list[dict[str, Any]] = json.loads(self._emulator.files_json())
        return files

    def file_body(self, file_id: str) -> bytes | None:
        """Content of a file, if it has one and it isn't above 16 MiB."""
        return self._emulator.file_body(file_id)

    def stop(self) -> None:
        """Stops it; connections under way get two seconds."""
        self._emulator.stop()

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        value: "BaseException | None",
        traceback: "TracebackType | None",
    ) -> None:
        self.stop()
