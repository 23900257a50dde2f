"""A secret of ours in an answer is masked there, declared, and kept whole in private; nothing else is touched."""

import base64
import gzip
import hashlib
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from capturing import Ask, Spools, names, whole
from hypothesis import given
from hypothesis import strategies as st
from server import Answer, RawServer, chunked, http

from archiver.capture.masking import MAX_SPANS, mask
from archiver.capture.secrets import Secret, echoes, is_secret_header, without_userinfo
from archiver.http.parse import read_message
from archiver.keep import Keeper
from archiver.model.exchange import Blob, Exchange, Route

SECRET = "s3cr3t/tok&en=="
RAW = SECRET.encode()
STARS = b"*" * len(RAW)
SALT = "0" * 32


def _ask(server: RawServer, ask: Ask, answer: Answer, secret: str = SECRET) -> Exchange:
    server.default = answer
    return ask(server.url(), Route(allow=server.allow), headers=(("Authorization", f"Bearer {secret}"),))


def _check(exchange: Exchange, sent: bytes, shown: bytes) -> None:
    assert whole(exchange) == shown
    assert len(shown) == len(sent)
    assert exchange.response is not None
    assert exchange.response.sha256 == hashlib.sha256(shown).hexdigest()
    assert exchange.message == read_message([shown])
    assert "secret-echoed" in names(exchange)
    (private,) = exchange.private
    opening = b"".join(private.blob.chunks())
    assert private.sha256 == hashlib.sha256(opening).hexdigest()
    salt, raw = opening.split(b"\n", 1)
    assert len(salt) == 32
    assert raw == sent
    declared = [redaction for redaction in exchange.redactions if redaction.place.startswith("response")]
    assert {redaction.commitment for redaction in declared} == {private.sha256}
    for redaction in declared:
        at = int(redaction.place.removeprefix("response byte "))
        assert shown[at : at + redaction.length] == b"*" * redaction.length


def test_an_echo_in_the_body_is_masked(raw_server: RawServer, ask: Ask) -> None:
    sent = http(b"your token is " + RAW + b", keep it; " + RAW)
    exchange = _ask(raw_server, ask, sent)
    _check(exchange, sent, sent.replace(RAW, STARS))
    assert len(exchange.redactions) == 3
    assert exchange.message is not None
    assert exchange.message.end == "complete"


def test_an_echo_in_the_head_is_masked(raw_server: RawServer, ask: Ask) -> None:
    sent = http("ok", f"X-Debug: Bearer {SECRET}")
    exchange = _ask(raw_server, ask, sent)
    _check(exchange, sent, sent.replace(b"Bearer " + RAW, b"*" * 7 + STARS))


def test_an_echo_across_chunks_is_masked_and_the_chunking_stays(raw_server: RawServer, ask: Ask) -> None:
    sent = chunked(b"token " + RAW[:4], RAW[4:5], RAW[5:] + b" end", b"and " + RAW)
    shown = chunked(b"token " + STARS[:4], STARS[4:5], STARS[5:] + b" end", b"and " + STARS)
    _check(_ask(raw_server, ask, sent), sent, shown)


def test_an_echo_inside_a_coded_body_masks_all_of_it(raw_server: RawServer, ask: Ask) -> None:
    coded = gzip.compress(b"token " + RAW)
    sent = http(coded, "Content-Encoding: gzip")
    exchange = _ask(raw_server, ask, sent)
    _check(exchange, sent, sent.replace(coded, b"*" * len(coded)))
    clean = http(gzip.compress(b"nothing here"), "Content-Encoding: gzip")
    exchange = _ask(raw_server, ask, clean)
    assert whole(exchange) == clean
    assert exchange.private == ()


@pytest.mark.parametrize("spelt", [quote(SECRET), quote(SECRET, safe=""), SECRET.replace("&", "&amp;"),
                                   SECRET.replace("/", "\\/")])  # fmt: skip
def test_other_spellings_are_masked_too(spelt: str, raw_server: RawServer, ask: Ask) -> None:
    exchange = _ask(raw_server, ask, http(f'{{"you": "{spelt}"}}'))
    assert spelt.encode() not in whole(exchange)


@pytest.mark.parametrize(
    "spelt",
    [
        "s3cr3t%2ft%c3%b6k%26%22%27%3c%3e",
        "s3cr3t/tök&amp;&#34;&#39;&lt;&gt;",
        r"""s3cr3t/t\u00f6k&\"'<>""",
        r"s3cr3t/tök\u0026\"\u0027\u003c\u003e",
        r"s3cr3t\/tök\u0026\"\u0027\u003C\u003E",
    ],
)
def test_spellings_of_other_writers_are_looked_for(spelt: str) -> None:
    assert spelt.encode() in echoes((Secret("X-Token", "s3cr3t/tök&\"'<>".encode()),))


def test_a_flood_of_echoes_in_chunks_of_one_byte_is_masked_in_one_pass(tmp_path: Path) -> None:
    # Looking at every chunk before it for each echo took an hour for this.
    sent = chunked(*(bytes([byte]) for byte in RAW * 15_000))
    blob = Blob(len(sent), hashlib.sha256(sent).hexdigest(), sent)
    paths = (tmp_path / str(number) for number in count())
    masked = mask(blob, read_message([sent]), "GET", (RAW,), SALT, lambda: next(paths))
    assert masked is not None
    assert len(masked.redactions) == MAX_SPANS
    shown = b"".join(masked.blob.chunks())
    assert len(shown) == len(sent)
    assert shown.endswith(b"*" * 1000 + b"\r\n0\r\n\r\n")


def test_an_answer_without_an_echo_is_left_alone(raw_server: RawServer, ask: Ask, spools: Spools) -> None:
    exchange = _ask(raw_server, ask, http("nothing of yours"))
    assert whole(exchange) == http("nothing of yours")
    assert exchange.private == ()
    assert "secret-echoed" not in names(exchange)
    assert [redaction.place for redaction in exchange.redactions] == ["request header Authorization"]


def test_short_values_are_not_looked_for(raw_server: RawServer, ask: Ask) -> None:
    exchange = _ask(raw_server, ask, http("abcde stays"), secret="abcde")
    assert whole(exchange) == http("abcde stays")


def test_a_large_answer_is_masked_on_disk(raw_server: RawServer, ask: Ask, spools: Spools) -> None:
    sent = http(bytes(3_000_000) + RAW + bytes(3_000_000))
    exchange = _ask(raw_server, ask, sent)
    _check(exchange, sent, sent.replace(RAW, STARS))
    first, *others = spools.paths
    assert not first.exists()
    assert exchange.response is not None
    assert {exchange.response.path, exchange.private[0].blob.path} == set(others)


def test_a_cut_answer_stays_cut_after_masking(raw_server: RawServer, ask: Ask) -> None:
    sent = http(b"token " + RAW).replace(b"Length: 2", b"Length: 9")
    exchange = _ask(raw_server, ask, sent)
    assert exchange.truncated == "disconnect"
    assert exchange.message is not None
    assert exchange.message.end == "cut"


def test_what_a_basic_login_holds_is_looked_for() -> None:
    token = base64.b64encode(b"jane:correct horse")
    found = echoes((Secret("Authorization", b"Basic " + token),))
    assert {b"Basic " + token, token, b"jane:correct horse", b"correct horse", b"correct%20horse"} <= set(found)
    assert echoes((Secret("Authorization", b"Basic !!!not-base64"),))
    assert echoes(()) == ()


def test_each_value_of_a_cookie_header_is_looked_for() -> None:
    assert {b"abcdefgh", b"ijklmnop"} <= set(echoes((Secret("Cookie", b"a=abcdefgh; b=ijklmnop; c=1"),)))


def test_secret_looking_header_names() -> None:
    for name in ("Cookie", "X-Amz-Security-Token", "X-API-KEY", "X-Secret", "Authentication"):
        assert is_secret_header(name)
    for name in ("Accept", "User-Agent", "Referer", "X-Requested-With"):
        assert not is_secret_header(name)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("socks5h://u:p@proxy.example:9050/x", "socks5h://proxy.example:9050/x"),
        ("http://proxy.example", "http://proxy.example"),
        ("http://u:p@w@proxy.example", "http://proxy.example"),
        ("u:p@proxy.example:80", "proxy.example:80"),
    ],
)
def test_user_information_is_left_out(url: str, shown: str) -> None:
    assert without_userinfo(url) == shown


def _masked(tmp_path: Path, sent: bytes, needles: tuple[bytes, ...]) -> bytes | None:
    keeper = Keeper(lambda: tmp_path / "raw")
    keeper.write(sent)
    blob = keeper.finish()
    masked = mask(blob, read_message([sent]), "GET", needles, SALT, Spools(tmp_path))
    return None if masked is None else b"".join(masked.blob.chunks())


def test_a_flood_of_echoes_is_declared_in_bounds(tmp_path: Path) -> None:
    keeper = Keeper(lambda: tmp_path / "raw")
    keeper.write(http((RAW + b" ") * (MAX_SPANS * 3)))
    masked = mask(keeper.finish(), read_message([http("")]), "GET", (RAW,), SALT, Spools(tmp_path))
    assert masked is not None
    assert len(masked.redactions) == MAX_SPANS
    assert RAW not in masked.blob.data


def test_an_answer_that_is_nothing_but_echo_is_one_span(tmp_path: Path) -> None:
    sent = http(b"a" * 600_000)
    assert _masked(tmp_path, sent, (b"aaaaaa",)) == sent.replace(b"a" * 600_000, b"*" * 600_000)


def test_a_coded_body_too_large_to_search_is_masked_whole(tmp_path: Path) -> None:
    body = gzip.compress(bytes(range(256)) * 80_000)
    sent = http(body, "Content-Encoding: gzip")
    assert _masked(tmp_path, sent, (b"not-in-there",)) == sent.replace(body, b"*" * len(body))


def test_an_echo_across_search_batches_is_found(tmp_path: Path) -> None:
    for before in ((1 << 18) - 60, (1 << 18) - 45, (1 << 18) - 5, (1 << 20) - 50, (1 << 20) - 42):
        sent = http(bytes(before) + RAW + bytes(100))
        assert _masked(tmp_path, sent, (RAW,)) == sent.replace(RAW, STARS)
        for path in tmp_path.iterdir():
            path.unlink()


@given(st.lists(st.sampled_from([b"secret", b"sec", b"ret", b"x", b"secsecretret", b"\n"]), max_size=30))
def test_exactly_the_echoes_are_masked_whatever_the_chunks(
    tmp_path_factory: pytest.TempPathFactory, parts: list[bytes]
) -> None:
    body = b"".join(parts)
    sent = chunked(*[part for part in parts if part])
    got = _masked(tmp_path_factory.mktemp("m"), sent, (b"secret",))
    if b"secret" not in body:
        assert got is None
        return
    assert got is not None
    stars = bytearray(body)
    at = body.find(b"secret")
    while at >= 0:
        stars[at : at + 6] = b"******"
        at = body.find(b"secret", at + 1)
    at = 0
    expected = []
    for part in parts:
        expected.append(bytes(stars[at : at + len(part)]))
        at += len(part)
    assert got == chunked(*expected)
