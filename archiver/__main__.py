"""`archiver` and `python -m archiver`."""

import sys
from contextlib import suppress

from archiver import __version__


def run() -> int:
    """Run the command line of this process and return its exit code; `--version` answers before anything is loaded."""
    if sys.argv[1:] == ["--version"] and sys.stdout is not None:
        with suppress(OSError):  # what cannot be written is said by `main`, which tries again
            sys.stdout.write(f"archiver {__version__}\n")
            sys.stdout.flush()
            return 0
    try:
        from archiver.cli.main import main

        return main()
    except KeyboardInterrupt:  # before `main` could answer it: nothing was begun
        return 130


if __name__ == "__main__":
    sys.exit(run())
