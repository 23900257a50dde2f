"""What the verifier brings along: everything that the folder itself can never vouch for."""

from dataclasses import dataclass
from datetime import datetime

from archiver.custody.receipt import Receipt
from archiver.custody.signers import AllowedSigners
from archiver.custody.token import Roots


@dataclass(frozen=True, slots=True)
class Outside:
    """`receipt` was kept elsewhere, `signers` are those whom the verifier names, `roots` whose clocks are trusted.

    `now` is the time at which the state of certificates today is told; None for what was not given.
    """

    receipt: Receipt | None = None
    signers: AllowedSigners | None = None
    roots: Roots | None = None
    now: datetime | None = None


NOTHING = Outside()
