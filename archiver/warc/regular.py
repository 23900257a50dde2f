"""How the head of nearly every record of ours looks, as one pattern: what it matches needs no other question.

The rules themselves are `archiver.warc.rules` and docs/spec/warc-profile.md; whatever is not of this form is judged by
them, field by field. A head of this form has nothing odd by either.
"""

import re

from archiver.warc.profile import HTTP_REQUEST, HTTP_RESPONSE, JSON, VERSION, WARC_FIELDS

_ID = "<urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}>"
_DAY = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_DATE = rf"[12][0-9]{{3}}-{_DAY}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){{2}}\.[0-9]{{6}}Z"
_SHA256 = "sha256:[0-9a-f]{64}"
_URI = "[A-Za-z][A-Za-z0-9+.-]*+:[!-;=?-~]*+"
_TEXT = "[!-~]++(?: ++[!-~]++)*+"


def _record(kind: str, content: str, about: str) -> str:
    return (
        rf"{kind}\r\nWARC-Record-ID: {_ID}\r\nWARC-Date: {_DATE}\r\n{about}"
        rf"(?:WARC-Payload-Digest: {_SHA256}\r\n)?+WARC-Block-Digest: {_SHA256}\r\n"
        rf"Content-Type: {content}\r\nContent-Length: [0-9]{{1,15}}\r\n\r\n"
    )


_ABOUT = (
    rf"WARC-Target-URI: {_URI}\r\nWARC-Warcinfo-ID: {_ID}\r\n(?:WARC-Concurrent-To: {_ID}\r\n)*+"
    rf"(?:WARC-IP-Address: {_TEXT}\r\n)?+(?:WARC-Protocol: {_TEXT}\r\n)*+(?:WARC-Cipher-Suite: {_TEXT}\r\n)?+"
    r"(?:WARC-Truncated: (?:length|time|disconnect|unspecified)\r\n)?+"
)
_KINDS = (
    ("warcinfo", re.escape(WARC_FIELDS), ""),
    ("response", re.escape(HTTP_RESPONSE), _ABOUT),
    ("request", re.escape(HTTP_REQUEST), _ABOUT),
    ("metadata", re.escape(JSON), _ABOUT),
    ("resource", _TEXT, _ABOUT),
)
_HEAD = re.compile(
    rf"{re.escape(VERSION)}\r\nWARC-Type: (?:{'|'.join(_record(*kind) for kind in _KINDS)})".encode("ascii")
)


def is_regular(head: bytes) -> bool:
    """Return whether `head`, from its version line to its empty line, is of the usual form."""
    return _HEAD.fullmatch(head) is not None
