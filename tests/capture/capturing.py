"""What the tests of this folder share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from archiver.model.exchange import Exchange, Limits

QUICK = Limits(connect=5.0, idle=5.0, linger=0.1)

Ask = Callable[..., Exchange]


@dataclass
class Spools:
    """Gives fresh paths in a folder and remembers them."""

    folder: Path
    paths: list[Path] = field(default_factory=list)

    def __call__(self) -> Path:
        self.paths.append(self.folder / f"spool.{len(self.paths) + 1}.part")
        return self.paths[-1]


def whole(exchange: Exchange) -> bytes:
    """Every byte of the recorded answer."""
    return b"" if exchange.response is None else b"".join(exchange.response.chunks())


def names(exchange: Exchange) -> set[str]:
    """The names of the anomalies."""
    return {anomaly.name for anomaly in exchange.anomalies}
