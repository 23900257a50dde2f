import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cli_processes import PROGRAM, environment, on_a_terminal, piped
from cli_streams import SGR
from hostile_texts import CORPUS, harmful

from archiver import __main__, __version__
from archiver.cli.main import main
from archiver.model.exchange import Limits

COMMANDS = (
    "init", "capture", "batch", "import", "list", "show", "note", "amend", "withhold", "recover", "verify", "doctor",
    "demo",
)  # fmt: skip


def test_version(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"archiver {__version__}\n"
    result = piped("--version", cwd=tmp_path)
    assert (result.returncode, result.stdout, result.stderr) == (0, f"archiver {__version__}\n".encode(), b"")


def test_version_answers_before_anything_else_is_loaded(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["archiver", "--version"])
    assert __main__.run() == 0
    assert capsys.readouterr().out == f"archiver {__version__}\n"
    unmeasured = {name: value for name, value in environment().items() if not name.startswith("COVERAGE")}
    loaded = subprocess.run(
        (sys.executable, "-X", "importtime", "-m", "archiver", "--version"), env=unmeasured, capture_output=True
    )
    assert loaded.returncode == 0
    for name in (b"typer", b"rich", b"json", b"archiver.cli"):
        assert re.search(rb"\| +%b(\.|\n)" % name, loaded.stderr) is None


@pytest.mark.parametrize("words", [["--help"], ["batch", "--help"]])
def test_help_loads_nothing_heavy(words: list[str]) -> None:
    code = f"import sys; from archiver.cli.main import main; main({words}); print(sorted(sys.modules), file=sys.stderr)"
    result = subprocess.run((sys.executable, "-c", code), env=environment(), capture_output=True, text=True)
    assert result.returncode == 0
    heavy = {"rich", "httpx", "warcio", "yaml", "ssl", "dns", "cryptography", "archiver.pipeline"}
    heavy |= {"pydantic"} if words == ["--help"] else set()  # typer itself loads it for the help of a command
    assert not heavy & set(eval(result.stderr))  # noqa: S307  # our own list of names


def test_run_hands_the_command_line_to_main(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["archiver", "--help"])
    assert __main__.run() == 0
    assert capsys.readouterr().out.startswith("Usage: archiver ")


def test_archiver_alone_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 0
    shown = capsys.readouterr().out
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", shown, re.MULTILINE)


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_is_plain_text_that_any_terminal_can_show(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith(f"Usage: archiver {command} ")
    assert shown.isascii()
    assert "--json" in shown
    assert not re.search(r"[<{]", shown)
    assert "certified" not in shown.lower()
    assert "proof" not in shown.lower()


def test_the_help_of_capture_names_the_limits_that_hold_without_flags(capsys: pytest.CaptureFixture[str]) -> None:
    usual = Limits()
    assert main(["capture", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert f"Else what case.yaml says, or {usual.max_bytes >> 30}G." in shown
    assert f"Else case.yaml, or {usual.max_time:.0f}." in shown
    assert f"Else case.yaml, or {usual.max_redirects}." in shown


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["lst"], "no such command 'lst'"),
        (["list"], "missing argument 'CASE'"),
        (["list", "harbour", "extra"], "unexpected extra argument"),
        (["list", "harbour", "--nope"], "no such option: --nope"),
        (["init", "harbour"], "missing option '--title'"),
        (["capture", "https://a.example/"], "missing option '--case'"),
        (["show", "harbour", "zero"], "item 'zero': not an item number"),
        (["show", "harbour", "0"], "item '0': not an item number"),
        (["list", "two words"], "case 'two words': not a name that a case can have"),
        (["note", "harbour", " "], "note: there is no text in it"),
        (["import", "harbour", "./nothing-there", "--source", "x"], "not a file that can be read"),
        (["capture", "not an address", "--case", "harbour"], "does not begin with http"),
    ],
)
def test_wrong_usage_is_2_and_says_what_and_what_to_do(
    args: list[str], says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(args) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("error: ")
    assert says in captured.err
    assert "hint: " in captured.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "args",
    [
        ("list", "harbour", "extra"),
        ("capture", "http://example.org/", "--case", "one", "--case", "two"),
        ("note", "harbour", "text", "--item", "1", "--item=2"),
    ],
)
def test_two_values_where_one_can_stand_are_refused(args: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(args) == 2
    err = capsys.readouterr().err
    assert err.startswith("error: command line: ")
    assert ("more than once" in err) == (args[0] != "list")


def test_what_may_be_repeated_and_flags_can_stand_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    args = ("capture", "http://example.org/", "--case", "none", "--tag", "a", "--tag", "b", "--json", "--json")
    assert main(args) == 4


def test_a_usage_error_in_json_is_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.err == ""
    error = json.loads(captured.out)
    assert error["schema"] == "archiver-error/1"
    assert error["error"]["kind"] == "usage"
    assert error["error"]["exit_code"] == 2


def test_json_behind_two_dashes_is_a_word_like_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "--", "--json"]) == 2
    assert capsys.readouterr().err.startswith("error: case '--json'")


@pytest.mark.parametrize("text", [text for text in CORPUS if "\0" not in text and text])
@pytest.mark.parametrize("command", ["list", "verify", "nope"])
def test_hostile_arguments_come_back_harmless(text: str, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = main([text] if command == "nope" else [command, text])
    captured = capsys.readouterr()
    assert code in {2, 4}
    assert not harmful(captured.err + captured.out)
    assert all(line.startswith(("error: ", "hint: ")) for line in captured.err.splitlines())


@pytest.mark.parametrize(
    "more",
    [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}, {"PYTHONIOENCODING": "ascii"}],
)
def test_any_locale_can_show_an_error(tmp_path: Path, more: dict[str, str]) -> None:
    result = piped("list", "Обыски\u202e", cwd=tmp_path, **more)
    assert result.returncode == 2
    shown = result.stderr.decode("utf-8")
    assert shown.startswith("error: case ")
    assert "Traceback" not in shown
    assert not harmful(shown)
    if more.get("PYTHONUTF8") == "0" or "PYTHONIOENCODING" in more:
        assert result.stderr.isascii()


def test_a_case_that_is_not_there_is_4(tmp_path: Path) -> None:
    result = piped("verify", "harbour", cwd=tmp_path)
    assert result.returncode == 4
    assert result.stderr.startswith(b"error: case harbour: ")
    document = json.loads(piped("verify", "harbour", "--json", cwd=tmp_path).stdout)
    assert document["error"]["exit_code"] == 4


def test_colours_on_a_terminal_and_none_with_no_color(tmp_path: Path) -> None:
    code, shown = on_a_terminal("verify", "harbour", cwd=tmp_path)
    assert code == 4
    assert b"\x1b[31merror: " in shown
    code, shown = on_a_terminal("verify", "harbour", cwd=tmp_path, NO_COLOR="1")
    assert code == 4
    assert b"\x1b[3" not in shown
    assert SGR.sub("", shown.decode()).startswith("error: case harbour: ")


def test_force_color_does_not_reach_a_pipe(tmp_path: Path) -> None:
    result = piped("doctor", cwd=tmp_path, FORCE_COLOR="1", TTY_COMPATIBLE="1")
    assert b"\x1b" not in result.stdout + result.stderr


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_script_is_printed(tmp_path: Path, shell: str) -> None:
    result = piped(cwd=tmp_path, _ARCHIVER_COMPLETE=f"source_{shell}")
    assert result.returncode == 0
    assert b"_ARCHIVER_COMPLETE=complete_" in result.stdout


def test_completion_knows_the_commands(tmp_path: Path) -> None:
    result = piped(cwd=tmp_path, _ARCHIVER_COMPLETE="complete_bash", COMP_WORDS="archiver ver", COMP_CWORD="1")
    assert result.stdout.split() == [b"verify"]


@pytest.mark.parametrize("args", [("--help",), ("--version",), ("doctor",), ("doctor", "--json")])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, args: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    process = subprocess.run((*PROGRAM, *args), cwd=tmp_path, env=environment(), stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (process.returncode, process.stderr) == (0, b"")


def test_a_full_disk_behind_stdout_is_said(tmp_path: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        for args in (("doctor",), ("doctor", "--json"), ("--help",), ("init", "--help"), ("--version",)):
            process = subprocess.run(
                (*PROGRAM, *args), cwd=tmp_path, env=environment(), stdout=full, stderr=subprocess.PIPE
            )
            assert process.returncode == 4
            assert process.stderr.startswith(b"error: standard output: the answer could not be written")


@pytest.mark.parametrize("word", ["doctor", "--help", "--version"])
def test_closed_streams_do_no_harm(tmp_path: Path, word: str) -> None:
    command = " ".join((*PROGRAM, word, ">&-", "2>&-", "<&-"))
    assert subprocess.run(("sh", "-c", command), cwd=tmp_path, env=environment()).returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_is_130_and_leaves_no_traceback(tmp_path: Path, number: int) -> None:
    os.mkfifo(tmp_path / "cookies")  # opening it waits until somebody writes
    (tmp_path / "case").mkdir()
    script = (
        "import sys\n"
        "from archiver.cli import keeping\n"
        "from archiver.cli.main import main\n"
        "def waits(*args):\n"
        "    print('ready', flush=True)\n"
        "    open('cookies')\n"
        "keeping.note = waits\n"
        "sys.exit(main(['note', 'harbour', 'text']))\n"
    )
    process = subprocess.Popen(
        (sys.executable, "-c", script), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.startswith(b"error: interrupted: what was complete is recorded\n")
    assert b"Traceback" not in err


def test_a_bug_is_1_and_shows_where_but_no_values_and_no_paths(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from archiver.cli import keeping\n"
        "from archiver.cli.main import main\n"
        "def broken(*args):\n"
        "    secret = 's3cret'\n"
        "    raise ValueError('odd \\x1b[2J value')\n"
        "keeping.note = broken\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    place = tmp_path / "somebody"
    place.mkdir()
    (place / "script.py").write_text(script)
    run = (sys.executable, str(place / "script.py"), "note", "harbour", "text")
    result = subprocess.run(run, env=environment(), capture_output=True, text=True)
    assert result.returncode == 1
    assert "error: bug in archiver: ValueError: odd \\x1b[2J value\n" in result.stderr
    assert re.search(r"^  archiver/cli/app\.py:\d+ in note$", result.stderr, re.MULTILINE)
    assert "s3cret" not in result.stderr
    assert str(tmp_path) not in result.stderr
    result = subprocess.run((*run, "--json"), env=environment(), capture_output=True, text=True)
    assert json.loads(result.stdout)["error"]["kind"] == "bug"
    assert result.returncode == 1


def test_ctrl_c_while_the_program_is_still_loading_is_130_without_a_word() -> None:
    code = (
        "import sys\n"
        "class Pressed:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'archiver.cli.main':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Pressed())\n"
        "from archiver.__main__ import run\n"
        "sys.argv = ['archiver', 'list', 'harbour']\n"
        "sys.exit(run())\n"
    )
    result = subprocess.run((sys.executable, "-c", code), env=environment(), capture_output=True)
    assert (result.returncode, result.stdout, result.stderr) == (130, b"", b"")
