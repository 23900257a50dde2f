"""The answers of Odnoklassniki: pages, and the data of the player that stands in an attribute of them.

`data-options` holds JSON, and `flashvars.metadata` in it holds JSON once more, as a text; where it does not, an address
is named that tells it.
"""

from dataclasses import dataclass
from html import unescape
from typing import Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from archiver.errors import UsageError
from archiver.http.charsets import charset_declared, text_of
from archiver.model.address import Address
from archiver.model.platform import PostKey, Seen, Target
from archiver.platforms.html import Element, page_in
from archiver.platforms.odnoklassniki.addresses import is_own
from archiver.platforms.reading import Doc, json_in, parsed

PAGES: Final = ("page", "embed")  # roles, in the order in which they are asked
METADATA: Final = "metadata"

_OPENING: Final = 'data-options="'
_MAX_OPTIONS: Final = 100  # elements of a page whose data are looked at
_MAX_LENGTH: Final = 1 << 20  # characters of one
_FORM: Final = ("Content-Type", "application/x-www-form-urlencoded")
_LOGIN: Final = frozenset({"anonymMain", "anonymLogin"})


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered: of each role the last exchange, the page in it, and the options of its player."""

    last: dict[str, Seen]
    page: dict[str, Element]
    options: Doc
    metadata: Doc

    @property
    def movie(self) -> Doc:
        """What is told of the video, nothing where no member of it is."""
        told = self.metadata.at("movie")
        return told if told.members else Doc(None, told.exchange, told.pointer)

    @property
    def whole(self) -> bool:
        """Whether the page came to its end."""
        return "page" in self.last and self.last["page"].whole

    def first(self, selector: str) -> Element:
        """Return the first element that matches, on the first page that has one."""
        found = (self.page[role].first(selector) for role in PAGES if role in self.page)
        return next((each for each in found if each), Element(None, 0, selector))

    def meta(self, name: str) -> Element:
        """Return the element that says `name` of the page, for other programs to read."""
        return self.first(f'meta[property="{name}"]') or self.first(f'meta[name="{name}"]')


def read(key: PostKey, seen: tuple[Seen, ...]) -> Answers:
    """Return the answers that are there. Only one with status 200 has a page."""
    last = {each.role: each for each in seen}
    shown = [last[role] for role in PAGES if role in last and last[role].status == 200 and last[role].body]
    options = Doc(None, 0)
    if key.kind == "video":
        options = next((found for each in shown if (found := _options(each, key.part("id")))), options)
    told = last.get(METADATA)
    metadata = _inside(options.at("flashvars", "metadata"))
    if not metadata and told is not None and told.status == 200:
        metadata = json_in(told)
    return Answers(last, {each.role: page_in(each) for each in shown}, options, metadata)


def metadata_target(options: Doc) -> tuple[Target, ...]:
    """Return what asks for the data of the video, where the page names an address of the platform in their place."""
    said = options.at("flashvars", "metadataUrl").words
    if said is None:
        return ()
    url = unquote(said.value)
    try:
        address = Address.parse(url)
    except UsageError:
        return ()
    if address.scheme != "https" or not is_own(address.host):
        return ()
    place = options.at("flashvars", "location").words
    body = urlencode({"st.location": place.value} if place else {}).encode()
    return (Target(METADATA, url, "POST", (_FORM,), body, redirects=False),)


def is_login(seen: Seen) -> bool:
    """Whether an answer is the page to log in, or leads there."""
    return any(_command(place) in _LOGIN for place in (seen.url, seen.header("location")))


def is_front(seen: Seen) -> bool:
    """Whether an answer is the front page, which comes in place of videos that are gone."""
    try:
        parts = urlsplit(seen.url)
    except ValueError:
        return False
    return parts.path in {"", "/"} and not parts.query


def _command(url: str) -> str:
    try:
        return dict(parse_qsl(urlsplit(url).query[:8192])).get("st.cmd", "")
    except ValueError:
        return ""


def _options(seen: Seen, number: str) -> Doc:
    """Return the options of the player of video `number`: of all elements with options the first that names it.

    They are cut out as they stand: a parser of pages has limits that they may exceed.
    """
    text, at = _text(seen), 0
    for count in range(1, _MAX_OPTIONS + 1):
        begin = text.find(_OPENING, at)
        end = text.find('"', begin + len(_OPENING)) if begin >= 0 else -1
        if end < 0:
            break
        at = end
        if end - begin < _MAX_LENGTH and number in (said := text[begin + len(_OPENING) : end]):
            found = Doc(parsed(unescape(said)), seen.number, f"[data-options][{count}] @data-options ")
            if found.at("flashvars") or found.at("isExternalPlayer").value is True:
                return found
    return Doc(None, seen.number)


def _inside(said: Doc) -> Doc:
    """Return the JSON that stands in a text, or the value itself where it is none."""
    if isinstance(said.value, str):
        return Doc(parsed(said.value), said.exchange, f"{said.pointer} ")
    return said


def _text(seen: Seen) -> str:
    charset = charset_declared(seen.header("content-type"))
    if charset is not None:
        return text_of(seen.body, charset)
    try:
        return seen.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return text_of(seen.body, "windows-1251")
