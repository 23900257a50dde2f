"""What a verifier knows from elsewhere, as the command line has it: a receipt, signers, authorities for the time."""

import ssl

from archiver.cli.parse import flag_file
from archiver.custody.receipt import Receipt
from archiver.custody.signers import AllowedSigners
from archiver.custody.token import Roots
from archiver.errors import UsageError

SYSTEM = "system"


def receipt(text: str) -> Receipt:
    """Return the receipt that was typed. Raises `UsageError`."""
    return Receipt.parse(text)


def signers(file: str) -> AllowedSigners:
    """Return whom the file allows to sign. Raises `UsageError` when it cannot be read, or holds nothing."""
    text = flag_file(file, "--allowed-signers")
    if not any(line.strip() and not line.startswith("#") for line in text.split("\n")):
        hint = "a line is a name and a public key: jane.doe@example.org ssh-ed25519 AAAA…"
        raise UsageError("flag-file", f"--allowed-signers '{file}': it names nobody", hint)
    return AllowedSigners.parse(text)


def roots(file: str) -> Roots:
    """Return the certificates in the file, or with "system" those that the system trusts. Raises `UsageError`."""
    if file != SYSTEM:
        return Roots.from_pem(flag_file(file, "--tsa-roots").encode("utf-8"))
    trusted = ssl.create_default_context().get_ca_certs(binary_form=True)
    return Roots.from_pem("".join(map(ssl.DER_cert_to_PEM_cert, trusted)).encode("ascii"))
