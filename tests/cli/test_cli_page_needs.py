"""`--page` and `--linked`: what is refused before anything is asked, what is shown, and what rows of a list may say."""

import json
from dataclasses import replace
from typing import Any, get_args

import pytest
from hostile_texts import harmful
from listbench import Desk
from server import RawServer, http

from archiver.cli import paging
from archiver.cli.batch_rows import RowSettings
from archiver.cli.flags import Flags, overridden
from archiver.cli.screen import Field
from archiver.config.address_list import read_list
from archiver.errors import UsageError
from archiver.model.batch import RowOptions
from archiver.pipeline.options import CaptureOptions, PostOptions
from archiver.requisites.values import Reason
from archiver.runtime import Runtime

HTML = "Content-Type: text/html; charset=utf-8"


@pytest.fixture
def site(raw_server: RawServer) -> RawServer:
    page = b"<title>The pier</title><img src=a.png><img src=gone.png><a href=r.pdf>r</a><video src=film.mp4></video>"
    raw_server.routes |= {
        "/": http(page, HTML),
        "/a.png": http(b"\x89PNG", "Content-Type: image/png"),
        "/r.pdf": http(b"%PDF", "Content-Type: application/pdf"),
        "/cut.png": b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 99\r\n\r\nhalf",
    }
    return raw_server


def capture(desk: Desk, site: RawServer, *more: str) -> tuple[int, str, str]:
    return desk.run("capture", site.url(), "--case", "harbour", "--allow-host", site.netloc, *more)


def targets(site: RawServer) -> list[str]:
    return [request.split(b" ")[1].decode() for request in site.requests]


def test_a_page_with_what_it_needs_and_what_it_links_to(desk: Desk, site: RawServer) -> None:
    code, out, _ = capture(desk, site, "--page", "--linked", ".PDF, docx")
    assert code == 0
    assert targets(site) == ["/", "/a.png", "/gone.png", "/favicon.ico", "/r.pdf"]
    assert "page: 2 of 4 things that it needs are here, 2 missing; 1 left out on purpose\n" in out
    assert "bytes: 103\n" in out, "the size of the page, not of what came last"
    code, out, err = desk.run("show", "harbour", "1")
    assert (code, err) == (0, "")
    assert "linked: docx, pdf\n" in out
    assert f"missing: image, 404: {site.url('/gone.png')}\n" in out
    assert f"left out: media, sound or video; --media fetches it: {site.url('/film.mp4')}\n" in out


def test_programs_are_told_all_of_it(desk: Desk, site: RawServer) -> None:
    _, out, _ = capture(desk, site, "--page", "--json")
    assert json.loads(out)["items"][0]["page"] == {"exchange": 1, "wanted": 3, "came": 1, "skipped": 1}
    _, out, _ = desk.run("show", "harbour", "1", "--json")
    document = json.loads(out)
    assert document["requisites"]["schema"] == "archiver-page/1"
    assert [each["why"] for each in document["requisites"]["needs"]] == ["", "status", "status"]


def test_what_was_cut_is_named(desk: Desk, site: RawServer) -> None:
    site.routes["/"] = http(b"<img src=cut.png>", HTML)
    assert capture(desk, site, "--page")[0] == 0
    assert f"cut: image: {site.url('/cut.png')}\n" in desk.run("show", "harbour", "1")[1]


def test_a_file_that_needs_nothing_says_so(desk: Desk, site: RawServer) -> None:
    site.routes["/"] = http(b"%PDF", "Content-Type: application/pdf")
    assert "page: it names nothing that it needs\n" in capture(desk, site, "--page")[1]


def test_an_item_without_it_says_nothing_of_it(desk: Desk, site: RawServer) -> None:
    assert "page:" not in capture(desk, site)[1]
    _, out, _ = desk.run("show", "harbour", "1", "--json")
    document = json.loads(out)
    assert (document["requisites"], document["item"]["page"]) == (None, None)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--page", "--platform", "vk"), "a page with what it needs is no post"),
        (("--linked", "pdf"), "without --page nothing that a page links to is fetched"),
        (("--page", "--linked", "p*f"), "not endings of files"),
        (("--page", "--linked", ""), "not endings of files"),
        (("--page", "--linked", ",".join(f"e{n}" for n in range(21))), "not endings of files"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_asked(
    desk: Desk, site: RawServer, flags: tuple[str, ...], said: str
) -> None:
    before = desk.log
    code, _, err = capture(desk, site, *flags)
    assert (code, desk.log, site.requests) == (2, before, [])
    assert said in err


def test_an_address_of_a_platform_is_a_page_then_and_one_that_opponents_read_needs_a_yes(desk: Desk) -> None:
    nowhere = ("--connect-to", "t.me:443:127.0.0.1:9", "--page", "--json")  # the guard lets nobody be asked there
    code, out, _ = desk.run("capture", "https://t.me/lipovaya/7", "--case", "harbour", *nowhere)
    (item,) = json.loads(out)["items"]
    assert (code, item["post"], item["page"]["wanted"]) == (5, None, 0)
    code, out, _ = desk.run("capture", "https://vk.com/wall-77_1001", "--case", "harbour", *nowhere)
    assert (code, json.loads(out)["error"]["kind"]) == (2, "watched")


def test_without_a_list_of_what_is_linked_a_page_alone_counts() -> None:
    options = overridden(CaptureOptions(), Flags(page=True, platform="none"))
    assert (options.page, options.linked, options.posts.platform) == (True, (), "none")


def rows(tmp: str) -> Any:
    return read_list(tmp.encode(), "links.jsonl", "jsonl")


def test_rows_say_what_is_a_page(desk: Desk, site: RawServer) -> None:
    lines = [{"address": site.url(), "page": True, "linked": "pdf"}, {"address": site.url("/a.png")}]
    (desk.folder / "links.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines), "utf-8")
    code, documents = desk.documents("links.jsonl", sites=[site])
    assert code == 0
    told = {each["url"]: each["page"] for each in documents if each["type"] == "item"}
    assert told == {site.url(): {"exchange": 1, "wanted": 4, "came": 2, "skipped": 1}, site.url("/a.png"): None}


def test_a_list_with_linked_and_no_page_is_refused(desk: Desk, site: RawServer) -> None:
    links = desk.listed(site.url())
    code, _, err = desk.batch(links, "--linked", "pdf", sites=[site])
    assert (code, site.requests) == (2, [])
    assert "without --page" in err


@pytest.mark.parametrize(
    ("base", "own", "page", "platform"),
    [
        (CaptureOptions(), RowOptions(page=True), True, "auto"),
        (CaptureOptions(page=True), RowOptions(), True, "auto"),
        (CaptureOptions(page=True), RowOptions(page=False), False, "auto"),
        (CaptureOptions(page=True), RowOptions(platform="vk"), False, "vk"),
        (CaptureOptions(page=True), RowOptions(platform="none"), True, "none"),
        (CaptureOptions(posts=PostOptions(platform="vk")), RowOptions(page=True), True, "auto"),
        (CaptureOptions(posts=PostOptions(platform="none")), RowOptions(page=True), True, "none"),
    ],
)
def test_what_a_row_says_wins(
    base: CaptureOptions, own: RowOptions, page: bool, platform: str, runtime: Runtime
) -> None:
    (row,) = rows('"https://vk.com/wall-77_1001"\n').rows
    options = RowSettings(base, runtime).of(replace(row, options=own))
    assert (options.page, options.posts.platform) == (page, platform)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (RowOptions(page=True, platform="vk"), "is no post"),
        (RowOptions(linked=("pdf",)), "without page"),
        (RowOptions(linked=("pdf",), page=False), "without page"),
    ],
)
def test_a_row_that_contradicts_itself_is_a_problem(own: RowOptions, said: str, runtime: Runtime) -> None:
    (row,) = rows('"https://example.org/"\n').rows
    with pytest.raises(UsageError, match=said):
        RowSettings(CaptureOptions(page=own.page is False), runtime).of(replace(row, options=own))


def test_what_a_row_says_of_pages_is_part_of_what_it_is() -> None:
    said = ['{"address": "https://example.org/"}']
    said += [f'{{"address": "https://example.org/", {more}}}' for more in ('"page": true', '"linked": "pdf"')]
    found = rows("\n".join(said)).rows
    assert len({row.digest for row in found}) == 3
    assert rows('{"address": "https://a.example/", "linked": "p f"}').problems[0].message.startswith("linked")


def fields(**changes: Any) -> tuple[Field, ...]:
    need = {"url": "https://a.example/x", "kind": "image", "whole": True, "why": "", "status": 200}
    return paging.page_fields({"needs": [{**need, **changes}], "skipped": [], "unnamed": 0, "rules": {}})


def test_lists_are_bounded_and_say_how_much_more_there_is() -> None:
    needs = [{"url": f"https://a.example/{n}", "kind": "image", "why": "left-alone"} for n in range(50)]
    shown = paging.page_fields({"needs": needs, "skipped": [], "unnamed": 7})  # type: ignore[dict-item]
    assert len(shown) == paging.SHOWN + 2
    assert [each.value for each in shown[-2:]] == ["30 more (--json names them)", "7 more, unnamed"]


def test_every_reason_has_its_words() -> None:
    assert paging.SKIPPED.keys() == set(get_args(Reason))


@pytest.mark.parametrize("account", [None, [], {}, {"needs": 3, "skipped": {}, "rules": []}])
def test_an_account_of_another_form_is_no_error(account: Any) -> None:
    assert paging.page_fields(account) == ()


def test_an_account_that_cannot_be_read_costs_no_item(
    desk: Desk, site: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from archiver.errors import CaseError
    from archiver.pipeline import rereading

    def unreadable(*_: object) -> None:
        raise CaseError("damaged", "torn")

    capture(desk, site, "--page")
    monkeypatch.setattr(rereading, "page_of", unreadable)
    assert "page: cannot be read: torn" in desk.run("show", "harbour", "1")[1]


def test_nothing_of_it_reaches_a_terminal_as_it_is(desk: Desk, site: RawServer) -> None:
    site.routes["/"] = http("<img src='ftp://x/\u202e\u009b31m'><img src='[red]x[/red]'>", HTML)
    capture(desk, site, "--page")
    assert not harmful(desk.run("show", "harbour", "1")[1])
