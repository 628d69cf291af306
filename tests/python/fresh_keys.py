"""Access keys that no other test has: what one server says of a key holds for the whole process."""

from itertools import count

from metastudio import Credentials

_NUMBERS = count()


def fresh_keys() -> Credentials:
    return Credentials(f"AccessKey{next(_NUMBERS)}", "SecretKey")
