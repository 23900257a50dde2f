"""Posts of Telegram that its adapter is tried with."""

from adapterkit import Answer
from telegram_pages import AWAY, FILES, POST, card, channel, comment, discussion, error, message, page, photo, video

from archiver.model.platform import Access
from archiver.platforms.trial import Example

_EMBED = f"{POST}?embed=1&mode=tme"
_AROUND = "https://t.me/s/Lantern_Street/71"
_CARD = "https://t.me/Lantern_Street"
EXAMPLES = (
    Example(
        POST,
        {
            _EMBED: Answer.html(page(message(photo() + video()))),
            f"{POST}?embed=1&discussion=1": Answer.html(discussion(comment(9), comment(10))),
            _AROUND: Answer.html(channel(message(), message(post="Lantern_Street/72"))),
            _CARD: Answer.html(card()),
            FILES: Answer(b"\xff\xd8\xff\xe0 a file", headers=(("Content-Type", "image/jpeg"),)),
        },
        access=Access(replies=5, media=True),
        also=("https://telegram.me/s/lantern_street/71?single", "https://lantern_street.t.me/71"),
    ),
    Example(POST, {_EMBED: Answer.html(error()), _AROUND: AWAY, _CARD: Answer.html(card())}, "unavailable_unknown"),
    Example(POST, {_EMBED: Answer(status=404)}, "not_found"),
    Example(_CARD, {_CARD: Answer.html(card()), "https://t.me/s/": Answer.html(channel(message()))}),
)
