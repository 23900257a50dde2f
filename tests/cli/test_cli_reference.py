from pathlib import Path

from archiver.cli.reference import MARK, rewritten

PAGE = Path(__file__).parents[2] / "docs" / "cli.md"


def test_docs_cli_md_is_what_the_program_says() -> None:
    page = PAGE.read_text("utf-8")
    assert MARK in page
    assert rewritten(page) == page, "run: python -m archiver.cli.reference docs/cli.md"


def test_only_the_second_half_is_written_anew() -> None:
    page = rewritten("by hand\n" + MARK + "old")
    assert page.startswith("by hand\n" + MARK + "\n## archiver\n")
    assert "old" not in page.partition(MARK)[2].split("## archiver")[0]
