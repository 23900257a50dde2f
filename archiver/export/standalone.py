#!/usr/bin/env python3
"""Checks a case of archiver, or an export of one, with nothing but Python 3.8 or newer.

    python3 -I verify.py [FOLDER]        FOLDER is a case, a bag, a disclosure or an unpacked WACZ; if left
                                         out, it is the folder in which this file lies

It checks, by hashes alone: the custody log (each line names the hash of the one before, has its one canonical form and
stands in its place), every file that the log names, every record of every WARC file with its digests, every seal with
its lists, its tree and the seal before it, and the proofs of a disclosure. It reads every byte of these, writes
nothing, follows no link and uses no network. The formats are those of docs/spec/ of archiver.

It does NOT check signatures and time stamps (it prints the commands that do), nor the words of manifest.yaml but for
what is sealed of them, nor every member of every event, nor which records a WARC file must hold, nor what an answer of
a server means, nor files in private/ beyond their names, nor whether anything that was recorded is true.

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
MAX_FILES, MAX_DEPTH, MAX_TOLD, CHUNK = 2_000_000, 12, 300, 1 << 16
ZEROS, NAMESPACE = "0" * 64, "custody-seal@archiver"
HEX64, HEX32, NUMBER = "[0-9a-f]{64}", "[0-9a-f]{32}", "(?:0|[1-9][0-9]{0,15})"
CASE = "urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
AT = r"[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]\.[0-9]{6}Z"
SIGNER = "[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}|-"
TOKEN = re.compile(r"seals/([0-9]{6,12})\.([a-z0-9][a-z0-9-]{0,30})(?:\.(?:[2-9]|[1-9][0-9]{1,5}))?\.(tsq|tsr)")
OUTCOMES = ("item.captured", "item.failed", "item.interrupted", "item.imported")
DAMAGE = (OSError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, zlib.error)


class Report:
    """Prints what was found, in ASCII whatever a case holds, and adds it up."""

    def __init__(self) -> None:
        self.bads = self.unsures = 0

    def bad(self, where: str, what: str) -> None:
        """Something contradicts."""
        self.bads += 1
        if self.bads <= MAX_TOLD:
            self.say(f"CONTRADICTED: {where}: {what}"[:700])

    def unsure(self, where: str, what: str) -> None:
        """Something could not be checked."""
        self.unsures += 1
        if self.unsures <= MAX_TOLD:
            self.say(f"could not check: {where}: {what}"[:700])

    def wrong(self, where: str, error: Exception) -> None:
        """Something could not be done: a file that is there and cannot be read contradicts nothing."""
        if isinstance(error, OSError) and not isinstance(error, FileNotFoundError):
            self.unsure(where, f"it cannot be read: {error.strerror}")
        elif isinstance(error, (OSError, ValueError)):
            self.bad(where, str(error))
        else:
            self.bad(where, f"something in it is missing, or is not what it must be: {error!r}")

    def follows(self, where: str, what: str) -> None:
        """Something contradicts, unless it is because of what could not be read before."""
        (self.unsure if self.unsures else self.bad)(where, what)

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
        while waiting and len(self.sizes) + len(self.folders) <= MAX_FILES:
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
    """Return the value of a line of canonical JSON. Raises ValueError for any other bytes."""
    value = json.loads(data.decode("utf-8"), parse_int=lambda text: int(text[:18]))
    if canonical(value).encode("utf-8") + b"\n" != data:
        raise ValueError("it is not a line in the one canonical form (RFC 8785)")
    return value


def stored(value: Any, path: str = "") -> dict[str, Any]:
    """Return the file that a member of an event names. Raises ValueError when it names none, or not that of `path`."""
    if not isinstance(value, dict) or set(value) != {"path", "size", "sha256"} or not isinstance(value["size"], int):
        raise ValueError("a file is not given by path, size and SHA-256")
    if not re.fullmatch(HEX64, value["sha256"]) or (path and value["path"] != path):
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
    due = {"WARC-Type", "WARC-Record-ID", "WARC-Date", "WARC-Block-Digest", "Content-Length"} - fields.keys()
    if version != "WARC/1.1" or due or not re.fullmatch("[0-9]{1,15}", fields["Content-Length"]):
        raise ValueError(f"the head is not that of a record of WARC 1.1 {' '.join(sorted(due))}")
    left, kept = int(fields["Content-Length"]), bytearray()
    block, payload, behind = hashlib.sha256(), hashlib.sha256(), -1
    while left:
        data = member.read(min(left, CHUNK))
        if not data:
            raise ValueError(f"the record ends {left} bytes before its Content-Length")
        if behind < 0:  # the head of an HTTP message with a payload digest has at most 32,768 bytes
            behind = data.find(b"\r\n\r\n", 0, 32_768) + 4
            payload.update(data[behind:])
        else:
            payload.update(data)
        block.update(data)
        kept += data if len(kept) < MAX_LINE else b""
        left -= len(data)
    if member.read(5) != b"\r\n\r\n":
        raise ValueError("the record does not end with two empty lines where its Content-Length says")
    if fields["WARC-Block-Digest"] != f"sha256:{block.hexdigest()}":
        raise ValueError("the block does not match its WARC-Block-Digest")
    if fields.get("WARC-Payload-Digest", f"sha256:{payload.hexdigest()}") != f"sha256:{payload.hexdigest()}":
        raise ValueError("the payload does not match its WARC-Payload-Digest")
    return fields, bytes(kept)


def check_warc(folder: Folder, event: dict[str, Any], asked: str, report: Report) -> int:
    """Check the WARC that the event names, and return how many records it has; every byte must belong to one.

    `asked` is the SHA-256 of the log line that requested the item, "" where that line is not here.
    """
    file, case, item = event["data"]["file"], event["case"], event["data"]["item"]
    where, count, same, offset, first, fields, block = folder.label + file["path"], 0, True, 0, "", {"": ""}, b""
    if not folder.check(file):
        return 0
    try:
        index = event["data"]["records"]
        with folder.open(file["path"]) as opened:
            data = opened.read(CHUNK)
            while data:
                data += opened.read(4) if len(data) < 4 else b""
                if data[:4] != b"\x1f\x8b\x08\x00":
                    raise ValueError("no plain gzip member begins there")
                member = Member(opened, data)
                fields, block = record(member)
                kind, name = fields["WARC-Type"], fields["WARC-Record-ID"].strip("<>")
                span = {"offset": offset, "length": member.length, "sha256": member.span.hexdigest()}
                same = same and count < len(index) and index[count] == {"id": name, "type": kind, **span}
                first, count = first or kind, count + 1
                data, offset = member.rest or opened.read(CHUNK), offset + member.length
        if not same or count != len(index) or count != len({each["id"] for each in index}):
            report.bad(where, "its records are not those that the log lists")
        if fields.get("WARC-Target-URI") != f"urn:archiver:{case[9:]}:{item:06d}:summary" or first != "warcinfo":
            raise ValueError("it does not begin with its warcinfo, or does not end with the summary of its item")
        summary = parsed(block + b"\n")
        if summary["requested_sha256"] != (asked or summary["requested_sha256"]):
            report.bad(where, "its summary names another log line than the one that requested the item")
    except DAMAGE as error:
        report.wrong(f"{where}, record {count + 1}, at byte {offset} or after it", error)
    return count


def node(left: bytes, right: bytes, mark: bytes = b"\x01") -> bytes:
    """Return the hash over two subtrees (RFC 6962); of a line as a leaf it is node(line, b"", b"\\0")."""
    return hashlib.sha256(mark + left + right).digest()


def tree_root(frontier: list[bytes]) -> str:
    """Return the root that follows from the full subtrees, the largest first."""
    root = frontier[-1]
    for left in frontier[-2::-1]:
        root = node(left, root)
    return root.hex()


def proved_root(line: bytes, index: int, size: int, proof: list[bytes]) -> str:
    """Return the root that an inclusion proof leads to (RFC 9162, 2.1.3.2), "" for one that is none."""
    found, last, left = node(line, b"", b"\0"), size - 1, proof[::-1]
    while last and left:
        if index & 1 or index < last:
            found = node(left.pop(), found) if index & 1 else node(found, left.pop())
        index, last = index >> 1, last >> 1
    return "" if left or last else found.hex()


SEAL = [  # the keys of a seal, in order, with the forms of their values
    *(("case", CASE), ("seal", NUMBER), ("previous-seal-sha256", HEX64), ("sealed-at", AT)),
    *(("log-entries", f"{NUMBER}-{NUMBER}"), ("log-offset", NUMBER), ("log-length", NUMBER), ("log-sha256", HEX64)),
    *(("log-head", HEX64), ("tree-root", HEX64), ("tree-frontier", f"{HEX64}(?:,{HEX64})*"), ("entries-sha256", HEX64)),
    *(("files-sha256", HEX64), ("manifest-offset", NUMBER), ("manifest-length", NUMBER), ("manifest-sha256", HEX64)),
    ("signer", SIGNER),
]


def parse_seal(data: bytes) -> dict[str, Any]:
    """Return what a seal says, numbers as such, and `first` and `last`. Raises ValueError for any other text."""
    lines = "".join(f"{name}: ({form})\n" for name, form in SEAL)
    found = re.fullmatch(f"archiver-seal/v1\n{lines}", data.decode("ascii"))
    if not found or len(data) > 16_384:
        raise ValueError("its lines are not those of a seal")
    seal: dict[str, Any] = {name: found[at] for at, (name, _) in enumerate(SEAL, 1)}
    seal.update({name: int(seal[name]) for name, form in SEAL if form is NUMBER})
    seal["first"], seal["last"] = map(int, seal["log-entries"].split("-"))
    if not 1 <= seal["first"] <= seal["last"] < 1 << 53 or not seal["log-length"] or not seal["manifest-length"]:
        raise ValueError("it covers nothing")
    begins = {seal["first"] == 1, seal["log-offset"] == 0, seal["manifest-offset"] == 0, seal["seal"] == 1}
    if len(begins | {seal["previous-seal-sha256"] == ZEROS}) != 1:
        raise ValueError("the first seal, and only that, begins with the case")
    seal["frontier"] = [bytes.fromhex(root) for root in seal["tree-frontier"].split(",")]
    if len(seal["frontier"]) != bin(seal["last"]).count("1") or tree_root(seal["frontier"]) != seal["tree-root"]:
        raise ValueError("its tree-root does not follow from its tree-frontier")
    return seal


def seal_name(number: int, suffix: str) -> str:
    """Return the path of a file of a seal."""
    return f"seals/{number:06d}.{suffix}"


def check_sums(folder: Folder, number: int, signed: bool, report: Report) -> None:
    """Check that the sums, which are what is time-stamped, list the seal and its signature and nothing else."""
    names, sums = [seal_name(number, "seal"), seal_name(number, "seal.sig")][: 1 + signed], seal_name(number, "sums")
    if folder.small(sums) != "".join(f"{folder.hash(name)}  {name[6:]}\n" for name in names).encode():
        report.bad(folder.label + sums, "it does not list the seal and its signature, and nothing else")


def warc_of(item: Any) -> str:
    """Return the path of the WARC of an item."""
    return f"evidence/{item // 1000:03d}/{item:06d}.warc.gz"


class Covered:
    """What the lines since the last seal add up to, as the seal over them has to say it."""

    def __init__(self, first: int, offset: int, frontier: list[bytes]) -> None:
        self.first, self.last, self.offset, self.length = first, first - 1, offset, 0
        self.frontier, self.digest = frontier, hashlib.sha256()
        self.entries = bytearray()
        self.files: dict[str, str] = {}  # path and hash of the WARCs that these lines name

    def add(self, line: bytes) -> None:
        """Take the next line."""
        new, size = node(line, b"", b"\0"), self.last
        while size & 1:
            *self.frontier, left = self.frontier
            new, size = node(left, new), size >> 1
        self.frontier = [*self.frontier, new]
        self.last, self.length = self.last + 1, self.length + len(line)
        self.digest.update(line)
        self.entries += f"{sha256(line)}\n".encode()

    def facts(self) -> dict[str, Any]:
        """Return what a seal over these lines says."""
        listed = "".join(f"{self.files[path]}  {path}\n" for path in sorted(self.files))
        log = {"log-offset": self.offset, "log-length": self.length, "log-sha256": self.digest.hexdigest()}
        lists = {"entries-sha256": sha256(bytes(self.entries)), "files-sha256": sha256(listed.encode())}
        ends = {"log-head": self.entries[-65:-1].decode(), "tree-root": tree_root(self.frontier)}
        return {"first": self.first, "last": self.last, **log, **lists, **ends}


SEAL_FILES = [("file", "seal"), ("sums", "sums"), ("entries", "entries.sha256"), ("files", "files.sha256")]
MEMBERS = {"v", "case", "seq", "prev", "at", "actor", "event", "data", "nonce"}
FORMS = {"case": CASE, "prev": HEX64, "at": AT, "nonce": HEX32, "event": "[a-z]+[.][a-z]+"}


def event_of(event: Any) -> dict[str, Any]:
    """Return the event that the value of a log line is. Raises ValueError when it is none."""
    types = {"data": dict, "actor": str, "seq": int, "v": int}
    if not isinstance(event, dict) or set(event) != MEMBERS or any(type(event[x]) is not types[x] for x in types):
        raise ValueError("it does not have the nine members of an event")
    if not event["actor"] or not all(re.fullmatch(FORMS[name], event[name]) for name in FORMS):
        raise ValueError("one of its members is not in its form")
    return event


class Log:
    """The log of a case, read once from beginning to end; each seal is judged where a line records it."""

    def __init__(self, folder: Folder, report: Report) -> None:
        self.folder, self.report, self.where = folder, report, folder.label + "custody.jsonl"
        self.case, self.policy, self.newer, self.seq, self.previous = "", "", False, 0, ZEROS
        self.hashes = bytearray()  # 32 bytes a line
        self.asked: dict[int, str] = {}  # item -> hash of the line that requested it
        self.outcomes: dict[int, tuple[int, int]] = {}  # item -> where the line of its outcome lies
        self.evidence: set[str] = set()  # the WARCs that the log names
        self.files: dict[str, dict[str, Any]] = {}  # every other file that the log names
        self.gone: set[str] = set()  # what was withheld
        self.seals = 0
        self.covered = Covered(1, 0, [])
        self.listed, self.relied = 0, True  # up to where seals cover manifest.yaml, and whether that is known
        self._read()

    @property
    def lines(self) -> int:
        """How many lines were read."""
        return len(self.hashes) // 32

    def hash(self, line: int) -> str:
        """Return the SHA-256 of a line."""
        return self.hashes[32 * line - 32 : 32 * line].hex() if line else ZEROS

    def bad(self, what: str) -> None:
        """Something contradicts about the line read last; what it means in a newer format is not known here."""
        if not self.newer:
            self.report.bad(self.where, f"line {self.lines}: {what}")

    def _read(self) -> None:
        at, converted = 0, False
        with self.folder.open("custody.jsonl") as file:
            raw = file.readline(MAX_LINE + 1)
            while raw.endswith(b"\n") and b"\0" not in raw:
                converted = converted or raw.endswith(b"\r\n")
                line = raw[:-2] + b"\n" if raw.endswith(b"\r\n") else raw
                try:
                    self._take(line, (at, len(raw)))
                except DAMAGE as error:
                    (self.report.unsure if self.newer else self.report.bad)(self.where, f"line {self.lines}: {error!r}")
                self.covered.add(line)
                at += len(raw)
                raw = file.readline(MAX_LINE + 1)
        if len(raw) > MAX_LINE:
            self.report.bad(self.where, f"line {self.lines + 1} is longer than any may be; the rest was not read")
        elif raw:
            self.report.unsure(self.where, f"from byte {at} on there are no whole lines: an interrupted write?")
        if converted or not self.lines:
            self.report.bad(self.where, "it holds no line, or its line ends were changed from LF to CR LF")
        if self.newer:
            self.report.unsure(self.where, "the case is of a newer format: nothing but its chain and files were judged")
        for item in self.asked.keys() - self.outcomes.keys():
            self.report.unsure(self.where, f"item {item} was requested and has no outcome: an interrupted write?")

    def _take(self, line: bytes, span: tuple[int, int]) -> None:
        number, before, due = self.lines + 1, self.hash(self.lines), self.seq + 1
        self.hashes += hashlib.sha256(line).digest()
        self.seq = due
        value = parsed(line)
        self.newer = self.newer or (number == 1 and isinstance(value, dict) and value.get("v") not in (1, None))
        event = event_of(value)
        if number == 1:
            self.case, form = event["case"], str(event["data"]["format"])
            if not re.fullmatch("archiver-case/[1-9][0-9]*", form):
                self.bad(f"the format of the case is {form}")
            self.newer = self.newer or form != "archiver-case/1"
        self.seq = event["seq"]
        for member, known in (("prev", before), ("seq", due), ("case", self.case)):
            if event[member] != known:
                why = "a line was changed, put in, moved or taken out"
                self.report.bad(self.where, f"line {number}: its {member} is {event[member]}, not {known}: {why}")
        if event["v"] != 1 or (number == 1) != (event["event"] == "case.opened"):
            self.bad("it is of another version, or opens the case in the wrong place")
        self._event(event["event"], event["data"], number, span)

    def _event(self, name: str, data: dict[str, Any], line: int, span: tuple[int, int]) -> None:
        item = data.get("item")
        if name in ("case.opened", "case.amended"):
            self.policy = str(data["case_yaml"]["text"])
        elif name == "item.requested":
            if item != len(self.asked) + 1:
                self.bad(f"item {item} stands where item {len(self.asked) + 1} belongs")
            self.asked[int(item or 0)] = self.hash(line)
        elif name in OUTCOMES and item is not None:
            if item in self.outcomes or item not in self.asked:
                self.bad(f"item {item} was not requested, or has an outcome already")
            self.outcomes[item] = span
            if "file" in data:
                path = warc_of(item)
                self.evidence.add(path)
                self.covered.files[path] = stored(data["file"], path)["sha256"]
        elif name == "item.withheld":
            self.gone |= {stored(each)["path"] for each in data["also"] if not each["path"].startswith("evidence/")}
            if "file" in data:
                self.gone.add(stored(data["file"], warc_of(item))["path"])
        elif name == "incident.recovered":
            self.files.update({each["to"]: {**each, "path": each["to"]} for each in data["actions"] if "to" in each})
        elif name == "key.added":
            self._named(data["file"])
        elif name == "token.added":
            self._token(data["seal"], data["token"])
        elif name == "seal.completed":
            self.seals += 1
            if data["seal"] != self.seals:
                self.bad(f"seal {data['seal']} stands where seal {self.seals} belongs")
            for member, suffix in SEAL_FILES + ([("signature", "seal.sig")] if data["signature"] else []):
                self._named(data[member], seal_name(data["seal"], suffix))
            if not self.newer:
                self._seal(data, line)
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

    def _seal(self, data: dict[str, Any], line: int) -> None:
        """Hold the seal against the lines before it. A sound one says where the next begins, and so damage is told
        once; where it cannot be read, the lines themselves say that."""
        name, seal, covered = seal_name(self.seals, "seal"), None, self.covered
        where = self.folder.label + name
        try:
            text = self.folder.small(name)
            found = parse_seal(text)
            seal = found if sha256(text) == data["file"]["sha256"] else None
            self._judged(found, data, line, where)
        except DAMAGE as error:
            self.report.wrong(where, error)
        self.previous, self.relied = data["file"]["sha256"], seal is not None
        if seal is None:
            self.covered = Covered(covered.last + 1, covered.offset + covered.length, covered.frontier)
        else:
            self.covered = Covered(seal["last"] + 1, seal["log-offset"] + seal["log-length"], seal["frontier"])

    def _judged(self, seal: dict[str, Any], data: dict[str, Any], line: int, where: str) -> None:
        due = {"case": self.case, "seal": self.seals, "previous-seal-sha256": self.previous, **self.covered.facts()}
        start, before = seal["manifest-offset"], self.listed
        self.listed = max(before, start + seal["manifest-length"])
        if start < before or (start > before and self.relied):
            due["manifest-offset"] = before
        elif "manifest.yaml" in self.folder.sizes:
            due["manifest-sha256"] = self.folder.hash("manifest.yaml", start, seal["manifest-length"])
            behind = b"".join(self.folder.chunks("manifest.yaml", self.listed, 40))
            if behind and not re.match(rb"- \{?log_line: %d\D" % line, behind):
                self.report.bad(where, f"it does not seal manifest.yaml up to the entry of line {line}")
        for name in (name for name in due if seal[name] != due[name]):
            self.report.bad(where, f"its {name} is {seal[name]}, and the case yields {due[name]}")
        if any(data[name]["sha256"] != seal[f"{name}-sha256"] for name in ("entries", "files")):
            self.report.bad(where, f"log line {line} names other lists than the seal")
        if (data["signer"] or "-") != seal["signer"] or (data["signature"] is None) != (seal["signer"] == "-"):
            self.report.bad(where, f"log line {line} names another signer")
        check_sums(self.folder, self.seals, seal["signer"] != "-", self.report)
        own = self.covered.entries
        listed = self.folder.small(seal_name(self.seals, "entries.sha256"), len(own) + 1)
        odd = next((at for at in range(0, len(own), 65) if listed[at : at + 65] != own[at : at + 65]), None)
        if odd is not None:
            self.report.bad(where, f"line {self.covered.first + odd // 65} of the log is not the one that it lists")

    def unrecorded(self) -> None:
        """Check the seal that no line records, as a writer that was stopped leaves it, or somebody made it up."""
        name = seal_name(self.seals + 1, "seal")
        try:
            seal = parse_seal(self.folder.small(name))
            due = {"case": self.case, "seal": self.seals + 1, **self.covered.facts()}
            if any(seal[each] != due[each] for each in due):
                raise ValueError("no line of the log records it, and it is not the next seal of this log")
        except DAMAGE as error:
            self.report.wrong(self.folder.label + name, error)


def check_case(folder: Folder, report: Report, handed_out: bool) -> int:
    """Check a case folder, and return the number of its newest seal; `handed_out`: quarantine/ may be left out."""
    count = 0
    for name in ("custody.jsonl", "manifest.yaml", "case.yaml"):
        if name not in folder.sizes:
            report.bad(folder.label + name, "it is missing")
    if "custody.jsonl" not in folder.sizes:
        return 0
    log = Log(folder, report)
    for item, (at, length) in log.outcomes.items():
        event = json.loads(b"".join(folder.chunks("custody.jsonl", at, length)))
        if "file" in event["data"] and event["data"]["file"]["path"] not in log.gone:
            count += check_warc(folder, event, "" if log.newer else log.asked.get(item, ""), report)
    for path, file in log.files.items():
        if path not in log.gone and not (handed_out and path.startswith("quarantine/") and path not in folder.sizes):
            folder.check(file)
    if not log.newer:
        if seal_name(log.seals + 1, "seal") in folder.sizes:
            log.unrecorded()
        if "manifest.yaml" in folder.sizes:
            check_manifest(folder, log, report)
    check_names(folder, log, report)
    if "case.yaml" in folder.sizes and not log.newer:
        given, said = folder.small("case.yaml").split(b"\n"), log.policy.encode().split(b"\n")
        if len(given) != len(said) or any(g != s and b"commit:sha256:" not in s for g, s in zip(given, said)):  # noqa: B905
            report.bad(folder.label + "case.yaml", "it is not the text that the log recorded")
    report.say(f"read: {log.lines} log lines, {len(log.asked)} items, {count} records, {log.seals} seals")
    return log.seals


def check_names(folder: Folder, log: Log, report: Report) -> None:
    """Check that nothing lies in the folder that the log does not explain."""
    known = ({*log.files} | log.evidence) - log.gone | {"case.yaml", "custody.jsonl", "manifest.yaml", ".lock"}
    left, open_items = log.seals + 1, log.asked.keys() - log.outcomes.keys()
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
    if name not in folder.sizes:
        report.bad(name, "it is missing")
        return
    listed, lines = set(), 0
    with folder.open(name) as file:
        for line in (raw.decode("utf-8", "surrogateescape") for raw in iter(lambda: file.readline(MAX_SMALL), b"")):
            path, lines = line[66:-1], lines + 1
            if not re.fullmatch(HEX64, line[:64]) or line[64:66] != "  " or line[-1] != "\n" or path in listed:
                report.bad(name, f"its line {lines} is none of sha256sum, or names a file again: {line[:200]}")
            else:
                listed |= {path} & folder.sizes.keys()
                folder.check({"path": path, "sha256": line[:64]}, f"{name} says")
    for path in sorted(folder.sizes.keys() - listed - {name}):
        if re.match(which, path) and path != "tagmanifest-sha256.txt":
            report.bad(path, f"{name} does not list it")


IN_WACZ = r"(?:archive/[0-9]{6,12}\.warc\.gz|(?:custody|seals|trust|pages|indexes|verify)/[^/]+|datapackage[^/]*\.json)"


def check_wacz(folder: Folder, report: Report) -> list[int]:
    """Check an unpacked WACZ against its lists, and the case in it, if it has one; return the number of its seal."""
    listed = {"datapackage.json", "datapackage-digest.json"}
    try:
        package = folder.small("datapackage.json", MAX_LINE)
        if json.loads(folder.small("datapackage-digest.json"))["hash"] != f"sha256:{sha256(package)}":
            report.bad("datapackage.json", "its SHA-256 is not that of datapackage-digest.json")
        for each in json.loads(package)["resources"]:
            listed.add(each["path"])
            folder.check({"path": each["path"], "sha256": each["hash"][7:], "size": each["bytes"]}, "the package says")
    except DAMAGE as error:
        report.wrong("datapackage.json", error)
    for name in sorted(folder.sizes.keys() - listed):
        report.bad(name, "datapackage.json does not list it")
    if "custody/custody.jsonl" not in folder.sizes:
        report.say("there is no log in it: nothing but these hashes was checked")
        return []
    for name in folder.sizes:  # as the same files lie in a case
        item = re.fullmatch(r"archive/([0-9]{6,12})\.warc\.gz", name)
        if item or re.match("(custody|seals|trust)/", name):
            inner = f"evidence/{int(item[1]) // 1000:03d}/{name[8:]}" if item else name.replace("custody/", "", 1)
            if inner in folder.real:
                report.bad(name, f"it stands for the same as {folder.real[inner]}")
            folder.real[inner] = name
        if not re.fullmatch(IN_WACZ, name):
            report.bad(name, "no WACZ of a case has a file of this name")
    folder.sizes = {inner: folder.sizes[name] for inner, name in folder.real.items()}
    folder.folders = []
    return [check_case(folder, report, handed_out=True)]


KINDS = "evidence evidence,lines line,proofs proof,.seal seal,.sig signature,.sums sums,.sha256 entries,.tsq request"
WHAT = dict(each.split() for each in f"{KINDS},.tsr response".split(","))
"""What disclosure.json calls a file, by its folder or the end of its name."""
OWN = {"SHA256SUMS", "VERIFY.txt", "verify.py", "disclosure.json"}  # which it does not name


def check_disclosure(folder: Folder, report: Report) -> list[int]:
    """Check single lines of a log against the seals that cover them; return the numbers of the seals."""
    check_list(folder, "SHA256SUMS", "", report)
    seals: dict[int, dict[str, Any]] = {}
    try:
        told = parsed(folder.small("disclosure.json", MAX_LINE))
        if re.fullmatch("archiver-disclosure/([2-9]|[1-9][0-9]+)", told["schema"]):
            report.unsure("disclosure.json", "it is of a newer kind: nothing but the list of hashes was checked")
            return []
        for number in [each["seal"] for each in told["seals"]]:
            disclosed_seal(folder, told["case"], number, seals, report)
        items: dict[int, dict[str, Any]] = {item: {} for item in told["items"]}  # what the lines say of each, by kind
        lines = sorted((name for name in folder.sizes if name.startswith("lines/")), key=lambda name: (len(name), name))
        stated = [disclosed_line(folder, told["case"], name, items, seals, report) for name in lines]
        belong = OWN.union(lines, (f"proofs/{name[6:]}" for name in lines))
        belong |= {disclosed_item(folder, item, events, report) for item, events in items.items()}
        belong |= {seal_name(n, suffix) for n in seals for suffix in ("seal", "seal.sig", "sums", "entries.sha256")}
        stamps = [token for each in told["seals"] for token in each["tokens"]]
        for token, which in ((token, token[which]) for token in stamps for which in ("request", "response")):
            found = TOKEN.fullmatch(which)
            belong |= {which} if found and int(found[1]) in seals and found[2] == token["authority"] else set()
        for name in sorted(folder.sizes.keys() - belong):
            report.follows(name, "it belongs to none of the items, lines and seals that are disclosed")
        files = [(path, WHAT.get(path.partition("/")[0]) or WHAT.get(path[path.rfind(".") :])) for path in folder.sizes]
        named = [{"path": path, "what": what} for path, what in sorted(files) if path not in OWN]
        due = {"case": told["case"], "files": named, "items": sorted({*items}), "lines": stated, "seals": told["seals"]}
        odd = not items or any([*each] != ["seal", "tokens"] for each in told["seals"])
        given: dict[Any, int] = {}  # how many stamps an authority has given for a seal: the k-th has the name with k
        for whom, token in (
            ((each["seal"], token["authority"]), token) for each in told["seals"] for token in each["tokens"]
        ):
            given[whom] = given.get(whom, 0) + 1
            base = f"seals/{whom[0]:06d}.{whom[1]}" + (f".{given[whom]}" if given[whom] > 1 else "")
            odd |= token != {"authority": whom[1], "request": f"{base}.tsq", "response": f"{base}.tsr"}
        if odd or told != {**due, "schema": "archiver-disclosure/1"}:
            report.follows("disclosure.json", "it does not tell what is here, or tells something else as well")
    except DAMAGE as error:
        report.wrong("disclosure.json", error)
    return sorted(seals)


def disclosed_seal(folder: Folder, case: str, number: int, seals: dict[int, dict[str, Any]], report: Report) -> None:
    """Check a seal without its log, and put it to the `seals` before it."""
    name, entries = seal_name(number, "seal"), seal_name(number, "entries.sha256")
    try:
        text, before = folder.small(name), seals[max(seals)] if seals else None
        seal = {**parse_seal(text), "hash": sha256(text)}
        if (seal["case"], seal["seal"]) != (case, number):
            raise ValueError("it is another seal, or one of another case")
        seals[number] = seal
        if before and (seal["first"] <= before["last"] or number <= before["seal"]):
            report.bad(name, "it does not go on where the seal before it ends")
        due = (before["hash"], before["last"] + 1) if before and before["seal"] == number - 1 else None
        if due and due != (seal["previous-seal-sha256"], seal["first"]):
            report.bad(name, "it names another seal before it than the one that is here")
        size = 65 * (seal["last"] - seal["first"] + 1)
        if folder.sizes.get(entries) != size or folder.hash(entries) != seal["entries-sha256"]:
            report.bad(entries, "it is not the list of lines that the seal names")
        if (seal_name(number, "seal.sig") in folder.sizes) != (seal["signer"] != "-"):
            report.bad(name, "it names a signer and has no signature, or the reverse")
        check_sums(folder, number, seal["signer"] != "-", report)
    except DAMAGE as error:
        report.wrong(name, error)


def disclosed_line(
    folder: Folder, case: str, name: str, items: dict[int, Any], seals: dict[int, dict[str, Any]], report: Report
) -> dict[str, Any]:
    """Check that a line is under a seal, and about one of the items; return what disclosure.json has to say of it."""
    proof, stated, at = f"proofs/{name[6:]}", {}, int(re.sub("[^0-9]", "", name)[:15] or 0)
    try:
        line = folder.small(name, MAX_LINE + 1)
        event = parsed(line)
        if isinstance(event, dict) and isinstance(event.get("v"), int) and event["v"] > 1:
            report.unsure(name, "a newer program wrote it; nothing but its place in the log was checked")
        else:
            kind, item = event_of(event)["event"], event["data"]["item"]
            stated = {"event": kind, "file": name, "item": item, "line": at, "proof": proof, "seal": 0}
            known, kind = items.get(item), "outcome" if kind in OUTCOMES else kind
            if known is None or kind not in ("outcome", "item.requested", "item.withheld", "note.added"):
                report.bad(name, "it is about something that is not disclosed")
            elif kind in known and kind != "note.added":
                report.bad(name, f"a second line tells the same of item {item}")
            else:
                known[kind] = {**event, "line": sha256(line)}
            if (event["case"], event["v"], event["seq"], name) != (case, 1, at, f"lines/{at:06d}.json"):
                report.bad(name, "it is another line, or of another case")
        seal = next((seal for seal in seals.values() if seal["first"] <= at <= seal["last"]), None)
        if seal is None:
            report.follows(name, "none of the seals that are here covers it")
            return stated
        stated["seal"], place, entries = (
            seal["seal"],
            65 * (at - seal["first"]),
            seal_name(seal["seal"], "entries.sha256"),
        )
        tops = {0: ZEROS, **{each["last"]: each["log-head"] for each in seals.values()}}
        listed = b"".join(folder.chunks(entries, max(0, place - 65), min(place, 65) + 65)).decode()
        before = listed[:64] if place else tops.get(at - 1, event["prev"])
        if (before, listed[-65:]) != (event["prev"], f"{sha256(line)}\n"):
            report.bad(name, "it is not the line that the list of its seal has there, or names another line before it")
        hashes = parsed(folder.small(proof))["hashes"]
        root = proved_root(line, at - 1, seal["last"], [bytes.fromhex(each) for each in hashes])
        due = {"hashes": hashes, "line": at, "tree_size": seal["last"]}
        if folder.small(proof) != f"{canonical(due)}\n".encode() or root != seal["tree-root"]:
            report.bad(name, "its proof does not lead to the tree-root of its seal")
    except DAMAGE as error:
        report.wrong(name, error)
    return stated


def disclosed_item(folder: Folder, item: int, events: dict[str, Any], report: Report) -> str:
    """Check the evidence of an item by the lines that tell of it, and return where that must lie."""
    path, outcome, asked = warc_of(item), events.get("outcome"), events.get("item.requested")
    if not outcome or not asked or outcome["data"]["requested"] != asked["seq"]:
        report.follows(f"item {item}", "the line that requests it, or the one with its outcome, is not here")
    elif "file" not in outcome["data"]:
        return ""
    elif stored(outcome["data"]["file"], path) and ("item.withheld" in events) == (path in folder.sizes):
        report.bad(path, "it is missing, or was withheld and is here all the same")
    elif path in folder.sizes:
        check_warc(folder, outcome, asked["line"], report)
    return path


def left_to_do(folder: Folder, number: int, report: Report) -> None:
    """Print the commands for what only ssh-keygen and openssl can check of a seal."""
    base = f"{number:06d}"
    report.say(f"left to do for seal {number}, in {folder.label}seals/, with keys and roots that come from elsewhere:")
    try:
        signer = parse_seal(folder.small(f"seals/{base}.seal"))["signer"]
        if signer == "-":
            report.say("  nobody signed it: whoever wanted to could have made all of this")
        else:
            who = f"-f ~/outside/allowed_signers -I {signer} -n {NAMESPACE}"
            report.say(f"  ssh-keygen -Y verify {who} -s {base}.seal.sig < {base}.seal")
        stamped = False
        for name in sorted(folder.sizes):
            if TOKEN.fullmatch(name) and name.startswith(f"seals/{base}.") and name.endswith(".tsr"):
                at = re.search(rb"\x18.(20[0-9]{12})(?:\.[0-9]+)?Z", folder.small(name))  # the first is the stamp's
                epoch = calendar.timegm(time.strptime(at[1].decode(), "%Y%m%d%H%M%S")) if at else 0
                tail = f"-in {name[6:]} -CAfile ~/outside/tsa-roots.pem -attime {epoch}"
                report.say(f"  openssl ts -verify -data {base}.sums {tail}")
                stamped = True
        if not stamped:
            report.say("  no authority has stamped it: its time is the word of whoever made it")
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
    report.say("not checked here: signatures, time stamps, the words of manifest.yaml, and whether anything is true;")
    report.say("so who made this, and when, is not shown by hashes alone")
    if report.bads or report.unsures:
        report.say(f"result: {report.bads} contradictions, {report.unsures} could not be checked")
        return 8 if report.bads else 9
    report.say("result: nothing contradicts: these files are those that log and seals name, as far as hashes can tell")
    return 0


if __name__ == "__main__":
    try:
        result = main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read this has gone
        os._exit(9)
    sys.exit(result)
