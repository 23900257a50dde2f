"""How the answer to a request with a body is looked for: as pywb asks for it, and as ReplayWeb.page does."""

import json
import subprocess
import sys
from base64 import b64encode

import pytest
import surt as independent

from archiver.export.asked import MAX_BODY, MAX_HEAD, MAX_METHOD, MAX_QUERY, Asked, Request
from archiver.export.cdxj import surt

URL = "http://feed.example/api?Page=2"
FORM, JSON, TEXT, OCTETS = (
    "application/x-www-form-urlencoded",
    "application/json",
    "text/plain",
    "application/octet-stream",
)
MULTI = "multipart/form-data; boundary=----Form1"


def multipart(*parts: tuple[bytes, bytes], end: bytes = b"------Form1--\r\n") -> bytes:
    told = (b"------Form1\r\nContent-Disposition: form-data; %s\r\n\r\n%s\r\n" % part for part in parts)
    return b"".join(told) + end


def asked(kind: str, body: bytes, method: str = "POST") -> Asked | None:
    request = Request()
    more = f"Content-Type: {kind}\r\n" if kind else ""
    request.feed(f"{method} /api HTTP/1.1\r\nHost: a\r\n{more}\r\n".encode("latin-1"))
    for start in range(0, len(body), 1 << 16):
        request.feed(body[start : start + (1 << 16)])
    return request.asked()


# What warcio.js 2.4 makes of each, which ReplayWeb.page has in it.
BODIES: list[tuple[str, bytes, str]] = [
    (JSON, b'{"a":1,"b":[true,false,null],"c":{"a":"x&y=z","c":""}}', "a=1&b=true&b.2_=false&b.3_=null&a.2_=x%26y%3Dz"),
    (
        JSON,
        b'{"f":44.0,"g":1.5e-9,"h":1e21,"i":12345678901234567890}',
        "f=44&g=1.5e-9&h=1e%2B21&i=12345678901234567000",
    ),
    (JSON, b'{"a":0.1,"c":-0.0,"d":123456.789e3,"e":1e-7,"f":1e-6}', "a=0.1&c=0&d=123456789&e=1e-7&f=0.000001"),
    (JSON, b'{"a":-1.25e-10,"b":1e20,"c":-2.5}', "a=-1.25e-10&b=100000000000000000000&c=-2.5"),
    (JSON, b'{"t":"~*-._ !(\')"}', "t=%7E*-._+%21%28%27%29"),
    (
        "application/json; charset=utf-8",
        '{"q":"порт 🎉","\ufeff":"é"}'.encode(),
        "q=%D0%BF%D0%BE%D1%80%D1%82+%F0%9F%8E%89&%EF%BB%BF=%C3%A9",
    ),
    (JSON, b'[1,[2,{"z":[3,4]}],"w"]', "=1&.2_=2&z=3&z.2_=4&.3_=w"),
    (JSON, b'{"a":[1,2],"a.2_":5}', "a=1&a.2_=2&a.2_.2_=5"),
    (JSON, b"5", "=5"),
    (JSON, b"{", ""),
    (JSON, b"", ""),
    (TEXT, b'{"a":1}', "a=1"),
    (TEXT, b"just words", ""),
    (FORM, b"a=1&b=two+words&c=%D0%9F&d=%26x&e=100%&f=%23z", "a=1&b=two+words&c=%D0%9F&d=%26x&e=100%&f=%23z"),
    (FORM, b"a=\xff", "a=\ufffd"),
    (OCTETS, b"hello", "__wb_post_data=aGVsbG8="),
    (OCTETS, b"\x00\xff\xfe", "__wb_post_data=AP/+"),
    ("", b"", "__wb_post_data="),
    (
        MULTI,
        multipart((b'name="a"', b"1"), (b'name="b c"', "два".encode()), (b'name="f"; filename="x"\r\nX-Y: z', b"\xff")),
        "a=1&b+c=%D0%B4%D0%B2%D0%B0",
    ),
    (MULTI, multipart((b'name="a"', b"1\r\n2"), (b'name="a"', b"3"), end=b""), "a=3"),
    (MULTI, b"no boundary at all", ""),
    ("multipart/form-data", b"x", ""),
    (OCTETS, b"q" * 9000, "__wb_post_data=" + ("cXFx" * 3000)[: MAX_QUERY - 15]),
]


@pytest.mark.parametrize(("kind", "body", "query"), BODIES)
def test_a_body_is_what_replayweb_looks_for(kind: str, body: bytes, query: str) -> None:
    found = asked(kind, body)
    assert found is not None
    assert found.body == query


PYWB = """
import json, sys
from base64 import b64decode
from io import BytesIO
from pywb.utils.canonicalize import canonicalize
from pywb.warcserver.inputrequest import MethodQueryCanonicalizer as Query
url, *asked = json.load(sys.stdin)
queries = (Query("POST", kind, len(b64decode(body)), BytesIO(b64decode(body))) for kind, body in asked)
print(json.dumps([canonicalize(query.append_query(url)) for query in queries]))
"""


def test_a_key_is_the_one_that_pywb_looks_for() -> None:
    bodies = [(kind, body) for kind, body, _ in BODIES]
    bodies += [("application/json-rpc", b'{"a":"b"}'), (FORM, b"&".join(b"f%d=v" % n for n in range(100_000)))]
    bodies += [("multipart/mixed; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--')]
    bodies += [
        ('multipart/form-data; boundary="----Form1"', multipart((b"name=a", b"1"))),
        (JSON, b'{"a":"%2541&%26"}'),
    ]
    told = json.dumps([URL, *((kind, b64encode(body).decode()) for kind, body in bodies)])
    command = [sys.executable, "-W", "ignore", "-c", PYWB]
    said = subprocess.run(command, input=told, capture_output=True, text=True, check=True).stdout
    for (kind, body), key in zip(bodies, json.loads(said.splitlines()[-1]), strict=True):
        found = asked(kind, body)
        assert found is not None
        assert surt(found.key(URL)) == key, (kind, body[:80])


@pytest.mark.parametrize(
    "url",
    [
        "http://a.example/P?__wb_method=POST&q=a%26b%2Cc%7Bx%7D",
        "http://a.example/p?__wb_method=POST&q=a b#c&d=1",
        "http://a.example/p?a=100%25&b=%zz%41&c=%2525%2541",
        "http://a.example/p?&&b=&a&a-b=1&a=2",
        "http://a.example/x?a=%C3%28&q=%2500%1f%7f",
        "http://a.example/a/../b//c/./d/../?x=\n1",
        "http://a.example/..",
        "urn:fullPage:http://a.example/B/?x=1&a=2",
        "urn:view:http://a.example/",
    ],
)
def test_keys_of_odd_addresses_are_those_of_others(url: str) -> None:
    assert surt(url) == independent.surt(url)


def test_a_thousand_escapes_of_an_escape_are_undone_at_once() -> None:
    assert surt("http://a.example/%" + "25" * 32_000 + "41") == "example,a)/a"


def test_a_get_is_looked_for_by_its_address() -> None:
    assert asked("", b"", "GET") is None
    assert Request().asked() is None


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "DELETE", "PATCH", "M-SEARCH"])
def test_other_methods_keep_their_answers_from_the_get(method: str) -> None:
    found = asked(JSON, b'{"a":1}', method)
    assert found == Asked(method)
    assert found.key("http://a.example/x#part") == f"http://a.example/x?__wb_method={method}"


HOSTILE: dict[str, tuple[str, bytes, str]] = {
    "deep": (JSON, b"[" * 10_000 + b"]" * 10_000, ""),
    "deep-objects": (JSON, b'{"a":' * 10_000 + b"1" + b"}" * 10_000, ""),
    "deeper-than-read": (JSON, b'{"a":' * 201 + b"1" + b"}" * 201, ""),
    "as-deep-as-read": (JSON, b'{"a":' * 200 + b"1" + b"}" * 200, "a=1"),
    "nan": (JSON, b'{"a":NaN}', ""),
    "endless-number": (JSON, b'{"a":' + b"9" * 5000 + b"}", ""),
    "large-number": (JSON, b'{"a":1' + b"0" * 400 + b',"b":-1e999}', "a=Infinity&b=-Infinity"),
    "half-a-pair": (JSON, b'{"a":"\\ud800"}', "a=%EF%BF%BD"),
    "no-utf-8": (JSON, b'{"a":"\xff"}', "a=%EF%BF%BD"),
    "long-json": (JSON, b'{"a":"' + b"x" * MAX_BODY + b'"}', ""),
    "long-octets": (OCTETS, b"\xff" * 100_000_000, "__wb_post_data=" + ("/" * MAX_QUERY)[: MAX_QUERY - 15]),
    "long-form": (FORM, b"a=" + "я".encode() * MAX_BODY, "a=" + "я" * (MAX_QUERY - 2)),
    "long-dashes": (MULTI, b"-" * MAX_BODY, ""),
    "many-parts": (MULTI, b"------Form1" * 100_000, ""),
    "many-names": (MULTI, b'------Form1\r\ncontent-disposition: ;name="' * 20_000, ""),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_body_is_looked_for_by_what_can_be_read(name: str) -> None:
    kind, body, query = HOSTILE[name]
    found = asked(kind, body)
    assert found is not None
    assert found.body == query
    assert max(len(found.query), len(found.body)) <= MAX_QUERY


def test_a_torn_character_at_the_end_of_what_is_read_makes_no_text_octets() -> None:
    whole, torn = asked(FORM, b"a" + "я".encode() * MAX_BODY), asked(FORM, b"a\xff" + "я".encode() * MAX_BODY)
    assert whole is not None
    assert torn is not None
    assert whole.query == "a" + "я" * (MAX_QUERY - 1)
    assert torn.query.startswith("__wb_post_data=")


@pytest.mark.parametrize("kind", ["", "x", "text/plain\xa0", " text/plain ", "multipart/", "\x00", "a" * MAX_HEAD])
def test_a_request_with_an_odd_head_is_looked_for(kind: str) -> None:
    assert asked(kind, b"x") is not None


def test_a_method_without_end_is_cut() -> None:
    found = asked("", b"", "x" * 100_000)
    assert found is not None
    assert found.method == "x" * MAX_METHOD
