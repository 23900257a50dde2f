"""case.yaml against the text that the log recorded last, private values by their commitments."""

from collections.abc import Callable, Iterator

from archiver.canon import NotCanonical, loads
from archiver.config.case_file import COMMITMENT, CaseFile, commitment, disclosed
from archiver.config.case_file import opening as opened_by
from archiver.custody.layout import CASE_YAML
from archiver.errors import ConfigError
from archiver.model.verdict import Finding, Severity
from archiver.verify.claim import members
from archiver.verify.report import quoted

_MEANING = (
    "case.yaml says who collects and by which rules, and it was edited without a word in the log: the recorded text is "
    "the one that was in force; archiver amend records a change and its reason"
)
_NO_SALT = "0" * 32


def check_case_file(data: bytes, recorded: str, opening: Callable[[str], bytes | None]) -> Iterator[Finding]:
    """Yield how case.yaml differs from `recorded`, the disclosed text in force.

    `opening` returns the bytes of the private file that opens a commitment, given in hex, or None when it is not there.
    """
    if data == recorded.encode("utf-8"):
        return
    if data.replace(b"\r\n", b"\n") == recorded.replace("\r\n", "\n").encode("utf-8"):
        yield _broken("its line endings were changed")
        return
    try:
        text = data.decode("utf-8")
        shown, closed = _disclosed(text, recorded, opening)
    except UnicodeDecodeError as exc:
        yield _broken(f"it is not UTF-8 at byte {exc.start}")
        return
    except (ConfigError, RecursionError) as exc:
        yield _broken(f"it cannot be read as a case.yaml: {exc}")
        return
    if shown == recorded:
        for name in closed:
            message = f"the private value {quoted(name)} cannot be compared: what opens it is not in private/"
            meaning = "the log holds a commitment to this value; without its opening nobody can tell whether they agree"
            yield Finding("case-file", Severity.UNCHECKED, CASE_YAML, message, meaning=meaning)
        return
    pairs = zip(shown.split("\n"), recorded.split("\n"), strict=False)
    least = min(shown.count("\n"), recorded.count("\n")) + 1
    line = next((number for number, (a, b) in enumerate(pairs, 1) if a != b), least)
    yield _broken("it is not the text that the log recorded", f"line {line}")


def _disclosed(text: str, recorded: str, opening: Callable[[str], bytes | None]) -> tuple[str, list[str]]:
    """Return `text` as the log would hold it, and the names whose commitment could not be opened."""
    commitments = {name: value for name, value in CaseFile.parse(recorded).private if value.startswith(COMMITMENT)}
    private = CaseFile.parse(text).private
    salts: dict[str, str] = {}
    closed: dict[str, str] = {}
    for name, value in private:
        found = opening(commitments[name].removeprefix(COMMITMENT)) if name in commitments else None
        salts[name] = _salt(found)
        if name in commitments and found is None:
            closed[name] = commitment(opened_by(value, _NO_SALT))
    shown, _ = disclosed(text, salts)
    for name, made_up in closed.items():
        shown = shown.replace(made_up, commitments[name], 1)
    return shown, list(closed)


def _salt(found: bytes | None) -> str:
    if found is None:
        return _NO_SALT
    try:
        salt = members(loads(found)).get("salt")
    except NotCanonical:
        return _NO_SALT
    return salt if isinstance(salt, str) else _NO_SALT


def _broken(message: str, where: str = "") -> Finding:
    return Finding("case-file", Severity.BROKEN, CASE_YAML, message, where, _MEANING)
