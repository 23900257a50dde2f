"""Holds branch coverage to its promise: every branch where evidence is made or judged, 95 % elsewhere.

Run after `pytest --cov`: `python tests/coverage_floor.py`. Exits 1 and names what fell short.
"""

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

EVERY_BRANCH = ("archiver/canon.py", "archiver/custody/", "archiver/verify/", "archiver/warc/")
ELSEWHERE = 95.0


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        subprocess.run([sys.executable, "-m", "coverage", "json", "-q", "-o", str(report)], check=True)
        files: dict[str, dict[str, object]] = json.loads(report.read_text())["files"]
    short = False
    groups: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for name, facts in sorted(files.items()):
        summary = facts["summary"]
        assert isinstance(summary, dict)
        total = summary["num_statements"] + summary["num_branches"]
        covered = summary["covered_lines"] + summary["covered_branches"]
        groups["/".join(Path(name).parts[:2])].append((covered, total))
        if name.startswith(EVERY_BRANCH) and covered != total:
            short = True
            print(f"{name}: lines {facts['missing_lines']}, branches {facts['missing_branches']} never ran")
    for group, counts in groups.items():
        covered, total = (sum(column) for column in zip(*counts, strict=True))
        share = 100 * covered / total if total else 100.0
        print(f"{group:<24} {share:6.2f} % of {total} lines and branches")
        if share < ELSEWHERE:
            short = True
            print(f"{group}: below {ELSEWHERE} %")
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
