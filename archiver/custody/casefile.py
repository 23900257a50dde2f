"""case.yaml beside the log: is it the one on record, and what opens its private values."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from archiver.config.case_file import CaseFile, disclosed
from archiver.config.yaml import MAX_TEXT, text_of
from archiver.custody import layout
from archiver.custody.disk import Disk
from archiver.custody.ends import damaged, lines_forwards, parsed
from archiver.custody.layout import CASE_YAML, LOG, NEW_CASE_YAML, PART, PRIVATE
from archiver.custody.openings import ON_RECORD, is_on_record, recorded_salts
from archiver.custody.position import Position
from archiver.errors import ConfigError
from archiver.runtime import Ids


@dataclass(frozen=True, slots=True)
class Amended:
    """A changed case.yaml: its content, the text for the log, and what opens the commitments in it."""

    file: CaseFile
    text: str
    openings: tuple[bytes, ...]


def checked(disk: Disk, position: Position, *, amending: bool) -> CaseFile:
    """Return the content of case.yaml.

    Raises `ConfigError` when it cannot be used, is missing, belongs to another case, or, unless `amending`, is not the
    one on record.
    """
    on_record = text_on_record(disk, position)
    if amending:
        return CaseFile.parse(on_record, ON_RECORD)
    text = _text(disk)
    file = _parsed(text, position)
    if not is_on_record(text, on_record, lambda sha256: _opening(disk, sha256)):
        raise ConfigError(
            "case-yaml-differs",
            f"{CASE_YAML} is not the one on record since line {position.policy['line']} of {LOG}",
            "archiver amend CASE --reason T records the change, whatever else you want to do then",
        )
    return file


def amended(disk: Disk, position: Position, ids: Ids) -> Amended | None:
    """Return case.yaml as it is now, for the log; None when it is the one on record. Raises as `checked`."""
    text = _text(disk)
    file = _parsed(text, position)
    on_record = text_on_record(disk, position)
    salts = recorded_salts(text, on_record, lambda sha256: _opening(disk, sha256))
    fresh = {name: salts.get(name) or ids.nonce() for name, _ in file.private}
    shown, openings = disclosed(text, fresh)
    return None if shown == on_record else Amended(file, shown, openings)


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A case.yaml that a program changed: its text on the disk, the one for the log, and its content."""

    text: str
    on_record: str
    file: CaseFile


def rewritten(disk: Disk, position: Position, change: Callable[[str], str]) -> Rewritten:
    """Return what `change`, which leaves private values alone, makes of case.yaml, on the disk and for the log.

    Both texts change in the same way, so commitments stay those that are on record. Raises as `checked` does for a
    text that is not on record, and what `change` raises.
    """
    checked(disk, position, amending=False)
    text, on_record = change(_text(disk)), change(text_on_record(disk, position))
    if not is_on_record(text, on_record, lambda sha256: _opening(disk, sha256)):
        raise ConfigError("case-yaml", f"{CASE_YAML}: its private values would change with it", "change it by hand")
    return Rewritten(text, on_record, _parsed(text, position))


def put_beside(disk: Disk, text: str) -> None:
    """Write a new case.yaml beside the one in force, durably; `settle` decides what becomes of it."""
    disk.create(NEW_CASE_YAML)
    disk.append(NEW_CASE_YAML, text.encode("utf-8"))
    disk.sync(NEW_CASE_YAML)
    disk.sync_folder("")


def settle(disk: Disk, position: Position) -> None:
    """Give a new case.yaml its name when the log has it; take it away when the log has not. Nothing when there is none.

    It is text of the command line alone, so nothing is lost with it. Raises as `text_on_record`.
    """
    if disk.size(NEW_CASE_YAML) is None:
        return
    try:
        text = text_of(disk.read(NEW_CASE_YAML, 0, MAX_TEXT + 1), NEW_CASE_YAML)
        known = is_on_record(text, text_on_record(disk, position), lambda sha256: _opening(disk, sha256))
    except ConfigError:
        known = False  # torn by a power cut, before the log could name it
    if known:
        disk.replace(NEW_CASE_YAML, CASE_YAML)
    else:
        disk.unlink(NEW_CASE_YAML)
    disk.sync_folder("")


def text_on_record(disk: Disk, position: Position) -> str:
    """Return the text of case.yaml in force, as the log has it. Raises `CaseError` ("damaged")."""
    policy = position.policy
    size = disk.size(LOG) or 0
    line = next(lines_forwards(lambda offset, length: disk.read(LOG, offset, length), policy["offset"], size), b"")
    event = parsed(line, policy["line"])
    facts = event.data.get("case_yaml")
    if event.seq != policy["line"] or not isinstance(facts, dict) or facts.get("sha256") != policy["sha256"]:
        raise damaged(f"line {event.seq} of {LOG} does not hold the case.yaml in force")
    return str(facts["text"])


def collector_on_record(disk: Disk, position: Position) -> str:
    """Return the collector that the case.yaml in force names. Raises as `text_on_record`."""
    return CaseFile.parse(text_on_record(disk, position), ON_RECORD).collector


def keep_opening(disk: Disk, opened: bytes) -> None:
    """Keep what opens a commitment in `private/`; durable when this returns."""
    keep_private(disk, layout.private_path(hashlib.sha256(opened).hexdigest(), "json"), [opened])


def keep_private(disk: Disk, path: str, chunks: Iterable[bytes]) -> str:
    """Store `chunks` at `path` in `private/` and return their SHA-256; durable when this returns.

    A file that is there already is left alone; `chunks` are hashed all the same.
    """
    digest = hashlib.sha256()
    if disk.make_folder(PRIVATE):
        disk.sync_folder("")
    if disk.size(path) is not None:
        for chunk in chunks:
            digest.update(chunk)
        return digest.hexdigest()
    disk.create(path + PART)
    for chunk in chunks:
        digest.update(chunk)
        disk.append(path + PART, chunk)
    disk.sync(path + PART)
    disk.link(path + PART, path)
    disk.unlink(path + PART)
    disk.sync_folder(PRIVATE)
    return digest.hexdigest()


def _text(disk: Disk) -> str:
    if disk.size(CASE_YAML) is None:
        hint = "custody.jsonl holds its text: put it back, or write it anew and run `archiver amend`"
        raise ConfigError("case-yaml", f"{CASE_YAML} is missing", hint)
    return text_of(disk.read(CASE_YAML, 0, MAX_TEXT + 1), CASE_YAML)


def _parsed(text: str, position: Position) -> CaseFile:
    file = CaseFile.parse(text)
    if file.id != position.case:
        raise ConfigError("case-yaml", f"{CASE_YAML} has the id of another case", f"this one is {position.case}")
    return file


def _opening(disk: Disk, sha256: str) -> bytes | None:
    path = layout.private_path(sha256, "json")
    size = disk.size(path)
    return disk.read(path, 0, size) if size is not None else None
