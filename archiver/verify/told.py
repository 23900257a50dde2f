"""What is said where nothing is wrong, and what no check of the folder alone can say."""

from collections.abc import Iterator, Mapping

from archiver.model.verdict import Finding, Severity
from archiver.verify.outside import Outside


def sound(check: str, counts: Mapping[str, int]) -> str:
    """Return what a sound `check` says, or "" for one that has nothing to say."""
    events, files, records = _some(counts["events"], "line"), _some(counts["files"], "file"), counts["records"]
    return {
        "layout": "nothing is missing, and nothing is there that the log does not explain",
        "chain": f"{events}, each naming the hash of the line before it; {_some(counts['items'], 'item')} in order",
        "canonical": f"{events} in the one canonical form, with the members that their events must have",
        "case-file": "case.yaml is the text that the log recorded last",
        "files": f"{files} with {_some(counts['bytes'], 'byte')}: size and SHA-256 as recorded",
        "structure": f"{_some(records, 'record')}: every byte of every file belongs to one",
        "digests": f"{_some(records, 'record')}: blocks, payloads and entities match their digests",
        "records": f"{files} and the events that describe them agree",
        "manifest": "manifest.yaml is exactly what the log yields",
    }.get(check, "")


def no_seals(check: str, outside: Outside) -> Iterator[Finding]:
    """Yield, as a finding of `check`, that the case holds no seal, and what follows for what the verifier brought."""
    for asked, name, what in (
        (outside.signers, "signatures", "you named signers, and nobody signed here"),
        (outside.roots, "tokens", "you named roots of time stamping authorities, and no seal is stamped here"),
    ):
        if asked is not None:
            meaning = "nothing could be held against what you named: ask whether this case was ever sealed"
            yield Finding(name, Severity.UNCHECKED, "", what, meaning=meaning)
    yield Finding(
        check,
        Severity.UNASKED,
        "",
        "this case carries no seals: no signature and no time stamp of somebody else is in it",
        meaning=(
            "the log's own chain shows edits, but whoever holds the folder could rebuild it whole, with other times; "
            "only a copy or a hash kept elsewhere would show that"
        ),
    )


def _some(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
