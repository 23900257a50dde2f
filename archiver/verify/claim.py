"""What the log says about one item, as the checks of its file need it."""

from dataclasses import dataclass

from archiver.canon import Json


@dataclass(frozen=True, slots=True)
class Claim:
    """One outcome event with a file, its shape judged before. `line` and `at` are the event's own.

    `requested_sha256` is the hash of the log line that requested the item.
    """

    case: str
    item: int
    line: int
    at: str
    event: str
    data: dict[str, Json]
    requested_sha256: str

    @property
    def path(self) -> str:
        """Where the file lies, relative to the case."""
        return str(members(self.data.get("file")).get("path"))

    @property
    def size(self) -> Json:
        """The size of the file in bytes."""
        return members(self.data.get("file")).get("size")

    @property
    def sha256(self) -> Json:
        """The SHA-256 of the file."""
        return members(self.data.get("file")).get("sha256")

    @property
    def records(self) -> list[dict[str, Json]]:
        """The index of records: id, type, offset, length, sha256 of each."""
        return [members(record) for record in listed(self.data.get("records"))]


def members(value: Json) -> dict[str, Json]:
    """Return a JSON object, or an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def listed(value: Json) -> list[Json]:
    """Return a JSON array, or an empty one for anything else."""
    return value if isinstance(value, list) else []
