"""Commands that only look: list, show, verify. They write nothing into a case."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from archiver.canon import Json
from archiver.cli.parse import exists, item_number, verified_path
from archiver.cli.screen import Field, Tone, error_document
from archiver.cli.sealing import waiting
from archiver.cli.tools import Tools
from archiver.errors import CaseError, ExitCode, UsageError


def list_items(tools: Tools, case: str) -> ExitCode:
    """Show the items of a case as they are read from the log."""
    folder = tools.case(case)
    screen = tools.screen
    from archiver.cli import items as reading
    from archiver.pipeline.view import ItemView, items

    seen = 0

    def views() -> Iterator[ItemView]:
        nonlocal seen
        for view in items(folder):
            if screen.out.gone:
                return
            seen += 1
            yield view

    if screen.json:
        for view in views():
            screen.object_line(reading.view_document(view))
    elif screen.out.terminal:
        wide = screen.out.console().width >= reading.WIDE
        columns = reading.COLUMNS_WIDE if wide else reading.COLUMNS_NARROW
        screen.table(columns, (reading.view_row(view, wide=wide) for view in views()))
    else:
        screen.separated(reading.view_line(view).cells for view in views())
    if seen == 0:
        screen.say(f"case {case}: no items yet; `archiver capture URL --case {case}` makes the first")
    elif (waits := waiting(folder, case)).words:
        screen.say(f"{waits.words}; see to it with `{waits.command}`")
    if screen.err.terminal and not screen.json:
        for words in _gone_out(folder):
            screen.say(words)
    return ExitCode.OK


def _gone_out(folder: Path) -> Iterator[str]:
    """Yield what of the case went out, and to whom it was passed on."""
    from archiver.cli.items import export_words
    from archiver.model.handover import shortened
    from archiver.pipeline.passed import passed_on
    from archiver.pipeline.view import exports

    made = deque(enumerate(exports(folder), 1), maxlen=1)
    if made:
        number, last = made[0]
        often = "exported once" if number == 1 else f"exported {number} times, the last time"
        yield f"{often} on {last.at}: {export_words(last)}"
    if (transfer := passed_on(folder)) is not None:
        to = shortened(transfer.data["to"])
        yield f"passed on to {to} (line {transfer.seq} of the log), who has not taken it over here"


def show(tools: Tools, case: str, item: str, extract_to: str | None, reextract: bool) -> ExitCode:
    """Show one item with its history; write working copies or read its facts again where that is asked for."""
    number = item_number(item)
    folder = tools.case(case)
    from archiver.cli import items as reading
    from archiver.cli.paging import page_fields
    from archiver.cli.posting import post_fields, video_fields
    from archiver.cli.seen import told_fields
    from archiver.pipeline import rereading, view

    history = view.item_history(folder, number)
    batch = reading.batch_line(history[0])
    begun = view.batch_on(folder, batch) if batch is not None else None
    written = _extracted_to(folder, number, Path(extract_to)) if extract_to is not None else None
    again = rereading.reextract(folder, number) if reextract else None
    exported = view.exports_with(folder, history[0])
    post, kept, problem = kept_post(folder, number)
    video, unread = _video(folder, number)
    page, unreadable = _page(folder, number)
    told, unclear = _told(folder, number)
    if not tools.screen.json:
        extra = (*post_fields(post, kept=kept), *problem, *video_fields(video), *unread)
        extra += (*page_fields(page), *unreadable, *told_fields(told), *unclear)
        extra += reading.export_fields(exported)
        extra += (*_extracted(written or ()), *compared(again))
        tools.screen.fields((*reading.history_fields(history, folder, begun), *extra))
        return ExitCode.OK
    tools.screen.document(
        {
            "schema": "archiver-show/1",
            "case": case,
            "folder": str(folder),
            "item": reading.item_document(reading.ending(history) or history[0], folder),
            "withheld": reading.withheld(history),
            "row": reading.row_document(history[0], begun),
            "history": [reading.event_document(event) | {"data": event.data} for event in history],
            "normalised": post,
            "normalised_kept": kept,
            "video": video,
            "requisites": page,
            "page_info": told,
            "exports": [reading.event_document(event) | {"data": event.data} for event in exported],
            "extracted": None if written is None else [str(path) for path in written],
            "reextracted": None if again is None else _compared_document(again),
        }
    )
    return ExitCode.OK


def kept_post(folder: Path, number: int) -> tuple[Json, bool, tuple[Field, ...]]:
    """Return the normalised post of an item, whether it was kept, and what is said where it cannot be read.

    The item is shown anyway.
    """
    from archiver.pipeline.rereading import normalised

    try:
        return *normalised(folder, number), ()
    except CaseError as exc:
        return None, False, _unreadable("post", exc)


def _video(folder: Path, number: int) -> tuple[Json, tuple[Field, ...]]:
    """Return what was put together of the video of an item, in the same way."""
    from archiver.pipeline.rereading import video_of

    try:
        return video_of(folder, number), ()
    except CaseError as exc:
        return None, _unreadable("video", exc)


def _page(folder: Path, number: int) -> tuple[Json, tuple[Field, ...]]:
    """Return what is said of the needs of a page, in the same way."""
    from archiver.pipeline.rereading import page_of

    try:
        return page_of(folder, number), ()
    except CaseError as exc:
        return None, _unreadable("page", exc)


def _told(folder: Path, number: int) -> tuple[Json, tuple[Field, ...]]:
    """Return what a browser told of the page that an item is, in the same way."""
    from archiver.pipeline.rereading import page_info_of

    try:
        return page_info_of(folder, number), ()
    except CaseError as exc:
        return None, _unreadable("page-info", exc)


def _unreadable(what: str, exc: CaseError) -> tuple[Field, ...]:
    return (Field(what, f"cannot be read: {exc.message}", Tone.CAUTION),)


@dataclass(frozen=True, slots=True)
class Given:
    """What the verifier brings along, as typed: a receipt, a file of signers, a file of roots or "system"."""

    expect: str | None = None
    allowed_signers: str | None = None
    tsa_roots: str | None = None


def verify(
    tools: Tools, path: str, only: str | None, strict: bool, given: Given, report: str | None = None
) -> ExitCode:
    """Show what contradicts, what could not be checked and what was not asked."""
    target = verified_path(path, tools.environ)
    screen = tools.screen
    if not exists(target):
        hint = "for a file or a folder elsewhere give a path with a slash: ./page.warc.gz"
        raise CaseError("missing", f"case {path}: there is no such case, folder or file", hint)
    from archiver.cli import outside, reporting, verdicts
    from archiver.verify.bundles import is_bundle, verify_bundle
    from archiver.verify.report import EVERY
    from archiver.verify.run import verify_case
    from archiver.verify.warc_file import verify_warc

    for check in only.split(",") if only is not None else ():
        if check not in EVERY:
            raise UsageError("flag", f"--only '{check}': there is no such check", f"the checks are {', '.join(EVERY)}")
    bundle = is_bundle(target)
    bare = not target.is_dir() and not bundle
    if bare and given != Given():
        hint = (
            "--expect, --allowed-signers and --tsa-roots are about the seals of a case: name its folder, or an export"
        )
        raise UsageError("flag", f"{path}: a WARC file by itself has no seals", hint)
    known = outside.known(given)
    file = reporting.new_file(report, "--report", ".html", ".htm") if report is not None else None
    if file is not None:
        reporting.require_outside(file, target)
    screen.say(f"checking {path}")
    if bare:
        verdict = verify_warc(target, only=only)
    else:
        judge = verify_bundle if bundle else verify_case
        now = tools.runtime.clock.now()
        verdict = judge(target, only=only, expect=known.receipt, signers=known.signers, roots=known.roots, now=now)
    asked = verdicts.Asked(only, strict, bare, bundle)
    if not screen.json:
        verdicts.show(screen, verdict, asked)  # first: it may have taken hours, and the report may find no room
    told = reporting.Told(path, verdict, asked, given, known)
    refused = reporting.refused(tools, file, told) if file is not None else None
    code = verdict.exit_code(strict=strict)
    if refused is not None and code is ExitCode.OK:
        code = refused.exit_code
    if screen.json:
        problem = error_document(refused)["error"] if refused is not None else None
        written = {"report": report if refused is None else None, "report_error": problem, "exit_code": int(code)}
        screen.document(verdicts.verdict_document(verdict, asked) | written)
    elif refused is not None:
        screen.error(refused)
    return code


def _extracted_to(folder: Path, number: int, into: Path) -> tuple[Path, ...]:
    from archiver.pipeline.view import extract
    from archiver.report.file import require_no_case

    require_no_case(into / "file")
    return extract(folder, number, into)


def _extracted(written: tuple[Path, ...]) -> tuple[Field, ...]:
    return tuple(Field("copied to", str(path)) for path in written)


def compared(again: tuple[dict[str, Json], dict[str, Json]] | None) -> tuple[Field, ...]:
    """Return what differs between the facts on record and those read again; nothing when that was not asked for."""
    if again is None:
        return ()
    recorded, now = again
    if recorded == now:
        return (Field("read again", "the same as on the record", Tone.GOOD),)
    keys = sorted(key for key in recorded.keys() | now.keys() if recorded.get(key) != now.get(key))
    return tuple(
        Field("read again", f"{key}: recorded {_quoted(recorded.get(key))}, now {_quoted(now.get(key))}", Tone.CAUTION)
        for key in keys
    )


def _quoted(value: Json) -> str:
    return "nothing" if value is None else f'"{value}"'


def _compared_document(again: tuple[dict[str, Json], dict[str, Json]]) -> dict[str, object]:
    return {"recorded": again[0], "again": again[1], "same": again[0] == again[1]}
