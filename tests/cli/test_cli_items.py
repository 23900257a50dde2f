from dataclasses import replace
from pathlib import Path

import pytest
from cli_streams import SGR, screen
from hostile_texts import CORPUS, harmful

from archiver.canon import Json
from archiver.cli import facts, items
from archiver.custody.log import GENESIS, Event
from archiver.pipeline.view import ItemView

FOLDER = Path("cases/harbour")
CAPTURED: dict[str, Json] = {
    "item": 1,
    "requested": 2,
    "url": "https://пример.example/a#top",
    "request_url": "https://xn--e1afmkfd.example/a",
    "final_url": "https://xn--e1afmkfd.example/b",
    "note": "first report",
    "tags": ["harbour", "raid"],
    "outcome": "partial",
    "reasons": ["cut-time", "some-later-name"],
    "status": 200,
    "title": "Обыски в порту",
    "language": "ru",
    "media_type": "text/html",
    "started_at": "2026-11-22T06:55:58.854810Z",
    "ended_at": "2026-11-22T06:55:59.000000Z",
    "exchanges": [
        {"url": "https://a/", "status": 302, "entity_size": 0, "entity_sha256": "00", "failure": None, "anomalies": []},
        {
            "url": "https://b/",
            "status": 200,
            "entity_size": 48213,
            "entity_sha256": "ab" * 32,
            "failure": None,
            "anomalies": ["head-bare-lf", "a-later-name"],
        },
    ],
    "redactions": 1,
    "file": {"path": "evidence/000/000001.warc.gz", "size": 12345, "sha256": "cd" * 32},
    "records": [],
    "software": "archiver",
}
FAILED: dict[str, Json] = {
    "item": 2,
    "url": "https://gone.example/",
    "request_url": "https://gone.example/",
    "final_url": "https://gone.example/",
    "outcome": "failed",
    "reasons": ["dns"],
    "failure": {"kind": "dns", "detail": "the name gone.example does not exist"},
    "status": None,
    "title": None,
    "exchanges": [
        {"url": "https://gone.example/", "status": None, "entity_size": None, "failure": "dns", "anomalies": []},
    ],
    "redactions": 0,
}
IMPORTED: dict[str, Json] = {
    "item": 3,
    "url": "IMG_2041.jpg",
    "name": "IMG_2041.jpg",
    "outcome": "imported",
    "source": "the witness",
    "media_type": "image/jpeg",
    "size": 9,
    "sha256": "ef" * 32,
    "file": {"path": "evidence/000/000003.warc.gz", "size": 99, "sha256": "cd" * 32},
}


def event(name: str, data: dict[str, Json], seq: int = 3) -> Event:
    return Event("urn:uuid:x", seq, GENESIS, "2026-11-22T06:55:59.130000Z", "J. Doe", name, data, "0" * 32)


REQUESTED = event("item.requested", {"item": 1, "url": "https://a/", "request_url": "https://a/"}, 2)
VIEW = ItemView(
    1, "complete", "https://a/", "https://b/", 200, "Title", "2026-11-22T06:55:58.854810Z", 3, "f", 9, "cd", False
)


def on_a_pipe(*fields: items.Field) -> str:
    shown, out, _ = screen()
    shown.fields(fields)
    return out.text


def test_after_a_capture_everything_that_matters_is_there() -> None:
    assert on_a_pipe(*items.outcome_fields(event("item.captured", CAPTURED), FOLDER)) == (
        "item: 000001\n"
        "outcome: partial\n"
        "because: the time limit was reached before the answer ended\n"
        "because: some-later-name\n"
        "address: https://пример.example/a#top\n"
        "answered: https://xn--e1afmkfd.example/b\n"
        "status: 200\n"
        "title: Обыски в порту\n"
        "type: text/html\n"
        "bytes: 48213\n"
        "odd: a-later-name\n"
        "odd: head-bare-lf: a line of the head ended in LF alone instead of CR LF\n"
        "redacted: 1\n"
        "file: cases/harbour/evidence/000/000001.warc.gz\n"
        "file-bytes: 12345\n"
        f"sha256: {'cd' * 32}\n"
    )


def test_size_and_hash_of_a_post_are_those_of_the_answer_that_shows_it() -> None:
    exchanges = CAPTURED["exchanges"]
    assert isinstance(exchanges, list)
    picture = {"url": "https://cdn/", "status": 200, "entity_size": 14, "entity_sha256": "99" * 32, "anomalies": []}
    post = {"key": "board:7", "state": "available", "rule": "board.api.text", "exchange": 2}
    captured = event("item.captured", CAPTURED | {"exchanges": [*exchanges, picture], "post": post})
    assert "bytes: 48213\n" in on_a_pipe(*items.outcome_fields(captured, FOLDER))
    assert items.item_document(captured, FOLDER)["content"] == {"size": 48213, "sha256": "ab" * 32}


def test_a_failed_item_says_why_and_claims_no_answer() -> None:
    assert on_a_pipe(*items.outcome_fields(event("item.failed", FAILED), FOLDER)) == (
        "item: 000002\noutcome: failed\nbecause: the name gone.example does not exist\naddress: https://gone.example/\n"
    )


def test_an_import_shows_source_and_the_hash_of_the_file() -> None:
    assert on_a_pipe(*items.outcome_fields(event("item.imported", IMPORTED), FOLDER)) == (
        "item: 000003\n"
        "outcome: imported\n"
        "name: IMG_2041.jpg\n"
        "source: the witness\n"
        "type: image/jpeg\n"
        "bytes: 9\n"
        f"content-sha256: {'ef' * 32}\n"
        "file: cases/harbour/evidence/000/000003.warc.gz\n"
        "file-bytes: 99\n"
        f"sha256: {'cd' * 32}\n"
    )


def test_the_history_lists_every_event_with_note_reason_and_authority() -> None:
    history = (
        REQUESTED,
        event("item.captured", CAPTURED),
        event("note.added", {"item": 1, "text": "gone at noon"}, 4),
        event("item.withheld", {"item": 1, "reason": "erasure", "authority": "court, 1 C 2/26"}, 5),
    )
    shown = on_a_pipe(*items.history_fields(history, FOLDER))
    assert "outcome: withheld\n" in shown
    assert "exchange: 302 https://a/\nexchange: 200 https://b/\n" in shown
    assert "requested: 2026-11-22T06:55:59.130000Z by J. Doe\n" in shown
    assert "file: " not in shown
    assert shown.endswith(
        "event: line 4, 2026-11-22T06:55:59.130000Z: note.added by J. Doe\nnote: gone at noon\n"
        "event: line 5, 2026-11-22T06:55:59.130000Z: item.withheld by J. Doe\n"
        "reason: erasure\nauthority: court, 1 C 2/26\n"
    )
    assert items.withheld(history)


def test_an_item_whose_certificates_were_not_checked_says_so() -> None:
    settings: Json = {"route": {"insecure": True}}
    asked = event("item.requested", {"item": 1, "url": "https://a/", "settings": settings}, 2)
    shown = on_a_pipe(*items.history_fields((asked, event("item.captured", CAPTURED)), FOLDER))
    assert "certificates: not checked (--insecure): nothing says whose server answered\n" in shown
    shown = on_a_pipe(*items.history_fields((REQUESTED, event("item.captured", CAPTURED)), FOLDER))
    assert "certificates" not in shown


def test_an_open_item_is_shown_as_open() -> None:
    assert items.ending((REQUESTED,)) is None
    shown = on_a_pipe(*items.history_fields((REQUESTED,), FOLDER))
    assert shown.startswith("item: 000001\noutcome: open\naddress: https://a/\n")
    assert items.item_document(REQUESTED, FOLDER)["outcome"] == "open"


def test_an_exchange_without_status_says_what_failed() -> None:
    shown = on_a_pipe(*items.history_fields((event("item.failed", FAILED),), FOLDER))
    assert "exchange: dns https://gone.example/\n" in shown


def test_the_document_of_an_item_has_the_same_members_for_every_outcome() -> None:
    documents = [
        items.item_document(event(name, data), FOLDER)
        for name, data in (("item.captured", CAPTURED), ("item.failed", FAILED), ("item.imported", IMPORTED))
    ]
    assert documents[0].keys() == documents[1].keys() == documents[2].keys()
    assert documents[0]["content"] == {"size": 48213, "sha256": "ab" * 32}
    assert documents[1]["content"] is None
    assert documents[1]["path"] is None
    assert documents[2]["content"] == {"size": 9, "sha256": "ef" * 32}
    assert documents[2]["path"] == "cases/harbour/evidence/000/000003.warc.gz"


@pytest.mark.parametrize("text", CORPUS)
@pytest.mark.parametrize("terminal", [False, True])
def test_no_text_of_a_case_acts_on_the_screen(text: str, terminal: bool) -> None:
    data: dict[str, Json] = {
        **CAPTURED,
        **dict.fromkeys(("url", "final_url", "title", "media_type", "note", "started_at", "ended_at"), text),
        "tags": [text],
        "reasons": [text],
        "outcome": text,
        "exchanges": [{"url": text, "status": None, "failure": text, "entity_size": 1, "anomalies": [text]}],
        "file": {"path": text, "size": 1, "sha256": text},
    }
    history = (
        replace(REQUESTED, actor=text, at=text),
        replace(event("item.captured", data), event="item.captured", actor=text, at=text),
        event("note.added", {"text": text}),
        event("item.withheld", {"reason": text, "authority": text}),
        replace(event("note.added", {}), event=text),
    )
    shown, out, _ = screen(terminal=terminal, width=60)
    shown.fields(
        items.outcome_fields(event("item.failed", {**data, "failure": {"kind": text, "detail": text}}), FOLDER)
    )
    shown.fields(items.history_fields(history, FOLDER))
    shown.fields(items.outcome_fields(event("item.imported", {**IMPORTED, "url": text, "source": text}), FOLDER))
    view = replace(VIEW, url=text, title=text, at=text, outcome=text)
    shown.separated([items.view_line(view).cells])
    if terminal:
        shown.table(items.COLUMNS_WIDE, [items.view_row(view, wide=True)])
        shown.table(items.COLUMNS_NARROW, [items.view_row(view, wide=False)])
    assert not harmful(SGR.sub("", out.text))
    assert "\x1b]8" not in out.text


@pytest.mark.parametrize("odd", [None, 7, "text", True, [1, "x", {}], {"path": 3}, [[]]])
def test_data_of_any_shape_can_be_shown(odd: Json) -> None:
    keys = (*CAPTURED, "failure", "source", "sha256", "size")
    for key in keys:
        data = {**CAPTURED, key: odd}
        history = (replace(REQUESTED, data=data), event("item.captured", data), event("note.added", data))
        on_a_pipe(*items.history_fields(history, FOLDER), *items.outcome_fields(history[1], FOLDER))
        items.item_document(history[1], FOLDER)
    on_a_pipe(*items.history_fields((event("item.captured", dict.fromkeys(keys, odd)),), FOLDER))
    on_a_pipe(*items.history_fields((event("item.failed", {}),), FOLDER))


def test_facts_of_another_form_are_not_there() -> None:
    data: dict[str, Json] = {"text": "x", "whole": 3, "truth": True, "list": ["a", {"b": 1}, 2], "object": {"c": 1}}
    assert (facts.text(data, "text"), facts.text(data, "whole"), facts.text(data, "none")) == ("x", "", "")
    assert (facts.whole(data, "whole"), facts.whole(data, "truth"), facts.whole(data, "text")) == (3, None, None)
    assert (facts.members(data, "object"), facts.members(data, "list")) == ({"c": 1}, {})
    assert (facts.objects(data, "list"), facts.objects(data, "text")) == (({"b": 1},), ())
    assert (facts.texts(data, "list"), facts.texts(data, "text")) == (("a",), ())


def test_rows_of_the_list() -> None:
    assert items.view_line(VIEW).cells == (
        "000001",
        "complete",
        "200",
        "2026-11-22T06:55:58.854810Z",
        "https://a/",
        "Title",
    )
    assert items.view_row(VIEW, wide=False).cells == ("000001", "complete", "200", "https://a/")
    gone = replace(VIEW, withheld=True, status=None)
    assert items.view_row(gone, wide=True).cells == (
        "000001",
        "withheld",
        "-",
        "2026-11-22 06:55",
        "https://a/",
        "Title",
    )
    assert items.view_document(gone)["outcome"] == "complete"
    assert items.view_document(gone)["withheld"] is True
    assert items.view_document(replace(VIEW, file=""))["file"] is None


def test_every_reason_that_captures_give_is_explained() -> None:
    from archiver.model.exchange import FailureKind
    from archiver.pipeline import hops

    source = Path(hops.__file__).read_text("utf-8")
    for kind in FailureKind.__args__:  # type: ignore[attr-defined]  # a Literal has its values there
        assert kind == "interrupted" or f"redirect-{kind.replace('_', '-')}" in items.REASONS
    for name in ("redirect-limit", "redirect-loop", "location-unusable", "location-too-long", "end-not-confirmed"):
        assert name in source
        assert name in items.REASONS
    for cut in ("length", "time", "disconnect", "unspecified"):
        assert f"cut-{cut}" in items.REASONS
