"""Encryption for whoever is to receive an export (age, https://age-encryption.org/v1), as a stream.

The clear bytes go through a pipe and never to the disk. It needs the extra `age` of this program (pyrage).
"""

import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, TypeAlias

from archiver.errors import UsageError

Recipient: TypeAlias = Any  # pyrage has a class for each kind of key, and no type for them all

_CHUNK = 1 << 16
_HINT = "an age recipient begins with age1, an SSH key with ssh-ed25519 or ssh-rsa"


def parse_recipients(texts: Sequence[str]) -> tuple[Recipient, ...]:
    """Return the recipients that people named: `age1…`, or a public SSH key (ed25519, rsa).

    Raises `UsageError` ("recipient") for anything else, and ("age") where what encrypts is not installed.
    """
    return tuple(map(_parse, texts)) if texts else ()


@contextmanager
def encrypting(file: BinaryIO, recipients: Sequence[Recipient]) -> Iterator[BinaryIO]:
    """Yield a stream whose bytes come out encrypted in `file`, all of them when the block has ended without an error.

    It cannot be rewound. Raises the `OSError` that `file` raised.
    """
    work = _Work(file, recipients)
    read_end, write_end = os.pipe()
    thread = threading.Thread(target=work.run, args=(read_end,), daemon=True)
    thread.start()
    try:
        with os.fdopen(write_end, "wb", _CHUNK) as stream:
            yield stream
    except BrokenPipeError:  # the other side gave up, and knows why
        thread.join()
        if work.failed is None:
            raise
    finally:
        thread.join()
    if work.failed is not None:
        raise work.failed


class _Work:
    def __init__(self, file: BinaryIO, recipients: Sequence[Recipient]) -> None:
        self.failed: BaseException | None = None
        self._file = file
        self._recipients = list(recipients)

    def run(self, read_end: int) -> None:
        from pyrage import encrypt_io

        with os.fdopen(read_end, "rb") as clear:
            try:
                encrypt_io(clear, self, self._recipients)
            except BaseException as exc:  # noqa: BLE001  # told by whoever waits for this thread
                self.failed = self.failed or exc

    def write(self, data: bytes) -> int:
        """Take what pyrage has encrypted; what the disk refuses is remembered, for pyrage tells only its words."""
        try:
            return self._file.write(data)
        except OSError as exc:
            self.failed = exc
            raise

    def flush(self) -> None:
        """Pass on what pyrage asks for."""
        self._file.flush()


def _parse(text: str) -> Recipient:
    try:
        from pyrage import RecipientError, ssh, x25519
    except ImportError as exc:
        hint = "install it with its extra: pip install 'archiver[age]'"
        raise UsageError("age", "what encrypts is not installed", hint) from exc
    kind = ssh if text.startswith("ssh-") else x25519
    try:
        return kind.Recipient.from_str(text)
    except (RecipientError, ValueError) as exc:
        raise UsageError("recipient", f"--encrypt-to '{text}': not a recipient: {exc}", _HINT) from exc
