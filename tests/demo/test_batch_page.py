"""docs/spec/batch.md says what the program does."""

import os
import re
import sys
from pathlib import Path

from readme import agrees, blocks, run
from server import RawServer

from archiver.cli import batch_progress
from archiver.cli.batch_results import COLUMNS
from archiver.config.address_list import read_list
from archiver.pipeline.retry import STATUSES

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/spec/batch.md").read_text("utf-8")
TITLED = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 32\r\n\r\n<title>The harbour raid</title>\r\n"
GONE = b"HTTP/1.1 410 Gone\r\nContent-Length: 4\r\n\r\ngone"


def test_the_example_does_what_the_page_says(tmp_path: Path, raw_server: RawServer) -> None:
    raw_server.routes = {"/1": TITLED, "/2": TITLED, "/gone": GONE}
    program = tmp_path / "bin" / "archiver"
    program.parent.mkdir()
    to_here = (
        f"--connect-to site.test:80:{raw_server.netloc} --allow-host site.test:80 --allow-host {raw_server.netloc}"
    )
    program.write_text(
        f'#!/bin/sh\nrun="{sys.executable} -m archiver"\n'
        f'[ "$1" = batch ] && exec $run "$@" {to_here} --spacing 0.2\nexec $run "$@"\n'
    )
    program.chmod(0o755)
    path = f"{program.parent}:{os.environ['PATH']}"
    environ = {"PATH": path, "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    (session,) = blocks(PAGE)
    shown = session[0].expected
    assert shown is not None
    (tmp_path / "links.csv").write_text("".join(line + "\n" for line in shown))
    init = "archiver init harbour --title T --collector C >/dev/null"
    first = type(session[0])(f"{init}; {session[0].text}", shown)
    for ran in run([first, *session[1:]], tmp_path, environ):
        assert agrees(ran.command.expected or (), ran.output), f"$ {ran.command.text}\n" + "\n".join(ran.output)


def test_the_columns_of_the_results_are_those_of_the_page() -> None:
    header = re.search(r"```csv\n(.*)\n```", PAGE)
    assert header is not None
    assert tuple(header[1].split(",")) == COLUMNS
    told = re.findall(r"`([a-z_0-9]+)`", " ".join(re.findall(r"^\| ((?:`[a-z_0-9]+`(?:, )?)+) \|", PAGE, re.MULTILINE)))
    assert tuple(told) == COLUMNS
    listed = read_list(f"{header[1]}\n1,1,http://a.example/,,,,,,,,,\n".encode(), "results.csv")
    assert (len(listed.rows), listed.problems) == (1, ())


def test_the_refusals_that_may_pass_are_those_of_the_code() -> None:
    found = re.search(r"may pass \(([0-9, ]+)\)", PAGE)
    assert found is not None
    assert [int(status) for status in found[1].split(", ")] == sorted(STATUSES)


def test_the_numbers_of_the_time_left_are_those_of_the_code() -> None:
    assert (batch_progress.WINDOW, batch_progress.KNOWN_AFTER) == (120.0, (10, 5.0))
    assert "the last two minutes" in PAGE
    assert "before ten rows and five seconds" in " ".join(PAGE.split())
