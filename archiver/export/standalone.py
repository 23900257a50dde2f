#!/usr/bin/env python3
"""Checks a case of archiver, or an export of one, with nothing but Python 3.8 or newer.

    python3 -I verify.py [FOLDER]        FOLDER is a case, a bag, a disclosure or an unpacked WACZ; if left
                                         out, it is the folder in which this file lies

It checks, by hashes alone: the custody log (each line names the hash of the one before, has its one canonical form and
stands in its place), every file that the log names, every record of every WARC file with its digests, every seal with
its lists, its tree and the seal before it, and the proofs of a disclosure. It reads every byte of these, writes
nothing, follows no link and uses no network. The formats are those of docs/spec/ of archiver.

It does NOT check signatures and time stamps (it prints the commands that do), nor the words of manifest.yaml but for
what is sealed of them, nor every member of every event, nor what an answer of a server means, nor files in private/
beyond their names, nor whether anything that was recorded is true.

Exit: 0 nothing contradicts; 8 something does; 9 nothing does, but something could not be checked; 2 wrong usage.

From top to bottom: what is said, files, canonical JSON, WARC files, the tree, seals, the log, a case, lists of hashes,
a WACZ, a disclosure, what is left to do.
"""

from __future__ import annotations

import calendar
import hashlib
import json
import os
import re
import stat
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

MAX_LINE, MAX_SMALL, MAX_HEAD = 16 << 20, 1 << 20, 2 << 20  # bytes: of a log line, a seal or stamp, a record's head
MAX_FILES, MAX_DEPTH, MAX_TOLD, CHUNK = 5_000_000, 12, 300, 1 << 20
ZEROS, NAMESPACE = "0" * 64, "custody-seal@archiver"
HEX64, HEX32 = re.compile(r"[0-9a-f]{64}"), re.compile(r"[0-9a-f]{32}")
CASE = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
AT = re.compile(r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{6}Z")
SIGNER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}|-")
NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
TOKEN = re.compile(r"seals/([0-9]{6,12})\.([a-z0-9][a-z0-9-]{0,30})(?:\.(?:[2-9]|[1-9][0-9]{1,5}))?\.(tsq|tsr)")
DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, zlib.error)


class Report:
    """Prints what was found, in ASCII whatever a case holds, and adds it up."""

    def __init__(self) -> None:
        self.counts = {"CONTRADICTED": 0, "could not check": 0}

    def bad(self, where: str, what: str, word: str = "CONTRADICTED") -> None:
        """Something contradicts."""
        self.counts[word] += 1
        if self.counts[word] <= MAX_TOLD:
            self.say(f"{word}: {where}: {what}"[:700])

    def unsure(self, where: str, what: str) -> None:
        """Something could not be checked."""
        self.bad(where, what, "could not check")

    def wrong(self, where: str, error: Exception) -> None:
        """Something could not be done: a file that is there and cannot be read contradicts nothing."""
        unread = isinstance(error, OSError) and not isinstance(error, FileNotFoundError)
        (self.unsure if unread else self.bad)(where, str(error) or repr(error))

    def say(self, text: str = "") -> None:
        """Print a line."""
        sys.stdout.write(text.encode("unicode_escape").decode("ascii") + "\n")


class Folder:
    """The files below a folder, by name, with their sizes. Links, pipes and devices are named and never opened."""

    def __init__(self, root: Path, report: Report, label: str = "") -> None:
        self.root, self.label, self.report = root, label, report
        self.sizes: dict[str, int] = {}
        self.folders: list[str] = []
        self.real: dict[str, str] = {}  # where a file lies, if not under its own name
        waiting = [""]
        while waiting and len(self.sizes) <= MAX_FILES:
            above = waiting.pop()
            try:
                with os.scandir(root / above) as entries:
                    for entry in entries:
                        name = f"{above}/{entry.name}" if above else entry.name
                        found = entry.stat(follow_symlinks=False)
                        if stat.S_ISREG(found.st_mode):
                            self.sizes[name] = found.st_size
                        elif not stat.S_ISDIR(found.st_mode) or name.count("/") == MAX_DEPTH:
                            report.bad(label + name, "it is a link, a pipe or a device, or lies too deep")
                        else:
                            self.folders.append(name)
                            waiting.append(name)
            except OSError as error:
                report.unsure(label + above, f"the folder cannot be read: {error.strerror}")
        if waiting:
            report.unsure(label, f"there are more than {MAX_FILES} files; the rest was not looked at")

    def open(self, name: str) -> BinaryIO:
        """Open a file; this and all that follows here raise OSError."""
        if name not in self.sizes:
            raise FileNotFoundError("it is missing")
        flags = (getattr(os, flag, 0) for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))
        return os.fdopen(os.open(self.root / self.real.get(name, name), os.O_RDONLY | sum(flags)), "rb")

    def chunks(self, name: str, start: int = 0, length: int = 1 << 62) -> Iterator[bytes]:
        """Yield the bytes of a file, or some of them."""
        with self.open(name) as file:
            file.seek(start)
            data = file.read(min(CHUNK, length))
            while data:
                yield data
                length -= len(data)
                data = file.read(min(CHUNK, length))

    def hash(self, name: str, start: int = 0, length: int = 1 << 62) -> str:
        """Return the SHA-256 of a file, or of some of its bytes."""
        digest = hashlib.sha256()
        for data in self.chunks(name, start, length):
            digest.update(data)
        return digest.hexdigest()

    def small(self, name: str, limit: int = MAX_SMALL) -> bytes:
        """Return the bytes of a small file, cut where it is not small."""
        return b"".join(self.chunks(name, 0, limit))

    def check(self, file: dict[str, Any], what: str = "the log recorded") -> bool:
        """Report whether a file is there with the size and SHA-256 that are known of it."""
        path = file["path"]
        try:
            if self.hash(path) != file["sha256"] or file.get("size", self.sizes[path]) != self.sizes[path]:
                self.report.bad(self.label + path, f"its SHA-256, or its size, is not what {what}: {file['sha256']}")
        except DAMAGE as error:
            self.report.wrong(self.label + path, error)
        return path in self.sizes


def sha256(data: bytes) -> str:
    """Return the SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def canonical(value: Any, depth: int = 0) -> str:
    """Return the one form of a value (RFC 8785). Raises ValueError for what the log cannot hold."""
    if depth > 32 or (isinstance(value, int) and abs(value) >= 1 << 53) or isinstance(value, float):
        raise ValueError("it is nested too deep, or holds a number that the log cannot hold")
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: name.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(name)}:{canonical(value[name], depth + 1)}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(each, depth + 1) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def parsed(data: bytes) -> Any:
    """Return the value of canonical JSON. Raises ValueError for any other bytes."""
    value = json.loads(data.decode("utf-8"), parse_int=lambda text: int(text[:18]))
    if canonical(value).encode("utf-8") != data:
        raise ValueError("it is not in the one canonical form (RFC 8785)")
    return value


def stored(value: Any, path: str = "") -> dict[str, Any]:
    """Return the file that a member of an event names. Raises ValueError when it names none, or not that of `path`."""
    if not isinstance(value, dict) or set(value) != {"path", "size", "sha256"} or not isinstance(value["size"], int):
        raise ValueError("a file is not given by path, size and SHA-256")
    if not HEX64.fullmatch(value["sha256"]) or (path and value["path"] != path):
        raise ValueError(f"the file {value['path']} is named in the place of {path}")
    return value


class Member:
    """One gzip member (RFC 1952), unpacked piece by piece; `rest` is what follows it, as far as it was read."""

    def __init__(self, file: BinaryIO, data: bytes) -> None:
        self.rest, self.length, self.span = data, 0, hashlib.sha256()
        self._file, self._out, self._inflater = file, b"", zlib.decompressobj(31)

    def _more(self) -> bool:
        over = self._inflater.eof
        if over:
            return False
        self.rest = self.rest or self._file.read(CHUNK)
        new = self._inflater.decompress(self.rest, CHUNK)
        rest = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
        if not self.rest and not new and not self._inflater.eof:
            raise ValueError("the file ends inside a member")
        self.span.update(self.rest[: len(self.rest) - len(rest)])
        self.length += len(self.rest) - len(rest)
        self.rest, self._out = rest, self._out + new
        return True

    def read(self, size: int) -> bytes:
        """Return the next bytes, fewer than `size` only at the end."""
        while len(self._out) < size and self._more():
            pass
        taken, self._out = self._out[:size], self._out[size:]
        return taken

    def head(self) -> bytes:
        """Return what stands before the next empty line, and that. Raises ValueError when there is none."""
        while b"\r\n\r\n" not in self._out and len(self._out) < MAX_HEAD and self._more():
            pass
        return self.read(self._out.index(b"\r\n\r\n") + 4)


def record(member: Member) -> tuple[dict[str, str], bytes]:
    """Return the fields of the one record of a member (WARC 1.1), and the beginning of its block. Raises ValueError."""
    version, *lines = member.head().decode("utf-8").split("\r\n")[:-2]
    fields: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(": ")
        if not colon or not re.fullmatch(r"[A-Za-z0-9-]+", name) or re.search(r"[\x00-\x1f\x7f]", value):
            raise ValueError("a line of the head of a record is not a field")
        if name in fields and name not in ("WARC-Concurrent-To", "WARC-Protocol"):
            raise ValueError(f"the field {name} stands twice")
        fields[name] = value
    if version != "WARC/1.1" or not re.fullmatch("[0-9]{1,15}", fields["Content-Length"]):
        raise ValueError("the head is not that of a record of WARC 1.1")
    left, kept = int(fields["Content-Length"]), b""
    block, payload, behind = hashlib.sha256(), hashlib.sha256(), 0
    while left:
        data = member.read(min(left, CHUNK))
        if not data:
            raise ValueError(f"the record ends {left} bytes before its Content-Length")
        if not kept:  # the head of an HTTP message with a payload digest has at most 32,768 bytes
            behind = data.find(b"\r\n\r\n", 0, 32_768) + 4
        block.update(data)
        payload.update(data if kept else data[behind:])
        kept += data if len(kept) < MAX_LINE else b""
        left -= len(data)
    if member.read(5) != b"\r\n\r\n":
        raise ValueError("the record does not end with two empty lines where its Content-Length says")
    if fields["WARC-Block-Digest"] != f"sha256:{block.hexdigest()}":
        raise ValueError("the block does not match its WARC-Block-Digest")
    if fields.get("WARC-Payload-Digest", f"sha256:{payload.hexdigest()}") != f"sha256:{payload.hexdigest()}":
        raise ValueError("the payload does not match its WARC-Payload-Digest")
    return fields, kept


def check_warc(folder: Folder, event: dict[str, Any], asked: str, report: Report) -> int:
    """Check the WARC that the event names, and return how many records it has; every byte must belong to one.

    `asked` is the SHA-256 of the log line that requested the item, "" where that line is not here.
    """
    file, case, item = event["data"]["file"], event["case"], event["data"]["item"]
    where, found, offset, fields, block = folder.label + file["path"], [], 0, {"": ""}, b""
    if not folder.check(file):
        return 0
    try:
        with folder.open(file["path"]) as opened:
            data = opened.read(CHUNK)
            while data:
                data += opened.read(4) if len(data) < 4 else b""
                if data[:4] != b"\x1f\x8b\x08\x00":
                    raise ValueError("no plain gzip member begins there")
                member = Member(opened, data)
                fields, block = record(member)
                kind, name = fields["WARC-Type"], fields["WARC-Record-ID"].strip("<>")
                found.append([name, kind, offset, member.length, member.span.hexdigest()])
                data, offset = member.rest or opened.read(CHUNK), offset + member.length
        index = event["data"]["records"]
        if [[each[m] for m in ("id", "type", "offset", "length", "sha256")] for each in index] != found:
            report.bad(where, "its records are not those that the log lists")
        if fields.get("WARC-Target-URI") != f"urn:archiver:{case[9:]}:{item:06d}:summary" or found[0][1] != "warcinfo":
            raise ValueError("it does not begin with its warcinfo, or does not end with the summary of its item")
        if parsed(block)["requested_sha256"] != (asked or parsed(block)["requested_sha256"]):
            report.bad(where, "its summary names another log line than the one that requested the item")
    except DAMAGE as error:
        report.wrong(f"{where}, record {len(found) + 1}, at byte {offset} or after it", error)
    return len(found)


def node(left: bytes, right: bytes, mark: bytes = b"\x01") -> bytes:
    """Return the hash over two subtrees (RFC 6962); of a line as a leaf it is node(line, b"", b"\\0")."""
    return hashlib.sha256(mark + left + right).digest()


def grown(frontier: list[bytes], size: int, new: bytes) -> list[bytes]:
    """Return the full subtrees, the largest first, of a tree of `size` leaves after a new one."""
    while size & 1:
        *frontier, last = frontier
        new, size = node(last, new), size >> 1
    return [*frontier, new]


def tree_root(frontier: list[bytes]) -> str:
    """Return the root that follows from the full subtrees, the largest first."""
    root = frontier[-1]
    for left in frontier[-2::-1]:
        root = node(left, root)
    return root.hex()


def proved_root(line: bytes, index: int, size: int, proof: list[bytes]) -> str:
    """Return the root that an inclusion proof leads to (RFC 9162, 2.1.3.2). Raises IndexError when it is too short."""
    found, last, left = node(line, b"", b"\0"), size - 1, list(proof)
    while last:
        if index & 1 or index < last:
            found = node(left.pop(0), found) if index & 1 else node(found, left.pop(0))
        index, last = index >> 1, last >> 1
    return "" if left else found.hex()


SEAL_KEYS = [
    *("case", "seal", "previous-seal-sha256", "sealed-at", "log-entries", "log-offset", "log-length", "log-sha256"),
    *("log-head", "tree-root", "tree-frontier", "entries-sha256", "files-sha256"),
    *("manifest-offset", "manifest-length", "manifest-sha256", "signer"),
]


def parse_seal(data: bytes) -> dict[str, Any]:
    """Return what a seal says, numbers as such, and `first` and `last`. Raises ValueError for any other text."""
    lines = data.decode("ascii").split("\n")
    pairs = [line.partition(": ") for line in lines[1:-1]]
    if len(data) > 16_384 or lines[0] != "archiver-seal/v1" or lines[-1] or [pair[0] for pair in pairs] != SEAL_KEYS:
        raise ValueError("its lines are not those of a seal")
    seal: dict[str, Any] = {name: value for name, _, value in pairs}
    seal["first"], _, seal["last"] = seal["log-entries"].partition("-")
    seal["tree-frontier"] = seal["tree-frontier"].split(",")
    hashes = [seal[name] for name in SEAL_KEYS if name.endswith(("sha256", "head", "root"))] + seal["tree-frontier"]
    numbers = [name for name in seal if name.endswith(("offset", "length"))] + ["seal", "first", "last"]
    if not all(map(HEX64.fullmatch, hashes)) or not all(NUMBER.fullmatch(seal[name]) for name in numbers):
        raise ValueError("a hash or a number in it is not in its form")
    if not (CASE.fullmatch(seal["case"]) and AT.fullmatch(seal["sealed-at"]) and SIGNER.fullmatch(seal["signer"])):
        raise ValueError("its case, its time or its signer is not in its form")
    seal.update({name: int(seal[name]) for name in numbers})
    if not 1 <= seal["first"] <= seal["last"] or not seal["log-length"] or not seal["manifest-length"]:
        raise ValueError("it covers nothing")
    begins = {seal["first"] == 1, seal["log-offset"] == 0, seal["manifest-offset"] == 0, seal["seal"] == 1}
    if len(begins | {seal["previous-seal-sha256"] == ZEROS}) != 1:
        raise ValueError("the first seal, and only that, begins with the case")
    frontier = [bytes.fromhex(root) for root in seal["tree-frontier"]]
    if len(frontier) != bin(seal["last"]).count("1") or tree_root(frontier) != seal["tree-root"]:
        raise ValueError("its tree-root does not follow from its tree-frontier")
    return seal


def seal_name(number: int, suffix: str) -> str:
    """Return the path of a file of a seal."""
    return f"seals/{number:06d}.{suffix}"


def check_sums(folder: Folder, number: int, signed: bool, report: Report) -> None:
    """Check that the sums, which are what is time-stamped, list the seal and its signature and nothing else."""
    names, sums = (
        [seal_name(number, suffix) for suffix in ("seal", "seal.sig")[: 1 + signed]],
        seal_name(number, "sums"),
    )
    if folder.small(sums) != "".join(f"{folder.hash(name)}  {name[6:]}\n" for name in names).encode():
        report.bad(folder.label + sums, "it does not list the seal and its signature, and nothing else")


SEAL_FILES = [("file", "seal"), ("sums", "sums"), ("entries", "entries.sha256"), ("files", "files.sha256")]
MEMBERS = {"v", "case", "seq", "prev", "at", "actor", "event", "data", "nonce"}
FORMS = {"case": CASE, "prev": HEX64, "at": AT, "nonce": HEX32, "event": re.compile("[a-z]+[.][a-z]+")}


def event_of(event: Any) -> dict[str, Any]:
    """Return the event that the value of a log line is. Raises ValueError when it is none."""
    types = {"data": dict, "actor": str, "seq": int, "v": int}
    if not isinstance(event, dict) or set(event) != MEMBERS or any(type(event[x]) is not types[x] for x in types):
        raise ValueError("it does not have the nine members of an event")
    if not event["actor"] or not all(form.fullmatch(event[name]) for name, form in FORMS.items()):
        raise ValueError("one of its members is not in its form")
    return event


class Log:
    """What a log says, taken line by line."""

    def __init__(self) -> None:
        self.case, self.policy, self.newer, self.seq = "", "", False, 0
        self.hashes = bytearray()  # 32 bytes a line
        self.asked: dict[int, str] = {}  # item -> hash of the line that requested it
        self.outcomes: dict[int, tuple[int, int]] = {}  # item -> where the line of its outcome lies
        self.evidence: dict[int, tuple[str, str]] = {}  # line -> path and hash of the WARC that it names
        self.files: dict[str, dict[str, Any]] = {}  # every other file that the log names
        self.gone: set[str] = set()  # what was withheld
        self.seals: list[tuple[int, dict[str, Any]]] = []  # line and data of each seal.completed

    @property
    def lines(self) -> int:
        """How many lines were read."""
        return len(self.hashes) // 32

    def hash(self, line: int) -> str:
        """Return the SHA-256 of a line."""
        return self.hashes[32 * line - 32 : 32 * line].hex() if line else ZEROS

    def take(self, line: bytes, span: tuple[int, int]) -> Iterator[str]:
        """Take a line and where it lies; yield what contradicts. Raises `DAMAGE` for what is no event of a log."""
        number, before = self.lines + 1, self.hash(self.lines)
        self.hashes += hashlib.sha256(line).digest()
        value = parsed(line[:-1])
        self.newer = self.newer or (number == 1 and isinstance(value, dict) and value.get("v") not in (1, None))
        event = event_of(value)
        name, data = event["event"], event["data"]
        if number == 1:
            self.case, form = event["case"], str(data["format"])
            self.newer = self.newer or form != "archiver-case/1"
            if not re.fullmatch("archiver-case/[1-9][0-9]*", form):
                yield f"the format of the case is {form}"
        for member, due in (("prev", before), ("seq", self.seq + 1), ("case", self.case)):
            if event[member] != due:
                yield f"its {member} is {event[member]}, not {due}: a line was changed, put in, moved or taken out"
        if not self.newer and (event["v"] != 1 or (number == 1) != (name == "case.opened")):
            yield "it is of another version, or opens the case in the wrong place"
        self.seq = event["seq"]
        problems = list(self._event(name, data, number, span))
        yield from [] if self.newer else problems

    def _event(self, name: str, data: dict[str, Any], line: int, span: tuple[int, int]) -> Iterator[str]:
        item = data.get("item")
        if name in ("case.opened", "case.amended"):
            self.policy = str(data["case_yaml"]["text"])
        elif name == "item.requested":
            if item != len(self.asked) + 1:
                yield f"item {item} stands where item {len(self.asked) + 1} belongs"
            self.asked[int(item or 0)] = self.hash(line)
        elif name in ("item.captured", "item.failed", "item.interrupted", "item.imported") and item is not None:
            if item in self.outcomes or item not in self.asked:
                yield f"item {item} was not requested, or has an outcome already"
            self.outcomes[item] = span
            if "file" in data:
                path = f"evidence/{item // 1000:03d}/{item:06d}.warc.gz"
                self.evidence[line] = (path, stored(data["file"], path)["sha256"])
        elif name == "item.withheld":
            self.gone |= {stored(each)["path"] for each in (*data["also"], *([data["file"]] if "file" in data else []))}
        elif name == "incident.recovered":
            self.files.update({each["to"]: {**each, "path": each["to"]} for each in data["actions"] if "to" in each})
        elif name == "key.added":
            self._named(data["file"])
        elif name == "token.added":
            self._token(data["seal"], data["token"])
        elif name == "seal.completed":
            if data["seal"] != len(self.seals) + 1:
                yield f"seal {data['seal']} stands where seal {len(self.seals) + 1} belongs"
            self.seals.append((line, data))
            for member, suffix in SEAL_FILES + ([("signature", "seal.sig")] if data["signature"] else []):
                self._named(data[member], seal_name(data["seal"], suffix))
            for token in data["tokens"]:
                self._token(data["seal"], token)

    def _named(self, value: Any, path: str = "") -> str:
        self.files[value["path"]] = stored(value, path)
        return str(value["path"])

    def _token(self, seal: int, token: dict[str, Any]) -> None:
        for member, suffix in (("request", "tsq"), ("response", "tsr")):
            found = TOKEN.fullmatch(self._named(token[member]))
            if not found or (int(found[1]), found[2], found[3]) != (seal, token["authority"], suffix):
                raise ValueError("a time stamp has the path of another file")


def read_log(folder: Folder, report: Report) -> Log:
    """Read the log of a case from beginning to end."""
    log, where, at, converted = Log(), folder.label + "custody.jsonl", 0, False
    with folder.open("custody.jsonl") as file:
        raw = file.readline(MAX_LINE + 1)
        while raw.endswith(b"\n") and b"\0" not in raw:
            converted = converted or raw.endswith(b"\r\n")
            line = raw[:-2] + b"\n" if raw.endswith(b"\r\n") else raw
            try:
                for what in log.take(line, (at, len(raw))):
                    report.bad(where, f"line {log.lines}: {what}")
            except DAMAGE as error:
                (report.unsure if log.newer else report.bad)(where, f"line {log.lines}: {error!r}")
            at += len(raw)
            raw = file.readline(MAX_LINE + 1)
    if raw:
        report.unsure(where, f"from byte {at} on there are no whole lines: an interrupted write?")
    if converted or not log.lines:
        report.bad(where, "it holds no line, or its line ends were changed from LF to CR LF")
    if log.newer:
        report.unsure(where, "the case is of a newer format: nothing but its chain and files were judged")
    for item in log.asked.keys() - log.outcomes.keys():
        report.unsure(where, f"item {item} was requested and has no outcome: an interrupted write?")
    return log


def check_seals(folder: Folder, log: Log, report: Report) -> None:
    """Check each seal against what it covers: lines, lists, tree, manifest.yaml, and the seal before it."""
    due: dict[str, Any] = {"previous-seal-sha256": ZEROS, "first": 1, "log-offset": 0, "manifest-offset": 0}
    frontier: list[bytes] = []
    for number, (line, data) in enumerate(log.seals, 1):
        where, name = folder.label + seal_name(number, "seal"), ""
        try:
            seal = parse_seal(folder.small(seal_name(number, "seal")))
            found = {**due, **covered(folder, log, seal, frontier), "case": log.case, "seal": number, "last": line - 1}
            for name in [name for name in found if seal.get(name) != found[name]]:
                report.bad(where, f"its {name} is {seal.get(name)}, and the case yields {found[name]}")
            if any(data[name]["sha256"] != seal[f"{name}-sha256"] for name in ("entries", "files")):
                report.bad(where, f"log line {line} names other lists than the seal")
            check_sums(folder, number, seal["signer"] != "-", report)
            due = {"first": line, "log-offset": seal["log-offset"] + seal["log-length"]}
            due["manifest-offset"] = seal["manifest-offset"] + seal["manifest-length"]
            behind = b"".join(folder.chunks("manifest.yaml", due["manifest-offset"], 40))
            if behind and not re.match(rb"- \{?log_line: %d\D" % line, behind):
                report.bad(where, f"it does not seal manifest.yaml up to the entry of line {line}")
            frontier = [bytes.fromhex(root) for root in seal["tree-frontier"]]
            if (data["signer"] or "-") != seal["signer"] or (data["signature"] is None) != (seal["signer"] == "-"):
                report.bad(where, f"log line {line} names another signer")
        except DAMAGE as error:
            report.wrong(where, error)
        due["previous-seal-sha256"] = data["file"]["sha256"]
    left = seal_name(len(log.seals) + 1, "seal")
    if left in folder.sizes:  # as a writer that was stopped leaves it, or made up
        try:
            seal = parse_seal(folder.small(left))
            found = {**due, **covered(folder, log, seal, frontier), "case": log.case, "seal": len(log.seals) + 1}
            if any(seal.get(name) != found[name] for name in found) or seal["last"] > log.lines:
                report.bad(
                    folder.label + left, "no line of the log records it, and it is not the next seal of this log"
                )
        except DAMAGE as error:
            report.wrong(folder.label + left, error)


def covered(folder: Folder, log: Log, seal: dict[str, Any], frontier: list[bytes]) -> dict[str, Any]:
    """Return what a seal must say of the lines that it covers, and the first line that its list does not have."""
    lines, entries, odd, last = hashlib.sha256(), hashlib.sha256(), 0, b""
    files: dict[str, str] = {}
    with folder.open("custody.jsonl") as file, folder.open(seal_name(seal["seal"], "entries.sha256")) as listed:
        file.seek(seal["log-offset"])
        for number in range(seal["first"], min(seal["last"], log.lines) + 1):
            raw = file.readline(MAX_LINE)
            lines.update(raw)
            last = f"{sha256(raw)}\n".encode()
            entries.update(last)
            odd = odd or (number if listed.read(65) != last else 0)
            frontier = grown(frontier, number - 1, node(raw, b"", b"\0"))
            files.update([log.evidence[number]] if number in log.evidence else [])
        length = file.tell() - seal["log-offset"]
    return {
        **({f"list of line {odd}": "as it is now"} if odd else {}),
        "log-length": length,
        "log-sha256": lines.hexdigest(),
        "log-head": last[:-1].decode(),
        "tree-root": tree_root(frontier),
        "entries-sha256": entries.hexdigest(),
        "files-sha256": sha256("".join(f"{files[path]}  {path}\n" for path in sorted(files)).encode()),
        "manifest-sha256": folder.hash("manifest.yaml", seal["manifest-offset"], seal["manifest-length"]),
    }


def check_case(folder: Folder, report: Report, handed_out: bool) -> int:
    """Check a case folder, and return the number of its newest seal; `handed_out`: quarantine/ may be left out."""
    count = 0
    for name in ("custody.jsonl", "manifest.yaml", "case.yaml"):
        if name not in folder.sizes:
            report.bad(folder.label + name, "it is missing")
    log = read_log(folder, report) if "custody.jsonl" in folder.sizes else Log()
    for item, (at, length) in log.outcomes.items():
        event = json.loads(b"".join(folder.chunks("custody.jsonl", at, length)))
        if "file" in event["data"] and event["data"]["file"]["path"] not in log.gone:
            count += check_warc(folder, event, "" if log.newer else log.asked.get(item, ""), report)
    for path, file in log.files.items():
        if path not in log.gone and not (handed_out and path.startswith("quarantine/") and path not in folder.sizes):
            folder.check(file)
    if not log.newer:
        check_seals(folder, log, report)
        if "manifest.yaml" in folder.sizes:
            check_manifest(folder, log, report)
    check_names(folder, log, report)
    if "case.yaml" in folder.sizes and not log.newer:
        given, said = folder.small("case.yaml").split(b"\n"), log.policy.encode().split(b"\n")
        if len(given) != len(said) or any(g != s and b"commit:sha256:" not in s for g, s in zip(given, said)):  # noqa: B905
            report.bad(folder.label + "case.yaml", "it is not the text that the log recorded")
    report.say(f"read: {log.lines} log lines, {len(log.asked)} items, {count} records, {len(log.seals)} seals")
    return len(log.seals)


def check_names(folder: Folder, log: Log, report: Report) -> None:
    """Check that nothing lies in the folder that the log does not explain."""
    known = {*log.files, *(path for path, _ in log.evidence.values())} - log.gone
    known |= {"case.yaml", "custody.jsonl", "manifest.yaml", ".lock"}
    left, open_items = len(log.seals) + 1, log.asked.keys() - log.outcomes.keys()
    made = r"seal|seal[.]sig|sums|files[.]sha256|entries[.]sha256|[a-z0-9-]+(?:[.][0-9]+)?[.]ts[qr]"
    stopped = rf"seals/{left:06d}[.](?:{made})(?:[.]part)?|quarantine/{log.lines + 1:06d}-.+"
    stopped += "|(?:seals|trust|private)/.+" if folder.sizes.get(".lock") else "|private/.+[.]part"
    for name in sorted(folder.sizes.keys() - known):
        item = re.fullmatch(r"evidence/[0-9]+/([0-9]{6,12})[.].+", name)
        unfinished = re.fullmatch(stopped, name) or name in log.gone or (item and int(item[1]) in open_items)
        if re.fullmatch(r"private/[0-9a-f]{64}\.(json|bin)", name):
            folder.check({"path": name, "sha256": name[8:72]}, "its name says")
        elif unfinished or log.newer:
            report.unsure(folder.label + name, "the log does not explain it: an interrupted write?")
        else:
            report.bad(folder.label + name, "the log does not explain it")
    for name in folder.folders:
        if not re.fullmatch(r"evidence(/[0-9]{3}|/[1-9][0-9]{3,})?|private|quarantine|seals|trust", name):
            report.bad(folder.label + name, "no case has a folder of this name")


def check_manifest(folder: Folder, log: Log, report: Report) -> None:
    """Check that the entries of manifest.yaml name the lines of the log, one after the other, by their hashes."""
    entry = re.compile(rb'- (?:\{log_line: ([0-9]{1,15}), log_sha256: "([0-9a-f]{64})"|log_line: ([0-9]{1,15})$)')
    where, count = folder.label + "manifest.yaml", 0
    with folder.open("manifest.yaml") as file:
        for text in iter(lambda: file.readline(MAX_LINE), b""):
            if text.startswith(b"- "):
                count, found = count + 1, entry.match(text)
                line, sha = (found[1] or found[3], found[2] or file.readline(99)[15:79]) if found else (b"", b"")
                if line + sha != f"{count}{log.hash(count)}".encode():
                    report.bad(where, f"its entry {count} is not that of line {count} of the log")
            elif b"\0" in text:
                report.unsure(where, f"there is a hole behind its entry {count}: an interrupted write?")
    if count != log.lines:
        (report.unsure if count < log.lines else report.bad)(where, f"it has {count} entries for {log.lines} lines")


def check_list(folder: Folder, name: str, which: str, report: Report) -> None:
    """Check a list of sha256sum: each file in it, and that all files are in it whose names begin with that pattern."""
    listed: set[str] = set()
    for line in b"".join(folder.chunks(name)).decode("utf-8", "surrogateescape").split("\n")[:-1]:
        if not HEX64.fullmatch(line[:64]) or line[64:66] != "  " or line[66:] in listed:
            report.bad(name, f"a line is none of sha256sum, or names a file again: {line[:200]}")
        listed.add(line[66:])
        folder.check({"path": line[66:], "sha256": line[:64]}, f"{name} says")
    for path in sorted(folder.sizes.keys() - listed - {name}):
        if re.match(which, path) and path != "tagmanifest-sha256.txt":
            report.bad(path, f"{name} does not list it")


def check_wacz(folder: Folder, report: Report) -> list[int]:
    """Check an unpacked WACZ against its lists, and the case in it, if it has one; return the number of its seal."""
    package = folder.small("datapackage.json", MAX_LINE)
    if json.loads(folder.small("datapackage-digest.json"))["hash"] != f"sha256:{sha256(package)}":
        report.bad("datapackage.json", "its SHA-256 is not that of datapackage-digest.json")
    listed = {"datapackage.json", "datapackage-digest.json"}
    for each in json.loads(package)["resources"]:
        folder.check({"path": each["path"], "sha256": each["hash"][7:], "size": each["bytes"]}, "datapackage.json says")
        listed.add(each["path"])
    for name in sorted(folder.sizes.keys() - listed):
        report.bad(name, "datapackage.json does not list it")
    if "custody/custody.jsonl" not in folder.sizes:
        report.say("there is no log in it: nothing but these hashes was checked")
        return []
    for name in folder.sizes:  # as the same files lie in a case
        item = re.fullmatch(r"archive/([0-9]{6,12})\.warc\.gz", name)
        if item or re.match("(custody|seals|trust)/", name):
            inner = f"evidence/{int(item[1]) // 1000:03d}/{name[8:]}" if item else name.replace("custody/", "", 1)
            folder.real[inner] = name
    folder.sizes = {inner: folder.sizes[name] for inner, name in folder.real.items()}
    folder.folders = []
    return [check_case(folder, report, handed_out=True)]


def check_disclosure(folder: Folder, report: Report) -> list[int]:
    """Check single lines of a log against the seals that cover them; return the numbers of the seals."""
    seals: dict[int, dict[str, Any]] = {}
    check_list(folder, "SHA256SUMS", "", report)
    for name in sorted(name for name in folder.sizes if re.fullmatch(r"seals/[0-9]{6,12}\.seal", name)):
        try:
            seal = parse_seal(folder.small(name))
            seals[seal["seal"]], entries = seal, seal_name(seal["seal"], "entries.sha256")
            size = 65 * (seal["last"] - seal["first"] + 1)
            head = b"".join(folder.chunks(entries, size - 65, 66))
            if folder.hash(entries) != seal["entries-sha256"] or head != f"{seal['log-head']}\n".encode():
                report.bad(entries, "it is not the list that the seal names, or does not end with its last line")
            check_sums(folder, int(name[6:-5]), seal["signer"] != "-", report)
        except DAMAGE as error:
            report.wrong(name, error)
    asked: dict[int, str] = {}
    outcomes: list[dict[str, Any]] = []
    for name in sorted(name for name in folder.sizes if name.startswith("lines/")):
        try:
            line, proof = folder.small(name, MAX_LINE), json.loads(folder.small(f"proofs/{name[6:]}"))
            event = event_of(parsed(line[:-1]))
            at = event["seq"]
            seal = next(each for each in seals.values() if each["first"] <= at <= each["last"])
            entry = b"".join(folder.chunks(seal_name(seal["seal"], "entries.sha256"), 65 * (at - seal["first"]), 65))
            root = proved_root(line, at - 1, seal["last"], [bytes.fromhex(each) for each in proof["hashes"]])
            if entry != f"{sha256(line)}\n".encode() or event["case"] != seal["case"] or name != f"lines/{at:06d}.json":
                report.bad(name, "it is not the line that the list of its seal has there")
            if (proof["line"], proof["tree_size"], root) != (at, seal["last"], seal["tree-root"]):
                report.bad(name, "its proof does not lead to the tree-root of its seal")
            if event["event"] == "item.requested":
                asked[event["data"]["item"]] = sha256(line)
            elif "records" in event["data"] and "file" in event["data"]:
                outcomes.append(event)
        except (StopIteration, *DAMAGE) as error:
            report.wrong(name, error)
    warcs = {name for name in folder.sizes if name.startswith("evidence/")}
    for event in outcomes:
        if event["data"]["file"]["path"] in warcs:
            check_warc(folder, event, asked.get(event["data"]["item"], ""), report)
    for name in sorted(warcs - {event["data"]["file"]["path"] for event in outcomes}):
        report.bad(name, "no line that is disclosed names it")
    told = json.loads(folder.small("disclosure.json", MAX_LINE))
    lines = sorted(name for name in folder.sizes if name.startswith("lines/"))
    if sorted(each["file"] for each in told["lines"]) != lines or {told["case"]} != {s["case"] for s in seals.values()}:
        report.bad("disclosure.json", "it is not about this case, or not about these lines")
    return sorted(seals)


def left_to_do(folder: Folder, number: int, report: Report) -> None:
    """Print the commands for what only ssh-keygen and openssl can check of a seal."""
    base = f"{number:06d}"
    report.say(f"left to do for seal {number}, in {folder.label}seals/, with keys and roots that come from elsewhere:")
    try:
        signer = parse_seal(folder.small(f"seals/{base}.seal"))["signer"]
        if signer != "-":
            who = f"-f ~/outside/allowed_signers -I {signer} -n {NAMESPACE}"
            report.say(f"  ssh-keygen -Y verify {who} -s {base}.seal.sig < {base}.seal")
        for name in sorted(folder.sizes):
            if TOKEN.fullmatch(name) and name.startswith(f"seals/{base}.") and name.endswith(".tsr"):
                at = re.search(rb"\x18.(20[0-9]{12})(?:\.[0-9]+)?Z", folder.small(name))  # the first is the stamp's
                epoch = calendar.timegm(time.strptime(at[1].decode(), "%Y%m%d%H%M%S")) if at else 0
                tail = f"-in {name[6:]} -CAfile ~/outside/tsa-roots.pem -attime {epoch}"
                report.say(f"  openssl ts -verify -data {base}.sums {tail}")
    except DAMAGE as error:
        report.wrong(f"seal {number}", error)


def main(arguments: list[str]) -> int:
    """Check the folder that was named and return the exit code."""
    root, report = Path(arguments[0]) if arguments else Path(__file__).parent, Report()
    if len(arguments) > 1 or not root.is_dir():
        sys.stdout.write("usage: python3 -I verify.py [FOLDER]\n")
        return 2
    folder = Folder(root, report)
    try:
        if "disclosure.json" in folder.sizes:
            seals = check_disclosure(folder, report)
        elif "bagit.txt" in folder.sizes:
            for name, which in (("tagmanifest-sha256.txt", "(?!data/)"), ("manifest-sha256.txt", "data/")):
                check_list(folder, name, which, report)
            folder = Folder(root / "data", report, "data/")
            seals = [check_case(folder, report, handed_out=True)]
        else:
            wacz = "datapackage.json" in folder.sizes
            seals = check_wacz(folder, report) if wacz else [check_case(folder, report, handed_out=False)]
        for number in filter(None, seals):
            left_to_do(folder, number, report)
    except (MemoryError, *DAMAGE) as error:
        report.unsure(str(root), f"the reading was given up: {error!r}")
    bad, unsure = report.counts.values()
    report.say("not checked here: signatures, time stamps, the words of manifest.yaml, and whether anything is true")
    if bad or unsure:
        report.say(f"result: {bad} contradictions, {unsure} could not be checked")
        return 8 if bad else 9
    report.say("result: nothing contradicts: these files are those that log and seals name, as far as hashes can tell")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
