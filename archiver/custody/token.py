"""Time stamps of trusted authorities: what is asked, what came back, and whether it stands (RFC 3161, RFC 5816). Pure.

docs/spec/time-stamps.md says what is checked and why. A token is judged at its own time, and apart from that for today.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from archiver.custody import second_reader
from archiver.custody.certificates import Path, Roots, load_certificate, name_of, path_to_root, purpose_problems
from archiver.custody.der import BadDer
from archiver.custody.signed_data import DIGEST_NAMES, SHA256
from archiver.custody.time_stamp import MAX_ANSWER, Token, asked, request

__all__ = ["MAX_ANSWER", "BadDer", "Roots", "Token", "TokenVerdict", "check", "request"]

MAX_DRIFT: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class TokenVerdict:
    """What one answer of an authority is worth. Every text is one printable sentence without a full stop.

    `problems` say why it does not stand at all; `token` is None when nothing could be read. `anchored` says whether the
    authority leads to one of the verifier's roots, None when none were named, and `anchor` to which, or why not.
    `valid_today` is None where no certificate could be read, and `today` says it in words. `notes` contradict nothing.
    Of a token that does not stand, all but the problems is hearsay.
    """

    problems: tuple[str, ...]
    token: Token | None = None
    certificate: x509.Certificate | None = None
    anchored: bool | None = None
    anchor: str = ""
    valid_today: bool | None = None
    today: str = ""
    notes: tuple[str, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether the token itself stands: over this data, for this request, signed by whom it names, in good time."""
        return not self.problems

    @property
    def gen_time(self) -> datetime | None:
        """When the authority says that it stamped, in UTC; worth nothing unless the token is sound."""
        return self.token.gen_time if self.token is not None else None

    @property
    def authority(self) -> str:
        """Who stamped, as its certificate says, or ""."""
        return name_of(self.certificate.subject) if self.certificate is not None else ""

    @property
    def expires(self) -> datetime | None:
        """When the certificate that signed ends, in UTC: a good time to have a newer stamp by."""
        return self.certificate.not_valid_after_utc if self.certificate is not None else None


def check(
    response: bytes, data_sha256: bytes, *, request: bytes | None, roots: Roots | None, now: datetime
) -> TokenVerdict:
    """Return what `response` proves about the data with this SHA-256. Nothing in it can make this raise.

    `request` is what was sent, None where it is not known; `now` decides what is said of today and of
    this machine's clock, nothing else.
    """
    try:
        token = Token.parse(response)
    except BadDer as exc:
        return TokenVerdict((str(exc),))
    problems = [*_imprint_problems(token, data_sha256), *_request_problems(token, data_sha256, request)]
    signer, why = token.signed.signer()
    if signer is None:
        return TokenVerdict((*problems, why), token)
    try:
        certificate = load_certificate(signer.der)
    except BadDer:
        return TokenVerdict((*problems, "the certificate that signed cannot be read"), token)
    problems += [*token.signed.problems(certificate), *purpose_problems(certificate), *_dates(token, certificate)]
    verdict = TokenVerdict(tuple(problems), token, certificate)
    path = None
    if roots is not None:
        path = _path(token, certificate, roots)
        anchor = path.reason or f"issued under {name_of(path.certificates[-1].subject)}"
        verdict = replace(verdict, anchored=not path.reason, anchor=anchor)
    valid, today = _today(token, path.certificates if path and path.certificates else (certificate,), now)
    return replace(verdict, valid_today=valid, today=today, notes=tuple(_notes(token, path, now)))


def _imprint_problems(token: Token, data_sha256: bytes) -> Iterator[str]:
    if token.imprint_algorithm != SHA256:
        kind = DIGEST_NAMES.get(token.imprint_algorithm, token.imprint_algorithm)
        yield f"the time stamp is over a hash of another kind than SHA-256 ({kind})"
    elif token.imprint != data_sha256:
        other = token.imprint[:32].hex()
        yield f"the time stamp is over other data: it names {other}, and the data is {data_sha256.hex()}"


def _request_problems(token: Token, data_sha256: bytes, request: bytes | None) -> Iterator[str]:
    if request is None:
        return
    try:
        algorithm, imprint, nonce = asked(request)
    except BadDer as exc:
        yield f"the request cannot be read: {exc}"
        return
    if (algorithm, imprint) != (SHA256, data_sha256):
        yield "the request asks for a time stamp over other data"
    if nonce is not None and token.nonce != nonce:
        yield "the answer belongs to another request: it does not repeat the number that was sent along"


def _dates(token: Token, certificate: x509.Certificate) -> Iterator[str]:
    first, last, stamped = certificate.not_valid_before_utc, certificate.not_valid_after_utc, _day(token.gen_time)
    if token.gen_time < first:
        yield f"the authority's certificate was not yet valid when it stamped ({stamped}; from {_day(first)})"
    elif token.gen_time > last:
        yield f"the authority's certificate had expired when it stamped ({stamped}; until {_day(last)})"


def _path(token: Token, certificate: x509.Certificate, roots: Roots) -> Path:
    path = path_to_root(certificate, tuple(_readable(token)), roots, token.gen_time)
    if path.reason:
        return path
    why = second_reader.refusal(token.signed, path.certificates, token.imprint)
    return Path((), why) if why else path


def _readable(token: Token) -> Iterator[x509.Certificate]:
    for embedded in token.signed.certificates:
        try:
            yield load_certificate(embedded.der)
        except BadDer:
            continue


def _today(token: Token, path: tuple[x509.Certificate, ...], now: datetime) -> tuple[bool, str]:
    first_to_end = min(path, key=lambda certificate: certificate.not_valid_after_utc)
    whose = "the authority's certificate"
    if first_to_end is not path[0]:
        whose = f"the certificate of {name_of(first_to_end.subject)}, above the authority's,"
    ends, begins = first_to_end.not_valid_after_utc, max(certificate.not_valid_before_utc for certificate in path)
    good = begins <= token.gen_time <= ends
    was = f"{whose} was {'' if good else 'not '}valid when it stamped ({_day(token.gen_time)})"
    if now > ends:
        return False, f"{was} and has expired since ({_day(ends)})" if good else f"{was} and is not valid today"
    if now < begins:
        return False, f"{was}, and by this machine's clock ({_day(now)}) is not valid yet"
    return True, f"{was} and is valid today (until {_day(ends)})"


def _notes(token: Token, path: Path | None, now: datetime) -> Iterator[str]:
    if token.mods:
        yield "the authority granted something else than was asked for in part"
    if any(bound.digest == "sha1" for bound in token.signed.bound) and len(token.signed.bound) == 1:
        yield "the signature names its certificate by SHA-1, in the older form (RFC 3161)"
    if token.gen_time - now > MAX_DRIFT:
        yield f"the time stamp is later than this machine's clock ({_day(now)})"
    if path is not None and path.certificates:
        used = {certificate.public_bytes(Encoding.DER) for certificate in path.certificates}
        spare = sum(embedded.der not in used for embedded in token.signed.certificates)
        if spare:
            yield f"the token holds {spare} certificate{'s' if spare > 1 else ''} that nothing rests on"


def _day(at: datetime) -> str:
    return at.astimezone(UTC).date().isoformat()
