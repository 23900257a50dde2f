"""JSON-LD on a page: which of its objects is the page itself. No context is fetched: names are those of schema.org."""

from dataclasses import dataclass
from typing import Final

from archiver.model.post import Found
from archiver.platforms.html import Element
from archiver.platforms.page.addresses import absolute, same_page
from archiver.platforms.reading import Doc
from archiver.platforms.scripts import linked_data

MAX_NODES: Final = 1_000
MAX_LIST: Final = 100  # values of one member

_POSTINGS: Final = frozenset({"BlogPosting", "LiveBlogPosting", "SocialMediaPosting", "DiscussionForumPosting"})
_SHOWN: Final = frozenset({"VideoObject", "AudioObject", "PodcastEpisode", "RadioEpisode", "MusicRecording"})
_PICTURES: Final = frozenset({"ImageObject", "Photograph"})
_WORKS: Final = frozenset(
    {"CreativeWork", "Report", "Question", "Review", "ClaimReview", "DigitalDocument", "Dataset", "HowTo"}
)
_NEVER: Final = frozenset(
    {"Person", "WebSite", "ItemList", "BreadcrumbList", "SiteNavigationElement", "SearchAction", "Corporation", "Brand"}
)


@dataclass(frozen=True, slots=True)
class Graph:
    """The objects of a page. `ids` finds those that others name by `@id`; `broken` are scripts that are no JSON."""

    nodes: tuple[Doc, ...]
    ids: dict[str, Doc]
    broken: tuple[str, ...]

    def whole(self, doc: Doc) -> Doc:
        """Return the object that `doc` names by its `@id`, `doc` itself where it is one, or names none of the page."""
        named = doc.at("@id").value
        if isinstance(named, str) and not set(doc.value) - {"@id", "@type"}:
            return self.ids.get(named, doc)
        return doc

    def values(self, doc: Doc) -> tuple[Doc, ...]:
        """Return what stands at a member: one value, or each of a list."""
        return tuple(self.whole(each) for each in (doc.items[:MAX_LIST] or (doc,)) if each)


def graph_of(page: Element) -> Graph:
    """Return the objects of all JSON-LD of a page, in order."""
    nodes: list[Doc] = []
    broken: list[str] = []
    for data in linked_data(page):
        if data:
            nodes += _nodes(data, MAX_NODES - len(nodes))
        else:
            broken.append(data.pointer.rstrip())
    inner = [each for each in (node.at("mainEntity") for node in nodes) if is_article(each) or types_of(each) & _SHOWN]
    ids: dict[str, Doc] = {}
    for each in nodes:
        named = each.at("@id").value
        if isinstance(named, str) and len(each.value) > 2:
            ids.setdefault(named, each)
    return Graph((*nodes, *inner)[:MAX_NODES], ids, tuple(broken))


def types_of(doc: Doc) -> frozenset[str]:
    """Return the types of an object, without what says that they are those of schema.org."""
    kinds = doc.at("@type")
    words = (each.value for each in (kinds.items[:MAX_LIST] or (kinds,)))
    return frozenset(each.rpartition("/")[2].rpartition(":")[2] for each in words if isinstance(each, str))


def is_article(doc: Doc) -> bool:
    """Whether an object is an article or a posting."""
    return any(each.endswith("Article") or each in _POSTINGS for each in types_of(doc))


def is_written(doc: Doc) -> bool:
    """Whether the times and people of an object are those of the page: it was published there, and is no thing."""
    return _rank(doc) != 2 or bool(types_of(doc) & _WORKS)


def main_of(graph: Graph, page_url: str, *, article: bool) -> tuple[Doc | None, tuple[Doc, ...]]:
    """Return the object that is the page, and the articles on it that are not.

    It is the one that names the address of the page, of the kind that tells most; else the only one of that kind.
    Where a page has several articles, and none says that it is the page, none of them is. `article` says that the page
    is one by another form: a video on it, which does not name the address, is not the page then.
    """
    ranked = [(rank, each) for each in graph.nodes if (rank := _rank(each)) is not None]
    articles = tuple(each for rank, each in ranked if rank == 0)
    for wanted in sorted({rank for rank, _ in ranked}):
        alike = [each for rank, each in ranked if rank == wanted]
        main = next((each for each in alike if _is_page(graph, each, page_url)), None)
        if main is None and (wanted == 0 or not article) and len({_headline(each) for each in alike}) == 1:
            main = alike[0]
        if main is not None:
            return main, tuple(each for each in articles if each.pointer != main.pointer and _other(each, main))
    return None, articles


def page_node(graph: Graph) -> Doc | None:
    """Return the object that describes the page as a page, beside the article that stands on it."""
    return next((each for each in graph.nodes if _rank(each) == 3), None)


def shown_on(graph: Graph) -> tuple[Doc, ...]:
    """Return the videos and sounds on a page."""
    return tuple(each for each in graph.nodes if types_of(each) & _SHOWN)[:MAX_LIST]


def url_in(doc: Doc, base: str) -> Found[str] | None:
    """Return the address that stands here, by itself or in an object."""
    for each in (doc, doc.at("url"), doc.at("contentUrl"), doc.at("@id"), *doc.items[:1]):
        found = absolute(base, each.words)
        if found is not None:
            return found
    return None


def _nodes(doc: Doc, room: int) -> list[Doc]:
    found: list[Doc] = []
    waiting = [doc]
    for each in waiting:
        if len(waiting) > MAX_NODES * 2 or len(found) >= room:
            break
        waiting += each.items[:MAX_NODES]
        if isinstance(each.value, dict):
            waiting += each.at("@graph").items[:MAX_NODES]
            if each.at("@type") or each.at("@id"):
                found.append(each)
    return found[:room]


def _rank(doc: Doc) -> int | None:
    kinds = types_of(doc)
    if is_article(doc):
        return 0
    if kinds & _SHOWN:
        return 1
    if kinds & _PICTURES:
        return 4
    if not kinds or all(_is_never(each) for each in kinds):
        return None
    return 3 if any(each.endswith("Page") for each in kinds) else 2


def _is_never(kind: str) -> bool:
    return kind in _NEVER or kind.startswith("WP") or kind.endswith(("Organization", "Business"))


def _is_page(graph: Graph, doc: Doc, page_url: str) -> bool:
    places = (doc.at("url"), doc.at("@id"), doc.at("mainEntityOfPage"), doc.at("mainEntityOfPage", "url"))
    found = (url_in(each, page_url) for each in places)
    return any(each is not None and same_page(each.value, page_url) for each in found)


def _headline(doc: Doc) -> str:
    return str(doc.at("headline").value or doc.at("name").value)


def _other(doc: Doc, main: Doc) -> bool:
    return _headline(doc) != _headline(main)
