import pytest
from cli_streams import SGR, screen
from hostile_texts import CORPUS, harmful

from archiver.cli import verdicts
from archiver.cli.verdicts import Asked
from archiver.model.verdict import Finding, Severity, Verdict

PLAIN = Asked()
OK = Finding("layout", Severity.OK, "", "12 files")
NOTE = Finding("chain", Severity.NOTE, "custody.jsonl", "a writer is at work")
UNASKED = Finding("newest", Severity.UNASKED, "", "whether this is the newest state", "", "a receipt would show it")
UNCHECKED = Finding("files", Severity.UNCHECKED, "evidence/000/000003.warc.gz", "cannot be read: permission denied")
BROKEN = Finding(
    "chain",
    Severity.BROKEN,
    "custody.jsonl",
    "the hash of line 11 is not what line 12 says",
    "line 12",
    "The log was changed after it was written, at this line or before it.",
)


def verdict(*findings: Finding) -> Verdict:
    return Verdict("cases/harbour", findings, (("items", 3), ("lines", 57)))


def on_a_pipe(found: Verdict, asked: Asked = PLAIN) -> str:
    shown, out, _ = screen()
    shown.fields(verdicts.verdict_fields(found, asked))
    return out.text


def on_a_terminal(found: Verdict, *, width: int = 80, encoding: str = "utf-8") -> str:
    shown, out, _ = screen(terminal=True, width=width, encoding=encoding)
    shown.lines(verdicts.verdict_lines(found, PLAIN, verdicts.signs(encoding)))
    return out.plain


def test_a_pipe_reads_like_this() -> None:
    assert on_a_pipe(verdict(OK, BROKEN, NOTE, UNCHECKED, UNASKED)) == (
        "subject: cases/harbour\n"
        "check: layout: sound: 12 files\n"
        "check: chain: contradicted\n"
        "contradicted: custody.jsonl, line 12: the hash of line 11 is not what line 12 says\n"
        "meaning: The log was changed after it was written, at this line or before it.\n"
        "note: custody.jsonl: a writer is at work\n"
        "check: files: unchecked\n"
        "unchecked: evidence/000/000003.warc.gz: cannot be read: permission denied\n"
        "count: items: 3\n"
        "count: lines: 57\n"
        "not asked: whether this is the newest state; a receipt would show it\n"
        "verdict: contradicted\n"
        "in words: the case is not as its log says: see what is marked as contradicted\n"
    )


def test_a_terminal_reads_like_this() -> None:
    assert on_a_terminal(verdict(OK, BROKEN, NOTE, UNCHECKED, UNASKED)) == (
        "cases/harbour\n"
        "\n"
        "✓ sound         layout      12 files\n"
        "✗ contradicted  chain\n"
        "    custody.jsonl, line 12: the hash of line 11 is not what line 12 says\n"
        "      The log was changed after it was written, at this line or before it.\n"
        "    custody.jsonl: note: a writer is at work\n"
        "! unchecked     files\n"
        "    evidence/000/000003.warc.gz: cannot be read: permission denied\n"
        "\n"
        "counted: 3 items, 57 lines\n"
        "\n"
        "not asked: whether this is the newest state; a receipt would show it\n"
        "\n"
        "contradicted: the case is not as its log says: see what is marked as\n"
        "              contradicted\n"
    )


def test_words_stand_beside_the_signs_where_the_terminal_has_no_signs() -> None:
    shown = on_a_terminal(verdict(OK, BROKEN), encoding="ascii")
    assert "+ sound         layout" in shown
    assert "x contradicted  chain" in shown


@pytest.mark.parametrize("text", CORPUS)
def test_hostile_names_in_findings_do_nothing(text: str) -> None:
    found = verdict(Finding("files", Severity.BROKEN, text, text, text, text), Finding("a", Severity.UNASKED, "", text))
    for strict in (False, True):
        assert not harmful(on_a_pipe(found, Asked(strict=strict)))
    assert not harmful(SGR.sub("", on_a_terminal(found, width=60)))
    assert not any(line.startswith("verdict: sound") for line in on_a_pipe(found).splitlines())


def test_a_check_with_very_many_findings_is_cut_on_a_terminal_only() -> None:
    many = verdict(*(Finding("files", Severity.BROKEN, f"f{n}", "differs") for n in range(50)))
    assert "and 30 more; --json shows more of them" in on_a_terminal(many)
    assert on_a_pipe(many).count("contradicted: f") == 50


@pytest.mark.parametrize(
    ("findings", "asked", "word", "words"),
    [
        ((OK,), PLAIN, "sound", "everything that was checked agrees with the custody log"),
        ((OK, NOTE), Asked(strict=True), "sound", "everything that was checked agrees with the custody log"),
        ((OK,), Asked(bare=True), "sound", "this WARC file is sound in itself; without its case there is no log"),
        (
            (OK,),
            Asked("chain"),
            "sound",
            "the check chain found nothing that contradicts; no other check",
        ),
        ((OK, UNASKED), PLAIN, "sound", "everything that was checked agrees"),
        ((OK, UNASKED), Asked(strict=True), "unchecked", "with --strict, what was not asked counts as unchecked"),
        ((OK, UNCHECKED), PLAIN, "unchecked", "but not everything could be checked"),
        ((BROKEN, UNCHECKED), PLAIN, "contradicted", "the case is not as its log says"),
        ((BROKEN,), Asked(bare=True), "contradicted", "this WARC file is not sound"),
    ],
)
def test_the_last_sentence_says_what_holds(findings: tuple[Finding, ...], asked: Asked, word: str, words: str) -> None:
    found = verdict(*findings)
    assert verdicts.result_word(found, asked) == word
    assert words in verdicts.sentence(found, asked)
    document = verdicts.verdict_document(found, asked)
    assert document["verdict"] == word
    assert document["exit_code"] == int(found.exit_code(strict=asked.strict))


def test_the_document_holds_every_finding() -> None:
    document = verdicts.verdict_document(verdict(OK, BROKEN, UNASKED), PLAIN)
    assert document["counts"] == {"items": 3, "lines": 57}
    findings = document["findings"]
    assert isinstance(findings, list)
    assert [finding["severity"] for finding in findings] == ["sound", "contradicted", "not_asked"]
    assert findings[1]["where"] == "line 12"


def test_a_verdict_on_nothing_counted_still_reads() -> None:
    assert on_a_terminal(Verdict("x", ())) == "x\n\n\nsound: everything that was checked agrees with the custody log\n"
