"""Honest exports of a sealed case, and WACZ files put together so that each part of them can lie."""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from archives import ZipFile, ZipMember
from cdxj_indexer.main import CDXJIndexer
from sealed_cases import TODAY

from archiver.custody.read import Snapshot
from archiver.export.bag import bag
from archiver.export.disclosure import disclosure
from archiver.export.entries import Entry
from archiver.export.sealed import read_sealed
from archiver.export.sinks import write_tar, write_zip
from archiver.model.verdict import Severity, Verdict
from archiver.verify.bundles import verify_bundle

Files = dict[str, bytes]
BASE = "export"


def files_of(entries: Iterable[Entry]) -> Files:
    """The bytes of an export, by name, in its order."""
    return {entry.name: b"".join(entry.chunks()) for entry in entries}


def bag_files(case: Path) -> Files:
    with Snapshot.open(case) as snapshot:
        return files_of(bag(read_sealed(snapshot)))


def disclosed_files(case: Path, *items: int) -> Files:
    with Snapshot.open(case) as snapshot:
        return files_of(disclosure(snapshot, items).entries)


def as_folder(path: Path, files: Mapping[str, bytes]) -> Path:
    for name, data in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path


def as_zip(path: Path, files: Mapping[str, bytes], base: str = BASE) -> Path:
    with path.open("w+b") as file:
        write_zip(file, base, [Entry.of_bytes(name, data) for name, data in files.items()], TODAY)
    return path


def as_tar(path: Path, files: Mapping[str, bytes], base: str = BASE) -> Path:
    with path.open("w+b") as file:
        write_tar(file, base, [Entry.of_bytes(name, data) for name, data in files.items()], TODAY)
    return path


FORMS: dict[str, Callable[[Path, Mapping[str, bytes]], Path]] = {
    "folder": lambda path, files: as_folder(path / "export", files),
    "zip": lambda path, files: as_zip(path / "export.zip", files),
    "tar": lambda path, files: as_tar(path / "export.tar", files),
}


def resealed(files: Files) -> Files:
    """A bag or a disclosure whose lists were written anew by whoever changed its files."""
    found = dict(files)
    if "SHA256SUMS" in found:
        names = sorted(found.keys() - {"SHA256SUMS"})
        return {**found, "SHA256SUMS": _sums(found, names)}
    payload = sorted(name for name in found if name.startswith("data/"))
    found["manifest-sha256.txt"] = _sums(found, payload)
    size = sum(len(found[name]) for name in payload)
    lines = found["bag-info.txt"].decode().splitlines()
    kept = [line if not line.startswith("Payload-Oxum") else f"Payload-Oxum: {size}.{len(payload)}" for line in lines]
    found["bag-info.txt"] = ("\n".join(kept) + "\n").encode()
    tags = sorted(name for name in found if not name.startswith("data/") and name != "tagmanifest-sha256.txt")
    found["tagmanifest-sha256.txt"] = _sums(found, tags)
    return found


def _sums(files: Files, names: Iterable[str]) -> bytes:
    return "".join(f"{sha256(files[name]).hexdigest()}  {name}\n" for name in names).encode()


def worst(verdict: Verdict, check: str) -> Severity:
    return max((f.severity for f in verdict.findings if f.check == check), default=Severity.OK)


def broken(verdict: Verdict) -> set[str]:
    return {f.check for f in verdict.findings if f.severity is Severity.BROKEN}


def said(verdict: Verdict, check: str = "") -> str:
    found = (f for f in verdict.findings if check in {"", f.check})
    return "\n".join(f"{f.severity.name} {f.check} {f.subject} {f.where}: {f.message}" for f in found)


@dataclass(frozen=True)
class Wacz:
    """A WACZ by its files; the list and its digest are made from them, and may be changed then."""

    files: Files
    created: str = "2026-12-31T00:00:00Z"
    package: Callable[[dict[str, Any]], Any] = lambda package: package
    digest: Callable[[dict[str, Any]], Any] = lambda digest: digest
    unlisted: Files = field(default_factory=dict)
    deflated: frozenset[str] = frozenset()
    algorithm: str = "sha256"

    def all_files(self) -> Files:
        resources = [
            {
                "name": name.rpartition("/")[2],
                "path": name,
                "hash": f"{self.algorithm}:{hashlib.new(self.algorithm, data).hexdigest()}",
                "bytes": len(data),
            }
            for name, data in self.files.items()
        ]
        facts = {"profile": "data-package", "wacz_version": "1.1.1", "created": self.created, "resources": resources}
        package = json.dumps(self.package(facts)).encode()
        digest = self.digest({"path": "datapackage.json", "hash": f"sha256:{sha256(package).hexdigest()}"})
        more = {} if digest is None else {"datapackage-digest.json": json.dumps(digest).encode()}
        return {**self.files, **self.unlisted, "datapackage.json": package, **more}

    def zip(self) -> ZipFile:
        members = (
            ZipMember(name.encode(), data, deflate=name in self.deflated) for name, data in self.all_files().items()
        )
        return ZipFile(tuple(members))

    def write(self, path: Path) -> Path:
        path.write_bytes(self.zip().data())
        return path


def wacz_of(case: Path) -> Wacz:
    """A WACZ of somebody else's making: the WARC of the first item, the index that cdxj-indexer makes, its page."""
    warc = case / "evidence/000/000001.warc.gz"
    out = io.StringIO()
    CDXJIndexer(out, [str(warc)], sort=True, records="response,revisit").process_all()
    first = json.loads(out.getvalue().splitlines()[0].split(" ", 2)[2])
    stamp = out.getvalue().split(" ")[1]
    at = f"{stamp[:4]}-{stamp[4:6]}-{stamp[6:8]}T{stamp[8:10]}:{stamp[10:12]}:{stamp[12:14]}Z"
    pages = [{"format": "json-pages-1.0", "id": "pages", "title": "Pages"}, {"url": first["url"], "ts": at, "id": "1"}]
    return Wacz(
        {
            "archive/000001.warc.gz": warc.read_bytes(),
            "indexes/index.cdxj": out.getvalue().encode(),
            "pages/pages.jsonl": "".join(json.dumps(page) + "\n" for page in pages).encode(),
        }
    )


def verified(path: Path, **given: Any) -> Verdict:
    """What is found at `path`; nothing in it may make this raise."""
    return verify_bundle(path, now=TODAY, **given)
