"""The only place that reads clock or chance; everything else takes them as arguments."""

import secrets
import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for the record, monotonic time for limits."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        ...


class Ids(Protocol):
    """Where identifiers and nonces come from."""

    def uuid(self) -> str:
        """Return a random UUID (RFC 9562, version 4) in its 36-character form."""
        ...

    def nonce(self) -> str:
        """Return 128 random bits as 32 lower-case hexadecimal digits."""
        ...


class SystemClock:
    """The clocks of the machine."""

    def now(self) -> datetime:
        """Return the current time, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that never run backwards."""
        return time.monotonic()


class RandomIds:
    """Identifiers from the system's random source."""

    def uuid(self) -> str:
        """Return a random UUID (RFC 9562, version 4) in its 36-character form."""
        return str(uuid.uuid4())

    def nonce(self) -> str:
        """Return 128 random bits as 32 lower-case hexadecimal digits."""
        return secrets.token_hex(16)


Waits = Callable[[], AbstractContextManager[object]]
"""Gives what is entered around every wait for the network or the disk, for whoever lets others work meanwhile."""


@dataclass(frozen=True, slots=True)
class Runtime:
    """Clock and chance, built once in `cli` and handed down.

    `sleep` waits that many seconds; `chance` returns a number from 0 up to but not including 1; `waits` by default
    gives what does nothing.
    """

    clock: Clock
    ids: Ids
    sleep: Callable[[float], None]
    chance: Callable[[], float] = secrets.SystemRandom().random
    waits: Waits = nullcontext


def system_runtime() -> Runtime:
    """Return the runtime of a real process."""
    return Runtime(SystemClock(), RandomIds(), time.sleep)
