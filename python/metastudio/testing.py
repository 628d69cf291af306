"""A local MetaStudio for your tests: no account, no network, every signature checked.

    from metastudio.testing import Emulator

    with Emulator() as emulator:
        uploaded = emulator.client().upload("clip.mp4", asset_id="a1")
        assert emulator.files()[0]["state"] == "CREATED"

With pytest the fixture ``metastudio_emulator`` is there as soon as the package is installed:

    def test_my_pipeline(metastudio_emulator):
        my_pipeline(metastudio_emulator.client())
        assert metastudio_emulator.files()[0]["state"] == "CREATED"

It fails where you want it to, so that you can test what your code makes of it:

    def test_a_broken_line(metastudio_emulator):
        broken = metastudio_emulator.fail("put", how="reset", after_bytes=1000)
        my_pipeline(metastudio_emulator.client())
        assert metastudio_emulator.fired(broken) == 1

Code that finds its keys or its token by itself finds them here too: it is IAM, STS, the metadata
service of a cloud server and the source of a pod's keys at once, all at ``url``.
"""

from typing import TYPE_CHECKING, Any

from . import _mss

if TYPE_CHECKING:
    from collections.abc import Mapping
    from tempfile import TemporaryDirectory
    from types import TracebackType
    from typing import Literal, Self

__all__ = ["Emulator"]


class Emulator:
    """A running local MetaStudio with its object store; stops at the end of its ``with`` block.

    Args:
        port: port on 127.0.0.1; 0 takes a free one.
        rate_limit: calls a second beyond which it answers 429; none by default.
        limiter: how they are counted: ``"token-bucket"``, which holds one second's quota,
            ``"fixed-window"``, a second after a second, or ``"spacing"``, no two calls closer
            together than the rate says.
        region: its name, after which IAM calls the project, and which keys of ``V11-HMAC-SHA256``
            are derived for; ``cn-north-4`` by default.
        projects: the projects that IAM lists, id to name, in place of the one that exists.
        token_lifetime: seconds that a user token is good; 24 hours by default.
        key_lifetime: seconds that each temporary key is good; by default as long as was asked for,
            and 24 hours where nobody can ask.
        tls: speaks TLS, with certificates that are made at the start. Clients have to trust
            ``ca_file``.

    Raises:
        OSError: the port is taken.
        ValueError: a lifetime below 0, or no such limiter.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        rate_limit: int | None = None,
        limiter: "Literal['token-bucket', 'fixed-window', 'spacing']" = "token-bucket",
        region: str | None = None,
        projects: "Mapping[str, str] | None" = None,
        token_lifetime: float | None = None,
        key_lifetime: float | None = None,
        tls: bool = False,
    ) -> None:
        self._emulator = _mss.Emulator(
            port=port,
            rate_limit=rate_limit,
            limiter=limiter,
            region=region,
            projects=None if projects is None else list(projects.items()),
            token_lifetime=token_lifetime,
            key_lifetime=key_lifetime,
            tls=tls,
        )
        self._directory: TemporaryDirectory[str] | None = None

    @property
    def url(self) -> str:
        """The endpoint: ``http://127.0.0.1:PORT``; with TLS ``https``."""
        return self._emulator.url

    @property
    def ca_pem(self) -> str | None:
        """The certificate that clients have to trust; None without TLS."""
        return self._emulator.ca_pem

    @property
    def ca_file(self) -> str | None:
        """A temporary file that holds ``ca_pem`` until ``stop()``; None without TLS."""
        pem = self.ca_pem
        if pem is None:
            return None
        from pathlib import Path
        from tempfile import TemporaryDirectory

        if self._directory is None:
            self._directory = TemporaryDirectory(prefix="metastudio-ca-")
            Path(self._directory.name, "ca.pem").write_text(pem, encoding="ascii")
        return str(Path(self._directory.name, "ca.pem"))

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

    @property
    def identity(self) -> dict[str, str]:
        """What code has to know that gets a token or keys by itself, secrets among it:
        ``domain_id`` and ``domain_name`` (the account), ``user_name``, ``password``; ``pod_url``
        and ``pod_token`` (of a pod); ``id_token`` (of an identity provider)."""
        import json

        identity: dict[str, str] = json.loads(self._emulator.identity_json())
        return identity

    def client(self, **options: Any) -> _mss.Client:
        """A client for it, which trusts its ``ca_file``. Options are those of
        ``metastudio.Client``."""
        options.setdefault("endpoint", self.url)
        options.setdefault("project_id", self.project_id)
        if self.ca_file is not None:
            options.setdefault("ca_file", self.ca_file)
        if "token" not in options:
            options.setdefault("credentials", self.credentials)
        return _mss.Client(**options)

    def env(self) -> dict[str, str]:
        """Environment variables with which clients and the command find it. The secret key is
        among them, which opens nothing but this emulator."""
        return {
            "METASTUDIO_ENDPOINT": self.url,
            "HUAWEICLOUD_SDK_IAM_ENDPOINT": self.url,
            "HUAWEICLOUD_SDK_STS_ENDPOINT": self.url,
            "HUAWEICLOUD_SDK_PROJECT_ID": self.project_id,
            "HUAWEICLOUD_SDK_AK": self._emulator.access_key,
            "HUAWEICLOUD_SDK_SK": self._emulator.secret_key,
        }

    def files(self) -> list[dict[str, Any]]:
        """The files that it holds, in the order in which they were created: ``file_id``,
        ``file_name``, ``state``, ``put`` and more."""
        return _list(self._emulator.files_json())

    def assets(self) -> list[dict[str, Any]]:
        """The assets that it knows, oldest first: ``asset_id``, ``asset_name``, ``asset_type``,
        ``app_user_id``, ``state``."""
        return _list(self._emulator.assets_json())

    def requests(self) -> list[dict[str, Any]]:
        """What arrived, oldest first: ``operation``, ``method``, ``path``, ``status`` (None while
        it is being read, and for what was cut off before its end), ``request_id``, ``file_id``."""
        return _list(self._emulator.requests_json())

    def authentication_failures(self) -> list[dict[str, Any]]:
        """The access keys with which a signature was refused: ``access_key``, ``failures``,
        ``consecutive``, ``refused_while_locked``, ``locked_until`` (None without a lock so far).
        More than five failures in a row lock the key for five minutes."""
        return _list(self._emulator.authentication_failures_json())

    def file_body(self, file_id: str) -> bytes | None:
        """Content of a file, if it has one and it isn't above 16 MiB."""
        return self._emulator.file_body(file_id)

    def fail(
        self,
        operation: str = "any",
        how: str | None = None,
        *,
        after_bytes: int | None = None,
        at: str | None = None,
        times: int | None = 1,
        file_id: str | None = None,
        delay: float | None = None,
        bytes_per_second: int | None = None,
        size: int | None = None,
        status: int | None = None,
        code: str | None = None,
        retry_after: str | float | None = None,
        location: str | None = None,
        content_type: str | None = None,
        body: str | None = None,
        request_id: bool = True,
        applied: bool = False,
    ) -> int:
        """Lets something go wrong with the next requests of one kind.

            emulator.fail("put", how="reset", after_bytes=1000)  # in the middle of the content
            emulator.fail("confirm", how="reset", at="answer")   # applied, and the answer is lost
            emulator.fail("confirm", how="black_hole")           # never arrives
            emulator.fail("put", how="bandwidth", bytes_per_second=1024, times=None)
            emulator.fail("confirm", status=429, retry_after=2)
            emulator.fail("put", code="SlowDown")

        A request meets one fault at most: the first that fits it and isn't used up. One in which
        it can't happen, because it is shorter than ``after_bytes`` for example, doesn't use it up.

        Args:
            operation: ``create``, ``create_large``, ``put``, ``confirm``, ``delete``,
                ``create_asset``, ``show_asset``, ``delete_asset`` or ``any``. Of the calls for
                tokens and keys: ``create_token``, ``list_projects``, ``list_domains``,
                ``metadata_token``, ``metadata_keys``, ``pod_keys``, ``assume_agency``,
                ``caller_identity``, ``exchange_id_token``, ``create_temporary_keys``.
            how: on the line: ``reset`` (RST), ``close`` (FIN), ``slow_close`` (FIN after
                ``delay``), ``black_hole`` (silence on an open connection), ``truncate`` (the
                answer ends early), ``latency`` (``delay`` once), ``bandwidth``
                (``bytes_per_second``), ``slice`` (pieces of ``size`` bytes, ``delay`` apart).
                By the service: ``status``, which ``status`` or ``code`` imply; ``expired`` (of
                ``create`` and ``create_large``: URLs that have expired; of ``put``: the store says
                so); ``no_continue`` (no ``100 Continue``).
            after_bytes: how many bytes get through before, counted at ``at``.
            at: where on the line: ``connect`` (a new connection, before anything is read),
                ``request`` (head and body), ``body`` (the default), ``received`` (all is read, and
                nothing is done), ``answer`` (the service has acted; the default of ``truncate``),
                ``answer_body``, ``done`` (after the answer, on the kept connection).
            times: how many times it happens; None until ``clear_faults()``.
            file_id: only with this file; for ``put``, ``confirm`` and ``delete``.
            delay: seconds.
            status: 200 to 999, with the usual answer for it and without any effect.
            code: error code of the answer. For ``put`` one of the object store, such as
                ``AccessDenied``, ``BadDigest``, ``RequestTimeout`` or ``SlowDown``, which also
                gives the status.
            retry_after: header of the answer with ``status``.
            location: header of the answer with ``status``.
            content_type: of ``body``; ``text/html`` by default.
            body: in place of the usual body.
            request_id: False leaves out the request ids, as if something else had answered.
            applied: the service does it nevertheless.

        Returns:
            A number for ``fired()``.

        Raises:
            ValueError: a word or a combination that means nothing; the text lists what does.
        """
        import json

        given: dict[str, Any] = {
            "operation": operation,
            "how": how,
            "after_bytes": after_bytes,
            "at": at,
            "file_id": file_id,
            "delay": delay,
            "bytes_per_second": bytes_per_second,
            "size": size,
            "status": status,
            "code": code,
            "retry_after": None if retry_after is None else str(retry_after),
            "location": location,
            "content_type": content_type,
            "body": body,
            # Given only when they say something, because most faults don't take them.
            "request_id": None if request_id is True else request_id,
            "applied": None if applied is False else applied,
        }
        fault = {name: value for name, value in given.items() if value is not None}
        return self._emulator.inject(json.dumps({**fault, "times": times}))

    def fired(self, fault: int) -> int:
        """How many times a fault has happened; ``fault`` is what ``fail()`` returned."""
        return self._emulator.fired(fault)

    def faults(self) -> list[dict[str, Any]]:
        """All faults since the last ``clear_faults()``, used up or not: ``id``, ``operation``,
        ``how``, ``at``, ``after_bytes``, ``file_id``, ``times``, ``fired``."""
        return _list(self._emulator.faults_json())

    def clear_faults(self) -> None:
        """Forgets all faults. What has happened to a connection already goes on."""
        self._emulator.clear_faults()

    def set_review(self, *, uploaded: int = 0, review: int = 0, ends: str = "CREATED") -> None:
        """How the review goes of each file that is confirmed as CREATED from now on. Each look at
        its asset moves it on by one step.

        Args:
            uploaded: how many looks show UPLOADED.
            review: how many looks show REVIEW after that.
            ends: ``CREATED`` or ``BLOCK``.

        Raises:
            ValueError: a number below 0, or another end.
        """
        import json

        script = {"uploaded": uploaded, "review": review, "ends": ends}
        self._emulator.set_review(json.dumps(script))

    def set_secret_key(self, access_key: str, secret_key: str) -> bool:
        """Gives an access key another secret key from the next request on; ``credentials`` still
        has the first. False when there is no such access key."""
        return self._change(secret_key={"access_key": access_key, "secret_key": secret_key})

    def revoke_key(self, access_key: str) -> bool:
        """Deletes an access key, permanent or temporary. False when there is no such key."""
        return self._change(revoke_key=access_key)

    def expire_keys(self) -> None:
        """Ends all temporary keys that are out."""
        self._change(expire="keys")

    def expire_tokens(self) -> None:
        """Ends all tokens that are out: those of users, ``token`` included, and those of the
        metadata service."""
        self._change(expire="tokens")

    def set_password(self, password: str) -> None:
        """Changes the user's password. Tokens stay good."""
        self._change(password=password)

    def set_metadata(self, service: str) -> None:
        """How the metadata service behaves from now on.

        Args:
            service: ``v2_and_v1`` (as at the start: keys with a metadata token and without),
                ``v2_only`` (only with a token), ``v1_only`` (there are no tokens), ``no_agency``
                (the server may not have keys).

        Raises:
            ValueError: another word.
        """
        self._change(metadata=service)

    def _change(self, **change: Any) -> bool:
        import json

        return self._emulator.change_identity(json.dumps(change))

    def stop(self) -> None:
        """Stops it; connections under way get two seconds."""
        self._emulator.stop()
        if self._directory is not None:
            self._directory.cleanup()

    def __enter__(self) -> "Self":
        return self

    def __exit__(
        self,
        kind: "type[BaseException] | None",
        value: "BaseException | None",
        traceback: "TracebackType | None",
    ) -> None:
        self.stop()


def _list(text: str) -> list[dict[str, Any]]:
    import json

    entries: list[dict[str, Any]] = json.loads(text)
    return entries
