"""case.yaml: what the case is, who collects, and its policy (docs/spec/case-yaml.md). Text in, values out, and back."""

import hashlib
import json
import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field

from archiver.config import policy as policies
from archiver.config import yaml
from archiver.config.name import NAME, NAME_HINT
from archiver.config.policy import Policy
from archiver.config.quote import quoted
from archiver.config.seals import Seals
from archiver.config.yaml import Mapping, Node, Scalar, refusal

VERSION = "1"
COMMITMENT = "commit:sha256:"
MAX_COLLECTOR = 500  # characters; it stands on every line of the log

_KEYS = ("archiver_case", "id", "name", "title", "collector", "purpose", "authority", "private", "policy")
_ID = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_COMMENT = re.compile(r"#[^\r\n]*")

_TEMPLATE = """\
# What this case is, who collects, and how. People edit this file; after each change run `archiver amend` with the
# reason, so that the custody log knows which policy was in force when. Every value is text: put it in double quotes
# when in doubt.
archiver_case: 1
id: {id}
name: {name}
title: {title}
collector: {collector}  # stands on every line of the log as the actor
purpose: {purpose}
authority: {authority}  # what permits the collection: a mandate, a statute, a consent

# Facts that must not show in the log: there a commitment stands in their place, and private/ keeps what opens it.
# private:
#   source: "name of the person who sent the links"

# What is sent, how targets are reached, and who signs and stamps the seals; what is left out has its default
# (docs/spec/case-yaml.md).
{policy}
#   user_agent: identified
#   identified_as: "Example Archive; https://example.org/archive"
#   route:
#     proxy: socks5h://127.0.0.1:9050
#   limits:
#     max_bytes: 4294967296
{seals}"""

_SEALS_SHOWN = """\
#   seals:
#     signer: "jane"                    # archiver identity new jane
#     key: "SHA256:..."                 # archiver identity show jane
#     authorities: ["digicert=http://timestamp.digicert.com"]
"""


@dataclass(frozen=True, slots=True)
class CaseFile:
    """The content of case.yaml. `id` is a urn:uuid; `private` holds (name, text) in the order of the file."""

    id: str
    name: str
    title: str
    collector: str
    purpose: str = ""
    authority: str = ""
    private: tuple[tuple[str, str], ...] = ()
    policy: Policy = field(default_factory=Policy)

    @classmethod
    def parse(cls, text: str, name: str = "case.yaml") -> "CaseFile":
        """Return what `text` says; `name` is how errors call the file.

        Raises `ConfigError` with file, line and column for whatever the format does not know, and a hint where a name
        is nearly right.
        """
        root = yaml.load(text, name)
        found = yaml.members(root, _KEYS, name)
        if _text(found, "archiver_case", root, name) != VERSION:
            raise _bad(found["archiver_case"], name, "this version reads archiver_case: 1 only")
        case_name = _text(found, "name", root, name)
        if NAME.fullmatch(case_name) is None:
            raise _bad(found["name"], name, f"{yaml.shown(case_name)} cannot be a name", NAME_HINT)
        case_id = _text(found, "id", root, name)
        if _ID.fullmatch(case_id) is None:
            raise _bad(found["id"], name, "not urn:uuid: and a UUID in lower case")
        collector = _text(found, "collector", root, name)
        if len(collector) > MAX_COLLECTOR:
            raise _bad(found["collector"], name, f"longer than {MAX_COLLECTOR} characters")
        return cls(
            id=case_id,
            name=case_name,
            title=_text(found, "title", root, name),
            collector=collector,
            purpose=_text(found, "purpose", root, name, needed=False),
            authority=_text(found, "authority", root, name, needed=False),
            private=tuple((key.text, value.text) for key, value in _private(found.get("private"), name)),
            policy=policies.parse(found.get("policy"), name),
        )


def new_case_yaml(
    *,
    case_id: str,
    name: str,
    title: str,
    collector: str,
    purpose: str = "",
    authority: str = "",
    offline: bool = False,
    seals: Seals = Seals(),  # noqa: B008  # frozen
) -> str:
    """Return a case.yaml with short comments, whose values `CaseFile.parse` reads back exactly.

    Of `seals` the signer and the authorities are written; the rest has its defaults. Any Unicode text is taken, control
    characters included. Raises `ConfigError` for what no case.yaml can hold: an empty title or collector, a name
    outside the rule, half a surrogate pair.
    """
    text = _TEMPLATE.format(
        id=quoted(case_id),
        name=quoted(name),
        title=quoted(title),
        collector=quoted(collector),
        purpose=quoted(purpose),
        authority=quoted(authority),
        policy=_policy(offline, seals),
        seals="" if seals.signer or seals.authorities else _SEALS_SHOWN,
    )
    CaseFile.parse(text, "case.yaml")
    return text


def _policy(offline: bool, seals: Seals) -> str:
    lines = ["  offline: true"] if offline else []
    if seals.signer or seals.authorities:
        lines.append("  seals:")
    if seals.signer:
        lines += [f"    signer: {quoted(seals.signer)}", f"    key: {quoted(seals.key)}"]
    if seals.authorities:
        lines.append("    authorities:  # each learns a hash, the time, and the network address of this machine")
        lines += [f"      - {quoted(f'{name}={url}')}" for name, url in seals.authorities]
    return "\n".join(["policy:", *lines]) if lines else "# policy:"


def opening(value: str, salt: str) -> bytes:
    """Return the bytes that open the commitment to `value`: canonical JSON (RFC 8785) of salt and value."""
    # Of an object with two ASCII keys and two valid texts, this is the canonical form; a test compares.
    return json.dumps({"salt": salt, "value": value}, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def commitment(opened: bytes) -> str:
    """Return what stands in the log for the value that `opened` opens."""
    return COMMITMENT + hashlib.sha256(opened).hexdigest()


def disclosed(text: str, salts: Map[str, str], name: str = "case.yaml") -> tuple[str, tuple[bytes, ...]]:
    """Return `text` with every private value replaced by its commitment, and the openings, in the order of the file.

    `salts` holds 32 random hexadecimal digits for each private name. Nothing else changes, but that comments from the
    word `private` to the next key are left out, values or none: what stands there is as private as they are. Raises
    `ConfigError` as `parse` does, and `KeyError` for a name without salt.
    """
    root = yaml.load(text, name)
    pairs = _private(yaml.members(root, _KEYS, name).get("private"), name)
    openings = tuple(opening(value.text, salts[key.text]) for key, value in pairs)
    keys = [key for key, _ in root.entries]
    at = next((number for number, key in enumerate(keys) if key.text == "private"), None)
    if at is None:
        return text, ()
    position, end = keys[at].end, keys[at + 1].start if at + 1 < len(keys) else len(text)
    result = [text[:position]]
    for (key, value), opened in zip(pairs, openings, strict=True):
        result += [_gap(text[position : key.start]), text[key.start : key.end], _gap(text[key.end : value.start])]
        result.append(replacement(text, value, quoted(commitment(opened))))
        position = value.end
    return "".join([*result, _gap(text[position:end]), text[end:]]), openings


def _gap(text: str) -> str:
    # Between keys and values there is nothing but blanks, punctuation and comments.
    return _COMMENT.sub("", text)


def replacement(text: str, value: Scalar, shown: str) -> str:
    """Return what takes the place of `value` in `text` so that `shown`, which is YAML, stands there instead."""
    before = "" if text[value.start - 1].isspace() else " "  # an empty value begins right after its colon
    after = "\n" if text[value.start : value.end].endswith(("\n", "\r")) else ""  # a block scalar takes its line end
    return f"{before}{shown}{after}"


def _private(node: Node | None, name: str) -> list[tuple[Scalar, Scalar]]:
    if node is None or (isinstance(node, Scalar) and not node.text):
        return []
    if not isinstance(node, Mapping):
        raise _bad(node, name, "private holds `name: text` lines")
    pairs = []
    for key, value in node.entries:
        if not isinstance(value, Scalar):
            raise _bad(value, name, f"the private value {yaml.shown(key.text)} must be one text")
        pairs.append((key, value))
    return pairs


def _text(found: dict[str, Node], key: str, root: Mapping, name: str, *, needed: bool = True) -> str:
    node = found.get(key)
    if node is None:
        if needed:
            raise refusal(name, root.line, root.column, f"{key} is missing")
        return ""
    if not isinstance(node, Scalar):
        raise _bad(node, name, f"{key} must be one text")
    if needed and not node.text.strip():
        raise _bad(node, name, f"{key} is empty")
    return node.text


def _bad(node: Node, name: str, why: str, hint: str = "") -> Exception:
    return refusal(name, node.line, node.column, why, hint)
