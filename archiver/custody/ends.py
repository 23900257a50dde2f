"""How far log and manifest of a case can be trusted, found from their ends (docs/spec/custody-log.md §7). Reads only.

The cost does not depend on the length of the case: a few kilobytes from the end of both files.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from archiver import canon
from archiver.custody.log import GENESIS, MAX_LINE, Event, is_hole, parse_line
from archiver.custody.manifest import HEAD_SIZE, block, block_head, rendered
from archiver.errors import CaseError

CHUNK = 1 << 16
WINDOW = 1 << 16  # docs/spec/manifest.md §5: more than this of the manifest is never unsynced, but for one long entry

Read = Callable[[int, int], bytes]  # (offset, length) -> bytes, fewer at the end only


@dataclass(frozen=True, slots=True)
class Ends:
    """Where the sound part of both files ends.

    The manifest vouches for the first `vouched` lines of the log, which end at byte `vouched_end`, the last of them
    with the hash `vouched_head`; its own entries for them end at `manifest_end`. The log has `lines` sound lines, which
    end at `log_end`; what follows up to `log_size` is a torn tail. `doubtful` is where the last write to the manifest
    may have begun: from there on its bytes may be in memory only, if its sync failed.
    """

    vouched: int
    vouched_end: int
    vouched_head: str
    lines: int
    log_end: int
    log_size: int
    manifest_end: int
    manifest_size: int
    doubtful: int


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    head: str
    log_end: int
    start: int
    end: int


def find_ends(log: Read, log_size: int, manifest: Read, manifest_size: int) -> Ends:
    """Return where the sound part of log and manifest ends.

    Raises `CaseError` ("damaged") when what is there is not what an interrupted write can leave: then nothing may be
    written before somebody has looked.
    """
    manifest = _with_end_in_memory(manifest, manifest_size)
    entry = _last_sound_entry(log, _after_last_line(log, log_size), manifest, manifest_size)
    entry = entry or _Entry(0, GENESIS, 0, 0, 0)
    lines, log_end, written = entry.line, entry.log_end, entry.end
    for event, raw in sound_lines(log, entry.log_end, log_size, entry.line, entry.head):
        expected = rendered(event, canon.sha256_hex(raw))
        _require_torn(manifest, written, manifest_size, expected)
        written += len(expected)
        log_end += len(raw)
        lines += 1
    if written < manifest_size:
        raise damaged("manifest.yaml goes on where the log ends")
    doubtful = max(0, min(entry.start, entry.end - WINDOW))
    return Ends(entry.line, entry.log_end, entry.head, lines, log_end, log_size, entry.end, manifest_size, doubtful)


def sound_lines(log: Read, start: int, size: int, before: int, head: str) -> Iterator[tuple[Event, bytes]]:
    """Yield (event, raw line) from byte `start`, which follows line `before` with the hash `head`, up to a first hole.

    Raises `CaseError` ("damaged") for a line that is whole and yet no event, or out of sequence.
    """
    for raw in lines_forwards(log, start, size):
        if is_hole(raw):
            return
        before += 1
        event = parsed(raw, before)
        if event.seq != before or event.prev != head:
            raise damaged(f"line {before} of custody.jsonl does not continue the one before")
        head = canon.sha256_hex(raw)
        yield event, raw


def lines_forwards(read: Read, start: int, size: int) -> Iterator[bytes]:
    """Yield the raw lines from byte `start` to `size`, the last one perhaps without LF; a longer one than any may be
    comes cut to `MAX_LINE` bytes, without LF, and is the last."""
    buffer = b""
    while start < size or buffer:
        end = buffer.find(b"\n", 0, MAX_LINE) + 1
        if end:
            yield buffer[:end]
            buffer = buffer[end:]
        elif start == size or len(buffer) >= MAX_LINE:
            yield buffer[:MAX_LINE]
            return
        else:
            piece = read(start, min(max(CHUNK, len(buffer)), size - start))
            start = start + len(piece) if piece else size
            buffer += piece


def lines_backwards(read: Read, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield (offset, raw line) from the line that ends at byte `end` back to the first.

    Raises `CaseError` ("damaged") for a line longer than any may be.
    """
    buffer = b""
    start = end
    while start or buffer:
        cut = buffer.rfind(b"\n", 0, max(len(buffer) - 1, 0)) + 1
        if len(buffer) - cut > MAX_LINE:
            raise damaged(f"a line of custody.jsonl is longer than {MAX_LINE} bytes")
        if cut or (start == 0 and buffer):
            yield start + cut, buffer[cut:]
            buffer = buffer[:cut]
            continue
        step = min(max(CHUNK, len(buffer)), start)
        start -= step
        buffer = read(start, step) + buffer


def parsed(raw: bytes, number: int) -> Event:
    """Return the event of `raw`. Raises `CaseError` ("damaged") when it is none."""
    try:
        return parse_line(raw)
    except ValueError as exc:
        raise damaged(f"line {number} of custody.jsonl is not an event: {exc}") from exc


def damaged(why: str) -> CaseError:
    """Return the refusal to write to a case that holds more than an interrupted write explains."""
    return CaseError(
        "damaged",
        why,
        "nothing was changed; archiver verify says what it means. An edited manifest.yaml can be moved elsewhere: "
        "archiver recover writes it anew",
    )


def _with_end_in_memory(read: Read, size: int) -> Read:
    start = max(0, size - 2 * WINDOW)
    end = read(start, size - start) if size else b""
    return lambda offset, length: (
        end[offset - start : offset - start + length] if offset >= start else read(offset, length)
    )


def _after_last_line(read: Read, size: int) -> int:
    end = size
    while end:
        start = max(0, end - CHUNK)
        cut = read(start, end - start).rfind(b"\n")
        if cut >= 0:
            return start + cut + 1
        end = start
    return 0


def _last_sound_entry(log: Read, log_end: int, manifest: Read, manifest_size: int) -> _Entry | None:
    """Return the last entry of the manifest that agrees with its line, as do those before it within the window."""
    lines = _events_backwards(log, log_end)
    line = next(lines, None)
    last = line[1].seq if line else 0
    found: _Entry | None = None
    upper: _Entry | None = None  # the entry after the one that is looked at, when that agreed
    for start in _entry_starts_backwards(manifest, manifest_size):
        head = block_head(manifest(start, HEAD_SIZE))
        if head is not None and head[0] > last:
            raise damaged(f"manifest.yaml names line {head[0]}, and the log ends with line {last}")
        while head is not None and line is not None and line[1].seq > head[0]:
            line = next(lines, None)
        entry = _agreeing(line, head, start, manifest)
        if entry is None or (upper is not None and entry.end != upper.start):
            found = None
        upper = entry
        found = found or entry
        if found is not None and manifest_size - start > WINDOW:
            break
    return found


def _agreeing(
    line: tuple[int, Event, bytes] | None, head: tuple[int, str] | None, start: int, manifest: Read
) -> _Entry | None:
    if line is None or head is None:
        return None
    offset, event, raw = line
    if event.seq != head[0] or canon.sha256_hex(raw) != head[1]:
        return None
    expected = block(event, head[1])
    if manifest(start, len(expected)) != expected:
        return None
    return _Entry(event.seq, head[1], offset + len(raw), start, start + len(expected))


def _events_backwards(log: Read, end: int) -> Iterator[tuple[int, Event, bytes]]:
    # What is no event is passed over: whether a hole or damage, the walk forwards finds it.
    for offset, raw in lines_backwards(log, end):
        try:
            yield offset, parse_line(raw), raw
        except ValueError:
            continue


def _entry_starts_backwards(read: Read, size: int) -> Iterator[int]:
    end = size
    while end > 0:
        start = max(0, end - CHUNK)
        piece = read(start, min(end + 2, size) - start)  # two bytes more, for a start that lies across the border
        at = len(piece)
        while (at := piece.rfind(b"\n- ", 0, at)) >= 0:
            yield start + at + 1
            at += 2
        end = start


def _require_torn(manifest: Read, start: int, size: int, expected: bytes) -> None:
    found = manifest(start, min(len(expected), size - start)) if start < size else b""
    if any(byte not in {0, wanted} for byte, wanted in zip(found, expected, strict=False)):
        raise damaged("manifest.yaml does not agree with the end of the log")
