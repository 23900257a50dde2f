"""Addresses are kept as submitted; what is requested differs only where HTTP leaves no choice."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import UsageError
from archiver.model.address import Address, ascii_host, dotted_ipv4

TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)


@pytest.mark.parametrize(
    "text",
    [
        "http://h/?id=&b=1&&flag&utm_source=x",
        "http://h/a/../b/./c//d",
        "http://h/%zz%41%e9",
        "http://h/[x]{y}|z^`\\",
        "http://h/;p=1?q=+'()*!",
    ],
)
def test_nothing_is_cleaned(text: str) -> None:
    address = Address.parse(text)
    assert address.submitted == text
    assert address.url == text
    assert address.odd == ()


@pytest.mark.parametrize(
    ("text", "url", "odd"),
    [
        ("http://h/a b", "http://h/a%20b", ("address-escaped",)),
        ("http://h/путь?q=ё", "http://h/%D0%BF%D1%83%D1%82%D1%8C?q=%D1%91", ("address-escaped",)),
        ('http://h/<b>?"', "http://h/%3Cb%3E?%22", ("address-escaped",)),
        ("http://h/x#y z", "http://h/x", ("address-fragment-not-sent",)),
        ("http://user:pw@h:8080/x", "http://h:8080/x", ("address-userinfo-not-sent",)),
        ("http://127.0.0.1:80@evil.example/", "http://evil.example/", ("address-userinfo-not-sent",)),
        ("HTTPS://EXAMPLE.com", "https://example.com/", ()),
        ("https://h:443/", "https://h/", ()),
        ("http://h:/x", "http://h/x", ()),
        ("http://h:000000080/x", "http://h/x", ()),
        ("http://h?q", "http://h/?q", ()),
        ("http://h\\@evil/", "http://h\\@evil/", ()),
        ("http://новости-юга.example/", "http://xn----8sbefx2ahb1ak8k.example/", ()),
        ("http://аррӏе.com/", "http://xn--80ak6aa92e.com/", ()),
        ("http://💩.la/", "http://xn--ls8h.la/", ()),
        ("http://a_b.example./", "http://a_b.example./", ()),
        ("http://[2001:DB8:0::1]:8/", "http://[2001:db8::1]:8/", ()),
        ("http://h/\r\nX: y\0", "http://h/%0D%0AX:%20y%00", ("address-escaped",)),
    ],
)
def test_the_requested_form(text: str, url: str, odd: tuple[str, ...]) -> None:
    address = Address.parse(text)
    assert (address.url, address.odd, address.submitted) == (url, odd, text)


@pytest.mark.parametrize(
    "spelling",
    [
        "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f.1", "0x7f000001", "017700000001", "0177.0.0.0x1",
        "127。0。0。1", "１２７.0.0.1", "%31%32%37.0.0.1", "127.0.0.1.", "0X7F.0.0.1",
    ],
)  # fmt: skip
def test_every_spelling_of_an_ipv4_address_comes_back_dotted(spelling: str) -> None:
    assert ascii_host(spelling) == "127.0.0.1"


@pytest.mark.parametrize("host", ["", "a..b", "a b", "1.2.3.4.5", "256.1.1.1", "4294967296", "a.1", "[::1", "[x]", "09",
                                  "a\0b", "%ff", "x" * 64, ".", "a/b", "99999999999",
                                  "[fe80::1%eth0]", "[2606:4700::1%a\r\nX: y]", "[::1%é]"])  # fmt: skip
def test_hosts_that_cannot_exist_are_refused(host: str) -> None:
    assert ascii_host(host) is None


@pytest.mark.parametrize(
    "text",
    ["example.com", "", "http:example.com", "http://", "http:///x", "http://h:99999/", "http://h:x/", "http://h:-1/",
     "//h/x", "http://h" + "x" * 70_000, "http://h/" + "\u00e9" * 11_000, "http://\ud800/"],
)  # fmt: skip
def test_addresses_that_cannot_be_used_say_why(text: str) -> None:
    with pytest.raises(UsageError, match="cannot be used") as caught:
        Address.parse(text)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["ftp://h/x", "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x\n"])
def test_other_schemes_are_values_for_the_guard_to_refuse(text: str) -> None:
    address = Address.parse(text)
    assert (address.submitted, address.host, address.target) == (text, "", "")
    assert address.url.isascii()
    assert "\n" not in address.url


@given(st.integers(0, 2**32 - 1))
def test_dotted_ipv4_agrees_with_the_standard_library(value: int) -> None:
    expected = str(ipaddress.IPv4Address(value))
    assert dotted_ipv4(str(value)) == dotted_ipv4(hex(value)) == dotted_ipv4(expected) == expected


@pytest.mark.parametrize("zone", ["eth0", "25eth0", "a\r\nX-Injected: 1\r\nY: ", "\u00e9", " "])
def test_a_zone_in_an_address_never_reaches_a_header(zone: str) -> None:
    with pytest.raises(UsageError, match="cannot be used"):
        Address.parse(f"http://[2606:4700::1%{zone}]/")


@given(TEXTS)
def test_any_text_gives_a_sendable_address_or_a_clear_error(text: str) -> None:
    for candidate in (text, "http://" + text, "https://h/" + text):
        try:
            address = Address.parse(candidate)
        except UsageError:
            continue
        assert address.submitted == candidate
        assert all(0x21 <= ord(char) < 0x7F for char in address.url)


@given(TEXTS)
def test_parsing_what_is_requested_changes_nothing(text: str) -> None:
    try:
        address = Address.parse("http://h/" + text)
    except UsageError:
        return
    assert Address.parse(address.url).url == address.url
