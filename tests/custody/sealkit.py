"""Keys, signatures and tokens for the tests of seals, and what holds for the seals of every sound case."""

import base64
import hashlib
import itertools
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from archiver.custody import layout, manifest
from archiver.custody.disk import Disk
from archiver.custody.log import GENESIS, parse_line
from archiver.custody.seal import NAMESPACE, Seal
from archiver.custody.sealstate import SEAL_FILES
from archiver.custody.stamp import Stamp, Stamps
from archiver.custody.state import OUTCOMES, CaseState

SIGNER = "jane.doe@example.org"
BLOB = b"\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(range(32))
KEY = f"ssh-ed25519 {base64.b64encode(BLOB).decode()}"


def fingerprint(key: str) -> str:
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return f"SHA256:{base64.b64encode(digest).decode().rstrip('=')}"


FINGERPRINT = fingerprint(KEY)


def signed(text: bytes) -> bytes:
    """Return what stands for a signature."""
    return b"-----BEGIN SSH SIGNATURE-----\n" + hashlib.sha512(text).hexdigest().encode() + b"\n"


def stamp_of(authority: str, sums: bytes = b"", gen_time: str = "2026-11-22T06:56:03Z") -> Stamp:
    """Return what stands for a verified token."""
    request = hashlib.sha256(authority.encode() + sums).digest()
    return Stamp(authority, b"request" + request, b"response" + request * 40, gen_time, "0f3a", -854)


def stamped_by(*authorities: str, pending: Sequence[tuple[str, str]] = ()) -> Callable[[bytes], Stamps]:
    """Return a taker of tokens; each authority is a second later than the one before."""

    def stamp(sums: bytes) -> Stamps:
        assert sums.endswith((b".seal\n", b".seal.sig\n"))
        stamps = (stamp_of(authority, sums) for authority in authorities)
        times = (replace(each, gen_time=f"2026-11-22T06:56:{9 - at:02d}Z") for at, each in enumerate(stamps))
        return Stamps(tuple(times), tuple(pending))

    return stamp


unstamped = stamped_by()


def new_ssh_key(path: Path) -> str:
    """Make a key with ssh-keygen at `path`, and return the line of the public one."""
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "a comment", "-f", str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path.with_name(path.name + ".pub").read_text()


def ssh_signer(key: Path) -> Callable[[bytes], bytes]:
    """Return what signs the text of a seal with ssh-keygen."""
    command = ["ssh-keygen", "-Y", "sign", "-f", str(key), "-n", NAMESPACE]
    return lambda text: subprocess.run(command, input=text, check=True, capture_output=True).stdout


def naive_root(leaves: Sequence[bytes]) -> bytes:
    """Return the root of the tree by the letter of RFC 6962."""
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\1" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def assert_seals_sound(disk: Disk, state: CaseState) -> None:
    """Assert that every seal says what is so, computed anew, and that nothing else lies beside them."""
    log = _whole(disk, layout.LOG)
    lines = [line + b"\n" for line in log.split(b"\n")[:-1]]
    ends = list(itertools.accumulate(map(len, lines), initial=0))
    events = [parse_line(line) for line in lines]
    entries = [manifest.rendered(event, _sha256(line)) for event, line in zip(events, lines, strict=True)]
    manifest_ends = list(itertools.accumulate(map(len, entries), initial=0))
    before, done = GENESIS, 0
    for number, told in state.sealed.completed.items():
        completed = events[told.last]
        text = _whole(disk, f"seals/{number:06d}.seal")
        seal = Seal.parse(text)
        last = completed.seq - 1
        start, end = ends[done], ends[last]
        covered = events[done:last]
        warcs = {
            e.data["file"]["path"]: e.data["file"]["sha256"]
            for e in covered
            if e.event in OUTCOMES and "file" in e.data
        }
        files = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(warcs.items())).encode()
        hashes = "".join(f"{_sha256(line)}\n" for line in lines[done:last]).encode()
        assert _whole(disk, f"seals/{number:06d}.files.sha256") == files
        assert _whole(disk, f"seals/{number:06d}.entries.sha256") == hashes
        shown = entries[done:last]
        assert seal == Seal(
            case=completed.case,
            number=number,
            previous_sha256=before,
            sealed_at=seal.sealed_at,
            first_line=done + 1,
            last_line=last,
            log_offset=start,
            log_length=end - start,
            log_sha256=_sha256(log[start:end]),
            log_head=completed.prev,
            tree_root=naive_root(lines[:last]).hex(),
            tree_frontier=seal.tree_frontier,
            entries_sha256=_sha256(hashes),
            files_sha256=_sha256(files),
            manifest_offset=manifest_ends[done],
            manifest_length=sum(map(len, shown)),
            manifest_sha256=_sha256(b"".join(shown)),
            signer=completed.data["signer"],
        )
        of_seal = [f"{number:06d}.{SEAL_FILES[name]}" for name in ("file", "signature") if completed.data[name]]
        sums = "".join(f"{_sha256(_whole(disk, f'seals/{name}'))}  {name}\n" for name in of_seal)
        assert _whole(disk, f"seals/{number:06d}.sums") == sums.encode()
        before, done = _sha256(text), last
    for path, file in state.sealed.files.items():
        data = _whole(disk, path)
        assert (len(data), _sha256(data)) == (file.size, file.sha256), path
    found = {f"{folder}/{name}" for folder in ("seals", "trust") for name in disk.names(folder)}
    assert found == state.sealed.files.keys()


def _whole(disk: Disk, path: str) -> bytes:
    size = disk.size(path)
    assert size is not None, path
    return disk.read(path, 0, size)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
