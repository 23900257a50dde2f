"""The package that docs/adapters.md describes, built as a wheel, installed, and used by the program as it is run."""

import base64
import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from authority import Authority
from cli_processes import ROOT, piped
from listbench import Desk
from server import RawServer, http

from archiver.custody.log import Event, parse_line

PAGE = (ROOT / "docs/adapters.md").read_text("utf-8")
PYPROJECT = tomllib.loads(re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)[0])
CODE = dict(re.findall(r"```python\n# (\w+)\.py\n(.*?)```", PAGE, re.DOTALL))["archiver_board"]
URL = "https://board.example/notices/7"


def wheel(folder: Path, files: dict[str, str]) -> Path:
    """Build the wheel of the page's project with these files, as the specification of wheels has it."""
    project = PYPROJECT["project"]
    name, version = project["name"].replace("-", "_"), project["version"]
    points = "".join(
        f"[{group}]\n" + "".join(f"{key} = {value}\n" for key, value in entries.items())
        for group, entries in project["entry-points"].items()
    )
    needs = "".join(f"Requires-Dist: {each}\n" for each in project["dependencies"])
    info = f"{name}-{version}.dist-info"
    files = files | {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": points,
    }
    record = io.StringIO()
    rows = csv.writer(record, lineterminator="\n")
    for path, text in files.items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).decode().rstrip("=")
        rows.writerow((path, f"sha256={digest}", len(text.encode())))
    rows.writerow((f"{info}/RECORD", "", ""))
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, text in (files | {f"{info}/RECORD": record.getvalue()}).items():
            archive.writestr(path, text)
    return file


def of_code(files: dict[str, str]) -> str:
    """The hash of an adapter's code: over hash and name of each of its files, as sha256sum prints them."""
    lines = (f"{hashlib.sha256(files[name].encode()).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


@dataclass
class Bureau:
    """The folder somebody works in, the board's site, and the place where packages of others are installed."""

    desk: Desk
    site: RawServer
    packages: Path

    def install(self, files: dict[str, str]) -> None:
        """Install the board's adapter, with these files, as anybody would."""
        install = ("install", "--isolated", "--quiet", "--no-index", "--no-deps", "--upgrade")
        command = (
            sys.executable,
            "-m",
            "pip",
            *install,
            "--target",
            str(self.packages),
            wheel(self.desk.folder, files),
        )
        subprocess.run(command, check=True, capture_output=True, cwd=self.desk.folder)

    def run(self, *args: str) -> tuple[int, str, str]:
        """Run the program, as a process of its own."""
        done = piped(*args, cwd=self.desk.folder, PYTHONPATH=f"{ROOT}:{self.packages}")
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def capture(self, *more: str) -> tuple[int, str, str]:
        return self.run("capture", URL, "--case", "harbour", *more)

    def policy(self, *lines: str) -> None:
        route = (
            f"    connect_to: ['board.example:443:{self.site.netloc}']",
            f"    allow_host: ['{self.site.netloc}']",
            f"    ca_file: {self.desk.folder}/ca.pem",
        )
        file = self.desk.folder / "cases/harbour/case.yaml"
        text = file.read_text("utf-8").partition("\npolicy:\n")[0]
        file.write_text("\n".join((text, "policy:", "  route:", *route, *lines, "")), "utf-8")
        assert self.desk.run("amend", "harbour", "--reason", "the board")[0] == 0

    def name_it(self) -> None:
        self.policy("  posts:", "    adapters: [board]")

    @property
    def asked(self) -> list[str]:
        return [request.split(b" ")[1].decode() for request in self.site.requests]

    def events(self, name: str) -> list[Event]:
        found = [parse_line(line) for line in self.desk.log.splitlines(keepends=True)]
        return [event for event in found if event.event == name]

    def item(self) -> dict[str, Any]:
        return self.events("item.captured")[-1].data


@pytest.fixture
def bureau(desk: Desk, ca: Authority) -> Iterator[Bureau]:
    with RawServer(context=ca.context("board.example")) as site:
        notice = json.dumps({"id": 7, "text": "A notice"}).encode()
        site.routes = {
            "/api/7": http(notice, "Content-Type: application/json"),
            "/notices/7": http(b"<title>The board</title>", "Content-Type: text/html"),
        }
        file = desk.folder / "ca.pem"
        file.write_text(ca.pem)
        (desk.folder / "packages").mkdir()
        bureau = Bureau(desk, site, desk.folder / "packages")
        bureau.policy()
        yield bureau


MODULE = {"archiver_board.py": CODE}
PACKAGE = {
    "archiver_board/__init__.py": "from archiver_board.notices import ADAPTER\n",
    "archiver_board/notices.py": CODE,
    "archiver_board/flags.json": "{}",
}


def test_an_installed_adapter_that_case_yaml_does_not_name_is_not_even_loaded(bureau: Bureau) -> None:
    bureau.install({"archiver_board.py": f"open('loaded', 'w').close()\n{CODE}"})
    assert bureau.capture()[0] == 0
    assert bureau.asked == ["/notices/7"]
    assert ("post" in bureau.item(), bureau.item()["title"]) == (False, "The board")
    code, _, err = bureau.capture("--platform", "board")
    assert (code, "runs only for a case that names it" in err) == (2, True)
    code, _, err = bureau.run("platforms", "check", URL, "--case", "harbour")
    assert (code, "no adapter knows it" in err) == (2, True)
    assert not (bureau.desk.folder / "loaded").exists()
    assert len(bureau.asked) == len(bureau.events("item.requested")) == 1


@pytest.mark.parametrize("files", [MODULE, PACKAGE], ids=["module", "package"])
def test_an_adapter_that_case_yaml_names_is_used_and_on_record_with_the_hash_of_its_code(
    bureau: Bureau, files: dict[str, str]
) -> None:
    bureau.install(files)
    bureau.name_it()
    code, out, err = bureau.capture()
    assert (code, err) == (0, ""), err
    assert "post: board:7\nstate: available: the platform shows it (board.api.text)\ntitle: A notice\n" in out
    assert bureau.asked == ["/api/7"]
    digest = of_code({name.rpartition("/")[2]: text for name, text in files.items()})
    settings = bureau.events("item.requested")[-1].data["settings"]["post"]
    for said in (settings, bureau.item()["post"]):
        told = (said["platform"], said["key"], said["adapter"], said["adapter_sha256"])
        assert told == ("board", "board:7", "1", digest)
    code, out, err = bureau.run("show", "harbour", "1", "--reextract", "--json")
    document = json.loads(out)
    assert (code, document["reextracted"]["same"]) == (0, True), err
    assert document["normalised"]["adapter"] == {"name": "board", "version": "1"}
    assert document["normalised"]["post"]["content"] == {"text": "A notice"}


@pytest.mark.parametrize(
    ("files", "name"),
    [(MODULE, "archiver_board.py"), (PACKAGE, "archiver_board/notices.py"), (PACKAGE, "archiver_board/flags.json")],
)
def test_a_byte_that_changes_in_the_package_changes_the_hash_on_record(
    bureau: Bureau, files: dict[str, str], name: str
) -> None:
    bureau.install(files)
    bureau.name_it()
    assert bureau.capture()[0] == 0
    before = bureau.item()["post"]["adapter_sha256"]
    assert bureau.capture()[0] == 0
    assert bureau.item()["post"]["adapter_sha256"] == before  # what running it leaves behind is no code
    installed = bureau.packages / name
    installed.write_bytes(installed.read_bytes() + b"\n")
    assert bureau.capture()[0] == 0
    after = bureau.item()["post"]
    assert (after["adapter"], after["adapter_sha256"] == before) == ("1", False)
    assert bureau.run("verify", "harbour")[0] == 0


def test_who_has_not_installed_it_can_verify_and_is_told_what_is_missing_for_the_rest(bureau: Bureau) -> None:
    bureau.install(MODULE)
    bureau.name_it()
    assert bureau.capture()[0] == 0
    assert bureau.run("verify", "harbour")[0] == 0
    bureau.packages.rename(bureau.desk.folder / "elsewhere")
    assert bureau.run("verify", "harbour")[0] == 0
    code, _, err = bureau.capture()
    assert (code, "adapter board, which the case allows, is not here" in err) == (2, True)
    assert (len(bureau.asked), len(bureau.events("item.requested"))) == (1, 1)
    code, out, err = bureau.run("show", "harbour", "1")
    assert (code, "text: A notice" in out) == (0, True), err


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import a_part_that_nobody_has", "cannot be loaded: ModuleNotFoundError: No module named 'a_part_that"),
        ("def broken(:", "cannot be loaded: SyntaxError: "),
        ("ADAPTERS = 1", "cannot be loaded: AttributeError: "),
        ("raise SystemExit(0)", "cannot be loaded: SystemExit: 0"),
        ("raise RuntimeError('\\x1b[31mred\\r\\nerror: no')", "cannot be loaded: RuntimeError: "),
        ("ADAPTER = 7", "adapter board failed on this address: AttributeError"),
        (f"{CODE}\nBoard.match = lambda *given: 1 / 0", "adapter board failed on this address: ZeroDivisionError"),
        (f"{CODE}\nBoard.plan = lambda *given: 1 / 0", "adapter board failed: ZeroDivisionError"),
    ],
)
def test_an_adapter_that_is_broken_is_a_clear_error_and_nothing_is_on_record(
    bureau: Bureau, code: str, says: str
) -> None:
    bureau.install({"archiver_board.py": f"{code}\n"})
    bureau.name_it()
    for command in (("capture", URL, "--case", "harbour"), ("platforms", "check", URL, "--case", "harbour")):
        status, out, err = bureau.run(*command)
        assert (status, out) == (2, ""), err
        assert says in err
        assert ("Traceback" in err, "\x1b" in err, "\nerror: no" in err) == (False, False, False)
    assert (bureau.asked, bureau.events("item.requested")) == ([], [])


def test_an_installed_adapter_is_tried_on_a_post_that_somebody_names(bureau: Bureau) -> None:
    bureau.install(MODULE)
    bureau.name_it()
    before = bureau.desk.log
    code, out, err = bureau.run("platforms", "check", URL, "--case", "harbour")
    assert (code, bureau.asked) == (0, ["/api/7"]), err
    assert "state: available: the platform shows it (board.api.text)" in out
    assert "told: content, id" in out
    bureau.site.routes["/api/7"] = http(b"", line=b"HTTP/1.1 404 No")
    code, out, _ = bureau.run("platforms", "check", URL, "--case", "harbour")
    assert (code, "not_found" in out) == (6, True)
    assert bureau.desk.log == before
