"""How long it takes to start: `archiver --version` and `archiver --help`, beside an interpreter that does nothing.

    python benchmarks/start_up.py [--runs 21]

Whole processes, in turn; medians in milliseconds.
"""

import argparse
import statistics
import sys
import tempfile
from pathlib import Path

from measured import measure

COMMANDS = {
    "python -c pass": (sys.executable, "-c", "pass"),
    "archiver --version": (sys.executable, "-m", "archiver", "--version"),
    "archiver --help": (sys.executable, "-m", "archiver", "--help"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=21)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as work:
        rounds = [
            {name: measure(command, Path(work)) for name, command in COMMANDS.items()} for _ in range(wanted.runs)
        ]
    for name in COMMANDS:
        wall = statistics.median(each[name].wall for each in rounds)
        cpu = statistics.median(each[name].cpu for each in rounds)
        print(f"{name}: median {1000 * wall:.0f} ms, {1000 * cpu:.0f} ms of processor time")
        if any(each[name].code for each in rounds):
            sys.exit(f"{name}: it did not end well")


if __name__ == "__main__":
    main()
