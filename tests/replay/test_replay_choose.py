"""Which stored answer a request gets, and what it gets where there is none."""

from pathlib import Path

import pytest
from replaybench import URL, Kept, Way, answer, asked, chunked, got, player_of

from archiver.browser.values import Asked
from archiver.http.parse import read_message
from archiver.model.exchange import Exchange
from archiver.replay import index
from archiver.replay.index import indexed
from archiver.replay.player import MAX_TOLD, Player

MOVIE = bytes(range(256)) * 40
SPAN = len(MOVIE)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "case")


def test_an_answer_goes_out_octet_for_octet(kept: Kept) -> None:
    odd = b"HTTP/1.1 200 Fine\r\nX-Odd:  two  \r\ncontent-length: 5\r\n\r\n\x00\xff\r\nx"
    player = player_of(kept.index(kept.exchange(URL, odd)))
    assert bytes(got(player, asked()).data) == odd
    assert player.heard().same == player.heard().asked == 1


@pytest.mark.parametrize(
    "raw",
    [
        chunked(b"hello", b"world"),
        b"HTTP/1.0 200 OK\r\n\r\nuntil the end",
        b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 404 Gone\r\nContent-Length: 2\r\n\r\nno",
        b"no status line at all, as HTTP/0.9 has it",
        b"HTTP/1.1 200 OK",
    ],
)
def test_any_answer_is_replayed_as_it_came(kept: Kept, raw: bytes) -> None:
    assert bytes(got(player_of(kept.index(kept.exchange(URL, raw))), asked()).data) == raw


def test_interim_answers_and_what_follows_the_end_stay_behind(kept: Kept) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
    player = player_of(kept.index(kept.exchange(URL, hints + answer(b"page") + b"and more")))
    assert bytes(got(player, asked()).data) == answer(b"page")


def test_an_answer_cut_off_is_cut_off_again(kept: Kept) -> None:
    raw = answer(b"0123456789")[:-4]
    player = player_of(kept.index(kept.exchange(URL, raw, truncated="disconnect")))
    assert bytes(got(player, asked()).data) == raw
    both = (kept.exchange(URL, raw, truncated="disconnect"), kept.exchange(URL, answer(b"0123456789")))
    assert got(player_of(kept.index(*both)), asked()).body == b"0123456789"  # whole ones come first


CUT = {"truncated": "disconnect", "fidelity": "reconstructed"}


def test_an_answer_that_broke_off_in_the_browser_itself_breaks_off_again(kept: Kept) -> None:
    """In HTTP/2 no length is needed, and none may be there."""
    raw = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\n\r\n0123456789"
    data = bytes(got(player_of(kept.index(kept.exchange(URL, raw, **CUT))), asked()).data)
    told = raw.replace(b"OK\r\n", b"OK\r\nTransfer-Encoding: chunked\r\n")
    assert data == told.replace(b"0123", b"a\r\n0123") + b"\r\n"
    assert read_message([data]).end == "cut"
    for other in ({}, {"truncated": "disconnect"}, CUT | {"truncated": "unspecified"}):  # no browser saw it break
        assert bytes(got(player_of(kept.index(kept.exchange(URL, raw, **other))), asked()).data) == raw
    damaged = raw.replace(b"HTTP/1.1", b"HTTP/1.0")
    assert bytes(got(player_of(kept.index(kept.exchange(URL, damaged, **CUT))), asked()).data) == damaged


@pytest.mark.parametrize("url", ["http://a.example:80/#part", "http://A.example/", "http://a.example"])
def test_spellings_of_one_address_are_one(kept: Kept, url: str) -> None:
    assert got(player_of(kept.index(kept.exchange(URL, answer(b"x")))), asked(url)).body == b"x"


def test_names_in_other_scripts_are_found(kept: Kept) -> None:
    player = player_of(kept.index(kept.exchange("http://пример.example/новости", answer(b"x"))))
    assert got(player, asked("http://xn--e1afmkfd.example/%D0%BD%D0%BE%D0%B2%D0%BE%D1%81%D1%82%D0%B8")).body == b"x"


def test_schemes_ports_and_hosts_are_not_mixed_up(kept: Kept) -> None:
    player = player_of(kept.index(kept.exchange(URL, answer(b"x"))))
    for url in ("https://a.example/", "http://a.example:81/", "http://b.a.example/"):
        assert got(player, asked(url)).status == 404


def test_posts_are_told_apart_by_what_was_sent(kept: Kept) -> None:
    pages = [kept.exchange(URL, answer(b"%d" % n), "POST", body=b'{"page": %d}' % n) for n in range(3)]
    player = player_of(kept.index(*pages))
    assert [got(player, asked(method="POST", body=b'{"page": %d}' % n)).body for n in (2, 0, 1)] == [b"2", b"0", b"1"]
    away = got(player, asked(method="POST", body=b'{"page": 7}', sec_fetch_dest="document"))
    assert away.status == 404
    assert "other data" in away.body.decode()
    assert got(player, asked()).status == 404
    assert [gap.why for gap in player.heard().gaps] == ["body", "method"]


def test_long_bodies_are_compared_to_the_last_octet(kept: Kept) -> None:
    long = b"x" * 300_000
    player = player_of(kept.index(kept.exchange(URL, answer(b"yes"), "POST", body=long)))
    assert got(player, asked(method="POST", body=long)).body == b"yes"
    assert got(player, asked(method="POST", body=long[:-1] + b"y")).status == 404


def test_the_same_request_gets_the_answers_in_their_order_then_the_last(kept: Kept) -> None:
    player = player_of(kept.index(*(kept.exchange(URL, answer(b"%d" % n)) for n in range(3))))
    assert [got(player, asked()).body for _ in range(5)] == [b"0", b"1", b"2", b"2", b"2"]


def test_headers_tell_answers_apart(kept: Kept) -> None:
    html = kept.exchange(URL, answer(b"page", "Vary: Accept, X-Kind"), headers=((b"Accept", b"text/html"),))
    data = kept.exchange(URL, answer(b"{}"), headers=((b"Accept", b"application/json"), (b"X-Kind", b"data")))
    player = player_of(kept.index(html, data))
    wanted = ["application/json", "text/html", "application/json", "text/html"]
    assert [got(player, asked(accept=each)).body for each in wanted] == [b"{}", b"page", b"{}", b"page"]
    assert got(player, asked(accept="text/html")).body == b"page"


def test_not_modified_is_answered_by_what_was_not_modified(kept: Kept) -> None:
    first = kept.exchange(URL, answer(b"page", 'ETag: "1"'))
    second = kept.exchange(URL, b"HTTP/1.1 304 Not Modified\r\n\r\n", headers=((b"If-None-Match", b'"1"'),))
    player = player_of(kept.index(first, second))
    assert got(player, asked(if_none_match='"1"')).status == 304
    assert [got(player, asked()).status for _ in range(3)] == [200] * 3
    alone = player_of(kept.index(second))
    assert got(alone, asked()).status == 404
    assert alone.heard().gaps[0].why == "unchanged"


def test_head_is_the_head_of_what_came_for_get(kept: Kept) -> None:
    player = player_of(kept.index(kept.exchange(URL, answer(b"page"))))
    assert bytes(got(player, asked(method="HEAD")).data) == answer(b"page")[:-4]
    assert player.heard().head == 1
    own = kept.exchange(URL, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", "HEAD")
    player = player_of(kept.index(own))
    assert got(player, asked(method="HEAD")).data.endswith(b"9\r\n\r\n")
    assert got(player, asked()).status == 404  # a head makes no page


def ranged(first: int, last: int, of: int | str = SPAN) -> bytes:
    return answer(MOVIE[first : last + 1], f"Content-Range: bytes {first}-{last}/{of}", status="206 Partial Content")


def part(text: str) -> Asked:
    return asked(range=f"bytes={text}")


def place_of(way: Way) -> str:
    fields = dict(line.split(": ", 1) for line in bytes(way.data).split(b"\r\n\r\n")[0].decode().split("\r\n")[1:])
    return fields["Content-Range"]


def test_ranges_are_cut_from_the_whole(kept: Kept) -> None:
    for raw in (answer(MOVIE, "Content-Type: video/mp4"), chunked(MOVIE[:5000], MOVIE[5000:])):
        player = player_of(kept.index(kept.exchange(URL, raw)))
        way = got(player, part("100-299"))
        assert (way.status, way.body, place_of(way)) == (206, MOVIE[100:300], f"bytes 100-299/{SPAN}")
        assert got(player, part("9000-")).body == MOVIE[9000:]
        assert got(player, part("9000-999999")).body == MOVIE[9000:]
        assert got(player, part(f"{SPAN}-")).status == 404
        assert got(player, part("0-0")).body == MOVIE[:1]


def test_ranges_are_cut_from_longer_ranges_and_never_sewn_together(kept: Kept) -> None:
    first = kept.exchange(URL, ranged(0, 3999), headers=((b"Range", b"bytes=0-3999"),))
    second = kept.exchange(URL, ranged(4000, SPAN - 1), headers=((b"Range", b"bytes=4000-"),))
    player = player_of(kept.index(first, second))
    assert bytes(got(player, part("0-3999")).data) == ranged(0, 3999)  # the very answer
    way = got(player, part("3000-5000"))
    assert (way.body, place_of(way)) == (MOVIE[3000:4000], f"bytes 3000-3999/{SPAN}")
    assert got(player, part("5000-5001")).body == MOVIE[5000:5002]
    assert got(player, asked()).status == 404  # no body holds all of it
    assert player.heard().gaps[0].why == "part"


def test_a_range_that_was_cut_off_gives_what_it_has(kept: Kept) -> None:
    raw = ranged(1000, SPAN - 1)[: -(SPAN - 3000)]
    cut = kept.exchange(URL, raw, headers=((b"Range", b"bytes=1000-"),), truncated="disconnect")
    way = got(player_of(kept.index(cut)), part("1000-"))
    assert (way.body, place_of(way)) == (MOVIE[1000:3000], f"bytes 1000-2999/{SPAN}")


def test_a_whole_body_that_came_as_a_range_is_one(kept: Kept) -> None:
    whole = kept.exchange(URL, ranged(0, SPAN - 1), headers=((b"Range", b"bytes=0-"),))
    way = got(player_of(kept.index(whole)), asked())
    assert (way.status, way.body) == (200, MOVIE)


@pytest.mark.parametrize("text", ["bytes=-5", "bytes=0-1,4-5", "lines=1-2", "bytes=9-x", ""])
def test_other_ranges_are_answered_by_the_whole(kept: Kept, text: str) -> None:
    assert got(player_of(kept.index(kept.exchange(URL, answer(MOVIE)))), asked(range=text)).body == MOVIE


@pytest.mark.parametrize("place", ["bytes 0-99/", "bytes */10240", "bytes 5-2/9", "pages 1-2/3"])
def test_a_range_that_does_not_say_where_it_lies_is_no_part(kept: Kept, place: str) -> None:
    raw = answer(MOVIE[:100], f"Content-Range: {place}", status="206 Partial Content")
    player = player_of(kept.index(kept.exchange(URL, raw, headers=((b"Range", b"bytes=0-99"),))))
    assert got(player, part("50-60")).status in {206, 404}


@pytest.mark.parametrize("text", ["bytes=-5", "bytes=0-1,4-5", "pages=1-2"])
def test_a_range_of_any_form_gets_the_answer_to_the_very_same(kept: Kept, text: str) -> None:
    raw = b"HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n56789"
    player = player_of(kept.index(kept.exchange(URL, raw, headers=((b"Range", text.encode()),))))
    assert bytes(got(player, asked(Range=text)).data) == raw
    assert got(player, asked(Range="bytes=-4")).status == 404
    assert got(player, asked()).status == 404
    assert player.heard().same == 1


def test_a_redirect_is_no_part_and_is_followed(kept: Kept) -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://cdn.example/\r\nContent-Length: 0\r\n\r\n"
    assert got(player_of(kept.index(kept.exchange(URL, moved))), part("0-99")).status == 302


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("a.js?_=1700000000000", "a.js?_=1800000000000"),
        ("a.js?v=3&cb=abc", "a.js?v=3&cb=xyz"),
        ("a.js?x=0.123456789", "a.js?x=0.987654321"),
        ("a.js?1700000000000", "a.js?1800000000000"),
        ("a.js?q=boat", "a.js?q=boat&_=77"),
    ],
)
def test_what_only_keeps_caches_away_does_not_count(kept: Kept, there: str, wanted: str) -> None:
    player = player_of(kept.index(kept.exchange(URL + there, answer(b"x"))))
    assert got(player, asked(URL + wanted)).body == b"x"
    heard = player.heard()
    assert (heard.alike, heard.missing, heard.loosely[0].nearest) == (1, 0, URL + there)


@pytest.mark.parametrize(
    ("there", "wanted"),
    [
        ("a?page=1", "a?page=2"),
        ("a?id=x", "a?id=y"),
        ("a?q=boat", "a?q=ship"),
        ("a", "a?q=1"),
        ("a?t=cat", "a?t=" + "d" * 41),
    ],
)
def test_everything_else_in_a_query_counts(kept: Kept, there: str, wanted: str) -> None:
    player = player_of(kept.index(kept.exchange(URL + there, answer(b"x"))))
    assert got(player, asked(URL + wanted)).status == 404
    assert player.heard().gaps[0].why == "query"
    assert player.heard().gaps[0].nearest == URL + there


@pytest.mark.parametrize(
    ("there", "wanted", "same"),
    [
        (b'{"q": "x", "ts": 1}', b'{"ts": 2, "q": "x"}', True),
        (b"q=x&rnd=1", b"q=x&rnd=2", True),
        (b'{"q": "x"}', b'{"q": "y"}', False),
        (b"q=x", b"q=y", False),
        (b"{broken", b"{broken2", False),
        (b"{" * 60_000, b"{" * 59_999, False),
        (b"\xff=1", b"\xfe=1", False),
        (b"", b"_=1", False),
    ],
)
def test_forms_are_alike_by_the_same_rule(kept: Kept, there: bytes, wanted: bytes, same: bool) -> None:
    player = player_of(kept.index(kept.exchange(URL, answer(b"x"), "POST", body=there)))
    assert (got(player, asked(method="POST", body=wanted)).body == b"x") is same


def test_reports_of_the_browser_itself_need_not_be_the_same(kept: Kept) -> None:
    player = player_of(
        kept.index(kept.exchange(URL, answer(b"", status="204 No Content"), "POST", body=b'{"line": 1}'))
    )
    assert got(player, asked(method="POST", body=b'{"line": 2}')).status == 404
    assert got(player, asked(method="POST", body=b'{"line": 2}', sec_fetch_dest="report")).status == 204
    assert (player.heard().alike, player.heard().missing) == (1, 1)


def test_who_was_not_answered_then_is_not_answered_now(kept: Kept) -> None:
    player = player_of(kept.index(kept.exchange(URL, answer(b"x")), kept.exchange("http://down.example/", None)))
    assert bytes(got(player, asked("http://down.example/", sec_fetch_dest="image")).data) == b""
    page = got(player, asked("http://down.example/", sec_fetch_dest="document"))
    assert "the guard said no" in page.body.decode()
    assert [gap.why for gap in player.heard().gaps] == ["no-answer"] * 2


def test_a_missing_page_says_what_was_asked_and_nothing_in_it_is_markup(kept: Kept) -> None:
    player = player_of(kept.index(kept.exchange(URL, answer(b"x"))))
    wild = "http://a.example/?<script>alert(1)</script>&\"'\x1b[31m\u202egnp.exe" + "a" * 9000
    way = got(player, asked(wild, sec_fetch_dest="document"))
    text = way.body.decode()
    assert way.status == 404
    assert "Not in item 000001" in text
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text) < 12_000
    assert b"default-src 'none'" in way.data
    small = got(player, asked(wild, sec_fetch_dest="image"))
    assert small.body == b"archiver: not in item 000001. This address was asked for with another query.\n"


def test_ten_thousand_missing_addresses_are_counted_and_a_few_are_told(kept: Kept) -> None:
    player = player_of(kept.index(kept.exchange(URL, answer(b"x"))))
    for number in range(10_000):
        got(player, asked(f"{URL}{number}/" + "x" * 3000))
    heard = player.heard()
    assert heard.missing == heard.asked == 10_000
    assert len(heard.gaps) == MAX_TOLD
    assert max(len(gap.url) for gap in heard.gaps) == 2000


def test_a_browser_that_hung_up_is_sent_no_more(kept: Kept) -> None:
    player = player_of(kept.index(kept.exchange(URL, answer(MOVIE * 1000))))
    way = Way(gone=True)
    player(asked(), way)
    assert way.data == b""


def test_records_that_cannot_be_read_are_counted_and_cost_no_others(kept: Kept) -> None:
    index = kept.index(kept.exchange(URL, answer(b"x")), kept.exchange(URL + "b", answer(MOVIE * 50)))
    data = bytearray(index.warc.read_bytes())
    broken = next(stored for stored in index.exchanges if stored.url.endswith("b")).record
    assert broken is not None
    records = [stored.record for stored in index.exchanges if stored.record is not None]
    middle = broken.offset + broken.length // 2
    data[middle : middle + 9] = b"\xff" * 9
    index.warc.write_bytes(data)
    player = player_of(index)
    got(player, asked(URL + "b"))
    assert player.heard().broken == 1
    assert got(player, asked()).body == b"x"
    data[broken.offset : broken.offset + 40] = bytes(40)
    index.warc.write_bytes(data)
    again = indexed(1, index.warc, records)
    assert (len(again.exchanges), again.unread) == (1, 1)


@pytest.mark.parametrize("sent", [b"", b"x" * 500])
def test_what_is_held_of_all_requests_has_a_limit(kept: Kept, sent: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    header = ((b"X-Long", b"x" * 500),) if not sent else ()
    urls = [f"{URL}{number}" for number in range(9)]
    exchanges = [kept.exchange(url, answer(b"x"), "POST", header, sent) for url in urls]
    whole = kept.index(*exchanges, resources=(kept.picture(b""),))
    assert (len(whole.exchanges), whole.unread) == (9, 0)
    monkeypatch.setattr(index, "MAX_HELD", 2000)
    records = [record for each in whole.exchanges if (record := each.record) is not None]
    again = kept.index(*exchanges, resources=(kept.picture(b""),))
    assert len(records) > len(again.exchanges) > 1
    assert again.unread >= 2 * (9 - len(again.exchanges))
    assert again.products.keys() == {"full-page"}


def test_no_websocket_is_pretended(kept: Kept) -> None:
    player = player_of(kept.index(kept.exchange(URL, answer(b"x"))))
    assert got(player, asked(upgrade=True)).data == b""
    assert player.heard().missing == 1
    (gap,) = player.heard().gaps
    assert (gap.why, gap.nearest) == ("method", URL)  # the address is there, and asked for in another way


def test_quiet_is_told_from_the_last_answer(kept: Kept) -> None:
    player: Player = player_of(kept.index(kept.exchange(URL, answer(b"x"))))
    got(player, asked())
    assert 0 <= player.quiet_for() < 60


def test_a_form_in_parts_is_the_same_whatever_parts_it(kept: Kept) -> None:
    def form(mark: str, word: str) -> tuple[bytes, str]:
        body = f'--{mark}\r\nContent-Disposition: form-data; name="a"\r\n\r\n{word}\r\n--{mark}--\r\n'
        return body.encode(), f"multipart/form-data; boundary={mark}"

    def stored(mark: str, word: str) -> Exchange:
        body, kind = form(mark, word)
        return kept.exchange(URL, answer(word.encode()), "POST", ((b"Content-Type", kind.encode()),), body)

    player = player_of(
        kept.index(stored("----WebKitFormBoundaryAb3", "one"), stored("----WebKitFormBoundaryXyZ", "two"))
    )
    body, kind = form("----WebKitFormBoundaryNew", "two")
    assert got(player, asked(method="POST", body=body, content_type=kind)).body == b"two"
    body, kind = form("other", "three")
    assert got(player, asked(method="POST", body=body, content_type=kind)).status == 404
