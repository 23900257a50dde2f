"""How the head of nearly every record of ours looks, as one pattern a type: what it matches needs no other question.

The rules themselves are `archiver.warc.rules` and docs/spec/warc-profile.md; whatever is not of this form is judged by
them, field by field. A head of this form has nothing odd by either.
"""

import re

from archiver.warc.profile import FIDELITIES, HTTP_REQUEST, HTTP_RESPONSE, JSON, VERSION, WARC_FIELDS

_ID = "<urn:uuid:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}>"
_DAY = (
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
)
_DATE = rf"[12][0-9]{{3}}-{_DAY}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){{2}}\.[0-9]{{6}}Z"
_SHA256 = "sha256:[0-9a-f]{64}"
_URI = "[A-Za-z][A-Za-z0-9+.-]*+:[!-;=?-~]*+"
_TEXT = "[!-~](?:[ !-~]*[!-~])?"

_ABOUT = (
    rf"WARC-Target-URI: (?P<uri>{_URI})\r\nWARC-Warcinfo-ID: (?P<warcinfo>{_ID})\r\n"
    rf"(?P<concurrent>(?:WARC-Concurrent-To: {_ID}\r\n)*+)(?:WARC-IP-Address: (?P<ip>{_TEXT})\r\n)?+"
    rf"(?:WARC-Protocol: {_TEXT}\r\n)*+(?:WARC-Cipher-Suite: {_TEXT}\r\n)?+"
    r"(?:WARC-Truncated: (?P<truncated>length|time|disconnect|unspecified)\r\n)?+"
)
_WIRE = "(?P<fidelity>)"
_FIDELITY = rf"(?:Archiver-Fidelity: (?P<fidelity>{'|'.join(FIDELITIES)})\r\n)?+"
_NOTHING = "(?P<uri>)(?P<warcinfo>)(?P<concurrent>)(?P<ip>)(?P<truncated>)(?P<fidelity>)"
_KINDS = (
    ("warcinfo", re.escape(WARC_FIELDS), _NOTHING),
    ("response", re.escape(HTTP_RESPONSE), _ABOUT + _FIDELITY),
    ("request", re.escape(HTTP_REQUEST), _ABOUT + _WIRE),
    ("metadata", re.escape(JSON), _ABOUT + _WIRE),
    ("resource", _TEXT, _ABOUT + _WIRE),
)
_BEGINNING = f"{VERSION}\r\nWARC-Type: "
_HEADS = {
    kind: re.compile(
        rf"{re.escape(_BEGINNING)}(?P<type>{kind})\r\nWARC-Record-ID: <(?P<id>{_ID[1:-1]})>\r\n"
        rf"WARC-Date: (?P<date>{_DATE})\r\n{about}"
        rf"(?:WARC-Payload-Digest: (?P<payload>{_SHA256})\r\n)?+WARC-Block-Digest: (?P<block>{_SHA256})\r\n"
        rf"Content-Type: {content}\r\nContent-Length: (?P<length>[0-9]{{1,15}})\r\n\r\n",
        re.ASCII,
    )
    for kind, content, about in _KINDS
}


def is_regular(head: bytes) -> bool:
    """Return whether `head`, from its version line to its empty line, is of the usual form."""
    return regular_fields(head) is not None


def regular_fields(head: bytes) -> tuple[str, ...] | None:
    """Return what `head` says if it is of the usual form, else None.

    The texts are type, id without brackets, date, target, `WARC-Warcinfo-ID`, the lines that name concurrent records,
    IP address, what it was truncated by, fidelity, payload digest, block digest, length of the block; empty where there
    is none.
    """
    text = head.decode("latin-1")
    pattern = _HEADS.get(text[len(_BEGINNING) : text.find("\r", len(_BEGINNING))])
    match = pattern.fullmatch(text) if pattern is not None else None
    return match.groups("") if match is not None else None
