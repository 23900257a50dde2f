"""Text as double-quoted YAML that can neither forge structure nor hide (docs/spec/manifest.md §4).

The table of escaped characters is written out rather than taken from the interpreter's Unicode data, because the bytes
of `manifest.yaml` must be the same under every Python.
"""

import re

_HIDDEN = (
    "\\x00-\\x1f\\x7f-\\xa0\\xad"  # C0, DEL, C1, no-break space, soft hyphen
    "\\u0600-\\u0605\\u061c\\u06dd\\u070f\\u0890\\u0891\\u08e2\\u180e\\ufeff\\ufff9-\\ufffb"  # format characters
    "\\u1680\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000"  # odd spaces, zero-width, line ends, bidi
    "\\ud800-\\udfff\\ue000-\\uf8ff\\ufdd0-\\ufdef\\ufffe\\uffff"  # surrogates, private use, noncharacters
    "\\U000110bd\\U000110cd\\U00013430-\\U0001343f\\U0001bca0-\\U0001bca3\\U0001d173-\\U0001d17a"
    "\\U000e0000-\\U000e007f\\U000e0100-\\U000e01ef\\U000f0000-\\U0010ffff"  # tags, selectors, private use
)
_NONCHARACTERS = "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(1, 15))
_UNSAFE = re.compile(f"[{_HIDDEN}{_NONCHARACTERS}]")
_ESCAPED = re.compile(f'["\\\\{_HIDDEN}{_NONCHARACTERS}]')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def quoted(text: str) -> str:
    """Return `text` as one line of double-quoted YAML that any YAML reader turns back into exactly `text`."""
    if text.isascii() and text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'  # most are, and are told so many times faster
    return '"' + _ESCAPED.sub(_escape, text) + '"'


def hides(text: str) -> bool:
    """Return whether `text` holds a character that a reader could not see, or that moves or ends the line."""
    return _UNSAFE.search(text) is not None


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    code = ord(character)
    if character in _SHORT:
        return _SHORT[character]
    if code <= 0xFF:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"
