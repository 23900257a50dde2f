"""A case as a BagIt bag (RFC 8493; docs/spec/exports.md §3)."""

from collections.abc import Iterator

from archiver import __version__
from archiver.custody.layout import CASE_YAML
from archiver.export.entries import Entry, sums
from archiver.export.facts import Facts
from archiver.export.kit import kit
from archiver.export.sealed import Sealed

FORMAT = "archiver-bag/1"
MANIFEST = "manifest-sha256.txt"

_PAYLOAD = "data/"
_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def bag(sealed: Sealed) -> tuple[Entry, ...]:
    """Return the files of the bag: what a reader needs first comes first, then the case, sorted by name.

    Nothing of private/ and quarantine/ is in it, and case.yaml is the text that the log discloses.
    """
    payload = sorted(_payload(sealed), key=lambda entry: entry.name)
    tags = (
        Entry.of_bytes("bagit.txt", _DECLARATION),
        Entry.of_bytes("bag-info.txt", _info(sealed, payload)),
        Entry.of_bytes(MANIFEST, sums(payload)),
        *kit(_facts(sealed)),
    )
    return (*tags, Entry.of_bytes("tagmanifest-sha256.txt", sums(tags)), *payload)


def _payload(sealed: Sealed) -> Iterator[Entry]:
    yield Entry.of_bytes(_PAYLOAD + CASE_YAML, sealed.case_yaml.encode("utf-8"))
    evidence = (sealed.evidence(item) for item in sealed.state.items)
    kept = (file for file in evidence if file is not None)
    for file in (sealed.log, sealed.manifest, *kept, *sealed.state.sealed.files.values()):
        yield Entry.of_case(_PAYLOAD + file.path, sealed.case, file)


def _info(sealed: Sealed, payload: list[Entry]) -> bytes:
    said = {
        "Bag-Software-Agent": f"archiver {__version__}",
        "Bagging-Date": f"{sealed.sealed_at:%Y-%m-%d}",
        "External-Identifier": sealed.state.case,
        "Payload-Oxum": f"{sum(entry.size for entry in payload)}.{len(payload)}",
        "Archiver-Format": FORMAT,
        "Archiver-Seal": f"{sealed.seal.number}",
    }
    return "".join(f"{label}: {value}\n" for label, value in said.items()).encode("ascii")


def _facts(sealed: Sealed) -> Facts:
    items = sealed.state.items.values()
    withheld = tuple(item.file.path for item in items if item.file is not None and item.withheld)
    exhibits = sealed.exhibits(sealed.state.items, _PAYLOAD)
    return Facts("bag", (sealed.facts(sealed.seal),), prefix=_PAYLOAD, exhibits=exhibits, withheld=withheld)
