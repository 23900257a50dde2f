"""The adapters of this program, each with the posts that it is tried with. Adding one is a line in `EXAMPLES`."""

import bluesky_examples
import facebook_examples
import instagram_examples
import mastodon_examples
import odnoklassniki_examples
import page_examples
import reddit_examples
import telegram_examples
import threads_examples
import tiktok_examples
import vk_examples
import x_examples
import youtube_examples

from archiver.platforms.trial import Example

EXAMPLES: dict[str, tuple[Example, ...]] = {
    "vk": vk_examples.EXAMPLES,
    "telegram": telegram_examples.EXAMPLES,
    "bluesky": bluesky_examples.EXAMPLES,
    "mastodon": mastodon_examples.EXAMPLES,
    "instagram": instagram_examples.EXAMPLES,
    "threads": threads_examples.EXAMPLES,
    "facebook": facebook_examples.EXAMPLES,
    "tiktok": tiktok_examples.EXAMPLES,
    "odnoklassniki": odnoklassniki_examples.EXAMPLES,
    "x": x_examples.EXAMPLES,
    "youtube": youtube_examples.EXAMPLES,
    "reddit": reddit_examples.EXAMPLES,
    "page": page_examples.EXAMPLES,
}
