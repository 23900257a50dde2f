"""docs/spec/warc-profile.md says what the code does."""

import gzip
import re
from pathlib import Path

from warc_items import example, exchange, item, written

from archiver.warc.exchange_json import MAX_TEXT, exchange_json
from archiver.warc.profile import FIDELITIES, FIELD_ORDER, PRODUCTS, PROFILE, product_uri
from archiver.warc.records import MAX_COMMON_HEAD

SPEC = (Path(__file__).parents[2] / "docs/spec/warc-profile.md").read_text(encoding="utf-8")


def test_the_printed_file_is_what_the_writer_makes() -> None:
    printed = re.search(r"```warc\n(.*?)\n```", SPEC, re.DOTALL)
    assert printed is not None
    made = gzip.decompress(written(example())[0]).decode("utf-8").replace("\r\n", "\n")
    assert made.rstrip("\n") == printed[1]


def test_the_fields_are_listed_in_their_order() -> None:
    rows = re.findall(r"^\| `((?:WARC|Content|Archiver)-[A-Za-z-]+)` \|", SPEC, re.MULTILINE)
    assert tuple(rows) == FIELD_ORDER


def test_every_member_of_an_exchange_is_described() -> None:
    told = exchange_json(example().exchanges[0])
    for group in (told, told["connection"], told["message"]):
        assert isinstance(group, dict)
        for member in group:
            assert f"`{member}`" in SPEC


def test_the_limits_are_named() -> None:
    assert f"{MAX_COMMON_HEAD:,} bytes" in SPEC
    assert f"{MAX_TEXT:,} bytes" in SPEC
    assert f"`{PROFILE}`" in SPEC


def test_every_line_of_the_warcinfo_is_described() -> None:
    block = gzip.decompress(written(item(exchange("https://example.org/", b"x")))[0]).split(b"\r\n\r\n")[1].decode()
    for line in block.splitlines():
        name = line.partition(":")[0]
        assert re.search(rf"`{name}[:`]", SPEC)


def test_every_product_of_a_browser_is_listed_with_its_address() -> None:
    for part in PRODUCTS:
        assert re.search(rf"^\| `{part}` \| `{product_uri(part, '')}", SPEC, re.MULTILINE)


def test_every_fidelity_is_described() -> None:
    assert all(re.search(rf"^\| `{value}` \|", SPEC, re.MULTILINE) for value in FIDELITIES)
