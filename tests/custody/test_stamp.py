"""Asking several authorities at once: what is accepted, what stays pending and why, and who waits for whom."""

import datetime as dt
import hashlib
import itertools
import subprocess
import sys
import textwrap
import threading
from collections.abc import Callable

import pytest
from stamping import issue, local_authorities, signer
from token_making import Recipe

from archiver.custody import token
from archiver.custody.stamp import MAX_AUTHORITIES, Ask, Authority, StampFailed, Stamps, stamps
from archiver.custody.time_stamp import asked
from archiver.runtime import RandomIds, SystemClock

SUMS = b"2e5d  000007.seal\n"
DIGEST = hashlib.sha256(SUMS).digest()
ROOT = issue("root")
TSA = signer("authority", ROOT, days=(-4000, 4000))
NOW = dt.datetime(2026, 11, 22, 6, 56, 4, 250_000, tzinfo=dt.UTC)


class StoppedClock:
    """A wall clock that stands still beside a monotonic one that runs."""

    def __init__(self, at: dt.datetime = NOW) -> None:
        self._at, self._real = at, SystemClock()

    def now(self) -> dt.datetime:
        return self._at

    def monotonic(self) -> float:
        return self._real.monotonic()


class CountedIds:
    """Nonces that differ in their first half."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def uuid(self) -> str:
        return "00000000-0000-4000-8000-000000000000"

    def nonce(self) -> str:
        return f"{next(self._numbers) << 40:016x}" + "f" * 16


def answering(query: bytes, at: dt.datetime = NOW, **changes: object) -> bytes:
    _, imprint, nonce = asked(query)
    return Recipe(TSA, imprint, nonce=nonce, at=at).but(**changes).answer()


def asking(
    *urls: str,
    ask: Ask,
    seconds: float = 20,
    clock: StoppedClock | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Stamps:
    authorities = tuple(Authority(url.split("//")[1], url) for url in urls)
    return stamps(
        SUMS, authorities, ask=ask, clock=clock or StoppedClock(), ids=CountedIds(), seconds=seconds, stop=stop
    )


def test_every_authority_gets_a_request_of_its_own_over_the_same_data() -> None:
    sent: dict[str, bytes] = {}

    def ask(url: str, query: bytes) -> bytes:
        sent[url] = query
        return answering(query)

    found = asking("http://one", "http://two", ask=ask)
    assert [stamp.authority for stamp in found.tokens] == ["one", "two"]
    assert found.pending == ()
    assert sent["http://one"] == token.request(DIGEST, 1 << 40)
    assert sent["http://two"] == token.request(DIGEST, 2 << 40)
    assert [stamp.request for stamp in found.tokens] == [sent["http://one"], sent["http://two"]]


def test_a_stamp_holds_what_the_record_needs() -> None:
    (stamp,) = asking("http://one", ask=lambda url, query: answering(query, NOW.replace(microsecond=0))).tokens
    assert stamp.gen_time == "2026-11-22T06:56:04Z"
    assert stamp.serial == "a01"
    assert stamp.offset_ms == -250
    verdict = token.check(stamp.response, DIGEST, request=stamp.request, roots=token.Roots.from_pem(ROOT.pem), now=NOW)
    assert verdict.sound
    assert verdict.anchored


@pytest.mark.parametrize("days", [-1000, 1000])
def test_a_clock_far_from_ours_is_accepted_and_measured(days: int) -> None:
    at = NOW.replace(microsecond=0) + dt.timedelta(days=days)
    (stamp,) = asking("http://one", ask=lambda url, query: answering(query, at)).tokens
    assert stamp.offset_ms == days * 86_400_000 - 250


def raising(error: BaseException) -> Ask:
    def ask(url: str, query: bytes) -> bytes:
        raise error

    return ask


@pytest.mark.parametrize(
    ("ask", "why"),
    [
        (raising(StampFailed("it answered with HTTP status 503")), "it answered with HTTP status 503"),
        (raising(OSError("something")), "it could not be asked (OSError)"),
        (raising(MemoryError()), "it could not be asked (MemoryError)"),
        (
            raising(StampFailed("x" * 5000)),
            "x" * 990,
        ),  # with the name before it 1000 characters, which a log line takes
        (lambda url, query: b"", "its answer was not accepted: the answer is empty"),
        (
            lambda url, query: answering(query, nonce=1),
            "its answer was not accepted: the answer belongs to another request: it does not repeat the "
            "number that was sent along",
        ),
        (
            lambda url, query: answering(query, certificates=()),
            "its answer was not accepted: the token holds no certificate, so nobody can check its signature",
        ),
    ],
)
def test_whoever_gives_no_good_stamp_is_pending_with_a_reason(ask: Ask, why: str) -> None:
    found = asking("http://digicert", ask=ask)
    assert found.tokens == ()
    assert found.pending == (("digicert", f"digicert: {why}"),)


def test_a_stamp_over_other_data_is_not_accepted() -> None:
    found = asking("http://one", ask=lambda url, query: answering(query, imprint=bytes(32)))
    assert "the time stamp is over other data" in found.pending[0][1]


def test_one_that_fails_takes_no_other_with_it() -> None:
    def ask(url: str, query: bytes) -> bytes:
        if url == "http://bad":
            raise StampFailed("it is down")
        return answering(query)

    found = asking("http://one", "http://bad", "http://two", ask=ask)
    assert [stamp.authority for stamp in found.tokens] == ["one", "two"]
    assert found.pending == (("bad", "bad: it is down"),)


def test_all_are_asked_at_once() -> None:
    together = threading.Barrier(3, timeout=30)

    def ask(url: str, query: bytes) -> bytes:
        together.wait()
        return answering(query)

    assert len(asking("http://one", "http://two", "http://three", ask=ask, seconds=60).tokens) == 3


def test_one_that_hangs_is_pending_and_the_others_count() -> None:
    free = threading.Event()

    def ask(url: str, query: bytes) -> bytes:
        if url == "http://hangs":
            free.wait(60)
        return answering(query)

    found = asking("http://hangs", "http://one", ask=ask, seconds=3)
    free.set()
    assert [stamp.authority for stamp in found.tokens] == ["one"]
    assert found.pending == (("hangs", "hangs: no answer within 3 seconds"),)


def test_a_machine_without_threads_to_spare_leaves_all_pending(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    found = asking("http://one", ask=lambda url, query: answering(query))
    assert found.pending == (("one", "one: it could not be asked: too much is going on here"),)


def test_nobody_is_asked_when_nobody_is_named() -> None:
    assert asking(ask=raising(AssertionError())) == Stamps()


def test_there_is_a_bound_on_how_many_are_asked() -> None:
    names = [f"http://a{number}" for number in range(MAX_AUTHORITIES + 2)]
    found = asking(*names, ask=lambda url, query: answering(query))
    assert len(found.tokens) == MAX_AUTHORITIES
    assert found.pending[-1] == ("a17", "a17: not asked, 16 authorities are enough")


def test_a_hanging_authority_does_not_keep_the_process_alive() -> None:
    program = textwrap.dedent(
        """
        import threading
        from archiver.custody.stamp import Authority, stamps
        from archiver.runtime import RandomIds, SystemClock

        never = threading.Event()
        found = stamps(b"sums", (Authority("a", "http://a"),), ask=lambda url, query: never.wait(),
                       clock=SystemClock(), ids=RandomIds(), seconds=0.2)
        print(found.pending[0][1])
        """
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ended.stdout == "a: no answer within 0.2 seconds\n"
    assert ended.stderr == ""


def test_real_authorities_with_different_keys_and_roots_all_count() -> None:
    with local_authorities("first", "second") as (first, second):

        def ask(url: str, query: bytes) -> bytes:
            return (first if url == first.url else second).reply(query)

        authorities = (Authority("first", first.url), Authority("second", second.url))
        found = stamps(SUMS, authorities, ask=ask, clock=SystemClock(), ids=RandomIds(), seconds=60)
        assert [stamp.authority for stamp in found.tokens] == ["first", "second"]
        for stamp, authority in zip(found.tokens, (first, second), strict=True):
            assert authority.verified(SUMS, stamp.response)
            assert abs(stamp.offset_ms) < 60_000


def test_who_stops_waits_for_nobody() -> None:
    heard, silence = threading.Event(), threading.Event()

    def ask(url: str, query: bytes) -> bytes:
        if "quick" in url:
            heard.set()
            return answering(query)
        silence.wait(20)
        return b""

    found = asking("http://quick", "http://silent", ask=ask, seconds=15, stop=heard.is_set)
    silence.set()
    assert dict(found.pending)["silent"] == "silent: not waited for, because the command was stopped"
