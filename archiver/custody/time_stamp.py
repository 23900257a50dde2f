"""What is asked of a time stamping authority, and what it answers (RFC 3161 §2.4): read, and not yet judged. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from archiver.custody.certificates import printable
from archiver.custody.der import (
    BITS,
    BOOLEAN,
    INTEGER,
    OCTETS,
    OID,
    SEQUENCE,
    TIME,
    UTF8,
    BadDer,
    Reader,
    Value,
    encoded,
    encoded_integer,
    read_one,
)
from archiver.custody.signed_data import SignedData

MAX_ANSWER: Final = 64 * 1024  # bytes; real answers have one to eight thousand

_SHA256_ALGORITHM: Final = bytes.fromhex("300d06096086480165030402010500")
_STATUS: Final = {2: "refused", 3: "put off", 4: "warns of a revocation", 5: "reports a revocation"}
_GEN_TIME: Final = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})(\.[0-9]{0,8}[1-9])?Z")


def request(sums_sha256: bytes, nonce: int) -> bytes:
    """Return the request (DER) for a stamp over the 32 bytes `sums_sha256`: certificates wanted, no policy.

    `nonce` is below 2^64; an answer must repeat it.
    """
    imprint = encoded(SEQUENCE, _SHA256_ALGORITHM, encoded(OCTETS, sums_sha256))
    certificates_wanted = encoded(BOOLEAN, b"\xff")
    return encoded(SEQUENCE, encoded_integer(1), imprint, encoded_integer(nonce), certificates_wanted)


@dataclass(frozen=True, slots=True)
class Token:
    """What an authority signed, read and not yet judged. `signed` is the message that holds it.

    `gen_time` is UTC (fractions below a microsecond dropped), `gen_time_text` RFC 3339 as the token has it; `serial`
    lower-case hex; `imprint` the hash that was stamped; its algorithm and `policy` are object identifiers; `accuracy`
    is in microseconds, None where the token is silent; `authority` how the token names its maker, or ""; `mods`
    whether the authority says that it did not do quite what it was asked.
    """

    gen_time: datetime
    gen_time_text: str
    serial: str
    imprint_algorithm: str
    imprint: bytes
    policy: str
    accuracy: int | None
    nonce: int | None
    authority: str
    mods: bool
    signed: SignedData

    @classmethod
    def parse(cls, response: bytes) -> "Token":
        """Return the token in the answer `response` (DER of a TimeStampResp).

        Raises `BadDer` when there is none, or not one that could stand; the message says why in plain words.
        """
        if len(response) > MAX_ANSWER:
            raise BadDer(f"the answer has {len(response)} bytes, more than any time stamp ({MAX_ANSWER})")
        if response[:1] != bytes((SEQUENCE,)):
            raise BadDer("the answer is no time stamp" if response else "the answer is empty")
        reader = read_one(response, SEQUENCE, "the answer").reader("the answer")
        status = reader.take(SEQUENCE)
        token = reader.next_with(SEQUENCE)
        reader.end()
        mods = _granted(status)
        if token is None:
            raise BadDer("the answer holds no time stamp")
        return _token(token.raw, mods=mods)


def asked(request: bytes) -> tuple[str, bytes, int | None]:
    """Return what a request asks to be stamped, as in `Token` (algorithm, hash), and its nonce. Raises `BadDer`."""
    reader = read_one(request[: MAX_ANSWER + 1], SEQUENCE, "the request").reader("the request")
    if reader.integer() != 1:
        raise BadDer("it is of a version that is not known")
    algorithm, imprint = _imprint(reader.take(SEQUENCE))
    reader.next_with(OID)
    nonce = _optional_integer(reader)
    reader.next_with(BOOLEAN)
    reader.end()
    return algorithm, imprint, nonce


def _granted(status: Value) -> bool:
    """Return whether something else was granted than asked. Raises `BadDer` when nothing was (RFC 3161 §2.4.2)."""
    reader = status.reader("the status of the answer")
    number = reader.integer()
    texts = reader.next_with(SEQUENCE)
    reader.next_with(BITS)
    reader.end()
    if number in {0, 1}:
        return number == 1
    said = printable(" ".join(_texts(texts))) if texts is not None else ""
    raise BadDer(f"the authority {_STATUS.get(number, f'answered with status {number}')}{said and f': {said}'}")


def _texts(value: Value) -> Iterator[str]:
    for text in value.reader("the status of the answer").rest(UTF8):
        yield text.content.decode("utf-8", "replace")


def _token(raw: bytes, *, mods: bool) -> Token:
    signed = SignedData.read(raw)
    reader = read_one(signed.content, SEQUENCE, "the time stamp").reader("the time stamp")
    if reader.integer() != 1:
        raise BadDer("the time stamp is of a version that is not known")
    policy = reader.oid()
    algorithm, imprint = _imprint(reader.take(SEQUENCE))
    serial = _serial(reader.take(INTEGER))
    gen_time, text = _time(reader.take(TIME).content)
    accuracy = _accuracy(reader.next_with(SEQUENCE))
    if (ordering := reader.next_with(BOOLEAN)) is not None and ordering.content != b"\xff":
        raise BadDer("the time stamp says something in a way that DER does not know")
    nonce = _optional_integer(reader)
    name = reader.next_with(0xA0)
    extensions = reader.next_with(0xA1)
    reader.end()
    if extensions is not None:
        _passed_over(extensions)
    authority = _general_name(name) if name is not None else ""
    return Token(gen_time, text, serial, algorithm, imprint, policy, accuracy, nonce, authority, mods, signed)


def _serial(value: Value) -> str:
    Reader(value.raw, "the serial number").integer()
    return f"{int.from_bytes(value.content, 'big'):x}"  # as bytes: some authorities have negative ones


def _imprint(value: Value) -> tuple[str, bytes]:
    reader = value.reader("the imprint")
    algorithm = reader.take(SEQUENCE).reader("the imprint")
    oid = algorithm.oid()
    imprint = reader.take(OCTETS).content
    reader.end()
    return oid, imprint


def _time(content: bytes) -> tuple[datetime, str]:
    text = content.decode("latin-1")
    match = _GEN_TIME.fullmatch(text)
    if match is None:
        raise BadDer("the time stamp has no time that can be read")
    year, month, day, hour, minute, second, fraction = match.groups(default="")
    try:
        at = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), tzinfo=UTC)
    except ValueError as exc:
        raise BadDer("the time stamp has a time that does not exist") from exc
    spelt = f"{year}-{month}-{day}T{hour}:{minute}:{second}{fraction}Z"
    return at.replace(microsecond=int(fraction[1:7].ljust(6, "0") or "0")), spelt


def _accuracy(value: Value | None) -> int | None:
    if value is None:
        return None
    reader = value.reader("the accuracy of the time stamp")
    total = 0
    for tag, unit, least, most in ((INTEGER, 1_000_000, 0, 2**31), (0x80, 1000, 1, 999), (0x81, 1, 1, 999)):
        if (part := reader.next_with(tag)) is not None:
            number = Reader(part.raw, "the accuracy of the time stamp").integer(tag)
            if not least <= number <= most:
                raise BadDer("the time stamp has an accuracy that it cannot have")
            total += unit * number
    reader.end()
    return total


def _optional_integer(reader: Reader) -> int | None:
    value = reader.next_with(INTEGER)
    return Reader(value.raw, "the nonce").integer() if value is not None else None


def _passed_over(extensions: Value) -> None:
    for extension in extensions.reader("the extensions of the time stamp").rest(SEQUENCE):
        reader = extension.reader("an extension of the time stamp")
        reader.take(OID)
        if reader.next_with(BOOLEAN) is not None:
            raise BadDer("the time stamp makes a demand that is not understood here")
        reader.take(OCTETS)
        reader.end()


def _general_name(value: Value) -> str:
    inside = list(value.reader("the name of the authority").rest())
    if len(inside) != 1:
        raise BadDer("the name of the authority cannot be read")
    if inside[0].tag == 0xA4:
        return ""  # a directory name: the certificate's own subject says the same, and is bound
    return printable(inside[0].content.decode("utf-8", "replace"))
