"""Lists of addresses: four formats, one meaning; what a row says, what is added to it, what makes it the same row."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver import canon
from archiver.config.address_list import identity, read_list
from archiver.config.address_list.entry import Said
from archiver.errors import ConfigError, ExitCode
from archiver.model.batch import AddressList, ListProblem, RowOptions
from archiver.model.exchange import ConnectTo

A, B = "https://example.org/a", "https://example.org/b"


def read(text: str, name: str) -> AddressList:
    return read_list(text.encode("utf-8"), name)


def addresses(found: AddressList) -> list[str]:
    return [row.address.submitted for row in found.rows]


def places(found: AddressList) -> list[tuple[int, int]]:
    return [(problem.line, problem.column) for problem in found.problems]


def refusal(text: str, name: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read(text, name)
    return caught.value


# Form


@pytest.mark.parametrize(
    ("name", "text", "format"),
    [
        ("a.txt", A, "text"),
        ("A.TXT", A, "text"),
        ("a.csv", f"url\n{A}", "csv"),
        ("a.tsv", f"note\turl\n,;\t{A}", "csv"),
        ("a.jsonl", f'"{A}"', "jsonl"),
        ("a.ndjson", f'"{A}"', "jsonl"),
        ("a.yaml", f"- {A}", "yaml"),
        ("a.YML", f"- {A}", "yaml"),
        ("-", A, "text"),
        ("-", f"# of the first night\n\n{A}", "text"),
        ("-", f"url\n{A}", "csv"),
        ("-", f"Note;Address\n;{A}", "csv"),
        ("-", f'{{"url": "{A}"}}', "jsonl"),
        ("-", f'\n"{A}"\n', "jsonl"),
        ("-", f"# by hand\n- {A}", "yaml"),
        ("-", f"rows:\n- {A}", "yaml"),
        ("list", f"---\n- {A}", "yaml"),
    ],
)
def test_the_format_is_told_by_the_ending_and_else_by_the_content(name: str, text: str, format: str) -> None:
    found = read(text, name)
    assert (found.format, addresses(found), found.problems) == (format, [A], ())


def test_the_format_that_was_asked_for_wins() -> None:
    assert read_list(A.encode(), "a.csv", "text").format == "text"
    assert read_list(b"", "-").format == "text"


def test_the_list_says_what_its_bytes_were() -> None:
    data = b"\xef\xbb\xbf" + A.encode()
    found = read_list(data, "a.txt")
    assert (found.name, found.size, found.sha256) == ("a.txt", len(data), hashlib.sha256(data).hexdigest())


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.yaml", "-"])
def test_byte_order_marks_are_understood_and_are_no_part_of_the_text(coding: str, name: str) -> None:
    mark = {"utf-16-le": "\ufeff", "utf-16-be": "\ufeff"}.get(coding, "")
    text = {"a.csv": f"address\r\n{A}ж", "a.jsonl": f'"{A}ж"', "a.yaml": f"- {A}ж"}.get(name, f"{A}ж")
    assert addresses(read_list((mark + text).encode(coding), name)) == [A + "ж"]


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
def test_lines_end_with_lf_or_crlf_mixed_and_with_nothing_else(name: str) -> None:
    odd = "\u2028\u0085\x0b\x0c\x1c"
    first = {"a.csv": "address\n"}.get(name, "")
    quote = '"' if name == "a.jsonl" else ""
    odd = "\u2028\u0085" if name == "a.jsonl" else odd
    found = read(f"{first}{quote}{A}{odd}x{quote}\r\n{quote}{B}{quote}\n{quote}{A}{quote}", name)
    assert addresses(found) == [f"{A}{odd}x", B, A]


# Text


def test_text_has_comments_before_addresses_and_fragments_in_them() -> None:
    found = read(f"# links\n\n \t{A}#part \t\n  # {B}\n\t\n{B}#no%20comment\n", "a.txt")
    assert addresses(found) == [f"{A}#part", f"{B}#no%20comment"]
    assert [row.line for row in found.rows] == [3, 6]


@pytest.mark.parametrize("second", [f" {B}", "\tfirst report", " # first report"])
def test_a_second_address_or_a_remark_in_a_line_is_not_taken_for_a_part_of_the_address(second: str) -> None:
    found = read(f"{A}\n {A}{second}\n", "a.txt")
    assert addresses(found) == [A]
    assert places(found) == [(2, len(A) + 2)]
    assert found.problems[0].message == "a blank inside the line"
    assert "%20" in found.problems[0].hint


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.csv", f'note,url\nx,"{A}\n{B}"\n', (2, 3)),
        ("a.jsonl", json.dumps(f"{A} {B}"), (1, 1)),
        ("a.yaml", f"- {A}\n -{B}\n", (1, 3)),
    ],
)
def test_two_addresses_in_one_field_are_a_problem(name: str, text: str, place: tuple[int, int]) -> None:
    found = read(text, name)
    assert (found.rows, places(found)) == ((), [place])
    assert found.problems[0].message.endswith("cannot be used: another one follows in it")
    assert not read(json.dumps(f"{A}a b?c={B}"), "a.jsonl").problems


@pytest.mark.parametrize("text", [f'[\n{{"url": "{A}"}}\n]', f'["{A}"]', f'{{\n"url": "{A}"\n}}', f'{{"url": "{A}"'])
def test_json_that_is_not_in_lines_is_said_to_be_so(text: str) -> None:
    found = read(text, "links.json")
    assert found.format == "jsonl"
    assert "on each line" in found.problems[0].hint


@pytest.mark.parametrize("start", [b"PK\x03\x04\x14\0", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_spreadsheet_that_was_not_exported_is_said_to_be_one(start: bytes) -> None:
    with pytest.raises(
        ConfigError, match=r"^links\.xlsx:1:1: this is no text, but a file of an office program"
    ) as found:
        read_list(start, "links.xlsx")
    assert "as CSV" in found.value.hint


def test_a_line_that_is_no_address_is_a_problem_with_its_place() -> None:
    found = read(f"{A}\n  example.org/x\n{B}\n", "a.txt")
    assert addresses(found) == [A, B]
    assert [row.number for row in found.rows] == [1, 2]
    assert found.problems == (
        ListProblem(
            2,
            3,
            "address 'example.org/x' cannot be used: it does not begin with http:// or https://",
            "give the whole address, as https://…",
        ),
    )


def test_old_line_ends_are_named_and_not_taken_for_one_long_address() -> None:
    found = read(f"{A}\r{B}\n{A}\n", "a.txt")
    assert places(found) == [(1, 22)]
    assert "carriage return" in found.problems[0].message
    assert addresses(found) == [A]


_line = (
    st.text(st.characters(codec="utf-8", exclude_characters="\n")) | st.just(A) | st.sampled_from(["# x", " ", "\r"])
)


@given(st.lists(_line))
def test_every_line_of_a_text_that_says_something_is_a_row_or_a_problem(written: list[str]) -> None:
    written = ["# links", *written]
    found = read("\n".join(written), "a.txt")
    bare = [line.removesuffix("\r").strip(" \t") for line in written]
    full = [number for number, line in enumerate(bare, 1) if line and not line.startswith("#")]
    assert sorted([row.line for row in found.rows] + [line for line, _ in places(found)]) == full


# CSV


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_columns_stand_in_any_order_and_the_delimiter_is_found(delimiter: str) -> None:
    rows = [[" Max-Time", "NOTE", " url "], ["90 ", " first ", f" {A}"], ["", "", B]]
    found = read("\r\n".join(delimiter.join(row) for row in rows), "a.csv")
    assert [(row.address.submitted, row.note, row.options.max_time) for row in found.rows] == [
        (A, "first", 90.0),
        (B, "", None),
    ]


def test_quoted_fields_hold_delimiters_quotes_and_lines_and_lines_are_counted() -> None:
    found = read(f'address,note\n{A},"said ""so"",\r\nand left"\n{B}, "blank before"\n\n{A},x,y\n', "a.csv")
    assert [(row.line, row.note) for row in found.rows] == [(2, 'said "so",\r\nand left'), (4, "blank before")]
    assert places(found) == [(6, 25)]


def test_with_one_column_addresses_may_hold_every_delimiter() -> None:
    assert addresses(read(f"url\n{A},1;2\n", "a.csv")) == [f"{A},1;2"]


def test_several_values_in_one_field() -> None:
    header = "address,tags,allow_host,connect_to,header"
    tags, hosts = "harbour; night shift, third\nline;", "localhost:80 [::1]:80;a.test:1"
    dialled, headers = "a.test:1:b.test:2\nc.test:3:d.test:4", "X-One: 1; 2\nX-Two: 3"
    row = f'{A},"{tags}","{hosts}","{dialled}","{headers}"'
    (only,) = read(f"{header}\n{row}\n", "a.csv").rows
    assert only.tags == ("harbour", "night shift", "third", "line")
    assert only.options == RowOptions(
        allow_host=(("localhost", 80), ("::1", 80), ("a.test", 1)),
        connect_to=(ConnectTo("a.test", 1, "b.test", 2), ConnectTo("c.test", 3, "d.test", 4)),
        headers=(("X-One", "1; 2"), ("X-Two", "3")),
    )


def test_rows_without_anything_and_columns_without_a_name_are_skipped_but_nothing_in_them() -> None:
    found = read(f"address,note,,\n{A},x,,\n,,,\n \n{B},y,z,\n", "a.csv")
    assert addresses(found) == [A]
    assert [(problem.line, problem.column, problem.message) for problem in found.problems] == [
        (5, 25, "a field in a column without a name")
    ]


@pytest.mark.parametrize(("row", "place"), [(f"{A},x,y", (2, 25)), (A, (2, 22)), (f'{A},"x\ny",z', (3, 4))])
def test_too_many_and_too_few_fields_are_problems_with_their_place(row: str, place: tuple[int, int]) -> None:
    found = read(f"address,note\n{row}\n", "a.csv")
    assert (found.rows, places(found)) == ((), [place])
    assert found.problems[0].message.partition(", and the header row has 2")[0] in {"1 field", "3 fields"}


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("", "1:1", "no header row"),
        (f"{A}\n", "1:1", "column 1 is not a known column"),
        ("address,remark,nota", "1:9", "'remark', 'nota' are not known columns"),
        (f"address,{','.join('abcdefg')}", "1:9", "'a', 'b', 'c', 'd', 'e' and 2 more are not known"),
        ("address,URL", "1:9", "'URL' is the second column of its kind: address"),
        ("note,tags", "1:1", "no column address"),
        ('address,"note', "1:9", "never closed"),
        (",".join(["address"] + ["x"] * 1000), "1:1", "1001 columns, and 1000 are allowed"),
    ],
)
def test_a_header_row_that_cannot_be_used_refuses_the_list(text: str, place: str, why: str) -> None:
    error = refusal(text, "a.csv")
    assert error.message.startswith(f"a.csv:{place}: ")
    assert why in error.message
    assert (error.kind, error.exit_code) == ("address-list", ExitCode.CONFIG)


@pytest.mark.parametrize(("end", "why"), [("", "is never closed"), ('\n"x"', "closes in the middle of a field")])
def test_a_quote_that_swallows_the_rest_is_named_where_it_opens_and_loses_no_row(end: str, why: str) -> None:
    found = read(f'address,note\n{A},1\n{A},"2\n{B},3\n{B},4{end}', "a.csv")
    assert found.problems[0] == ListProblem(
        3, 23, f"the quote that opens here {why}", "close it, and double a quote that belongs to the text"
    )
    assert [row.note for row in found.rows] == ["1", "3", "4"]


def test_formulas_of_our_own_results_lose_their_apostrophe_and_no_other_text_does() -> None:
    found = read(f"address,note,tags\n{A},'=1+1,'-x;'y\n{A},'tis,''@a\n{A},''=1,=2\n", "a.csv")
    assert [(row.note, row.tags) for row in found.rows] == [
        ("=1+1", ("-x", "'y")),
        ("'tis", ("'@a",)),
        ("'=1", ("=2",)),
    ]


# JSON lines


def test_json_lines_take_objects_and_addresses_with_numbers_and_lists() -> None:
    row = {
        "address": A,
        "note": "first",
        "tags": ["a b", "c"],
        "max-bytes": 500,
        "max_time": 2.5,
        "max_redirects": 0,
        "insecure": True,
        "headers": ["X-One: 1"],
        "proxy": None,
    }
    found = read(f'{json.dumps(row)}\n\n  "{B}"  \n', "a.jsonl")
    assert found.rows[0].options == RowOptions(
        insecure=True, headers=(("X-One", "1"),), max_bytes=500, max_time=2.5, max_redirects=0
    )
    assert (found.rows[0].note, found.rows[0].tags) == ("first", ("a b", "c"))
    assert (found.rows[1].line, found.rows[1].address.submitted, found.problems) == (3, B, ())


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("{¶", "a name in double quotes is missing"),
        ('{"url" ¶1}', "a colon is missing"),
        ('{"url": ¶}', "expecting value"),
        ('{"url": ¶"x', "unterminated string"),
        (f'{{"url": "{A}" ¶"note": ""}}', "a comma or a brace is missing"),
        (f'{{"url": "{A}",¶}}', "a name in double quotes is missing"),
        (f'"{A}" ¶x', "something follows the value"),
        ("¶[]", "neither an object nor an address"),
        ("¶17", "neither an object nor an address"),
        ("{}", "there is no address in this row"),
        ('{"url": null}', "there is no address in this row"),
        ('{"url": ¶["x"]}', "address is one text"),
        (f'{{"url": "{A}", "note": ¶{{}}}}', "note is one text"),
        (f'{{"url": "{A}", "tags": ¶"x"}}', "tags is a list of texts"),
        (f'{{"url": "{A}", "tags": ¶["x", ["y"]]}}', "tags is a list of texts"),
        (f'{{"url": "{A}", ¶"nota": 1}}', "'nota' is not a known key"),
        (f'{{"url": "{A}", "note": "", ¶"note": ""}}', "'note' is said a second time"),
        (f'{{"url": "{A}", ¶"address": "{A}"}}', "'address' is said a second time"),
        (f'{{"url": "{A}", "max_time": 1, ¶"max-time": 1}}', "'max-time' is said a second time"),
        (f'{{"url": "{A}", "max_time": ¶NaN}}', "NaN and Infinity are no numbers"),
        (f'{{"url": "{A}", "max_time": ¶1e2}}', "max_time '1e2': not a time"),
        (f'{{"url": "{A}", "max_bytes": ¶2.5}}', "max_bytes '2.5': not a size"),
        (f'{{"url": "{A}", "max_redirects": ¶1.0}}', "max_redirects '1.0': not a number"),
        (f'{{"url": "{A}", "insecure": ¶1}}', "insecure '1': neither true nor false"),
        ('¶"example.org"', "address 'example.org' cannot be used"),
    ],
)
def test_a_line_of_json_that_cannot_be_used_is_a_problem_with_its_place(line: str, why: str) -> None:
    found = read(f'"{A}"\n{line.replace("¶", "")}\n"{B}"\n', "a.jsonl")
    assert addresses(found) == [A, B]
    assert places(found) == [(2, line.find("¶") + 1)]
    assert why in found.problems[0].message


def test_what_archiver_list_answers_is_a_list() -> None:
    spec = (Path(__file__).parents[2] / "docs/spec/json-output.md").read_text("utf-8")
    section = spec[spec.index("## list") :]
    example = json.loads(section[section.index("```json") + 7 :].partition("```")[0])
    noted = example | {"note": "first", "tags": ["harbour"]}
    imported = example | {"url": "IMG_2041.jpg"}
    error = {"schema": "archiver-error/1", "error": {"kind": "locked"}}
    found = read("\n".join(map(json.dumps, (example, noted, imported, error))), "-")
    assert [(row.address.submitted, row.note, row.tags) for row in found.rows] == [
        (example["url"], "", ()),
        (example["url"], "first", ("harbour",)),
    ]
    assert [problem.line for problem in found.problems] == [3, 4]


def test_the_results_of_a_batch_are_a_list() -> None:
    columns = "row,line,address,item,outcome,status,final_url,title,reasons,sha256,file,tries"
    found = read(f'{columns}\n7,9,{A},12,failed,,,"\'=A title",dns,,,3\n', "a.csv")
    assert (addresses(found), found.problems, found.rows[0].options) == ([A], (), RowOptions())


# YAML


def test_yaml_is_a_list_or_a_mapping_of_rows_and_every_scalar_is_text() -> None:
    for head in ("", "rows:\n", "defaults:\naddresses:\n"):
        found = read(f"{head}- {A}\n- url: {B}\n  note: no\n  tags: [1.10, yes]\n", "a.yaml")
        assert [(row.address.submitted, row.note, row.tags) for row in found.rows] == [
            (A, "", ()),
            (B, "no", ("1.10", "yes")),
        ]
        assert found.rows[1].line == head.count("\n") + 2


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("", "1:1", "not a list of addresses"),
        (f"# all gone\n# - {A}", "1:1", "not a list of addresses"),
        ("addresses:\n", "1:11", "not a list of addresses"),
        ("defaults: {}\n", "1:1", "not a list of addresses"),
        (A, "1:1", "not a list of addresses"),
        (f"rows: [{A}]\nmore: 1", "2:1", "'more' is not a known key"),
        ("rows: []\naddresses: []", "1:7", "addresses and rows are the same"),
        (f"defaults: [x]\nrows: [{A}]", "1:11", "defaults holds"),
        (f"- &x {A}\n- *x", "1:3", "anchors"),
        (f"- url: {A}\n  url: {A}", "2:3", "a second time"),
        (f"- !!str {A}", "1:3", "tags are not used"),
        ("- [", "1:4", "not YAML"),
        (f"- {A}\n---\n- {A}", "2:1", "second document"),
    ],
)
def test_yaml_that_is_no_list_is_refused_with_its_place(text: str, place: str, why: str) -> None:
    error = refusal(text, "a.yaml")
    assert error.message.startswith(f"a.yaml:{place}: ")
    assert why in error.message
    assert error.kind == "address-list"


def test_a_row_of_yaml_that_cannot_be_used_is_a_problem_with_its_place() -> None:
    found = read(f"- {A}\n- url: {A}\n  nota: x\n  max_time: soon\n- [{A}]\n- note: x\n- ''\n- url: {B}\n", "a.yaml")
    assert addresses(found) == [A, B]
    assert places(found) == [(3, 3), (4, 13), (5, 3), (6, 0), (7, 0)]


# What a row says


def test_every_option_has_the_values_of_the_command_line() -> None:
    row = {
        "url": A,
        "allow_host": ["LOCALHOST:8080", "[::1]:80"],
        "connect_to": ["example.org:443:192.0.2.7:8443"],
        "ca_file": "ca.pem",
        "insecure": "FALSE",
        "proxy": "socks5h://jane:pw@127.0.0.1:9050",
        "header": ["X-One:  1 ", "X-One: 2"],
        "cookies": "./cookies.txt",
        "max_bytes": "500M",
        "max_time": "90",
        "max_redirects": 3,
    }
    assert read(json.dumps(row), "a.jsonl").rows[0].options == RowOptions(
        allow_host=(("localhost", 8080), ("::1", 80)),
        connect_to=(ConnectTo("example.org", 443, "192.0.2.7", 8443),),
        ca_file="ca.pem",
        insecure=False,
        proxy="socks5h://jane:pw@127.0.0.1:9050",
        headers=(("X-One", "1"), ("X-One", "2")),
        cookies="./cookies.txt",
        max_bytes=500 << 20,
        max_time=90.0,
        max_redirects=3,
    )


def test_all_problems_of_a_row_are_told_at_once_in_the_order_of_the_file_up_to_ten() -> None:
    bad = {
        "max_time": "x",
        "allow_host": ["x"],
        "url": "x",
        "what": 1,
        "connect_to": ["x"],
        "proxy": "x",
        "ca_file": "\0",
    }
    found = read(json.dumps(bad), "a.jsonl")
    assert len(found.problems) == 7
    assert list(places(found)) == sorted(places(found))
    assert [problem.message.partition(" ")[0].rstrip(":") for problem in found.problems] == [
        "max_time",
        "allow_host",
        "address",
        "'what'",
        "connect_to",
        "proxy",
        "ca_file",
    ]
    assert len(read(json.dumps({f"k{number}": 1 for number in range(50)}), "a.jsonl").problems) == 10


def test_notes_and_tags_have_the_bounds_of_the_command_line() -> None:
    found = read(json.dumps({"url": A, "note": "x" * 100_001, "tags": ["y", "x" * 100_001]}), "a.jsonl")
    assert [problem.message for problem in found.problems] == [
        "note: 100001 characters, and 100000 are allowed",
        "tag: 100001 characters, and 100000 are allowed",
    ]


def test_a_rows_own_values_win_and_its_lists_are_added() -> None:
    defaults = {
        "note": "general",
        "tags": ["a", "b"],
        "allow_host": ["one.test:1"],
        "connect_to": ["x.test:1:general.test:1"],
        "header": ["X-One: general", "X-Two: general"],
        "insecure": True,
        "max_time": 10,
        "max_bytes": "1K",
        "proxy": "http://proxy.test:1",
    }
    own = {
        "url": A,
        "note": "own",
        "tags": ["b", "c"],
        "allow_host": ["two.test:2", "one.test:1"],
        "connect_to": ["x.test:1:own.test:2"],
        "header": ["x-one: own"],
        "insecure": False,
        "max_time": 20,
    }
    text = "\n".join(map(json.dumps, ({"defaults": defaults}, own, {"url": B, "note": ""})))
    first, second = read(text, "a.jsonl").rows
    assert (first.note, first.tags) == ("own", ("a", "b", "c"))
    assert first.options == RowOptions(
        allow_host=(("one.test", 1), ("two.test", 2)),
        connect_to=(ConnectTo("x.test", 1, "own.test", 2), ConnectTo("x.test", 1, "general.test", 1)),
        insecure=False,
        proxy="http://proxy.test:1",
        headers=(("X-Two", "general"), ("x-one", "own")),
        max_bytes=1024,
        max_time=20.0,
    )
    assert (second.note, second.tags, second.options.max_time, second.number, second.line) == (
        "general",
        ("a", "b"),
        10.0,
        2,
        3,
    )


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("a.jsonl", '{"defaults": {"max_time": "soon"}}', "1:27: the defaults of the list: max_time 'soon'"),
        ("a.jsonl", '{"defaults": {"max_tome": 1}}', "1:15: the defaults of the list: 'max_tome' is not a known key"),
        (
            "a.jsonl",
            f'{{"defaults": {{"url": "{A}"}}}}',
            "1:22: the defaults of the list: the defaults of a list have no",
        ),
        ("a.jsonl", '{"defaults": {"address": []}}', "1:26: the defaults of the list: address is one text"),
        ("a.jsonl", '{"defaults": {"proxy": "http://p.test:1"}', "1:42: the defaults of the list cannot be read"),
        ("a.jsonl", f'{{"url": "{A}", "defaults": {{}}}}', "1:34: 'defaults' cannot be read as defaults"),
        ("a.jsonl", '{"default": {"proxy": "http://p.test:1"}}', "1:2: 'default' cannot be read as defaults"),
        ("a.jsonl", '{"Defaults": {}}', "1:2: 'Defaults' cannot be read as defaults"),
        ("a.jsonl", '{"defaults": 1}', "1:2: 'defaults' cannot be read as defaults"),
        ("a.jsonl", f'"{A}"\n{{"defaults": {{}}}}', "2:2: defaults stand on the first line"),
        ("a.yaml", f"defaults: {{proxy: p.test}}\nrows: [{A}]", "1:19: the defaults of the list: proxy: "),
    ],
)
def test_defaults_that_cannot_be_used_refuse_the_list_for_no_row_may_go_without_them(
    name: str, text: str, why: str
) -> None:
    assert refusal(f"{text}\n", name).message.startswith(f"{name}:{why}")


def test_a_broken_first_line_that_is_no_defaults_is_a_problem() -> None:
    found = read(f'{{"url": "https://example.org/default.html",\n"{A}"', "a.jsonl")
    assert (addresses(found), places(found)) == ([A], [(1, 44)])


# The same row


def test_rows_that_are_equal_are_counted_and_addresses_that_repeat_are_named() -> None:
    found = read(f"{A}\n{B}\n{A}#part\nnone\n{A}\n", "a.txt")
    assert [(row.number, row.occurrence) for row in found.rows] == [(1, 1), (2, 1), (3, 1), (4, 2)]
    assert found.rows[0].digest == found.rows[3].digest != found.rows[2].digest
    assert found.repeated == ((3, 1), (4, 1))


@pytest.mark.parametrize(
    ("secret", "other"),
    [
        ({"header": ["Cookie: a=1"]}, {"header": ["Cookie: a=2"]}),
        ({"header": ["X-Plain: a=1"]}, {"header": ["X-Plain: a=2"]}),
        ({"proxy": "http://jane:one@p.test:1"}, {"proxy": "http://jim:two@p.test:1"}),
        ({"cookies": "/home/jane/cookies.txt"}, {"cookies": "/home/jim/cookies.txt"}),
        ({"ca_file": "/home/jane/ca.pem"}, {"ca_file": "ca.pem"}),
    ],
)
def test_nothing_secret_is_in_the_digest(secret: dict[str, object], other: dict[str, object]) -> None:
    one, two = read("\n".join(json.dumps({"url": A} | each) for each in (secret, other)), "a.jsonl").rows
    assert one.digest == two.digest != read(A, "a.txt").rows[0].digest
    assert (one.occurrence, two.occurrence) == (1, 2)
    assert one.options != two.options


def test_whatever_is_said_and_is_not_secret_makes_another_row() -> None:
    said = [
        {},
        {"note": "x"},
        {"tags": ["x"]},
        {"tags": ["x", "y"]},
        {"tags": ["y", "x"]},
        {"allow_host": ["x.test:1"]},
        {"connect_to": ["x.test:1:y.test:2"]},
        {"connect_to": ["x.test:1:[::1]:2"]},
        {"ca_file": "x"},
        {"cookies": "x"},
        {"insecure": True},
        {"insecure": False},
        {"proxy": "http://x.test:1"},
        {"proxy": "socks5://x.test:1"},
        {"header": ["X: 1"]},
        {"header": ["X: 1", "X: 2"]},
        {"max_bytes": 1},
        {"max_time": 1},
        {"max_time": 0.001},
        {"max_redirects": 0},
        {"max_redirects": 1},
    ]
    found = read("\n".join(json.dumps({"url": A} | each) for each in said), "a.jsonl")
    assert found.problems == ()
    assert len({row.digest for row in found.rows}) == len(said)
    assert {row.occurrence for row in found.rows} == {1}


_words = st.text(st.characters(exclude_categories=["Cs"]))


@given(_words, _words, st.lists(_words), st.integers(1, 604_800_000), st.booleans())
def test_the_digest_is_that_of_canonical_json(note: str, path: str, tags: list[str], time: int, insecure: bool) -> None:
    options = RowOptions(insecure=insecure, max_time=time / 1000, cookies=f"x/{path.replace('/', '')}y")
    told = {"insecure": insecure, "max_time": time, "cookies": f"{path.replace('/', '')}y"}
    content: canon.Json = {"address": note + A, "note": note, "tags": list(tags), "options": dict(told)}
    assert identity.row_digest(note + A, Said(note, tuple(tags), options)) == canon.sha256_hex(canon.dumps(content))
