"""What is asked, in order: whose the post is, the post as it is shown, the signed record, its files.

Few questions, the most telling ones first, and none after an answer that says to stop.
"""

from collections.abc import Iterator
from typing import Final

from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.platforms.bluesky.embeds import files_of
from archiver.platforms.bluesky.names import APPVIEW, DIRECTORY, POSTS, document_url, is_plc, is_web, xrpc
from archiver.platforms.bluesky.sight import Sight, is_good, sight_of
from archiver.platforms.statuses import REFUSED, is_challenge

MAX_DEPTH: Final = 20  # levels of answers that are asked for
MAX_REPLIES: Final = 1000
_PARENTS: Final = 80  # posts above, with `Access.replies`; without, the one that is answered


def first_targets(key: PostKey, access: Access) -> tuple[Target, ...]:
    """Return what is asked of an address before anything was answered."""
    if handle := key.part("handle"):
        return (Target("handle", xrpc(APPVIEW, "com.atproto.identity.resolveHandle", handle=handle)),)
    return tuple(_account(key.part("did"), key.part("rkey"), access))


def next_targets(key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Return what is asked after all that was seen, nothing at the end."""
    if any(stops(each) for each in seen):
        return ()
    asked = {each.role for each in seen}
    return tuple(each for each in _wanted(sight_of(key, seen), access) if each.role not in asked)


def stops(seen: Seen) -> bool:
    """Whether an answer says that no more may be asked: a refusal, a limit, a test for browsers."""
    return seen.status in REFUSED or is_challenge(seen)


def replies_wanted(role: str) -> int:
    """Return how many answers of others were asked for, as the role of the thread says: it is on record with it."""
    number = role.partition(".replies-")[2]
    return int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 0


def _wanted(sight: Sight, access: Access) -> Iterator[Target]:
    if sight.did is None:
        yield Target("handle-host", f"https://{sight.key.part('handle')}/.well-known/atproto-did")
        return
    did, rkey = sight.did.value, sight.key.part("rkey")
    yield from _account(did, rkey, access)
    if sight.identity is None or not (server := sight.identity.server):
        return
    where = {"collection": POSTS, "rkey": rkey}
    yield Target("record", xrpc(server, "com.atproto.repo.getRecord", repo=did, **where))
    yield Target("proof", xrpc(server, "com.atproto.sync.getRecord", did=did, **where))
    answered = all(sight.last(role) is not None for role in ("record", "proof"))
    if answered and not (sight.record and sight.proof is not None):
        yield Target("status", xrpc(server, "com.atproto.sync.getRepoStatus", did=did))
    if answered and access.media:
        yield from _files(sight, server, did)


def _account(did: str, rkey: str, access: Access) -> Iterator[Target]:
    number = min(access.replies, MAX_REPLIES)
    depth, role = (min(access.depth, MAX_DEPTH), f"thread.replies-{number}") if number > 0 else (0, "thread")
    height = _PARENTS if number > 0 else 1
    name = f"at://{did}/{POSTS}/{rkey}"
    yield Target(
        role, xrpc(APPVIEW, "app.bsky.feed.getPostThread", uri=name, depth=str(depth), parentHeight=str(height))
    )
    yield Target("did", document_url(did))
    if is_plc(did):
        yield Target("did-log", f"{DIRECTORY}/{did}/log/audit")


def _files(sight: Sight, server: str, did: str) -> Iterator[Target]:
    """Yield the files of the post as they were uploaded, and where the server has not got one, as the app shows it."""
    for file in files_of(sight):
        yield Target(f"blob.{file.cid}", xrpc(server, "com.atproto.sync.getBlob", did=did, cid=file.cid))
        original = sight.last(f"blob.{file.cid}")
        if original is not None and not is_good(original) and is_web(file.shown):
            yield Target(f"shown.{file.cid}", file.shown)
