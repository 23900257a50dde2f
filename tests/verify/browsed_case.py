"""A sealed case with a page as a browser leaves it: requests with bodies, what it made, what it asked twice."""

from pathlib import Path

from sealed_cases import JANES, Sealer
from verify_cases import blob

from archiver.canon import dumps
from archiver.custody.read import Snapshot
from archiver.export.wacz import wacz
from archiver.model.exchange import Exchange
from archiver.model.item import Resource
from archiver.warc.profile import PRODUCTS, product_uri

SITE = "http://feed.example"
PAGE = f"{SITE}/page?id=7"
TEXT = "Новости порта. One, two, three.\n" * 400
FORM, JSON, MULTI = "application/x-www-form-urlencoded", "application/json", "multipart/form-data; boundary=--Form1"
SCRIPT = """
const ask = async (id, type, body, method = "POST") => {
  let shown;
  try {
    const answer = await fetch("/api", {method, body, headers: type ? {"Content-Type": type} : {}});
    shown = answer.status + " " + await answer.text();
  } catch (error) { shown = String(error); }
  document.getElementById(id).textContent = shown;
};
const data = new FormData();
data.append("a", "1");
data.append("word", "слово");
ask("one", "application/json", JSON.stringify({q: "one", n: 1}));
ask("two", "application/json", JSON.stringify({q: "two", n: [1, 2.5, null, true, "слово & co"]}));
ask("form", "application/x-www-form-urlencoded", "a=1&b=two+words&c=%D0%9F%26");
ask("put", "text/plain", "just words", "PUT");
ask("multi", "", data);
ask("octets", "application/octet-stream", new Uint8Array([0, 255, 254, 1]));
ask("none", "", null);
"""
IDS = ("one", "two", "form", "put", "multi", "octets", "none")
HTML = (
    "<!doctype html><meta charset=utf-8><title>Feed</title><h1>Feed</h1>"
    + "".join(f"<p>{name}: <b id={name}>nothing yet</b></p>" for name in IDS)
    + f"<script>{SCRIPT}</script>"
).encode()
SENT: dict[str, tuple[str, str, bytes]] = {
    "one": ("POST", JSON, b'{"q":"one","n":1}'),
    "two": ("POST", JSON, '{"q":"two","n":[1,2.5,null,true,"слово & co"]}'.encode()),
    "form": ("POST", FORM, b"a=1&b=two+words&c=%D0%9F%26"),
    "put": ("PUT", "text/plain", b"just words"),
    "multi": (
        "POST",
        MULTI,
        '----Form1\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n----Form1\r\n'
        'Content-Disposition: form-data; name="word"\r\n\r\nслово\r\n----Form1--\r\n'.encode(),
    ),
    "octets": ("POST", "application/octet-stream", b"\x00\xff\xfe\x01"),
    "none": ("POST", "", b""),
}


def answer(body: bytes, kind: str = "application/json", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def asked(case: Sealer, url: str, method: str, kind: str, body: bytes, raw: bytes) -> Exchange:
    """An exchange whose request has a body."""
    plain = case.exchange(url, raw)
    head = plain.request.replace(b"GET", method.encode(), 1).removesuffix(b"\r\n")
    more = f"Content-Type: {kind}\r\n" if kind else ""
    request = head + f"{more}Content-Length: {len(body)}\r\n\r\n".encode() + body
    return case.exchange(url, raw, method=method, request=request)


def browsed(path: Path, *more: tuple[str, str, str, bytes]) -> Path:
    """The case: the page with `SENT` and `more` (address, method, type, body), and a page without a browser."""
    case = Sealer(path)
    case.opened()
    wanted = case.requested(PAGE)
    api = f"{SITE}/api"
    exchanges = [
        case.exchange(PAGE, answer(HTML, "text/html; charset=utf-8")),
        asked(case, api, "OPTIONS", "", b"", answer(b"", "text/html", "204 No Content")),
        *(asked(case, api, *sent, answer(f'{{"you sent": "{name}"}}'.encode())) for name, sent in SENT.items()),
        case.exchange(api, answer(b'{"you sent": "nothing"}')),
        *(asked(case, url, *sent, answer(b"also")) for url, *sent in more),
        asked(case, PAGE, "POST", FORM, b"comment=hello", answer(b"posted", "text/html")),
        case.exchange(f"{SITE}/picture.png", answer(b"\x89PNG", "image/png")),
    ]
    made = {"text": TEXT.encode(), "page-info": dumps({"schema": "archiver-pageinfo/1"})}
    products = tuple(
        Resource(part, "text/plain", case.tick(), blob(made.get(part, part.encode())), product_uri(part, PAGE), 1)
        for part in PRODUCTS
    )
    case.captured(wanted, *exchanges, resources=products, final_url=PAGE)
    case.page("http://plain.example/x")
    case.key_added(JANES)
    case.seal(JANES)
    return path


def wacz_files(case: Path, *items: int) -> dict[str, bytes]:
    """The files of the WACZ of the case, or of some items of it."""
    with Snapshot.open(case) as snapshot:
        return {entry.name: b"".join(entry.chunks()) for entry in wacz(snapshot, items or None).entries}
