"""What a try says: whether another can help, and how its host is."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model.address import Address
from archiver.model.exchange import Blob, Connection, DnsAnswer, Exchange, Failure, FailureKind, Truncation
from archiver.model.http import Anomaly, End, Message
from archiver.model.platform import State
from archiver.pipeline.retry import RULES, STATUSES, Heard, Reason, Strain, as_told, hear, host_of, verdict_on

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
URL = "http://Site.Example/1"


def answer(
    status: int | None, *headers: tuple[str, str], end: End = "complete", cut: Truncation | None = None
) -> Exchange:
    pairs = tuple((name.encode(), value.encode()) for name, value in headers)
    message = Message(b"HTTP/1.1", status, b"", pairs, 10, (), "length", end, 0, 0, 0, "", ())
    return replace(blank(), request=b"GET", response=Blob(1, ""), message=message, truncated=cut)


def blank(url: str = URL) -> Exchange:
    return Exchange(Address.parse(url), "GET", NOW, NOW)


def failed(kind: FailureKind, *codes: str) -> Exchange:
    dns = tuple(DnsAnswer("site.example", "A", code, (), "dns") for code in codes)
    return replace(blank(), connection=Connection(dns=dns), failure=Failure(kind, "as it was"))


def heard(exchange: Exchange, *, out_of_time: bool = False) -> tuple[bool, Reason, Strain]:
    said = hear(exchange, NOW, out_of_time=out_of_time)
    return verdict_on([said]).again, said.reason, said.strain


@pytest.mark.parametrize(
    ("exchange", "again", "reason", "strain"),
    [
        (failed("dns", "NXDOMAIN", "NXDOMAIN"), False, "", "nameless"),
        (failed("dns", "NOERROR", "NOERROR"), False, "", "nameless"),
        (failed("dns", "REFUSED", "REFUSED"), False, "", "nameless"),
        (failed("dns"), False, "", "nameless"),
        (failed("dns", "NXDOMAIN", "SERVFAIL"), False, "", "nameless"),
        (failed("dns", "SERVFAIL", "SERVFAIL"), True, "name-server", "unresolved"),
        (failed("dns", "NOERROR", "NO-ANSWER"), True, "name-server", "unresolved"),
        (failed("dns", "NO-ANSWER", "NO-ANSWER"), True, "name-server-silent", "unresolved"),
        (failed("connect"), True, "connect", "refusing"),
        (failed("tls"), True, "tls", "refusing"),
        (failed("proxy"), True, "proxy", "refusing"),
        (failed("no_answer"), True, "no-answer", "refusing"),
        (failed("timeout"), True, "timeout", "overloaded"),
        (failed("refused"), False, "", "none"),
        (failed("tls_verify"), False, "", "none"),
        (failed("interrupted"), False, "", "none"),
    ],
)
def test_a_try_without_an_answer(exchange: Exchange, again: bool, reason: Reason, strain: Strain) -> None:
    assert heard(exchange) == (again, reason, strain)


@pytest.mark.parametrize(
    ("status", "again", "reason", "strain"),
    [
        *((status, False, "", "ok") for status in (None, 200, 206, 301, 304, 400, 401, 403, 404, 405, 410, 451)),
        *((status, False, "", "ok") for status in (501, 505, 507, 511, 0, 999)),
        (408, True, "request-timeout", "ok"),
        (425, True, "too-early", "ok"),
        (429, True, "busy", "overloaded"),
        (500, True, "server-error", "ok"),
        (502, True, "gateway", "overloaded"),
        (503, True, "unavailable", "overloaded"),
        (504, True, "gateway", "overloaded"),
    ],
)
def test_a_try_with_an_answer(status: int | None, again: bool, reason: Reason, strain: Strain) -> None:
    assert heard(answer(status)) == (again, reason, strain)


RESET = (Anomaly("connection-reset"),)


@pytest.mark.parametrize(
    ("exchange", "reason"),
    [
        (answer(200, end="cut", cut="disconnect"), "cut"),
        (answer(404, end="cut", cut="disconnect"), "cut"),
        (answer(200, end="cut"), "cut"),
        (replace(answer(200, end="close", cut="disconnect"), anomalies=RESET), "cut"),
        (answer(200, end="close", cut="disconnect"), ""),  # no close_notify: such servers never send one
        (answer(200, end="close"), ""),
        (replace(answer(200), anomalies=RESET), ""),
        (answer(200, end="cut", cut="length"), ""),
        (answer(200, end="cut", cut="unspecified"), ""),
        (answer(503, end="cut", cut="unspecified"), ""),
        (answer(503, end="cut", cut="disconnect"), "unavailable"),
        (answer(200, end="cut", cut="time"), "timeout"),
    ],
)
def test_an_answer_that_is_not_whole(exchange: Exchange, reason: Reason) -> None:
    assert heard(exchange)[1] == reason


@pytest.mark.parametrize(
    ("exchange", "strain"), [(failed("timeout"), "none"), (answer(200, end="cut", cut="time"), "ok")]
)
def test_a_limit_of_our_own_is_no_reason(exchange: Exchange, strain: Strain) -> None:
    assert heard(exchange, out_of_time=True) == (False, "", strain)


def test_interrupted_says_nothing_about_the_host() -> None:
    assert heard(answer(200, end="cut", cut="unspecified")) == (False, "", "none")


@pytest.mark.parametrize(
    ("guard", "exchange"),
    [
        ("Cloudflare", answer(403, ("CF-Mitigated", "challenge"))),
        ("Cloudflare", answer(200, ("cf-mitigated", "Challenge"))),
        ("Cloudflare", answer(503, ("Server", "cloudflare"), ("Set-Cookie", "cf_chl_2=1; Path=/"))),
        ("Cloudflare", answer(403, ("cf-chl-bypass", "1"))),
        ("AWS WAF", answer(202, ("x-amzn-waf-action", "challenge"))),
        ("AWS WAF", answer(405, ("x-amzn-waf-action", "captcha"))),
        ("Vercel", answer(429, ("x-vercel-mitigated", "challenge"))),
        ("DataDome", answer(403, ("x-datadome", "protected"), ("x-dd-b", "1"))),
        ("DDoS-Guard", answer(403, ("Server", "ddos-guard"))),
        ("Qrator", answer(401, ("Server", "QRATOR"))),
        ("", answer(403, ("Server", "cloudflare"))),
        ("", answer(200, ("Set-Cookie", "cf_chl_2=1"))),
        ("", answer(403, ("cf-mitigated", "block"))),
        ("", answer(403, ("x-datadome", "protected"))),
        ("", answer(200, ("x-dd-b", "1"))),
        ("", answer(404, ("Server", "ddos-guard"))),
        ("", answer(200, ("Server", "QRATOR"))),
        ("", answer(401, ("Server", "QRATOR"), ("WWW-Authenticate", "Basic realm=x"))),
        ("", answer(403, ("Server", "ddos-guardian"))),
    ],
)
def test_a_challenge_is_what_the_headers_say_it_is(guard: str, exchange: Exchange) -> None:
    said = hear(exchange, NOW)
    assert said.guard == guard
    assert (said.reason == "challenge") == (said.strain == "challenging") == bool(guard)


def test_a_challenge_is_never_asked_for_again_whatever_its_status() -> None:
    said = hear(answer(503, ("cf-mitigated", "challenge"), ("Retry-After", "30")), NOW)
    assert (said.wait, verdict_on([said]).again) == (30.0, False)


def test_headers_are_those_that_came_not_the_masked_ones() -> None:
    came = answer(503, ("Retry-After", "30"))
    shown = replace(answer(503, ("Retry-After", "**")), unmasked=came.message)
    assert hear(shown, NOW).wait == 30.0


def test_the_last_exchange_decides() -> None:
    moved, busy = hear(answer(302), NOW), hear(answer(429, ("Retry-After", "3")), NOW)
    verdict = verdict_on([moved, busy])
    assert (verdict.again, verdict.reason, verdict.strain, verdict.wait) == (True, "busy", "overloaded", 3.0)
    assert not verdict_on([busy, moved]).again


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://Site.Example./x", "site.example:80"),
        ("https://site.example/x", "site.example:443"),
        ("http://site.example:8080/", "site.example:8080"),
        ("http://[2001:DB8::1]/", "[2001:db8::1]:80"),
        ("mailto:a@site.example", ""),
    ],
)
def test_a_host_is_name_and_port(url: str, host: str) -> None:
    assert host_of(Address.parse(url)) == host == hear(blank(url), NOW).host


def test_every_status_and_reason_has_a_rule() -> None:
    assert set(STATUSES.values()) <= set(RULES)
    assert all(rule.tries >= 1 for rule in RULES.values())


@pytest.mark.parametrize(
    ("state", "status", "reason", "strain"),
    [
        ("rate_limited", 200, "busy", "overloaded"),  # VK says so in the body
        ("challenge", 302, "challenge", "challenging"),  # and so does a redirect to a test
        ("rate_limited", 503, "unavailable", "overloaded"),  # what the answer says by itself is enough
        ("available", 200, "", "ok"),
        ("login_required", 401, "", "ok"),
    ],
)
def test_what_shows_a_post_counts_as_the_platform_means_it(
    state: State, status: int, reason: Reason, strain: Strain
) -> None:
    said = as_told(state, hear(answer(status), NOW))
    assert (said.reason, said.strain) == (reason, strain)


_TOKENS = st.sampled_from(["server", "set-cookie", "retry-after", "cf-mitigated", "x-dd-b", "x-amzn-waf-action"])


@given(
    st.none() | st.integers(0, 999),
    st.lists(st.tuples(_TOKENS, st.text(max_size=30)), max_size=5),
    st.sampled_from([None, "length", "time", "disconnect", "unspecified"]),
    st.sampled_from(["complete", "close", "cut"]),
    st.booleans(),
)
def test_no_answer_can_raise(
    status: int | None, headers: list[tuple[str, str]], cut: Truncation | None, end: End, late: bool
) -> None:
    said = hear(answer(status, *headers, end=end, cut=cut), NOW, out_of_time=late)
    assert isinstance(said, Heard)
    assert RULES[said.reason].strain == said.strain or said.strain == "none"
