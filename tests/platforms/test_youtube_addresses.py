"""Which video, community post or channel an address of YouTube means, and what is asked for it."""

import pytest
from youtubeanswers import CHANNEL, ID, POST_ID

from archiver.model.address import Address
from archiver.model.platform import Access
from archiver.platforms.registry import subject_of
from archiver.platforms.youtube import ADAPTER

WATCH = f"https://www.youtube.com/watch?v={ID}"
VIDEOS = [
    (WATCH, ""),
    (f"http://youtube.com/watch?v={ID}", ""),
    (f"https://youtube.com./watch?v={ID}", ""),
    (f"https://www.youtube.com/watch?app=desktop&t=42s&v={ID}&list=PLx", "&app=desktop&t=42s&list=PLx"),
    (f"https://www.youtube.com/watch?v={ID}&lc=UgxComment4AaABAg#here", "&lc=UgxComment4AaABAg"),
    (f"https://www.youtube.com/watch/?%76={ID}&v=other", ""),
    (f"https://www.youtube.com/watch_popup?v={ID}", ""),
    (f"https://www.youtube.com/?v={ID}", ""),
    (f"https://m.youtube.com/watch?v={ID}&t=1m2s", "&t=1m2s"),
    (f"https://music.youtube.com/watch?v={ID}&si=aBc", "&si=aBc"),
    (f"https://youtu.be/{ID}", ""),
    (f"https://youtu.be/{ID}?si=Zz-1&t=9", "&si=Zz-1&t=9"),
    (f"https://youtu.be/{ID}/", ""),
    (f"https://youtu.be/watch?v={ID}", ""),
    (f"https://www.youtube.com/shorts/{ID}?feature=share", "&feature=share"),
    (f"https://www.youtube.com/live/{ID}", ""),
    (f"https://www.youtube.com/embed/{ID}?start=5", "&start=5"),
    (f"https://www.youtube-nocookie.com/embed/{ID}", ""),
    (f"https://www.youtube.com/v/{ID}&hl=en", ""),
    (f"https://www.youtube.com/e/{ID}", ""),
    (f"https://www.youtube.com/watch/{ID}", ""),
    (f"https://www.youtubekids.com/watch?v={ID}", ""),
    (f"https://www.youtube.com/attribution_link?a=x&u=%2Fwatch%3Fv%3D{ID}%26feature%3Dshare", "&feature=share"),
    (f"https://consent.youtube.com/m?continue=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D{ID}%26t%3D5&gl=DE", "&t=5"),
    (f"https://yewtu.be/watch?v={ID}", ""),
    (f"https://piped.video/embed/{ID}", ""),
]
CHANNELS = [
    (f"https://www.youtube.com/channel/{CHANNEL}", f"channel/{CHANNEL}", f"channel/{CHANNEL}"),
    (f"https://www.youtube.com/channel/{CHANNEL}/videos?view=0", f"channel/{CHANNEL}", f"channel/{CHANNEL}"),
    ("https://www.youtube.com/@HarbourWatch", "@harbourwatch", "@HarbourWatch"),
    ("https://m.youtube.com/@HarbourWatch/about", "@harbourwatch", "@HarbourWatch"),
    ("https://www.youtube.com/@%D0%9F%D0%BE%D1%80%D1%82", "@порт", "@%D0%9F%D0%BE%D1%80%D1%82"),
    ("https://www.youtube.com/@HarbourWatch/community", "@harbourwatch", "@HarbourWatch"),
    ("https://www.youtube.com/c/Harbour/", "c/harbour", "c/Harbour"),
    ("https://www.youtube.com/user/harbour", "user/harbour", "user/harbour"),
]
POSTS = [
    f"https://www.youtube.com/post/{POST_ID}",
    f"https://www.youtube.com/channel/{CHANNEL}/community?lb={POST_ID}",
    f"https://www.youtube.com/@harbourwatch/posts?lb={POST_ID}",
]
NONE = [
    "https://www.youtube.com/", "https://www.youtube.com/watch", "https://www.youtube.com/watch?v=short",
    f"https://www.youtube.com/watch?v={ID}0", "https://www.youtube.com/playlist?list=PLabcdefghijklmnop",
    "https://www.youtube.com/embed/videoseries?list=PLx", "https://www.youtube.com/embed/live_stream?channel=UCx",
    "https://www.youtube.com/results?search_query=x", "https://www.youtube.com/feed/trending",
    "https://www.youtube.com/clip/UgkxClip_0123456789abcdefghij", "https://www.youtube.com/hashtag/x",
    "https://www.youtube.com/redirect?q=https%3A%2F%2Fexample.org%2F", "https://www.youtube.com/channel/UCshort",
    f"https://www.youtube.com/channel/{CHANNEL}/live", "https://www.youtube.com/@",
    f"https://studio.youtube.com/video/{ID}/edit", f"https://notyoutube.com/watch?v={ID}",
    f"https://youtube.com.example/watch?v={ID}", f"https://evil.youtu.be/{ID}", "https://youtu.be/",
    f"ftp://youtube.com/watch?v={ID}", f"https://i.ytimg.com/vi/{ID}/hqdefault.jpg",
    "https://www.youtube.com/attribution_link?u=http%3A%2F%2F%5B", "https://www.youtube.com/attribution_link",
    f"https://www.youtube.com/attribution_link?u=%2Fattribution_link%3Fu%3D%252Fwatch%253Fv%253D{ID}",
    f"https://consent.youtube.com/m?continue=https%3A%2F%2Fexample.org%2Fwatch%3Fv%3D{ID}",
    "https://www.youtube.com/post/notapost",
]  # fmt: skip


@pytest.mark.parametrize(("url", "rest"), VIDEOS)
def test_every_form_of_the_address_of_a_video_is_known_and_what_was_asked_beside_it_goes_along(
    url: str, rest: str
) -> None:
    key = ADAPTER.match(Address.parse(url))
    assert key is not None
    assert (key.id, key.kind) == (f"youtube:{ID}", "video")
    assert [target.url for target in ADAPTER.plan(key, Access())] == [WATCH + rest]


@pytest.mark.parametrize(("url", "key_id", "path"), CHANNELS)
def test_a_channel_is_known_by_its_id_its_handle_and_its_older_names(url: str, key_id: str, path: str) -> None:
    key = ADAPTER.match(Address.parse(url))
    assert key is not None
    assert (key.id, key.kind) == (f"youtube:{key_id}", "channel")
    assert [target.url for target in ADAPTER.plan(key, Access(token=True))] == [f"https://www.youtube.com/{path}"]


@pytest.mark.parametrize("url", POSTS)
def test_a_community_post_is_known_by_both_of_its_addresses(url: str) -> None:
    key = ADAPTER.match(Address.parse(url))
    assert key is not None
    assert (key.id, key.kind) == (f"youtube:post/{POST_ID}", "post")
    assert [target.url for target in ADAPTER.plan(key, Access())] == [f"https://www.youtube.com/post/{POST_ID}"]


@pytest.mark.parametrize("url", NONE)
def test_lists_searches_and_other_hosts_are_no_posts(url: str) -> None:
    assert ADAPTER.match(Address.parse(url)) is None


@pytest.mark.parametrize("url", [VIDEOS[0][0], VIDEOS[10][0], VIDEOS[17][0], VIDEOS[-2][0], POSTS[0], CHANNELS[2][0]])
def test_the_registry_gives_addresses_of_youtube_to_this_adapter(url: str) -> None:
    subject = subject_of(Address.parse(url))
    assert subject is not None
    assert subject.adapter is ADAPTER


def test_a_list_is_left_to_the_page() -> None:
    assert subject_of(Address.parse("https://www.youtube.com/playlist?list=PLabc")) is None


def test_a_very_long_query_is_bounded() -> None:
    key = ADAPTER.match(Address.parse(f"{WATCH}&a={'x' * 50_000}"))
    assert key is not None
    assert len(key.part("query")) < 9000
