"""What the writer wrote, the reader finds sound and the same: they share nothing but the names in `profile`."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from warc_answers import EXCEPTIONS, TAKEN, TEXT, answer
from warc_items import AT, blob, exchange, item, written

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.exchange import Exchange, Failure
from archiver.model.item import ItemWarc, Resource
from archiver.warc.read import outline, read_block, summary_of

RAW = {**TAKEN, **{name: case.raw for name, case in EXCEPTIONS.items()}}
URL = "https://example.org/a"


def check(folder: Path, value: ItemWarc) -> None:
    data, entries = written(value)
    path = folder / "item.warc.gz"
    path.write_bytes(data)
    assert summary_of(path) == value.summary
    assert outline(path) == entries
    responses = [entry for entry in entries if entry.type == "response"]
    for entry, one in zip(responses, value.exchanges, strict=False):
        assert one.response is not None
        assert b"".join(read_block(path, entry.offset, entry.length)) == one.response.data


@pytest.mark.parametrize("name", RAW)
def test_every_answer_comes_back(tmp_path: Path, name: str) -> None:
    check(tmp_path, item(exchange(URL, RAW[name])))


def test_several_exchanges_resources_and_failures_come_back(tmp_path: Path) -> None:
    refused = Exchange(Address.parse("file:///etc/passwd"), "GET", AT, AT, failure=Failure("refused", "not http"))
    resource = Resource("import", "image/png", AT, blob(b"png" * 100_000))
    check(tmp_path, item(exchange(URL, answer(TEXT)), exchange(URL, TEXT), refused, resources=[resource]))


@pytest.mark.parametrize(
    "url",
    [
        'https://example.org/"b"',
        "https://example.org/a%zz|{}^`\\",
        "https://xn--e1afmkfd.example/" + "я" * 10_900,
    ],
)
def test_odd_addresses_come_back(tmp_path: Path, url: str) -> None:
    check(tmp_path, item(exchange(url, answer(TEXT))))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=30))
def test_any_address_comes_back(tmp_path: Path, text: str) -> None:
    try:
        value = exchange(f"https://example.org/{text}", answer(TEXT))
    except UsageError:
        return
    check(tmp_path, item(value))
