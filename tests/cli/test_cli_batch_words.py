"""What a batch says: times and hosts in words, pauses, how far it is, and what to do next."""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pytest
from cli_streams import SGR, Stream, screen
from hostile_texts import harmful

from archiver.cli.batch_progress import Area, Pace, Progress
from archiver.cli.batch_tally import Because, Ending, Tally, ended_fields
from archiver.cli.batch_watch import Telling
from archiver.cli.batch_words import TROUBLES, TRY_REASONS, host_name, news_line, retry_line, span
from archiver.cli.screen import Sink, Tone
from archiver.cli.signals import Halt
from archiver.custody.log import Event
from archiver.errors import ExitCode
from archiver.model.address import Address
from archiver.model.batch import AddressList, Row
from archiver.pipeline.batch import BatchResult, Stop
from archiver.pipeline.polite import News
from archiver.pipeline.retry import RULES, Strain
from archiver.pipeline.seal import Sealed
from archiver.pipeline.watch import Earlier, InFlight, Standing

ROWS = tuple(Row(number, number, Address.parse(f"http://a.example/{number}")) for number in range(1, 31))
LISTED = AddressList("links.txt", "text", 0, "", ROWS)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


def outcome(row: Row, word: str, **data: object) -> Event:
    data = {"item": row.number, "url": row.address.submitted, "outcome": word, **data}
    return Event("", 1, "", "2026-11-22T14:02:33.000000Z", "", "item.captured", data, "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 second"),
        (1.4, "1 second"),
        (45, "45 seconds"),
        (60, "1 minute"),
        (100, "100 seconds"),
        (120, "2 minutes"),
        (300, "5 minutes"),
        (3600, "1 hour"),
        (5400, "90 minutes"),
        (7200, "2 hours"),
        (9000, "2 hours 30 minutes"),
        (7260, "2 hours 1 minute"),
        (3 * 86_400, "3 days"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("example.org:443", "example.org"),
        ("example.org:80", "example.org"),
        ("example.org:8080", "example.org:8080"),
        ("[::1]:443", "[::1]"),
    ],
)
def test_ports_that_go_without_saying_are_not_said(host: str, name: str) -> None:
    assert host_name(host) == name


@pytest.mark.parametrize(
    ("news", "words"),
    [
        (
            News("example.org:443", "asked", 300.0, 12),
            "example.org asked us to wait 5 minutes; 12 of its addresses are waiting",
        ),
        (
            News("example.org:443", "refusing", 60.0, 1),
            "example.org cannot be reached: leaving it alone for 1 minute; 1 of its addresses is waiting",
        ),
        (
            News("example.org:443", "challenging", None, 3),
            "example.org answers with a test for browsers in place of its pages, again and again: given up for this "
            "run; 3 more of its addresses were not asked",
        ),
        (
            News("", "unresolved", 60.0, 9),
            "no name server answers: is this machine online? Looking again in 1 minute",
        ),
        (
            News("", "unresolved", None, 9),
            "still no name server answers, so this run ends; 9 addresses were not asked",
        ),
    ],
)
def test_a_pause_is_said_in_plain_words(news: News, words: str) -> None:
    assert news_line(news) == words


def test_every_reason_and_every_strain_has_words() -> None:
    assert TRY_REASONS.keys() == {reason for reason, rule in RULES.items() if reason and rule.tries > 1}
    assert TROUBLES.keys() == set(get_args(Strain)) - {"none", "nameless", "ok"}
    said = retry_line(7, "http://a.example/", "busy", 4.2)
    assert (
        said == "line 7: the server says that it is asked too often (429); trying again in 4 seconds: http://a.example/"
    )


def test_nothing_is_said_of_the_time_left_until_it_is_known() -> None:
    clock = Clock()
    pace = Pace(clock, 1.0, Counter({"a.example:80": 30}))
    for _ in range(9):
        clock.seconds += 1
        pace.finished("a.example:80")
    assert (pace.rate(clock.seconds), pace.left(21, clock.seconds)) == (None, None)
    clock.seconds += 1
    pace.finished("a.example:80")
    assert pace.rate(clock.seconds) == 1.0
    assert pace.left(20, clock.seconds) == 20.0
    clock.seconds += 500  # everything stood still
    assert pace.left(20, clock.seconds) is None


def test_one_host_with_many_rows_and_a_pause_make_it_longer() -> None:
    clock = Clock()
    pace = Pace(clock, 2.0, Counter({"a.example:80": 100, "b.example:80": 20}))
    for _ in range(20):
        clock.seconds += 0.5
        pace.finished("b.example:80")
    assert pace.left(100, clock.seconds) == 200.0
    pace.news(News("a.example:80", "asked", 900.0, 100))
    assert pace.left(100, clock.seconds) == 900.0
    pace.news(News("a.example:80", "refusing", None, 100))
    assert pace.waiting(clock.seconds) == {}


def drawn(clock: Clock, pace: Pace, standing: Standing, width: int = 80, **outcomes: int) -> str:
    err = Stream(terminal=True)
    progress = Progress(Sink(err, {"TERM": "xterm", "COLUMNS": str(width)}), clock, pace)
    progress.draw(30, Counter(outcomes), standing)
    return err.plain


def test_the_picture_says_how_far_it_is_and_what_is_under_way() -> None:
    clock = Clock()
    pace = Pace(clock, 0.0, Counter({"a.example:80": 30}))
    for _ in range(12):
        clock.seconds += 1
        pace.finished("a.example:80")
    pace.news(News("b.example:443", "asked", 240.0, 3))
    pace.news(News("c.example:443", "asked", 60.0, 3))
    flying = tuple(InFlight(row, 2 if row.number == 1 else 1, 2.0 + row.number) for row in ROWS[:8])
    shown = drawn(clock, pace, Standing(10, flying), complete=10, failed=2)
    assert shown.splitlines() == [
        "",
        "12 of 30 done (2 failed), 1.0 a second, at least 18 seconds left",
        "left alone for now: b.example (4 minutes) and 1 other host",
        "8 under way (Ctrl-C finishes these and stops)",
        "  http://a.example/1  9 s, try 2",
        "  http://a.example/2  8 s",
        "  http://a.example/3  7 s",
        "  http://a.example/4  6 s",
        "  http://a.example/5  5 s",
        "  and 3 more",
    ]
    clock.seconds += 600
    assert "none under way, 10 waiting for their turn" in drawn(clock, pace, Standing(10, ()), complete=12)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_no_line_of_the_picture_is_as_wide_as_the_terminal(width: int) -> None:
    nasty = Row(1, 1, Address.parse("http://a.example/" + "港" * 90 + "\x1b[2J\u202e"))
    shown = drawn(Clock(), Pace(Clock(), 0.0, {}), Standing(0, (InFlight(nasty, 1, 0.0),)), width)
    assert not harmful(shown)
    from rich.cells import cell_len

    assert max(cell_len(line) for line in shown.splitlines()) < max(width, 21)


def test_the_picture_is_drawn_in_its_place_and_what_stays_above_it() -> None:
    err = Stream(terminal=True)
    area = Area(Sink(err, {"TERM": "xterm", "COLUMNS": "80"}))
    area.draw([], [("one", Tone.PLAIN), ("two", Tone.PLAIN)])
    area.draw([("stays", Tone.PLAIN)], [("three", Tone.PLAIN)])
    area.draw([], [])
    assert SGR.sub("", err.text) == "one\ntwo\n\r\x1b[2A\x1b[Jstays\nthree\n\r\x1b[1A\x1b[J"


def test_where_nothing_can_be_drawn_in_place_there_is_a_line_a_minute_and_what_stays_at_once() -> None:
    clock, err = Clock(), Stream(terminal=True)
    progress = Progress(Sink(err, {"TERM": "dumb", "COLUMNS": "80"}), clock, Pace(clock, 0.0, {}))
    for seconds in range(130):
        clock.seconds = seconds
        if seconds == 70:
            progress.stay("line 3: failed")
        progress.draw(30, {"complete": seconds // 10}, Standing(30, ()))
    progress.close()
    assert err.text == "0 of 30 done\n6 of 30 done\nline 3: failed\n12 of 30 done\n"


def telling(halt: Halt, *, terminal: bool) -> tuple[Telling, Stream, Stream]:
    shown, out, err = screen(terminal=terminal)
    return Telling(shown, Clock(), halt, LISTED, "harbour", Path("cases/harbour"), 0.0), out, err


def test_questions_to_stop_are_told_once_each() -> None:
    halt = Halt()
    watch, _, err = telling(halt, terminal=True)
    watch.began(30, {})
    watch.tick(Standing(28, (InFlight(ROWS[0], 1, 0.0), InFlight(ROWS[1], 1, 0.0))))
    assert watch.stop() is Stop.NO
    for asked, stop in ((1, Stop.FINISH), (1, Stop.FINISH), (2, Stop.NOW), (3, Stop.NOW)):
        halt._asked = asked
        assert watch.stop() is stop
    watch.close()
    assert err.plain.count("finishing 2 that are under way, beginning no more; Ctrl-C again stops at once") == 1
    assert err.plain.count("stopping at once; what has arrived is kept") == 1


def test_with_nothing_under_way_it_says_that_it_stops() -> None:
    halt = Halt()
    watch, _, err = telling(halt, terminal=True)
    watch.began(30, {})
    halt._asked = 1
    watch.stop()
    watch.close()
    assert err.plain.splitlines()[-1] == "stopping"


def ending(tally: Tally, *, not_begun: int = 0, left_out: int = 0, results: str = "", again: bool = False) -> str:
    listed = AddressList("links.txt", "text", 0, "", ROWS, (), left_out)
    counts = {"not_begun": not_begun, "done_before": 0, "interrupted": 0}
    result = BatchResult(None, None, counts, {}, False)
    ending = Ending(listed, result, tally, Path("c"), "harbour", 75.0, results, ExitCode.OK, Sealed(), again)
    fields = ended_fields(ending)
    return "\n".join(f"{field.key}: {field.value}" for field in fields)


def test_the_end_says_what_there_is_why_and_what_to_do() -> None:
    tally = Tally()
    tally.began(28, {1: Earlier(1, 3, "complete", 200), 2: Earlier(2, 5, "failed", None)})
    for row in ROWS[2:20]:
        tally.finished(row, outcome(row, "complete", status=200))
    tally.finished(ROWS[20], outcome(ROWS[20], "complete", status=429))
    for row in ROWS[21:24]:
        tally.finished(row, outcome(row, "failed", reasons=["dns"]))
    tally.finished(ROWS[24], outcome(ROWS[24], "partial", status=200, reasons=["cut-time"]))
    tally.news(News("a.example:80", "refusing", 60.0, 9))
    tally.news(News("a.example:80", "refusing", None, 5))
    assert ending(tally, not_begun=5, left_out=1).splitlines() == [
        "kept: 19 complete",
        "partial: 1",
        "failed: 3",
        "not begun: 5",
        "left out: 1 row of the list, see above",
        "done before: 1 complete, 1 failed",
        "answers: 19 × 200, 1 × 429",
        "because: 3 × failed: the name does not exist, or could not be looked up (for example line 22: http://a.example/22)",
        "because: partial: the time limit was reached before the answer ended (line 25: http://a.example/25)",
        "given up: a.example: 5 addresses were not asked",
        "took: 75 seconds",
        "next: run the same command again to go on with the 5 that are left",
        "next: add --redo failed to try again the 4 that failed and the 1 whose server was in trouble (429, 5xx)",
        "next: or --redo partial, which takes in the 1 of which only a part was kept",
        "next: add --results FILE.csv for a table of all rows, what became of each, and why",
        "next: correct the rows that were left out and run it again; what is done is not fetched twice",
    ]


def test_what_is_next_holds_for_the_command_that_was_given() -> None:
    tally = Tally()
    tally.began(9, {1: Earlier(1, 3, "partial", 200)})
    assert ending(tally, results="out.csv").splitlines()[-1] == (
        "next: add --redo partial to try again the 1 of which only a part was kept"
    )
    assert ending(tally, not_begun=1, again=True).splitlines()[-3] == (
        "next: the one that is left: --again would capture all rows once more; "
        "without it, only those that were never captured"
    )


def test_an_end_with_nothing_amiss_is_short_and_long_ones_are_bounded() -> None:
    tally = Tally()
    tally.began(0, {1: Earlier(1, 3, "complete", 200)})
    assert ending(tally).splitlines() == ["done before: 1 complete", "next: archiver list harbour"]
    tally.began(1, {})
    tally.finished(ROWS[0], outcome(ROWS[0], "complete", status=200))
    assert ending(tally).splitlines() == ["kept: 1 complete", "took: 75 seconds", "next: archiver list harbour"]
    for number in range(30):
        tally._because["failed", f"odd-{number}"] = Because("failed", f"odd-{number}", ROWS[0], 1)
        tally.news(News(f"host-{number}.example:443", "refusing", None, 2))
        tally.statuses[200 + number] += 1
    shown = ending(tally)
    assert shown.count("because: ") == shown.count("given up: ") == 11
    assert "because: and 20 more reasons" in shown
    assert "given up: and 20 more hosts" in shown
    assert "× another" in shown
