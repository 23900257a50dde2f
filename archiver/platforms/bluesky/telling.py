"""What the answers tell of a post, each value with its place, and what does not fit together."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from archiver.model.platform import PostKey, Seen
from archiver.model.post import Actor, Content, Edit, Extracted, Found, Moment, Post
from archiver.platforms.bluesky.asking import replies_wanted
from archiver.platforms.bluesky.checks import checks_of
from archiver.platforms.bluesky.embeds import record_and_view
from archiver.platforms.bluesky.names import page_of
from archiver.platforms.bluesky.posts import ASKS_FOR_LOGIN, Notes, post_of, posts_above, replies_below
from archiver.platforms.bluesky.sight import Sight, sight_of
from archiver.platforms.bluesky.standing import code_of
from archiver.platforms.moments import apart, tid
from archiver.platforms.reading import Doc

CLOCKS_APART: Final = 300  # seconds between two clocks of the same client, and by which a post may be dated ahead
LATE: Final = 86_400  # seconds between the time that a post states and its coming to the platform

_RULES: Final = {
    "mentionRule": "those who are mentioned",
    "followerRule": "those who follow the author",
    "followingRule": "those whom the author follows",
    "listRule": "those on a list of the author",
}
_MAX_RULES: Final = 20


def told(key: PostKey, seen: tuple[Seen, ...]) -> Extracted:
    """Return what the exchanges tell of the post. Never raises; the same exchanges give the same result."""
    sight, notes = sight_of(key, seen), Notes()
    checks = checks_of(sight)
    notes.warnings += [f"{check.name}: {check.words}" for check in checks if check.sound is False]
    notes.warnings += _not_alike(sight)
    if sight.did is None:
        why = "nobody told whose the handle is; an address with the DID in its place leads there, whatever became of it"
        notes.lacks("the account", why, seen[-1].number if seen else 0)
    if not sight.held:
        return Extracted(None, None, tuple(notes.missing), tuple(notes.warnings), checks)
    post, id_time = _post(sight, notes), _id_time(sight)
    notes.warnings += _times(post, id_time)
    _left_out(sight, post, notes)
    return Extracted(post, id_time, tuple(notes.missing), tuple(dict.fromkeys(notes.warnings)), checks)


def _post(sight: Sight, notes: Notes) -> Post:
    record, view = record_and_view(sight)
    post = post_of(record, view, notes, sight)
    if not view:
        name, identity = _name(sight), sight.identity
        handles = identity.handles if identity is not None else ()
        account = Actor("Person", identity.did if identity else None, handles[0] if handles else None)
        page = Found(page_of(name.value), name.exchange, name.at)
        return replace(post, id=name, url=page, attributed_to=account)
    limit = max((replies_wanted(each.role) for each in sight.seen), default=0)
    return replace(
        post,
        history=_other_version(record, view),
        context=posts_above(sight.thread, notes),
        replies=replies_below(sight.thread, limit, notes) if limit else (),
    )


def _other_version(record: Doc, view: Doc) -> tuple[Edit, ...]:
    """Return what the app shows, where that is another version than the record that the post is read from."""
    shown = view.at("record")
    text = shown.at("text").text
    if shown == record or text is None or text.value == record.at("text").value:
        return ()
    return (Edit(None, Content(text)),)


def _name(sight: Sight) -> Found[str]:
    """Return the name of the post, from the strongest answer that holds it."""
    told_there = sight.thread.at("post", "uri").text or sight.record.at("uri").text
    if told_there is not None:
        return told_there
    return Found(sight.uri, sight.proof_exchange, str(sight.proof.cid) if sight.proof is not None else "")


def _id_time(sight: Sight) -> Moment | None:
    name = _name(sight)
    return tid(Found(sight.key.part("rkey"), name.exchange, name.at))


def _times(post: Post, id_time: Moment | None) -> Iterator[str]:
    """Yield what does not fit between the clocks. Time and key are both made by the client; the platform's is not."""
    stated, got = post.published, post.received
    gap = apart(stated, id_time)
    if gap is not None and gap > CLOCKS_APART and stated is not None and id_time is not None:
        yield (
            f"the post states {stated.value}, and its key was made at {id_time.value}: both are by the clock of "
            "whoever posted, and either can be chosen"
        )
    late = apart(stated, got)
    if late is None or stated is None or got is None:
        return
    if stated.value > got.value and late > CLOCKS_APART:
        yield f"the post states {stated.value}, after {got.value}, when the platform says that it got it"
    elif late > LATE:
        yield f"the post states {stated.value}, and came to the platform at {got.value}: it may be dated back"


def _not_alike(sight: Sight) -> Iterator[str]:
    """Yield where the app and the server of the account do not show the same."""
    app = next((each for each in reversed(sight.seen) if each.role.startswith("thread")), None)
    if sight.record and app is not None and not sight.thread:
        shows = code_of(app) or f"status {app.status}" if app.status else "no answer"
        yield f"the app does not show the post ({shows}), and the server of the account has it"
    if sight.thread and code_of(sight.last("record")):
        yield f"the app shows the post, and the server of the account answers {code_of(sight.last('record'))[:100]}"
    author = sight.thread.at("post", "author", "did").text
    if sight.did is not None and author is not None and author.value != sight.did.value:
        yield f"the app names {author.value[:200]} as the author, and the repository is that of {sight.did.value}"


def _left_out(sight: Sight, post: Post, notes: Notes) -> None:
    """Say what the post has and the item has not."""
    where = sight.thread.exchange
    if post.visibility is not None:
        asks = post.visibility.value == ASKS_FOR_LOGIN
        words = "its author asks apps not to show it without login" if asks else "the platform's own apps hide it"
        notes.warnings.append(f"the post or its account has the label {post.visibility.value}: {words}")
    if not sight.thread:
        notes.lacks("counts, answers and what is above", "the app's view of the post was not obtained", 0)
        return
    counted = next((count.value.value for count in post.counts if count.name == "replies" and count.value), 0)
    direct = len(sight.thread.at("replies").items)
    if not post.replies and counted > 0 and not direct:
        notes.lacks("answers", f"not asked for, or not shown: {counted} are counted", where)
    elif counted > direct:
        notes.lacks("answers", f"{counted} are counted, and {direct} direct ones are shown", where)
    above = post.context[-1] if post.context else post
    if above.in_reply_to is not None:
        notes.lacks("posts further above", "not asked for, or not shown", where)
    _gate(sight.answer.at("threadgate", "record"), notes)
    embed = sight.thread.at("post", "record", "embed")
    if embed and not post.attachment and not post.origin:
        kind = embed.at("$type").text
        notes.lacks(
            "an attachment", f"of a kind that is not known here: {kind.value[:200] if kind else 'none told'}", where
        )


def _gate(gate: Doc, notes: Notes) -> None:
    """Say whom the author lets answer, and which answers the author has hidden."""
    if isinstance(gate.at("allow").value, list):
        kinds = (str(rule.at("$type").value).rpartition("#")[2] for rule in gate.at("allow").items[:_MAX_RULES])
        allowed = ", ".join(dict.fromkeys(_RULES.get(kind, "others, by a rule not known here") for kind in kinds))
        notes.lacks("answers of others", f"the author lets answer: {allowed or 'nobody'}", gate.exchange)
    if hidden := len(gate.at("hiddenReplies").items):
        notes.lacks("hidden answers", f"the author has hidden {hidden}; the app may leave them out", gate.exchange)
