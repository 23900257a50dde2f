"""JSON in the scripts of a page, and where addresses lead: read within bounds, whatever stands there."""

import pytest
from adapterkit import Answer

from archiver.model.address import Address
from archiver.model.platform import PostKey, Seen
from archiver.platforms.html import page_in
from archiver.platforms.places import host_of, joined, led_to, path_of
from archiver.platforms.scripts import (
    MAX_ASSIGNED,
    MAX_LINKED,
    MAX_SCRIPTS,
    assigned,
    json_scripts,
    linked_data,
    scripts_of,
    text_of,
)

PAGE = "https://a.example/"


def seen(body: str) -> Seen:
    return Answer.html(body).seen(2, "page", PAGE)


def values(script: str, *names: str) -> list[tuple[str, object]]:
    (found,) = scripts_of(f"<p><script nonce=n>{script}</script>")
    return list(assigned(found, names))


def test_the_json_of_marked_scripts_says_where_it_stands() -> None:
    page = seen('<script>{"a": 0}</script><script data-x>no</script><script data-x> {"a": {"b": "c"}} </script>')
    (doc,) = json_scripts(page, "data-x", "script[data-x]")
    text = doc.at("a", "b").text
    assert text is not None
    assert (text.value, text.exchange, text.at) == ("c", 2, "script[data-x][2] /a/b")
    assert not list(json_scripts(page, "data-x", "script[data-x]", ("other",)))
    assert list(json_scripts(page, "data-x", "script[data-x]", ("other", "a")))


def test_many_tags_within_a_script_hide_none_behind_it() -> None:
    body = f'<script>{"<b>" * 50_000}</script><script data-x>{{"a": 1}}</script>'
    assert [each.at("a").value for each in json_scripts(seen(body), "data-x", "script[data-x]")] == [1]


@pytest.mark.parametrize(
    "body",
    ["", "<script", "<script>", "<script data-x>{", "<script data-x>NaN</script>", "<script data-x>" + "[" * 10**6],
)
def test_what_is_no_json_or_breaks_off_is_nothing(body: str) -> None:
    assert not list(json_scripts(seen(body), "data-x", "script[data-x]"))


def test_scripts_are_counted() -> None:
    assert len(list(scripts_of("<script></script>" * (MAX_SCRIPTS + 9)))) == MAX_SCRIPTS
    assert text_of(seen("\ufeffx")) == "x"


@pytest.mark.parametrize(
    "script",
    ['var S = {"a": 1};', 'window["S"]={"a": 1}', "window['S'] = {\"a\": 1}", 'window.S = {"a": 1}', '\n;S = {"a": 1}'],
)
def test_a_script_begins_by_assigning(script: str) -> None:
    assert values(script, "S", "T") == [("S", {"a": 1})]


def test_only_what_a_script_begins_with_counts() -> None:
    assert values('var S = {"a": 1}; T = {}; f(); U = {}', "S", "T", "U") == [("S", {"a": 1}), ("T", {})]
    assert values('f("x"); S = {}', "S") == []
    assert values('xS = {"a": 1}', "S") == []
    assert values("S = {broken", "S") == [("S", None)]
    assert values("S = {}; " * 9, "S") == [("S", {})] * MAX_ASSIGNED


def test_linked_data_are_read_out_of_what_old_browsers_need() -> None:
    opening = '<script type="application/ld+json">'
    scripts = f'{opening}<!-- {{"a": "x\ty"}} --></script>{opening}{{</script>'
    one, other = linked_data(page_in(seen(scripts)))
    assert one.at("a").value == "x\ty"
    assert not other
    assert other.pointer.startswith("script[")
    many = f"{opening}{{}}</script>" * (MAX_LINKED + 9)
    assert len(list(linked_data(page_in(seen(many))))) == MAX_LINKED


def test_addresses_that_are_none_lead_nowhere() -> None:
    def match(address: Address) -> PostKey | None:
        return PostKey("a", f"a:{address.target}", "post") if address.host == "a.example" else None

    assert led_to(match, "https://b.example/", "//a.example/1") == PostKey("a", "a:/1", "post")
    assert led_to(match, "https://b.example/", "/1") is None
    for place in ("", "http://[", "//[", "javascript:1"):
        assert led_to(match, PAGE, place) is None
    assert (path_of("http://["), host_of("http://["), joined("http://[", "/a"), joined(PAGE, "")) == ("", "", "", "")
    assert (path_of(f"{PAGE}a?b"), host_of("https://A.example./"), joined(PAGE, "b")) == ("/a", "a.example", f"{PAGE}b")
