"""A hostile Location loses nothing and leads nowhere that was not written in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.model.address import Address
from archiver.model.redirect import redirect_target

BASE = Address.parse("https://h:8443/a/b?x")


@pytest.mark.parametrize(
    ("location", "url"),
    [
        (b"c", "https://h:8443/a/c"),
        (b"../c", "https://h:8443/c"),
        (b"../../../c", "https://h:8443/c"),
        (b"./", "https://h:8443/a/"),
        (b"..", "https://h:8443/"),
        (b"/x/./y/../z/", "https://h:8443/x/z/"),
        (b"/x/..;/y", "https://h:8443/x/..;/y"),
        (b"//e/x", "https://e/x"),
        (b"?q", "https://h:8443/a/b?q"),
        (b"#f", "https://h:8443/a/b?x"),
        (b" /sp \t", "https://h:8443/sp"),
        (b"\xe9", "https://h:8443/a/%E9"),
        (b"http://e/\xc3\xa9\xff", "http://e/%C3%A9%FF"),
        (b"http:/e/x", "http://e/x"),
        (b"http:e", "http://e/"),
        (b"http:\\\\e\\x", "http://e\\x"),
        (b"https:e", "https://h:8443/a/e"),
        (b"https:", "https://h:8443/a/b?x"),
        (b"https:/e", "https://h:8443/e"),
        (b"HTTPS:?e", "https://h:8443/a/b?e"),
        (b"https://e", "https://e/"),
        (b"https:\\/e/x", "https://e/x"),
        (b"///e/x", "https://e/x"),
        (b"\\\\e/x", "https://e/x"),
        (b"12:30/x", "https://h:8443/a/12:30/x"),
        (b"http://e/a/../b", "http://e/a/../b"),
        ("http://пример.рф/é".encode(), "http://xn--e1afmkfd.xn--p1ai/%C3%A9"),
        (b"/\\e/x", "https://e/x"),
        (b"javascript:alert(1)", "javascript:alert(1)"),
        (b"file:///etc/passwd", "file:///etc/passwd"),
    ],
)
def test_where_a_location_leads(location: bytes, url: str) -> None:
    target = redirect_target(BASE, location)
    assert target is not None
    assert target.url == url


@pytest.mark.parametrize("location", [b"", b"  ", b"http://", b"http://h:99999/", b"//\xff/", b"/" + b"x" * 70_000,
                                      b"//[2606:4700::1%a b]/", "//пример.рф/é".encode() + b"\xc3\xa9" * 12_000,
                                      "http://[::1%é]/".encode()])  # fmt: skip
def test_a_location_that_spells_no_address_is_none(location: bytes) -> None:
    assert redirect_target(BASE, location) is None


@given(st.binary(max_size=80))
def test_any_bytes_give_an_address_or_none(location: bytes) -> None:
    target = redirect_target(BASE, location)
    assert target is None or all(0x21 <= ord(char) < 0x7F for char in target.url)
