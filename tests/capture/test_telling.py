"""Secrets in what a page asks for and says: each byte is an asterisk in the record, and nothing else changes."""

from datetime import UTC, datetime

from archiver.capture.secrets import Secret
from archiver.capture.telling import Hiding
from archiver.model.address import Address
from archiver.model.exchange import Exchange, Redaction

AT = datetime(2026, 11, 22, tzinfo=UTC)
HOME = Address.parse("https://site.test/s3cr3t-of-the-source")
HIDING = Hiding.of((Secret("Cookie", b"s3cr3t-of-the-source"), Secret("Cookie", b"moscow")), HOME)


def asked(url: str, request: bytes) -> Exchange:
    return HIDING.exchange(Exchange(Address.parse(url), "GET", AT, AT, request=request))


def test_address_and_request_are_hidden_alike_and_the_places_are_declared() -> None:
    url = "https://log.test/moscow?c=s3cr3t-of-the-source"
    head = b"GET /moscow?c=s3cr3t-of-the-source HTTP/1.1\r\nX: s3cr3t-of-the-source\r\n\r\n"
    made = asked(url, head)
    stars = "*" * 20
    assert made.address.url == made.address.submitted == f"https://log.test/moscow?c={stars}"
    assert made.request == head.replace(b"s3cr3t-of-the-source", stars.encode())
    at = [head.index(b"s3cr3t"), head.rindex(b"s3cr3t")]
    assert made.redactions == tuple(Redaction(f"request byte {each}", 20) for each in at)


def test_the_address_that_the_user_gave_stays_and_what_else_is_said_there_does_not() -> None:
    made = asked(HOME.url, b"GET /s3cr3t-of-the-source HTTP/1.1\r\nX: s3cr3t-of-the-source\r\n\r\n")
    assert made.address == HOME
    assert made.request == b"GET /s3cr3t-of-the-source HTTP/1.1\r\nX: " + b"*" * 20 + b"\r\n\r\n"
    assert made.redactions == (Redaction("request byte 39", 20),)
    assert HIDING.text(HOME.url + "#top") == HOME.url + "#top"


def test_what_holds_no_secret_is_the_same() -> None:
    made = Exchange(Address.parse("https://log.test/moscow"), "GET", AT, AT, request=b"")
    assert HIDING.exchange(made) is made
    assert HIDING.told({"a": [1, None, "moscow \ud800"], "b": True}) == {"a": [1, None, "moscow \ud800"], "b": True}


def test_a_body_that_is_all_secret_is_hidden_and_a_hundred_places_are_declared() -> None:
    made = asked("https://log.test/", b"POST / HTTP/1.1\r\n\r\n" + b"s3cr3t-of-the-source," * 5000)
    assert b"s3cr3t" not in made.request
    assert len(made.redactions) == 100


def test_lines_that_an_mhtml_breaks_hide_nothing() -> None:
    hiding = Hiding.of((Secret("Cookie", b"s3cr3t=of=the=source"),), HOME)
    page = b"Location: http://a.test/?s3cr3t=of=the=source\r\n\r\n<p>one s3cr3t=3Dof=\r\n=3Dthe=3Dsou=\r\nrce two"
    shown = hiding.words("mhtml", page)
    assert shown == b"Location: http://a.test/?" + b"*" * 20 + b"\r\n\r\n<p>one " + b"*" * 20 + b" two"
    assert hiding.words("text", b"one s3cr3t=of=the=source") == b"one " + b"*" * 20
