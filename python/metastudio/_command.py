"""The command ``metastudio``, the same as the binary of the Rust crate."""


def main() -> int:
    """Runs the command with the arguments of this process and returns its exit code."""
    import sys

    from ._mss import run_command

    return run_command(sys.argv)
