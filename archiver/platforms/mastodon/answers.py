"""What came back to each request, told by its structure: a status, an object, a note, or none of these."""

from dataclasses import dataclass, replace
from typing import Final

from archiver.model.platform import PostKey, Seen, Target
from archiver.model.post import Found
from archiver.platforms.html import Element, page_in
from archiver.platforms.mastodon.forms import Form, netloc_of, read_url
from archiver.platforms.places import path_of
from archiver.platforms.reading import Doc, json_in
from archiver.platforms.statuses import is_challenge

NOTHING: Final = Doc(None, 0)
TYPES: Final = frozenset({"Note", "Question", "Article", "Page", "Video", "Audio", "Image", "Event", "Tombstone"})
STREAMS: Final = "https://www.w3.org/ns/activitystreams"

_ACTORS: Final = frozenset({"Person", "Group", "Organization", "Service", "Application"})
_SIGN_IN: Final = frozenset({"/auth/sign_in", "/login", "/users/sign_in"})
_OBJECTS: Final = frozenset({"object", "object.id", "origin.object", "actor"})
_REFUSED: Final = frozenset({403, 429})
# Elements that the programs of such servers put into every page, also into one that shows no post.
_MARKS: Final = "#mastodon, script#initial-state, #soapbox, script#initial-results, script#misskey_meta, #misskey_app"
_ALTERNATE: Final = 'link[rel="alternate"][type="application/activity+json"]'


_NO_PAGE: Final = Element(None, 0)


@dataclass(frozen=True, slots=True)
class Heard:
    """The answers of the server that was named (`status`, `object`, `note`) and of the one where the post is from.

    Each is the place in the JSON where the post stands, nothing where the answer is no such thing.
    """

    key: PostKey
    seen: tuple[Seen, ...]
    status: Doc
    object: Doc
    note: Doc
    origin_status: Doc
    origin_object: Doc
    origin_note: Doc
    page: Element = _NO_PAGE  # read only where the API of the named server told nothing

    @classmethod
    def of(cls, key: PostKey, seen: tuple[Seen, ...]) -> "Heard":
        """Read what was seen."""
        named = cls(key, seen, _status(seen, "status"), _own(seen), _note(seen, "note"), NOTHING, NOTHING, NOTHING)
        page = last(seen, "page")
        if not named.subject and page is not None and page.status > 0:
            named = replace(named, page=page_in(page))
        told = named.uri.value if named.uri is not None else ""
        status, found = _status(seen, "origin.status"), _object(seen, "origin.object")
        return replace(
            named,
            origin_status=status if told in ("", status.at("uri").value) else NOTHING,
            origin_object=found if told in ("", found.at("id").value) else NOTHING,
            origin_note=_note(seen, "origin.note"),
        )

    @property
    def subject(self) -> Doc:
        """The post as the named server tells it: what was boosted where the address is of a boost."""
        if self.status:
            return self.status.at("reblog") if is_status(self.status.at("reblog")) else self.status
        renote = self.note.at("renote")
        return renote if is_note(renote) and not self.note.at("text").words else self.note

    @property
    def uri(self) -> Found[str] | None:
        """The id of the post on the server where it is from, as far as the named server tells it."""
        return self.subject.at("uri").words

    @property
    def origin(self) -> str:
        """The address of the post on another server than the named one, "" where it is from here, or not told.

        For a boost it is the address of what was boosted, wherever that is.
        """
        uri = self.uri.value if self.uri else ""
        if uri and (self.subject.pointer or netloc_of(uri) != self.key.part("host")):
            return uri
        page = last(self.seen, "page")
        if self.subject or page is None or page.status != 200 or not self.marked:
            return ""
        return page.url if netloc_of(page.url) != self.key.part("host") and read_url(page.url) is not None else ""

    @property
    def marked(self) -> bool:
        """Whether the page is one of a program that such servers run, whatever it shows."""
        return bool(self.page.first(_MARKS)) or bool(self.page.first(_ALTERNATE))


def last(seen: tuple[Seen, ...], role: str) -> Seen | None:
    """Return the last exchange of a target: its answer, behind all redirects."""
    return next((each for each in reversed(seen) if each.role == role), None)


def is_status(doc: Doc) -> bool:
    """Whether a status of the client API of Mastodon stands here."""
    named = doc.at("account", "acct").words or doc.at("account", "username").words
    told = (doc.at("id").id, doc.at("uri").words, doc.at("created_at").words, named)
    return all(told) and doc.at("content").text is not None


def is_note(doc: Doc) -> bool:
    """Whether a note of the API of Misskey stands here."""
    return all((doc.at("id").id, doc.at("createdAt").words, doc.at("user", "username").words))


def is_actor(seen: Seen) -> bool:
    """Whether the answer is an account in ActivityStreams."""
    doc = json_in(seen)
    kind = doc.at("type").text
    return seen.status == 200 and kind is not None and kind.value in _ACTORS and doc.at("inbox").words is not None


def is_error(seen: Seen) -> bool:
    """Whether the answer is an error in the form of these APIs: an object that says `error`."""
    error = json_in(seen).at("error")
    return error.words is not None or isinstance(error.value, dict)


def is_sign_in(seen: Seen) -> bool:
    """Whether the answer is, or leads to, the page where one signs in."""
    to = seen.header("location") if 300 <= seen.status < 400 else seen.url
    return path_of(to).rstrip("/") in _SIGN_IN


def page_post(heard: Heard) -> Element:
    """Return the page that shows a post and says where its object is; one without elements where none does."""
    page = last(heard.seen, "page")
    kind = heard.page.first('meta[property="og:type"]').attribute("content")
    shows = heard.page.first(_ALTERNATE) and kind is not None and kind.value == "article"
    return heard.page if shows and page is not None and page.status == 200 else Element(None, heard.page.exchange)


def is_one(heard: Heard) -> bool:
    """Whether anything shows a server of this kind, where no post was shown.

    A page with the marks of its programs does; so does an error in the form of their APIs, unless the page is shown as
    if nothing was missing: other sites answer so too to what they do not know.
    """
    if heard.marked:
        return True
    page = last(heard.seen, "page")
    told = (last(heard.seen, role) for role in ("status", "note", "object"))
    errors = any(each is not None and each.status >= 400 and is_error(each) for each in told)
    return errors and (page is None or page.status != 200 or is_sign_in(page))


def answered(answer: Seen) -> str:
    """Return what came in place of what was asked for, in words."""
    if answer.failure:
        return f"asked for in exchange {answer.number}, and no answer came: {answer.failure}"
    if answer.status == 401:
        return f"exchange {answer.number} was answered with 401: it wants a signature or a login"
    if answer.status == 200:
        return f"exchange {answer.number} brought nothing that can be read as such"
    return f"exchange {answer.number} was answered with {answer.status}"


def object_link(page: Element) -> Found[str] | None:
    """Return where a page says that its object is."""
    return page.first(_ALTERNATE).attribute("href")


def refuses(seen: tuple[Seen, ...], target: Target) -> bool:
    """Whether the server of a target has said that it will not be asked for such a thing.

    A 401 for an object wants the signature of a server, and says nothing of what people are shown; one of the API, or
    a page for signing in, says nothing of files.
    """
    netloc = netloc_of(target.url)
    return any(netloc_of(each.url) == netloc and _refuses(each, target) for each in seen)


def _refuses(each: Seen, target: Target) -> bool:
    if each.status in _REFUSED or is_challenge(each) or (each.status == 503 and each.header("retry-after") != ""):
        return True
    if each.status == 401 and each.role in _OBJECTS:
        return target.role in _OBJECTS
    return (each.status == 401 or is_sign_in(each)) and not target.role.startswith("media.")


def status_by_redirect(heard: Heard) -> Form | None:
    """Return the status that the page of an object led to, on the same server: Pleroma tells its id in no other way."""
    page = last(heard.seen, "page")
    form = read_url(page.url) if page is not None and heard.key.kind == "object" else None
    return form if form is not None and form.kind == "status" and form.netloc == heard.key.part("host") else None


def _status(seen: tuple[Seen, ...], role: str) -> Doc:
    answer, asked = last(seen, role), next((each for each in seen if each.role == role), None)
    if answer is None or asked is None or answer.status != 200:
        return NOTHING
    doc = json_in(answer)
    if not is_status(doc):
        return NOTHING
    number = doc.at("id").id
    return doc if number is not None and number.value == path_of(asked.url).rpartition("/")[2] else NOTHING


def _own(seen: tuple[Seen, ...]) -> Doc:
    found = _object(seen, "object")  # under the address that was given; else under the id that the server told
    return found if found else _object(seen, "object.id")


def _object(seen: tuple[Seen, ...], role: str) -> Doc:
    answer = last(seen, role)
    if answer is None or answer.status not in (200, 404, 410):
        return NOTHING
    doc = _post_in(json_in(answer))
    if answer.status != 200 and doc.at("type").value != "Tombstone":
        return NOTHING
    return doc if doc and _netloc_of_id(doc) == netloc_of(answer.url) else NOTHING


def of_another_server(seen: tuple[Seen, ...]) -> tuple[Seen, ...]:
    """Return the answers that hold an object with an id on another server: nobody can speak for that one."""
    asked = [last(seen, role) for role in ("object", "object.id", "origin.object")]
    found = [(each, _post_in(json_in(each))) for each in asked if each is not None and each.status == 200]
    return tuple(each for each, doc in found if doc and _netloc_of_id(doc) != netloc_of(each.url))


def _netloc_of_id(doc: Doc) -> str:
    named = doc.at("id").words
    return netloc_of(named.value) if named is not None else ""


def _post_in(doc: Doc) -> Doc:
    context = doc.at("@context")
    if context.value != STREAMS and STREAMS not in [each.value for each in context.items]:
        return NOTHING
    if doc.at("type").value in ("Create", "Update"):
        doc = doc.at("object")
    kind = doc.at("type").text
    return doc if kind is not None and kind.value in TYPES and doc.at("id").words is not None else NOTHING


def _note(seen: tuple[Seen, ...], role: str) -> Doc:
    answer = last(seen, role)
    doc = json_in(answer) if answer is not None and answer.status == 200 else NOTHING
    return doc if is_note(doc) else NOTHING
