"""The conversation with the browser is bounded and never breaks; what it says is hostile."""

import errno
import json
import os
import shutil
from pathlib import Path

import pytest

from archiver.browser.cdp import BrowserGone, CallFailed, Link, Params, Pieces, TookTooLong
from archiver.browser.journal import Journal, clean, whole
from archiver.browser.keeping import TooLarge, kept
from archiver.browser.profile import copied
from archiver.browser.reading import text_of
from archiver.canon import dumps
from archiver.errors import StorageError, UsageError


class Other:
    """The browser's end of the pipes."""

    def __init__(self) -> None:
        theirs, self._say = os.pipe()
        self._hear, ours = os.pipe()
        self.link = Link(theirs, ours)

    def heard(self) -> Params:
        data = b""
        while not data.endswith(b"\0"):
            data += os.read(self._hear, 1)
        told = json.loads(data[:-1])
        assert isinstance(told, dict)
        return told

    def say(self, data: bytes) -> None:
        os.write(self._say, data)

    def close(self) -> None:
        for each in (self._say, self._hear):
            os.close(each)
        self.link.close()


def test_answers_find_their_calls_whatever_their_order() -> None:
    other = Other()
    first, second = other.link.ask("A.a", {"x": 1}), other.link.ask("B.b", session="s")
    assert [other.heard(), other.heard()] == [
        {"id": 1, "method": "A.a", "params": {"x": 1}},
        {"id": 2, "method": "B.b", "params": {}, "sessionId": "s"},
    ]
    other.say(b'{"id":2,"result":{"b":2}}\0{"id":1,"error":{"message":"no"}}\0')
    assert second.within(10)
    assert second.result() == {"b": 2}
    assert first.within(10)
    with pytest.raises(CallFailed, match="no"):
        first.result()
    other.close()


def test_what_is_no_message_counts_for_nothing() -> None:
    other = Other()
    heard: list[tuple[str, str, Params]] = []
    end = other.link.listen(lambda *event: heard.append(event))
    odd = (b"", b"junk", b"[]", b"1", b'{"method":1}', b'{"method":"m","params":[]}', b'{"id":"x"}', b"[" * 100_000)
    reply = other.link.ask("A.a")
    other.say(b"\0".join((*odd, b'{"method":"M.m","params":{"a":1},"sessionId":"s"}', b'{"id":99}', b'{"id":1}', b"")))
    assert reply.within(10)
    assert reply.result() == {}
    assert heard == [("s", "M.m", {"a": 1})]
    end()
    other.close()


def test_end_of_the_browser_answers_every_call() -> None:
    other = Other()
    reply = other.link.ask("A.a")
    other.close()
    assert reply.within(10)
    with pytest.raises(BrowserGone):
        reply.result()
    with pytest.raises(BrowserGone):
        other.link.call("B.b")
    assert other.link.gone


def test_no_answer_within_the_limit_is_told() -> None:
    other = Other()
    with pytest.raises(TookTooLong):
        other.link.call("A.a", timeout=0.01)
    other.close()


def test_browser_that_hears_nothing_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.browser.cdp.MAX_WAITING", 10)
    other = Other()
    for _ in range(20):
        other.link.post("A.a", {"x": "y" * 100_000})
    with pytest.raises(BrowserGone):
        other.link.call("B.b")
    other.close()


def test_message_past_the_bound_is_an_error_under_its_number() -> None:
    pieces = Pieces(100)
    long = b'{"id":7,"result":{"data":"' + b"x" * 1000 + b'"}}'
    assert pieces.of(long[:50]) == []
    assert pieces.of(long[50:] + b'\0{"id":8}\0{"met') == [
        {"id": 7, "error": {"message": "the answer is too long"}},
        {"id": 8},
    ]
    assert pieces.of(b'hod":"m' + b"y" * 200 + b'"}\0') == []
    assert pieces.of(b'{"id":9}\0') == [{"id": 9}]


@pytest.mark.parametrize("size", [0, 1000, 1 << 20, (1 << 20) + 1, 3 << 20])
def test_what_is_kept_is_what_came(size: int, tmp_path: Path) -> None:
    pieces = [b"x" * min(300_000, size - at) for at in range(0, size, 300_000)]
    blob = kept(pieces, lambda: tmp_path / "new", 1 << 30)
    assert (blob.size, b"".join(blob.chunks())) == (size, b"x" * size)
    assert (blob.path is not None) == (size > 1 << 20) == (tmp_path / "new").exists()


def test_what_is_too_large_or_breaks_off_goes_on_to_whoever_asked(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        kept([b"x" * (2 << 20)] * 3, lambda: tmp_path / "new", 5 << 20)

    def breaking() -> object:
        yield b"x" * (2 << 20)
        raise CallFailed("gone")

    with pytest.raises(CallFailed):
        kept(breaking(), lambda: tmp_path / "other", 5 << 20)  # type: ignore[arg-type]  # an iterator of bytes


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, "full"), (errno.EIO, "failing"), (errno.EMFILE, "files")])
def test_disk_that_refuses_is_told(number: int, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError) as told:
        kept([b"x" * (2 << 20)], lambda: tmp_path / "new", 5 << 20)
    assert told.value.kind == kind


def test_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("mine")
    with pytest.raises(StorageError):
        kept([b"x" * (2 << 20)], lambda: tmp_path / "new", 5 << 20)
    assert (tmp_path / "new").read_text() == "mine"


def node(name: str, role: str, *below: str, text: str = "") -> Params:
    return {"nodeId": name, "role": {"value": role}, "name": {"value": text}, "childIds": list(below)}


def test_text_has_a_line_for_each_block() -> None:
    nodes = [
        node("1", "RootWebArea", "2", "6", "8"),
        node("2", "paragraph", "3", "4", "7"),
        node("3", "StaticText", text="At ten to "),
        node("4", "link", "5"),
        node("5", "StaticText", text="seven"),
        node("6", "heading", "9", "10", "11"),
        node("7", "StaticText", text="  they\nrang"),
        node("8", "paragraph", "1", "8", "12"),
        node("9", "StaticText", text="a"),
        node("10", "LineBreak"),
        node("11", "StaticText", text="b"),
        node("12", "StaticText", text=" "),
    ]
    assert text_of(nodes) == "At ten to seven they rang\na\nb"


@pytest.mark.parametrize(
    "odd", [None, [], [1], [{}], [{"nodeId": []}], "x", [{"nodeId": "1", "role": 3, "childIds": 5}]]
)
def test_tree_that_is_none_has_no_text(odd: object) -> None:
    assert text_of(odd) == ""


ODD: tuple[object, ...] = (None, 1, 1.5, "x\ud800", [], {}, {"url": 5, "args": 7}, ["a"], True, 2**70)


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_events_of_any_shape_do_not_break_the_journal(odd: object) -> None:
    posted: list[str] = []
    journal = Journal(lambda method, params=None, session="": posted.append(method), lambda: 0.0)
    journal.attached("s", "page", "about:blank")
    journal.begin("f")
    names = (
        *(
            "requestId",
            "request",
            "redirectResponse",
            "response",
            "type",
            "frameId",
            "documentURL",
            "url",
            "args",
            "entry",
        ),
        *("exceptionDetails", "message", "errorText", "blockedReason", "corsErrorStatus", "frame", "errorMessage"),
    )
    for method in (*journal._hearers, "Other.thing"):
        journal.event("s", method, dict.fromkeys(names, odd))
        journal.event(
            "s", method, {name: {"url": odd, "status": odd, "description": odd, "corsError": odd} for name in names}
        )
        journal.event("s", method, {"args": [odd, {"value": odd}], "requestId": "1"})
        journal.event("s", method, {})
    dumps(journal.told())


def test_journal_is_bounded_and_counts_what_it_leaves_out() -> None:
    posted: list[str] = []
    journal = Journal(lambda method, params=None, session="": posted.append(method), lambda: 0.0)
    for number in range(10_005):
        asked = {"requestId": str(number), "request": {"url": "http://a.test/" + "x" * 9000, "method": "GET"}}
        journal.event("s", "Network.requestWillBeSent", asked)
    for _ in range(150):
        journal.popup("http://a.test/")
    told = journal.told()
    assert told["left_out"] == {"requests": 5, "popups": 50}
    assert len(told["requests"]) == 10_000  # type: ignore[arg-type]
    assert {len(each["address"]) for each in told["requests"]} == {4096}  # type: ignore[union-attr,index,call-overload,arg-type]
    assert "Network.disable" in posted


def test_where_a_page_ends_is_known_however_often_it_went_on() -> None:
    journal = Journal(lambda method, params=None, session="": None, lambda: 0.0)
    journal.attached("s", "page", "about:blank")
    journal.begin("f")
    for number in range(150):
        asked = {"requestId": str(number), "request": {"url": f"http://a.test/{number}", "method": "GET"}}
        journal.event("s", "Network.requestWillBeSent", asked | {"frameId": "f", "type": "Document"})
    assert (journal.documents[0], journal.documents[-1]) == ("http://a.test/0", "http://a.test/149")
    assert journal.told()["left_out"] == {"documents": 50}


def test_text_of_a_page_is_cut_and_whole() -> None:
    assert clean("ab\ud800c", 3) == "ab?"
    assert (clean(5, 3), clean(None, 3)) == ("", "")
    assert [whole(each) for each in (200, 200.0, -1, 1e9, "200", None)] == [200, 200, None, None, None, None]


def test_profile_is_copied_without_locks_caches_and_links(tmp_path: Path) -> None:
    profile, goal = tmp_path / "profile", tmp_path / "goal"
    (profile / "Default" / "Cache").mkdir(parents=True)
    (profile / "Local State").write_text("{}")
    (profile / "Default" / "Cookies").write_text("c")
    (profile / "Default" / "Cache" / "big").write_text("x")
    (profile / "SingletonLock").symlink_to("host-1")
    (profile / "Default" / "away").symlink_to("/etc")
    copied(profile, goal)
    assert sorted(str(each.relative_to(goal)) for each in goal.rglob("*")) == [
        "Default",
        "Default/Cookies",
        "Local State",
    ]


def test_file_that_goes_while_a_profile_is_copied_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    profile, copyfile = tmp_path / "profile", shutil.copyfile
    profile.mkdir()
    for name in ("Local State", "000003.log", "Zeal"):
        (profile / name).write_bytes(b"{}")

    def gone(source: Path, goal: Path) -> None:
        if source.name == "000003.log":
            source.unlink()
        copyfile(source, goal)

    monkeypatch.setattr("archiver.browser.profile.shutil.copyfile", gone)
    copied(profile, tmp_path / "copy")
    assert sorted(each.name for each in (tmp_path / "copy").iterdir()) == ["Local State", "Zeal"]


def test_profile_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archiver.browser.profile.MAX_SIZE", 1)
    (tmp_path / "Local State").write_text("{}")
    with pytest.raises(UsageError, match="larger"):
        copied(tmp_path, tmp_path.parent / "goal")
