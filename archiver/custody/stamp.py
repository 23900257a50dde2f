"""Asking authorities for time stamps over a seal, all at once, each within seconds (docs/spec/time-stamps.md)."""

import hashlib
import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from archiver.custody import token
from archiver.runtime import Clock, Ids

SECONDS: Final = 10.0  # how long an authority has for its answer
MAX_AUTHORITIES: Final = 16
MAX_REASON: Final = 1000  # characters
TICK: Final = 0.2  # seconds between two looks at whether to stop

Ask = Callable[[str, bytes], bytes]
"""Sends a request (DER) to the address of an authority and returns its answer. Raises `StampFailed`."""


class StampFailed(Exception):
    """An authority gave no answer; the message says why in plain words, lower case, without its name."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who may be asked: a name for the files of the case, and an http or https address."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time stamp that was found sound: the request and the answer as they went over the wire (DER).

    `gen_time` is RFC 3339 as the token has it, `serial` lower-case hex, `offset_ms` the token's time minus our clock
    when the answer came, in milliseconds.
    """

    authority: str
    request: bytes
    response: bytes
    gen_time: str
    serial: str
    offset_ms: int


@dataclass(frozen=True, slots=True)
class Stamps:
    """What came of asking: the stamps, and (authority, reason) for those that gave none. Both in the order asked.

    A reason is one printable line and begins with the name of the authority.
    """

    tokens: tuple[Stamp, ...] = ()
    pending: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class _Heard:
    place: int
    at: datetime
    answer: bytes = b""
    failure: str = ""


def stamps(
    sums: bytes,
    authorities: tuple[Authority, ...],
    *,
    ask: Ask,
    clock: Clock,
    ids: Ids,
    seconds: float = SECONDS,
    stop: Callable[[], bool] = lambda: False,
) -> Stamps:
    """Return the time stamps over `sums` that `authorities` give within `seconds`, and who gave none and why.

    `stop` is asked several times a second; once it says yes, nobody is waited for any more.

    Every authority gets a request of its own; an answer counts only when it is sound for that very request. Nothing
    that an authority does raises, or holds this up: who has not answered in time is left behind in a daemon thread, and
    what it says later is not heard. Authorities past `MAX_AUTHORITIES` are not asked.
    """
    asked, too_many = authorities[:MAX_AUTHORITIES], authorities[MAX_AUTHORITIES:]
    digest = hashlib.sha256(sums).digest()
    requests = [token.request(digest, int(ids.nonce()[:16], 16)) for _ in asked]
    heard: queue.SimpleQueue[_Heard] = queue.SimpleQueue()
    for place, (authority, request) in enumerate(zip(asked, requests, strict=True)):
        args = (place, authority.url, request, ask, clock, heard)
        try:
            threading.Thread(target=_ask, args=args, name="time-stamp", daemon=True).start()
        except RuntimeError:  # this machine has no thread left to give
            heard.put(_Heard(place, clock.now(), failure="it could not be asked: too much is going on here"))
    answers = _collected(heard, len(asked), clock, seconds, stop)
    silence = "not waited for, because the command was stopped" if stop() else f"no answer within {seconds:g} seconds"
    found: list[Stamp] = []
    pending: list[tuple[str, str]] = []
    for place, (authority, request) in enumerate(zip(asked, requests, strict=True)):
        judged = _judged(answers.get(place), authority.name, request, digest, silence)
        if isinstance(judged, Stamp):
            found.append(judged)
        else:
            pending.append((authority.name, f"{authority.name}: {judged}"[:MAX_REASON]))
    pending += [(a.name, f"{a.name}: not asked, {MAX_AUTHORITIES} authorities are enough") for a in too_many]
    return Stamps(tuple(found), tuple(pending))


def _ask(place: int, url: str, request: bytes, ask: Ask, clock: Clock, heard: "queue.SimpleQueue[_Heard]") -> None:
    try:
        answer = ask(url, request)
    except StampFailed as exc:
        heard.put(_Heard(place, clock.now(), failure=str(exc)))
    except Exception as exc:  # noqa: BLE001  # a seal stands without a stamp: nothing here may take it down
        heard.put(_Heard(place, clock.now(), failure=f"it could not be asked ({type(exc).__name__})"))
    else:
        heard.put(_Heard(place, clock.now(), answer))


def _collected(
    heard: "queue.SimpleQueue[_Heard]", count: int, clock: Clock, seconds: float, stop: Callable[[], bool]
) -> dict[int, _Heard]:
    answers: dict[int, _Heard] = {}
    end = clock.monotonic() + seconds
    while len(answers) < count and (left := end - clock.monotonic()) > 0 and not stop():
        with suppress(queue.Empty):
            one = heard.get(timeout=min(left, TICK))
            answers[one.place] = one
    return answers


def _judged(heard: _Heard | None, name: str, request: bytes, digest: bytes, silence: str) -> Stamp | str:
    if heard is None:
        return silence
    if heard.failure:
        return heard.failure
    verdict = token.check(heard.answer, digest, request=request, roots=None, now=heard.at)
    if verdict.token is None or not verdict.sound:
        return f"its answer was not accepted: {'; '.join(verdict.problems)}"
    read = verdict.token
    offset_ms = round((read.gen_time - heard.at) / timedelta(milliseconds=1))
    return Stamp(name, request, heard.answer, read.gen_time_text, read.serial, offset_ms)
