"""Posts of Bluesky that its adapter is tried with."""

from adapterkit import Answer
from blueskykit import BLOB, DID, HANDLE, POSTS, RKEY, Repository, World, error, others, record, threaded, view

from archiver.model.platform import Access
from archiver.platforms.trial import Example

_POST = f"https://bsky.app/profile/{DID}/post/{RKEY}"
_IMAGES = {"$type": "app.bsky.embed.images", "images": [{"alt": "Boats", "image": BLOB}]}
_REPLY = view(record("So it is"), f"at://did:plc:{'b' * 24}/{POSTS}/3lkdd22222222")
EXAMPLES = (
    Example(
        _POST,
        World(post=record(embed=_IMAGES), around={"replies": [threaded(_REPLY)]}),
        access=Access(replies=5, depth=2, media=True),
        also=(f"at://{DID}/{POSTS}/{RKEY}",),
    ),
    Example(f"https://bsky.app/profile/{HANDLE}/post/{RKEY}", World()),
    Example(
        _POST,
        World(
            changed={
                "thread": error("NotFound"),
                "record": error("RecordNotFound"),
                "proof": Answer(Repository(others()).archive()),
            }
        ),
        "not_found",
    ),
)
