"""The walk of the demo: what it leaves behind, and that nothing of the machine is in it.

How it is sealed: test_demo_sealed.py.
"""

import getpass
import gzip
import os
import socket
import stat
from pathlib import Path

import pytest

from archiver.demo.outside import outside_of
from archiver.demo.run import DemoResult, free_folder, run_demo
from archiver.demo.site import TOUR
from archiver.errors import CaseError, ExitCode, Interrupted
from archiver.model.verdict import Severity
from archiver.runtime import system_runtime
from archiver.verify.run import verify_case

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "cases" / "example"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> DemoResult:
    said: list[str] = []
    result = run_demo(tmp_path_factory.mktemp("demo") / "case", runtime=system_runtime(), say=said.append)
    assert tuple(said) == result.lines
    return result


def items(result: DemoResult) -> list[dict[str, object]]:
    return [dict(event.data) for event in result.events if event.event in {"item.captured", "item.failed"}]


def test_case_verifies_without_a_finding_that_weighs(demo: DemoResult) -> None:
    assert demo.verdict.exit_code(strict=False) == ExitCode.OK
    assert [f for f in demo.verdict.findings if f.severity >= Severity.UNCHECKED] == []


def test_every_stop_of_the_tour_became_an_item_in_order(demo: DemoResult) -> None:
    found = items(demo)
    assert [item["url"] for item in found] == [stop.address for stop in TOUR]
    assert [item["item"] for item in found] == list(range(1, len(TOUR) + 1))
    assert [item["status"] for item in found] == [200] * 8 + [410, 200]
    assert [item["outcome"] for item in found] == ["complete"] * 9 + ["partial"]
    assert found[-1]["reasons"] == ["cut-disconnect"]


def test_titles_and_languages_are_read_whatever_the_charset(demo: DemoResult) -> None:
    found = items(demo)
    assert found[0]["title"] == "Администратор страницы «Двор и площадь» задержан — Вестник Юга"
    assert found[1]["title"] == "Administrator of a neighbourhood page held — The Southern Post"
    assert found[2]["title"] == "Detenido el administrador de una página vecinal - Diario del Sur"
    assert found[3]["title"] == "Девять человек задержаны в сквере на Липовой — Вестник Юга"
    assert found[4]["title"] == "Nine held in a square — The Southern Post"
    assert found[5]["title"] == "Письмо соседей — Новости Юга"
    assert [item["language"] for item in found[:6]] == ["ru", "en", "es", "ru", "en", "ru"]
    assert [item["title"] for item in found[6:8]] == [None, None]


def test_short_link_is_three_exchanges(demo: DemoResult) -> None:
    item = items(demo)[1]
    exchanges = item["exchanges"]
    assert isinstance(exchanges, list)
    assert [exchange["status"] for exchange in exchanges] == [301, 302, 200]
    assert item["final_url"] == "https://southern-post.example/2026/11/13/administrator-held"


def test_import_and_note_are_on_the_record(demo: DemoResult) -> None:
    assert [event.event for event in demo.events[-3:]] == ["item.imported", "note.added", "export.made"]
    assert demo.events[-3].data["name"] == "note-of-the-family.txt"


def test_lines_name_the_case_every_item_and_the_verdict(demo: DemoResult) -> None:
    assert str(demo.case) in demo.lines[0]
    assert all(any(stop.address in line for line in demo.lines) for stop in TOUR)
    assert any(line.startswith("verified the case with what lies outside: sound, exit code 0 (") for line in demo.lines)


def test_case_and_what_lies_beside_it_are_private_to_their_owner(demo: DemoResult) -> None:
    outside = outside_of(demo.case)
    for path in (demo.case, *demo.case.rglob("*"), outside, *outside.iterdir()):
        assert stat.S_IMODE(path.lstat().st_mode) == (0o700 if path.is_dir() else 0o600), path


def test_nothing_of_this_machine_is_in_the_case(demo: DemoResult, tmp_path: Path) -> None:
    assert traces(demo.case) + traces(outside_of(demo.case)) == []


@pytest.mark.skipif(
    not EXAMPLE.joinpath("custody.jsonl").exists() and "ARCHIVER_REQUIRE_ALL" not in os.environ,
    reason="the example case is not in this copy",
)
class TestExample:
    """The case that is shipped."""

    def test_it_verifies(self) -> None:
        assert verify_case(EXAMPLE).exit_code(strict=False) == ExitCode.OK

    def test_nothing_of_this_machine_is_in_it(self) -> None:
        assert traces(EXAMPLE) + traces(outside_of(EXAMPLE)) == []

    def test_it_holds_the_whole_tour(self) -> None:
        log = (EXAMPLE / "custody.jsonl").read_text(encoding="utf-8")
        assert all(stop.address in log for stop in TOUR)


def test_an_existing_folder_is_refused(demo: DemoResult) -> None:
    before = sorted(demo.case.rglob("*"))
    with pytest.raises(CaseError):
        run_demo(demo.case, runtime=system_runtime(), say=lambda line: None)
    assert sorted(demo.case.rglob("*")) == before


def test_a_stop_between_items_leaves_a_case_that_verifies(tmp_path: Path) -> None:
    said: list[str] = []
    with pytest.raises(Interrupted):
        run_demo(tmp_path / "case", runtime=system_runtime(), say=said.append, stop=lambda: len(said) >= 3)
    assert verify_case(tmp_path / "case").exit_code(strict=False) == ExitCode.OK


def test_free_folder_counts_up(tmp_path: Path) -> None:
    assert free_folder(tmp_path) == tmp_path / "demo"
    (tmp_path / "demo").mkdir()
    assert free_folder(tmp_path) == tmp_path / "demo-2"
    (tmp_path / "demo-2").mkdir()
    assert free_folder(tmp_path) == tmp_path / "demo-3"


def test_free_folder_passes_over_what_lies_beside_a_case_that_is_gone(tmp_path: Path) -> None:
    (tmp_path / "demo-outside").mkdir()
    assert free_folder(tmp_path) == tmp_path / "demo-2"


def traces(case: Path) -> list[str]:
    """Return what in the bytes of `case`, unpacked too, says on which machine or by whom it was made."""
    telling = {socket.gethostname(), socket.getfqdn(), str(Path.home()), str(ROOT), str(case), getpass.getuser()}
    telling |= {"/home/", "/root", "/tmp/", "+01:00", "+02:00", "+03:00"}  # noqa: S108  # paths that must not be there
    telling = {word for word in telling if len(word) > 4 and word not in {"localhost", "demo", "case"}}
    found = []
    for path in case.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            if path.suffix == ".gz":
                data += gzip.decompress(data)
            found += [f"{path.name}: {word}" for word in sorted(telling) if word.encode() in data]
    return found


def test_a_cases_folder_that_cannot_be_looked_into_is_left_to_the_making_of_the_case(tmp_path: Path) -> None:
    odd = tmp_path / ("x" * 300)  # no file system has such names: looking is an error, as without permission
    assert free_folder(odd) == odd / "demo"
