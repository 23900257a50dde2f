"""The few data types that SSH keys and signatures are written in (RFC 4251 §5). Pure; every length is checked first."""

import base64
import binascii

MAX_INTEGER = 16384 // 8 + 1  # bytes; the largest number that OpenSSH reads, with its sign byte


class BadWire(ValueError):
    """Not what the data types of SSH allow; the message says why."""


class Reader:
    """Reads values from the front of some bytes. Every method raises `BadWire` where they do not hold the value."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def raw(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        if size > len(self._data) - self._at:
            raise BadWire("it is cut off, or a length in it is wrong")
        self._at += size
        return self._data[self._at - size : self._at]

    def uint32(self) -> int:
        """Return the next 32-bit number."""
        return int.from_bytes(self.raw(4), "big")

    def string(self) -> bytes:
        """Return the next string: a length of 32 bits, then so many bytes."""
        return self.raw(self.uint32())

    def text(self) -> str:
        """Return the next string, which must be printable ASCII or empty."""
        try:
            text = self.string().decode("ascii")
        except UnicodeDecodeError as exc:
            raise BadWire("a name in it is not ASCII") from exc
        if not text.isprintable():
            raise BadWire("a name in it holds control characters")
        return text

    def natural(self) -> int:
        """Return the next mpint, which must be positive and written in its one shortest form."""
        data = self.string()
        if not data or data[0] & 0x80 or (data[0] == 0 and (len(data) == 1 or not data[1] & 0x80)):
            raise BadWire("a number in it is not written as a positive mpint")
        if len(data) > MAX_INTEGER:
            raise BadWire("a number in it is too large")
        return int.from_bytes(data, "big")

    def end(self) -> None:
        """Make sure that nothing is left."""
        if self._at != len(self._data):
            raise BadWire(f"{len(self._data) - self._at} bytes too many")


def string(data: bytes) -> bytes:
    """Return `data` as an SSH string: its length in 32 bits, then the bytes."""
    return len(data).to_bytes(4, "big") + data


def from_base64(text: bytes) -> bytes:
    """Return what `text` encodes: base64 with padding, in its one canonical form. Raises `BadWire`."""
    try:
        data = base64.b64decode(text, validate=True)
    except binascii.Error as exc:
        raise BadWire("not base64") from exc
    if base64.b64encode(data) != text:
        raise BadWire("not base64 as it is written")
    return data
