"""Every command block of README.md and of the pages beside it does what the page says, in a copy like a fresh clone."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from readme import Command, agrees, blocks, kinds, run, setup_commands

from archiver.demo.run import run_demo
from archiver.demo.server import DemoServer
from archiver.runtime import system_runtime

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", "cases/README.md", "docs/threat-model.md")
DOCUMENTS = sorted(path.relative_to(ROOT) for path in (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))
EXAMPLE_PAGE = (
    b'<!doctype html><html lang="en"><head><title>Example Domain</title></head>'
    b"<body><h1>Example Domain</h1><p>This stands for the page of the README's first case.</p></body></html>\n"
)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b" % (
    len(EXAMPLE_PAGE),
    EXAMPLE_PAGE,
)


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A folder like a fresh clone after set-up, and the environment; www.example.org is led to loopback."""
    folder = tmp_path_factory.mktemp("clone")
    example = folder / "cases" / "example"
    if (ROOT / "cases/example/custody.jsonl").exists():
        for name in ("example", "example-outside"):
            shutil.copytree(ROOT / "cases" / name, folder / "cases" / name)
    else:
        example.parent.mkdir()
        run_demo(example, runtime=system_runtime(), say=lambda line: None)
    with DemoServer({("https", "www.example.org", "/"): ANSWER}, datetime.now(UTC)) as server:
        route = server.route()
        (folder / ".venv/bin").mkdir(parents=True)
        anchor = folder / ".venv/ca.pem"
        anchor.write_text(route.ca_pem or "", encoding="ascii")
        place = next(c for c in route.connect_to if c.port == 443)
        _program(folder / ".venv/bin/archiver", f"{place.host}:443:{place.to_host}:{place.to_port}", anchor)
        path = f"{folder / '.venv/bin'}:{os.environ['PATH']}"
        yield folder, {"PATH": path, "HOME": str(folder), "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}


def _program(path: Path, connect_to: str, anchor: Path) -> None:
    path.write_text(
        "#!/bin/sh\n"
        f'run="{sys.executable} -m archiver"\n'
        f'case "$1" in capture|batch) exec $run "$@" --connect-to {connect_to} --ca-file {anchor};; esac\n'
        'exec $run "$@"\n',
        encoding="ascii",
    )
    path.chmod(0o755)


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_the_page_does_what_it_says(page: str, clone: tuple[Path, dict[str, str]]) -> None:
    folder, environ = clone
    found = blocks((ROOT / page).read_text(encoding="utf-8"))
    assert found
    for block in found:
        for ran in run(block, folder, environ):
            printed = "\n".join(ran.output)
            if ran.command.expected is None:
                assert ran.code == 0, f"$ {ran.command.text}\n{printed}"
            else:
                assert agrees(ran.command.expected, ran.output), f"$ {ran.command.text}\n{printed}"


@pytest.fixture
def tampered(clone: tuple[Path, dict[str, str]], tmp_path: Path) -> tuple[Path, dict[str, str]]:
    """The example in a folder of its own, with one byte of one WARC and one letter of one log line changed."""
    shutil.copytree(clone[0] / "cases/example", tmp_path / "cases/example")
    warc = tmp_path / "cases/example/evidence/000/000004.warc.gz"
    data = bytearray(warc.read_bytes())
    data[len(data) // 2] ^= 1
    warc.write_bytes(data)
    log = tmp_path / "cases/example/custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b"first report, in Russian", b"first report, in Spanish", 1))
    return tmp_path, clone[1]


def by_hand(word: str) -> list[Command]:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    return next(block for block in blocks(page) if any(word in command.text for command in block))


def test_hash_list_made_by_hand_finds_a_changed_file(
    clone: tuple[Path, dict[str, str]], tampered: tuple[Path, dict[str, str]]
) -> None:
    _, sound, count = run(by_hand("sha256sum -c"), *clone)
    assert (sound.code, len(sound.output)) == (0, int(count.output[0]))
    assert all(line.endswith(": OK") for line in sound.output)
    _, changed, _ = run(by_hand("sha256sum -c"), *tampered)
    assert changed.code == 1
    assert "evidence/000/000004.warc.gz: FAILED" in changed.output


def test_chain_walked_by_hand_finds_a_changed_line(
    clone: tuple[Path, dict[str, str]], tampered: tuple[Path, dict[str, str]]
) -> None:
    last = (clone[0] / "cases/example/custody.jsonl").read_bytes().splitlines(keepends=True)[-1]
    assert run(by_hand("while IFS="), *clone)[-1].output == (f"last line: {sha256(last).hexdigest()}",)
    lines = (tampered[0] / "cases/example/custody.jsonl").read_bytes().splitlines()
    changed = 1 + next(number for number, line in enumerate(lines, 1) if b"first report, in Spanish" in line)
    walked = [line for ran in run(by_hand("while IFS="), *tampered) for line in ran.output]
    assert walked == [f"the chain is broken before line {changed}", "last line: unknown"]


def test_null_bytes_that_a_shell_does_not_see_are_found_by_hand(
    tampered: tuple[Path, dict[str, str]], clone: tuple[Path, dict[str, str]]
) -> None:
    log = tampered[0] / "cases/example/custody.jsonl"
    log.write_bytes(
        (clone[0] / "cases/example/custody.jsonl").read_bytes().replace(b"demo collector", b"demo\0 collector")
    )
    _, compared, *_ = run(by_hand("while IFS="), *tampered)
    assert compared.code != 0


def test_previous_line_shown_by_hand_has_the_hash_that_the_next_one_names(clone: tuple[Path, dict[str, str]]) -> None:
    _, hashed, named = run(by_hand("sed -n 3p"), *clone)
    assert named.output == (f'"prev":"{hashed.output[0][:64]}"',)


def test_every_block_is_marked_as_run_or_shown() -> None:
    for page in PAGES:
        assert set(kinds((ROOT / page).read_text(encoding="utf-8"))) <= {"sh", "console", "text"}, page


def test_readme_has_two_set_up_commands_of_one_line_each() -> None:
    commands = setup_commands((ROOT / "README.md").read_text(encoding="utf-8"))
    assert sorted(commands) == ["1", "2"]
    assert all("\n" not in command for command in commands.values())
    assert commands["1"].endswith("archiver demo")
    assert commands["2"].endswith("pytest")


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.as_posix())
def test_every_page_that_a_page_points_to_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", (ROOT / page).read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (ROOT / page.parent / link).exists()] == []


def test_every_decision_stands_in_the_index() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    decisions = sorted(path.name for path in (ROOT / "docs/adr").glob("0*.md"))
    assert re.findall(r"\]\((0[^)]+)\)", index) == decisions
    assert [int(name[:4]) for name in decisions] == list(range(1, len(decisions) + 1))


@pytest.mark.long
@pytest.mark.parametrize("number", ["1", "2"])
def test_set_up_command_works_in_a_fresh_clone(number: str, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    command = setup_commands((ROOT / "README.md").read_text(encoding="utf-8"))[number]
    done = subprocess.run(["bash", "-c", command], cwd=clone, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_hashes_on_the_page_are_those_of_the_shipped_example() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    lines = (ROOT / "cases/example/custody.jsonl").read_bytes().splitlines(keepends=True)
    warc = (ROOT / "cases/example/evidence/000/000009.warc.gz").read_bytes()
    for data in (lines[2], lines[20], warc):
        assert sha256(data).hexdigest() in page
