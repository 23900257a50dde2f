"""A web of recorded answers, asked for as whoever fetches does: round by round, redirects followed."""

from collections.abc import Mapping
from dataclasses import dataclass

from archiver.model.address import Address
from archiver.model.platform import Seen
from archiver.model.redirect import redirect_target
from archiver.requisites.find import Search, needs
from archiver.requisites.values import Needs, Rules, Wanted

PAGE = "https://news.example/a/page.html"
HTML = "text/html; charset=utf-8"
CSS = "text/css"
NO_TEXT = ("image/", "video/", "audio/", "font/")


@dataclass(frozen=True)
class Reply:
    """What is answered at an address."""

    body: bytes = b""
    type: str = HTML
    status: int = 200
    location: str = ""
    whole: bool = True
    failure: str = ""

    def seen(self, number: int, url: str) -> Seen:
        headers = [(b"Content-Type", self.type.encode())] if self.type else []
        headers += [(b"Location", self.location.encode())] if self.location else []
        status = 0 if self.failure else self.status
        body = b"" if self.type.startswith(NO_TEXT) and not self.type.startswith("image/svg") else self.body
        return Seen(number, "", url, status, tuple(headers), body, self.whole, self.failure)


@dataclass(frozen=True)
class Found:
    """What came of a page: the rounds of targets, all that was seen, and the last word."""

    rounds: tuple[tuple[Wanted, ...], ...]
    seen: tuple[Seen, ...]
    last: Needs

    @property
    def targets(self) -> tuple[Wanted, ...]:
        return tuple(each for targets in self.rounds for each in targets)

    @property
    def urls(self) -> list[str]:
        return [each.url for each in self.targets]

    @property
    def kinds(self) -> dict[str, str]:
        return {each.url: each.kind for each in self.targets}

    @property
    def places(self) -> dict[str, str]:
        return {each.url: each.place for each in self.targets}

    @property
    def skipped(self) -> dict[str, str]:
        return {each.url: each.reason for each in self.last.skipped}


def page(html: str | bytes, type: str = HTML) -> Reply:
    return Reply(html if isinstance(html, bytes) else html.encode(), type)


def sheet(css: str | bytes, type: str = CSS) -> Reply:
    return Reply(css if isinstance(css, bytes) else css.encode(), type)


def found(
    answer: Reply | str | bytes,
    rules: Rules | None = None,
    others: Mapping[str, Reply] | None = None,
    url: str = PAGE,
) -> Found:
    """Ask for all that the page at `url` needs, answers from `others`, 404 for the rest; each round twice."""
    rules = rules or Rules()
    web = {**(others or {}), url: answer if isinstance(answer, Reply) else page(answer)}
    seen: tuple[Seen, ...] = _asked(web, url, 1)
    search = Search(rules)
    rounds: list[tuple[Wanted, ...]] = []
    while True:
        last = search.needs(seen)
        assert last == needs(seen, rules), "reading again gives the same"
        if not last.targets:
            return Found(tuple(rounds), seen, last)
        known = {each.url for each in seen}
        assert not known & {each.url for each in last.targets}, "nothing is asked for twice"
        rounds.append(last.targets)
        for each in last.targets:
            assert Address.parse(each.url).url == each.url
            seen += _asked(web, each.url, len(seen) + 1)


def _asked(web: Mapping[str, Reply], url: str, number: int) -> tuple[Seen, ...]:
    hops: tuple[Seen, ...] = ()
    while len(hops) < 10:
        reply = web.get(url, Reply(b"not here", status=404))
        hops += (reply.seen(number + len(hops), url),)
        target = redirect_target(Address.parse(url), reply.location.encode())
        if target is None:
            break
        url = target.url
    return hops
