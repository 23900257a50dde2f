"""The built-in site: what it promises to hold, and that the server sends exactly that."""

import gzip
import re
import socket
import ssl
import struct
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from archiver.demo.server import LOOPBACK, DemoServer
from archiver.demo.site import COMMUNITY, CUT_LENGTH, TOUR, Key, hosts, imported_file, key_of, not_found, site
from archiver.model.address import Address
from archiver.model.redirect import redirect_target

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[DemoServer]:
    with DemoServer(site(), NOW) as running:
        yield running


def answer(url: str) -> tuple[str, bytes]:
    head, _, body = site()[key_of(Address.parse(url))].partition(b"\r\n\r\n")
    return head.decode("ascii"), body


def fetch(server: DemoServer, key: Key) -> bytes:
    scheme, host, target = key
    route = server.route()
    place = next(c for c in route.connect_to if c.host == host and (c.port == 443) is (scheme == "https"))
    request = f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
    with socket.create_connection((place.to_host, place.to_port), timeout=10) as plain:
        if scheme == "http":
            return exchange(plain, request)
        context = ssl.create_default_context(cadata=route.ca_pem)
        with context.wrap_socket(plain, server_hostname=host, suppress_ragged_eofs=False) as secure:
            return exchange(secure, request)


def exchange(connection: socket.socket, request: bytes) -> bytes:
    connection.sendall(request)
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


@pytest.mark.parametrize("key", site(), ids=lambda key: "".join(key[1:]))
def test_server_sends_exactly_the_bytes_of_the_table(server: DemoServer, key: Key) -> None:
    assert fetch(server, key) == site()[key]


def test_server_answers_an_unknown_address_with_404(server: DemoServer) -> None:
    assert fetch(server, ("https", COMMUNITY, "/wall/1")) == not_found()


@pytest.mark.parametrize("request_bytes", [b"GET /\r\n\r\n", b"\x00\xff\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n"])
def test_server_answers_a_request_without_a_host_with_404(server: DemoServer, request_bytes: bytes) -> None:
    place = next(c for c in server.route().connect_to if c.port == 80)
    with socket.create_connection((place.to_host, place.to_port), timeout=10) as plain:
        assert exchange(plain, request_bytes) == not_found()


def test_server_survives_clients_that_leave_or_do_not_speak_tls(server: DemoServer) -> None:
    for place in server.route().connect_to:
        with socket.create_connection((place.to_host, place.to_port), timeout=10) as plain:
            plain.sendall(b"\r\n")
    key = key_of(Address.parse(TOUR[0].address))
    assert fetch(server, key) == site()[key]


def test_route_stays_on_loopback_and_names_every_host(server: DemoServer) -> None:
    route = server.route()
    assert {place.to_host for place in route.connect_to} == {LOOPBACK}
    assert {place.host for place in route.connect_to} == set(hosts(site()))
    assert not route.insecure
    assert route.proxy is None


def test_every_address_of_the_tour_has_an_answer() -> None:
    assert all(key_of(Address.parse(stop.address)) in site() for stop in TOUR)


def test_every_link_and_image_of_every_page_is_on_the_site() -> None:
    links = 0
    for (scheme, host, target), data in site().items():
        head, _, body = data.partition(b"\r\n\r\n")
        if b"gzip" in head:
            body = gzip.decompress(body)
        if b"chunked" in head:
            body = dechunked(body)
        if b"text/html" not in head:
            continue
        charset = "windows-1251" if b"windows-1251" in head else "iso-8859-1" if b"iso-8859-1" in body else "utf-8"
        for link in re.findall(r'(?:href|src)="([^"]+)"', body.decode(charset)):
            base = Address.parse(f"{scheme}://{host}{target}")
            found = redirect_target(base, link.encode())
            assert found is not None, link
            assert key_of(found) in site(), link
            links += 1
    assert links > 10


def test_charset_stands_where_the_site_says() -> None:
    head, body = answer("https://vestnik-yuga.example/2026/11/12/administrator.html")
    assert "charset=windows-1251" in head
    assert b"<meta" not in body
    assert "Администратор страницы «Двор и площадь»" in body.decode("windows-1251")
    head, body = answer("https://diario-del-sur.example/2026/detenido.html")
    assert "charset" not in head
    assert b'<meta charset="iso-8859-1">' in body
    assert "página vecinal" in body.decode("iso-8859-1")


def test_redirect_chain_leads_from_http_to_the_article() -> None:
    address = Address.parse("http://southern-post.example/s/4711")
    statuses = []
    while b"Location: " in (data := site()[key_of(address)]):
        statuses.append(data.split(b" ", 2)[1])
        target = redirect_target(address, data.partition(b"Location: ")[2].partition(b"\r\n")[0])
        assert target is not None
        address = target
    assert statuses == [b"301", b"302"]
    assert address.url == "https://southern-post.example/2026/11/13/administrator-held"
    assert data.startswith(b"HTTP/1.1 200 OK\r\n")


def test_gzip_and_chunked_answers_hold_their_text() -> None:
    head, body = answer("https://southern-post.example/2026/11/02/nine-held")
    assert "Content-Encoding: gzip" in head
    assert "Nine held in a square" in gzip.decompress(body).decode()
    head, body = answer("https://vestnik-yuga.example/2026/10/31/skver.html")
    assert "Transfer-Encoding: chunked" in head
    assert body.count(b"\r\n") > 4
    assert "в сквере на Липовой" in dechunked(body).decode()


def test_gone_and_cut_answers_say_what_they_are() -> None:
    assert answer(f"https://{COMMUNITY}/wall/1784")[0].startswith("HTTP/1.1 410 Gone\r\n")
    head, body = answer(f"https://{COMMUNITY}/wall/1790")
    assert f"Content-Length: {CUT_LENGTH}" in head
    assert len(body) < CUT_LENGTH


def test_page_under_a_cyrillic_name_is_asked_for_in_ascii() -> None:
    address = Address.parse("https://новости-юга.example/письма/соседи")
    assert address.host == "xn----8sbefx2ahb1ak8k.example"
    assert address.target.isascii()
    assert key_of(address) in site()


def test_image_is_a_whole_png() -> None:
    _, data = answer("https://southern-post.example/media/square.png")
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, kinds, pixels = 8, [], b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        content = data[at + 8 : at + 8 + size]
        assert struct.unpack(">I", data[at + 8 + size : at + 12 + size])[0] == zlib.crc32(kind + content)
        kinds.append(kind)
        pixels += content if kind == b"IDAT" else b""
        at += size + 12
    assert (kinds[0], kinds[-1]) == (b"IHDR", b"IEND")
    assert len(zlib.decompress(pixels)) == 270 * (1 + 480 // 2)


def test_report_is_a_pdf_whose_table_points_at_its_objects() -> None:
    _, data = answer("https://lana-monitor.example/2026-11-expert-report.pdf")
    assert data.startswith(b"%PDF-1.4\n")
    assert data.endswith(b"%%EOF\n")
    table = int(data.rpartition(b"startxref\n")[2].partition(b"\n")[0])
    assert data[table:].startswith(b"xref\n")
    offsets = [int(line[:10]) for line in data[table:].splitlines() if line.endswith(b" n ")]
    assert len(offsets) == 6
    assert all(data[offset:].startswith(b"%d 0 obj\n" % number) for number, offset in enumerate(offsets, 1))


def test_imported_text_is_there_and_says_that_it_is_fiction() -> None:
    assert "Вымышленный" in imported_file().read_text(encoding="utf-8")


def dechunked(body: bytes) -> bytes:
    text = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        text += rest[: int(size, 16)]
        body = rest[int(size, 16) + 2 :]
    return text
