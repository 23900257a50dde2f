"""What `archiver platforms` says of VK: what is taken, what is not, and who learns of it."""

from typing import Final

from archiver.model.platform import About
from archiver.platforms.vk.addresses import NAME

VARIABLE: Final = "ARCHIVER_VK_TOKEN"  # of the environment: where the operator keeps the token

_OF_PAGES: Final = (
    "The page as VK serves it, and what it loads. Where that holds the post, its text, author, time, photos and what it"
    " shares are read from it. Since 2025 VK often shows nothing to visitors without a login, or sends them to a test"
    " for browsers: that is kept and said."
)
_OF_API: Final = (
    "With a service token: posts with what they share, their authors, times, numbers, attachments and polls; comments"
    " with the answers to them, and where comments were deleted; photos at the best size that VK tells; topics; the"
    " cards of people and communities. Videos, and comments to photos, only with the token of a user."
)

ABOUT: Final = About(
    name=NAME,
    title="VK (vk.com, vk.ru, vkvideo.ru)",
    version="1",
    takes=_OF_PAGES,
    with_token=_OF_API,
    cannot=(
        "Video as a stream, most sound, albums, stories, articles and wiki pages as such; what only members, friends or"
        " subscribers see; the text of what was deleted; earlier versions of an edited post."
    ),
    learns=(
        "VK learns the network address of the computer, and each post that is asked for. With a token it also learns"
        " which account asks: a service token belongs to an application, and that to a person with a telephone number."
    ),
    terms=("public_api", "public_page", "undocumented_endpoint", "account_risk"),
    token_variable=VARIABLE,
    watched=(
        "VK is a Russian company and has to give its records to Russian authorities on demand. Parties to the case may"
        " be able to read there who asked for which post, when, and from where. A token names an account."
    ),
    spacing=1.0,
)
