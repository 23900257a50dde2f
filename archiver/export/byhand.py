"""How to check an export by hand: VERIFY.txt, made for this very case, and the single file verify.py beside it."""

from importlib.resources import files

from archiver.export.facts import Exhibit, Facts, Kind, Line, SealFacts, Token
from archiver.export.steps import steps

__all__ = ["Exhibit", "Facts", "Kind", "Line", "SealFacts", "Token", "standalone_source", "verify_txt"]


def verify_txt(facts: Facts) -> str:
    """Return the text of VERIFY.txt: ASCII, lines of at most 80 characters, no control character but LF.

    The same facts give the same text. Only hashes, numbers and names in the alphabets of the formats stand in it,
    never a word that a case or a page chose.
    """
    return steps(facts)


def standalone_source() -> bytes:
    """Return the bytes of verify.py, the verifier in one file that needs nothing but Python 3.8."""
    return files("archiver.export").joinpath("standalone.py").read_bytes()
