"""Makes calls, closes the client, and waits each time until its memory was looked at (F67)."""

import gc
import json
import sys
from collections.abc import Callable

import metastudio
from metastudio import Client, Credentials, CredentialSource, Signer

FILE_ID = "24bad716-87b1-45e5-8912-6102f7693265"


def secret_key(seed: int) -> str:
    """The key's letters follow from a number, so that nothing else in this process holds them."""
    letters = []
    for _ in range(40):
        seed = (seed * 6364136223846793005 + 1) % 2**64
        letters.append(chr(ord("a") + (seed >> 33) % 26))
    return "".join(letters)


def say(what: str, address: int = 0, size: int = 0) -> None:
    print(json.dumps([what, address, size]), flush=True)
    sys.stdin.readline()


def call(
    url: str,
    project_id: str,
    credentials: Credentials | CredentialSource | Callable[[], Credentials],
) -> None:
    client = Client(endpoint=url, project_id=project_id, credentials=credentials)
    try:
        client.confirm_file_upload(FILE_ID)
    except metastudio.NotFoundError:
        # Which the service says to those it knows.
        say("called")
    client.close()
    try:
        client.confirm_file_upload(FILE_ID)
    except metastudio.InvalidConfigError:
        return


def sign(url: str, credentials: Credentials) -> None:
    signer = Signer(credentials)
    signer.sign("POST", f"{url}/v1/p/files", headers={}, body=b"")
    say("called")


def main() -> None:
    scenario, url, project_id, seed_or_file = sys.argv[1:]
    if scenario == "file":
        say("before")
        call(url, project_id, CredentialSource.profile(file=seed_or_file))
    else:
        # The one copy that Python holds: as long as somebody refers to it, and then until its
        # place is used for something else.
        key = secret_key(int(seed_or_file))
        say("before", id(key), sys.getsizeof(key))
        if scenario == "given":
            call(url, project_id, Credentials("MEMORYKEY", key))
        elif scenario == "function":
            call(url, project_id, lambda: Credentials("MEMORYKEY", key))
        else:
            sign(url, Credentials("MEMORYKEY", key))
    gc.collect()
    say("closed")


if __name__ == "__main__":
    main()
