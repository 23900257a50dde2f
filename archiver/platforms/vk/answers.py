"""The answers of VK, each read once: of the API, of what its pages load, and the pages (docs/spec/platforms/vk.md).

The API answers `{"response": …}` or `{"error": {"error_code": …}}`, always with status 200. What a page loads comes as
`{"payload": [code, [markup, …]]}`, mostly in windows-1251, sometimes inside `<!-- … -->`. Newer pages hold the data of
the post itself, in the shape of the API, as JSON in an attribute `data-exec`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from archiver.http.charsets import charset_declared, text_of
from archiver.model.platform import Seen
from archiver.platforms.files import FILE
from archiver.platforms.html import Element, markup_in, page_in
from archiver.platforms.reading import Doc, json_in, parsed

_MAX_TASKS: Final = 200  # elements of a page whose data are read
_MAX_TASK: Final = 1 << 20  # characters


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one request: `doc` is its JSON, `page` its markup; whichever it has not holds nothing."""

    seen: Seen
    doc: Doc
    page: Element

    @property
    def role(self) -> str:
        """The role of the target that led here."""
        return self.seen.role

    @property
    def of_api(self) -> bool:
        """Whether the API was asked."""
        return self.seen.role.startswith("api.")

    @property
    def error(self) -> int | None:
        """The number of the error that the API answered with."""
        code = self.doc.at("error", "error_code").integer if self.of_api else None
        return code.value if code else None

    @property
    def response(self) -> Doc:
        """What the API answered."""
        return self.doc.at("response")

    @property
    def code(self) -> str:
        """The code of a payload: 0 for content, 3 for "log in", 8 for an error told in words."""
        code = self.doc.at("payload", 0).id
        return code.value if code else ""


def read(seen: tuple[Seen, ...]) -> tuple[Answer, ...]:
    """Return the answers, without those that are files."""
    return tuple(_read(each) for each in seen if not each.role.startswith(FILE))


def first(answers: tuple[Answer, ...], *roles: str) -> Answer | None:
    """Return the first answer that was asked for in one of these roles."""
    return next((each for each in answers if each.role in roles), None)


def items(response: Doc) -> tuple[Doc, ...]:
    """Return the items of a response: those under `items`, or those of the bare list of older versions."""
    return response.at("items").items or response.items


def tasks(page: Element) -> Iterator[Doc]:
    """Yield the data that stand in attributes of a page."""
    for element in page.css("[data-exec]")[:_MAX_TASKS]:
        text = element.attribute("data-exec")
        if text is not None and len(text.value) < _MAX_TASK:
            yield Doc(parsed(text.value), text.exchange, f"{text.at} ")


def _read(seen: Seen) -> Answer:
    nothing, no_page = Doc(None, seen.number), Element(None, seen.number)
    if not seen.body:
        return Answer(seen, nothing, no_page)
    if seen.role.startswith("api."):
        return Answer(seen, json_in(seen), no_page)
    if not seen.role.startswith("web."):
        return Answer(seen, nothing, page_in(seen))
    doc = Doc(parsed(_uncommented(_text(seen))), seen.number)
    return Answer(seen, doc, _longest_markup(doc, seen.number))


def _longest_markup(doc: Doc, number: int) -> Element:
    """Return the markup of a payload: the longest of its texts, for their order has changed over the years."""
    texts = [found for each in doc.at("payload", 1).items if (found := each.text) is not None and "<" in found.value]
    return markup_in(max(texts, key=lambda found: len(found.value))) if texts else Element(None, number)


def _text(seen: Seen) -> str:
    charset = charset_declared(seen.header("content-type"))
    if charset is not None:
        return text_of(seen.body, charset)
    try:
        return seen.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text_of(seen.body, "windows-1251")


def _uncommented(text: str) -> str:
    return text.strip().removeprefix("<!--").removesuffix("-->").strip()
