"""The commands on a real case: in process, against a raw server."""

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cli_processes import PROGRAM, environment, on_a_terminal, piped
from cli_streams import SGR
from hostile_texts import harmful
from server import Pause, RawServer, Send, Stay

from archiver.cli.main import main

SPEC = Path(__file__).parents[2] / "docs" / "spec" / "json-output.md"
PAGE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 57\r\n\r\n"
    b"<html lang=en><title>The harbour raid</title>Hello</html>\n"
)
NASTY = "\x1b]0;x\x07\x1b[2J[bold]T[/bold] \u202e :skull:".encode()
NASTY_PAGE = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n<title>%s</title>"
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def site(raw_server: RawServer) -> RawServer:
    raw_server.routes = {
        "/news": PAGE,
        "/gone": GONE,
        "/nasty": NASTY_PAGE % (len(NASTY) + 15, NASTY),
        "/cut": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        "/slow": (Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Stay()),
        "/soon": (Pause(0.2), Send(PAGE)),
    }
    return raw_server


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.chdir(tmp_path)

    def runs(*args: str) -> tuple[int, str, str]:
        code = main(args, environ={})
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return runs


@pytest.fixture
def case(run: Run) -> Path:
    code, out, err = run("init", "harbour", "--title", "The harbour raid", "--collector", "J. Doe")
    assert (code, err) == (0, "")
    assert out.startswith("case: harbour\nid: urn:uuid:")
    return Path("cases/harbour")


def captured(run: Run, site: RawServer, *targets: str, more: tuple[str, ...] = ()) -> tuple[int, str, str]:
    addresses = [site.url(target) for target in targets]
    return run("capture", *addresses, "--case", "harbour", "--allow-host", site.netloc, *more)


def fields(out: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in out.splitlines() if line)


def members(value: Any, example: Any, where: str = "") -> Iterator[str]:
    """Yield where a document and the example of its specification have other members."""
    if isinstance(example, dict) and example and isinstance(value, dict):
        if value.keys() != example.keys():
            yield f"{where}: {sorted(value.keys() ^ example.keys())}"
        for key in value.keys() & example.keys() - {"data", "counts"}:
            yield from members(value[key], example[key], f"{where}.{key}")
    if isinstance(example, list) and example and isinstance(value, list):
        for item in value:
            yield from members(item, example[0], where + "[]")


def specified() -> dict[str, Any]:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", SPEC.read_text("utf-8"), re.DOTALL)]
    return {block.get("schema", "item"): block for block in blocks}


def document(out: str, schema: str) -> Any:
    """Return the document after comparing it with the example in docs/spec/json-output.md."""
    assert out.isascii()
    value = json.loads(out)
    assert value["schema"] == schema
    examples = specified()
    example = examples.get(schema) or (
        examples["archiver-note/1"] if "event" in value else examples["archiver-capture/1"]
    )
    assert list(members(value, example)) == []
    for item in value.get("items", ()) or ([value["item"]] if isinstance(value.get("item"), dict) else ()):
        assert list(members(item, examples["item"])) == []
    return value


def test_a_link_becomes_evidence(run: Run, case: Path, site: RawServer) -> None:
    code, out, err = captured(run, site, "/news", more=("--note", "first report", "--tag", "a", "--tag", "b"))
    assert (code, err) == (0, "")
    said = fields(out)
    assert said["item"] == "000001"
    assert said["outcome"] == "complete"
    assert said["address"] == said["answered"] == site.url("/news")
    assert said["status"] == "200"
    assert said["title"] == "The harbour raid"
    assert said["bytes"] == "57"
    assert Path(said["file"]).stat().st_size == int(said["file-bytes"])
    assert re.fullmatch("[0-9a-f]{64}", said["sha256"])

    code, out, err = run("list", "harbour")
    assert (code, err) == (0, "")
    cells = out.removesuffix("\n").split("\t")
    assert cells[:3] == ["000001", "complete", "200"]
    assert cells[4:] == [site.url("/news"), "The harbour raid"]

    code, out, _ = run("show", "harbour", "1")
    assert code == 0
    assert "note: first report\ntags: a, b\n" in out
    assert "event: line 3, " in out

    code, out, err = run("verify", "harbour")
    assert (code, err) == (0, "")
    assert "verdict: sound\n" in out
    assert "not asked: " in out


def test_several_addresses_are_several_items_and_the_exit_code_is_the_worst(
    run: Run, case: Path, site: RawServer
) -> None:
    nobody = "http://127.0.0.1:9/"
    code, out, _ = captured(run, site, "/news", "/gone", "/nasty")
    assert code == 0
    assert [line for line in out.splitlines() if line.startswith("item: ")] == [f"item: 00000{n}" for n in (1, 2, 3)]
    assert captured(run, site, "/news", "/cut")[0] == 6
    assert run("capture", nobody, "--case", "harbour")[0] == 5
    assert run("capture", nobody, site.url("/gone"), "--case", "harbour", "--allow-host", site.netloc)[0] == 6


def test_nothing_that_a_page_says_acts_on_the_terminal(run: Run, case: Path, site: RawServer, tmp_path: Path) -> None:
    assert captured(run, site, "/nasty")[0] == 0
    for args in (("list", "harbour"), ("show", "harbour", "1"), ("verify", "harbour")):
        code, out, err = run(*args)
        assert code == 0
        assert not harmful(out + err)
        code, seen = on_a_terminal(*args, cwd=tmp_path, COLUMNS="132")
        text = seen.decode("utf-8").replace("\r\n", "\n")
        assert code == 0
        assert not harmful(SGR.sub("", text))
        assert "\x1b]" not in text
        result = piped(*args, cwd=tmp_path, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
        assert (result.returncode, result.stderr) == (0, b"")
        assert result.stdout.isascii()
    assert "[bold]T[/bold]" in run("list", "harbour")[1]
    assert json.loads(run("list", "harbour", "--json")[1])["title"] == NASTY.decode().strip()


def test_every_document_is_as_its_specification_says(run: Run, site: RawServer, tmp_path: Path) -> None:
    init = ("init", "harbour", "--title", "T", "--collector", "J. Doe", "--json")
    document(run(*init)[1], "archiver-init/1")
    code, out, err = captured(run, site, "/news", "/cut", more=("--json",))
    assert (code, err) == (6, "")
    value = document(out, "archiver-capture/1")
    assert [item["outcome"] for item in value["items"]] == ["complete", "partial"]
    assert value["exit_code"] == 6
    (tmp_path / "photo.jpg").write_bytes(b"not really")
    value = document(run("import", "harbour", "photo.jpg", "--source", "W", "--json")[1], "archiver-import/1")
    assert value["items"][0]["source"] == "W"
    assert value["items"][0]["media_type"] == "image/jpeg"
    document(run("note", "harbour", "text", "--item", "1", "--json")[1], "archiver-note/1")
    code, out, _ = run("show", "harbour", "1", "--extract", "out", "--reextract", "--json")
    assert code == 0
    value = document(out, "archiver-show/1")
    assert value["reextracted"]["same"] is True
    assert all(Path(name).is_file() for name in value["extracted"])
    lines = run("list", "harbour", "--json")[1].splitlines()
    assert [document(line, "archiver-list/1")["item"] for line in lines] == [1, 2, 3]
    document(run("recover", "harbour", "--json")[1], "archiver-recover/1")
    change_case_file(tmp_path / "cases" / "harbour" / "case.yaml")
    document(run("amend", "harbour", "--reason", "R", "--json")[1], "archiver-amend/1")
    withhold = ("withhold", "harbour", "2", "--reason", "R", "--authority", "A", "--yes", "--json")
    document(run(*withhold)[1], "archiver-withhold/1")
    code, out, _ = run("verify", "harbour", "--json")
    assert document(out, "archiver-verify/1")["verdict"] == "sound"
    document(run("doctor", "--json")[1], "archiver-doctor/1")
    document(run("show", "harbour", "99", "--json")[1], "archiver-error/1")


def change_case_file(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace('title: "', 'title: "changed '), "utf-8")


def test_import_keeps_name_and_source_and_not_the_folder(run: Run, case: Path, tmp_path: Path) -> None:
    folder = tmp_path / "somebody"
    folder.mkdir()
    (folder / "IMG.jpg").write_bytes(b"\xff\xd8\xff")
    code, out, err = run("import", "harbour", str(folder / "IMG.jpg"), "--source", "the witness", "--note", "n")
    assert (code, err) == (0, "")
    said = fields(out)
    assert (said["outcome"], said["name"], said["source"], said["bytes"]) == ("imported", "IMG.jpg", "the witness", "3")
    assert b"somebody" not in (case / "custody.jsonl").read_bytes()


def test_no_file_is_taken_when_one_cannot_be_read(run: Run, case: Path, tmp_path: Path) -> None:
    (tmp_path / "good").write_bytes(b"x")
    write_only = "/proc/sys/vm/compact_memory"  # nobody may read it, the administrator neither
    code, out, err = run("import", "harbour", "good", write_only, "--source", "S")
    assert (code, out) == (2, "")
    assert err.startswith(f"error: file '{write_only}': cannot be read: ")
    assert run("list", "harbour") == (0, "", "")


def test_a_new_case_by_path_with_an_odd_name_is_wrong_usage(run: Run) -> None:
    code, _, err = run("init", "./two words", "--title", "T", "--collector", "C")
    assert code == 2
    assert err.startswith("error: case './two words': its folder would be 'two words', which is no name\n")


def test_notes_amendments_and_repairs_say_what_was_recorded(run: Run, case: Path) -> None:
    code, out, _ = run("note", "harbour", "the page came down at noon")
    assert code == 0
    assert "recorded: line 2 of the log: note.added\n" in out
    assert run("recover", "harbour")[1] == "case: harbour\nrepaired: nothing: the case is in order\n"
    change_case_file(case / "case.yaml")
    code, _, err = run("note", "harbour", "again")
    assert code == 3
    assert "amend" in err
    code, out, _ = run("amend", "harbour", "--reason", "the title was too narrow")
    assert code == 0
    assert "case.amended" in out
    assert run("note", "harbour", "again")[0] == 0


def test_a_torn_log_is_repaired_and_the_repair_is_told(run: Run, case: Path) -> None:
    assert run("note", "harbour", "one")[0] == 0
    with (case / "custody.jsonl").open("ab") as log:
        log.write(b'{"torn')
    assert run("verify", "harbour")[0] == 9
    code, out, _ = run("recover", "harbour")
    assert code == 0
    assert "the torn end of the log was set aside" in out
    assert run("verify", "harbour")[0] == 0


def test_withhold_asks_and_takes_only_yes(run: Run, case: Path, site: RawServer, tmp_path: Path) -> None:
    assert captured(run, site, "/news")[0] == 0
    args = ("withhold", "harbour", "1", "--reason", "erasure", "--authority", "court, 1 C 2/26")
    code, _, err = run(*args)
    assert code == 2
    assert "scripts say --yes" in err
    code, _, err = run("withhold", "harbour", "7", *args[3:])
    assert (code, err.splitlines()[0]) == (2, "error: item 7: the case has none of this number")
    code, seen = on_a_terminal(*args, cwd=tmp_path, typed=b"y\n")
    assert code == 2
    assert b"cannot be undone" in seen
    assert site.url("/news").encode() in seen.replace(b"\r\n", b"")
    assert (case / "evidence/000/000001.warc.gz").exists()
    code, _ = on_a_terminal(*args, cwd=tmp_path, typed=b"yes\n")
    assert code == 0
    assert not (case / "evidence/000/000001.warc.gz").exists()
    code, out, _ = run("show", "harbour", "1")
    assert "outcome: withheld\n" in out
    assert "authority: court, 1 C 2/26\n" in out
    assert run("list", "harbour")[1].split("\t")[1] == "withheld"
    assert run("verify", "harbour")[0] == 0
    assert run("show", "harbour", "1", "--extract", "out")[0] == 2


def test_show_says_what_is_read_again_and_where_copies_are(run: Run, case: Path, site: RawServer) -> None:
    assert captured(run, site, "/news")[0] == 0
    code, out, _ = run("show", "harbour", "1", "--reextract", "--extract", "out")
    assert code == 0
    assert "read again: the same as on the record\n" in out
    copies = re.findall(r"^copied to: (.*)$", out, re.MULTILINE)
    assert sorted(copies) == sorted(str(path) for path in Path("out").iterdir())


def test_verify_finds_a_changed_bit_and_names_the_file(run: Run, case: Path, site: RawServer, tmp_path: Path) -> None:
    assert captured(run, site, "/news")[0] == 0
    warc = case / "evidence/000/000001.warc.gz"
    data = bytearray(warc.read_bytes())
    data[len(data) // 2] ^= 1
    warc.chmod(0o600)
    warc.write_bytes(data)
    code, out, _ = run("verify", "harbour")
    assert code == 8
    assert "contradicted: evidence/000/000001.warc.gz" in out
    assert out.endswith("in words: the case is not as its log says: see what is marked as contradicted\n")
    assert run("verify", "harbour", "--only", "chain")[0] == 0
    assert run("verify", "harbour", "--only", "files")[0] == 8
    assert run("verify", str(warc))[0] == 8
    code, seen = on_a_terminal("verify", "harbour", cwd=tmp_path)
    assert code == 8
    assert "✗ contradicted" in SGR.sub("", seen.decode())


def test_verify_strict_counts_what_was_not_asked(run: Run, case: Path) -> None:
    assert run("verify", "harbour")[0] == 0
    code, out, _ = run("verify", "harbour", "--strict")
    assert code == 9
    assert "verdict: unchecked\n" in out


def test_verify_takes_a_bare_warc_file(run: Run, case: Path, site: RawServer, tmp_path: Path) -> None:
    assert captured(run, site, "/news")[0] == 0
    shutil.copy(case / "evidence/000/000001.warc.gz", tmp_path / "page.warc.gz")
    code, out, _ = run("verify", "page.warc.gz")
    assert code == 0
    assert "this WARC file is sound in itself" in out
    assert run("verify", "./missing.warc.gz")[0] == 4


def test_an_unknown_check_is_wrong_usage(run: Run, case: Path) -> None:
    for only in ("everything", "files,everything", "everything,files"):
        code, _, err = run("verify", "harbour", "--only", only)
        assert code == 2
        assert "--only 'everything': there is no such check" in err
        assert "the checks are container, contents, layout, chain" in err


def test_verify_takes_several_checks_at_once(run: Run, case: Path) -> None:
    code, out, _ = run("verify", "harbour", "--only", "files,chain,layout")
    assert code == 0
    assert [line for line in out.splitlines() if line.startswith("check: ")] == [
        "check: layout: sound: nothing is missing, and nothing is there that the log does not explain",
        "check: chain: sound: 1 line, each naming the hash of the line before it; 0 items in order",
        "check: files: sound: 0 files with 0 bytes: size and SHA-256 as recorded",
    ]
    assert "the checks files, chain and layout found nothing that contradicts" in out
    assert "the check chain found nothing that contradicts" in run("verify", "harbour", "--only", "chain")[1]


def test_what_is_missing_is_said_with_what_to_do(run: Run, case: Path) -> None:
    for args in (("list", "nowhere"), ("show", "nowhere", "1"), ("note", "nowhere", "x"), ("recover", "nowhere")):
        code, out, err = run(*args)
        assert (code, out) == (4, "")
        assert err.startswith("error: ")
    assert run("init", "harbour", "--title", "T", "--collector", "C")[0] == 4
    assert run("show", "harbour", "1")[0] == 2
    assert run("capture", "http://127.0.0.1:9/", "--case", "nowhere")[0] == 4


@pytest.mark.parametrize(
    "flags",
    [
        ("--allow-host", "nonsense"),
        ("--connect-to", "a:1"),
        ("--proxy", "ftp://x"),
        ("--header", "no colon"),
        ("--cookies", "./missing"),
        ("--ca-file", "./missing"),
        ("--max-bytes", "lots"),
        ("--max-time", "soon"),
        ("--max-redirects", "-1"),
    ],
)
def test_a_bad_flag_is_refused_before_anything_is_recorded(run: Run, case: Path, flags: tuple[str, str]) -> None:
    before = (case / "custody.jsonl").read_bytes()
    code, _, err = run("capture", "http://127.0.0.1:9/", "--case", "harbour", *flags)
    assert code == 2
    assert err.startswith("error: ")
    assert (case / "custody.jsonl").read_bytes() == before


@pytest.mark.parametrize("text", ["", "  \t", "\udcff"])
def test_a_text_for_the_record_is_text(run: Run, case: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "one").write_bytes(b"1")
    before = (case / "custody.jsonl").read_bytes()
    for args in (
        ("init", "other", "--title", text, "--collector", "C"),
        ("init", "other", "--title", "T", "--collector", text),
        ("note", "harbour", text),
        ("amend", "harbour", "--reason", text),
        ("withhold", "harbour", "1", "--yes", "--reason", text, "--authority", "A"),
        ("withhold", "harbour", "1", "--yes", "--reason", "R", "--authority", text),
        ("import", "harbour", "one", "--source", text),
    ):
        assert run(*args)[0] == 2, args
    for args in (
        ("init", "other", "--title", "T", "--collector", "C", "--purpose", "\udcff"),
        ("import", "harbour", "one", "--source", "S", "--note", "\udcff"),
        ("import", "harbour", "one", "--source", "S", "--tag", "\udcff"),
        ("capture", "http://127.0.0.1:9/", "--case", "harbour", "--note", "\udcff"),
        ("capture", "http://127.0.0.1:9/", "--case", "harbour", "--tag", "\udcff"),
        ("capture", "http://127.0.0.1:9/\udcff", "--case", "harbour"),
    ):
        assert run(*args)[0] == 2, args
    assert (case / "custody.jsonl").read_bytes() == before
    assert not (case.parent / "other").exists()


def test_a_file_name_that_is_not_unicode_can_be_imported(run: Run, case: Path) -> None:
    name = os.fsdecode(b"photo-\xff.jpg")
    Path(name).write_bytes(b"1")
    code, out, _ = run("import", "harbour", name, "--source", "S")
    assert code == 0
    assert "name: photo-\\\\udcff.jpg\n" in out


def test_a_cookie_file_is_refused_by_its_name_and_line_and_never_by_its_content(
    run: Run, case: Path, tmp_path: Path
) -> None:
    (tmp_path / "jar.txt").write_text("# Netscape\ns3cretvalue\n")
    code, _, err = run("capture", "http://127.0.0.1:9/", "--case", "harbour", "--cookies", "jar.txt")
    assert code == 3
    assert "jar.txt:2" in err
    assert "s3cret" not in err


def test_a_file_without_certificates_is_refused(run: Run, case: Path, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    code, _, err = run("capture", "http://127.0.0.1:9/", "--case", "harbour", "--ca-file", "ca.pem")
    assert code == 3
    assert "ca.pem" in err


def test_flags_are_on_the_record_and_reach_the_server(run: Run, case: Path, site: RawServer, tmp_path: Path) -> None:
    (tmp_path / "cookies").write_text("127.0.0.1\tFALSE\t/\tFALSE\t0\tsession\ts3cretcookie\n")
    address = f"http://site.test:{site.port}/news"
    flags = (
        "--connect-to", f"site.test:{site.port}:{site.netloc}",
        "--allow-host", site.netloc,
        "--allow-host", f"site.test:{site.port}",
        "--header", "X-Reason: evidence",
        "--cookies", "cookies",
        "--max-bytes", "1M",
        "--max-time", "30",
        "--max-redirects", "0",
        "--insecure",
        "--offline",
    )  # fmt: skip
    code, out, err = run("capture", address, "--case", "harbour", *flags)
    assert (code, err) == (0, ""), out
    assert b"X-Reason: evidence\r\n" in site.requests[-1]
    log = (case / "custody.jsonl").read_bytes()
    settings = json.loads(log.splitlines()[1])["data"]["settings"]
    assert settings["limits"]["max_bytes"] == 1 << 20
    assert settings["limits"]["max_time_ms"] == 30_000
    assert settings["limits"]["max_redirects"] == 0
    assert settings["route"]["insecure"] is True
    assert settings["offline"] is True
    assert b"s3cretcookie" not in log


def test_init_offline_is_in_the_policy_and_holds_for_captures(run: Run, site: RawServer) -> None:
    assert run("init", "harbour", "--title", "T", "--collector", "C", "--offline")[0] == 0
    assert captured(run, site, "/news")[0] == 0
    log = Path("cases/harbour/custody.jsonl").read_bytes()
    assert json.loads(log.splitlines()[1])["data"]["settings"]["offline"] is True


def test_the_cases_folder_can_be_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environ = {"ARCHIVER_CASES": str(tmp_path / "deep" / "cases")}
    assert main(["init", "harbour", "--title", "T", "--collector", "C"], environ=environ) == 0
    assert (tmp_path / "deep" / "cases" / "harbour" / "custody.jsonl").is_file()
    assert (tmp_path / "deep" / "cases").stat().st_mode & 0o777 == 0o700
    assert main(["init", "harbour", "--title", "T", "--collector", "C"], environ={"ARCHIVER_CASES": "/proc/x"}) == 4
    assert "cannot be made" in capsys.readouterr().err


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_ctrl_c_ends_a_capture_and_keeps_what_arrived(
    run: Run, case: Path, site: RawServer, tmp_path: Path, more: tuple[str, ...]
) -> None:
    slow, news = site.url("/slow"), site.url("/news")
    args = ("capture", slow, news, "--case", "harbour", "--allow-host", site.netloc, *more)
    process = subprocess.Popen(
        (*PROGRAM, *args), cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 30
    while not site.requests and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    if more:
        value = document(out, "archiver-capture/1")
        assert [item["outcome"] for item in value["items"]] == ["interrupted"]
        assert value["error"]["kind"] == "interrupted"
        assert value["exit_code"] == 130
    else:
        assert "outcome: interrupted\n" in out
        assert "1 of 2 were not begun" in err
    assert run("verify", "harbour")[0] == 0
    assert run("list", "harbour")[1].count("\n") == 1


def test_a_reader_that_leaves_does_not_stop_a_capture(run: Run, case: Path, site: RawServer, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    args = ("capture", site.url("/news"), site.url("/gone"), "--case", "harbour", "--allow-host", site.netloc)
    process = subprocess.run((*PROGRAM, *args), cwd=tmp_path, env=environment(), stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (process.returncode, process.stderr) == (0, b"")
    assert run("list", "harbour")[1].count("\n") == 2


def test_a_list_that_nobody_reads_ends(run: Run, case: Path, site: RawServer, tmp_path: Path) -> None:
    assert captured(run, site, "/news", "/gone")[0] == 0
    for more in ((), ("--json",)):
        reading, writing = os.pipe()
        os.close(reading)
        process = subprocess.run(
            (*PROGRAM, "list", "harbour", *more),
            cwd=tmp_path,
            env=environment(),
            stdout=writing,
            stderr=subprocess.PIPE,
        )
        os.close(writing)
        assert (process.returncode, process.stderr) == (0, b"")


def test_on_a_terminal_the_talk_is_there_and_on_a_pipe_it_is_not(
    run: Run, case: Path, site: RawServer, tmp_path: Path
) -> None:
    code, seen = on_a_terminal("list", "harbour", cwd=tmp_path)
    assert code == 0
    assert b"no items yet" in seen
    assert run("list", "harbour") == (0, "", "")
    args = ("capture", site.url("/soon"), "--case", "harbour", "--allow-host", site.netloc)
    code, seen = on_a_terminal(*args, cwd=tmp_path)
    assert code == 0
    assert b"Ctrl-C" in seen
    assert "outcome     complete" in SGR.sub("", seen.decode())
    code, seen = on_a_terminal("list", "harbour", cwd=tmp_path, COLUMNS="120")
    assert "time (UTC)" in SGR.sub("", seen.decode())


def test_the_demo_ends_with_where_to_look(run: Run) -> None:
    code, out, err = run("demo")
    assert (code, err) == (0, "")
    assert "archiver list demo\n" in out
    assert run("verify", "demo")[0] == 0
    code, out, _ = run("demo", "--into", "./again", "--json")
    assert code == 0
    value = document(out, "archiver-demo/1")
    assert document(json.dumps(value["verdict"]), "archiver-verify/1")["verdict"] == "sound"
    assert len(value["items"]) >= 10


def test_the_demo_on_a_terminal(run: Run, tmp_path: Path) -> None:
    code, seen = on_a_terminal("demo", cwd=tmp_path, COLUMNS="80")
    assert code == 0
    assert max(len(line) for line in SGR.sub("", seen.decode()).split("\r\n")) <= 80
