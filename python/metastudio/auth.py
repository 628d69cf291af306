"""Authentication for HTTP clients, for the calls of MetaStudio that this package lacks.

    import requests
    from metastudio import Credentials
    from metastudio.auth import RequestsAuth

    session = requests.Session()
    session.auth = RequestsAuth(Credentials("AK", "SK"), project_id="PROJECT")

For `requests <https://requests.readthedocs.io>`_ there are :class:`RequestsAuth` and
:class:`RequestsTokenAuth`, for `httpx <https://www.python-httpx.org>`_ :class:`HttpxAuth` and
:class:`HttpxTokenAuth`. Each client is imported when the first of its classes is asked for, and an
``ImportError`` says which one is missing.
"""

# Known to type checkers by its name; importing it from `typing` would cost more than this module.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._auth_httpx import HttpxAuth, HttpxTokenAuth
    from ._auth_requests import RequestsAuth, RequestsTokenAuth
else:

    def __getattr__(name):
        """Imports an HTTP client when one of its classes is asked for."""
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        client = "httpx" if name.startswith("Httpx") else "requests"
        try:
            if client == "httpx":
                from . import _auth_httpx as module
            else:
                from . import _auth_requests as module
        except ModuleNotFoundError as error:
            if error.name != client:
                raise
            text = f"{__name__}.{name} needs {client}, which isn't installed: pip install {client}"
            raise ImportError(text, name=client) from error
        value = globals()[name] = getattr(module, name)
        return value

    def __dir__():
        return sorted({*globals(), *__all__})


__all__ = ["HttpxAuth", "HttpxTokenAuth", "RequestsAuth", "RequestsTokenAuth"]
