"""The only place that knows yt-dlp: what it may do, and the handler through which each of its requests goes.

docs/adr/0014 says why it is held like this. Importing this takes the best part of a second, so it is imported where a
video is wanted and nowhere else.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import Element

import yt_dlp
from yt_dlp import globals as settings
from yt_dlp.downloader import get_suitable_downloader
from yt_dlp.downloader.dash import DashSegmentsFD
from yt_dlp.downloader.hls import HlsFD
from yt_dlp.downloader.http import HttpFD
from yt_dlp.downloader.ism import IsmFD
from yt_dlp.extractor.common import InfoExtractor
from yt_dlp.networking import RequestHandler, Response
from yt_dlp.networking.exceptions import CertificateVerifyError, HTTPError, TransportError, UnsupportedRequest
from yt_dlp.utils import (
    DownloadError,
    ExtractorError,
    GeoRestrictedError,
    Popen,
    UnsupportedError,
    YoutubeDLError,
    parse_duration,
)
from yt_dlp.version import __version__

from archiver.media.body import Body, pieces_of
from archiver.media.found import clean
from archiver.media.lists import MAX_SEGMENTS, lacks, segments_in
from archiver.media.translate import another_part, body_of, cookies_of, message_of, remember, scheme_of, sendable
from archiver.model.media import Answer, Asked, Door, LeftAlone, Software, Unaskable

MAX_SEGMENT: Final = 256 * 1024**2  # bytes: a segment is put into memory before it is appended
MAX_CODING: Final = 4096  # bytes of the codings of an answer; no chain of that length is undone
MAX_TOLD: Final = 50  # sentences of the program that are kept

DOWNLOADERS: Final = {HttpFD: False, HlsFD: True, DashSegmentsFD: True, IsmFD: True}
"""Those that ask through the handler and nowhere else; whether they ask for segments."""

_EXTENSIONS: Final = ("cookiejar", "timeout", "legacy_ssl", "keep_header_casing", "impersonate")


def _no_process(*_arguments: object, **_options: object) -> None:
    raise FileNotFoundError("no program is started from here")


def _held() -> None:
    """See to it, for this process, that no plug-in is loaded and that yt-dlp starts no other program.

    To it ffmpeg, browsers and JavaScript engines are not installed: what they would ask for, nobody would record.
    """
    settings.plugin_dirs.value = []
    settings.all_plugins_loaded.value = True
    Popen.__init__ = _no_process
    for name in ("_parse_mpd_periods", "_parse_ism_formats_and_subtitles"):
        setattr(InfoExtractor, name, _bounded(getattr(InfoExtractor, name)))


def _bounded(parse: Callable[..., Any]) -> Callable[..., Any]:
    def parsed(extractor: Any, document: Element, *given: Any, **named: Any) -> Any:
        if segments_in(document, parse_duration) > MAX_SEGMENTS:
            raise ExtractorError(f"a list stands for more than {MAX_SEGMENTS} segments", expected=True)
        return parse(extractor, document, *given, **named)

    return parsed


_held()


@lru_cache
def software() -> Software:
    """Return which yt-dlp this is: its version, and a SHA-256 over names and hashes of its files."""
    folder = Path(str(yt_dlp.__file__)).parent
    whole = hashlib.sha256()
    for file in sorted(each for each in folder.rglob("*.py") if each.is_file()):
        name = file.relative_to(folder).as_posix()
        whole.update(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {name}\n".encode())
    return Software("yt-dlp", str(__version__), whole.hexdigest())


class Told:
    """What yt-dlp says of its work, as far as it matters: warnings and errors, each once, in order."""

    def __init__(self) -> None:
        self.words: list[str] = []

    def debug(self, message: str) -> None:
        """Leave out what is of interest to nobody later."""

    def info(self, message: str) -> None:
        """Leave out what is of interest to nobody later."""

    def warning(self, message: str) -> None:
        """Keep it."""
        self.take(message)

    def error(self, message: str) -> None:
        """Keep it."""
        self.take(message)

    def take(self, message: str) -> None:
        """Keep what was said: clean text of bounded length."""
        words = clean(message)
        if words and words not in self.words and len(self.words) < MAX_TOLD:
            self.words.append(words)


class RecordingRH(RequestHandler):  # type: ignore[misc]  # yt-dlp has no types
    """Sends every request of yt-dlp through a door that records. There is no other handler in its director.

    What it asks to imitate a browser goes out as it is, as a request of ours.
    """

    _SUPPORTED_URL_SCHEMES = ("http", "https")
    _SUPPORTED_PROXY_SCHEMES = None  # whatever it says of a proxy: the route is the case's
    _SUPPORTED_FEATURES = None

    def __init__(self, session: "Session", **given: Any) -> None:
        super().__init__(**given)
        self._session = session

    def _check_extensions(self, extensions: dict[str, Any]) -> None:
        super()._check_extensions(extensions)
        for name in _EXTENSIONS:
            extensions.pop(name, None)

    def _check_url_scheme(self, request: Any) -> Any:
        try:
            return super()._check_url_scheme(request)
        except UnsupportedRequest:
            self._session.refuse(f"a request by {scheme_of(request.url)}")
            raise

    def _send(self, request: Any) -> Any:
        jar = self._get_cookiejar(request)
        headers = self._get_headers(request)
        asked = Asked(
            request.method,
            request.url,
            tuple(sendable(headers)),
            body_of(request.data),
            tuple(cookies_of(jar, request.url, headers)),
        )
        answer = self._session.through(asked)
        exchange = answer.exchange
        if exchange.failure is not None:
            wrong = CertificateVerifyError if exchange.failure.kind == "tls_verify" else TransportError
            raise wrong(f"{exchange.failure.kind}: {exchange.failure.detail}")
        remember(jar, answer.set_cookies)
        if wrong := self._session.misfit(asked, answer):
            raise TransportError(wrong)
        response = Response(
            Body(self._session.counted(pieces_of(exchange, answer.headers))),
            exchange.address.url,
            message_of(answer.headers),
            _status(answer),
        )
        if not 200 <= response.status < 300:
            raise HTTPError(response)
        return response


class Session:
    """One run of yt-dlp. `asked` are the answers since somebody last emptied it, in order, each as often as asked."""

    def __init__(self, door: Door, given: Mapping[str, Any], copied: Callable[[int], None]) -> None:
        self._door = door
        self._copied = copied
        self._segments = False
        self._fetching = False
        self.told = Told()
        self.refused: list[str] = []
        self.asked: list[Answer] = []
        self._program = yt_dlp.YoutubeDL({**given, "logger": self.told}, auto_init="no_verbose_header")
        self._program.params["http_headers"].pop("Sec-Fetch-Mode", None)
        self._program._request_director = self._program.build_request_director([partial(RecordingRH, self)])
        if set(self._program._request_director.handlers) != {RecordingRH.RH_KEY}:
            raise RuntimeError("a request could go round the record")

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *_: object) -> None:
        self._program.close()

    def refuse(self, what: str) -> None:
        """Note what would have gone round the record."""
        words = clean(what)
        if words not in self.refused and len(self.refused) < MAX_TOLD:
            self.refused.append(words)

    def through(self, asked: Asked) -> Answer:
        """Return what came of a request. Raises `TransportError` for one that cannot be made, and what a door does."""
        limit = MAX_SEGMENT if self._segments else None
        try:
            answer = self._door(
                Asked(asked.method, asked.url, asked.headers, asked.body, asked.cookies, self._fetching, limit)
            )
        except Unaskable as exc:
            self.refuse(str(exc))
            raise TransportError(str(exc)) from exc
        except LeftAlone as exc:
            raise TransportError(str(exc)) from exc
        self.asked.append(_lighter(answer))
        return answer

    def misfit(self, asked: Asked, answer: Answer) -> str:
        """Return why the answer is no part of the file that is being fetched, "" for nothing."""
        if not self._fetching:
            return ""
        return another_part(dict(asked.headers), _status(answer), answer.headers, segment=self._segments)

    def counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Yield `pieces`; what goes into a file is counted."""
        for piece in pieces:
            if self._fetching:
                self._copied(len(piece))
            yield piece

    def look(self, url: str) -> dict[str, Any]:
        """Return what there is at `url`, nothing fetched yet but pages and lists. Raises `YoutubeDLError` and more."""
        found = self._program.extract_info(url, download=False)
        return found if isinstance(found, dict) else {}

    def fetch(self, wanted: Mapping[str, Any], path: Path, *, captions: bool = False) -> bool:
        """Fetch one file that `look` found into `path`, and return whether it is whole.

        What is not fetched through the handler is refused. Raises `YoutubeDLError` and more.
        """
        info = dict(wanted)
        downloader = get_suitable_downloader(info, self._program.params)
        if downloader not in DOWNLOADERS:
            self.refuse(f"a file by {info.get('protocol')}")
            return False
        self._fetching, self._segments = True, DOWNLOADERS[downloader]
        at_work, opened = downloader(self._program, self._program.params), []
        opens = at_work.sanitize_open

        def sanitize_open(*given: Any) -> Any:
            opened.append(opens(*given))
            return opened[-1]

        at_work.sanitize_open = sanitize_open  # it leaves the file open where it is interrupted
        try:
            done, _ = at_work.download(str(path), info | {"http_headers": self._program._calc_headers(info)}, captions)
        finally:
            self._fetching = self._segments = False
            for stream, _ in opened:
                stream.close()
        if downloader is HlsFD and (wrong := lacks(self._list(info))):
            raise DownloadError(wrong)
        return done is not False  # captions in segments give None when they are whole

    def _list(self, info: Mapping[str, Any]) -> str:
        """The list of segments that a file was fetched by: the first answer, where it was not there before."""
        if text := info.get("hls_media_playlist_data"):
            return str(text)
        first = self.asked[0]
        return b"".join(pieces_of(first.exchange, first.headers)).decode("utf-8", "ignore")


def is_elsewhere(error: BaseException) -> bool:
    """Return whether an error of `Session` says that the video is withheld where the request came from."""
    return any(isinstance(each, GeoRestrictedError) for each in _causes(error))


def is_nothing(error: BaseException) -> bool:
    """Return whether an error of `Session` says that no video is known at the address."""
    return any(isinstance(each, UnsupportedError) for each in _causes(error))


def words_of(error: BaseException) -> str:
    """Return what an error of `Session` says: the words of yt-dlp, or the name of an error that it did not foresee."""
    return str(error) if isinstance(error, YoutubeDLError) else type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop()
        if isinstance(each, BaseException) and each not in seen:
            seen.append(each)
            yield each
            info = getattr(each, "exc_info", None)
            waiting += [each.__cause__, each.__context__, info[1] if isinstance(info, tuple) else None]


def _lighter(answer: Answer) -> Answer:
    """Return what has to be remembered to read the body once more: ten thousand heads may be of 8 MiB each."""
    coding = b", ".join(value for name, value in answer.headers if name.lower() == b"content-encoding")
    return replace(answer, headers=((b"Content-Encoding", coding[:MAX_CODING]),) if coding else (), set_cookies=())


def _status(answer: Answer) -> int:
    message = answer.exchange.message
    return message.status if message is not None and message.status is not None else 200
