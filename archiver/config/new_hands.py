"""case.yaml in new hands: another collector, another key to seal with, and every other character as it was."""

from dataclasses import replace

from archiver.config import yaml
from archiver.config.case_file import CaseFile, replacement
from archiver.config.quote import quoted
from archiver.config.yaml import Mapping, Node, Scalar
from archiver.errors import ConfigError

Change = tuple[int, int, str]
"""Where in the text, from and up to which character, and what stands there then."""


def in_new_hands(text: str, *, collector: str, signer: str, key: str, name: str = "case.yaml") -> str:
    """Return the case.yaml `text` with this collector, signer and fingerprint of the key; nothing else changes.

    Comments stay, and so do private values. Raises `ConfigError` as `CaseFile.parse` does, and for a text in which
    there is no place that a program could be sure of.
    """
    before = CaseFile.parse(text, name)
    seals = replace(before.policy.seals, signer=signer, key=key)
    wanted = replace(before, collector=collector, policy=replace(before.policy, seals=seals))
    for inline in (False, True):  # what a mapping is written as does not show in what was read of it
        changed = _changed(text, name, collector, {"signer": quoted(signer), "key": quoted(key)}, inline=inline)
        try:
            if CaseFile.parse(changed, name) == wanted:
                return changed
        except ConfigError:
            continue
    hint = "write `seals:` under `policy:` with each of its keys on a line of its own, then archiver amend"
    raise ConfigError("case-yaml", f"{name}: no place was found for the new signer and key", hint)


def _changed(text: str, name: str, collector: str, signing: dict[str, str], *, inline: bool) -> str:
    found = {key.text: value for key, value in yaml.load(text, name).entries}
    changes = [_put(text, found["collector"], quoted(collector))]
    flow = f"{{{_pairs(signing)}}}"
    policy = found.get("policy")
    if policy is None:
        end = "" if text.endswith("\n") else "\n"
        changes.append((len(text), len(text), f"{end}policy:\n  seals: {flow}\n"))
    elif not isinstance(policy, Mapping):
        changes.append(_put(text, policy, f"{{seals: {flow}}}"))
    else:
        seals = {key.text: value for key, value in policy.entries}.get("seals")
        if seals is None:
            changes += _first(policy, {"seals": flow}, inline=inline)
        elif isinstance(seals, Mapping):
            there = {key.text: value for key, value in seals.entries if key.text in signing}
            changes += [_put(text, value, signing[key]) for key, value in there.items()]
            changes += _first(seals, {key: signing[key] for key in signing if key not in there}, inline=inline)
        else:
            changes.append(_put(text, seals, flow))
    for start, end_, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end_:]
    return text


def _put(text: str, node: Node, shown: str) -> Change:
    if not isinstance(node, Scalar):
        return 0, 0, ""  # a list where none belongs: what was read of the text is no CaseFile, and nobody gets here
    return node.start, node.end, replacement(text, node, shown)


def _first(mapping: Mapping, pairs: dict[str, str], *, inline: bool) -> list[Change]:
    """Return what puts `pairs` before the first entry of `mapping`: with commas, or on lines of their own."""
    if not pairs or not mapping.entries:
        return []
    at = mapping.entries[0][0]
    new = f"{_pairs(pairs)}, " if inline else "".join(f"{key}: {pairs[key]}\n{' ' * (at.column - 1)}" for key in pairs)
    return [(at.start, at.start, new)]


def _pairs(pairs: dict[str, str]) -> str:
    return ", ".join(f"{key}: {value}" for key, value in pairs.items())
