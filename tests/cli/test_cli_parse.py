from pathlib import Path

import pytest

from archiver.cli import parse
from archiver.errors import UsageError


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("harbour", "cases/harbour"),
        ("2026-11.raid_2", "cases/2026-11.raid_2"),
        ("./harbour", "harbour"),
        ("/srv/cases/harbour", "/srv/cases/harbour"),
        ("weird name/with space", "weird name/with space"),
    ],
)
def test_a_case_is_a_name_or_a_path_with_a_slash(text: str, path: str) -> None:
    assert parse.case_path(text, {}) == Path(path)


def test_names_stand_for_folders_under_archiver_cases() -> None:
    assert parse.case_path("harbour", {"ARCHIVER_CASES": "/srv/c"}) == Path("/srv/c/harbour")
    assert parse.case_path("harbour", {"ARCHIVER_CASES": ""}) == Path("cases/harbour")


@pytest.mark.parametrize("text", ["", ".", "..", "-x", "a b", "a\nb", "häfen", "x" * 101, "nul\0", "a/nul\0"])
def test_a_name_that_no_case_can_have_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse.case_path(text, {})


def test_verify_takes_this_folder_and_the_one_above_for_what_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "cases").mkdir()
    monkeypatch.chdir(tmp_path)
    assert parse.verified_path(".", {}) == Path()
    assert parse.verified_path("..", {}) == Path("..")
    with pytest.raises(UsageError):
        parse.verified_path("", {})


def test_verify_takes_a_case_before_a_file_of_the_same_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "page.warc").write_bytes(b"")
    (tmp_path / "both").write_bytes(b"")
    (tmp_path / "cases" / "both").mkdir(parents=True)
    assert parse.verified_path("page.warc", {}) == Path("page.warc")
    assert parse.verified_path("./both", {}) == Path("both")
    assert parse.verified_path("both", {}) == Path("cases/both")
    assert parse.verified_path("harbour", {}) == Path("cases/harbour")


@pytest.mark.parametrize(("text", "number"), [("1", 1), ("000042", 42), ("999999999", 999_999_999)])
def test_item_numbers(text: str, number: int) -> None:
    assert parse.item_number(text) == number


@pytest.mark.parametrize("text", ["0", "000", "-1", "1.0", "one", "", "²", "٣", "1" * 16])
def test_what_is_no_item_number_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="not an item number"):
        parse.item_number(text)


@pytest.mark.parametrize("text", ["./a b", "cases/.hidden", "/", "..", "./"])
def test_a_new_case_by_path_has_a_name_too(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse.new_case_path(text, {})
    assert caught.value.message.startswith(f"case '{text}': ")


def test_a_new_case_by_path_may_end_with_a_slash() -> None:
    assert parse.new_case_path("there/harbour/", {}) == Path("there/harbour")


def test_files_named_by_flags(tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text("Ж", "utf-8")
    assert parse.flag_file(str(good), "--cookies") == "Ж"
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    (tmp_path / "large").write_bytes(b"a" * (parse.MAX_FLAG_FILE + 1))
    for name, why in (("missing", "cannot be read"), ("binary", "UTF-8"), ("large", "larger"), ("nul\0", "path")):
        with pytest.raises(UsageError, match=why):
            parse.flag_file(str(tmp_path / name), "--cookies")
