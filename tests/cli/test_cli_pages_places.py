"""Where a receipt, a report and working copies may be put, and what is said where they cannot."""

import errno
from pathlib import Path

import pytest
from handdesk import OFFICE, Person, jane_with_a_case
from sshkeys import needs_ssh_keygen

from archiver.errors import UsageError
from archiver.report import file as pages
from archiver.report.file import require_free, require_no_case, write_new

pytestmark = needs_ssh_keygen


@pytest.fixture
def jane(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    return jane_with_a_case(tmp_path, capsys, monkeypatch)


@pytest.mark.parametrize("place", ["cases/harbour/r.html", "cases/harbour/evidence/r.html", "link/r.html"])
def test_nothing_is_put_into_a_case_that_its_log_does_not_know(jane: Person, place: str) -> None:
    (jane.home / "link").symlink_to("cases/harbour/evidence")
    for words in (("verify", "harbour", "--report"), ("transfer", "harbour", "--to", OFFICE, "--receipt")):
        code, out, err = jane.run(*words, place)
        assert (code, out) == (2, "")
        assert "inside a case, where only evidence and its log belong" in err
    assert b"custody.transferred" not in jane.log
    jane.ok("verify", "harbour")


@pytest.mark.parametrize("place", ["cases/harbour", "cases/harbour/copies", "cases/harbour/a/b"])
def test_working_copies_are_not_put_into_a_case(jane: Person, place: str) -> None:
    code, _, err = jane.run("show", "harbour", "1", "--extract", place)
    assert code == 2
    assert "inside a case" in err
    jane.ok("verify", "harbour")
    assert "copied to: copies/" in jane.ok("show", "harbour", "1", "--extract", "copies")


def test_a_report_is_not_put_into_the_export_that_it_is_about(jane: Person) -> None:
    jane.ok("export", "harbour", "--as", "bag", "-o", "bag")
    code, _, err = jane.run("verify", "bag", "--report", "bag/r.html")
    assert code == 2
    assert "inside what is checked" in err
    jane.ok("verify", "bag", "--report", "r.html")


def test_the_verdict_is_shown_also_where_its_report_finds_no_room(
    jane: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pages.os, "fsync", full)
    code, out, err = jane.run("verify", "harbour", "--report", "r.html")
    assert code == 4
    assert "verdict: sound" in out
    assert "r.html: cannot be written: No space left on device" in err
    assert not list(jane.home.glob(".new-page-*"))


def test_the_receipt_is_shown_also_where_its_file_finds_no_room(jane: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pages.tempfile, "mkstemp", full)
    code, out, err = jane.run("transfer", "harbour", "--to", OFFICE, "--receipt", "r.txt")
    assert code == 4
    assert "\nreceipt: " in out
    assert "r.txt: cannot be written" in err
    monkeypatch.undo()
    jane.ok("transfer", "harbour", "--to", OFFICE, "--receipt", "r.txt")
    assert jane.log.count(b"custody.transferred") == 1


def test_places_that_no_disk_has_are_wrong_usage_and_no_bug(tmp_path: Path) -> None:
    for path in (tmp_path / ("x" * 300) / "a.html", tmp_path / ("x/" * 3000) / "a.html", tmp_path / "a\0b" / "c.html"):
        with pytest.raises(UsageError) as found:
            require_free(path)
        assert found.value.kind == "missing"
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("one")
    with pytest.raises(UsageError):
        require_free(tmp_path / "one/a.html")
    with pytest.raises(UsageError, match="cannot be found"):
        require_no_case(tmp_path / "one/a.html")


def test_a_long_name_in_any_script_is_taken(tmp_path: Path) -> None:
    for char in ("x", "я", "語", "😀"):
        name = char * ((255 - 5) // len(char.encode())) + ".html"
        write_new(tmp_path / name, b"page")
        assert (tmp_path / name).read_bytes() == b"page"
    assert len(list(tmp_path.iterdir())) == 4
