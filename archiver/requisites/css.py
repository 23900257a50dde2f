"""The addresses in CSS: what it imports, paints and sets type with. Parsed by tinycss2 (CSS Syntax Level 3)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import tinycss2

from archiver.http.charsets import charset_declared, charset_named, charset_of_bom, text_of
from archiver.model.platform import Seen
from archiver.requisites.values import Kind, Reason

# Characters that are parsed. 300 KB of a usual sheet take 0.2 s; the worst mebibyte, nothing but open braces, takes 5 s
# and 300 MB. Time and memory grow with the length alone.
MAX_CSS: Final = 1 << 20

_SEMICOLON: Final = ";"
_CHARSET_RULE: Final = b'@charset "'
_CHARSET_NEAR: Final = 1024  # bytes (CSS Syntax §3.2)
_SETS: Final = frozenset({"image-set", "-webkit-image-set"})
_ADDRESSES: Final = frozenset({"url", "src"})
_BEFORE_IMPORTS: Final = frozenset({"charset", "import", "layer"})


@dataclass(frozen=True, slots=True)
class Painted:
    """An address as it stands in CSS; `place` is line and column, and what names it."""

    kind: Kind
    url: str
    place: str
    reason: Reason | None = None


def sheet_text(seen: Seen, environment: str) -> tuple[str, str]:
    """Return the text of a stylesheet and the name of its encoding (CSS Syntax §3.2).

    That is the one of the byte order mark, else of the Content-Type, else of `@charset`, else `environment`: that of
    the document or stylesheet which asks for it.
    """
    declared = charset_of_bom(seen.body) or charset_declared(seen.header("content-type"))
    charset = declared or _charset_rule(seen.body) or environment
    return text_of(seen.body, charset), charset


def painted_in_sheet(text: str) -> tuple[tuple[Painted, ...], bool]:
    """Return the addresses in a stylesheet, in order, and whether it was read to its end."""
    tokens, whole = _tokens(text)
    return tuple(_in_sheet(tokens)), whole


def painted_in_declarations(text: str) -> tuple[tuple[Painted, ...], bool]:
    """Return the addresses in a `style` attribute or in one value, in order, and whether it was read to its end."""
    tokens, whole = _tokens(text)
    return tuple(_in_block(tokens, "image")), whole


def _charset_rule(data: bytes) -> str | None:
    if not data.startswith(_CHARSET_RULE):
        return None
    label, quote, rest = data[len(_CHARSET_RULE) : _CHARSET_NEAR].partition(b'"')
    charset = charset_named(label.decode("latin-1")) if quote and rest.startswith(b";") else None
    # A rule that could be read byte by byte does not stand in UTF-16, whatever it says.
    return "utf-8" if charset is not None and charset.startswith("utf-16") else charset


def _tokens(text: str) -> tuple[list[Any], bool]:
    try:
        return tinycss2.parse_component_value_list(text[:MAX_CSS], skip_comments=True), len(text) <= MAX_CSS
    except ValueError:  # a number of more digits than Python reads
        return [], False


def _in_sheet(tokens: list[Any]) -> Iterator[Painted]:
    late = False
    for statement in _statements(tokens):
        first, last = statement[0], statement[-1]
        rule = first.lower_value if first.type == "at-keyword" else ""
        block = last.type == "{} block"
        if rule == "import" and not block:
            yield from _imported(first, statement[1:], late)
        if block:
            yield from _in_block(last.content, "font" if rule == "font-face" else "image")
        late = late or block or rule not in _BEFORE_IMPORTS


def _statements(tokens: list[Any]) -> Iterator[list[Any]]:
    statement: list[Any] = []
    for token in tokens:
        if statement or not (token.type == "whitespace" or token in ("<!--", "-->")):
            statement.append(token)
            if token.type == "{} block" or (token == _SEMICOLON and statement[0].type == "at-keyword"):
                yield statement
                statement = []
    if statement:
        yield statement


def _imported(rule: Any, prelude: list[Any], late: bool) -> Iterator[Painted]:
    first = next((token for token in prelude if token.type != "whitespace"), rule)
    url = first.value if first.type in {"string", "url"} else _quoted(first)
    if url:
        yield Painted("stylesheet", url, _place(rule, "@import"), "import-late" if late else None)


@dataclass(slots=True)
class _Level:
    tokens: Iterator[Any]
    kind: Kind
    strings: bool = False  # those of image-set() are addresses
    rule: str = ""  # the at-rule whose prelude is being read: `@namespace url(…)` asks for nothing


def _in_block(content: list[Any], kind: Kind) -> Iterator[Painted]:
    levels = [_Level(iter(content), kind)]  # a stack of our own: CSS nests deeper than Python
    while levels:
        level = levels[-1]
        token = next(level.tokens, None)
        if token is None:
            levels.pop()
        elif token.type == "at-keyword":
            level.rule = token.lower_value
        elif token.type == "{} block":
            levels.append(_Level(iter(token.content), "font" if level.rule == "font-face" else "image"))
            level.rule = ""
        elif level.rule:
            level.rule = "" if token == _SEMICOLON else level.rule
        elif token.type == "url" or (token.type == "string" and level.strings):
            if token.value:
                yield Painted(level.kind, token.value, _place(token, "image-set()" if level.strings else "url()"))
        elif token.type == "function":
            url = _quoted(token)
            if url:
                yield Painted(level.kind, url, _place(token, "url()"))
            levels.append(_Level(iter(token.arguments), level.kind, token.lower_name in _SETS))
        elif token.type in {"() block", "[] block"}:
            levels.append(_Level(iter(token.content), level.kind))


def _quoted(token: Any) -> str:
    if token.type != "function" or token.lower_name not in _ADDRESSES:
        return ""
    first = next((each for each in token.arguments if each.type != "whitespace"), None)
    return str(first.value) if first is not None and first.type == "string" else ""


def _place(token: Any, name: str) -> str:
    return f"{token.source_line}:{token.source_column} {name}"
