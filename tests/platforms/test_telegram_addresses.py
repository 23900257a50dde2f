"""Which message, channel or closed door an address of Telegram means."""

import pytest

from archiver.model.address import Address
from archiver.model.platform import Access
from archiver.platforms.telegram import ADAPTER

POST = "telegram:lantern_street/71"


@pytest.mark.parametrize(
    ("url", "key", "kind"),
    [
        ("https://t.me/Lantern_Street/71", POST, "post"),
        ("http://t.me/lantern_street/71", POST, "post"),
        ("https://T.ME/LANTERN_STREET/71/", POST, "post"),
        ("https://www.t.me/Lantern_Street/71", POST, "post"),
        ("https://t.me./Lantern_Street/71", POST, "post"),
        ("https://telegram.me/Lantern_Street/71", POST, "post"),
        ("https://telegram.dog/Lantern_Street/71", POST, "post"),
        ("https://www.telegram.dog/s/Lantern_Street/71", POST, "post"),
        ("https://t.me/s/Lantern_Street/71", POST, "post"),
        ("https://t.me/s/Lantern_Street/0071", POST, "post"),
        ("https://t.me/Lantern_Street/71?single", POST, "post"),
        ("https://t.me/Lantern_Street/71?embed=1&mode=tme", POST, "post"),
        ("https://t.me/Lantern_Street/71?comment=", POST, "post"),
        ("https://t.me/Lantern_Street/71?comment=x9", POST, "post"),
        ("https://t.me/Lantern_Street/71#part", POST, "post"),
        ("https://t.me/Lantern%5FStreet/71", POST, "post"),
        ("https://t.me/Lantern_Street/12/71", POST, "post"),
        ("https://t.me/s/Lantern_Street/12/71?single", POST, "post"),
        ("https://lantern_street.t.me/71", POST, "post"),
        ("https://Lantern_Street.t.me/12/71/", POST, "post"),
        ("https://lantern_street.t.me/s/71", "telegram:lantern_street/s/71", "story"),
        ("https://t.me/Lantern_Street/71?comment=9", f"{POST}?comment=9", "comment"),
        ("https://t.me/s/Lantern_Street/71?single&comment=0009", f"{POST}?comment=9", "comment"),
        ("https://t.me/Lantern_Street", "telegram:lantern_street", "channel"),
        ("https://t.me/s/Lantern_Street/", "telegram:lantern_street", "channel"),
        ("https://t.me/s/Lantern_Street?before=71", "telegram:lantern_street", "channel"),
        ("https://t.me/Lantern_Street?boost", "telegram:lantern_street", "channel"),
        ("https://lantern_street.t.me/", "telegram:lantern_street", "channel"),
        ("https://lantern_street.t.me", "telegram:lantern_street", "channel"),
        ("https://t.me/c/1234567890/71", "telegram:c/1234567890/71", "members"),
        ("https://t.me/c/1234567890/12/71?single", "telegram:c/1234567890/71", "members"),
        ("https://t.me/+AbCd_efGH-12", "telegram:+AbCd_efGH-12", "invite"),
        ("https://t.me/%2BAbCd_efGH-12", "telegram:+AbCd_efGH-12", "invite"),
        ("https://telegram.me/joinchat/AbCd_efGH-12", "telegram:+AbCd_efGH-12", "invite"),
        ("https://t.me/Lantern_Street/s/4", "telegram:lantern_street/s/4", "story"),
    ],
)
def test_addresses_of_the_same_thing_have_the_same_key(url: str, key: str, kind: str) -> None:
    found = ADAPTER.match(Address.parse(url))
    assert found is not None
    assert (found.platform, found.id, found.kind) == ("telegram", key, kind)


@pytest.mark.parametrize(
    "url",
    [
        "https://t.me/",
        "https://t.me/s/",
        "https://t.me/abc/71",
        "https://t.me/1234/71",
        "https://t.me/" + "a" * 33,
        "https://t.me/Lantern-Street/71",
        "https://t.me/Улица/71",
        "https://t.me/Lantern_Street/71/extra",
        "https://t.me/Lantern_Street/a/71",
        "https://t.me/Lantern_Street/" + "9" * 16,
        "https://t.me/share/url?url=https://t.me/Lantern_Street/71",
        "https://t.me/addstickers/Lanterns",
        "https://t.me/Share",
        "https://t.me/contact/71",
        "https://t.me/proxy?server=example.org",
        "https://t.me/joinchat",
        "https://t.me/call/s/4",
        "https://t.me/+4915112345678",
        "https://t.me/c/1234567890",
        "https://t.me/c/x/71",
        "https://abc.t.me/71",
        "https://a.lantern_street.t.me/71",
        "https://t.me.example.org/Lantern_Street/71",
        "https://not-t.me/Lantern_Street/71",
        "https://example.org/t.me/Lantern_Street/71",
        "https://core.telegram.org/bots",
        "ftp://t.me/Lantern_Street/71",
        "tg://resolve?domain=lantern_street&post=71",
        "https://t.me/%ff%fe/71",
        "https://t.me\\Lantern_Street\\71",
    ],
)
def test_other_addresses_mean_nothing_here(url: str) -> None:
    assert ADAPTER.match(Address.parse(url)) is None


@pytest.mark.parametrize(
    "name",
    [
        "addemoji", "addlist", "addstickers", "addstyle", "addtheme", "auction", "boost", "call", "confirmphone",
        "contact", "giftcode", "invoice", "joinchat", "login", "proxy", "setlanguage", "share", "socks",
    ],
)  # fmt: skip
def test_functions_of_the_site_are_no_names(name: str) -> None:
    for url in (f"https://t.me/{name}", f"https://t.me/{name.upper()}/71", f"https://t.me/{name}/s/4"):
        assert ADAPTER.match(Address.parse(url)) is None


def test_the_name_is_asked_for_as_it_was_written_and_compared_without_case() -> None:
    key = ADAPTER.match(Address.parse("https://telegram.dog/s/LANTERN_Street/0071?single"))
    assert key is not None
    assert key.id == POST
    assert [each.url for each in ADAPTER.plan(key, Access())] == ["https://t.me/LANTERN_Street/71?embed=1&mode=tme"]


def test_the_topic_of_a_group_is_kept_beside_the_number() -> None:
    key = ADAPTER.match(Address.parse("https://t.me/Lantern_Street/12/71"))
    assert key is not None
    assert (key.part("thread"), key.part("number")) == ("12", "71")


def test_a_million_parameters_do_no_harm() -> None:
    url = "https://t.me/Lantern_Street/71?" + "&".join(f"a{n}=1" for n in range(8_000)) + "&comment=9"
    found = ADAPTER.match(Address.parse(url))
    assert found is not None
    assert found.kind == "post"
