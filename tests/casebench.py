"""A case for a test, and captures into it from a raw server."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from server import RawServer

from archiver.custody.log import Event, parse_line
from archiver.errors import ExitCode
from archiver.model.address import Address
from archiver.model.exchange import Limits, Route
from archiver.model.verdict import Severity
from archiver.pipeline.capture import capture
from archiver.pipeline.options import CaptureOptions
from archiver.runtime import Runtime
from archiver.verify.run import verify_case

QUICK = Limits(connect=5.0, idle=2.0, linger=0.1, max_time=20.0)


@dataclass(frozen=True)
class Bench:
    """A case and the means to fill it."""

    path: Path
    runtime: Runtime

    def capture(self, url: str, *servers: RawServer, **changes: Any) -> Event:
        """Capture `url` with `servers` allowed; `changes` replace members of the options, `limits` and `stop` too."""
        stop = changes.pop("stop", lambda: False)
        route = replace(Route(), allow=tuple(pair for server in servers for pair in server.allow))
        options = replace(CaptureOptions(route=route, limits=QUICK), **changes)
        return capture(self.path, Address.parse(url), options, runtime=self.runtime, stop=stop)

    def events(self) -> list[Event]:
        """The events in the log; beside a writer the line that it is in the middle of is left out."""
        lines = (self.path / "custody.jsonl").read_bytes().split(b"\n")[:-1]
        return [parse_line(line + b"\n") for line in lines]

    def names(self) -> list[str]:
        return [event.event for event in self.events()]

    def assert_sound(self) -> None:
        verdict = verify_case(self.path)
        weighty = [finding for finding in verdict.findings if finding.severity >= Severity.UNCHECKED]
        assert weighty == []
        assert verdict.exit_code() is ExitCode.OK

    def holds(self, needle: bytes, unpacked: Callable[[Path], bytes]) -> list[Path]:
        """The files outside `private/` in which `needle` stands, gzip members unpacked."""
        found = (file for file in self.path.rglob("*") if file.is_file() and "private" not in file.parts)
        return [file for file in found if needle in unpacked(file)]
