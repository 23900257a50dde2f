"""What `archiver platforms` says of YouTube: what is taken, what is not, and who learns of it."""

from typing import Final

from archiver.model.platform import About
from archiver.platforms.youtube.addresses import NAME

ABOUT: Final = About(
    name=NAME,
    title="YouTube (youtube.com, youtu.be)",
    version="1",
    takes=(
        "The page of a video and what its player and its card for other sites tell: title, text, channel, times of"
        " publication and upload, of a broadcast its beginning and end, length, numbers, keywords, countries, the list"
        " of captions; posts of the community tab; a channel with its newest videos. With permission comments, the"
        " picture, the captions and the video."
    ),
    with_token=(  # noqa: S106
        "The Data API: the same of a video in documented form, exact numbers, and comments with their times to the"
        " second. The token is an OAuth access token, which ends after an hour; an API key is none, and is refused."
    ),
    cannot=(
        "Private videos and those for members; what wants a login or an age; live streams as they run, live chat,"
        " lists, earlier titles and texts, dislikes; why a video is gone: YouTube says so in sentences alone."
    ),
    learns=(
        "YouTube, that is Google, learns the network address of the computer, and each video that is asked for. A"
        " shared address that ends in si=… also tells it whose share it was. With a token it learns which account asks."
        " Owners of channels see numbers, not people."
    ),
    terms=("public_api", "public_page", "undocumented_endpoint", "anti_automation_terms"),
    token_variable="ARCHIVER_YOUTUBE_TOKEN",  # noqa: S106
    spacing=5.0,
)
