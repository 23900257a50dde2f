"""People with homes of their own, and a case that goes from one to the other by the command line."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from archiver.cli.main import main

OFFICE = "Legal Aid Office"


@dataclass
class Person:
    """Somebody who works in their own home folder."""

    home: Path
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    @property
    def case(self) -> Path:
        return self.home / "cases/harbour"

    @property
    def log(self) -> bytes:
        return (self.case / "custody.jsonl").read_bytes()

    def run(self, *args: str) -> tuple[int, str, str]:
        self.monkeypatch.chdir(self.home)
        code = main(args, environ={"HOME": str(self.home)})
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def ok(self, *args: str) -> str:
        code, out, err = self.run(*args)
        assert code == 0, (out, err)
        return out

    def document(self, *args: str) -> dict[str, Any]:
        code, out, err = self.run(*args, "--json")
        assert (err, out.isascii()) == ("", True)
        found: dict[str, Any] = json.loads(out)
        assert found.get("exit_code", found.get("error", {}).get("exit_code")) == code
        return found

    def keep(self, text: str = "They rang at ten to seven.\n") -> None:
        (self.home / "statement.txt").write_text(text)
        self.ok("import", "harbour", "statement.txt", "--source", "the family")

    def signers_line(self, name: str) -> str:
        return self.ok("identity", "show", name).rstrip().rpartition("allowed signers: ")[2]

    def receipt(self) -> str:
        return self.ok("receipt", "harbour").removeprefix("receipt: ").strip()

    def transfer(self, *more: str, to: str = OFFICE) -> str:
        self.ok("transfer", "harbour", "--to", to, *more)
        return self.receipt()

    def acknowledge(self, *more: str, collector: str = OFFICE, signer: str = "office") -> tuple[int, str, str]:
        return self.run("acknowledge", "harbour", "--collector", collector, "--signer", signer, *more)

    def gives(self, other: "Person") -> None:
        """Copy the case to the other, as on a stick."""
        shutil.rmtree(other.case, ignore_errors=True)
        shutil.copytree(self.case, other.case, ignore=shutil.ignore_patterns("private", ".lock"))

    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log.splitlines()]


def person(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, name: str) -> Person:
    """Return somebody with a key called `name`."""
    (home / "cases").mkdir(parents=True)
    found = Person(home, capsys, monkeypatch)
    found.ok("identity", "new", name, "--no-passphrase")
    return found


def jane_with_a_case(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Person:
    """Return J. Doe, whose case holds a statement."""
    jane = person(tmp_path / "jane", capsys, monkeypatch, "jane")
    jane.ok("init", "harbour", "--title", "The raid", "--collector", "J. Doe", "--signer", "jane")
    jane.keep()
    return jane
