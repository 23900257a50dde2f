"""Which adapters there are. Each is loaded only for an address that may be its own; those of others where named."""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from importlib.resources.abc import Traversable
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
    """

    name: str
    hosts: re.Pattern[str]
    paths: re.Pattern[str] = re.compile("")


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
BUILT_IN: Final[tuple[Entry, ...]] = (
    Entry("vk", _hosts("vk.com", "vk.ru", "vkontakte.ru", "vkvideo.ru", "vk.cc")),
    Entry("telegram", _hosts("t.me", "telegram.me", "telegram.dog")),
    Entry("bluesky", re.compile(f"{_BLUESKY.pattern}|")),  # at:// has no host
    Entry(  # anybody can run such a server: the answers tell, not the name
        "mastodon", re.compile(".+"), re.compile("/(?:@|(?:users|ap|notice|objects|notes|web|deck|statuses)/)")
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
            if (key := adapter.match(address)) is not None:
                return Subject(adapter, key, digest)
    if only and only not in {*extra, *(entry.name for entry in BUILT_IN)}:
        raise _unknown(only)
    for entry in BUILT_IN:
        near = entry.hosts.fullmatch(address.host) and entry.paths.match(address.target)
        if only in ("", entry.name) and near:
            adapter = built_in(entry.name)
            if (key := adapter.match(address)) is not None:
                return Subject(adapter, key, _digest(entry.name))
    return None


@lru_cache
def built_in(name: str) -> Adapter:
    """Return the adapter of this program called `name`."""
    adapter: Adapter = import_module(f"{GROUP}.{name}").ADAPTER
    return adapter


@lru_cache
def _digest(name: str) -> str:
    folder = files(GROUP)
    module = folder / f"{name}.py"
    return _sha256(((name, module),) if module.is_file() else _modules(folder / name, name))


def _modules(folder: Traversable, name: str) -> Iterable[tuple[str, Traversable]]:
    for each in sorted(folder.iterdir(), key=lambda each: each.name):
        if each.is_dir() and not each.name.startswith("_"):
            yield from _modules(each, f"{name}/{each.name}")
        elif each.is_file():
            yield f"{name}/{each.name}", each


def _sha256(modules: Iterable[tuple[str, Traversable]]) -> str:
    whole = hashlib.sha256()
    for name, module in modules:
        whole.update(f"{hashlib.sha256(module.read_bytes()).hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


@lru_cache
def _of_others(name: str) -> tuple[Adapter, str]:
    point = next(iter(entry_points(group=GROUP, name=name)), None)
    if point is None:
        raise _unknown(name)
    try:
        adapter: Adapter = point.load()
    except Exception as exc:  # code of somebody else, which the case asks for: whatever it does is told
        why = f"{type(exc).__name__}: {exc}"
        raise UsageError(
            "adapter", f"adapter {name} cannot be loaded: {why}", "is its package installed whole?"
        ) from exc
    return adapter, _digest_of_others(point)


def _digest_of_others(point: EntryPoint) -> str:
    named = sorted((str(path), path) for path in (point.dist.files or ()) if path.suffix == ".py") if point.dist else []
    whole = hashlib.sha256()
    for name, path in named:
        whole.update(f"{hashlib.sha256(path.read_binary()).hexdigest()}  {name}\n".encode())
    return whole.hexdigest()


def _unknown(name: str) -> UsageError:
    known = ", ".join(entry.name for entry in BUILT_IN)
    return UsageError("adapter", f"platform '{name}': there is no adapter of this name", f"there are {known}")
