"""One run of the program for media: what is at an address, fetched file by file, and what each file was made of.

Nothing that a site or yt-dlp does raises; what came by then is told. No file has a name of a
stranger's.
"""

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from archiver.media import merging, program
from archiver.media.found import captions_of, clean, formats_of, is_live, is_locked, videos_in
from archiver.media.joining import pieces_in, sha256_of
from archiver.media.settings import options
from archiver.model.exchange import Blob
from archiver.model.media import Answer, Door, How, Kind, MediaFile, Over, Piece, Shortfall, Taken, Video

_TYPES: Final = {
    "mp4": "video/mp4", "m4v": "video/mp4", "mov": "video/quicktime", "webm": "video/webm", "mkv": "video/x-matroska",
    "ts": "video/mp2t", "flv": "video/x-flv", "3gp": "video/3gpp", "m4a": "audio/mp4", "mp3": "audio/mpeg",
    "aac": "audio/aac", "ogg": "audio/ogg", "opus": "audio/ogg", "flac": "audio/flac", "wav": "audio/wav",
    "vtt": "text/vtt", "srt": "application/x-subrip", "ttml": "application/ttml+xml",
}  # fmt: skip
_UNKNOWN: Final = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class Means:
    """What a run works with: the way out, how it presents itself, and where its files may lie.

    `place` gives a fresh path on the disk of the case, `room` how many bytes the item may still hold; `copied` is told
    of the bytes that go into a file, and raises `Over` where they are too many; `stop` is asked a
    few times a second; `waits` is as in `Runtime`.
    """

    door: Door
    user_agent: str
    accept: str
    accept_language: str
    place: Callable[[], Path]
    room: Callable[[], int]
    copied: Callable[[int], None]
    stop: Callable[[], bool]
    waits: Callable[[], AbstractContextManager[object]]


def taken(url: str, means: Means) -> Taken:
    """Return what could be fetched of the video and sound at `url`. Raises `OSError` where a file cannot be made."""
    given = options(means.user_agent, means.accept, means.accept_language)
    run = _Run(means)
    try:
        opened = program.Session(means.door, given, means.copied)
    except Exception as exc:  # noqa: BLE001  # another yt-dlp than the one this was made for
        why = f"this yt-dlp cannot be used: {type(exc).__name__}"
        return Taken(url, program.software(), given, short=("failed",), told=(why,))
    with tempfile.TemporaryDirectory(prefix="archiver-media-", ignore_cleanup_errors=True) as scratch:
        with opened as session, suppress(Over):
            run.all(session, url, Path(scratch))
        run.clear()
    return Taken(
        url,
        program.software(),
        given,
        tuple(run.videos),
        tuple(run.files),
        tuple(dict.fromkeys(run.short)),
        tuple(session.refused),
        tuple(session.told.words),
    )


@dataclass(slots=True)
class _Run:
    means: Means
    videos: list[Video] = field(default_factory=list)
    files: list[MediaFile] = field(default_factory=list)
    short: list[Shortfall] = field(default_factory=list)
    _paths: dict[str, Path] = field(default_factory=dict)

    def all(self, session: program.Session, url: str, scratch: Path) -> None:
        try:
            found = session.look(url)
        except Exception as exc:  # noqa: BLE001  # a thousand extractors of others, on hostile answers
            self._failed(session, exc)
            return
        videos = tuple(videos_in(found))
        if not videos:
            self.short.append("none")
        for video in videos:
            try:
                self._one(session, video, scratch)
            except OSError:  # of the disk: what the network does is caught where it is done
                raise
            except Exception as exc:  # noqa: BLE001  # it says what no video is like
                self._failed(session, exc)

    def clear(self) -> None:
        """Remove every file that is not kept; the answers have its bytes."""
        kept = {file.blob.path for file in self.files if file.blob is not None}
        for path in self._paths.values():
            if path not in kept:
                path.unlink(missing_ok=True)

    def _one(self, session: program.Session, video: Mapping[str, Any], scratch: Path) -> None:
        self.videos.append(Video(_words(video, "id"), _words(video, "title"), _words(video, "extractor_key")))
        formats = tuple(formats_of(video))
        if is_live(video):
            self.short.append("live")
            return
        if not formats:
            self.short.append("drm" if is_locked(video) else "none")
        made: list[MediaFile] = []
        try:
            for each in formats:
                made += self._file(session, each, scratch, _kind(each), _words(each, "format_id"))
            made += self._merged(made, session)
            for language, each in captions_of(video):
                made += self._file(session, each, scratch, "captions", "", language)
        finally:
            self.videos[-1] = replace(self.videos[-1], files=tuple(file.name for file in made))

    def _file(
        self,
        session: program.Session,
        wanted: Mapping[str, Any],
        scratch: Path,
        kind: Kind,
        offer: str,
        language: str = "",
    ) -> tuple[MediaFile, ...]:
        name = f"file-{len(self._paths) + 1}"
        path = self._place(name)
        link = scratch / name  # the program makes files of its own beside the one it is given
        link.symlink_to(path.absolute())
        session.asked.clear()
        refused = len(session.refused)
        try:
            done = session.fetch(wanted, link, captions=kind == "captions") and path.stat().st_size > 0
        except Exception as exc:  # noqa: BLE001  # as above
            session.told.take(program.words_of(exc))
            done = False
        if not done:
            self.short.append("unrecorded" if len(session.refused) > refused else "incomplete")
            return ()
        made = _described(path, session.asked)
        media_type = _type(wanted, kind)
        size, sha256 = path.stat().st_size, sha256_of(path)
        file = MediaFile(name, kind, media_type, size, sha256, *made, format=offer, language=language)
        if file.how != "recorded":
            file = replace(file, blob=Blob(file.size, file.sha256, path=path))
        self.files.append(file)
        return (file,)

    def _merged(self, made: list[MediaFile], session: program.Session) -> tuple[MediaFile, ...]:
        if {file.kind for file in made} != {"video", "audio"} or len(made) != 2:
            return ()
        by, means = merging.version(), self.means
        if not by or sum(file.size for file in made) > means.room():
            return ()
        name = f"file-{len(self._paths) + 1}"
        path = self._place(name)
        container, media_type = merging.container_of(made)
        inputs = [self._paths[file.name] for file in made]
        why = merging.merged(inputs, path, container, stop=means.stop, waits=means.waits)
        if why or not path.stat().st_size:
            session.told.take(why or "ffmpeg made an empty file")
            return ()
        size, sha256 = path.stat().st_size, sha256_of(path)
        blob = Blob(size, sha256, path=path)
        of = tuple(file.name for file in made)
        file = MediaFile(name, "stream", media_type, size, sha256, "merged", (), of, by, blob=blob)
        self.files = [replace(each, blob=None) if each.name in of else each for each in self.files]
        self.files.append(file)
        return (file,)

    def _place(self, name: str) -> Path:
        path = self.means.place()
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        self._paths[name] = path
        return path

    def _failed(self, session: program.Session, exc: Exception) -> None:
        nothing, elsewhere = program.is_nothing(exc), program.is_elsewhere(exc)
        self.short.append("none" if nothing else "geo-blocked" if elsewhere else "failed")
        session.told.take(program.words_of(exc))


def _described(path: Path, asked: list[Answer]) -> tuple[How, tuple[Piece, ...]]:
    """Return how the file at `path` came to be, and of which answers."""
    pieces = pieces_in(path, asked)
    if pieces:
        return "recorded", pieces
    useful = dict.fromkeys(each.number for each in asked if each.exchange.response is not None)
    return "assembled", tuple(Piece(number) for number in useful)


def _words(told: Mapping[str, Any], name: str) -> str:
    return clean(str(told.get(name) or ""))


def _kind(wanted: Mapping[str, Any]) -> Kind:
    picture, sound = wanted.get("vcodec"), wanted.get("acodec")
    if sound == "none" and picture != "none":
        return "video"
    return "audio" if picture == "none" and sound != "none" else "stream"


def _type(wanted: Mapping[str, Any], kind: Kind) -> str:
    ending = str(wanted.get("ext") or "").lower()
    known = _TYPES.get(ending, _UNKNOWN)
    return known.replace("video/", "audio/", 1) if kind == "audio" and known in {"video/mp4", "video/webm"} else known
