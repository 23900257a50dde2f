"""Two time-stamp authorities of different, fictional operators: real answers by `openssl ts`, served on loopback."""

import datetime as dt
import shutil
import subprocess
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.x509.oid import ExtendedKeyUsageOID

from archiver.demo.certificates import Issued, leaf, root
from archiver.demo.site import Answer, Key, answer, key_of
from archiver.model.address import Address

PROGRAM: Final = "openssl"
PATIENCE: Final = 10.0  # seconds for openssl to answer
ROOT_VALID: Final = dt.timedelta(days=30 * 365)
SIGNER_VALID: Final = dt.timedelta(days=10 * 365)

_SETTINGS = """\
[tsa]
default_tsa = here
[here]
serial = serial
signer_cert = signer.pem
signer_key = signer.key
certs = root.pem
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = millisecs:1
clock_precision_digits = 3
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
signer_digest = sha256
"""


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs an authority: its name in the case, its address, and what its certificates say it is called."""

    name: str
    url: str
    title: str


OPERATORS: Final = (
    Operator("observatory", "http://time.lana-observatory.example/tsr", "Lana Observatory (fictional)"),
    Operator("notaries", "http://stamp.southern-notaries.example/tsr", "Chamber of Southern Notaries (fictional)"),
)


class DemoAuthority:
    """An authority with a root of its own. Its files lie in `folder`, which is made; whoever names it removes it."""

    def __init__(self, operator: Operator, folder: Path, now: dt.datetime) -> None:
        self.operator = operator
        self.root: Issued = root(f"{operator.title}: root", now, ROOT_VALID)
        self._folder = folder
        self._turn = threading.Lock()  # there is one file of serial numbers
        signer = leaf(f"{operator.title}: time stamps", self.root, now, SIGNER_VALID, ExtendedKeyUsageOID.TIME_STAMPING)
        folder.mkdir(mode=0o700, parents=True)
        folder.joinpath("signer.key").touch(mode=0o600)
        for name, data in (
            ("ts.cnf", _SETTINGS.encode("ascii")),
            ("serial", b"01\n"),
            ("signer.pem", signer.pem),
            ("signer.key", signer.key_pem),
            ("root.pem", self.root.pem),
        ):
            folder.joinpath(name).write_bytes(data)

    def reply(self, request: bytes) -> bytes:
        """Return the whole HTTP response to the request for a time stamp `request` (DER, RFC 3161 §3.4)."""
        with self._turn:
            asked, given = self._folder / "request.tsq", self._folder / "answer.tsr"
            files = ("-config", "ts.cnf", "-queryfile", asked.name, "-out", given.name)
            try:
                asked.write_bytes(request)
                given.unlink(missing_ok=True)
                subprocess.run(  # noqa: S603  # a program found by its name, arguments as a list, no shell
                    (shutil.which(PROGRAM) or PROGRAM, "ts", "-reply", *files),
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    cwd=self._folder,
                    timeout=PATIENCE,
                    check=True,
                )
                return answer(given.read_bytes(), "application/timestamp-reply")
            except (OSError, subprocess.SubprocessError):
                return answer(b"", "text/plain", status="500 Internal Server Error")


def authorities(folder: Path, now: dt.datetime) -> tuple[DemoAuthority, ...]:
    """Return an authority for each operator, with its files under `folder`."""
    return tuple(DemoAuthority(operator, folder / operator.name, now) for operator in OPERATORS)


def answers(running: Sequence[DemoAuthority]) -> Mapping[Key, Answer]:
    """Return where each authority is asked, as a server has it."""
    return {key_of(Address.parse(each.operator.url)): each.reply for each in running}
