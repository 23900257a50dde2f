"""Whether a case.yaml is the one on record, its private values by what opens them (docs/spec/case-yaml.md §3). Pure."""

import re
from collections.abc import Callable

from archiver import canon
from archiver.config.case_file import COMMITMENT, CaseFile, disclosed, opening

ON_RECORD = "case.yaml on record"  # how errors call the text that the log holds

_HEX64 = re.compile(r"[0-9a-f]{64}")


def recorded_salts(text: str, on_record: str, opened: Callable[[str], bytes | None]) -> dict[str, str]:
    """Return the salts of those private values of `text` that are the ones on record, and of no others.

    `on_record` is the text that the log holds, `opened` returns the opening in `private/` that has a hash, if any.
    Raises `ConfigError` when either text is no case.yaml.
    """
    commitments = dict(CaseFile.parse(on_record, ON_RECORD).private)
    salts = {}
    for name, value in CaseFile.parse(text).private:
        sha256 = commitments.get(name, "").removeprefix(COMMITMENT)
        found = opened(sha256) if _HEX64.fullmatch(sha256) else None
        salt = _salt(found) if found is not None else None
        if salt is not None and opening(value, salt) == found:
            salts[name] = salt
    return salts


def is_on_record(text: str, on_record: str, opened: Callable[[str], bytes | None]) -> bool:
    """Return whether `text` is the case.yaml that the log holds as `on_record`; arguments and errors as above."""
    if text == on_record:
        return True  # nothing private in it, or a copy that was given away without
    try:
        return disclosed(text, recorded_salts(text, on_record, opened))[0] == on_record
    except KeyError:
        return False  # a private value that is not the one on record


def _salt(opened: bytes) -> str | None:
    try:
        value = canon.loads(opened)
    except canon.NotCanonical:
        return None
    salt = value.get("salt") if isinstance(value, dict) else None
    return salt if isinstance(salt, str) else None
