"""`archiver batch` in this process, against raw servers: lists, problems, options, resuming, exit codes, JSON."""

import json
import re
import resource
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from hostile_texts import CORPUS, harmful
from listbench import PAGE, Desk
from server import Pause, RawServer, Send

from archiver.cli import options
from archiver.cli.batch import MAX_SPACING, Wishes, exit_code
from archiver.errors import UsageError
from archiver.model.batch import AddressList
from archiver.pipeline import manners
from archiver.pipeline.batch import MAX_CONCURRENCY, BatchOptions, BatchResult
from archiver.pipeline.polite import Manners

DEAD = "http://127.0.0.1:9/"


def of_type(documents: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [document for document in documents if document.get("type") == kind]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("links.txt", "# two\n{one}\n\n{two}\n"),
        ("links.csv", "address,note,tags\n{one},first,a;b\n{two},,\n"),
        ("links.jsonl", '{{"address": "{one}", "note": "first", "tags": ["a", "b"]}}\n"{two}"\n'),
        ("links.yaml", "- address: {one}\n  note: first\n  tags: [a, b]\n- {two}\n"),
    ],
)
@pytest.mark.parametrize("way", ["file", "stdin", "format"])
def test_every_format_becomes_items(desk: Desk, pages: RawServer, name: str, text: str, way: str) -> None:
    text = text.format(one=pages.url("/1"), two=pages.url("/2"))
    format = {"links.txt": "text", "links.csv": "csv", "links.jsonl": "jsonl", "links.yaml": "yaml"}[name]
    if way == "stdin":
        code, out, err = desk.batch("-", sites=[pages], typed=text)
    else:
        file = name if way == "file" else "links"
        Path(file).write_text(text, "utf-8")
        code, out, err = desk.batch(file, *(("--format", format) if way == "format" else ()), sites=[pages])
    assert (code, err) == (0, "")
    assert sorted(line.split("\t")[4] for line in out.splitlines()) == [pages.url("/1"), pages.url("/2")]
    asked = [json.loads(line)["data"] for line in desk.log.splitlines() if b'"event":"item.requested"' in line]
    assert [data["row"]["number"] for data in asked] == [1, 2]
    assert asked[0]["note"] == ("" if name == "links.txt" else "first")
    assert asked[0]["tags"] == ([] if name == "links.txt" else ["a", "b"])
    began = next(json.loads(line)["data"] for line in desk.log.splitlines() if b'"event":"batch.started"' in line)
    assert began["list"]["format"] == format
    assert desk.run("verify", "harbour")[0] == 0


def test_a_line_on_a_pipe_has_the_columns_of_list(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(pages.url("/1"), pages.url("/gone"))
    code, out, err = desk.batch(file, sites=[pages])
    assert (code, err) == (0, "")
    assert sorted(out.splitlines()) == sorted(desk.run("list", "harbour")[1].splitlines())


def test_a_wrong_row_is_named_by_line_and_column_and_nothing_is_fetched(desk: Desk, pages: RawServer) -> None:
    Path("links.csv").write_text(f"address,max_time\n{pages.url('/1')},30\n{pages.url('/2')},soon\nnowhere,\n", "utf-8")
    before = desk.log
    code, out, err = desk.batch("links.csv", sites=[pages])
    assert (code, out) == (3, "")
    column = len(pages.url("/2")) + 2
    assert f"links.csv:3:{column}: max_time 'soon': not a time – a number of seconds" in err
    assert "links.csv:4:1: address 'nowhere' cannot be used" in err
    assert "error: links.csv: 2 rows cannot be used, as said above; nothing was fetched\n" in err
    assert "--skip-bad leaves them out and captures the other one\n" in err
    assert (pages.requests, desk.log) == ([], before)
    code, documents = desk.documents("links.csv", sites=[pages])
    assert code == 3
    assert [(each["line"], each["column"]) for each in of_type(documents, "problem")] == [(3, column), (4, 1)]
    assert documents[-1]["error"]["exit_code"] == 3


def test_wrong_rows_are_named_up_to_a_number(desk: Desk) -> None:
    code, _, err = desk.batch(desk.listed(*["nowhere"] * 80))
    assert code == 3
    assert err.count(" cannot be used: ") == 50
    assert "… and 30 more like these\n" in err
    assert "hint: correct them\n" in err


def test_wrong_rows_can_be_left_out_and_are_counted(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(pages.url("/1"), "nowhere", pages.url("/2"))
    code, out, err = desk.batch(file, "--skip-bad", sites=[pages])
    assert code == 6
    assert out.count("\n") == 2
    assert err.startswith("links.txt:2:1: address 'nowhere' cannot be used")
    code, documents = desk.documents(file, "--skip-bad", sites=[pages])
    assert code == documents[-1]["exit_code"] == 6
    assert documents[-1]["counts"]["left_out"] == documents[1]["list"]["left_out"] == 1
    assert desk.batch(desk.listed("nowhere"), "--skip-bad")[0] == 5


def test_a_row_with_several_problems_is_left_out_once(desk: Desk, pages: RawServer) -> None:
    Path("links.csv").write_text(f"address,max_time,proxy\n{pages.url('/1')},,\nnowhere,soon,none\n", "utf-8")
    code, documents = desk.documents("links.csv", "--skip-bad", sites=[pages])
    assert code == 6
    assert len(of_type(documents, "problem")) == 3
    assert of_type(documents, "began")[0]["list"]["left_out"] == 1


def test_a_file_that_a_row_names_is_read_once_and_its_error_names_the_line(
    desk: Desk, pages: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("jar").write_text("127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\ts3cret\n")
    opened = []
    read = Path.open
    monkeypatch.setattr(Path, "open", lambda self, *args, **more: (opened.append(self), read(self, *args, **more))[1])
    rows = "".join(f"{pages.url(f'/{number}')},jar\n" for number in range(5))
    Path("links.csv").write_text("address,cookies\n" + rows, "utf-8")
    assert desk.batch("links.csv", sites=[pages])[0] == 0
    assert opened.count(Path("jar")) == 1
    assert all(b"Cookie: session=s3cret\r\n" in request for request in pages.requests)
    assert b"s3cret" not in desk.log
    Path("links.csv").write_text(f"address,cookies,ca_file\n{DEAD},,\n{DEAD},none,\n{DEAD},,jar\n", "utf-8")
    code, _, err = desk.batch("links.csv")
    assert code == 3
    assert "links.csv:3: cookies 'none': cannot be read: No such file or directory\n" in err
    assert "links.csv:4: CA file 'jar' holds no PEM certificate – give a file in PEM form\n" in err
    code, _, err = desk.batch("links.csv", "--skip-bad", "--allow-host", "127.0.0.1:9", "--tries", "1")
    assert code == 5
    assert desk.log.count(b'"event":"item.requested"') == 6


def test_what_the_command_line_says_holds_for_all_rows_and_a_row_wins(desk: Desk, pages: RawServer) -> None:
    rows = [
        {"address": pages.url("/plain")},
        {
            "address": pages.url("/own"),
            "note": "own",
            "tags": ["b", "c"],
            "headers": ["X-One: row", "X-Two: row"],
            "max_time": 20,
            "allow_host": ["other.test:80"],
            "insecure": False,
        },
    ]
    Path("links.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    more = ("--note", "all", "--tag", "a", "--tag", "b", "--header", "X-One: line", "--header", "X-Zero: line",
            "--max-time", "30", "--max-redirects", "3", "--insecure", "--offline", "--concurrency", "1")  # fmt: skip
    assert desk.batch("links.jsonl", *more, sites=[pages])[0] == 0
    plain, own = (json.loads(line)["data"] for line in desk.log.splitlines() if b'"event":"item.requested"' in line)
    assert (plain["note"], plain["tags"]) == ("all", ["a", "b"])
    assert (own["note"], own["tags"]) == ("own", ["a", "b", "c"])
    assert own["settings"]["headers"] == [["X-Zero", "line"], ["X-One", "row"], ["X-Two", "row"]]
    assert [each["settings"]["limits"]["max_time_ms"] for each in (plain, own)] == [30_000, 20_000]
    assert [each["settings"]["limits"]["max_redirects"] for each in (plain, own)] == [3, 3]
    assert [each["settings"]["route"]["insecure"] for each in (plain, own)] == [True, False]
    assert own["settings"]["route"]["allow_host"] == [pages.netloc, "other.test:80"]
    assert plain["settings"]["offline"] is own["settings"]["offline"] is True


def test_a_repeated_address_is_said_and_captured_all_the_same(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(pages.url("/1"), pages.url("/2"), pages.url("/1#top"))
    code, documents = desk.documents(file, sites=[pages])
    assert code == 0
    began = documents[0]
    assert began["repeated_count"] == 1
    assert began["repeated"] == [{"row": 3, "line": 3, "first_row": 1, "first_line": 1}]
    assert len(desk.items()) == 3
    for more in ((), ("--again",)):
        code, _, err = desk.batch(file, *more, sites=[pages])
        assert (code, err.splitlines()) == (
            0,
            [
                "1 row repeats an earlier address, and is an item of its own:",
                f"  line 3 has the address of line 1: {pages.url('/1#top')}",
            ],
        )


def test_the_same_command_goes_on_and_redo_and_again_take_more(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(pages.url("/1"), pages.url("/cut"), pages.url("/busy"), DEAD)
    assert desk.batch(file, "--tries", "1", sites=[pages])[0] == 6
    _, out, err = desk.batch(file, "--tries", "1", sites=[pages])
    assert (out, err.splitlines()) == (
        "",
        [
            "done before: 2 complete, 1 partial, 1 failed",
            "next: add --redo failed to try again the 1 that failed and the 1 whose server was in trouble (429, 5xx)",
            "next: or --redo partial, which takes in the 1 of which only a part was kept",
            "next: add --results FILE.csv for a table of all rows, what became of each, and why",
        ],
    )
    asked = len(pages.requests)
    _, documents = desk.documents(file, "--tries", "1", "--redo", "failed", sites=[pages])
    assert (len(pages.requests) - asked, documents[0]["todo"]) == (1, 2)
    assert documents[0]["earlier"] == {"complete": 1, "partial": 1}
    _, documents = desk.documents(file, "--tries", "1", "--redo", "partial", sites=[pages])
    assert documents[0]["todo"] == 3
    _, documents = desk.documents(file, "--tries", "1", "--again", sites=[pages])
    assert (documents[0]["todo"], documents[0]["earlier"]) == (4, {})
    _, documents = desk.documents(desk.listed(pages.url("/new"), pages.url("/1")), sites=[pages])
    assert documents[0]["todo"] == 1
    assert desk.run("verify", "harbour")[0] == 0


def test_exit_codes_count_the_whole_list_and_earlier_runs(desk: Desk, pages: RawServer) -> None:
    good, dead = pages.url("/1"), DEAD
    assert desk.batch(desk.listed(good), sites=[pages])[0] == 0
    assert desk.batch(desk.listed(dead))[0] == 5
    assert desk.batch(desk.listed(good, dead), sites=[pages])[0] == 6
    assert desk.batch(desk.listed(pages.url("/cut")), "--tries", "1", sites=[pages])[0] == 6
    assert desk.batch(desk.listed(good, good), sites=[pages])[0] == 0


@pytest.mark.parametrize(
    ("outcomes", "left", "left_out", "stopped", "code"),
    [
        (("complete", "unconfirmed"), 0, 0, False, 0),
        (("complete",), 1, 0, False, 6),
        (("complete",), 0, 1, False, 6),
        ((), 2, 0, False, 5),
        (("failed",), 0, 2, False, 5),
        (("failed", "failed"), 0, 0, False, 5),
        (("failed", "partial"), 0, 0, False, 6),
        (("complete",), 1, 0, True, 130),
        (("complete",), 0, 0, True, 0),  # the last one was under way and ended by itself
    ],
)
def test_the_exit_code_of_a_batch(
    outcomes: tuple[str, ...], left: int, left_out: int, stopped: bool, code: int
) -> None:
    listed = AddressList("links", "text", 0, "", (), (), left_out)
    counts = {"not_begun": left, "interrupted": 0}
    assert exit_code(listed, BatchResult(None, None, counts, dict(enumerate(outcomes)), stopped)) == code


def test_a_host_that_is_given_up_leaves_rows_that_are_counted_and_taken_up_later(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manners, "PAUSES", ())
    with RawServer(default=PAGE) as site:
        rest = [site.url(f"/{number}") for number in range(8)]
    file = desk.listed(*rest)
    code, documents = desk.documents(file, "--tries", "1", "--concurrency", "1", sites=[site])
    assert code == 5
    host = of_type(documents, "host")[0]
    assert host == {
        "schema": "archiver-batch/1", "type": "host", "host": site.netloc, "reason": "refusing",
        "seconds": None, "given_up": True, "waiting": 3,
    }  # fmt: skip
    assert documents[-1]["given_up"] == [{"host": site.netloc, "reason": "refusing", "not_asked": 3}]
    assert documents[-1]["counts"]["not_begun"] == 3
    code, out, err = desk.batch(file, "--tries", "1", "--concurrency", "1", "--again", sites=[site])
    assert (code, out.count("\n")) == (5, 5)
    assert f"{site.netloc} cannot be reached, again and again: given up for this run; 3 more" in err
    assert "not begun: 3\n" in err
    assert f"given up: {site.netloc}: 3 addresses were not asked\n" in err
    _, documents = desk.documents(file, "--tries", "1", "--concurrency", "1", sites=[site])
    assert documents[0]["todo"] == 3


def test_every_line_of_json_is_an_object_and_the_last_has_the_exit_code(desk: Desk, pages: RawServer) -> None:
    pages.routes["/once"] = flaky()
    file = desk.listed(pages.url("/1"), pages.url("/once"), pages.url("/cut"), DEAD)
    code, documents = desk.documents(file, "--tries", "2", "--results", "out.csv", sites=[pages])
    assert code == 6
    assert {document["schema"] for document in documents} == {"archiver-batch/1"}
    assert documents[0]["type"] == "began"
    retries = of_type(documents, "retry")
    assert [(each["row"], each["try"], each["reason"]) for each in retries if each["row"] == 2] == [
        (2, 1, "unavailable")
    ]
    items = {each["row"]: each for each in of_type(documents, "item")}
    assert {row: item["outcome"] for row, item in items.items()} == {
        1: "complete", 2: "complete", 3: "partial", 4: "failed",
    }  # fmt: skip
    assert {row: item["tries"] for row, item in items.items()} == {1: 1, 2: 2, 3: 2, 4: 1}
    ended = documents[-1]
    assert (ended["type"], ended["exit_code"], ended["stopped"], ended["results"]) == ("ended", 6, False, "out.csv")
    assert ended["counts"] == {
        "complete": 2, "unconfirmed": 0, "partial": 1, "failed": 1, "interrupted": 0,
        "done_before": 0, "not_begun": 0, "left_out": 0,
    }  # fmt: skip
    assert {(each["outcome"], each["reason"], each["row"]) for each in ended["reasons"]} == {
        ("partial", "cut-disconnect", 3),
        ("failed", "refused", 4),
    }
    assert ended["statuses"] == {"200": 3}


def test_every_object_has_the_members_that_its_specification_shows(
    desk: Desk, pages: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manners, "PAUSES", ())
    with RawServer(default=PAGE) as gone:
        dead = [gone.url(f"/{number}") for number in range(6)]
    pages.routes["/once"] = flaky()
    file = desk.listed(pages.url("/once"), pages.url("/1"), pages.url("/1"), "nowhere", *dead)
    more = ("--skip-bad", "--concurrency", "1", "--results", "out.csv", "--tries", "2")
    _, documents = desk.documents(file, *more, sites=[pages, gone])
    spec = (Path(__file__).parents[2] / "docs/spec/json-output.md").read_text("utf-8")
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", spec, re.DOTALL)]
    examples = {block["type"]: block for block in blocks if block.get("schema") == "archiver-batch/1"}
    item = next(block for block in blocks if "schema" not in block and "outcome" in block)
    assert {document["type"] for document in documents} == set(examples)
    for document in documents:
        example = examples[document["type"]] | (item if document["type"] == "item" else {})
        assert document.keys() == example.keys()
        for name in ("list", "counts"):
            assert document.get(name, {}).keys() == example.get(name, {}).keys()
        lists = {"began": ("repeated",), "ended": ("reasons", "given_up")}.get(document["type"], ())
        for name in lists:
            assert document[name]
            assert all(each.keys() == example[name][0].keys() for each in document[name])


def flaky() -> Any:
    answers = iter((b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", PAGE, PAGE))
    return lambda request: next(answers)


def test_what_one_case_lists_another_can_capture(desk: Desk, pages: RawServer) -> None:
    assert desk.batch(desk.listed(pages.url("/1"), pages.url("/gone")), sites=[pages])[0] == 0
    listing = desk.run("list", "harbour", "--json")[1]
    assert desk.run("init", "other", "--title", "T", "--collector", "C")[0] == 0
    code, out, err = desk.run(
        "batch", "-", "--case", "other", "--spacing", "0", "--allow-host", pages.netloc, typed=listing
    )
    assert (code, err) == (0, "")
    assert out.count("\n") == 2
    Path("note.txt").write_text("x")
    assert desk.run("import", "harbour", "note.txt", "--source", "S")[0] == 0
    code, _, err = desk.run("batch", "-", "--case", "other", typed=desk.run("list", "harbour", "--json")[1])
    assert code == 3
    assert "standard input:3:" in err


def test_show_says_which_row_of_which_list(desk: Desk, pages: RawServer) -> None:
    assert desk.batch(desk.listed(pages.url("/1"), name="night.txt"), sites=[pages])[0] == 0
    assert desk.batch("-", sites=[pages], typed=pages.url("/2"))[0] == 0
    assert desk.run("capture", pages.url("/3"), "--case", "harbour", "--allow-host", pages.netloc)[0] == 0
    assert "\nrow: 1 of night.txt (line 2 of the log)\n" in desk.run("show", "harbour", "1")[1]
    assert "\nrow: 1 of a list on standard input (line 7 of the log)\n" in desk.run("show", "harbour", "2")[1]
    assert "row: " not in desk.run("show", "harbour", "3")[1]
    row = json.loads(desk.run("show", "harbour", "1", "--json")[1])["row"]
    assert (row["batch"], row["number"], row["occurrence"], row["list"]["name"]) == (2, 1, 1, "night.txt")
    assert json.loads(desk.run("show", "harbour", "3", "--json")[1])["row"] is None


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_nothing_that_comes_from_outside_acts_on_a_terminal(
    desk: Desk, pages: RawServer, more: tuple[str, ...]
) -> None:
    nasty = [text for text in CORPUS if text and "\ud800" not in text and len(text) < 200]
    bodies = [f"<title>{text}</title>".encode("utf-8", "replace") for text in nasty]
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s"
    pages.routes = {f"/{number}": head % (len(body), body) for number, body in enumerate(bodies)}
    rows = [
        {"address": pages.url(f"/{number}#{text}"), "note": text, "tags": [text]} for number, text in enumerate(nasty)
    ]
    name = "nasty\x1b[2J\u202e.jsonl"
    Path(name).write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    code, out, err = desk.batch(name, *more, sites=[pages])
    assert code == 0
    assert out.count("\n") == len(rows) + (2 if more else 0)
    assert not harmful(out + err)
    assert not harmful(desk.run("show", "harbour", "1")[1])
    bad = "".join(json.dumps({"address": text, "max_time": text, text: text}) + "\n" for text in nasty)
    Path(name).write_text(bad, "utf-8")
    code, out, err = desk.batch(name, *more)
    assert code == 3
    assert not harmful(out + err)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--concurrency", "0"), "--concurrency '0': at least 1 is needed"),
        (("--concurrency", "257"), "--concurrency '257': not a number"),
        (("--per-host", "none"), "--per-host 'none': not a number"),
        (("--tries", "21"), "--tries '21': not a number"),
        (("--spacing", "-1"), "--spacing '-1': not a time"),
        (("--spacing", "3601"), "--spacing '3601': too long"),
        (("--format", "xml"), "--format 'xml': not a format"),
        (("--redo", "all"), "--redo 'all': not one of them"),
        (("--redo", "failed", "--again"), "--again and --redo: they say different things"),
        (("--header", "Host: x"), ""),
        (("--max-time", "soon"), "--max-time 'soon': not a time"),
    ],
)
def test_an_option_that_cannot_be_used_is_2_before_anything_happens(
    desk: Desk, pages: RawServer, more: tuple[str, ...], says: str
) -> None:
    before = desk.log
    code, out, err = desk.run("batch", desk.listed(pages.url("/1")), "--case", "harbour", *more)
    assert (code, out) == (2, "")
    assert says in err
    assert "hint: " in err
    assert (pages.requests, desk.log) == ([], before)


@pytest.mark.parametrize(
    ("limits", "raised"),
    [((1024, 4096), ()), ((-1, -1), ()), ((100, 4096), (150, 4096)), ((100, -1), (150, -1)), ((100, 149), None)],
)
def test_there_is_room_for_open_files_before_anything_is_asked(
    desk: Desk, pages: RawServer, limits: tuple[int, int], raised: tuple[int, ...] | None
) -> None:
    asked: list[int] = []
    desk.monkeypatch.setattr(resource, "getrlimit", lambda which: limits)
    desk.monkeypatch.setattr(resource, "setrlimit", lambda which, wanted: asked.extend(wanted))
    file = desk.listed(*(pages.url(f"/{number}") for number in range(10)))
    before = desk.log
    code, _, err = desk.batch(file, "--concurrency", "200", sites=[pages])
    if raised is None:
        assert code == 2
        assert "10 addresses at a time need up to 150 open files, and the system allows 149" in err
        assert "--concurrency 9 fits" in err
        assert (desk.log, pages.requests) == (before, [])
    else:
        assert (code, err, tuple(asked)) == (0, "", raised)


def test_a_list_that_is_not_there_or_empty_or_no_text_is_said(desk: Desk) -> None:
    for file in ("nowhere.txt", "cases", "a\0b"):
        code, _, err = desk.batch(file)
        assert code == 2
        assert err.startswith("error: list '")
    code, _, err = desk.batch("-", typed="# nothing\n")
    assert (code, err.splitlines()[0]) == (3, "error: standard input: there is no address in it")
    assert desk.batch("")[2].startswith("error: list '': not the name of a file\nhint: name a file, or -")
    Path("in").mkdir()
    Path("in/links.txt").write_bytes(b"http://x/\xff\n")
    code, _, err = desk.batch("in/links.txt")
    assert (code, err.splitlines()[0]) == (3, "error: in/links.txt:1:10: the bytes are not UTF-8")
    err = desk.batch("-", typed=b"http://x/\xff\n")[2]
    assert err.splitlines()[0] == "error: standard input:1:10: the bytes are not UTF-8"
    assert desk.run("batch", "links.txt", "--case", "nowhere")[0] == 4


def test_a_closed_standard_input_is_said(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", None)
    code, _, err = desk.batch("-")
    assert code == 2
    assert "standard input: it is closed" in err


def test_two_hundred_rows_with_sixteen_at_once_over_four_hosts(desk: Desk) -> None:
    with ExitStack() as stack:
        sites = [stack.enter_context(RawServer(default=(Pause(0.01), Send(PAGE)))) for _ in range(4)]
        file = desk.listed(*(sites[number % 4].url(f"/{number}") for number in range(200)))
        code, documents = desk.documents(file, "--concurrency", "16", "--per-host", "4", sites=sites)
        assert code == 0
        assert sorted(each["row"] for each in of_type(documents, "item")) == list(range(1, 201))
        assert [site.connections for site in sites] == [50] * 4
    assert [item["item"] for item in sorted(desk.items(), key=lambda item: item["item"])] == list(range(1, 201))
    asked = [json.loads(line)["data"] for line in desk.log.splitlines() if b'"event":"item.requested"' in line]
    assert [data["row"]["number"] for data in asked] == list(range(1, 201))
    assert desk.run("verify", "harbour")[0] == 0


def test_the_help_names_the_numbers_that_hold_without_options(desk: Desk) -> None:
    usual, polite = BatchOptions(), Manners()
    shown = " ".join(desk.run("batch", "--help")[1].split())
    assert f"at most {MAX_CONCURRENCY}. Without it, {usual.concurrency}." in shown
    assert f"of one host and port. Without it, {polite.per_host}." in shown
    assert f"0 for none. Without it, {polite.spacing:g}." in shown
    assert f"where another try can help. Without it, {polite.tries}." in shown
    assert Wishes().options() == usual
    assert options.NETWORK.split(" (")[0] in shown
    with pytest.raises(UsageError, match="too long"):
        Wishes(spacing=f"{MAX_SPACING + 1:.0f}").options()
    assert re.search(r"--results FILE\.csv", shown)
