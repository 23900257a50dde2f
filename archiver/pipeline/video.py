"""The door of the program for media: each of its requests is made like any other of the item, and so is on record."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final, Protocol

from archiver.capture.cookies import Cookie, CookieJar
from archiver.capture.request import ACCEPT, WireRequest, build_request, is_home
from archiver.capture.secrets import Secret, is_secret_header
from archiver.errors import StorageError, UsageError
from archiver.model.address import Address
from archiver.model.exchange import Exchange
from archiver.model.media import Answer, Asked, LeftAlone, Over, Taken, Unaskable
from archiver.pipeline.hops import Hops, Outcome, follow
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.retry import hear, host_of
from archiver.runtime import Runtime

MAX_EXCHANGES: Final = 10_000  # of the video of one item
MAX_LINE: Final = 12 * 1024**2  # bytes that its exchanges may take of the log line of the item, about
NO_PROGRAM: Final = "post-no-media-program"

_PER_EXCHANGE: Final = 1000  # bytes of the log line, beside the address
_FOR_GOOD: Final = frozenset(range(400, 500)) - {408, 421, 425, 429}  # asking again gives the same
_LONG_HEAD: Final = 64 * 1024  # bytes of headers
_MEDIA: Final = ("video/", "audio/", "application/octet-stream", "binary/octet-stream")


class Way(Protocol):
    """What the door needs of the try that it belongs to: its limits, its cookies, and how an exchange is made."""

    jar: CookieJar

    @property
    def left(self) -> int:
        """How many bytes the item may still hold."""
        ...

    def over(self) -> bool:
        """Whether a limit was reached, or somebody stopped."""
        ...

    def made(self, hop: Address, request: WireRequest, max_bytes: int | None) -> tuple[Exchange, str]:
        """Make one exchange and return it with the cookies that went along."""
        ...


def program_is_there() -> bool:
    """Return whether yt-dlp is installed; nothing is imported."""
    return find_spec("yt_dlp") is not None


def video(
    page: Address,
    way: Way,
    options: CaptureOptions,
    *,
    home: Address,
    runtime: Runtime,
    pause: Callable[[], None],
    place: Callable[[], Path],
    stop: Callable[[], bool],
    watched: Callable[[Address], bool],
) -> Hops:
    """Return the exchanges that the program for media made for `page`, and what it put together of them.

    `home` is the address that the user gave: secret headers of theirs go to its host and nowhere else, whatever page
    was found to show the video. `pause` is called between two requests while it looks for the video, `place` gives a
    path on the disk of the case. No address that is `watched` is asked. Raises `StorageError`; nothing else that the
    network or the program does raises.
    """
    if not program_is_there():
        return Hops((), "partial", (NO_PROGRAM,))
    try:
        from archiver.media.take import Means, taken
    except ImportError:  # of another yt-dlp than the one that this was made for, or of half of one
        return Hops((), "partial", (NO_PROGRAM,))
    door = _Door(home, way, options, runtime, pause, watched)
    means = Means(
        door,
        options.user_agent,
        ACCEPT.decode("ascii"),
        options.accept_language,
        place,
        lambda: way.left,
        door.copied,
        way.over,
        runtime.waits,
    )
    try:
        result = taken(page.url, means)
    except OSError as exc:
        why = f"a video cannot be put together on disk: {exc.strerror}"
        raise StorageError("failing", why, "free some space") from exc
    if door.refused is not None:
        raise door.refused
    reasons = _reasons(result, door, stopped=stop())
    whole: Outcome = "unconfirmed" if door.unconfirmed else "complete"
    return Hops(tuple(door.exchanges), "partial" if reasons else whole, reasons, media=result)


def _reasons(result: Taken, door: "_Door", *, stopped: bool) -> tuple[str, ...]:
    if stopped:
        return ()
    if door.over:
        cut = (f"cut-{each.truncated}" for each in door.exchanges[-1:] if each.truncated in {"length", "time"})
        return (*cut, "post-limits")
    challenged = ("challenge",) if result.short and door.challenged else ()
    return (*(f"video-{name}" for name in result.short), *challenged)


@dataclass(slots=True)
class _Door:
    home: Address
    way: Way
    options: CaptureOptions
    runtime: Runtime
    pause: Callable[[], None]
    watched: Callable[[Address], bool]
    exchanges: list[Exchange] = field(default_factory=list)
    over: bool = False
    refused: StorageError | None = None
    challenged: bool = False
    unconfirmed: bool = False
    _again: int = 0  # answers on record that were given once more
    _copied: int = 0  # bytes of files that were made of them
    _away: set[str] = field(default_factory=set)  # hosts that are left alone from now on
    _line: int = 0
    _known: dict[object, Answer] = field(default_factory=dict)

    def __call__(self, asked: Asked) -> Answer:
        """See `Door`. What was answered for good is not asked again: the answer on record is given once more."""
        if (known := self._known.get(_same_file(asked)) or self._known.get(_same(asked))) is not None:
            self._may_go_on()
            self._again += 1
            return known
        try:
            first = Address.parse(asked.url)
        except UsageError as exc:
            raise Unaskable(f"an address that cannot be asked: {exc.message}") from exc
        if not first.host:
            raise Unaskable("an address without a host")
        if self.watched(first):
            raise Unaskable(f"{first.netloc}, where opponents of the case may read who asked")
        if host_of(first) in self._away:
            raise LeftAlone(f"{first.netloc} wants to be left alone")
        if self.exchanges and not asked.segment:
            self.pause()
        try:
            answer = self._asked(asked, first)
        except StorageError as exc:
            self.refused = exc
            raise Over from exc
        message = answer.exchange.message
        status = message.status if message is not None else None
        kind = next((value for name, value in answer.headers if name.lower() == b"content-type"), b"").decode("latin-1")
        if sum(len(name) + len(value) for name, value in answer.headers) > _LONG_HEAD:
            return answer  # it would have to be remembered
        if status in _FOR_GOOD:
            self._known[_same(asked)] = answer
        elif status == 200 and answer.exchange.truncated is None and kind.lower().startswith(_MEDIA):
            self._known[_same_file(asked)] = answer
        return answer

    def _asked(self, asked: Asked, first: Address) -> Answer:
        set_cookies: list[tuple[str, str]] = []
        headers: list[tuple[tuple[bytes, bytes], ...]] = []

        def fetch(hop: Address) -> tuple[Exchange, str]:
            self._may_go_on()
            try:
                request = self._request(asked, first, hop)
            except UsageError as exc:
                raise Unaskable(f"a request that cannot be sent: {exc.message}") from exc
            exchange, sent = self.way.made(hop, request, asked.max_bytes)
            said = hear(exchange, self.runtime.clock.now())
            if said.reason in {"busy", "challenge"}:
                self._away.add(said.host)
                self.challenged = self.challenged or said.reason == "challenge"
            message = exchange.message  # a secret that came back is masked here, as it is on record
            headers.append(message.headers if message is not None else ())
            for value in message.values("set-cookie") if message is not None else ():
                set_cookies.append((hop.url, value.decode("latin-1")))
            self.exchanges.append(self._lighter(exchange))
            self._line += len(hop.url) + _PER_EXCHANGE
            return exchange, sent

        before = len(self.exchanges)
        hops = follow(first, fetch, self.options.limits.max_redirects, self.watched)
        self.unconfirmed = self.unconfirmed or hops.outcome == "unconfirmed"
        self.exchanges[before:] = [self._lighter(exchange) for exchange in hops.exchanges]
        return Answer(len(self.exchanges), self.exchanges[-1], headers[-1], tuple(set_cookies))

    def copied(self, size: int) -> None:
        """Note that so many bytes go into a file: without a request, a list or a coding can make any number of them."""
        self._copied += size
        self._may_go_on(self._copied > self.options.limits.max_bytes)

    def _may_go_on(self, too_much: bool = False) -> None:
        too_many = len(self.exchanges) + self._again >= MAX_EXCHANGES or self._line > MAX_LINE
        if too_much or too_many or self.way.over():
            self.over = True
            raise Over

    def _lighter(self, exchange: Exchange) -> Exchange:
        """Return `exchange` without a copy of its own of a chain of certificates: there may be thousands of them."""
        last = self.exchanges[-1].connection.tls if self.exchanges else None
        connection = exchange.connection
        return replace(exchange, connection=replace(connection, tls=last)) if connection.tls == last else exchange

    def _request(self, asked: Asked, first: Address, hop: Address) -> WireRequest:
        options, again = self.options, hop.url != first.url
        now = self.runtime.clock.now()
        away = not is_home(hop, self.home)
        ours = tuple((name, value) for name, value in options.headers if not (away and is_secret_header(name)))
        taken = {name.lower() for name, _ in options.headers}
        moved = _origin(hop) != _origin(first)
        theirs = tuple(
            (name, value)
            for name, value in asked.headers
            if name.lower() not in taken
            and not (moved and is_secret_header(name))
            and not (again and asked.body and name.lower() == "content-type")
        )
        if not again:
            self.way.jar = _with(self.way.jar, hop, asked.cookies, self.runtime)
        changed = again and asked.method != "HEAD"  # what was posted is not posted again
        request = build_request(
            hop,
            now=now,
            user_agent=options.user_agent,
            accept_language=options.accept_language,
            headers=(*ours, *theirs),
            cookies=self.way.jar,
            first=hop,
            method="GET" if changed else asked.method,
            body=b"" if changed else asked.body,
        )
        mine = tuple(
            Secret(name, value.encode("utf-8", "replace")) for name, value in options.headers if is_secret_header(name)
        )
        return replace(request, secrets=(*mine, *self.way.jar.secrets))


def _with(jar: CookieJar, hop: Address, pairs: tuple[tuple[str, str], ...], runtime: Runtime) -> CookieJar:
    """Return the jar with what the program for media would send to `hop`; what is the user's own stays as it is."""
    now = runtime.clock.now()
    own = {secret.value for secret in jar.secrets}
    fitting = {cookie.name: cookie for cookie in jar.cookies if cookie.fits(hop, now)}
    for name, value in pairs:
        key, text = name.encode("utf-8", "replace"), value.encode("utf-8", "replace")
        there = fitting.get(key)
        if set(key + text) & set(b"\r\n\0;") or (there is not None and (there.value == text or there.value in own)):
            continue
        rest = tuple(cookie for cookie in jar.cookies if cookie is not there)
        host = hop.host.removesuffix(".")
        jar = CookieJar((*rest, Cookie(host, True, "/", False, None, key, text)), jar.secrets)
    return jar


def _same_file(asked: Asked) -> object:
    """Return what two requests have in common that ask for the same bytes of a file."""
    span = next((value for name, value in asked.headers if name.lower() == "range"), "")
    return ("file", asked.url, span) if asked.method == "GET" and not asked.body else asked


def _same(asked: Asked) -> object:
    return replace(asked, segment=False, cookies=())


def _origin(address: Address) -> tuple[str, str, int]:
    return address.scheme, address.host, address.port
