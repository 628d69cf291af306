"""A library whose `getaddrinfo` never comes back; nothing else makes the system's do that."""

import subprocess
from pathlib import Path

SOURCE = r"""
#include <unistd.h>
int getaddrinfo(const char *a, const char *b, const void *c, void **d)
{ write(2, "asked\n", 6); for (;;) pause(); }
"""


def slow_resolver(directory: Path) -> Path:
    """Builds it; for LD_PRELOAD."""
    source, library = directory / "resolver.c", directory / "resolver.so"
    source.write_text(SOURCE)
    command = ["cc", "-shared", "-fPIC", "-o", str(library), str(source)]
    subprocess.run(command, check=True, capture_output=True)
    return library
