"""What a verifier knows from elsewhere, as the command line has it: a receipt, signers, authorities for the time."""

import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.canon import sha256_hex
from archiver.cli.parse import exists, flag_bytes, flag_text
from archiver.custody.receipt import Receipt
from archiver.custody.signers import AllowedSigners
from archiver.custody.token import Roots
from archiver.errors import UsageError

if TYPE_CHECKING:
    from archiver.cli.looking import Given

SYSTEM = "system"

_SIGNERS, _ROOTS = "--allowed-signers", "--tsa-roots"
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")  # what mail and web pages put between letters
_LABEL = re.compile(r"\s*(?:receipt|to be read out)\s*:?\s+", re.IGNORECASE)  # as it stands before one that was printed
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"


@dataclass(frozen=True, slots=True)
class Known:
    """What that comes to; None for what was not given. `signers_sha256` and `roots_sha256` are the hashes of the files
    as they were read, "" where there was none."""

    receipt: Receipt | None = None
    signers: AllowedSigners | None = None
    signers_sha256: str = ""
    roots: Roots | None = None
    roots_sha256: str = ""


def known(given: "Given") -> Known:
    """Return what was brought along; each file is read once. Raises `UsageError` for what cannot be used."""
    signers, signers_sha256 = _signers(given.allowed_signers) if given.allowed_signers is not None else (None, "")
    roots, roots_sha256 = _roots(given.tsa_roots) if given.tsa_roots is not None else (None, "")
    return Known(
        _receipt(given.expect) if given.expect is not None else None, signers, signers_sha256, roots, roots_sha256
    )


def _receipt(text: str) -> Receipt:
    plain = _LABEL.sub("", _UNSEEN.sub("", text).strip().strip(_QUOTES), count=1).strip(_QUOTES)
    try:
        return Receipt.parse(plain)
    except UsageError as exc:
        hint = f'--expect takes the line itself: --expect "$(cat {text})"' if text and exists(Path(text)) else exc.hint
        raise UsageError(exc.kind, f"--expect: {exc.message}", hint) from exc


def _signers(file: str) -> tuple[AllowedSigners, str]:
    data = flag_bytes(file, _SIGNERS)
    found = AllowedSigners.parse(flag_text(data, file, _SIGNERS).removeprefix("\ufeff"))  # which editors put there
    if why := found.nobody():
        hint = "a line is a name and a public key: jane.doe@example.org ssh-ed25519 AAAA…"
        raise UsageError("flag-file", f"{_SIGNERS} '{file}': it names nobody: {why}", hint)
    return found, sha256_hex(data)


def _roots(file: str) -> tuple[Roots, str]:
    if file == SYSTEM:
        trusted = ssl.create_default_context().get_ca_certs(binary_form=True)
        return Roots.from_pem("".join(map(ssl.DER_cert_to_PEM_cert, trusted)).encode("ascii")), ""
    data = flag_bytes(file, _ROOTS)
    try:
        return Roots.from_pem(data), sha256_hex(data)
    except UsageError as exc:
        der = data.startswith(b"\x30")  # a SEQUENCE, as every certificate begins
        hint = "it may be in DER form: openssl x509 -inform der -in FILE -out roots.pem" if der else exc.hint
        raise UsageError(exc.kind, f"{_ROOTS} '{file}': {exc.message}", hint) from exc
