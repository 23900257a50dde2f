"""Comments, as the page loads them and as the Data API tells them: no more than were allowed.

The page loads some twenty at once, and cannot be asked for fewer. How many were allowed stands in the role of a
request, so that no more of them go into the post; the others are in the record of the answer.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.model.post import Content, Found, Missing, Post
from archiver.platforms.moments import unclear
from archiver.platforms.reading import Doc, json_in
from archiver.platforms.youtube import asks
from archiver.platforms.youtube.addresses import watch_url
from archiver.platforms.youtube.answers import Answers
from archiver.platforms.youtube.values import channel, moment
from archiver.platforms.youtube.words import count, words

MAX_PAGES: Final = 25  # answers with comments of one item

_SECTIONS: Final = frozenset({"comment-item-section", "engagement-panel-comments-section"})
_NAMES: Final = ("reloadContinuationItemsCommand", "appendContinuationItemsAction")


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment, and the token by which the answers to it are loaded, "" where there are none."""

    post: Post
    answers: str = ""


def next_comments(key: PostKey, access: Access, answers: Answers) -> tuple[Target, ...]:
    """Return the next request for comments, then for the answers to them; nothing at the end."""
    if access.replies <= 0 or access.depth <= 0:
        return ()
    if answers.item(key) and not _api_refused(answers):
        return _next_of_api(key, access, answers)
    return _next_of_page(access, answers)


def token_of(data: Doc) -> str:
    """Return the token by which a page loads the first comments, "" where it has none."""
    contents = data.at("contents", "twoColumnWatchNextResults", "results", "results", "contents").items[:100]
    sections = [each.at("itemSectionRenderer") for each in contents]
    for each in data.at("engagementPanels").items[:100]:
        panel = each.at("engagementPanelSectionListRenderer")
        listed = panel.at("content", "sectionListRenderer", "contents", 0, "itemSectionRenderer")
        if _is_comments(panel.at("panelIdentifier")):
            sections.append(listed)
    for section in sections:
        if _is_comments(section.at("sectionIdentifier")):
            for item in section.at("contents").items[:20]:
                if token := _token(item):
                    return token
    return ""


def replies(key: PostKey, answers: Answers, to: Found[str] | None) -> tuple[tuple[Post, ...], tuple[Missing, ...]]:
    """Return the comments that came, as many as were allowed, and what was left out."""
    found = [each.post for each in _of_api(answers, to)]
    if found:
        return tuple(found), (Missing("further comments", _HOW_MANY),)
    pages = answers.of("comments.")
    if not pages:
        return (), ()
    came = list(_of_page(key, answers, to))
    allowed = _allowed(pages[0])
    posts = tuple(each.post for each in came[:allowed])
    if not posts:
        return (), (Missing("comments", "asked for; none came", pages[-1].number),)
    left = len(came) - len(posts)
    more = f"; {left} more came with them and are in the record alone" if left else ""
    return posts, (Missing("further comments", _HOW_MANY + more, pages[-1].number),)


_HOW_MANY: Final = "no more than were allowed are asked for"


def _next_of_page(access: Access, answers: Answers) -> tuple[Target, ...]:
    pages, below = answers.of("comments."), answers.of("answers.")
    if not pages:
        token = token_of(answers.data)
        return (asks.continued(f"comments.{access.replies}.1", token),) if token else ()
    came = list(_of_page(PostKey("", "", ""), answers, None))
    if len(came) >= access.replies or len(pages) + len(below) >= MAX_PAGES:
        return ()
    items = _items(json_in(pages[-1]))
    token = _token(items[-1]) if items else ""
    if token:
        return (asks.continued(f"comments.{access.replies}.{len(pages) + 1}", token),)
    asked = {each.role for each in below}
    for each in came if access.depth > 1 else ():
        role = f"answers.{access.replies}.{asks.digest(each.answers)}"
        if each.answers and role not in asked:
            return (asks.continued(role, each.answers),)
    return ()


def _of_page(key: PostKey, answers: Answers, to: Found[str] | None) -> Iterator[Comment]:
    """Yield the comments that the page would have loaded, each once: those to the video, then those to comments."""
    known: dict[str, None] = {}
    parents: dict[str, Found[str]] = {}
    for seen in (*answers.of("comments."), *answers.of("answers.")):
        doc = json_in(seen)
        told = _entities(doc)
        parent = parents.get(seen.role.rpartition(".")[2]) if seen.role.startswith("answers.") else to
        for item in _items(doc):
            comment = _comment(key, item, told, parent)
            number = comment.post.id if comment is not None else None
            if comment is None or number is None or str(number.value) in known:
                continue
            known[str(number.value)] = None
            if comment.answers and isinstance(number.value, str):
                parents[asks.digest(comment.answers)] = Found(number.value, number.exchange, number.at)
            yield comment


def _comment(key: PostKey, item: Doc, told: dict[str, Doc], parent: Found[str] | None) -> Comment | None:
    thread = item.at("commentThreadRenderer")
    view = thread.at("commentViewModel", "commentViewModel") if thread else item.at("commentViewModel")
    name = view.at("commentKey").words
    entity = told.get(name.value) if name is not None else None
    number = entity.at("properties", "commentId").words if entity is not None else None
    if entity is None or number is None:
        return None
    author = entity.at("author")
    below = thread.at("replies", "commentRepliesRenderer")
    waiting = (*below.at("contents").items[:5], *below.at("subThreads").items[:5])
    return Comment(
        Post(
            "Note",
            id=number,
            url=_url(key, number),
            attributed_to=channel(author.at("channelId").words, author.at("displayName").words),
            published=unclear(entity.at("properties", "publishedTime").words),
            content=_content(words(entity.at("properties", "content"))),
            in_reply_to=parent,
            counts=(
                *count("likes", entity.at("toolbar", "likeCountNotliked")),
                *count("replies", entity.at("toolbar", "replyCount")),
            ),
        ),
        next((token for each in waiting if (token := _token(each))), ""),
    )


def _items(doc: Doc) -> tuple[Doc, ...]:
    ends = doc.at("onResponseReceivedEndpoints").items[:10]
    return tuple(item for each in ends for name in _NAMES for item in each.at(name, "continuationItems").items[:200])


def _entities(doc: Doc) -> dict[str, Doc]:
    """Return the comments of an answer by their keys: its list of comments names them by these alone."""
    found = {}
    for each in doc.at("frameworkUpdates", "entityBatchUpdate", "mutations").items:
        entity, name = each.at("payload", "commentEntityPayload"), each.at("entityKey").words
        if entity and name is not None:
            found[name.value] = entity
    return found


def _token(item: Doc) -> str:
    told = item.at("continuationItemRenderer")
    found = (
        told.at("continuationEndpoint", "continuationCommand", "token").words
        or told.at("button", "buttonRenderer", "command", "continuationCommand", "token").words
    )
    return found.value if found is not None else ""


def _is_comments(name: Doc) -> bool:
    found = name.words
    return found is not None and found.value in _SECTIONS


def _allowed(seen: Seen) -> int:
    number = seen.role.split(".")[1]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 0


def _api_refused(answers: Answers) -> bool:
    return any(each.status != 200 for role in ("api.comments.", "api.answers.") for each in answers.of(role))


def _next_of_api(key: PostKey, access: Access, answers: Answers) -> tuple[Target, ...]:
    pages, below = answers.of("api.comments."), answers.of("api.answers.")
    came = list(_of_api(answers, None))
    left = access.replies - len(came)
    if left <= 0 or len(pages) + len(below) >= MAX_PAGES:
        return ()
    token = json_in(pages[-1]).at("nextPageToken").words if pages else None
    if not pages or token is not None:
        return (asks.api_comments(key, len(pages), left, token.value if token is not None else ""),)
    asked = {each.role for each in below}
    for each in came if access.depth > 1 else ():
        if each.answers and asks.api_answers_role(each.answers) not in asked:
            return (asks.api_answers(each.answers, left),)
    return ()


def _of_api(answers: Answers, to: Found[str] | None) -> Iterator[Comment]:
    for seen in answers.of("api.comments."):
        for item in json_in(seen).at("items").items[: asks.MAX_AT_ONCE]:
            total = item.at("snippet", "totalReplyCount")
            top = item.at("snippet", "topLevelComment")
            number, some = top.at("id").words, total.integer
            if number is not None:
                waiting = number.value if some is not None and some.value > 0 else ""
                yield Comment(_api_comment(top, total, to), waiting)
    for seen in answers.of("api.answers."):
        for item in json_in(seen).at("items").items[: asks.MAX_AT_ONCE]:
            if item.at("id").words is not None:
                yield Comment(_api_comment(item, Doc(None, 0), item.at("snippet", "parentId").words))


def _api_comment(told: Doc, total: Doc, parent: Found[str] | None) -> Post:
    said = told.at("snippet")
    author = said.at("authorChannelId", "value").words
    published, updated = said.at("publishedAt").words, said.at("updatedAt").words
    changed = published is not None and updated is not None and published.value != updated.value
    return Post(
        "Note",
        id=told.at("id").words,
        attributed_to=channel(author, said.at("authorDisplayName").words, said.at("authorChannelUrl").words),
        published=moment(published),
        updated=moment(updated) if changed else None,
        content=_content(said.at("textOriginal").words or said.at("textDisplay").words),
        in_reply_to=parent,
        counts=(*count("likes", said.at("likeCount")), *count("replies", total)),
    )


def _content(text: Found[str] | None) -> Content | None:
    return Content(text=text) if text is not None else None


def _url(key: PostKey, number: Found[str]) -> Found[str]:
    return Found(f"{watch_url(key.part('id'))}&lc={number.value}", number.exchange, number.at)
