"""The table of results: safe for a spreadsheet, readable as a list, and never in place of something else."""

import csv
import io
import json
import os
from pathlib import Path

import pytest
from hostile_texts import harmful
from listbench import Desk
from server import RawServer

from archiver.cli import batch_results
from archiver.cli.batch_results import COLUMNS, HEADER, ResultsFile, cells
from archiver.errors import StorageError
from archiver.model.address import Address
from archiver.model.batch import Row
from archiver.pipeline.resume import RowItem

DEAD = "http://127.0.0.1:9/"


def table(file: str = "out.csv") -> list[dict[str, str]]:
    text = Path(file).read_bytes().decode("utf-8")
    assert text.startswith("\ufeff")
    assert text.count("\n") == text.count("\r\n")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


def test_every_row_has_a_line_in_the_order_of_the_list_earlier_runs_included(desk: Desk, pages: RawServer) -> None:
    first = desk.listed(pages.url("/1"), pages.url("/cut"))
    assert desk.batch(first, "--tries", "1", sites=[pages])[0] == 6
    file = desk.listed(DEAD, pages.url("/cut"), pages.url("/new"), pages.url("/1"))
    assert desk.batch(file, "--results", "out.csv", "--tries", "1", sites=[pages])[0] == 6
    rows = table()
    assert tuple(rows[0]) == COLUMNS
    assert [row["row"] for row in rows] == ["1", "2", "3", "4"]
    assert [row["outcome"] for row in rows] == ["failed", "partial", "complete", "complete"]
    assert [row["address"] for row in rows] == [DEAD, pages.url("/cut"), pages.url("/new"), pages.url("/1")]
    assert rows[3]["item"] == "1" or rows[3]["item"] == "2"
    assert rows[0]["reasons"] == "the address is not public, or not one that may be asked"
    assert (rows[0]["status"], rows[2]["status"], rows[2]["tries"]) == ("", "200", "1")
    assert rows[2]["title"] == "The harbour raid"
    for row in rows:
        assert (desk.folder / "cases/harbour" / row["file"]).is_file()
    assert Path("out.csv").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in desk.folder.iterdir()) == ["cases", "links.txt", "out.csv"]


def test_what_stands_for_a_row_is_this_run_and_else_the_best(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(pages.url("/1"))
    assert desk.batch(file, sites=[pages])[0] == 0
    pages.default = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"
    assert desk.batch(file, "--again", "--tries", "1", "--results", "out.csv", sites=[pages])[0] == 6
    assert (table()[0]["item"], table()[0]["outcome"]) == ("2", "partial")
    assert desk.batch(file, "--results", "out.csv", sites=[pages])[0] == 0
    assert (table()[0]["item"], table()[0]["outcome"]) == ("1", "complete")
    assert desk.run("withhold", "harbour", "1", "--reason", "R", "--authority", "A", "--yes")[0] == 0
    assert desk.batch(file, "--results", "out.csv", sites=[pages])[0] == 0
    assert (table()[0]["outcome"], table()[0]["file"]) == ("withheld", "")


def test_results_can_be_given_back_as_a_list(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(pages.url("/1?a=1,2;3"), pages.url('/"2"'), pages.url("/cut"))
    assert desk.batch(file, "--results", "out.csv", "--tries", "1", sites=[pages])[0] == 6
    code, documents = desk.documents(
        "out.csv", "--results", "out.csv", "--redo", "partial", "--tries", "1", sites=[pages]
    )
    assert (code, documents[0]["list"]["format"], documents[0]["list"]["rows"], documents[0]["todo"]) == (
        6,
        "csv",
        3,
        1,
    )


@pytest.mark.parametrize(
    "text", ["=1+1", " =1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\u00a0=1", "'=1", "\x1b[2J\u202e"]
)
def test_no_cell_is_a_formula_or_acts_on_a_terminal(text: str) -> None:
    row = Row(1, 1, Address.parse("http://example.org/"))
    found = RowItem(1, "complete", 200, text, text, (text,), "", "", 1)
    for cell in cells(row, found):
        assert not cell.lstrip().startswith(("=", "+", "-", "@"))
        assert cell.isprintable() or "\u00a0" in cell


def test_an_address_that_could_act_on_a_terminal_stands_as_it_is_requested(desk: Desk, pages: RawServer) -> None:
    odd = "/\x1b[2J\u202ea\nb"
    Path("links.jsonl").write_text(json.dumps({"address": pages.url(odd)}) + "\n", "utf-8")
    assert desk.batch("links.jsonl", "--results", "out.csv", sites=[pages])[0] == 0
    assert not harmful(Path("out.csv").read_text("utf-8-sig").replace("\n", ""))
    assert table()[0]["address"] == pages.url("/%1B[2J%E2%80%AEa%0Ab")
    assert desk.batch("out.csv", sites=[pages])[0] == 0
    assert pages.requests[0].split(b"\r\n")[0] == pages.requests[1].split(b"\r\n")[0]


def test_it_is_not_written_where_something_else_is(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(pages.url("/1"))
    Path("notes.csv").write_text("address\nhttp://example.org/\n")
    Path("link.csv").symlink_to("notes.csv")
    Path("into").symlink_to("cases/harbour")
    before = desk.log
    for name, why in (
        ("notes.csv", "does not hold results of a batch"),
        ("link.csv", "it is there, and no file"),
        ("cases", "it is there, and no file"),
        ("cases/harbour/out.csv", "it is inside the case"),
        ("cases/harbour/evidence/out.csv", "it is inside the case"),
        ("into/out.csv", "it is inside the case"),
        ("nowhere/out.csv", "its folder is not there, or cannot be written"),
        ("a\0b", "not the path of a file"),
        ("notes.csv/out.csv", "is not there, or cannot be written"),
        ("", "not the path of a file"),
    ):
        code, out, err = desk.batch(file, "--results", name, sites=[pages])
        assert (code, out) == (2, ""), name
        assert why in err
    assert (desk.log, pages.requests) == (before, [])
    assert Path("notes.csv").read_text() == "address\nhttp://example.org/\n"


def test_results_that_cannot_be_written_are_said_after_the_rest(
    desk: Desk, pages: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, os.strerror(28))

    Path("out.csv").write_bytes(HEADER.encode())
    file = ResultsFile.usable("out.csv", desk.folder / "cases/harbour")
    with monkeypatch.context() as patched:
        patched.setattr(batch_results.os, "fsync", full)
        with pytest.raises(StorageError, match="No space left"):
            file.write((), {})
    assert Path("out.csv").read_bytes() == HEADER.encode()
    assert sorted(path.name for path in desk.folder.iterdir()) == ["cases", "out.csv"]

    def refuses(self: ResultsFile, *args: object) -> None:
        raise StorageError("results", "results 'out.csv': cannot be written: full", "again")

    monkeypatch.setattr(ResultsFile, "write", refuses)
    code, out, _ = desk.batch(desk.listed(pages.url("/1")), "--results", "out.csv", "--json", sites=[pages])
    assert code == 4
    assert '"type": "ended"' in out.splitlines()[-2]
    assert '"exit_code": 4' in out.splitlines()[-2]
    assert '"kind": "results"' in out.splitlines()[-1]
