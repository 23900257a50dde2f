"""Files that a post names: which are asked for, and what is said of each."""

from dataclasses import replace

import pytest
from adapterkit import Answer

from archiver.model.platform import Seen
from archiver.model.post import Found, Media, Rendition
from archiver.platforms.files import MAX_FILES, MEDIA, NO_ADDRESS, NOT_ASKED, Files, Rules, role_of

URL = "https://cdn.example/a.jpg"
PICTURE = Answer(b"\xff\xd8 a picture", headers=(("Content-Type", "image/jpeg"),))


def found(url: str = URL) -> Found[str]:
    return Found(url, 1, "/url")


def came(answer: Answer, *before: Seen) -> Rendition:
    seen = (*before, answer.seen(2, role_of(URL), URL))
    return Files.of(seen).rendition(found(), "best", width=Found(3, 1, "/w"), height=Found(0, 1, "/h"))


def test_a_file_that_is_there_names_its_exchange() -> None:
    there = came(PICTURE)
    assert (there.exchange, there.why) == (2, "")
    assert there.width is not None
    assert there.height is None
    assert came(replace(PICTURE, status=206)).exchange == 2


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (replace(PICTURE, status=404), "asked for, answered with status 404"),
        (replace(PICTURE, whole=False), "asked for, cut short"),
        (Answer.html("<p>"), "asked for, a page came in its place"),
        (
            replace(PICTURE, headers=(("cf-mitigated", "challenge"),)),
            "asked for, a test for browsers came in its place",
        ),
        (Answer(failure="timeout"), "asked for, no answer: timeout"),
    ],
)
def test_a_file_that_is_not_there_says_why(answer: Answer, why: str) -> None:
    assert (came(answer).exchange, came(answer).why) == (0, why)


def test_behind_a_redirect_the_last_exchange_counts() -> None:
    first = Answer(status=302).seen(1, role_of(URL), URL)
    assert came(PICTURE, first).exchange == 2


@pytest.mark.parametrize(
    ("url", "why"),
    [
        (URL, NOT_ASKED),
        ("//cdn.example/a.jpg", NO_ADDRESS),
        ("javascript:alert(1)", NO_ADDRESS),
        ("ftp://cdn.example/a", NO_ADDRESS),
        ("https://127.0.0.1/a", NO_ADDRESS),
        ("https://[::1]/a", NO_ADDRESS),
        ("https://localhost/a", NO_ADDRESS),
        ("https://[", NO_ADDRESS),
        ("", NO_ADDRESS),
    ],
)
def test_what_was_not_asked_for_says_so(url: str, why: str) -> None:
    assert Files({}).rendition(found(url), "best").why == why


def test_each_file_is_asked_for_once_with_the_headers_that_it_needs() -> None:
    files = Files({})
    twice = Media("Image", renditions=(files.rendition(found(), "best"), files.rendition(found(), "thumb")))
    other = Media("Image", renditions=(files.rendition(found(), "thumb", otherwise="another size"),))
    targets = files.targets((twice, other), (("Referer", "https://a.example/"),))
    assert [(each.role, each.url, each.headers) for each in targets] == [
        (role_of(URL), URL, (("Referer", "https://a.example/"),))
    ]


def test_no_more_than_the_limit_and_none_after_a_refusal() -> None:
    files = Files({})
    many = [Media("Image", renditions=(files.rendition(found(f"{URL}?{n}"), "best"),)) for n in range(MAX_FILES + 9)]
    assert len(files.targets(many)) == MAX_FILES
    refused = Files.of((Answer(status=403).seen(1, role_of(URL), URL),))
    assert refused.refused
    assert refused.targets(many) == ()


def test_an_adapter_has_rules_of_its_own() -> None:
    rules = Rules(MEDIA, most=3, batch=2, refusals=frozenset({451}), otherwise="not wanted")
    files = Files.of((), rules)
    (first,) = files.renditions(found(), "best")
    assert first.why == "not wanted"
    assert files.renditions(None, "best") == ()
    urls = [f"{URL}?{n}" for n in range(5)]
    assert [each.role for each in files.asking(urls)] == [role_of(url, MEDIA) for url in urls[:2]]
    came = tuple(PICTURE.seen(n, role_of(url, MEDIA), url) for n, url in enumerate(urls[:2], 1))
    assert [each.url for each in Files.of(came, rules).asking(urls)] == urls[2:3]
    assert not Files.of((Answer(status=403).seen(1, role_of(URL, MEDIA), URL),), rules).refused
    assert Files.of((Answer(status=451).seen(1, role_of(URL, MEDIA), URL),), rules).refused
