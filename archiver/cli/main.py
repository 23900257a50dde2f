"""From `argv` to an exit code: one place where errors become words."""

import os
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from archiver.cli.screen import Screen, Sink, unwritable
from archiver.cli.signals import Halt
from archiver.cli.tools import Tools
from archiver.errors import ArchiverError, ExitCode, Interrupted, UsageError
from archiver.runtime import Runtime, system_runtime

BUG_FRAMES = 6
_PACKAGE = Path(__file__).resolve().parent.parent


def main(
    argv: Sequence[str] | None = None, *, runtime: Runtime | None = None, environ: Mapping[str, str] = os.environ
) -> int:
    """Run one command line (without the program's name) and return its exit code. Nothing is raised.

    `archiver` alone shows the help. Errors go to stderr in two lines, or with `--json` to stdout as one document.
    """
    args = list(sys.argv[1:] if argv is None else argv) or ["--help"]
    screen = Screen(Sink(sys.stdout, environ), Sink(sys.stderr, environ), _wants_json(args))
    tools = Tools(screen, runtime or system_runtime(), Halt(), environ, sys.stdin)
    try:
        return int(_guarded(args, tools))
    except ArchiverError as exc:  # the answer, or the error itself, could not be written to stdout
        screen.json = False
        screen.error(exc)
        return int(exc.exit_code)


def _guarded(args: list[str], tools: Tools) -> int:
    screen = tools.screen
    try:
        with tools.halt.installed():
            return _run(args, tools)
    except ArchiverError as exc:
        screen.error(exc)
        return int(exc.exit_code)
    except KeyboardInterrupt:
        return _interrupted(screen)
    except Exception as exc:  # noqa: BLE001  # the one place where a bug becomes exit code 1
        return _bug(exc, screen)


def _run(args: list[str], tools: Tools) -> int:
    import typer
    from typer.main import get_command

    from archiver.cli.app import app

    usage_error: type[Exception] = typer.BadParameter.mro()[1]  # public only through its subclass
    try:
        result = get_command(app).main(args=args, prog_name="archiver", standalone_mode=False, obj=tools)
    except usage_error as exc:
        raise _usage(exc) from exc
    except SystemExit as exc:  # typer ends the process after a completion script, and when nobody reads its help
        left = isinstance(exc.__context__, BrokenPipeError)
        return exc.code if isinstance(exc.code, int) and not left else int(ExitCode.OK)
    except OSError as exc:  # typer writes help, version and completion scripts itself, before any command has begun
        if tools.screen.begun:
            raise
        tools.screen.out.leave()
        raise unwritable(exc) from exc
    if isinstance(result, ExitCode):
        return result
    return _interrupted(tools.screen) if result == ExitCode.INTERRUPTED else int(result or 0)


def _usage(exc: BaseException) -> UsageError:
    text = str(getattr(exc, "format_message", exc.__str__)())
    context = getattr(exc, "ctx", None)
    command = getattr(context, "command_path", "archiver")
    message = text[:1].lower() + text[1:].rstrip(".").replace("\n", " ")
    return UsageError("usage", f"command line: {message}", f"`{command} --help` shows what it takes")


def _interrupted(screen: Screen) -> int:
    error = Interrupted("interrupted", "interrupted: what was complete is recorded", "`archiver list CASE` shows it")
    screen.error(error)
    return int(error.exit_code)


def _bug(exc: Exception, screen: Screen) -> int:
    """Report a bug: where in the program, without values and without paths of this machine."""
    error = ArchiverError(
        "bug", f"bug in archiver: {type(exc).__name__}: {exc}", "please report it with the lines above"
    )
    for frame in traceback.extract_tb(exc.__traceback__)[-BUG_FRAMES:]:
        screen.err.line(f"  {_module(frame.filename)}:{frame.lineno} in {frame.name}")
    screen.error(error)
    return int(ExitCode.BUG)


def _module(filename: str) -> str:
    path = Path(filename)
    if path.is_relative_to(_PACKAGE):
        return f"archiver/{path.relative_to(_PACKAGE).as_posix()}"
    return "/".join(path.parts[-2:])


def _wants_json(args: Sequence[str]) -> bool:
    ours = args[: args.index("--")] if "--" in args else args
    return "--json" in ours
