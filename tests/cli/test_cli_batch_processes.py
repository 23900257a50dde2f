"""`archiver batch` as a process: signals, kills, pipes that close, and what a terminal shows."""

import json
import os
import pty
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest
from cli_processes import PROGRAM, environment, on_a_terminal
from cli_streams import SGR
from hostile_texts import harmful
from listbench import Desk, arguments, until
from server import Pause, RawServer, Send

OURS = ("\x1b[J", "\r")


def seen(received: bytes) -> str:
    """What a terminal received, without colours and without the moves with which our own picture is drawn anew."""
    text = SGR.sub("", received.decode("utf-8").replace("\r\n", "\n"))
    for lines in range(1, 12):
        text = text.replace(f"\x1b[{lines}A", "")
    for ours in OURS:
        text = text.replace(ours, "")
    return text


def ended(out: str) -> Any:
    return json.loads(out.splitlines()[-1])


def test_one_ctrl_c_lets_what_is_under_way_end(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(*(pages.url("/soon") for _ in range(6)))
    process = desk.begun(file, "--json", "--concurrency", "2", "--results", "out.csv", sites=[pages])
    until(lambda: len(pages.requests) == 2)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    counts = ended(out)["counts"]
    assert (counts["complete"], counts["interrupted"], counts["not_begun"]) == (2, 0, 4)
    assert (ended(out)["stopped"], ended(out)["exit_code"]) == (True, 130)
    assert len(pages.requests) == 2
    assert desk.run("verify", "harbour")[0] == 0
    assert Path("out.csv").read_text("utf-8").count(",not begun,") == 4


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_second_signal_stops_at_once_and_what_arrived_is_kept(desk: Desk, pages: RawServer, number: int) -> None:
    file = desk.listed(*(pages.url("/slow") for _ in range(3)))
    process = desk.begun(file, "--json", "--concurrency", "2", sites=[pages])
    until(lambda: len(pages.requests) == 2)
    process.send_signal(number)
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(1)
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (130, "")
    assert ended(out)["counts"]["interrupted"] == 2
    assert all((desk.folder / f"cases/harbour/evidence/000/00000{item}.warc.gz").is_file() for item in (1, 2))
    assert desk.run("verify", "harbour")[0] == 0
    pages.routes["/slow"] = pages.default
    code, documents = desk.documents(file, sites=[pages])
    assert (code, documents[0]["todo"]) == (0, 3)


def test_a_third_signal_ends_the_process_and_the_case_can_be_put_in_order(desk: Desk, pages: RawServer) -> None:
    process = desk.begun(desk.listed(pages.url("/slow")), sites=[pages])
    until(lambda: pages.requests)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert desk.run("recover", "harbour")[0] == 0
    assert desk.run("verify", "harbour")[0] == 0


def test_after_a_kill_the_same_command_captures_what_is_missing(desk: Desk, pages: RawServer) -> None:
    pages.default = (Pause(0.05), Send(bytes(pages.default)))  # type: ignore[arg-type]
    addresses = [pages.url(f"/{number}") for number in range(40)]
    file = desk.listed(*addresses)
    process = desk.begun(file, "--json", sites=[pages])
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(12)]
    process.kill()
    process.communicate()
    done = {json.loads(line)["url"] for line in told[1:]}
    assert len(done) == 11
    before = {item["url"] for item in desk.items() if item["outcome"] == "complete"}
    assert done <= before
    pages.requests.clear()
    code, documents = desk.documents(file, sites=[pages])
    assert code == 0
    recovered = {item["url"] for item in desk.items() if item["outcome"] == "complete"}
    assert recovered == set(addresses)
    assert not {request.split()[1].decode() for request in pages.requests} & {
        url.rpartition(":")[2][5:] for url in done
    }
    assert documents[0]["todo"] == len(pages.requests) <= len(addresses) - len(before)
    assert desk.run("verify", "harbour")[0] == 0


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_a_reader_that_leaves_stops_the_batch_as_ctrl_c_does(
    desk: Desk, pages: RawServer, more: tuple[str, ...]
) -> None:
    pages.default = (Pause(0.1), Send(bytes(pages.default)))  # type: ignore[arg-type]
    file = desk.listed(*(pages.url(f"/{number}") for number in range(40)))
    process = desk.begun(file, *more, "--concurrency", "2", sites=[pages])
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        assert "next: run the same command again to go on with the " in process.stderr.read()
    assert process.wait(30) == 130
    items = desk.items()
    assert 1 <= len(items) < 40
    assert {item["outcome"] for item in items} <= {"complete", "interrupted"}
    assert desk.run("verify", "harbour")[0] == 0
    pages.default = pages.default[-1].data  # type: ignore[union-attr,index]
    assert desk.batch(file, sites=[pages])[0] == 0


def test_where_nobody_ever_read_the_batch_goes_on(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(pages.url("/1"), pages.url("/2"))
    command = " ".join((*PROGRAM, *arguments(file, sites=[pages]), ">&-", "2>&-", "<&-"))
    assert subprocess.run(("sh", "-c", command), cwd=desk.folder, env=environment()).returncode == 0
    assert len(desk.items()) == 2


def test_an_answer_that_cannot_be_written_stops_it_and_keeps_the_evidence(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(*(pages.url(f"/{number}") for number in range(30)))
    with Path("/dev/full").open("wb") as full:
        process = desk.begun(file, "--concurrency", "1", "--results", "out.csv", sites=[pages], stdout=full)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 4
    assert "next: run the same command again" in err
    assert "\nerror: standard output: the answer could not be written" in err
    assert 1 <= len(desk.items()) < 30
    assert Path("out.csv").exists()
    assert desk.run("verify", "harbour")[0] == 0


def test_a_long_list_comes_whole_through_a_pipe(desk: Desk, pages: RawServer) -> None:
    text = f"# {'x' * 1000}\n" * 300 + pages.url("/last") + "\n"
    process = desk.begun("-", sites=[pages], stdin=subprocess.PIPE)
    out, err = process.communicate(text, timeout=30)
    assert (process.returncode, err) == (0, "")
    assert out.split("\t")[4] == pages.url("/last")


def test_a_terminal_shows_how_far_it_is_and_what_came_of_it(desk: Desk, pages: RawServer) -> None:
    nasty = "\x1b]0;x\x07\x1b[2J\u202e[bold]T"
    rows = [
        {"address": pages.url(f"/soon#{nasty}"), "note": nasty},
        {"address": pages.url("/cut")},
        {"address": "http://127.0.0.1:9/"},
        {"address": pages.url("/cut")},
    ]
    Path("links.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    for width in (60, 80, 200):
        code, received = on_a_terminal(
            *arguments("links.jsonl", "--tries", "1", "--again", sites=[pages]), cwd=desk.folder, COLUMNS=str(width)
        )
        assert code == 6
        text = seen(received)
        assert not harmful(text)
        assert max(len(line) for line in text.split("\n")) <= width
        whole = " ".join(text.split())
        assert "1 row repeats an earlier address, and is an item of its own: line 4 has the address of" in whole
        assert "4 rows, 4 to do" in whole
        assert "under way (Ctrl-C finishes these and stops)" in whole
        assert "line 2: partial: the connection ended before the answer did:" in whole
        assert "line 3: failed: address 127.0.0.1 is not public" in whole
        assert "because 2 × partial: the connection ended before the answer did (for example line" in whole
        assert "add --redo failed to try again the 1 that failed" in whole
        assert "if addresses that are not public are meant: --allow-host 127.0.0.1:9" in whole
    code, received = on_a_terminal(*arguments("links.jsonl", sites=[pages]), cwd=desk.folder)
    assert "4 rows, 4 done before: nothing is left to do" in seen(received)
    bare = on_a_terminal(*arguments("links.jsonl", "--again", sites=[pages]), cwd=desk.folder, TERM="dumb")[1]
    assert b"\x1b" not in bare
    assert b"4 of 4 done" in bare or b"3 of 4 done" in bare or b"0 of 4 done" in bare


def test_a_list_can_be_typed(desk: Desk, pages: RawServer) -> None:
    typed = f"{pages.url('/1')}\n\x04".encode()
    code, received = on_a_terminal(*arguments("-", sites=[pages]), cwd=desk.folder, typed=typed)
    assert code == 0
    text = " ".join(seen(received).split())
    assert "type or paste addresses, one a line; Ctrl-D on an empty line ends the list" in text
    assert "kept 1 complete" in text


def test_ctrl_c_on_a_terminal_says_what_is_finished_and_what_to_do_next(desk: Desk, pages: RawServer) -> None:
    file = desk.listed(*(pages.url("/soon") for _ in range(3)))
    received, code = typed_at(desk, pages, file, b"\x03")
    assert code == 130
    text = " ".join(seen(received).split())
    assert "finishing the one that is under way, beginning no more; Ctrl-C again stops at once" in text
    assert "run the same command again to go on with the 2 that are left" in text


def typed_at(desk: Desk, pages: RawServer, file: str, keys: bytes) -> tuple[bytes, int]:
    """Run a batch on a terminal of its own and type `keys` when the first page is asked for."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        (*PROGRAM, *arguments(file, "--concurrency", "1", sites=[pages])),
        cwd=desk.folder,
        env=environment(),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        preexec_fn=lambda: (os.setsid(), os.close(os.open(os.ttyname(0), os.O_RDWR))),  # a terminal that can interrupt
    )
    os.close(slave)
    received = bytearray()

    def read() -> None:
        while True:
            try:
                piece = os.read(master, 65_536)
            except OSError:
                return
            if not piece:
                return
            received.extend(piece)

    reader = threading.Thread(target=read)
    reader.start()
    until(lambda: pages.requests and b"1 under way" in received)
    os.write(master, keys)
    code = process.wait(30)
    reader.join()
    os.close(master)
    return bytes(received), code
