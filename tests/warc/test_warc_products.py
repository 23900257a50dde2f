"""Records of a browser: products under the address of the page, beside their answer, and what is reconstructed."""

from dataclasses import replace
from pathlib import Path

import pytest
from warc_items import AT, TLS, blob, exchange, item, unpacked, written
from warc_tools import FASTWARC, WARCIO, fast_verdict, gzip_complaints, run_tool, warcio_passes

from archiver.model.exchange import Connection, Exchange
from archiver.model.item import ItemWarc, Resource
from archiver.pipeline.parts import part_of, resource_of
from archiver.verify.warc_file import verify_warc
from archiver.warc.exchange_json import exchange_json
from archiver.warc.profile import PRODUCTS, product_of, product_uri

URL = "https://example.org/news?id=7"
RAW = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HEAD_101 = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n"


def _product(part: str, uri: str, of: int = 1) -> Resource:
    return Resource(part, "image/png", AT, blob(part.encode()), uri, of)


def _browsed() -> ItemWarc:
    failed = replace(exchange(URL, RAW), response=None, message=None)
    products = [_product(part, product_uri(part, URL)) for part in PRODUCTS]
    lines = Resource("websocket-000002", "application/jsonl", AT, blob(b"{}\n"), of=2)
    nothing = Resource("websocket-000003", "application/jsonl", AT, blob(b"{}\n"), of=3)
    decoded = replace(exchange(URL, RAW), fidelity="decoded")
    value = item(exchange(URL, RAW), exchange(URL, HEAD_101), failed, decoded, resources=(*products, lines, nothing))
    return replace(value, summary=b"{}")


def test_products_have_the_address_of_the_page_and_name_its_answer() -> None:
    records = [(dict(fields), block) for _, fields, block in unpacked(_browsed())]
    answers = [fields["WARC-Record-ID"] for fields, _ in records if fields["WARC-Type"] == "response"]
    made = {f["WARC-Target-URI"]: f.get("WARC-Concurrent-To") for f, _ in records if f["WARC-Type"] == "resource"}
    assert made[f"urn:fullPage:{URL}"] == made[f"urn:pageinfo:{URL}"] == answers[0]
    assert [value for uri, value in made.items() if uri.endswith("websocket-000002")] == [answers[1]]
    assert [value for uri, value in made.items() if uri.endswith("websocket-000003")] == [None]


def test_other_tools_find_nothing_wrong_with_them(tmp_path: Path) -> None:
    data, _ = written(_browsed())
    path = tmp_path / "item.warc.gz"
    path.write_bytes(data)
    assert gzip_complaints([str(path)]) == ""
    assert all(fast_verdict(data))
    assert warcio_passes(data)
    assert run_tool(*WARCIO, "check", str(path)).returncode == 0
    assert run_tool(*FASTWARC, "check", "-p", str(path)).returncode == 0
    assert not [f for f in verify_warc(path).findings if f.severity.name in {"BROKEN", "UNCHECKED"}]


def test_parts_are_told_by_the_address(tmp_path: Path) -> None:
    data, entries = written(_browsed())
    path = tmp_path / "item.warc.gz"
    path.write_bytes(data)
    resources = tuple(entry for entry in entries if entry.type == "resource")
    assert [part_of(path, entry) for entry in resources] == [*PRODUCTS, "websocket-000002", "websocket-000003"]
    found = resource_of(path, entries, "page-info")
    assert found is not None
    assert found.id == resources[7].id


def test_an_address_of_a_product_is_not_taken_for_another_part(tmp_path: Path) -> None:
    data, entries = written(item(resources=(_product("text", "urn:text:http://a.example/x:post", 0),)))
    path = tmp_path / "item.warc.gz"
    path.write_bytes(data)
    assert part_of(path, entries[1]) == "text"
    assert resource_of(path, entries, "post") is None


@pytest.mark.parametrize(
    ("part", "uri"),
    [
        ("view", "urn:text:http://a.example/"),
        ("view", "urn:view:file:///etc/passwd"),
        ("view", "urn:view:http://a.example/\r\nX: y"),
        ("view", "urn:view:http://a.example/é"),
        ("view", "urn:view:http://a.example/<"),
        ("import", "urn:import:http://a.example/"),
        ("import", "http://a.example/"),
    ],
)
def test_a_resource_cannot_have_an_address_that_is_not_of_its_part(part: str, uri: str) -> None:
    with pytest.raises(ValueError, match="cannot have the address"):
        unpacked(item(resources=(_product(part, uri, 0),)))


def test_every_product_is_told_by_its_address_and_nothing_else_is() -> None:
    assert [product_of(product_uri(part, URL)) for part in PRODUCTS] == list(PRODUCTS)
    assert product_of("urn:thumbnail:http://a.example/") == product_of("urn:archiver:x:000001:view") == ""


def _protocols(value: Exchange) -> list[list[str]]:
    return [[v for name, v in fields if name == "WARC-Protocol"] for _, fields, _ in unpacked(item(value))][1:3]


@pytest.mark.parametrize(
    ("alpn", "spoken"), [("h2", ["h2"]), ("h3", ["h3"]), ("http/1.1", ["http/1.1"]), ("", []), ("odd", [])]
)
def test_what_is_reconstructed_says_what_was_really_spoken(alpn: str, spoken: list[str]) -> None:
    for fidelity in ("reconstructed", "decoded"):
        value = replace(exchange(URL, RAW), fidelity=fidelity, connection=Connection(tls=replace(TLS, alpn=alpn)))
        assert _protocols(value) == [[*spoken, "tls/1.3"]] * 2
        (_, fields, _), *others = unpacked(item(value))[1:]
        assert dict(fields)["Archiver-Fidelity"] == exchange_json(value)["fidelity"] == fidelity
        assert not any(name == "Archiver-Fidelity" for _, rest, _ in others for name, _ in rest)
    assert _protocols(replace(value, connection=Connection())) == [[], []]


def test_bytes_of_the_connection_say_nothing_of_fidelity() -> None:
    assert b"Fidelity" not in b"".join(str(record).encode() for record in unpacked(item(exchange(URL, RAW))))
    assert "fidelity" not in exchange_json(exchange(URL, RAW))
