"""The text of a seal (docs/spec/seal.md): what is signed and time-stamped. Pure: bytes in, values out, and back."""

import re
from dataclasses import dataclass

from archiver.config.name import SIGNER
from archiver.custody.log import GENESIS, Malformed, parse_timestamp
from archiver.custody.merkle import Frontier

NAMESPACE = "custody-seal@archiver"  # of the signature, so that one made for anything else is none of a seal
MAX_SEAL = 16_384  # bytes; the longest that can be made is shorter than 6 KiB
UNSIGNED = "-"

_HEAD = "archiver-seal/v1"
_KEYS = (
    "case",
    "seal",
    "previous-seal-sha256",
    "sealed-at",
    "log-entries",
    "log-offset",
    "log-length",
    "log-sha256",
    "log-head",
    "tree-root",
    "tree-frontier",
    "entries-sha256",
    "files-sha256",
    "manifest-offset",
    "manifest-length",
    "manifest-sha256",
    "signer",
)
_CASE = re.compile(r"urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_HEX64 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}")
_LIMIT = 1 << 53


@dataclass(frozen=True, slots=True)
class Seal:
    """What one seal says: all of it about the log and the manifest since the seal before.

    `first_line` to `last_line` are the log lines covered, the offsets and lengths bytes of `custody.jsonl` and of
    `manifest.yaml`. Hashes are SHA-256 in lower-case hex; `tree_root` and `tree_frontier` (largest subtree first) are
    over all lines from 1 to `last_line`. `signer` is None for a seal that nobody signs.

    Raises `Malformed` for a value that no seal can have, or that contradicts another one.
    """

    case: str
    number: int
    previous_sha256: str
    sealed_at: str
    first_line: int
    last_line: int
    log_offset: int
    log_length: int
    log_sha256: str
    log_head: str
    tree_root: str
    tree_frontier: tuple[str, ...]
    entries_sha256: str
    files_sha256: str
    manifest_offset: int
    manifest_length: int
    manifest_sha256: str
    signer: str | None

    def __post_init__(self) -> None:
        if _CASE.fullmatch(self.case) is None:
            raise Malformed("case is not in its form")
        parse_timestamp(self.sealed_at)
        if self.signer is not None and SIGNER.fullmatch(self.signer) is None:
            raise Malformed("signer is not in its form")
        for name, text in self._hashes():
            if _HEX64.fullmatch(text) is None:
                raise Malformed(f"{name} is not a SHA-256 in lower-case hexadecimal")
        self._check_numbers()
        self._check_tree()

    @property
    def log_end(self) -> int:
        """The byte of the log after the last line covered."""
        return self.log_offset + self.log_length

    @property
    def manifest_end(self) -> int:
        """The byte of the manifest after the entry of the last line covered."""
        return self.manifest_offset + self.manifest_length

    @property
    def frontier(self) -> Frontier:
        """The frontier of the tree over lines 1 to `last_line`."""
        return Frontier(self.last_line, tuple(map(bytes.fromhex, self.tree_frontier)))

    def text(self) -> bytes:
        """Return the bytes of the seal; `Seal.parse(seal.text()) == seal` holds."""
        values = (
            self.case,
            self.number,
            self.previous_sha256,
            self.sealed_at,
            f"{self.first_line}-{self.last_line}",
            self.log_offset,
            self.log_length,
            self.log_sha256,
            self.log_head,
            self.tree_root,
            ",".join(self.tree_frontier),
            self.entries_sha256,
            self.files_sha256,
            self.manifest_offset,
            self.manifest_length,
            self.manifest_sha256,
            self.signer or UNSIGNED,
        )
        lines = [_HEAD, *(f"{key}: {value}" for key, value in zip(_KEYS, values, strict=True)), ""]
        return "\n".join(lines).encode("ascii")

    @classmethod
    def parse(cls, data: bytes) -> "Seal":
        """Return the seal whose text is `data`; `Seal.parse(data).text() == data` holds for whatever is returned.

        Raises `Malformed` for anything else, and says what is wrong.
        """
        if len(data) > MAX_SEAL:
            raise Malformed(f"longer than {MAX_SEAL} bytes")
        if not data.isascii() or not data.endswith(b"\n"):
            raise Malformed("it is not ASCII text that ends with LF")
        head, *lines = data.decode("ascii")[:-1].split("\n")
        if head != _HEAD:
            raise Malformed(f"its first line is not {_HEAD}")
        pairs = [line.partition(": ") for line in lines]
        if tuple(pair[0] for pair in pairs) != _KEYS:
            raise Malformed("its lines are not those of a seal, in their order")
        values = {key: value for key, _, value in pairs}
        first, _, last = values["log-entries"].partition("-")
        signer = values["signer"]
        return cls(
            case=values["case"],
            number=_number("seal", values["seal"]),
            previous_sha256=values["previous-seal-sha256"],
            sealed_at=values["sealed-at"],
            first_line=_number("log-entries", first),
            last_line=_number("log-entries", last),
            log_offset=_number("log-offset", values["log-offset"]),
            log_length=_number("log-length", values["log-length"]),
            log_sha256=values["log-sha256"],
            log_head=values["log-head"],
            tree_root=values["tree-root"],
            tree_frontier=tuple(values["tree-frontier"].split(",")),
            entries_sha256=values["entries-sha256"],
            files_sha256=values["files-sha256"],
            manifest_offset=_number("manifest-offset", values["manifest-offset"]),
            manifest_length=_number("manifest-length", values["manifest-length"]),
            manifest_sha256=values["manifest-sha256"],
            signer=None if signer == UNSIGNED else signer,
        )

    def _hashes(self) -> list[tuple[str, str]]:
        return [
            ("previous-seal-sha256", self.previous_sha256),
            ("log-sha256", self.log_sha256),
            ("log-head", self.log_head),
            ("tree-root", self.tree_root),
            *(("tree-frontier", root) for root in self.tree_frontier),
            ("entries-sha256", self.entries_sha256),
            ("files-sha256", self.files_sha256),
            ("manifest-sha256", self.manifest_sha256),
        ]

    def _check_numbers(self) -> None:
        if self.number < 1 or not 1 <= self.first_line <= self.last_line < _LIMIT:
            raise Malformed("it covers no lines, or has no number from 1")
        if self.log_length < 1 or self.manifest_length < 1 or max(self.log_end, self.manifest_end) >= _LIMIT:
            raise Malformed("what it covers of log or manifest has no length")
        begins = {self.first_line == 1, self.log_offset == 0, self.manifest_offset == 0, self.number == 1}
        if len(begins | {self.previous_sha256 == GENESIS}) != 1:
            raise Malformed("the first seal, and only that, begins with the case and has none before it")

    def _check_tree(self) -> None:
        try:
            root = self.frontier.root().hex()
        except ValueError as exc:
            raise Malformed(f"tree-frontier: {exc}") from exc
        if root != self.tree_root:
            raise Malformed("tree-root is not that of tree-frontier")


def _number(key: str, text: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise Malformed(f"{key} is not a number in its one spelling")
    return int(text)
