"""A log of long lines is read in the memory of one line, and told of in short sentences."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sealed_cases import FIRST, JANES, begun, known
from verify_cases import CASE

from archiver.canon import sha256_hex
from archiver.custody.log import Event, event_line, timestamp

LONG = "x" * 500_000
LINES = 12
Data = dict[str, Any]


def seal(**changes: Any) -> Callable[[Data, int], tuple[str, Data]]:
    return lambda data, place: ("seal.completed", {**data, "seal": place, **changes})


def stamp(**changes: Any) -> Callable[[Data, int], tuple[str, Data]]:
    def made(data: Data, _: int) -> tuple[str, Data]:
        return "token.added", {"seal": 1, "token": {**data["tokens"][0], **changes}, "software": LONG}

    return made


@pytest.mark.parametrize(
    "made",
    [
        seal(receipt=LONG),
        seal(software=LONG),
        seal(file={"path": LONG, "size": 1, "sha256": "0" * 64}),
        seal(pending=[{"authority": "a", "reason": LONG}]),
        seal(pending=[{"authority": f"a{number}", "reason": "r"} for number in range(10_000)]),
        seal(**{LONG: 1}),
        seal(**{f"m{number}": 1 for number in range(30_000)}),
        stamp(serial=LONG),
        stamp(),
        lambda _, place: ("a.b" + "b" * 500_000, {"place": place}),
        lambda _, place: ("key.added", {"key": LONG, "place": place}),
        lambda _, place: ("item.requested", {"item": place, "url": LONG + str(place)}),
        lambda _, place: (
            "item.captured",
            {"item": 1, "file": {"path": f"{LONG}{place}", "size": 1, "sha256": LONG}},
        ),
    ],
)
def test_long_lines_leave_nothing_behind(tmp_path: Path, made: Callable[[Data, int], tuple[str, Data]]) -> None:
    case = begun(tmp_path / "case")
    template = case.seal(JANES, FIRST).data
    head, line = case.state.head, case.state.seq
    peaks = []
    for _ in range(2):
        with (case.path / "custody.jsonl").open("ab") as log:
            for _ in range(LINES):
                line += 1
                name, data = made(template, line)
                event = Event(CASE, line, head, timestamp(case.tick()), "Jane", name, data, "0" * 32)
                raw = event_line(event)
                head = sha256_hex(raw)
                log.write(raw)
        tracemalloc.start()
        verdict = known(case.path)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert max(len(f.message) + len(f.subject) + len(f.meaning) for f in verdict.findings) < 2000
    grown = peaks[1] - peaks[0]
    assert grown < LINES * 500_000 / 10, peaks
