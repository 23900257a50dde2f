"""Cases for exports, made by the commands themselves, and readers of exports that know nothing of the writers."""

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from server import RawServer
from stamping import LocalAuthority

from archiver.cli.main import main

Bytes = dict[str, bytes]
PRIVATE = "Ivan Petrovich, +7 495 123"


@dataclass
class Office:
    """The folder somebody works in, with the case `harbour`."""

    folder: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def case(self) -> Path:
        return self.folder / "cases/harbour"

    @property
    def log(self) -> list[bytes]:
        return (self.case / "custody.jsonl").read_bytes().splitlines(keepends=True)

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log]

    def names(self) -> list[str]:
        return [event["event"] for event in self.events()]

    def run(self, *args: str) -> tuple[int, str, str]:
        code = main(args, environ={"XDG_CONFIG_HOME": str(self.folder / "config")})
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def done(self, *args: str) -> str:
        code, out, err = self.run(*args)
        assert code == 0, out + err
        return out

    def document(self, *args: str) -> tuple[int, dict[str, Any]]:
        code, out, err = self.run(*args, "--json")
        assert err == ""
        document: dict[str, Any] = json.loads(out)
        return code, document

    def kept(self, name: str, data: bytes, *more: str) -> None:
        """Import a file."""
        (self.folder / name).write_bytes(data)
        self.done("import", "harbour", name, "--source", "the family", *more)

    def captured(self, site: RawServer, path: str, *more: str) -> int:
        return self.run("capture", site.url(path), "--case", "harbour", "--allow-host", site.netloc, *more)[0]

    def bag(self, name: str = "out") -> Path:
        self.done("export", "harbour", "-o", name, "--as", "bag")
        return self.folder / name

    def disclosed(self, *items: int, name: str = "out") -> Path:
        named = [word for item in items for word in ("--item", str(item))]
        self.done("export", "harbour", "-o", name, "--as", "disclosure", *named)
        return self.folder / name

    def private_value(self) -> None:
        """Put a private value into case.yaml."""
        file = self.case / "case.yaml"
        file.write_text(f'{file.read_text("utf-8")}private:\n  source: "{PRIVATE}"\n', "utf-8")
        self.done("amend", "harbour", "--reason", "the source has a name")

    def policy(self, authority: LocalAuthority, *more: str) -> None:
        """Let `authority` be asked at each seal, and jane sign it."""
        self.done("identity", "new", "jane", "--no-passphrase")
        key = json.loads(self.done("identity", "show", "jane", "--json"))["fingerprint"]
        seals = ["signer: jane", f'key: "{key}"', f'authorities: ["local={authority.url}"]', *more]
        lines = [
            "  route:",
            f'    allow_host: ["{authority.host_port}"]',
            "  seals:",
            *(f"    {each}" for each in seals),
        ]
        file = self.case / "case.yaml"
        text = file.read_text("utf-8")
        assert "\npolicy:" not in text, text
        file.write_text(text + "\n".join(["policy:", *lines, ""]), "utf-8")
        self.done("amend", "harbour", "--reason", "sealed from now on")

    def left_behind(self) -> set[str]:
        """What lies in the folder besides the case and the files that were imported."""
        return {path.name for path in self.folder.iterdir()} - {"cases", "config"}


def files_of(path: Path) -> Bytes:
    """Every file of an export by its name, without the folder that a zip or tar has."""
    if path.is_dir():
        return {each.relative_to(path).as_posix(): each.read_bytes() for each in path.rglob("*") if each.is_file()}
    return archived(path.read_bytes(), path.suffix)


def archived(data: bytes, suffix: str) -> Bytes:
    if suffix == ".zip":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            assert archive.testzip() is None
            found = {name: archive.read(name) for name in archive.namelist()}
    else:
        with tarfile.open(fileobj=io.BytesIO(data)) as archive:
            members = archive.getmembers()
            assert all(member.isfile() for member in members)
            found = {each.name: file.read() for each in members if (file := archive.extractfile(each)) is not None}
    tops = {name.partition("/")[0] for name in found}
    assert len(tops) == 1
    return {name.partition("/")[2]: data for name, data in found.items()}


def unpacked(data: bytes) -> bytes:
    """The bytes, and behind them what comes out where they are gzip."""
    return data + gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data


def listed(sums: bytes) -> dict[str, str]:
    """Name and hash of each line of sha256sum."""
    pairs = (line.split("  ", 1) for line in sums.decode().splitlines())
    return {name: sha256 for sha256, name in pairs}


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def hashes(files: Bytes) -> dict[str, str]:
    return {name: sha256(data) for name, data in files.items()}


def bagit_says(bag: Path) -> subprocess.CompletedProcess[str]:
    """What bagit-python's own command says of a bag."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "bagit", "--validate", str(bag)], capture_output=True, text=True
    )


def sha256sum_says(folder: Path, name: str) -> subprocess.CompletedProcess[str]:
    command = ["sha256sum", "-c", "--strict", "--quiet", name]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def tree_hash(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\1" + tree_hash(leaves[:k]) + tree_hash(leaves[k:])).digest()


def path_of(m: int, leaves: list[bytes]) -> list[bytes]:
    """RFC 6962 §2.1.1, word for word: the audit path of leaf `m`."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*path_of(m, leaves[:k]), tree_hash(leaves[k:])]
    return [*path_of(m - k, leaves[k:]), tree_hash(leaves[:k])]


def root_from(line: bytes, m: int, n: int, path: list[bytes]) -> bytes:
    """The root that follows from a line and its audit path, by the definition read backwards."""
    if n == 1:
        assert path == []
        return hashlib.sha256(b"\0" + line).digest()
    k = 1
    while k * 2 < n:
        k *= 2
    *below, beside = path
    if m < k:
        return hashlib.sha256(b"\1" + root_from(line, m, k, below) + beside).digest()
    return hashlib.sha256(b"\1" + beside + root_from(line, m - k, n - k, below)).digest()


def seal_says(text: bytes) -> dict[str, str]:
    """The keys and values of a seal."""
    return dict(line.split(": ", 1) for line in text.decode().splitlines()[1:])
