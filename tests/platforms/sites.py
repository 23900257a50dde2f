"""Platforms as they are on a good day, and what each makes of a bad one. Adding one is a `Site` in `SITES`.

A `Site` says what is answered when all is well; `FAILURES` says what becomes of every one of those answers. How the
post then stands is the site's to say: `stands`, `USUAL` where it says nothing.
"""

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import fediverse
import telegram_pages as telegram
import vkanswers as vk
from adapterkit import Answer, Answers
from blueskykit import DID, RKEY, Repository, World, error, others, record

from archiver.model.platform import Access, Target
from archiver.platforms.trial.play import answered

WORDS = "Фонари зажгли в шесть, the lamps were lit at six"
HOSTILE = "<script>alert(1)</script>\x1b[31mred\u202e =cmd|' /C calc'!A0 [bold]x[/bold] \x9b1m \r\nverdict: sound"
MEGABYTES = 10 * 1024**2
DEEP = 100_000


@dataclass(frozen=True)
class Site:
    """A platform whose post at `url` says certain words. `saying` gives the answers of a good day for such words.

    `login` is where it sends who has to log in, `deleted` what it answers, with 200, where the post was deleted.
    `own` are failures that it has a form of its own for. `stands` are the states that are not as in `USUAL`, by
    failure. `token` is the name of the variable that a token comes in, where `access` has one. `platform` is the name
    of an adapter that is asked for by name only.
    """

    url: str
    saying: Callable[[str], Answers | Mapping[str, Answer]]
    login: str
    deleted: Answers | Mapping[str, Answer]
    access: Access = field(default_factory=Access)
    own: Mapping[str, Answers | Mapping[str, Answer]] = field(default_factory=dict)
    stands: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    platform: str = ""

    def answers(self, failure: str) -> Answers:
        """What it answers to each target on a day with this failure."""
        words = HOSTILE if failure == "hostile text" else WORDS

        said = self.saying(words)

        def answer(target: Target) -> Answer | None:
            if failure in self.own:
                return answered(self.own[failure], target)
            well = answered(self.deleted if failure == "deleted" else said, target)
            return FAILURES[failure](self, well if well is not None else Answer(status=404))

        return answer

    def state(self, failure: str) -> str:
        """How the post then stands."""
        return self.stands.get(failure, USUAL[failure])


def _is_text(answer: Answer) -> bool:
    return any(
        name == "Content-Type" and any(each in value for each in ("json", "html", "xml"))
        for name, value in answer.headers
    )


def _nested(answer: Answer) -> bytes:
    return b"<div>" * DEEP if "ml" in str(answer.headers) else b'{"a":' * DEEP


def _as(answer: Answer, body: bytes) -> Answer:
    return replace(answer, body=body) if _is_text(answer) else answer


_PAGE = ("Content-Type", "text/html; charset=utf-8")
FAILURES: dict[str, Callable[[Site, Answer], Answer]] = {
    "none": lambda site, well: well,
    "login": lambda site, well: Answer(b"", 302, (("Location", site.login),)),
    "429": lambda site, well: Answer(b"", 429, (("Retry-After", "30"),)),
    "503": lambda site, well: Answer(b"", 503, (("Retry-After", "30"),)),
    "challenge": lambda site, well: Answer(b"<title>One moment</title>", 403, (_PAGE, ("cf-mitigated", "challenge"))),
    "401": lambda site, well: Answer(b"", 401),
    "403": lambda site, well: Answer(b"", 403),
    "404": lambda site, well: Answer(b"", 404),
    "451": lambda site, well: Answer(b"", 451),
    "500": lambda site, well: Answer(b"", 500),
    "deleted": lambda site, well: well,
    "empty": lambda site, well: _as(well, b""),
    "truncated": lambda site, well: replace(well, body=well.body[: len(well.body) // 2], whole=False),
    "charset": lambda site, well: _as(well, well.body.decode("utf-8", "replace").encode("windows-1251", "replace")),
    "bom": lambda site, well: _as(well, b"\xef\xbb\xbf" + well.body),
    "hostile text": lambda site, well: well,
    "10 MB": lambda site, well: _as(well, well.body + b" " * MEGABYTES),
    "deep nesting": lambda site, well: _as(well, _nested(well)),
    "silence": lambda site, well: Answer(failure="no_answer"),
}
USUAL: dict[str, str] = {
    "none": "available",
    "login": "login_required",
    "429": "rate_limited",
    "503": "unavailable_unknown",
    "challenge": "challenge",
    "401": "login_required",
    "403": "unavailable_unknown",
    "404": "not_found",
    "451": "geo_blocked",
    "500": "unavailable_unknown",
    "deleted": "deleted",
    "empty": "unavailable_unknown",
    "truncated": "unavailable_unknown",
    "charset": "unavailable_unknown",
    "bom": "available",
    "hostile text": "available",
    "10 MB": "available",
    "deep nesting": "unavailable_unknown",
    "silence": "unavailable_unknown",
}


def _markup(words: str) -> str:
    return html.escape(words).encode("ascii", "xmlcharrefreplace").decode()


def _vk(words: str) -> Mapping[str, Answer]:
    return {
        f"{vk.API}wall.getById": vk.wall(vk.POST | {"text": words, "attachments": []}),
        f"{vk.API}wall.getComments": vk.response(vk.COMMENTS),
        "https://vk.com/": vk.EMPTY_PAGE,
    }


def _telegram(words: str) -> Mapping[str, Answer]:
    shown = telegram.bubble(telegram.text(_markup(words)) + telegram.footer())
    return {
        f"{telegram.POST}?embed=1&mode=tme": Answer.html(telegram.page(shown)),
        "https://t.me/s/Lantern_Street/71": Answer.html(telegram.channel(shown)),
        "https://t.me/Lantern_Street": Answer.html(telegram.card()),
    }


_POST = f"{fediverse.HERE}/@anna/{fediverse.NUMBER}"
_OBJECT = f"{fediverse.HERE}/users/anna/statuses/{fediverse.NUMBER}"
_TOMBSTONE = {"@context": fediverse.STREAMS, "id": _OBJECT, "type": "Tombstone"}


def _mastodon(words: str) -> Answers:
    said = f"<p>{html.escape(words)}</p>"
    return _by_role(
        page=Answer.html(fediverse.APP),
        status=Answer.json(fediverse.status(content=said)),
        object=Answer.json(fediverse.as_object(_OBJECT, content=said, contentMap={})),
    )


def _by_role(**answers: Answer) -> Answers:
    return lambda target: answers.get(target.role)


_LOGIN = fediverse.error("This API requires an authenticated user", 401)
_NO_PAGE = Answer.html("<h1>404</h1>", 404)
_ABSENT = {
    "thread": error("NotFound"),
    "record": error("RecordNotFound"),
    "proof": Answer(Repository(others()).archive(), headers=(("Content-Type", "application/vnd.ipld.car"),)),
}
SITES: dict[str, Site] = {
    "vk": Site(
        "https://vk.com/wall-77_1001",
        _vk,
        "https://vk.com/login?act=mobile",
        {
            f"{vk.API}wall.getById": vk.wall(vk.POST | {"is_deleted": True, "deleted_reason": "…"}),
            "https://vk.com/": vk.EMPTY_PAGE,
        },
        Access(token=True, replies=5),
        own={
            "login": {vk.API: vk.error(5), "https://vk.com/": vk.redirect("/login?act=mobile")},
            "429": {vk.API: vk.error(6), "https://vk.com/": vk.redirect("https://vk.com/429.html?hash429=0f")},
            "challenge": {
                vk.API: vk.error(14),
                "https://vk.com/": vk.redirect("https://vk.com/challenge.html?hash429=0"),
            },
        },
        stands={"login": "needs_token", "401": "needs_token", "403": "needs_token"},
        token="ARCHIVER_VK_TOKEN",
    ),
    "vk without a token": Site(
        "https://vk.com/wall-77_1001",
        lambda words: {"https://vk.com/": vk.page(vk.MARKUP.replace("Митинг <b>у</b> площади", _markup(words)))},
        "https://vk.com/login?act=mobile",
        {"https://vk.com/": vk.EMPTY_PAGE},
        own={
            "429": {"https://vk.com/": vk.redirect("https://vk.com/429.html?hash429=0f")},
            "challenge": {"https://vk.com/": vk.redirect("https://vk.com/challenge.html?hash429=0")},
        },
        stands={
            "deleted": "needs_token",
            "empty": "needs_token",
            "truncated": "available",
            "charset": "available",
            "deep nesting": "needs_token",
        },
    ),
    "telegram": Site(
        telegram.POST,
        _telegram,
        "https://t.me/Lantern_Street",
        {
            f"{telegram.POST}?embed=1&mode=tme": Answer.html(telegram.error()),
            "https://t.me/s/": Answer.html(telegram.channel(telegram.message(post="Lantern_Street/70"))),
            "https://t.me/Lantern_Street": Answer.html(telegram.card()),
        },
        stands={
            "login": "unavailable_unknown",
            "deleted": "not_found",
            "truncated": "available",
            "charset": "available",
        },
    ),
    "mastodon": Site(
        _POST,
        _mastodon,
        f"{fediverse.HERE}/auth/sign_in",
        _by_role(page=Answer.html(fediverse.APP), object=Answer.json(_TOMBSTONE), status=fediverse.error()),
        own={
            "login": _by_role(page=vk.redirect(f"{fediverse.HERE}/auth/sign_in"), object=_LOGIN, status=_LOGIN),
            "401": _by_role(page=Answer.html(fediverse.APP, 401), object=_LOGIN, status=_LOGIN),
            "404": _by_role(page=Answer.html(fediverse.APP, 404), object=_NO_PAGE, status=fediverse.error()),
        },
        stands={"451": "unavailable_unknown"},
    ),
    "bluesky": Site(
        f"https://bsky.app/profile/{DID}/post/{RKEY}",
        lambda words: World(post=record(words)),
        "https://bsky.app/login",
        World(changed=_ABSENT),
        stands={"login": "unavailable_unknown", "deleted": "not_found", "charset": "available"},
    ),
}
