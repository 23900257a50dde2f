"""Which post of X an address means."""

import pytest
from adapterkit import Answer, play
from xanswers import GUEST, ID, embedded, shown

from archiver.model.address import Address
from archiver.model.platform import PostKey, Target
from archiver.platforms.registry import BUILT_IN, subject_of
from archiver.platforms.x import ADAPTER
from archiver.platforms.x.addresses import MIRRORS

KEY = f"x:{ID}"


def key_of(url: str) -> PostKey | None:
    return ADAPTER.match(Address.parse(url))


@pytest.mark.parametrize(
    ("url", "name"),
    [
        (f"https://x.com/lantern_street/status/{ID}", "lantern_street"),
        (f"http://twitter.com/lantern_street/status/{ID}", "lantern_street"),
        (f"https://www.x.com/Lantern_Street/status/{ID}/", "Lantern_Street"),
        (f"https://mobile.twitter.com/lantern_street/status/{ID}", "lantern_street"),
        (f"https://mobile.x.com/lantern_street/status/{ID}", "lantern_street"),
        (f"https://m.twitter.com/lantern_street/status/{ID}", "lantern_street"),
        (f"https://X.COM./lantern_street/status/{ID}", "lantern_street"),
        (f"https://twitter.com/lantern_street/statuses/{ID}", "lantern_street"),
        (f"https://x.com/@lantern_street/status/{ID}", "lantern_street"),
        (f"https://x.com/lantern_street/status/{ID}/photo/1", "lantern_street"),
        (f"https://x.com/lantern_street/status/{ID}/video/1", "lantern_street"),
        (f"https://x.com/lantern_street/status/{ID}/history", "lantern_street"),
        (f"https://x.com/lantern_street/status/{ID}?s=20&t=AbC#m", "lantern_street"),
        (f"https://x.com//lantern_street/status/{ID}", "lantern_street"),
        (f"https://x.com/lantern%5Fstreet/status/{ID}%3Fs=20", "lantern_street"),
        (f"https://x.com/lantern_street/status/0{ID}", "lantern_street"),
        (f"https://twitter.com/statuses/{ID}", ""),
        (f"https://x.com/i/status/{ID}", ""),
        (f"https://x.com/I/status/{ID}", ""),
        (f"https://twitter.com/i/web/status/{ID}", ""),
        (f"https://x.com/no name/status/{ID}", ""),
        (f"https://twitter.com/#!/lantern_street/status/{ID}", "lantern_street"),
        (f"https://platform.twitter.com/embed/Tweet.html?dnt=true&id={ID}&lang=en", ""),
        (f"https://fxtwitter.com/lantern_street/status/{ID}/en", "lantern_street"),
        (f"https://d.fxtwitter.com/lantern_street/status/{ID}.jpg", "lantern_street"),
        (f"https://vxtwitter.com/lantern_street/status/{ID}", "lantern_street"),
        (f"https://fixupx.com/i/status/{ID}", ""),
        (f"https://fixvx.com/lantern_street/status/{ID}", "lantern_street"),
        (f"https://twittpr.com/lantern_street/status/{ID}", "lantern_street"),
        (f"https://nitter.net/lantern_street/status/{ID}#m", "lantern_street"),
        (f"https://xcancel.com/lantern_street/status/{ID}", "lantern_street"),
    ],
)
def test_an_address_means_this_post(url: str, name: str) -> None:
    found = key_of(url)
    assert found is not None
    assert (found.id, found.platform, found.kind, found.part("name")) == (KEY, "x", "post", name)
    assert found.part("id") == ID
    subject = subject_of(Address.parse(url))
    assert subject is not None
    assert subject.adapter is ADAPTER


@pytest.mark.parametrize(
    "url",
    [
        "https://x.com/",
        "https://x.com/home",
        "https://x.com/lantern_street",
        "https://x.com/lantern_street/status/",
        "https://x.com/lantern_street/status/0",
        f"https://x.com/lantern_street/status/{ID}abc",
        f"https://x.com/lantern_street/status/{2**63}",
        "https://x.com/lantern_street/status/123456789012345678901",
        f"https://x.com/lantern_street/lists/{ID}",
        f"https://x.com/i/spaces/{ID}",
        f"https://x.com/search?q=https://x.com/lantern_street/status/{ID}",
        "https://x.com/#!/lantern_street",
        f"https://help.x.com/lantern_street/status/{ID}",
        f"https://api.x.com/2/status/{ID}",
        "https://platform.twitter.com/embed/Tweet.html",
        "https://platform.twitter.com/embed/Tweet.html?id=x",
        f"https://platform.twitter.com/lantern_street/status/{ID}",
        f"https://netflix.com/lantern_street/status/{ID}",
        f"https://x.com.example/lantern_street/status/{ID}",
        f"https://nitter.example/lantern_street/status/{ID}",
        f"ftp://x.com/lantern_street/status/{ID}",
        "https://t.co/",
        "https://t.co/a/b",
        f"https://fxtwitter.com/#!/lantern_street/status/{ID}",
    ],
)
def test_an_address_that_means_no_post_is_left_to_others(url: str) -> None:
    assert key_of(url) is None


def test_every_mirror_is_recognised_and_none_is_ever_asked() -> None:
    entry = next(each for each in BUILT_IN if each.name == "x")
    for mirror in MIRRORS:
        url = f"https://{mirror}/lantern_street/status/{ID}"
        assert entry.hosts.fullmatch(mirror)
        played = play(ADAPTER, url, lambda target: GUEST if target.role == "guest" else None)
        assert played.key.id == KEY
        hosts = {Address.parse(target.url).host for target in played.targets}
        assert hosts == {"cdn.syndication.twimg.com", "api.x.com", "x.com", "publish.x.com"}


def test_long_addresses_take_no_time() -> None:
    for tail in (
        "status/" * 9_000,
        "/" * 60_000,
        "?" + "id=&" * 15_000,
        "#!" + "/a" * 30_000,
        "a/status/" + "1" * 60_000,
    ):
        assert key_of(f"https://x.com/{tail}") is None


# Short links


def behind(link: str, page: Answer, moved: str = "") -> tuple[str, list[str]]:
    def answer(target: Target) -> Answer | None:
        return {"page": page, "syndication": Answer.json(shown()), "guest": GUEST, "oembed": embedded()}.get(
            target.role
        )

    played = play(ADAPTER, link, answer)
    return played.rule, [target.role for target in played.targets]


@pytest.mark.parametrize(
    "page",
    [
        Answer(status=301, headers=(("Location", f"https://twitter.com/lantern_street/status/{ID}"),)),
        Answer(status=302, headers=(("Location", f"//x.com/lantern_street/status/{ID}?s=09"),)),
        Answer.html(f'<META http-equiv="Refresh" content="0;URL=https://x.com/lantern_street/status/{ID}">'),
        Answer.html(f"<meta http-equiv=refresh content=\"0; url='https://x.com/lantern_street/status/{ID}'\">"),
    ],
)
def test_a_short_link_is_the_post_that_it_leads_to(page: Answer) -> None:
    rule, roles = behind("https://t.co/AbCdEf1234", page)
    assert (rule, roles) == ("x.syndication.post", ["page", "syndication", "guest", "graphql", "oembed"])


@pytest.mark.parametrize(
    "page",
    [
        Answer(status=301, headers=(("Location", "https://news.example/a"),)),
        Answer(status=301, headers=(("Location", "https://t.co/Other"),)),
        Answer(status=301, headers=(("Location", "http://["),)),
        Answer.html(f"<p>https://x.com/lantern_street/status/{ID}</p>"),
        Answer.html('<meta http-equiv="refresh" content="soon">'),
        Answer(status=404),
        Answer(failure="timeout"),
    ],
)
def test_a_short_link_that_leads_elsewhere_is_a_page(page: Answer) -> None:
    rule, roles = behind("https://t.co/AbCdEf1234", page)
    assert (rule, roles) == ("x.not-one", ["page"])


def test_the_key_of_a_short_link_is_the_link() -> None:
    found = key_of("https://t.co/AbCdEf1234/")
    assert found is not None
    assert (found.id, found.kind) == ("x:t.co/AbCdEf1234", "short")
