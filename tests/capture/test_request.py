"""The request: the same for everybody, exact, and without secrets on the record."""

from datetime import UTC, datetime

import pytest
from capturing import Ask, whole
from server import RawServer, http

from archiver.capture.cookies import load_cookies
from archiver.capture.request import WireRequest, build_request
from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.exchange import NEUTRAL_USER_AGENT, Redaction, Route

NOW = datetime(2026, 11, 22, 6, 55, 58, tzinfo=UTC)
COOKIES = load_cookies("site.example\tFALSE\t/\tFALSE\t0\tsid\ts3cr3t-value\n")


def _build(url: str = "https://site.example/a?b#c", **more: object) -> WireRequest:
    return build_request(Address.parse(url), now=NOW, **more)  # type: ignore[arg-type]  # passed through


def test_the_default_request_is_neutral_and_in_a_fixed_order() -> None:
    assert _build().sent() == (
        b"GET /a?b HTTP/1.1\r\n"
        b"Host: site.example\r\n"
        b"User-Agent: " + NEUTRAL_USER_AGENT.encode() + b"\r\n"
        b"Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
        b"Accept-Language: en-US,en;q=0.5\r\n"
        b"Accept-Encoding: gzip\r\n"
        b"Connection: close\r\n"
        b"\r\n"
    )
    assert _build().recorded() == (_build().sent(), ())


@pytest.mark.parametrize(
    ("url", "line", "host"),
    [
        ("http://site.example", "/", "site.example"),
        ("http://site.example:8080/%zz/../a//b?x=%20y&&c=[1]", "/%zz/../a//b?x=%20y&&c=[1]", "site.example:8080"),
        ("https://site.example:443/", "/", "site.example"),
        ("http://user:pw@site.example/?q=a b", "/?q=a%20b", "site.example"),
        ("http://пример.испытание/страница", "/%D1%81%D1%82%D1%80%D0%B0%D0%BD%D0%B8%D1%86%D0%B0",
         "xn--e1afmkfd.xn--80akhbyknj4f"),
        ("http://[2606:4700::1111]:8080/", "/", "[2606:4700::1111]:8080"),
        ("http://site.example/a\r\nX: y", "/a%0D%0AX:%20y", "site.example"),
    ],
)  # fmt: skip
def test_the_target_is_sent_as_it_was_given(url: str, line: str, host: str) -> None:
    assert _build(url).sent().startswith(f"GET {line} HTTP/1.1\r\nHost: {host}\r\n".encode())


def test_extra_headers_replace_those_of_the_same_name_and_else_follow() -> None:
    sent = _build(headers=(("accept-language", "ru"), ("X-Mark", "м"), ("Referer", "https://a.example/"))).sent()
    assert b"Accept-Language" not in sent
    assert sent.endswith(
        b"Accept-Encoding: gzip\r\naccept-language: ru\r\nX-Mark: \xd0\xbc\r\nReferer: https://a.example/\r\n"
        b"Connection: close\r\n\r\n"
    )


@pytest.mark.parametrize("name", ["Cookie", "authorization", "X-Api-Key", "X-Auth", "X-CSRF-Token", "My-Password",
                                  "Session-Id", "Proxy-Authorization"])  # fmt: skip
def test_secret_headers_are_redacted_and_declared(name: str) -> None:
    request = _build(headers=((name, "hunter2-hunter2"),))
    assert b"hunter2-hunter2" in request.sent()
    recorded, redactions = request.recorded()
    assert b"hunter2" not in recorded
    assert f"{name}: [redacted]\r\n".encode() in recorded
    assert redactions == (Redaction(f"request header {name}", 15),)
    assert b"Accept-Encoding: identity" in request.sent()
    assert [secret.value for secret in request.secrets] == [b"hunter2-hunter2"]
    assert "hunter2" not in repr(request)


def test_cookies_are_sent_where_they_belong_and_redacted() -> None:
    request = _build(cookies=COOKIES)
    assert b"Cookie: sid=s3cr3t-value\r\n" in request.sent()
    recorded, redactions = request.recorded()
    assert b"Cookie: [redacted]\r\n" in recorded
    assert redactions == (Redaction("request header Cookie", 16),)
    assert b"Cookie" not in _build("https://other.example/", cookies=COOKIES).sent()


def test_secret_headers_stay_at_home_on_a_redirect_elsewhere() -> None:
    headers = (("Authorization", "Bearer abcdefgh"), ("X-Mark", "1"))
    home = Address.parse("https://site.example/")
    for url in ("https://other.example/", "http://site.example/", "https://site.example:8443/"):
        request = _build(url, headers=headers, first=home)
        sent = request.sent()
        assert b"Authorization" not in sent
        assert [secret.value for secret in request.secrets] == [b"Bearer abcdefgh"]  # home may have told it
        assert b"X-Mark: 1" in sent
    assert b"Authorization" in _build("https://site.example/other", headers=headers, first=home).sent()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("X-A", "a\r\nX-B: c"), ("X-A", "a\nb"), ("X-A", "a\x00b"), ("X-A", "\x7f"), ("X-A", "\ud800"), ("", "x"),
        ("X A", "x"), ("X:A", "x"), ("Имя", "x"), ("X-A\r\n", "x"), ("Host", "other.example"),
        ("connection", "keep-alive"), ("Content-Length", "5"), ("Transfer-Encoding", "chunked"),
        ("Expect", "100-continue"),
    ],
)  # fmt: skip
def test_headers_that_cannot_be_sent_are_refused_without_their_value(name: str, value: str) -> None:
    with pytest.raises(UsageError) as caught:
        _build(headers=((name, value),))
    assert "other.example" not in str(caught.value)


@pytest.mark.parametrize("method", ["get", "GE T", "", "G\r\n", "X" * 33])
def test_odd_methods_are_refused(method: str) -> None:
    with pytest.raises(UsageError):
        _build(method=method)


@pytest.mark.parametrize("header", [(b"X-A", b"a\r\nX-B: c"), (b"X-A", b"a\nb"), (b"X-A", b"\x00"), (b"X A", b"x"),
                                    (b"\xff", b"x")])  # fmt: skip
def test_no_request_can_be_made_that_would_be_two(header: tuple[bytes, bytes]) -> None:
    with pytest.raises(UsageError):
        WireRequest(Address.parse("http://site.example/"), headers=(header,))


def test_an_odd_user_agent_is_refused() -> None:
    with pytest.raises(UsageError):
        _build(user_agent="x\r\nX: y")


def test_bodies_have_a_length() -> None:
    assert _build(method="POST").sent().endswith(b"Content-Length: 0\r\nConnection: close\r\n\r\n")
    assert _build(method="POST", body=b"a=b").sent().endswith(b"Content-Length: 3\r\nConnection: close\r\n\r\na=b")


def test_the_record_of_a_whole_exchange_has_no_secret(raw_server: RawServer, ask: Ask) -> None:
    raw_server.default = http("welcome")
    exchange = ask(
        raw_server.url(), Route(allow=raw_server.allow), headers=(("Authorization", "Bearer hunter2hunter2"),)
    )
    assert b"hunter2hunter2" in raw_server.requests[0]
    assert "hunter2" not in repr(exchange)
    assert exchange.request == raw_server.requests[0].replace(b"Bearer hunter2hunter2", b"[redacted]")
    assert exchange.private == ()
    assert whole(exchange) == http("welcome")
