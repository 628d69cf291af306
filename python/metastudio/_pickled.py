"""The way back from a pickled client: pickles name ``client``, and what it is given is plain.

A new version has to understand what older ones have pickled.
"""

import pickle
from typing import Any

from ._mss import Client, Credentials, CredentialSource, Token, own_credentials

VERSION = 1
"""Of the arguments of ``client``; goes up when an older package would misread them."""


def client(version: int, settings: dict[str, Any], credentials: tuple[Any, ...] | None) -> Client:
    """The client that was described so, with credentials of this process if it brought none.

    Raises:
        pickle.UnpicklingError: a newer package has pickled it.
    """
    if version > VERSION:
        raise pickle.UnpicklingError(
            f"this metastudio.Client was pickled in form {version} by a newer version of the "
            f"metastudio package than this one, which reads forms up to {VERSION}: use the same "
            "version on both sides"
        )
    given = own_credentials() if credentials is None else _credentials(credentials)
    return Client(**settings, credentials=given)


def _credentials(carried: tuple[Any, ...]) -> Any:
    match carried:
        case ("keys", access_key, secret_key, security_token, expires_at):
            return Credentials(
                access_key, secret_key, security_token=security_token, expires_at=expires_at
            )
        case ("token", token, expires_at):
            return Token(token, expires_at=expires_at)
        case ("function", function):
            return function
        case ("chain", links):
            return CredentialSource.chain([_credentials(link) for link in links])
        case ("source", str(name), dict(arguments)):
            return getattr(CredentialSource, name)(**arguments)
        case _:
            raise pickle.UnpicklingError("this pickle of a metastudio.Client is damaged")
