"""What can be learnt about this machine without sending a packet, and without naming it or its user."""

import ctypes
import ctypes.util
import fcntl
import os
import platform
import re
import shutil
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from archiver.cli.parse import exists
from archiver.errors import UsageError

State = Literal["ok", "warning", "missing", "unknown", "failed"]

LOW_SPACE = 2 << 30  # bytes; less than half of what one item may hold by default
LIBRARIES = (
    "brotlicffi", "cryptography", "dnspython", "h11", "hpack", "httpx", "idna", "isal", "jinja2", "markupsafe",
    "pillow", "pyyaml", "rfc3161-client", "rfc8785", "rich", "selectolax", "socksio", "tinycss2", "typer", "warcio",
    "zstandard",
)  # fmt: skip
OPTIONAL = (
    ("pyrage", "needed for export --encrypt-to alone: install archiver with its extra, archiver[age]"),
    ("yt-dlp", "needed for the videos of posts alone (--media): install archiver with its extra, archiver[media]"),
)
_BY_HAND = "archiver works without it; it helps to check a case by hand"
PROGRAMS = (
    ("openssl", _BY_HAND),
    ("ssh-keygen", _BY_HAND),
    ("ffmpeg", "archiver works without it; it puts picture and sound of a video into one file, where they came apart"),
)

_STA_UNSYNC = 0x0040  # adjtimex(2)
_TIME_ERROR = 5
_NETWORK = re.compile(r"nfs4?|cifs|smb3?|smbfs|afs|ceph|glusterfs|9p|davfs|lustre|fuse\.(sshfs|rclone|davfs2?|gvfsd.*)")
_MEMORY = frozenset({"tmpfs", "ramfs"})
_SYNCED = re.compile(
    r"dropbox.*|onedrive.*|google ?drive.*|my drive|icloud.*|mobile documents|nextcloud.*|owncloud.*|mega(sync)?|"
    r"pcloud.*|yandex\.?disk.*|box sync|seafile|sync\.com|syncthing",
    re.IGNORECASE,
)
_SYNC_MARKS = (".dropbox", ".dropbox.cache", ".stfolder", ".nextcloudsync.log", ".owncloudsync.log", ".seafile-data")


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at: its name, how it stands, what was seen, and what to do about it."""

    name: str
    state: State
    seen: str
    hint: str = ""


class _Timex(ctypes.Structure):
    """The head of `struct timex` (adjtimex(2)); the kernel writes into the spare room behind it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("spare", ctypes.c_byte * 512),
    )


def clock() -> Examined:
    """Return whether the kernel says that its clock is kept in step with others."""
    try:
        adjtimex = ctypes.CDLL(None, use_errno=True).adjtimex
    except (AttributeError, OSError):
        return clock_state(-1, 0, 0)
    timex = _Timex()
    answer = adjtimex(ctypes.byref(timex))
    return clock_state(int(answer), int(timex.status), int(timex.maxerror))


def clock_state(answer: int, status: int, maxerror: int) -> Examined:
    """Return what an answer of adjtimex(2) means; `maxerror` is in microseconds, an `answer` below 0 is none at all."""
    if answer < 0:
        return Examined(
            "clock", "unknown", "the system does not say whether its clock is synchronised", "compare it by hand"
        )
    if answer == _TIME_ERROR or status & _STA_UNSYNC:
        hint = "switch on time synchronisation, or write down how far the clock is off"
        return Examined("clock", "warning", "not synchronised, says the system", hint)
    return Examined("clock", "ok", f"synchronised, says the system, to within {max(1, maxerror // 1000)} ms")


def writing(folder: Path) -> Examined:
    """Return whether files can be made durable in `folder`, or in the nearest folder above that exists.

    A file is made, locked, synced, linked and removed again.
    """
    place = nearest(folder)
    trial = place / f".archiver-doctor-{os.getpid()}"
    link = trial.with_suffix(".link")
    try:
        descriptor = os.open(trial, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    except OSError as exc:
        return Examined("write access", "failed", f"no file can be made: {exc.strerror}", "choose another cases folder")
    step = "write"
    try:
        os.write(descriptor, b"archiver doctor\n")
        step = "lock (flock)"
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        step = "sync (fsync)"
        os.fsync(descriptor)
        step = "link"
        link.hardlink_to(trial)
        step = "sync the folder (fsync)"
        sync_folder(place)
    except OSError as exc:
        hint = "this file system cannot keep a case safely; choose another cases folder"
        return Examined("write access", "failed", f"the file system refused to {step}: {exc.strerror}", hint)
    finally:
        os.close(descriptor)
        trial.unlink(missing_ok=True)
        link.unlink(missing_ok=True)
    there = "" if place == folder else "; the folder itself does not exist yet"
    return Examined("write access", "ok", f"files can be made, locked, synced and linked{there}")


def sync_folder(folder: Path) -> None:
    """Make the entries of `folder` durable. Raises `OSError` where the file system cannot."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def space(folder: Path) -> Examined:
    """Return how much room is left for cases."""
    free = shutil.disk_usage(nearest(folder)).free
    seen = f"{free / (1 << 30):.1f} GiB free"
    if free < LOW_SPACE:
        return Examined("free disk", "warning", seen, "make room: one item may take up to 4 GiB (--max-bytes)")
    return Examined("free disk", "ok", seen)


def file_system(folder: Path, mounts: str) -> Examined:
    """Return what kind of file system holds `folder`; `mounts` is the text of /proc/self/mountinfo."""
    kind = mounted(nearest(folder).resolve(), mounts)
    if kind is None:
        return Examined("file system", "unknown", "the system does not say what kind it is")
    if _NETWORK.fullmatch(kind):
        hint = "locks and syncs may not hold there; keep cases on a disk of this machine and copy them afterwards"
        return Examined("file system", "warning", f"{kind}: a network file system", hint)
    if kind in _MEMORY:
        return Examined("file system", "warning", f"{kind}: in memory", "cases there are gone when the machine stops")
    return Examined("file system", "ok", kind)


def mounted(place: Path, mounts: str) -> str | None:
    """Return the type of the file system mounted over `place` (proc_pid_mountinfo(5)), the last and deepest one."""
    best: tuple[int, str] | None = None
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) < 5 or not right:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), fields[4]))
        if place.is_relative_to(point) and (best is None or len(point.parts) >= best[0]):
            best = (len(point.parts), right.split(" ")[0])
    return best[1] if best else None


def synced(folder: Path) -> Examined:
    """Return whether the place looks like one that a program copies to somebody else's machine."""
    place = nearest(folder).resolve()
    named = any(_SYNCED.fullmatch(part) for part in place.parts)
    marked = any(exists(parent / mark) for parent in (place, *place.parents) for mark in _SYNC_MARKS)
    if named or marked:
        hint = "evidence would leave this machine, and a half-copied case looks damaged; choose another cases folder"
        return Examined("cloud folder", "warning", "the cases folder looks like one that is copied to a cloud", hint)
    return Examined("cloud folder", "ok", "none recognised")


def trust_store() -> Examined:
    """Return whether the system's list of certificate authorities was found."""
    paths = ssl.get_default_verify_paths()
    loaded = ssl.create_default_context().cert_store_stats()["x509_ca"]
    if loaded:
        return Examined("authorities", "ok", f"{loaded} certificate authorities trusted by the system")
    if paths.capath and any(Path(paths.capath).iterdir()):
        return Examined("authorities", "ok", "a folder of certificate authorities trusted by the system")
    hint = "install the package ca-certificates, or name a file with --ca-file"
    return Examined("authorities", "missing", "the system trusts no certificate authority", hint)


def name_servers(text: str | None) -> Examined:
    """Return whether names can be asked for; `text` is that of /etc/resolv.conf, None when it cannot be read."""
    servers = [line for line in (text or "").splitlines() if re.match(r"\s*nameserver\s+\S", line)]
    if servers:
        return Examined("dns", "ok", f"{len(servers)} name {_plural(len(servers), 'server')} configured")
    hint = "captures then ask the system's own resolver, and no DNS answer is kept as evidence"
    return Examined("dns", "missing", "no name server is configured", hint)


def software() -> Iterator[Examined]:
    """Yield the version of Python and of each library, of those that one command needs as well."""
    yield Examined("python", "ok", f"{platform.python_version()} ({platform.python_implementation()})")
    for name, hint in (*((name, "install archiver again") for name in LIBRARIES), *OPTIONAL):
        try:
            yield Examined(name, "ok", metadata.version(name))
        except metadata.PackageNotFoundError:
            yield Examined(name, "missing", "not installed", hint)


def programs() -> Iterator[Examined]:
    """Yield which programs are there that one can do without."""
    for name, hint in PROGRAMS:
        if shutil.which(name):
            yield Examined(name, "ok", "found")
        else:
            yield Examined(name, "missing", "not found", hint)


def browser(environ: Mapping[str, str]) -> Examined:
    """Return which browser `capture --browser` and `replay` would use."""
    from archiver.browser.find import found

    try:
        program = found(None, environ)
    except UsageError as exc:
        return Examined("browser", "missing", exc.message, f"capture --browser and replay need one: {exc.hint}")
    if os.geteuid() == 0:
        hint = "it has no sandbox under root: a page that breaks out of it has all rights; work as another user"
        return Examined("browser", "warning", f"{program.name} {program.version}", hint)
    return Examined("browser", "ok", f"{program.name} {program.version}")


def nearest(folder: Path) -> Path:
    """Return `folder`, or the nearest folder above it that exists."""
    place = folder.absolute()
    while not (exists(place) and place.is_dir()) and place != place.parent:
        place = place.parent
    return folder if place == folder.absolute() else place


def _plural(number: int, noun: str) -> str:
    return noun if number == 1 else f"{noun}s"
