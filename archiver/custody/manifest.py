"""The manifest, rendered from the log (docs/spec/manifest.md). Pure; nothing parses it to verify a case.

`manifest.yaml` is `header(first event)` followed by `block(event)` of every event: a function of the log alone. No text
in it can begin a line, because every text is one double-quoted line or an indented block without hidden characters.
"""

import re

from archiver.canon import Json
from archiver.config.quote import hides, quoted
from archiver.custody.log import Event

FORMAT = "archiver-manifest/1"

_HEADER = f"""\
# The inventory of this case, for people. It is derived from custody.jsonl, one entry for each of its lines, and is only
# ever appended to. Where the two differ, custody.jsonl is right, and `archiver verify` says so.
# log_sha256 is the SHA-256 of the named line with its line feed: sed -n 1p custody.jsonl | sha256sum
manifest: "{FORMAT}"
"""
_ITEM_MEMBERS = (
    "item",
    "url",
    "request_url",
    "final_url",
    "title",
    "outcome",
    "failure",
    "reason",
    "reasons",
    "authority",
    "status",
    "media_type",
    "language",
    "browser",
    "source",
    "name",
    "size",
    "sha256",
    "started_at",
    "ended_at",
    "note",
    "tags",
    "file",
    "also",
    "software",
)
_SEAL_MEMBERS = ("seal", "signer", "fingerprint", "receipt", "tokens", "token", "pending", "file", "signature", "sums")
_IN_FULL = {  # the members that a list for people needs, in this order, a line for each
    **dict.fromkeys(
        ("item.captured", "item.failed", "item.interrupted", "item.imported", "item.withheld"), _ITEM_MEMBERS
    ),
    **dict.fromkeys(("seal.completed", "token.added"), _SEAL_MEMBERS),
}
_LEFT_OUT = {  # long members that the log has and a list for people does not need
    "case.opened": {"case_yaml"},
    "item.requested": {"settings", "case_yaml", "oldest_open"},
}
_PLAIN_KEY = re.compile(r"[a-z][a-z0-9_]{1,63}")
_YAML_WORDS = frozenset({"yes", "no", "on", "off", "null", "true", "false"})
_HEAD = re.compile(rb'- \{?log_line: ([1-9][0-9]{0,15})(?:, |\n  )log_sha256: "([0-9a-f]{64})"')
HEAD_SIZE = 120  # bytes from the start of a block that are enough to name its line


def header(event: Event) -> bytes:
    """Return the bytes before the first entry, from the first event of the log."""
    case_yaml = event.data.get("case_yaml")
    facts = case_yaml if isinstance(case_yaml, dict) else {}
    lines = [
        _HEADER,
        f"case: {quoted(event.case)}\n",
        f"opened_at: {quoted(event.at)}\n",
        f"opened_by: {quoted(event.actor)}\n",
        f"format: {_flow(event.data.get('format'))}\n",
        f"case_yaml_sha256: {_flow(facts.get('sha256'))}\n",
        f"case_yaml: {_text_block(facts.get('text'), 2)}\n",
        "entries:\n",
    ]
    return _encode("".join(lines))


def block(event: Event, line_sha256: str) -> bytes:
    """Return the entry of `event`, whose line in the log has the hash `line_sha256`."""
    if event.event in _IN_FULL:
        return _encode(_full_block(event, line_sha256))
    if event.event == "case.amended":
        return _encode(_amended_block(event, line_sha256))
    left_out = _LEFT_OUT.get(event.event, set())
    shown: Json = {name: value for name, value in event.data.items() if name not in left_out}
    return _encode(
        f"- {{log_line: {event.seq}, log_sha256: {quoted(line_sha256)}, at: {quoted(event.at)}, "
        f"actor: {quoted(event.actor)}, event: {quoted(event.event)}, data: {_flow(shown)}}}\n"
    )


def rendered(event: Event, line_sha256: str) -> bytes:
    """Return what the manifest holds for `event`: its entry, and before the first one the header."""
    return (header(event) if event.seq == 1 else b"") + block(event, line_sha256)


def block_head(data: bytes) -> tuple[int, str] | None:
    """Return (log line, its SHA-256) that an entry beginning at `data` names, or None when none begins there."""
    match = _HEAD.match(data)
    return (int(match[1]), match[2].decode("ascii")) if match else None


def _full_block(event: Event, line_sha256: str) -> str:
    lines = [f"- log_line: {event.seq}", f"log_sha256: {quoted(line_sha256)}", f"event: {quoted(event.event)}"]
    for name in _IN_FULL[event.event]:
        if name in event.data:
            lines.append(f"{name}:{_member(name, event.data[name])}")
    lines += [f"recorded_at: {quoted(event.at)}", f"actor: {quoted(event.actor)}"]
    return "\n  ".join(lines) + "\n"


def _member(name: str, value: Json) -> str:
    if name == "tokens" and isinstance(value, list):
        return "".join(f"\n    - {_flow(_time(token))}" for token in value) or " []"
    if name == "token":
        return f" {_flow(_time(value))}"
    if isinstance(value, dict) and value.keys() == {"path", "size", "sha256"}:
        return "".join(f"\n    {name}: {_flow(value[name])}" for name in ("path", "size", "sha256"))
    return f" {_flow(value)}"


def _time(token: Json) -> Json:
    """Return what a token says to people; its files are named after the authority, and stand in the log."""
    return {name: token.get(name) for name in ("authority", "gen_time", "serial")} if isinstance(token, dict) else token


def _amended_block(event: Event, line_sha256: str) -> str:
    case_yaml = event.data.get("case_yaml")
    facts = case_yaml if isinstance(case_yaml, dict) else {}
    lines = [
        f"- log_line: {event.seq}",
        f"log_sha256: {quoted(line_sha256)}",
        f"event: {quoted(event.event)}",
        f"reason: {_flow(event.data.get('reason'))}",
        f"recorded_at: {quoted(event.at)}",
        f"actor: {quoted(event.actor)}",
        f"software: {_flow(event.data.get('software'))}",
        f"case_yaml_sha256: {_flow(facts.get('sha256'))}",
        f"case_yaml: {_text_block(facts.get('text'), 4)}",
    ]
    return "\n  ".join(lines) + "\n"


def _text_block(text: Json, indent: int) -> str:
    # A literal block shows case.yaml as it was written. Text that could look like something else inside one (hidden
    # characters, lines of blanks, another end than one LF) is quoted like any other.
    if not isinstance(text, str) or not text.endswith("\n") or text.endswith("\n\n"):
        return _flow(text)
    lines = text[:-1].split("\n")
    if not lines[0] or any(hides(line) or (line and not line.strip(" ")) for line in lines):
        return _flow(text)
    return "|2" + "".join(f"\n{' ' * indent}{line}" if line else "\n" for line in lines)


def _flow(value: Json) -> str:
    if isinstance(value, str):
        return quoted(value)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    return "{" + ", ".join(_pair(name, value[name]) for name in sorted(value, key=_utf16)) + "}"


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")  # the order of RFC 8785, so that a parsed event renders the same


def _pair(name: str, value: Json) -> str:
    if _PLAIN_KEY.fullmatch(name) and name not in _YAML_WORDS:
        return f"{name}: {_flow(value)}"
    return f"? {quoted(name)} : {_flow(value)}"


def _encode(text: str) -> bytes:
    return text.encode("utf-8")
