"""Every form of address that people paste, asked of the whole program: which platform takes it, and as which post.

The tests of each platform know more forms of its own; here no adapter is named, so that one which takes what belongs to
another, or is never asked because of a host that was forgotten, shows.
"""

import pytest

from archiver.model.address import Address
from archiver.platforms.registry import subject_of

OBJECT = "0a1b2c3d-0000-4000-8000-123456789abc"
STATUS = "109999999999999999"
VIDEO = "dQw4-9WgX_Q"
CLIP = "7123456789012345678"
DID = "did:plc:z72i7hdynmk6r22z27h6tvur"
RKEY = "3k2yihxxx2x2x"

TAKEN = {
    "vk:wall-1_2": (
        "https://vk.com/wall-1_2", "http://vk.com/wall-1_2", "https://m.vk.com/wall-1_2", "https://vk.ru/wall-1_2",
        "https://m.vk.ru/wall-1_2", "https://vkontakte.ru/wall-1_2", "https://vk.com/feed?w=wall-1_2",
        "https://vk.com/feed?w=wall-1_2%2Fall", "https://vk.com/feed?w=wall-1_2%252Fall",
        "https://vk.com/gazeta?from=x&w=wall-1_2", "https://vk.com/wall-1_2?own=1#c3", "https://VK.com/wall-1_2",
        "https://vk.com:443/wall-1_2", "https://vk.com/gazeta?w%3Dwall-1_2",
        "https://vk.com/gazeta?q=%CC%E8%F2%E8%ED%E3&w=wall-1_2", "https://vk.com/gazeta?q=Митинг&w=wall-1_2",
        "https://vk.com/wall-1_2?q=%CC%E8%F2%E8%ED%E3",
    ),
    "vk:wall1_2": ("https://vk.com/wall1_2", "https://vk.com/id1?w=wall1_2"),
    "vk:wall-1_2_r5": ("https://vk.com/wall-1_2?reply=5", "https://vk.com/club1?w=wall-1_2_r5%2Fall"),
    "vk:photo-1_3": (
        "https://vk.com/photo-1_3", "https://m.vk.com/photo-1_3?list=wall-1_2",
        "https://vk.com/gazeta?z=photo-1_3%2Fwall-1_2", "https://vk.com/club1?w=wall-1_2&z=photo-1_3",
    ),
    "vk:video-1_4": (
        "https://vk.com/video-1_4", "https://vk.com/clip-1_4", "https://vkvideo.ru/video-1_4",
        "https://vk.com/video?z=video-1_4%2Fpl_cat_updates", "https://vk.com/clips?z=clip-1_4",
        "https://vk.com/video_ext.php?oid=-1&id=4&hash=0f", "https://vkvideo.ru/video_ext.php?id=4&oid=-1",
    ),
    "vk:topic-1_5": ("https://vk.com/topic-1_5", "https://m.vk.com/topic-1_5?offset=20"),
    "vk:topic-1_5_r6": ("https://vk.com/topic-1_5?post=6",),
    "vk:owner-1": ("https://vk.com/club1", "https://vk.com/public1", "https://vk.ru/event1"),
    "vk:owner1": ("https://vk.com/id1", "https://m.vk.com/id1"),
    "vk:name/gazeta": ("https://vk.com/gazeta", "https://m.vk.ru/Gazeta"),
    "vk:short/c0ffee": ("https://vk.cc/c0ffee",),
    "telegram:gazeta/7": (
        "https://t.me/gazeta/7", "http://t.me/Gazeta/7/", "https://t.me/s/gazeta/7", "https://telegram.me/gazeta/7",
        "https://telegram.dog/gazeta/7", "https://gazeta.t.me/7", "https://t.me/gazeta/3/7",
        "https://t.me/gazeta/7?single", "https://t.me/gazeta/7?embed=1&mode=tme", "https://t.me/gazeta/7#top",
    ),
    "telegram:gazeta/7?comment=9": ("https://t.me/gazeta/7?comment=9",),
    "telegram:gazeta": (
        "https://t.me/gazeta", "https://t.me/s/gazeta", "https://t.me/s/gazeta?before=7", "https://gazeta.t.me",
    ),
    "telegram:c/1234/7": ("https://t.me/c/1234/7", "https://t.me/c/1234/3/7"),
    "telegram:+AbCdEfGhIj": ("https://t.me/+AbCdEfGhIj", "https://t.me/joinchat/AbCdEfGhIj"),
    "x:20": (
        "https://x.com/anna/status/20", "https://twitter.com/anna/status/20", "https://www.twitter.com/anna/statuses/20",
        "https://mobile.twitter.com/anna/status/20", "https://m.x.com/anna/status/20", "https://x.com/i/web/status/20",
        "https://x.com/i/status/20", "https://twitter.com/statuses/20", "https://x.com/anna/status/20/photo/1",
        "https://x.com/anna/status/20?s=20&t=Ab", "https://fxtwitter.com/anna/status/20",
        "https://vxtwitter.com/anna/status/20", "https://fixupx.com/anna/status/20",
        "https://nitter.net/anna/status/20#m", "https://twitter.com/#!/anna/status/20",
    ),
    "x:t.co/Ab1": ("https://t.co/Ab1",),
    f"mastodon:social.example/{STATUS}": (
        f"https://social.example/@anna/{STATUS}", f"https://social.example/@anna@other.example/{STATUS}",
        f"https://social.example/users/anna/statuses/{STATUS}", f"https://social.example/web/@anna/{STATUS}",
        f"https://social.example/web/statuses/{STATUS}", f"https://social.example/deck/@anna/{STATUS}",
        f"https://social.example/@anna/{STATUS}/embed", f"https://social.example/@anna/posts/{STATUS}",
        f"https://social.example/notice/{STATUS}",
    ),
    f"mastodon:social.example/objects/{OBJECT}": (f"https://social.example/objects/{OBJECT}",),
    "mastodon:social.example/notes/9abcdefghi": ("https://social.example/notes/9abcdefghi",),
    f"mastodon:truthsocial.com/{STATUS}": (
        f"https://truthsocial.com/@anna/posts/{STATUS}", f"https://truthsocial.com/@anna/{STATUS}",
    ),
    f"mastodon:xn--80ae6acdbhbidhe.xn--p1ai/{STATUS}": (f"https://пространство.рф/@анна/{STATUS}",),
    f"bluesky:at://anna.example/app.bsky.feed.post/{RKEY}": (
        f"https://bsky.app/profile/anna.example/post/{RKEY}", f"https://main.bsky.dev/profile/Anna.example/post/{RKEY}",
        f"https://fxbsky.app/profile/anna.example/post/{RKEY}", f"https://vxbsky.app/profile/anna.example/post/{RKEY}",
        f"https://bskye.app/profile/anna.example/post/{RKEY}", f"at://anna.example/app.bsky.feed.post/{RKEY}",
    ),
    f"bluesky:at://{DID}/app.bsky.feed.post/{RKEY}": (
        f"https://bsky.app/profile/{DID}/post/{RKEY}", f"at://{DID}/app.bsky.feed.post/{RKEY}",
        f"https://bsky.app/profile/{DID.replace(':', '%3A')}/post/{RKEY}?ref=x",
    ),
    f"youtube:{VIDEO}": (
        f"https://www.youtube.com/watch?v={VIDEO}", f"https://youtube.com/watch?feature=share&v={VIDEO}&t=9",
        f"https://m.youtube.com/watch?v={VIDEO}", f"https://youtu.be/{VIDEO}?si=Ab", f"http://youtu.be/{VIDEO}",
        f"https://www.youtube.com/shorts/{VIDEO}", f"https://www.youtube.com/live/{VIDEO}?feature=share",
        f"https://www.youtube.com/embed/{VIDEO}", f"https://www.youtube.com/v/{VIDEO}",
        f"https://www.youtube.com/e/{VIDEO}", f"https://www.youtube-nocookie.com/embed/{VIDEO}",
        f"https://music.youtube.com/watch?v={VIDEO}",
    ),
    "youtube:@канал": ("https://www.youtube.com/@канал", "https://www.youtube.com/@%D0%BA%D0%B0%D0%BD%D0%B0%D0%BB"),
    "youtube:channel/UCabcdefghijklmnopqrstuv": ("https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv",),
    "youtube:post/UgkxAbCdEfGhIjKlMn": ("https://www.youtube.com/post/UgkxAbCdEfGhIjKlMn",),
    "instagram:CabcDEF_-23": (
        "https://www.instagram.com/p/CabcDEF_-23/", "https://instagram.com/anna/p/CabcDEF_-23",
        "https://www.instagram.com/reel/CabcDEF_-23/?igsh=x", "https://www.instagram.com/reels/CabcDEF_-23/",
        "https://m.instagram.com/tv/CabcDEF_-23/", "https://instagr.am/p/CabcDEF_-23/",
    ),
    "facebook:1234567890": (
        "https://www.facebook.com/gazeta/posts/1234567890", "https://m.facebook.com/gazeta/posts/slug/1234567890",
        "https://www.facebook.com/groups/7/posts/1234567890", "https://www.facebook.com/groups/g/permalink/1234567890/",
        "https://www.facebook.com/permalink.php?story_fbid=1234567890&id=100000", "https://fb.com/g/posts/1234567890",
        "https://m.facebook.com/story.php?id=100000&story_fbid=1234567890",
        "https://www.facebook.com/photo.php?fbid=1234567890", "https://www.facebook.com/photo?fbid=1234567890&set=a.1",
        "https://www.facebook.com/gazeta/videos/1234567890", "https://www.facebook.com/watch/?v=1234567890",
        "https://www.facebook.com/watch?v=1234567890", "https://www.facebook.com/reel/1234567890",
        "https://ru-ru.facebook.com/Газета/posts/1234567890",
    ),
    "facebook:pfbid02abcdefghijk": ("https://www.facebook.com/gazeta/posts/pfbid02abcdefghijk",),
    "facebook:share/AbCd1234": (
        "https://www.facebook.com/share/p/AbCd1234/", "https://www.facebook.com/share/v/AbCd1234/",
        "https://www.facebook.com/share/r/AbCd1234/",
    ),
    "facebook:watch/AbCd1234": ("https://fb.watch/AbCd1234/",),
    f"tiktok:{CLIP}": (
        f"https://www.tiktok.com/@anna.b/video/{CLIP}", f"https://www.tiktok.com/@anna/photo/{CLIP}?lang=ru",
        f"https://m.tiktok.com/@anna/video/{CLIP}", f"https://www.tiktok.com/share/video/{CLIP}",
        f"https://m.tiktok.com/v/{CLIP}.html", f"https://www.tiktok.com/@/video/{CLIP}",
    ),
    "tiktok:short/vm/ZMabc123": ("https://vm.tiktok.com/ZMabc123/",),
    "tiktok:short/vt/ZSabc123": ("https://vt.tiktok.com/ZSabc123",),
    "tiktok:short/t/ZTabc123": ("https://www.tiktok.com/t/ZTabc123/",),
    "reddit:t3_1abcde": (
        "https://www.reddit.com/r/news/comments/1abcde/a_title/", "https://old.reddit.com/r/news/comments/1abcde",
        "https://m.reddit.com/comments/1abcde", "https://www.reddit.com/user/anna/comments/1abcde/t/",
        "https://www.reddit.com/u/anna/comments/1abcde/", "https://redd.it/1abcde",
        "https://www.reddit.com/comments/1abcde/.rss", "https://www.reddit.com/r/news/comments/1abcde/новости/",
    ),
    "reddit:t1_kxyz12": (
        "https://www.reddit.com/r/news/comments/1abcde/a_title/kxyz12/",
        "https://www.reddit.com/r/news/comments/1abcde/comment/kxyz12/?context=3",
    ),
    "reddit:short/AbCdEf": ("https://www.reddit.com/r/news/s/AbCdEf",),
    "odnoklassniki:video/1234567": (
        "https://ok.ru/video/1234567", "https://m.ok.ru/video/1234567", "https://ok.ru/videoembed/1234567",
        "https://ok.ru/live/1234567", "https://www.odnoklassniki.ru/video/1234567",
    ),
    "odnoklassniki:topic/56789": (
        "https://ok.ru/group/12345/topic/56789", "https://ok.ru/gazeta/topic/56789",
        "https://ok.ru/profile/12345/statuses/56789", "https://m.ok.ru/group/12345/topic/56789",
    ),
    "threads:Cabc-_123": (
        "https://www.threads.net/@anna/post/Cabc-_123", "https://www.threads.com/@anna.b/post/Cabc-_123?x=1",
        "https://threads.net/t/Cabc-_123", "https://www.threads.com/t/Cabc-_123/",
    ),
}  # fmt: skip

LEFT = (
    # the names of platforms in the addresses of others
    "https://vk.com.example.org/wall-1_2", "https://notvk.com/wall-1_2", "https://vk.com@example.org/wall-1_2",
    "https://example.org/vk.com/wall-1_2", "https://example.org/?u=https://vk.com/wall-1_2",
    "https://example.org/#https://vk.com/wall-1_2", "https://web.archive.org/web/2024/https://vk.com/wall-1_2",
    "https://netflix.com/anna/status/20", "https://sometwitter.com/anna/status/20",
    f"https://notyoutube.com/watch?v={VIDEO}", f"https://youtube.com.example.org/watch?v={VIDEO}",
    "https://book.ru/video/1234567", "https://not.me/gazeta/7", "https://ft.me/gazeta/7",
    "https://example.org/p/CabcDEF_-23/", f"https://example.org/@anna/video/{CLIP}",
    # front pages, lists and searches
    "https://vk.com/", "https://vk.com/feed", "https://vk.com/wall-1", "https://vk.com/album-1_00",
    "https://vk.com/search?c%5Bq%5D=%CC%E8%F2%E8%ED%E3", "https://x.com/", "https://x.com/anna",
    "https://x.com/search?q=status/20", "https://www.youtube.com/", "https://www.youtube.com/playlist?list=PLabc",
    "https://www.instagram.com/anna/", "https://www.instagram.com/reels/audio/123/", "https://www.facebook.com/gazeta",
    "https://www.tiktok.com/@anna", "https://www.reddit.com/r/news/", "https://i.redd.it/abc.jpg", "https://ok.ru/",
    "https://ok.ru/profile/12345", "https://www.threads.net/@anna", "https://bsky.app/profile/anna.example",
    "https://social.example/@anna", "https://t.me/", "https://t.me/share/url?url=x", "https://t.me/addstickers/x",
    "https://t.me/+79990000000",
    # what is no number where one must be
    "https://vk.com/wall-1_x", "https://vk.com/wall-1_0", "https://vk.com/wall-1_2abc", "https://x.com/anna/status/",
    "https://x.com/anna/status/0", "https://x.com/anna/status/99999999999999999999",
    "https://www.youtube.com/watch?v=short", "https://vk.com/wall-１_２", "https://t.me/gazeta/٧",
    # pages whose addresses look a little like those of posts
    "https://medium.example/@anna/a-story-123", "https://news.example/users/anna/posts", "https://news.example/2026/1",
    "https://news.example/notes/", "http://news.example/%CD%EE%E2%EE%F1%F2%E8/1", "https://новости.рф/письма/1",
)  # fmt: skip


@pytest.mark.parametrize(("url", "key"), [(url, key) for key, urls in TAKEN.items() for url in urls])
def test_what_people_paste_means_this_post_of_this_platform(url: str, key: str) -> None:
    address = Address.parse(url)
    subject = subject_of(address)
    assert subject is not None
    assert (subject.key.platform, subject.key.id) == (key.partition(":")[0], key)
    assert subject.adapter.about.name == subject.key.platform
    assert address.submitted == url


@pytest.mark.parametrize("url", LEFT)
def test_what_means_no_post_is_left_to_be_a_page(url: str) -> None:
    assert subject_of(Address.parse(url)) is None
