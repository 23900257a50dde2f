"""docs/verify-by-hand.md: its commands, word for word, where nothing of ours is, on a sealed case, sound or changed."""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from readme import Ran, agrees, blocks, kinds, run
from sshkeys import needs_ssh_keygen, public_of
from stamping import LocalAuthority

from archiver.cli.main import main
from archiver.demo.run import run_demo
from archiver.export import standalone
from archiver.runtime import system_runtime

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/verify-by-hand.md").read_text("utf-8")
TOOLS = (
    *("bash", "sha256sum", "head", "tail", "cut", "tr", "sort", "uniq", "cat", "printf", "date", "cmp", "find", "grep"),
    *("sed", "gzip", "openssl", "ssh-keygen"),
)
pytestmark = needs_ssh_keygen


@dataclass(frozen=True)
class Desk:
    """A folder with `cases/` and what came from outside; `environ` has the tools of a Debian and no more."""

    folder: Path
    environ: dict[str, str]

    @property
    def case(self) -> Path:
        return self.folder / "cases/harbour"

    def follows(self) -> list[list[Ran]]:
        """Type every block of the page."""
        return [run(block, self.folder, self.environ) for block in blocks(PAGE)]

    def copy(self, to: Path) -> "Desk":
        shutil.copytree(self.folder / "cases", to / "cases")
        shutil.copytree(self.folder / "outside", to / "outside")
        return Desk(to, {**self.environ, "HOME": str(to)})


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    tools = folder / "bin"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        if found is None:
            pytest.skip(f"needs {name}: Debian packages coreutils, diffutils, openssl")
        (tools / name).symlink_to(found)
    with LocalAuthority("local") as authority, pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        _sealed(folder, authority)
        (folder / "outside").mkdir()
        (folder / "outside/tsa-roots.pem").write_bytes(authority.roots_pem)
        shutil.copy(next((folder / "cases/harbour/trust").iterdir()), folder / "outside/allowed_signers")
        if (ROOT / "cases/example/custody.jsonl").exists():
            shutil.copytree(ROOT / "cases/example", folder / "cases/example")
        else:
            run_demo(folder / "cases/example", runtime=system_runtime(), say=lambda line: None)
        yield Desk(folder, {"PATH": str(tools), "HOME": str(folder), "LC_ALL": "C.UTF-8"})


def _sealed(folder: Path, authority: LocalAuthority) -> None:
    """Make the case of the page: a seal before the one item, and a seal after it."""

    def done(*args: str) -> None:
        assert main(args, environ={"XDG_CONFIG_HOME": str(folder / "config")}) == 0

    done("init", "harbour", "--title", "The harbour raid", "--collector", "J. Doe")
    done("identity", "new", "jane", "--no-passphrase")
    file = folder / "cases/harbour/case.yaml"
    key = next((folder / "config").rglob("*.pub")).with_suffix("")
    policy = f'policy:\n  route:\n    allow_host: ["{authority.host_port}"]\n  seals:\n    signer: jane\n'
    policy += f'    key: "{public_of(key).fingerprint}"\n    authorities: ["local={authority.url}"]\n'
    file.write_text(file.read_text("utf-8") + policy, "utf-8")
    done("amend", "harbour", "--reason", "sealed from now on")
    (folder / "photo.jpg").write_bytes(b"a photo")
    done("import", "harbour", "photo.jpg", "--source", "the family")


def wrong(desk: Desk) -> list[str]:
    """The commands of the page that fail, or answer otherwise than it says."""
    return [
        ran.command.text
        for session in desk.follows()
        for ran in session
        if ran.code or (ran.command.expected is not None and not agrees(ran.command.expected, ran.output))
    ]


def test_every_command_of_the_page_gives_the_answer_that_it_promises(desk: Desk) -> None:
    assert set(kinds(PAGE)) == {"sh", "console", "text"}
    events = [json.loads(line)["event"] for line in (desk.case / "custody.jsonl").read_bytes().splitlines()]
    assert events.count("seal.completed") == 2, events
    assert wrong(desk) == [], desk.follows()


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def edit(path: Path, old: bytes, new: bytes) -> None:
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new, 1))


ATTACKS: list[tuple[Callable[[Path], object], str]] = [
    (lambda case: flip(case / "seals/000002.seal"), "sha256sum -c --strict 000002.sums"),
    (lambda case: flip(case / "seals/000002.seal"), "ssh-keygen -Y verify"),
    (lambda case: flip(case / "seals/000002.sums"), "openssl ts -verify"),
    (lambda case: shutil.copy(*((case / f"seals/00000{n}.local.tsr") for n in (1, 2))), "openssl ts -verify"),
    (lambda case: edit(case / "custody.jsonl", b"the family", b"a neighbor"), '[ "$wrong" = 0 ]'),
    (lambda case: edit(case / "manifest.yaml", b"the family", b"a neighbor"), '[ "$wrong" = 0 ]'),
    (lambda case: flip(case / "seals/000001.seal"), '[ "$wrong" = 0 ]'),
    (lambda case: flip(case / "evidence/000/000001.warc.gz"), "sha256sum -c --strict --quiet"),
    (lambda case: (case / "evidence/000/000002.warc.gz").write_bytes(b"x"), "find evidence"),
    (lambda case: edit(case / "custody.jsonl", b"image/jpeg", b"image/jpXg"), "echo in the list"),
    (lambda case: flip(case / "seals/000002.entries.sha256"), "echo in the seal"),
    (lambda case: edit(case.parent / "example/custody.jsonl", b'"seq":3', b'"seq":4'), '[ "$wrong" = 0 ]'),
]


@pytest.mark.parametrize(("attack", "step"), ATTACKS)
def test_in_a_case_that_was_changed_the_command_that_must_fail_fails(
    desk: Desk, tmp_path: Path, attack: Callable[[Path], object], step: str
) -> None:
    changed = desk.copy(tmp_path)
    attack(changed.case)
    found = wrong(changed)
    assert any(step in command for command in found), found


def test_the_page_shows_what_verify_py_says(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    shown = PAGE.partition("$ python3 -I verify.py cases/harbour\n")[2].partition("```")[0]
    assert standalone.main([str(desk.case)]) == 0
    said = capsys.readouterr().out
    assert agrees(tuple(shown.replace("1795330563", "…").splitlines()), tuple(said.splitlines())), said
