"""Posts on ActivityPub servers that their adapter is tried with."""

from adapterkit import Answer, Answers
from fediverse import APP, HERE, NEWS, NUMBER, STREAMS, as_object, error, picture, status

from archiver.model.platform import Access
from archiver.platforms.trial import Example

_POST = f"{HERE}/@anna/{NUMBER}"
_OBJECT = f"{HERE}/users/anna/statuses/{NUMBER}"
_API = f"{HERE}/api/v1/statuses/{NUMBER}"
_REPLY = status("110000000000000001", in_reply_to_id=NUMBER)
_TOMBSTONE = {"@context": STREAMS, "id": _OBJECT, "type": "Tombstone", "deleted": "2024-01-02T03:04:05Z"}


def by_role(**answers: Answer) -> Answers:
    """Answers for each role: the same address is asked for in two forms."""
    return lambda target: answers.get(target.role)


EXAMPLES = (
    Example(
        _POST,
        {
            _POST: Answer.html(APP),
            _OBJECT: Answer.json(as_object()),
            _API: Answer.json(status(replies_count=1, media_attachments=[picture()])),
            f"{_API}/context": Answer.json({"ancestors": [], "descendants": [_REPLY]}),
            "https://files.berg.example/": Answer(b"\x89PNG a picture", headers=(("Content-Type", "image/png"),)),
        },
        access=Access(replies=5, depth=2, media=True),
        also=(_OBJECT,),
    ),
    Example(_POST, by_role(page=Answer.html(APP), object=Answer.json(_TOMBSTONE, 410), status=error()), "deleted"),
    Example(_POST, by_role(page=Answer.html(APP), object=error("", 401), status=error("", 401)), "login_required"),
    Example(_POST, {HERE: Answer.html(NEWS)}, "unavailable_unknown"),
)
