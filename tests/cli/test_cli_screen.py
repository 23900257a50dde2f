import errno
import io
import json

import pytest
from cli_streams import SGR, Stream, screen
from hostile_texts import CORPUS, harmful

from archiver.cli.screen import Column, Field, Line, Row, Screen, Sink, Tone
from archiver.errors import CaseError, StorageError

COLUMNS = (Column("item", 6), Column("outcome", 11), Column("address", 0))


def everything(shown: Screen, text: str) -> None:
    shown.fields((Field("title", text, Tone.GOOD), Field("next", text)))
    shown.lines((Line(((text, Tone.BAD), (text, Tone.PLAIN)), indent=4),))
    shown.table(COLUMNS, [Row(("000001", text, text), 1, Tone.GOOD)])
    shown.separated([("000001", text, text)])
    shown.document({"title": text})
    shown.object_line({"title": text})
    shown.say(text)
    shown.error(CaseError("kind", text, text))


@pytest.mark.parametrize("text", CORPUS)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1251"])
def test_no_view_lets_hostile_text_act_on_a_terminal(text: str, encoding: str) -> None:
    shown, out, err = screen(terminal=True, width=60, encoding=encoding)
    everything(shown, text)
    assert not harmful(SGR.sub("", out.text + err.text))
    assert "\x1b]8" not in out.text + err.text


@pytest.mark.parametrize("text", CORPUS)
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_no_view_lets_hostile_text_act_on_a_pipe(text: str, encoding: str) -> None:
    shown, out, err = screen(encoding=encoding)
    shown.fields((Field("title", text), Field("next", "value")))
    shown.separated([("000001", text, "end")])
    shown.error(CaseError("kind", text, "hint"))
    assert not harmful(out.text + err.text)
    assert out.text.count("\n") == 3
    assert out.text.count("\t") == 2
    assert err.text.count("\n") == 2
    assert "next: value\n" in out.text


def test_markup_emoji_codes_and_addresses_stay_what_they_are() -> None:
    shown, out, _ = screen(terminal=True)
    shown.fields((Field("title", "[bold]x[/bold] :skull: https://example.org [/]"),))
    assert out.text == "\x1b[2mtitle  \x1b[0m[bold]x[/bold] :skull: https://example.org [/]\n"


def test_a_pipe_gets_plain_lines_and_no_talk() -> None:
    shown, out, err = screen()
    shown.fields((Field("item", "000001"), Field("outcome", "complete", Tone.GOOD)))
    shown.fields((Field("item", "000002"),))
    shown.say("working")
    assert out.text == "item: 000001\noutcome: complete\n\nitem: 000002\n"
    assert err.text == ""


def test_no_color_leaves_no_colour() -> None:
    shown, out, err = screen(terminal=True, environ={"NO_COLOR": "1"})
    shown.fields((Field("outcome", "failed", Tone.BAD),))
    shown.error(CaseError("missing", "case harbour: there is none"))
    assert "\x1b[3" not in out.text + err.text
    assert "failed" in out.text


def test_a_dumb_terminal_gets_no_sequences() -> None:
    shown, out, _ = screen(terminal=True, environ={"TERM": "dumb"})
    shown.fields((Field("outcome", "failed", Tone.BAD),))
    assert out.text == "outcome  failed\n"


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_wrapped_value_cannot_look_like_the_next_fact(width: int) -> None:
    shown, out, _ = screen(terminal=True, width=width)
    shown.fields((Field("title", "x" * 59 + " " * 80 + "outcome  complete " * 20), Field("outcome", "failed")))
    lines = out.plain.splitlines()
    assert sum(1 for line in lines if line.startswith("outcome")) == 1
    assert all(line.startswith(("title", "outcome", "         ")) for line in lines)
    assert max(len(line) for line in lines) <= width


def test_a_hash_can_be_copied_whole_at_eighty_columns() -> None:
    shown, out, _ = screen(terminal=True, width=80)
    shown.fields((Field("file-bytes", "1"), Field("sha256", "ab" * 32)))
    assert "ab" * 32 in out.plain


@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_a_table_line_is_never_wider_than_the_terminal(width: int) -> None:
    shown, out, _ = screen(terminal=True, width=width)
    shown.table(COLUMNS, [Row(("000001", "complete", "https://пример.example/" + "港" * 200), 1, Tone.GOOD)])
    heading, line = out.plain.splitlines()
    assert heading.startswith("item    outcome      address")
    assert line.endswith("…")
    assert len(line) <= width


def test_a_long_table_has_one_heading() -> None:
    shown, out, _ = screen(terminal=True)
    shown.table(COLUMNS, (Row((f"{n:06d}", "complete", "x"), 1, Tone.GOOD) for n in range(1, 451)))
    lines = out.plain.splitlines()
    assert len(lines) == 451
    assert sum("outcome" in line for line in lines) == 1
    assert lines[450].startswith("000450  complete")


def test_an_empty_table_shows_nothing() -> None:
    shown, out, _ = screen(terminal=True)
    shown.table(COLUMNS, [])
    assert out.text == ""


def test_errors_are_two_lines_on_stderr() -> None:
    shown, out, err = screen()
    shown.error(CaseError("locked", "case harbour: locked by process 4121", "wait until it is done"))
    shown.error(CaseError("missing", "case harbour: there is none"))
    assert err.text == (
        "error: case harbour: locked by process 4121\nhint: wait until it is done\nerror: case harbour: there is none\n"
    )
    assert out.text == ""


def test_in_json_mode_an_error_is_one_document_on_stdout() -> None:
    shown, out, err = screen()
    shown.json = True
    shown.error(CaseError("locked", "case h\u00e4fen\x1b: locked", "wait"))
    assert out.text.isascii()
    assert json.loads(out.text) == {
        "schema": "archiver-error/1",
        "error": {"kind": "locked", "message": "case häfen\x1b: locked", "hint": "wait", "exit_code": 4},
    }
    assert err.text == ""


class Leaving(Stream):
    """A stream whose reader has left, or whose disk is full."""

    def __init__(self, number: int, *, terminal: bool = False) -> None:
        super().__init__(terminal=terminal)
        self.number = number
        self.asked = 0

    def write(self, text: str) -> int:
        self.asked += 1
        raise OSError(self.number, "as the system says")


def test_a_reader_that_left_is_no_error_and_is_not_written_to_again() -> None:
    stream = Leaving(errno.EPIPE)
    sink = Sink(stream, {})
    sink.line("one")
    sink.line("two")
    assert sink.gone
    assert stream.asked == 1


def test_a_terminal_that_was_closed_is_a_reader_that_left() -> None:
    sink = Sink(Leaving(errno.EIO, terminal=True), {})
    sink.put("one")
    assert sink.gone


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_an_answer_that_cannot_be_written_is_an_error(number: int) -> None:
    sink = Sink(Leaving(number), {})
    with pytest.raises(StorageError, match="standard output"):
        sink.put("one")
    sink.put("two")


def test_without_a_stream_nothing_is_written() -> None:
    sink = Sink(None, {})
    sink.line("one")
    assert sink.gone
    assert not sink.terminal


def test_a_stream_without_descriptor_can_be_left() -> None:
    sink = Sink(io.StringIO(), {})
    sink.leave()
    assert sink.gone
