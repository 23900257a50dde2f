"""Which adapters there are. Each is loaded only for an address that may be its own; those of others where named."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Final

from archiver.errors import UsageError
from archiver.model.address import Address
from archiver.model.platform import PostKey
from archiver.platforms.contract import Adapter

GROUP: Final = "archiver.platforms"
"""The entry-point group in which packages of others offer adapters (docs/adapters.md)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An adapter of this program: its name is that of its module.

    `hosts` are those whose addresses it may know, `paths` how their paths begin: it is loaded for such an address only.
    One that is `asked` is tried only where somebody names it.
    """

    name: str
    hosts: re.Pattern[str]
    paths: re.Pattern[str] = re.compile("")
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Subject:
    """A post that an address means, the adapter that knows how to ask for it, and the SHA-256 of that one's code."""

    adapter: Adapter
    key: PostKey
    digest: str


def _hosts(*domains: str) -> re.Pattern[str]:
    return re.compile(rf"(?:.*\.)?(?:{'|'.join(re.escape(domain) for domain in domains)})\.?")


_BLUESKY: Final = _hosts(
    "bsky.app", "bsky.dev", "fxbsky.app", "vxbsky.app", "cbsky.app", "xbsky.app", "bskx.app", "bskyx.app", "bskye.app",
    "bsyy.app", "deer.social", "witchsky.app", "blacksky.community",
)  # fmt: skip
_X: Final = _hosts(
    "x.com", "twitter.com", "t.co", "fxtwitter.com", "vxtwitter.com", "fixupx.com", "fixvx.com", "twittpr.com",
    "xcancel.com", "nitter.net", "nitter.poast.org", "nitter.privacydev.net", "nitter.space", "nitter.tiekoetter.com",
    "nitter.catsarch.com",
)  # fmt: skip
_YOUTUBE: Final = _hosts(
    "youtube.com", "youtu.be", "youtube-nocookie.com", "youtubekids.com", "yewtu.be", "inv.nadeko.net", "piped.video"
)
_INSTAGRAM: Final = _hosts(
    "instagram.com", "instagr.am", "ddinstagram.com", "eeinstagram.com", "fxinstagram.com", "kkinstagram.com",
    "vxinstagram.com",
)  # fmt: skip
_ANY: Final = re.compile(".+")
BUILT_IN: Final[tuple[Entry, ...]] = (
    Entry("vk", _hosts("vk.com", "vk.ru", "vkontakte.ru", "vkvideo.ru", "vk.cc")),
    Entry("telegram", _hosts("t.me", "telegram.me", "telegram.dog")),
    Entry("bluesky", re.compile(f"{_BLUESKY.pattern}|")),  # at:// has no host
    Entry("x", _X),
    Entry("youtube", _YOUTUBE),
    Entry("instagram", _INSTAGRAM),
    Entry("threads", _hosts("threads.com", "threads.net", "fixthreads.net", "fixthreads.seria.moe", "vxthreads.net")),
    Entry("facebook", _hosts("facebook.com", "fb.com", "fb.watch")),
    Entry("tiktok", _hosts("tiktok.com", "vxtiktok.com", "tnktok.com", "tiktxk.com", "tfxktok.com")),
    Entry("odnoklassniki", _hosts("ok.ru", "odnoklassniki.ru")),
    Entry("reddit", _hosts("reddit.com", "redd.it", "rxddit.com", "vxreddit.com")),
    Entry("page", _ANY, asked=True),
    Entry(  # anybody can run such a server: the answers tell, not the name
        "mastodon", _ANY, re.compile("/(?:@|(?:users|ap|notice|objects|notes|web|deck|statuses)/)")
    ),
)
"""In the order in which they are tried; the first that knows the address takes it."""


def subject_of(address: Address, only: str = "", extra: Iterable[str] = ()) -> Subject | None:
    """Return which post `address` means, None for none. `only` names the one adapter that is asked.

    `extra` names adapters of other packages that the case allows; they come first. Raises `UsageError` for a name that
    nobody has.
    """
    for name in extra:
        if only in ("", name):
            adapter, digest = _of_others(name)
            if (key := _matched(name, adapter, address)) is not None:
                return Subject(adapter, key, digest)
    if only and only not in {*extra, *(entry.name for entry in BUILT_IN)}:
        raise unknown(only)
    for entry in BUILT_IN:
        near = entry.hosts.fullmatch(address.host) and entry.paths.match(address.target)
        if near and (only == entry.name or (only == "" and not entry.asked)):
            adapter = built_in(entry.name)
            if (key := adapter.match(address)) is not None:
                return Subject(adapter, key, digest_of(entry.name))
    return None


def platform_of(host: str) -> str:
    """Return the name of the platform that `host` belongs to, whatever is asked for there; "" for a host of others."""
    own = (entry for entry in BUILT_IN if entry.hosts is not _ANY and entry.hosts.fullmatch(host))
    return next((entry.name for entry in own if host), "")


@lru_cache
def built_in(name: str) -> Adapter:
    """Return the adapter of this program called `name`."""
    adapter: Adapter = import_module(f"{GROUP}.{name}").ADAPTER
    return adapter


@lru_cache
def digest_of(name: str) -> str:
    """Return the SHA-256 of the code of an adapter of this program, and of what adapters share.

    Names and hashes of all files beside this one and below, without those in the folders of other adapters.
    """
    here = Path(__file__).parent
    others = {entry.name for entry in BUILT_IN if entry.name != name}
    return _hashed(here, (each for each in here.rglob("*") if each.relative_to(here).parts[0] not in others))


@lru_cache
def _digest(module: str) -> str:
    """Return the SHA-256 over names and hashes of the files of a module: of all in its folder, if it is a package."""
    source = Path(str(import_module(module).__file__))
    return _hashed(source.parent, source.parent.rglob("*") if source.name == "__init__.py" else (source,))


def _hashed(folder: Path, files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for file in sorted(each for each in files if each.is_file() and "__pycache__" not in each.parts):
        name = file.relative_to(folder).as_posix()
        whole.update(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


@lru_cache
def _of_others(name: str) -> tuple[Adapter, str]:
    point = next(iter(entry_points(group=GROUP, name=name)), None)
    if point is None:
        why = f"adapter {name}, which the case allows, is not here"
        raise UsageError("adapter", why, "install its package, or take it out of policy.posts.adapters in case.yaml")
    try:
        adapter: Adapter = point.load()
    except (Exception, SystemExit) as exc:  # code of somebody else, which the case asks for: whatever it does is told
        why = f"{type(exc).__name__}: {exc}"
        raise UsageError(
            "adapter", f"adapter {name} cannot be loaded: {why}", "is its package installed whole?"
        ) from exc
    return adapter, _digest(point.module)


def _matched(name: str, adapter: Adapter, address: Address) -> PostKey | None:
    try:
        key = adapter.match(address)
    except (Exception, SystemExit) as exc:  # code of somebody else: nothing was asked yet, so whatever it does is told
        why = f"adapter {name} failed on this address: {type(exc).__name__}"
        raise UsageError("adapter", why, "--platform none takes it as a page") from exc
    if key is not None and key.platform != name:  # the token of a platform goes by this name
        why = f"adapter {name} takes this address for a post of '{key.platform}', which it is not for"
        raise UsageError("adapter", why, "--platform none takes it as a page")
    return key


def unknown(name: str) -> UsageError:
    """Return the error for a name that is none of ours, and not one that the case allows."""
    if any(entry_points(group=GROUP, name=name)):
        why = f"platform '{name}': its adapter is of another package, and runs only for a case that names it"
        return UsageError("adapter", why, f"policy, posts, adapters: [{name}] in case.yaml; then archiver amend")
    known = ", ".join(entry.name for entry in BUILT_IN)
    return UsageError("adapter", f"platform '{name}': there is no adapter of this name", f"there are {known}")
