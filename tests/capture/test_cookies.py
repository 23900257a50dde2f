"""Cookies: from a Netscape file, for the right places only, kept up to date by the answers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.capture.cookies import MAX_COOKIES, CookieJar, load_cookies
from archiver.errors import ConfigError
from archiver.model.address import Address

NOW = datetime(2026, 11, 22, 6, 55, 58, tzinfo=UTC)
FILE = """# Netscape HTTP Cookie File

.site.example\tTRUE\t/\tFALSE\t0\ttheme\tdark-theme
#HttpOnly_site.example\tFALSE\t/account\tTRUE\t4102444800\tsid\tabc=def==
site.example\tFALSE\t/\tFALSE\t1000000000\told\texpired
other.example\tFALSE\t/\tFALSE\t0\tforeign\tvalue
site.example\tFALSE\t/\tFALSE\t0\tempty\t
site.example\tFALSE\t/\tFALSE\t0\tlost
"""


def _header(jar: CookieJar, url: str) -> bytes:
    return jar.header(Address.parse(url), NOW)


def test_a_cookie_file_is_read_and_sent_where_it_belongs() -> None:
    jar = load_cookies(FILE.replace("\n", "\r\n"))
    assert _header(jar, "https://site.example/account/x") == b"sid=abc=def==; theme=dark-theme; empty=; lost="
    assert _header(jar, "http://site.example/account") == b"theme=dark-theme; empty=; lost="
    assert _header(jar, "https://site.example/accounts") == b"theme=dark-theme; empty=; lost="
    assert _header(jar, "https://sub.site.example./") == b"theme=dark-theme"
    assert _header(jar, "https://notsite.example/") == b""
    assert {secret.value for secret in jar.secrets} >= {b"dark-theme", b"abc=def=="}
    assert "dark-theme" not in repr(jar)


def test_a_domain_cookie_does_not_reach_an_address() -> None:
    jar = load_cookies("0.0.1\tTRUE\t/\tFALSE\t0\ta\tb\n")
    assert _header(jar, "http://127.0.0.1/") == b""


@pytest.mark.parametrize(
    "line",
    [
        "one field", "site.example\tFALSE\t/\tFALSE\t0", "a\tb\tc\td\te\tf\tg\th",
        "site.example\tMAYBE\t/\tFALSE\t0\ta\tb", "site.example\tTRUE\t/\tno\t0\ta\tb",
        "site.example\tTRUE\tx\tFALSE\t0\ta\tb", "site.example\tTRUE\t/\tFALSE\tsoon\ta\tb",
        "\tTRUE\t/\tFALSE\t0\ta\tb", "a..b\tTRUE\t/\tFALSE\t0\ta\tb", "site.example\tTRUE\t/\tFALSE\t0\t\t",
        "site.example\tTRUE\t/\tFALSE\t0\ta\thunter2;x", "site.example\tTRUE\t/\tFALSE\t0\ta\thunter2\x01",
        "site.example\tTRUE\t/\tFALSE\t0\ta\thunter2\ud800",
    ],
)  # fmt: skip
def test_a_broken_line_is_named_and_its_values_are_not(line: str) -> None:
    with pytest.raises(ConfigError, match=r"^jar\.txt:3: ") as caught:
        load_cookies(f"# Netscape\n\n{line}\n", "jar.txt")
    assert "hunter2" not in str(caught.value)


def _after(jar: CookieJar, url: str, *values: bytes) -> CookieJar:
    return jar.updated(Address.parse(url), values, NOW)


def test_answers_add_replace_and_remove_cookies() -> None:
    jar = _after(CookieJar(), "https://www.site.example/a/b?c", b"one=1", b"two=2; Domain=.site.example; Path=/")
    assert _header(jar, "https://www.site.example/a/z") == b"one=1; two=2"
    assert _header(jar, "https://www.site.example/") == b"two=2"
    assert _header(jar, "https://site.example/a/") == b"two=2"
    jar = _after(jar, "https://www.site.example/a/b", b"one=new")
    assert _header(jar, "https://www.site.example/a/") == b"one=new; two=2"
    jar = _after(
        jar, "https://www.site.example/a/b", b"one=x; Max-Age=0", b"two=; domain=site.example; path=/; max-age=-5"
    )
    assert jar.cookies == ()


def test_expiry_is_kept() -> None:
    jar = _after(
        CookieJar(),
        "https://site.example/",
        b"a=1; Expires=Wed, 01 Jan 2020 00:00:00 GMT",
        b"b=2; Expires=Wed, 01-Jan-2070 00:00:00 GMT",
        b"c=3; Max-Age=60",
        b"d=4; Expires=nonsense",
        b"e=5; Max-Age=soon",
    )
    assert _header(jar, "https://site.example/") == b"b=2; c=3; d=4; e=5"


@pytest.mark.parametrize(
    ("date", "seconds"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784111777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784111777),
        ("Sun Nov  6 08:49:37 1994", 784111777), ("06 NOVEMBER 2069 8:49:7", 3150953347),
        ("Tue, 31 Feb 2026 00:00:00 GMT", None), ("Sun, 06 Nov 1994", None), ("06 Nov 1994 25:00:00", None), ("", None),
    ],
)  # fmt: skip
def test_dates_are_read_as_browsers_do(date: str, seconds: int | None) -> None:
    then = datetime(1990, 1, 1, tzinfo=UTC)
    (cookie,) = (
        CookieJar().updated(Address.parse("https://site.example/"), (b"a=1; expires=" + date.encode(),), then).cookies
    )
    assert cookie.expires == seconds


@pytest.mark.parametrize(
    "value",
    [
        b"\x01=x", b"a=b\rc", b"a=b\x00", b"", b"=", b";", b"a=" + b"x" * 5000, b"a=1; Domain=example",
        b"a=1; Domain=other.example", b"a=1; Domain=deep.site.example",
    ],
)  # fmt: skip
def test_cookies_that_no_browser_takes_change_nothing(value: bytes) -> None:
    assert _after(CookieJar(), "https://site.example/", value) == CookieJar()


def test_a_nameless_cookie_is_sent_back_without_a_name() -> None:
    assert (
        _header(_after(CookieJar(), "http://site.example/", b"just-a-value"), "http://site.example/") == b"just-a-value"
    )


def test_secure_cookies_stay_on_https() -> None:
    jar = _after(CookieJar(), "https://site.example/", b"a=1; Secure; HttpOnly; SameSite=None")
    assert _header(jar, "http://site.example/") == b""
    assert _header(jar, "https://site.example/") == b"a=1"


def test_what_the_user_gave_stays_secret_whatever_the_server_sets_instead() -> None:
    jar = load_cookies("site.example\tFALSE\t/\tFALSE\t0\tsid\tgiven-value\n")
    for value in (b"sid=given-value", b"sid=server-value", b"sid=; Max-Age=0"):
        later = _after(jar, "https://site.example/", value)
        assert [secret.value for secret in later.secrets] == [b"given-value"]
    assert (
        _header(_after(jar, "https://site.example/", b"sid=server-value"), "https://site.example/")
        == b"sid=server-value"
    )


def test_an_attribute_longer_than_browsers_read_is_ignored() -> None:
    jar = _after(CookieJar(), "https://site.example/", b"a=1; Max-Age=" + b"0" * 2000, b"b=1; Path=/" + b"x" * 2000)
    assert _header(jar, "https://site.example/") == b"a=1; b=1"


def test_a_flood_of_cookies_is_bounded() -> None:
    jar = _after(CookieJar(), "https://site.example/", *(b"c%d=1" % i for i in range(1000)))
    assert len(jar.cookies) == MAX_COOKIES
    assert b"c0=2" in _header(_after(jar, "https://site.example/", b"c0=2", b"new=1"), "https://site.example/")


@given(st.lists(st.binary(max_size=200), max_size=5))
def test_no_answer_breaks_the_jar_or_the_request(values: list[bytes]) -> None:
    header = _header(_after(CookieJar(), "https://www.site.example/a", *values), "https://www.site.example/a")
    assert not set(header) & {*range(0x20), 0x7F}
