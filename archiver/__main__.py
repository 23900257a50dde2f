"""`archiver` and `python -m archiver`."""

import sys

from archiver import __version__


def run() -> int:
    """Run the command line of this process and return its exit code; `--version` answers before anything is loaded."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"archiver {__version__}\n")
        return 0
    try:
        from archiver.cli.main import main

        return main()
    except KeyboardInterrupt:  # before `main` could answer it: nothing was begun
        return 130


if __name__ == "__main__":
    sys.exit(run())
