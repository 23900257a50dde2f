"""What one try says: whether another can help, and how its hosts are (docs/spec/politeness.md).

`hear` looks at one exchange when it is made, while its headers are still there; `Verdict` is what the exchanges of one
try come to. Only what the answer itself states is taken for a fact: no page is read, no phrase is looked for.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal

from archiver.model.address import Address
from archiver.model.exchange import DnsAnswer, Exchange, Failure, FailureKind
from archiver.model.http import Message
from archiver.model.platform import State
from archiver.pipeline.asked import asked_to_wait

Reason = Literal[
    "",  # nothing that another try could help
    "name-server",  # the name server could not say
    "name-server-silent",  # no name server answered at all
    "connect",  # refused, unreachable, reset while connecting
    "tls",  # the handshake failed; not: the certificate was not accepted
    "proxy",  # the proxy refused, failed, or is down
    "no-answer",  # asked, and the connection ended before the first byte
    "timeout",  # nothing came in time, or nothing more
    "cut",  # the answer was cut by the other end
    "request-timeout",  # 408
    "too-early",  # 425
    "busy",  # 429
    "server-error",  # 500
    "gateway",  # 502, 504
    "unavailable",  # 503
    "challenge",  # a test for browsers in place of the page
]
Strain = Literal[
    "none",  # nothing was learnt about the host
    "nameless",  # its name has no address, and a name server says so
    "ok",  # it answered
    "refusing",  # it could not be talked to
    "overloaded",  # it said so, or did not answer in time
    "challenging",  # it wants a browser, or a person
    "unresolved",  # its name server has trouble
]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a reason means: how many tries a row has at most because of it, and what it says about the host."""

    tries: int
    strain: Strain


MANY: Final = 1000  # as many tries as the options allow
RULES: Final[dict[Reason, Rule]] = {
    "": Rule(1, "ok"),
    "name-server": Rule(MANY, "unresolved"),
    "name-server-silent": Rule(MANY, "unresolved"),
    "connect": Rule(MANY, "refusing"),
    "tls": Rule(2, "refusing"),  # a reset looks the same as a server that is too old for us
    "proxy": Rule(MANY, "refusing"),
    "no-answer": Rule(MANY, "refusing"),
    "timeout": Rule(MANY, "overloaded"),
    "cut": Rule(2, "ok"),  # cut twice, it is most likely a wrong Content-Length and will be so for ever
    "request-timeout": Rule(MANY, "ok"),
    "too-early": Rule(2, "ok"),
    "busy": Rule(MANY, "overloaded"),
    "server-error": Rule(2, "ok"),  # mostly a fault in that one page
    "gateway": Rule(MANY, "overloaded"),
    "unavailable": Rule(MANY, "overloaded"),
    "challenge": Rule(1, "challenging"),  # asking again is what a robot does
}
STATUSES: Final[dict[int, Reason]] = {
    408: "request-timeout",
    425: "too-early",
    429: "busy",
    500: "server-error",
    502: "gateway",
    503: "unavailable",
    504: "gateway",
}

_TOLD_AS: Final[dict[State, Reason]] = {"rate_limited": "busy", "challenge": "challenge"}
_FAILURES: Final[dict[FailureKind, Reason]] = {
    "connect": "connect",
    "tls": "tls",
    "proxy": "proxy",
    "no_answer": "no-answer",
    "timeout": "timeout",
}


@dataclass(frozen=True, slots=True)
class Sign:
    """How one guard tells that it sent a test in place of the page. Empty `statuses` and `words` stand for any.

    A value counts when it is one of `words`, or begins with one that ends in `*`; all in lower case.
    """

    guard: str
    header: str
    words: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    without: str = ""  # a header that must not be there


SIGNS: Final = (
    Sign("Cloudflare", "cf-mitigated", ("challenge",)),
    Sign("Cloudflare", "cf-chl-bypass", statuses=(403, 429, 503)),
    Sign("Cloudflare", "set-cookie", ("cf_chl_*",), (403, 429, 503)),
    Sign("AWS WAF", "x-amzn-waf-action", ("challenge", "captcha")),
    Sign("Vercel", "x-vercel-mitigated", ("challenge",)),
    Sign("DataDome", "x-dd-b", statuses=(401, 403, 429)),
    Sign("DDoS-Guard", "server", ("ddos-guard",), (403,)),
    Sign("Qrator", "server", ("qrator",), (401,), without="www-authenticate"),
)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one exchange said about its host (`host_of`), and why another try might help.

    `wait` is how many seconds the host asked us to stay away, None for nothing; `guard` who sent a challenge.
    """

    host: str
    reason: Reason = ""
    strain: Strain = "none"
    wait: float | None = None
    guard: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one try of a row comes to: the last exchange decides, each host on the way has its own."""

    heard: tuple[Heard, ...]

    @property
    def reason(self) -> Reason:
        """Why another try might help, or "challenge", or "" when there is nothing to be said."""
        return self.heard[-1].reason

    @property
    def strain(self) -> Strain:
        """What the last exchange said about its host."""
        return self.heard[-1].strain

    @property
    def wait(self) -> float | None:
        """How many seconds the last host asked us to stay away."""
        return self.heard[-1].wait

    @property
    def again(self) -> bool:
        """Whether another try can help at all; how many there may be is in `RULES`."""
        return RULES[self.reason].tries > 1


def host_of(address: Address) -> str:
    """Return what counts as one host: name and port, in lower case; "" for an address that is not on the web."""
    host = address.host.removesuffix(".")
    if not host:
        return ""
    return f"[{host}]:{address.port}" if ":" in host else f"{host}:{address.port}"


def verdict_on(heard: Iterable[Heard]) -> Verdict:
    """Return the verdict on one try, of whose exchanges `heard` has at least one, in order."""
    return Verdict(tuple(heard))


def hear(exchange: Exchange, now: datetime, *, out_of_time: bool = False) -> Heard:
    """Return what `exchange`, fresh from the wire with its headers, said. Nothing in it can make this raise.

    `now` is wall time; `out_of_time` tells that the time limit of the whole try is over: a cut or a silence is then our
    own doing.
    """
    host = host_of(exchange.address)
    reason = _reason(exchange)
    if reason == "timeout" and out_of_time:
        reason = ""
    message = exchange.unmasked or exchange.message
    if message is None:
        return Heard(host, reason, _strain_without_answer(exchange, reason))
    guard = challenger(message)
    if guard:
        reason = "challenge"
    strain = "none" if exchange.truncated == "unspecified" else RULES[reason].strain
    return Heard(host, reason, strain, asked_to_wait(message, now), guard)


def as_told(state: State, shown: Heard) -> Heard:
    """Return what the exchange that shows a post said: some platforms refuse with status 200, or by a redirect."""
    reason = _TOLD_AS.get(state, "")
    return shown if shown.reason or not reason else replace(shown, reason=reason, strain=RULES[reason].strain)


def of_page(heard: Sequence[Heard], own: int) -> tuple[Heard, ...]:
    """Return what a try heard that asked for a page and for what it needs, so that exchange `own`, the page's, decides.

    What its host said of itself after that still counts as said by the host.
    """
    page, needs = heard[own - 1], heard[own:]
    later = [each.strain for each in needs if each.host == page.host and each.strain != "none"]
    if page.strain == "ok" and later:
        page = replace(page, strain=later[-1])
    return (*heard[: own - 1], *needs, page)


def challenger(message: Message) -> str:
    """Return the name of the guard that sent this answer in place of the page, as its own headers say, or ""."""
    return next((sign.guard for sign in SIGNS if _shows(message, sign)), "")


def _shows(message: Message, sign: Sign) -> bool:
    if sign.statuses and message.status not in sign.statuses:
        return False
    if sign.without and message.values(sign.without):
        return False
    values = message.values(sign.header)
    return bool(values) if not sign.words else any(_is(value, word) for value in values for word in sign.words)


def _is(value: bytes, word: str) -> bool:
    start = word.removesuffix("*").encode("ascii")
    begins = value[: len(start)].lower() == start
    return begins and (word.endswith("*") or len(value) == len(start))


def _reason(exchange: Exchange) -> Reason:
    if exchange.failure is not None:
        return _failure_reason(exchange.failure, exchange.connection.dns)
    message = exchange.message
    if message is None or exchange.truncated == "unspecified":
        return ""
    if message.status in STATUSES:
        return STATUSES[message.status]
    if exchange.truncated == "time":
        return "timeout"
    if exchange.truncated == "length":
        return ""
    reset = any(anomaly.name == "connection-reset" for anomaly in exchange.anomalies)
    return "cut" if message.end == "cut" or (exchange.truncated == "disconnect" and reset) else ""


def _failure_reason(failure: Failure, answers: tuple[DnsAnswer, ...]) -> Reason:
    if failure.kind == "dns":
        codes = {answer.rcode for answer in answers}
        if codes == {"NO-ANSWER"}:
            return "name-server-silent"
        return "name-server" if codes & {"SERVFAIL", "NO-ANSWER"} and "NXDOMAIN" not in codes else ""
    return _FAILURES.get(failure.kind, "")


def _strain_without_answer(exchange: Exchange, reason: Reason) -> Strain:
    if reason:
        return RULES[reason].strain
    return "nameless" if exchange.failure is not None and exchange.failure.kind == "dns" else "none"
