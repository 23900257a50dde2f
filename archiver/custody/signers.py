"""Who may sign, as the verifier's own file in OpenSSH's ALLOWED SIGNERS format says it (ssh-keygen(1)). Pure.

Judged as `ssh-keygen -Y verify -f FILE -I SIGNER -Overify-time=…` does: the first line that fits accepts. A file that
lies in the case proves nothing about anybody; only one that came another way does.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from archiver.custody.seal import NAMESPACE
from archiver.custody.sshsig import BadKey, PublicKey, key_words
from archiver.custody.sshwire import BadWire, Reader, from_base64

MAX_REASONS = 5  # lines that one refusal names

_BLANKS = " \t\r\n"
_TIME = re.compile(r"([0-9]{8})(?:([0-9]{4})([0-9]{2})?)?(Z|UTC)?", re.IGNORECASE | re.ASCII)
_OPTION = re.compile(
    r'(?:(?P<flag>cert-authority)|(?P<name>namespaces|valid-after|valid-before)="(?P<value>(?:[^"\\]|\\"|\\(?!"))*)")(?P<end>,|$)',
    re.IGNORECASE | re.ASCII,  # in Unicode, ſ would be an s
)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The verifier's file allows it: by this line, from 1. `notes` say what the line leaves open."""

    line: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """The verifier's file does not allow it; `reason` says why, naming lines of the file.

    `named` says whether any line that can be used is about the signer: only then does the file say something of them.
    """

    reason: str
    named: bool = True


class _Unreadable(ValueError):
    """A line that allows nothing; the message says why."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One line of the file. `key` is None, with `why`, where it allows nothing; ssh-keygen reads on behind it, too."""

    number: int
    principals: str
    key: PublicKey | None
    namespaces: str | None = None
    valid_after: datetime | None = None
    valid_before: datetime | None = None
    local_time: bool = False
    why: str = ""


@dataclass(frozen=True, slots=True)
class AllowedSigners:
    """The lines of an allowed_signers file, in their order."""

    _lines: tuple[_Line, ...]

    @classmethod
    def parse(cls, text: str, local: tzinfo | None = None) -> "AllowedSigners":
        """Return what `text` allows. Nothing is raised: a line that cannot be used is told of where it would matter.

        Times without `Z` are local ones, as for OpenSSH: in `local`, or in the zone of this machine.
        """
        numbered = enumerate(text.split("\n"), 1)
        stripped = ((number, line.strip(_BLANKS)) for number, line in numbered)
        return cls(tuple(_line(number, line, local) for number, line in stripped if line and line[0] != "#"))

    def nobody(self) -> str:
        """Return why the file allows nobody anything, "" where it allows somebody something."""
        if any(line.key is not None for line in self._lines):
            return ""
        return next((f"line {line.number}: {line.why}" for line in self._lines), "it is empty")

    def judge(self, signer: str, key: PublicKey, namespace: str, at: datetime) -> Accepted | Refused:
        """Return whether `signer` may sign with `key` in `namespace` at the time `at`, which must be aware."""
        reasons = []
        named = False
        for line in self._lines:
            if not _listed(signer, line.principals):
                continue
            named |= line.key is not None
            if line.key is None:
                reasons.append(f"line {line.number}: {line.why}")
            elif line.key == key:
                if not (why := _objection(line, namespace, at)):
                    return Accepted(line.number, tuple(_notes(line)))
                reasons.append(f"line {line.number}: {why}")
        if reasons:
            more = (f"and {len(reasons) - MAX_REASONS} lines more",) if len(reasons) > MAX_REASONS else ()
            return Refused("; ".join((*reasons[:MAX_REASONS], *more)), named)
        return Refused(f"for '{signer}' another key is named" if named else f"nothing is said of '{signer}'", named)


def allowed_signers_line(signer: str, key: PublicKey) -> str:
    """Return the line, without LF, that lets `signer` seal cases with `key` and sign nothing else.

    `signer` is a name as `archiver.config.name.SIGNER` allows it.
    """
    return f'{signer} namespaces="{NAMESPACE}" {key.line}'


def _objection(line: _Line, namespace: str, at: datetime) -> str:
    second = at.replace(microsecond=0)  # OpenSSH counts whole seconds
    if line.namespaces is not None and not _listed(namespace, line.namespaces):
        return f"the key may not sign for '{namespace}'"
    if line.valid_after is not None and second < line.valid_after:
        return f"the key was not valid before {_utc(line.valid_after)}"
    if line.valid_before is not None and second > line.valid_before:
        return f"the key was not valid after {_utc(line.valid_before)}"
    return ""


def _notes(line: _Line) -> Iterator[str]:
    if "*" in line.principals.split(","):
        yield f"line {line.number} accepts this key under any name (*), so it does not say whose key it is"
    if line.local_time:
        yield f"a time in line {line.number} has no Z at its end: it was read in the time zone of this machine"


def _line(number: int, text: str, local: tzinfo | None) -> _Line:
    if _begins_with_key(text):
        return _Line(number, "*", None, why="it begins with the key, and the name of the signer must stand before it")
    try:
        principals, rest = _first_word(text)
    except _Unreadable as exc:
        return _Line(number, "*", None, why=str(exc))
    try:
        return _allowance(number, principals, rest, local)
    except _Unreadable as exc:
        return _Line(number, principals, None, why=str(exc))


def _allowance(number: int, principals: str, rest: str, local: tzinfo | None) -> _Line:
    if "\0" in rest:
        raise _Unreadable("a null character in the line")
    options, key_text = ("", rest) if _begins_with_key(rest) else _past_options(rest)
    if not options:
        return _bare(number, principals, key_text)
    namespaces, times, authority = _options(options)
    zoned = {name: _time(value, name, local) for name, value in times.items()}
    after, before = zoned.get("valid-after"), zoned.get("valid-before")
    if after is not None and before is not None and before <= after:
        raise _Unreadable("valid-before is not later than valid-after")
    if authority:
        why = "cert-authority: certificates are not accepted here, name the signer's own key"
        return _Line(number, principals, None, why=why)
    local_time = any(not text.upper().endswith(("Z", "UTC")) for text in times.values())
    bare = _bare(number, principals, key_text)
    return replace(bare, namespaces=namespaces, valid_after=after, valid_before=before, local_time=local_time)


def _bare(number: int, principals: str, key_text: str) -> _Line:
    """Return the line without its options."""
    try:
        return _Line(number, principals, PublicKey.of_line(key_text))
    except BadKey as exc:
        return _Line(number, principals, None, why=str(exc))


def _begins_with_key(text: str) -> bool:
    words = key_words(text)
    try:
        return len(words) > 1 and Reader(from_base64(words[1].encode("ascii", "replace"))).text() == words[0]
    except BadWire:
        return False


def _options(text: str) -> tuple[str | None, dict[str, str], bool]:
    """Return namespaces, the times by name, and whether the line names a certificate authority."""
    values: dict[str, str] = {}
    authority = False
    at = 0
    while True:
        match = _OPTION.match(text, at)
        if match is None:
            raise _Unreadable(f"an option that is not known, or not written as NAME=\"VALUE\": '{text[at : at + 40]}'")
        if match["flag"]:
            authority = True
        elif (name := match["name"].lower()) in values:
            raise _Unreadable(f"{name} stands there twice")
        else:
            values[name] = match["value"].replace('\\"', '"')
        at = match.end()
        if not match["end"]:
            return values.pop("namespaces", None), values, authority


def _time(text: str, name: str, local: tzinfo | None) -> datetime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise _Unreadable(f"{name} '{text[:40]}' is not YYYYMMDD[HHMM[SS]][Z]")
    try:
        found = datetime.strptime(match[1] + (match[2] or "0000") + (match[3] or "00"), "%Y%m%d%H%M%S")  # noqa: DTZ007  # zone below
        return found.replace(tzinfo=UTC if match[4] else local).astimezone(UTC)
    except (ValueError, OverflowError, OSError) as exc:
        raise _Unreadable(f"{name} '{text}' is not a time that exists") from exc


def _utc(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _first_word(text: str) -> tuple[str, str]:
    """Return the principals and what follows; they may stand in double quotes and hold blanks then."""
    end = next((at for at, char in enumerate(text) if char in _BLANKS or char == '"'), len(text))
    word, rest = text[:end], text[end:]
    if rest.startswith('"'):
        quoted, closing, rest = rest[1:].partition('"')
        if not closing:
            raise _Unreadable("a quotation mark that is never closed")
        word += quoted
    if not rest.strip(_BLANKS):
        raise _Unreadable("there is no key in the line")
    return word, rest.strip(_BLANKS)


def _past_options(text: str) -> tuple[str, str]:
    """Return the options, which end at the first blank outside quotation marks, and what follows."""
    quoted = False
    at = 0
    while at < len(text) and (quoted or text[at] not in " \t"):
        if text[at] == "\\" and text[at + 1 : at + 2] == '"':
            at += 1
        elif text[at] == '"':
            quoted = not quoted
        at += 1
    return text[:at], text[at:].strip(_BLANKS)


def _listed(text: str, patterns: str) -> bool:
    """Return whether `text` matches one of the patterns, and none that begins with `!` (PATTERNS in ssh_config(5))."""
    found = False
    for pattern in patterns.split(","):
        if pattern.startswith("!"):
            if _matches(text, pattern[1:]):
                return False
        elif _matches(text, pattern):
            found = True
    return found


def _matches(text: str, pattern: str) -> bool:
    """Return whether the whole text matches; `*` stands for any characters, `?` for one. Never takes long."""
    at = star = resume = -1
    at = place = 0
    while at < len(text):
        if place < len(pattern) and (pattern[place] == "?" or (pattern[place] == text[at] and pattern[place] != "*")):
            at, place = at + 1, place + 1
        elif place < len(pattern) and pattern[place] == "*":
            star, resume = place, at
            place += 1
        elif star >= 0:
            resume += 1
            at, place = resume, star + 1
        else:
            return False
    return not pattern[place:].strip("*")
