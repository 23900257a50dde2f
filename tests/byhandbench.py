"""Doing what VERIFY.txt says, word for word, where nothing of ours is: its commands, and whether the answers come."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

TOOLS = (
    *("sha256sum", "head", "tail", "cut", "tr", "sort", "uniq", "cat", "printf", "find", "grep", "sed", "gzip"),
    *("openssl", "ssh-keygen"),
)
_BLOCK = re.compile(r"^Type:\n((?: {4}.*\n)+)\n^Answer:(?: nothing\n|\n((?: {4}.*\n)+))", re.MULTILINE)
_TYPED = re.compile(r"^Type:$", re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block to type, and the answer that the text promises."""

    typed: str
    answer: str


@dataclass(frozen=True)
class Done:
    """A block, what came of it, and whether that is what was promised."""

    block: Block
    output: str
    agrees: bool


@dataclass(frozen=True)
class Stranger:
    """Somebody with a fresh Debian, who knows one file of signers and one of roots. `shell` is what they type into."""

    folder: Path
    shell: str = "/bin/sh"

    @classmethod
    def at(cls, folder: Path, signers: str, roots: bytes, shell: str = "/bin/sh") -> "Stranger":
        (folder / "bin").mkdir(parents=True)
        for name in TOOLS:
            found = shutil.which(name)
            if found is None:
                pytest.skip(f"needs {name}: Debian packages coreutils, openssl, openssh-client")
            (folder / "bin" / name).symlink_to(found)
        (folder / "outside").mkdir()
        (folder / "outside/allowed_signers").write_text(signers)
        (folder / "outside/tsa-roots.pem").write_bytes(roots)
        return cls(folder, shell)

    def does(self, block: Block, where: Path) -> Done:
        """Type a block in the folder `where`."""
        output = self.types(block.typed, where)
        return Done(block, output, agrees(block.answer, output))

    def types(self, command: str, where: Path) -> str:
        """Type a command in the folder `where`, and return what comes back."""
        done = subprocess.run(
            ["/usr/bin/env", "-i", f"PATH={self.folder}/bin", f"HOME={self.folder}", self.shell, "-c", command],
            cwd=where,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=60,
        )
        return done.stdout.decode("utf-8", "backslashreplace")

    def follows(self, text: str, where: Path) -> list[Done]:
        """Do all of it."""
        return [self.does(block, where) for block in blocks(text)]


def blocks(text: str) -> list[Block]:
    """Return the blocks of VERIFY.txt with their answers; each must have one."""
    found = [Block(_typed(typed), answer) for typed, answer in _BLOCK.findall(text)]
    assert len(found) == len(_TYPED.findall(text))
    return found


def agrees(answer: str, output: str) -> bool:
    """Whether `output` is what was promised, `...` standing for any text and line breaks for any white space."""
    pattern = " ".join(re.escape(word) for word in answer.split()).replace(r"\.\.\.", ".*")
    return re.fullmatch(pattern.replace(" .*", "(?: .*)?"), " ".join(output.split()), re.DOTALL) is not None


def failed(done: list[Done]) -> list[str]:
    """What was typed where another answer came."""
    return [each.block.typed for each in done if not each.agrees]


def _typed(lines: str) -> str:
    return "".join(f"{line[4:]}\n" for line in lines.splitlines())
