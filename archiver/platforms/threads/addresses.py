"""Which post an address of Threads means (docs/spec/platforms/threads.md §Addresses)."""

import re
from typing import Final
from urllib.parse import unquote

from archiver.model.address import Address
from archiver.model.platform import PostKey

PLATFORM: Final = "threads"
SITE: Final = "https://www.threads.com"
HOSTS: Final = frozenset({"threads.com", "threads.net", "fixthreads.net", "fixthreads.seria.moe", "vxthreads.net"})
"""Those of Threads, and of others who show its posts elsewhere: they are never asked."""

_POST = re.compile(
    r"/(?:@(?P<user>[A-Za-z0-9_.]{1,64})/post|t|post)/(?P<code>[A-Za-z0-9_-]{2,64})(?:/(?:embed|media)?)?/?"
)


def key_of(address: Address) -> PostKey | None:
    """Return which post `address` means, None where it is none of Threads', or no post."""
    if address.scheme not in {"http", "https"} or address.host.removesuffix(".").removeprefix("www.") not in HOSTS:
        return None
    match = _POST.fullmatch(unquote(address.target.partition("?")[0]))
    if match is None:
        return None
    user, code = match["user"], match["code"]
    page = f"/@{user}/post/{code}" if user else f"/t/{code}"
    return PostKey(PLATFORM, f"{PLATFORM}:{code}", "post", (("code", code), ("page", page)))
