"""The receipt of a seal: one line to be kept where nobody who holds the case can reach it (docs/spec/seal.md §6). Pure.

Only memory outside the folder shows that a case was rolled back to an older state, or made anew as a whole.
"""

import re
from dataclasses import dataclass

from archiver.config.name import FINGERPRINT
from archiver.errors import UsageError

NONE = "-"
MAX_RECEIPT = 1000  # characters

_URN = "urn:uuid:"
_UUID = re.compile(r"[0-9a-f]{32}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[1-9][0-9]{0,15}")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,20})?Z")
_DASHES = re.compile("[\u2010-\u2015\u2212]")  # what a word processor makes of a hyphen
_HINT = "it is: case, number of the seal, number of lines, hash of 64 digits, time or -, fingerprint of the key or -"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What `sha256`, the hash of the text of seal `seal`, was when the log had `entries` lines under it.

    `case` is the urn:uuid of the case. `gen_time` is the earliest time that an authority attested when the seal was
    made, as its token has it, `fingerprint` that of the key that signed (`SHA256:…`); None where there was none.
    """

    case: str
    seal: int
    entries: int
    sha256: str
    gen_time: str | None
    fingerprint: str | None

    def text(self) -> str:
        """Return the one line, without an end of line."""
        return " ".join(self._words())

    def spoken(self) -> str:
        """Return the same with its long words in groups of four, to be read out; `parse` takes it as well."""
        case, seal, entries, sha256, gen_time, fingerprint = self._words()
        name, colon, key = fingerprint.partition(":")
        groups = [_grouped(case.replace("-", "")), seal, entries, _grouped(sha256), gen_time]
        return " ".join([*groups, f"{name}{colon}{_grouped(key)}"])

    @classmethod
    def parse(cls, text: str) -> "Receipt":
        """Return the receipt that somebody typed, perhaps in groups, with dashes, or in capitals.

        Only the key's fingerprint depends on capitals. Raises `UsageError` ("receipt") for anything else.
        """
        if len(text) > MAX_RECEIPT:
            raise _unusable(f"it is longer than {MAX_RECEIPT} characters")
        words = _DASHES.sub("-", text).split()
        case = _digits(words, 32)
        seal, entries = (words.pop(0) if words else "" for _ in range(2))
        sha256 = _digits(words, 64)
        gen_time = _moment(words)
        fingerprint = "".join(words)
        if fingerprint[:7].upper() == "SHA256:":
            fingerprint = fingerprint[:7].upper() + fingerprint[7:]
        found = (case, seal, entries, sha256, gen_time, fingerprint)
        forms = (_UUID, _NUMBER, _NUMBER, _HEX64, _TIME, FINGERPRINT)
        names = ("case", "number of a seal", "number of lines", "hash of 64 digits", "time", "fingerprint of a key")
        for name, word, form in zip(names, found, forms, strict=True):
            if form.fullmatch(word) is None and not (word == NONE and form in {_TIME, FINGERPRINT}):
                raise _unusable(f"'{word[:80]}' is no {name}" if word else f"there is no {name}")
        return cls(
            f"{_URN}{case[:8]}-{case[8:12]}-{case[12:16]}-{case[16:20]}-{case[20:]}",
            int(seal),
            int(entries),
            sha256,
            None if gen_time == NONE else gen_time,
            None if fingerprint == NONE else fingerprint,
        )

    def _words(self) -> list[str]:
        case = self.case.removeprefix(_URN)
        return [case, str(self.seal), str(self.entries), self.sha256, self.gen_time or NONE, self.fingerprint or NONE]


def _digits(words: list[str], count: int) -> str:
    """Take words off the front until they make up `count` digits, without the dashes in them; lower case."""
    found = ""
    while words and len(found) < count:
        found += words.pop(0).lower().replace("-", "").removeprefix(_URN)
    return found


def _moment(words: list[str]) -> str:
    """Take the time off the front, which a line may have ended in after a hyphen, or the `-` for none; in capitals."""
    found = words.pop(0).upper() if words else ""
    while words and found[:4].isdigit() and found.endswith("-"):
        found += words.pop(0).upper()
    return found


def _grouped(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _unusable(why: str) -> UsageError:
    return UsageError("receipt", f"this is not a receipt: {why}", _HINT)
