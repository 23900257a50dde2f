"""Which post of VK an address means."""

import pytest
from adapterkit import play

from archiver.model.address import Address
from archiver.model.platform import PostKey
from archiver.platforms.vk import ADAPTER


def key_of(url: str) -> PostKey | None:
    return ADAPTER.match(Address.parse(url))


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://vk.com/wall-77_1001", "vk:wall-77_1001"),
        ("http://vk.com/wall501_3", "vk:wall501_3"),
        ("https://m.vk.com/wall-77_1001?from=profile#comments", "vk:wall-77_1001"),
        ("https://vk.ru/wall-77_1001", "vk:wall-77_1001"),
        ("https://m.vk.ru/wall-77_1001", "vk:wall-77_1001"),
        ("https://www.vk.com./wall-77_1001", "vk:wall-77_1001"),
        ("https://new.vk.com/wall-77_1001", "vk:wall-77_1001"),
        ("https://vkontakte.ru/wall-77_1001", "vk:wall-77_1001"),
        ("https://VK.COM/wall-77_1001%2Fall", "vk:wall-77_1001"),
        ("https://vk.com/wall-077_01001", "vk:wall-77_1001"),
        ("https://vk.com/feed?w=wall-77_1001", "vk:wall-77_1001"),
        ("https://vk.com/gazeta_primer?w=wall-77_1001%2Fall", "vk:wall-77_1001"),
        ("https://vk.com/gazeta_primer?w%3Dwall-77_1001", "vk:wall-77_1001"),
        ("https://vk.com/club77?w=wall-77_1001_r1004", "vk:wall-77_1001_r1004"),
        ("https://vk.com/wall-77_1001?reply=1004", "vk:wall-77_1001_r1004"),
        ("https://vk.com/wall-77_1001?reply=1005&thread=1002", "vk:wall-77_1001_r1005"),
        ("https://vk.com/wall-77_1001?reply=0", "vk:wall-77_1001"),
        ("https://vk.com/photo-77_31", "vk:photo-77_31"),
        ("https://vk.com/photo-77_31_0123456789abcdef01", "vk:photo-77_31"),
        ("https://vk.com/feed?z=photo-77_31%2Fwall-77_1001", "vk:photo-77_31"),
        ("https://vk.com/wall-77_1001?z=photo-77_31%2Fwall-77_1001", "vk:photo-77_31"),
        ("https://vk.com/club77?w=wall-77_1001&z=photo-77_31%2Falbum-77_00%2Frev", "vk:photo-77_31"),
        ("https://vk.com/album-77_00?z=photo-77_31", "vk:photo-77_31"),
        ("https://vk.com/video-77_41", "vk:video-77_41"),
        ("https://vk.com/clip-77_41", "vk:video-77_41"),
        ("https://vk.com/clips-77?z=clip-77_41", "vk:video-77_41"),
        ("https://vk.com/video/@gazeta_primer?z=video-77_41%2Fpl_-77_-2", "vk:video-77_41"),
        ("https://vkvideo.ru/video-77_41", "vk:video-77_41"),
        ("https://m.vkvideo.ru/video-77_41?list=ln-AbC", "vk:video-77_41"),
        ("https://vkvideo.ru/playlist/-77_2/video-77_41", "vk:video-77_41"),
        ("https://vk.com/video_ext.php?oid=-77&id=41&hash=0f", "vk:video-77_41"),
        ("https://vkvideo.ru/video_ext.php?id=41&oid=-77", "vk:video-77_41"),
        ("https://vk.com/topic-77_61", "vk:topic-77_61"),
        ("https://vk.com/topic-77_61?post=3", "vk:topic-77_61_r3"),
        ("https://vk.com/club77", "vk:owner-77"),
        ("https://vk.com/public77/", "vk:owner-77"),
        ("https://m.vk.com/event77", "vk:owner-77"),
        ("https://vk.com/id501", "vk:owner501"),
        ("https://vk.com/gazeta_primer", "vk:name/gazeta_primer"),
        ("https://vk.com/Gazeta.Primer?from=search", "vk:name/gazeta.primer"),
        ("https://vk.com/gp", "vk:name/gp"),
        ("https://vkvideo.ru/@gazeta_primer", "vk:name/gazeta_primer"),
        ("https://vk.com/video/@gazeta_primer", "vk:name/gazeta_primer"),
        ("https://vk.cc/c0ffee", "vk:short/c0ffee"),
    ],
)
def test_an_address_means_this_post(url: str, key: str) -> None:
    found = key_of(url)
    assert found is not None
    assert (found.id, found.platform, found.part("page")) == (key, "vk", Address.parse(url).url)


@pytest.mark.parametrize(
    "url",
    [
        "https://vk.com/",
        "https://vk.com/feed",
        "https://vk.com/login",
        "https://vk.com/away.php?to=https%3A%2F%2Fprimer.example",
        "https://vk.com/wall-77",
        "https://vk.com/wall-77_0",
        "https://vk.com/wall0_5",
        "https://vk.com/id0",
        "https://vk.com/wall-77_1001x",
        "https://vk.com/album-77_00",
        "https://vk.com/topic77_61",
        "https://vk.com/photos-77",
        "https://vk.com/@gazeta_primer-statja",
        "https://vk.com/@gazeta_primer",
        "https://vkvideo.ru/gazeta_primer",
        "https://vk.com/app123_-77",
        "https://vk.com/video_ext.php?oid=-77",
        "https://vk.com/video_ext.php?oid=-77&id=41x",
        "https://vk.com/video_ext.php?oid=-77&id=0041000000000000000000041",
        "https://vk.com/gazeta_primer/extra",
        "https://api.vk.com/gazeta_primer",
        "https://live.vkvideo.ru/gazeta_primer",
        "https://vk.cc/",
        "https://vk.com.primer.example/wall-77_1001",
        "https://notvk.com/wall-77_1001",
        "https://ok.ru/wall-77_1001",
        "ftp://vk.com/wall-77_1001",
    ],
)
def test_an_address_that_means_no_post_is_left_to_others(url: str) -> None:
    assert key_of(url) is None


def test_what_the_api_has_to_know_is_kept_beside_the_key() -> None:
    for url, name, value in (
        ("https://vk.com/photo-77_31_0123456789abcdef01", "key", "0123456789abcdef01"),
        ("https://vk.com/photo-77_31?access_key=0123456789abcdef01", "key", "0123456789abcdef01"),
        ("https://vk.com/video-77_41?list=0123456789abcdef01", "list", "0123456789abcdef01"),
        ("https://vk.com/feed?z=video-77_41%2F0123456789abcdef01", "list", "0123456789abcdef01"),
        ("https://vk.com/wall-77_1001?reply=1005&thread=1002", "thread", "1002"),
    ):
        found = key_of(url)
        assert found is not None
        assert found.part(name) == value


def test_long_addresses_take_no_time() -> None:
    for tail in ("wall-" * 10_000, "?w=" + "%2F" * 20_000, "?" + "z=&" * 20_000, "a." * 30_000, "wall-" + "1" * 60_000):
        assert key_of(f"https://vk.com/{tail}") is None


def test_the_page_is_asked_for_as_it_was_submitted() -> None:
    url = "https://m.vk.com/feed?w=wall-77_1001%2Fall&utm_source=x"
    assert [each.url for each in play(ADAPTER, url, {}).targets] == [url]
