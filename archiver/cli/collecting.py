"""Commands that add items: capture and import."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from archiver.cli.parse import exists, optional_words, words
from archiver.cli.tools import Tools
from archiver.errors import ArchiverError, ExitCode, Interrupted, UsageError
from archiver.model.address import Address

if TYPE_CHECKING:
    from archiver.cli.facts import Data
    from archiver.cli.flags import Flags
    from archiver.cli.screen import Field
    from archiver.cli.sealing import Sealer
    from archiver.custody.log import Event
    from archiver.pipeline.dating import Dating
    from archiver.pipeline.seal import Sealed

Task = TypeVar("Task")
DIRECT = (
    "if the site turns this program away, and not you: --browser direct lets Chromium speak for itself; the record is "
    "less exact then, and says where"
)


def capture(tools: Tools, case: str, urls: list[str], flags: "Flags") -> ExitCode:
    """Capture each address as an item. The whole command line is understood before the first one is asked."""
    from archiver.cli.facts import members, text
    from archiver.cli.flags import browser, overridden, unlinked
    from archiver.cli.posting import readied
    from archiver.cli.sealing import Sealer
    from archiver.config.route import host_port
    from archiver.pipeline.capture import capture as capture_one
    from archiver.pipeline.options import case_options

    folder = tools.case(case)
    addresses = [Address.parse(url) for url in urls]
    options = replace(overridden(case_options(folder), flags), browser=browser(flags, tools.environ))
    if options.linked and not options.page:
        raise unlinked()
    said = "none" if options.page or options.browser is not None else ""
    options = readied(tools, folder, ((each, said) for each in addresses), options)
    if options.browser is not None:
        tools.warn_of_root()
        if options.cookies is not None or options.browser.profile is not None:
            tools.screen.say(
                "pictures and texts of the page may show whose cookies these are; look before you share them"
            )

    def take(address: Address, dating: "Dating") -> "Event":
        tools.screen.say(f"asking {address.url} (Ctrl-C stops, and keeps what has arrived)")
        event = capture_one(folder, address, options, runtime=tools.runtime, stop=tools.halt, dating=dating)
        if address.host and text(members(event.data, "failure"), "kind") == "refused":
            tools.screen.say(f"if this address is meant: --allow-host {host_port(address.host, address.port)}")
        if options.browser is not None and options.browser.mode == "proxy" and turned_away(event.data):
            tools.screen.say(DIRECT)
        return event

    with tools.halt.patiently():
        return _each(tools, "capture", case, Sealer.of(tools, folder, options), addresses, take)


def turned_away(data: "Data") -> bool:
    """Whether a site may have refused how this program speaks: no TLS, no answer at all, or a test for browsers."""
    from archiver.cli.facts import members, text, texts

    return text(members(data, "failure"), "kind") in {"tls", "no_answer"} or "challenge" in texts(data, "reasons")


def import_files(tools: Tools, case: str, files: list[str], source: str, note: str, tags: tuple[str, ...]) -> ExitCode:
    """Bring each file in as an item. All of them must be readable before the first one is taken."""
    from archiver.cli.sealing import Sealer
    from archiver.pipeline.imports import import_file
    from archiver.pipeline.options import case_options

    folder = tools.case(case)
    paths = [_present(name) for name in files]
    words(source, "--source")
    for text, flag in ((note, "--note"), *((tag, "--tag") for tag in tags)):
        optional_words(text, flag)

    def take(path: Path, dating: "Dating") -> "Event":
        return import_file(
            folder, path, source=source, note=note, tags=tags, runtime=tools.runtime, stop=tools.halt, dating=dating
        )

    return _each(tools, "import", case, Sealer.of(tools, folder, case_options(folder)), paths, take)


def _missing(folder: Path, event: "Event") -> "tuple[Field, ...]":
    """Return what a post has that was not shown, for whoever stands before a partial item and wonders."""
    if "post" not in event.data or event.data["outcome"] != "partial":
        return ()
    from archiver.cli.looking import kept_post
    from archiver.cli.posting import missing_fields

    post, _, problem = kept_post(folder, event.data["item"])
    return (*missing_fields(post), *problem)


def worst(codes: Iterable[ExitCode]) -> ExitCode:
    """Return the exit code of a command that made several items: 130, then 5 before 6 before 7.

    When some were preserved and some were not, it is 6.
    """
    found = set(codes)
    if ExitCode.INTERRUPTED in found:
        return ExitCode.INTERRUPTED
    if ExitCode.NOTHING_PRESERVED in found and found - {ExitCode.NOTHING_PRESERVED, ExitCode.NOT_SEALED}:
        return ExitCode.PARTLY_PRESERVED
    order = (ExitCode.NOTHING_PRESERVED, ExitCode.PARTLY_PRESERVED, ExitCode.NOT_SEALED)
    return next((code for code in order if code in found), ExitCode.OK)


def _each(
    tools: Tools, command: str, case: str, sealer: "Sealer", tasks: list[Task], take: "Callable[[Task, Dating], Event]"
) -> ExitCode:
    from archiver.cli.items import item_document, outcome_fields
    from archiver.cli.sealing import sealed_document
    from archiver.pipeline.capture import exit_code_of
    from archiver.pipeline.seal import Sealed

    folder = sealer.folder
    events: list[Event] = []
    error: ArchiverError | None = None
    sealed: Sealed | None = None
    try:
        earlier, dating = sealer.before()
        _say(tools, earlier)
        for task in tasks:
            if tools.halt():
                left = len(tasks) - len(events)
                raise Interrupted("interrupted", f"interrupted: {left} of {len(tasks)} were not begun")
            events.append(take(task, dating))
            if not tools.screen.json:
                tools.screen.fields((*outcome_fields(events[-1], folder), *_missing(folder, events[-1])))
        dating.give_up()
        _say(tools, Sealed(None, dating.tokens, "", dating.pending))
        sealed = sealer.after(stopped=tools.halt())
        _say(tools, sealed)
    except ArchiverError as exc:
        if not (tools.screen.json and events):
            raise
        error = exc
    codes = [exit_code_of(event) for event in events]
    if sealed is not None and sealed.lacking:
        codes.append(ExitCode.NOT_SEALED)
    code = error.exit_code if error is not None else worst(codes)
    if tools.screen.json:
        from archiver.cli.screen import error_document

        tools.screen.document(
            {
                "schema": f"archiver-{command}/1",
                "case": case,
                "folder": str(folder),
                "items": [item_document(event, folder) for event in events],
                "sealed": sealed_document(sealed) if sealed is not None else None,
                "exit_code": int(code),
                "error": error_document(error)["error"] if error is not None else None,
            }
        )
    return code


def _say(tools: Tools, sealed: "Sealed") -> None:
    from archiver.cli.sealing import sealed_fields

    if not tools.screen.json and (fields := sealed_fields(sealed)):
        tools.screen.fields(fields)


def _present(name: str) -> Path:
    path = Path(name)
    if "\0" in name or not exists(path) or not path.is_file():
        raise UsageError("file", f"file '{name}': not a file that can be read", "give the path of an existing file")
    try:
        path.open("rb").close()
    except OSError as exc:
        hint = "no file was taken; copy it to where it can be read, or leave it out"
        raise UsageError("file", f"file '{name}': cannot be read: {exc.strerror or exc}", hint) from exc
    return path
