"""What only shows from inside: signals, bugs and terminals, with parts that implement the real interfaces."""

import contextlib
import errno
import io
import json
import os
import signal
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from cli_streams import Stream, screen

from archiver.canon import Json
from archiver.cli import collecting, looking, showing
from archiver.cli.main import main
from archiver.cli.screen import Tone
from archiver.cli.signals import Halt
from archiver.cli.tools import Tools
from archiver.errors import ExitCode
from archiver.runtime import RandomIds, Runtime, SystemClock, system_runtime


class Clock(SystemClock):
    """A clock in whose reading something happens."""

    def __init__(self, happens: Callable[[], None]) -> None:
        self.happens = happens

    def now(self) -> datetime:
        self.happens()
        return super().now()


def terminal(*args: str, width: int = 80, runtime: Runtime | None = None) -> tuple[int, str, str]:
    """Run a command line on a terminal, in this process."""
    out, err = Stream(terminal=True), Stream(terminal=True)
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(args, runtime=runtime, environ={"TERM": "xterm", "COLUMNS": str(width)})
    return code, out.plain, err.plain


def happening(happens: Callable[[], None]) -> Runtime:
    return Runtime(Clock(happens), RandomIds(), lambda seconds: None)


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    assert terminal("init", "harbour", "--title", "T", "--collector", "C")[0] == 0
    return Path("cases/harbour")


INIT = ("init", "harbour", "--title", "T", "--collector", "C")


def broken() -> None:
    raise ValueError("odd \x1b[2J value")


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_bug_is_said_in_one_place(
    more: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main((*INIT, *more), runtime=happening(broken)) == 1
    captured = capsys.readouterr()
    if more:
        assert json.loads(captured.out)["error"]["kind"] == "bug"
    else:
        assert "error: bug in archiver: ValueError: odd \\x1b[2J value\n" in captured.err
    assert "  cli/test_cli_inside.py:" in captured.err
    assert str(tmp_path) not in captured.err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_a_command_at_once(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = signal.getsignal(number)
    assert main(INIT, runtime=happening(lambda: os.kill(os.getpid(), number))) == 130
    assert capsys.readouterr().err.startswith("error: interrupted: ")
    assert signal.getsignal(number) is before


def test_a_signal_before_the_command_begins_is_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    class Eager(dict[str, str]):
        def get(self, *args: object) -> str:  # type: ignore[override]  # the first look at the environment
            raise KeyboardInterrupt

    assert main(["doctor"], environ=Eager()) == 130
    assert "interrupted" in capsys.readouterr().err


def test_the_first_signal_in_patience_is_a_question_and_the_second_is_an_order() -> None:
    halt = Halt()
    with halt.installed():
        with halt.patiently():
            signal.raise_signal(signal.SIGINT)
            assert halt()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGTERM)


def test_patience_can_be_asked_for_more_than_once() -> None:
    halt = Halt()
    with halt.installed(), halt.patiently(2):
        for times in (1, 2):
            signal.raise_signal(signal.SIGTERM)
            assert (halt(), halt.asked) == (True, times)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_signals_that_the_parent_ignores_stay_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Halt().installed():
            os.kill(os.getpid(), signal.SIGHUP)
            assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)


def test_in_another_thread_signals_are_left_alone() -> None:
    seen = []

    def inside() -> None:
        before = signal.getsignal(signal.SIGINT)
        with Halt().installed():
            seen.append(signal.getsignal(signal.SIGINT) is before)

    thread = threading.Thread(target=inside)
    thread.start()
    thread.join()
    assert seen == [True]


def tools(typed: str | None, *, on: bool = True) -> Tools:
    shown, _, _ = screen(terminal=on)
    stdin = None
    if typed is not None:
        stdin = Stream(terminal=on)
        stdin.write(typed)
        stdin.seek(0)
    return Tools(shown, system_runtime(), Halt(), {}, stdin)


@pytest.mark.parametrize(
    ("typed", "answer"), [("yes\n", True), (" YES \n", True), ("y\n", False), ("\n", False), ("", False), (None, None)]
)
def test_only_yes_is_yes(typed: str | None, answer: bool | None) -> None:
    assert tools(typed).confirmed("Sure?") is answer


def test_on_a_pipe_nobody_is_asked() -> None:
    assert tools("yes\n", on=False).confirmed("Sure?") is None


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ((), 0),
        ((0, 0), 0),
        ((5, 5), 5),
        ((0, 5), 6),
        ((7, 5), 5),
        ((0, 5, 7), 6),
        ((5, 6), 6),
        ((0, 6), 6),
        ((6, 7), 6),
        ((0, 7), 7),
        ((0, 5, 130), 130),
    ],
)
def test_the_exit_code_of_several_items(codes: tuple[int, ...], code: int) -> None:
    assert collecting.worst(ExitCode(one) for one in codes) == code


def test_a_terminal_says_what_is_next_and_what_is_missing(case: Path) -> None:
    code, out, err = terminal("list", "harbour")
    assert (code, out) == (0, "")
    assert "no items yet" in err
    code, out, err = terminal("verify", "harbour")
    assert code == 0
    assert out.startswith("cases/harbour\n\n✓ sound         layout      nothing is missing")
    assert "checking harbour" in err
    code, out, err = terminal("init", "./other", "--title", "T", "--collector", "C")
    assert code == 0
    assert "next: archiver capture URL --case ./other" in err


@pytest.mark.parametrize("width", [40, 60, 80, 132])
def test_no_line_on_a_terminal_is_wider_than_the_terminal(case: Path, width: int) -> None:
    (case.parent / "file").write_bytes(b"x")
    assert terminal("import", "harbour", "cases/file", "--source", "S" * 200)[0] == 0
    for args in (("list", "harbour"), ("show", "harbour", "1"), ("verify", "harbour"), ("doctor",), ("demo",)):
        code, out, err = terminal(*args, width=width)
        assert code == 0
        assert max(len(line) for line in (out + err).splitlines()) <= width, args


def test_a_line_of_the_demo_has_its_outcome_toned() -> None:
    line = showing.told("     9  complete    410  https://dvor.example/")
    assert line.head == (("     9  ", Tone.PLAIN), ("complete", Tone.GOOD), ("    410  ", Tone.PLAIN))
    assert (line.pieces, line.indent) == ((("https://dvor.example/", Tone.PLAIN),), 25)
    assert showing.told("   a title").indent == 3
    assert showing.told("added a note to the case").pieces == (("added a note to the case", Tone.PLAIN),)
    assert showing.told("").pieces == (("", Tone.PLAIN),)


def test_what_reads_differently_now_is_told() -> None:
    recorded: dict[str, Json] = {"title": None, "language": None, "media_type": "text/html"}
    fields = looking.compared((recorded, {**recorded, "title": "New\x1b"}))
    assert [field.value for field in fields] == ['title: recorded nothing, now "New\x1b"']
    assert looking.compared(None) == ()


def test_the_exit_code_of_a_capture_that_never_answers(case: Path) -> None:
    code, out, err = terminal("capture", "http://127.0.0.1:9/", "--case", "harbour")
    assert code == 5
    assert "outcome     failed" in out
    assert "asking http://127.0.0.1:9/" in err
    assert "if this address is meant: --allow-host 127.0.0.1:9" in err


def test_an_answer_that_cannot_be_written_is_4_also_in_json(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Full(io.StringIO):
        def write(self, text: str) -> int:
            raise OSError(errno.ENOSPC, "full")

    monkeypatch.chdir(tmp_path)
    for args in (["list", "--json"], ["doctor"], ["doctor", "--json"]):
        with contextlib.redirect_stdout(Full()):
            assert main(args) == 4
        assert "error: standard output: " in capsys.readouterr().err


def test_extra_trust_anchors_and_a_proxy_are_understood(case: Path, tmp_path: Path) -> None:
    from archiver.cli.flags import Flags, overridden
    from archiver.pipeline.options import CaptureOptions

    pem = tmp_path / "ca.pem"
    pem.write_text("-----BEGIN CERTIFICATE-----\n")
    options = overridden(CaptureOptions(), Flags(proxy="socks5h://u:p@127.0.0.1:9050", ca_file=str(pem)))
    assert options.route.proxy == "socks5h://u:p@127.0.0.1:9050"
    assert options.route.ca_pem == "-----BEGIN CERTIFICATE-----\n"
    assert overridden(CaptureOptions(), Flags()) == CaptureOptions()


def test_a_proxy_that_cannot_be_one_is_refused_without_repeating_its_password(
    case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    args = ("capture", "http://127.0.0.1:9/", "--case", "harbour", "--proxy", "ftp://u:s3cret@x:1")
    assert main(args) == 2
    assert "s3cret" not in capsys.readouterr().err
