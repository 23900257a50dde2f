"""Lists of addresses made to hurt: nothing is raised but a refusal, nothing is lost, no secret is repeated."""

import csv
import io
import json
from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from archiver.config.address_list import read, read_list, source, table, yaml_rows
from archiver.config.cells import guarded
from archiver.config.yaml import MAX_SHOWN
from archiver.errors import ConfigError
from archiver.model.batch import AddressList, ListFormat

A = "https://example.org/a"
FORMATS: tuple[ListFormat, ...] = ("text", "csv", "jsonl", "yaml")


def refusal(data: bytes, name: str) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read_list(data, name)
    return caught.value


def messages(found: AddressList) -> list[str]:
    return [problem.message for problem in found.problems]


# Whatever the bytes are

_WORDS = (
    A,
    "address",
    "url,",
    "note",
    "tags",
    "allow_host",
    "connect_to",
    "proxy",
    "http://u:p@",
    "max_time",
    "defaults",
)
_MARKS = (
    *",;:\t\"\n\r\0 '=#{}[]\\19",
    '""',
    "\r\n",
    "- ",
    ": ",
    "&a ",
    "*a",
    "!!x ",
    "e9",
    "null",
    "rows:\n",
    "\ufeff",
)
_TRAPS = ('{"url": "', '"}', "\\ud800", "\u202e", "\x1b[2J", "\ud800")
_pieces = st.lists(st.sampled_from((*_WORDS, *_MARKS, *_TRAPS)) | st.text(max_size=5)).map("".join)


@given(st.binary() | _pieces.map(lambda text: text.encode("utf-8", "surrogatepass")), st.sampled_from([None, *FORMATS]))
def test_nothing_is_raised_but_a_refusal_and_every_place_is_in_the_file(data: bytes, format: ListFormat | None) -> None:
    with suppress(ConfigError):
        found = read_list(data, "list", format)
        assert all(1 <= row.line <= len(data) for row in found.rows)
        assert all(1 <= each.line <= len(data) and 0 <= each.column <= len(data) + 1 for each in found.problems)
        assert [row.number for row in found.rows] == list(range(1, len(found.rows) + 1))
        assert len({(row.digest, row.occurrence) for row in found.rows}) == len(found.rows)


_names = (
    "address",
    "note",
    "tags",
    "allow_host",
    "connect_to",
    "ca_file",
    "insecure",
    "proxy",
    "headers",
    "cookies",
    "max_time",
)
_values = _pieces | st.sampled_from(["\ud800", "x:1", "[::1]:1", "[", ":", "http://\ud800", "X: \ud800", "1" * 5000])


@given(st.dictionaries(st.sampled_from(_names), _values | st.lists(_values)))
def test_no_value_of_any_member_raises(members: dict[str, object]) -> None:
    found = read_list(json.dumps({"url": A, **members} if "address" not in members else members).encode(), "a.jsonl")
    assert bool(found.rows) != bool(found.problems)


@given(
    st.lists(st.tuples(st.text(), st.text()), max_size=4),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
)
@example([("x\r", '"')], ",", "\n")
def test_what_a_spreadsheet_writes_is_read_as_it_was(cells: list[tuple[str, str]], delimiter: str, end: str) -> None:
    cells = [(note.replace("\0", "").strip(" \t\r\n"), title.replace("\0", "")) for note, title in cells]
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("note", "url", "title"), *((guarded(note), A, title) for note, title in cells)])
    found = read_list(file.getvalue().encode("utf-8"), "a.csv")
    assert found.problems == ()
    assert [row.note for row in found.rows] == [note for note, _ in cells]


# What is no list


@pytest.mark.parametrize(
    ("data", "place", "why"),
    [
        (f"{A}\nhttps://пример.рф/".encode("cp1251"), "2:9", "the bytes are not UTF-8"),
        ("Гавань;url".encode("cp1251"), "1:1", "the bytes are not UTF-8"),
        (b"ab\xed\xa0\x80", "1:3", "the bytes are not UTF-8"),
        (b"\xef\xbb\xbfa\xff", "1:2", "the bytes are not UTF-8"),
        (A.encode("utf-16-le"), "1:1", "null bytes at the beginning: this is no UTF-8"),
        (A.encode("utf-16-be"), "1:1", "null bytes at the beginning: this is no UTF-8"),
        (A.encode("utf-32"), "1:1", "null bytes at the beginning: this is no UTF-16"),
        (b"\xff\xfea\0\n\0b", "2:1", "the bytes are not UTF-16"),
        (b"\xfe\xff\0a\xd8\0\0b", "1:2", "the bytes are not UTF-16"),
    ],
)
@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl", "a.yaml", "-"])
def test_other_encodings_are_refused_with_what_to_do(data: bytes, place: str, why: str, name: str) -> None:
    error = refusal(data, name)
    assert error.message == f"{name}:{place}: {why}"
    assert error.hint == "save the file as UTF-8"


def test_lists_that_are_too_large_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(read, "MAX_ROWS", 2)
    assert len(read_list(f"{A}\n{A}\n".encode(), "a.txt").rows) == 2
    assert refusal(f"{A}\nx\n{A}\n".encode(), "a.txt").message == "a.txt: more than 2 rows"
    monkeypatch.setattr(yaml_rows, "MAX_YAML", 1 << 20)
    assert refusal(b"- x\n" * (1 << 19), "a.yaml").message == "a.yaml: larger than 1 MiB, the most for a list in YAML"
    monkeypatch.setattr(source, "MAX_LIST", 1 << 20)
    assert refusal(b"#" * ((1 << 20) + 1), "a.txt").message == "a.txt: larger than 1 MiB"
    assert read_list(b"#" * (1 << 20), "a.txt").rows == ()


def test_a_binary_file_is_problems_and_no_rows() -> None:
    found = read_list(b"GIF\x04" + bytes(range(9)) * 20 + b"\nPNG", "-")
    assert found.rows == ()
    assert "a null character inside the line" in messages(found)[0]


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"- &a [x, x]\n- &b [*a, *a]\n- &c [*b, *b]\n", "anchors"),
        (b"- " + b"[" * 100_000, "nested deeper than 8"),
        (b"- " + b"{a: " * 100_000, "nested deeper than 8"),
        (b"? " * 100_000, "nested deeper than 8"),
        (b'- "\\ud800"', "surrogate"),
        (b"- a\x1bb", "a character that YAML does not allow"),
        (b"%YAML 1.1\n---\n- x", "directives"),
    ],
)
def test_the_tricks_of_yaml_are_refused(data: bytes, why: str) -> None:
    assert why in refusal(data, "a.yaml").message


# What is no row


def test_null_characters_are_problems_where_they_stand() -> None:
    assert read_list(f"{A}\n{A}\0\n{A}".encode(), "a.txt").problems[0].column == 22
    found = read_list(f'address,note\n{A},"x\ny\0"\n{A},z\n'.encode(), "a.csv")
    assert [(each.line, each.column, each.message) for each in found.problems] == [(3, 2, "a null character")]
    assert [row.note for row in found.rows] == ["z"]
    assert messages(read_list(f'"{A}\0"'.encode(), "a.jsonl")) == ["not JSON: invalid control character at"]


def test_a_carriage_return_inside_a_row_of_a_table_is_a_problem_where_it_stands() -> None:
    found = read_list(f"address,note\n{A},x\ry\n{A},z\n".encode(), "a.csv")
    assert [(each.line, each.column, each.message) for each in found.problems] == [
        (2, 24, "a carriage return inside the row")
    ]
    assert [row.note for row in found.rows] == ["z"]


@pytest.mark.parametrize("character", ["\u202e", "\x1b[2J", "\u200b", "\x07", "\U000e0041"])
def test_characters_that_hide_or_turn_stay_on_the_record_as_they_are(character: str) -> None:
    for name, text in (
        ("a.txt", f"{A}{character}x"),
        ("a.csv", f"url,note,tags\n{A}{character}x,n{character},t{character}"),
        ("a.jsonl", json.dumps({"url": f"{A}{character}x", "note": f"n{character}", "tags": [f"t{character}"]})),
    ):
        (row,) = read_list(text.encode("utf-8"), name).rows
        assert row.address.submitted == f"{A}{character}x"
        assert row.address.url.isascii()
        assert row.address.url.isprintable()
        assert (row.note, row.tags) in ((f"n{character}", (f"t{character}",)), ("", ()))


def test_half_a_surrogate_pair_is_a_problem_wherever_it_stands() -> None:
    half = "\ud800"
    row = {
        "url": f"{A}{half}",
        "note": half,
        "tags": [half],
        "allow_host": [f"{half}:1"],
        "connect_to": [f"a.test:1:{half}:1"],
        "ca_file": half,
        "insecure": half,
        "proxy": f"http://{half}.test:1",
        "cookies": half,
        "header": [f"X: {half}"],
    }
    assert len(read_list(json.dumps(row).encode(), "a.jsonl").problems) == len(row)
    assert messages(read_list(b'{"\\ud800": 1}', "a.jsonl"))[0] == "this is not a known key"


@pytest.mark.parametrize("name", ["a.txt", "a.csv", "a.jsonl"])
@pytest.mark.parametrize("length", [100_000, 1 << 20, (1 << 20) + 1])
def test_a_line_of_a_megabyte_is_one_problem_and_the_message_is_short(name: str, length: int) -> None:
    long = "https://example.org/" + "x" * (length - 20)
    head = "address,note\n" if name == "a.csv" else ""
    line = {"a.csv": f"{long},", "a.jsonl": f'"{long}"'}.get(name, long)
    good = {"a.csv": f"{A},", "a.jsonl": f'"{A}"'}.get(name, A)
    found = read_list(f"{head}{line}\n{good}\n".encode(), name)
    assert [row.address.submitted for row in found.rows] == [A]
    assert len(found.problems) == 1
    assert len(found.problems[0].message) < MAX_SHOWN + 100


def test_a_field_longer_than_the_csv_module_takes_is_a_problem() -> None:
    found = read_list(f"address,title\n{A},{'x' * 131_073}\n{A},{'x' * 131_072}\n".encode(), "a.csv")
    assert messages(found) == ["not CSV: field larger than field limit (131072)"]
    assert len(found.rows) == 1


def test_ten_thousand_columns_are_refused_or_a_problem_and_the_message_is_short() -> None:
    columns = ",".join(f"c{number}" for number in range(10_000))
    assert "10000 columns" in refusal(columns.encode(), "a.csv").message
    assert messages(read_list(f"address,note\n{columns}\n".encode(), "a.csv")) == [
        "10000 fields, and the header row has 2"
    ]
    strange = refusal(("address," + ",".join("y" * 38 + str(number) for number in range(50))).encode(), "a.csv")
    assert len(strange.message) < (MAX_SHOWN + 20) * table.MAX_NAMED


@pytest.mark.parametrize("opening", ['{"file": ', "["])
def test_deep_nesting_is_a_problem_also_in_members_that_are_skipped(opening: str) -> None:
    deep = f'{{"url": "{A}", "file": {opening * 100_000}'
    fine = f'{{"url": "{A}", "file": {"[" * 31}"{"[" * 40}\\"["{"]" * 31}}}'
    found = read_list(f"{deep}\n{fine}\n".encode(), "a.jsonl")
    assert messages(found) == ["nested deeper than 32"]
    assert [row.line for row in found.rows] == [2]


def test_numbers_of_any_length_are_problems_and_no_work() -> None:
    found = read_list(f'{{"url": "{A}", "max_bytes": {"9" * 900_000}, "item": {"9" * 100_000}}}'.encode(), "a.jsonl")
    assert len(found.problems) == 1
    assert len(found.problems[0].message) < 200


@pytest.mark.parametrize("line", ['"x', f'{A},"x', f'{A},"x""', ',"""', f'"{A}","a"b', '""""x', '"x" ,'])
def test_quotes_that_open_on_every_line_lose_no_line(line: str) -> None:
    count = 2_000
    found = read_list(("address,note\n" + f"{line}\n" * count).encode(), "a.csv")
    seen = {row.line for row in found.rows} | {problem.line for problem in found.problems}
    assert len(seen) >= count // 2  # a quote may close on the next line, and then two lines are one row
    assert min(seen) == 2


@pytest.mark.parametrize("text", [":" * 99_000, "[" * 99_000, "[:" * 49_000, "a" * 99_000])
def test_hosts_of_any_length_are_problems_and_little_work(text: str) -> None:
    row = {"url": A, "allow_host": [text], "connect_to": [text], "proxy": f"http://{text}"}
    found = read_list(json.dumps(row).encode(), "a.jsonl")
    assert len(found.problems) == 3
    assert all(len(message) < 200 for message in messages(found))


# Secrets


@pytest.mark.parametrize(
    "row",
    [
        {"header": ["Authorization Bearer s3cret"]},
        {"header": ["Authorization=Bearer s3cret: x"]},
        {"header": ["Authorization: s3cret\n"]},
        {"header": ["Authorization: s3cret\ud800"]},
        {"header": "Authorization: s3cret"},
        {"header": [["Authorization: s3cret"]]},
        {"header": {"Authorization": "s3cret"}},
        {"proxy": "http://jane:s3cret@"},
        {"proxy": "jane:s3cret@proxy.test:1"},
        {"proxy": "http://jane:s3cret@proxy.test:1/path"},
        {"proxy": "http://jane:s3cret@proxy.test:99999"},
        {"proxy": ["http://jane:s3cret@proxy.test:1"]},
        {"cookies": "s3cret\0"},
        {"Authorization: s3cret": 1},
        {"url": "https://jane:s3cret@"},
        {"url": "https:jane:s3cret@example.org/"},
        {"url": "https://jane:s3cret@exa mple.org/"},
        {"url": "//jane:s3cret@example.org/"},
    ],
)
def test_no_message_repeats_a_secret(row: dict[str, object]) -> None:
    line = json.dumps({"url": A} | row)
    found = read_list(line.encode(), "a.jsonl")
    assert found.rows == ()
    assert found.problems != ()
    assert not any("s3cret" in problem.message + problem.hint for problem in found.problems)
    for text in (line[:-1], f'{{"defaults": {line}}}', f'{{"defaults": {line}'):
        with suppress(ConfigError):
            assert "s3cret" not in "".join(messages(read_list(text.encode(), "a.jsonl")))
    error = refusal(f'{{"defaults": {json.dumps(row)}}}'.encode(), "a.jsonl")
    assert "s3cret" not in error.message + error.hint


def test_a_first_row_that_is_no_header_row_is_not_repeated() -> None:
    data = f"{A},Authorization: Bearer s3cret,http://jane:s3cret@proxy.test:1,first\n".encode()
    error = refusal(data, "a.csv")
    assert error.message == "a.csv:1:1: column 1, column 2, column 3, 'first' are not known columns"
    assert error.hint == "begin with a row that names the columns: address,note,tags"


def test_a_header_without_quotes_in_yaml_is_a_problem_that_does_not_repeat_it() -> None:
    found = read_list(f"- url: {A}\n  headers: [Authorization: s3cret]\n".encode(), "a.yaml")
    assert messages(found) == ["headers is a list of texts"]
