"""How an item reads: from custody events to the facts that people and programs see."""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from archiver.canon import Json
from archiver.cli.facts import Data, members, objects, text, texts, whole
from archiver.cli.screen import Column, Field, Row, Tone
from archiver.http.anomalies import ANOMALIES
from archiver.platforms.contract import NOT_ONE

if TYPE_CHECKING:
    from archiver.custody.log import Event
    from archiver.pipeline.view import ItemView

TONES = {
    "complete": Tone.GOOD,
    "unconfirmed": Tone.GOOD,
    "imported": Tone.GOOD,
    "partial": Tone.CAUTION,
    "interrupted": Tone.CAUTION,
    "open": Tone.CAUTION,
    "withheld": Tone.CAUTION,
    "failed": Tone.BAD,
}

# What a reason of the record means.
STATES: dict[str, str] = {
    "available": "the platform shows it",
    "deleted": "the platform says that its author removed it",
    "removed_by_platform": "the platform says that it removed it",
    "account_gone": "the account is gone as a whole",
    "private": "it is shown only to those whom its author chose",
    "login_required": "the platform shows it only to those who are logged in",
    "geo_blocked": "it is withheld where the request came from",
    "age_gated": "it is shown only to those who say how old they are",
    "rate_limited": "the platform asked us to wait",
    "challenge": "a test for browsers or people came in place of the answer",
    "not_found": "the platform knows no such post; whether there was one, it does not say",
    "unavailable_unknown": "it is not shown, and the answers do not say why",
    "needs_token": "the platform tells it to programs that have a token, and to nobody else",
    "needs_browser": "the platform shows it in a browser only",
}
REASONS = {
    "refused": "the address is not public, or not one that may be asked",
    "dns": "the name does not exist, or could not be looked up",
    "connect": "no connection was possible",
    "tls": "no secure connection was possible",
    "tls_verify": "the certificate of the server was not accepted",
    "proxy": "the proxy did not reach the address",
    "no_answer": "the server did not answer",
    "timeout": "the server did not answer in time",
    "unrecorded": "the browser asked, and its log does not hold what was said",
    "cut-length": "the size limit was reached before the answer ended",
    "cut-time": "the time limit was reached before the answer ended",
    "cut-unspecified": "the browser took no more of the answer before it had ended",
    "cut-disconnect": "the connection ended before the answer did",
    "end-not-confirmed": "the connection broke off, so nobody can say whether the answer was whole",
    "interrupted": "the capture was stopped by hand",
    "browser-failed": "the browser did not start, or ended before it asked for anything; the page was asked without it",
    "browser-crashed": "the page brought the browser down; every answer that came by then is kept",
    "browser-hung": "the page kept the browser from answering; every answer that came by then is kept",
    "browser-browser-gone": "the browser ended by itself; every answer that came by then is kept",
    "browser-not-shown": "the browser did not show the page; every answer that came is kept",
    "browser-out-of-time": "the time limit was reached before the browser had made everything of the page",
    "redirect-unfollowed": "the browser did not follow where the redirect leads",
    "page-limits": "a limit was reached before everything that the page needs was asked for",
    "post-adapter": "the adapter of the platform failed before everything about the post was asked",
    "post-limits": "a limit of the item was reached before everything about the post was asked",
    "post-watched": "part of it is on a platform where opponents of the case may read who asks, and was not asked for; "
    "policy.posts.contact in case.yaml allows it",
    "post-refused": "a host asked to be left alone, and was not asked for the rest",
    "post-target": "something about the post could not be asked: its address or headers cannot be sent",
    "post-no-media-program": "yt-dlp, which fetches its video, is not here: pip install 'archiver[media]'",
    "video-none": "no video was found where the post has one, as far as yt-dlp can tell",
    "video-live": "its video was still being broadcast; such a stream is not taken",
    "video-drm": "its video is encrypted for players with a licence",
    "video-geo-blocked": "its video is withheld where the request came from",
    "video-unrecorded": "its video could only be fetched in a way that nothing records, so it was not",
    "video-failed": "yt-dlp could not find out where its video is",
    "video-incomplete": "not all files of its video came whole; what came is kept",
    "challenge": "the guard of the site sent a test for browsers, or refused, in place of the page; what came is kept",
    "redirect-limit": "there were more redirects than the limit allows",
    "redirect-loop": "the redirects lead in a circle",
    "location-unusable": "the redirect leads to something that is no address",
    "location-too-long": "the redirect leads to an address that is too long",
    "redirect-refused": "the redirect leads to an address that may not be asked",
    "redirect-watched": "it leads to a platform where opponents of the case may read who asks, and was not followed; "
    "policy.posts.contact in case.yaml allows it",
    "redirect-dns": "the name that the redirect leads to does not exist, or could not be looked up",
    "redirect-connect": "no connection was possible to where the redirect leads",
    "redirect-tls": "no secure connection was possible to where the redirect leads",
    "redirect-tls-verify": "the certificate of the server that the redirect leads to was not accepted",
    "redirect-proxy": "the proxy did not reach the address that the redirect leads to",
    "redirect-no-answer": "the server that the redirect leads to did not answer",
    "redirect-timeout": "the server that the redirect leads to did not answer in time",
    "redirect-unrecorded": "the browser followed the redirect, and its log does not hold what was said",
}

SHORT = {
    "not-shown": "the browser did not show the page",
    "download": "the address is a file to keep, not a page to show; its bytes are here",
    "load-cut": "the page had not finished loading when it was taken as it was",
    "not-quiet": "the page was still asking for things when it was taken as it was",
    "scroll-cut": "the page has no end, or a far one: it was scrolled as far as the limits allow",
    "left-page": "the page led elsewhere while it was scrolled",
    "not-scrolled": "the page could not be scrolled",
    "picture-cut": "the page is longer than the picture of it",
    "frames-cut": "the page has more frames than are read",
    "cookie-refused": "the browser did not take one of the cookies",
    "script-stopped": "a script kept the browser busy, and was stopped so that pictures could be made",
    "crashed": "the page brought the browser down",
    "hung": "the page kept the browser from answering",
    "failed": "the browser could not do what it was told",
    "browser-gone": "the browser ended by itself",
    "stopped": "it was ended before it was done: by hand, or by a limit of the item",
    "out-of-time": "the time limit was reached",
    "address-unusable": "something with an address that cannot be asked for is not in the record",
    "connection-unreadable": "the browser's log of a connection has a gap: what came before it is kept",
    "log-torn": "the browser's log has no end, or cannot be read in places: answers may be missing",
    "log-unknown": "the browser's log is of another release than those that are known: answers may be missing",
    "request-cut": "what the page sent was too large to be kept whole",
    "too-large": "the limit on bytes was reached: answers may be cut, or missing",
    "too-many": "there were more exchanges than are kept",
    "websocket-frames": "a WebSocket was opened, and what was said in it is not kept",
}
UNCHECKED = "not checked (--insecure): nothing says whose server answered"
NOT_MADE = "browser-no-"  # begins the reason that a browser did not make a product
UNASKED = "requests of the page; page-info says which, and why (archiver show --extract copies it out)"
FIDELITY = {"wire": "as on the wire", "reconstructed": "reconstructed", "decoded": "decoded", "missing": "missing"}

COLUMNS_NARROW = (Column("item", 6), Column("outcome", 11), Column("code", 4), Column("address", 0))
COLUMNS_WIDE = (
    Column("item", 6),
    Column("outcome", 11),
    Column("code", 4),
    Column("time (UTC)", 16),
    Column("address", 0),
    Column("title", 0),
)
WIDE = 100  # terminal columns from which on time and title have room


def number(item: int | None) -> str:
    """Return the number of an item as it is written everywhere; 000000 where a log has none."""
    return f"{item or 0:06d}"


def outcome_of(event: "Event") -> str:
    """Return the outcome word of an event that ends an item, `open` for its intent."""
    return text(event.data, "outcome") or (
        "open" if event.event == "item.requested" else event.event.removeprefix("item.")
    )


def outcome_fields(event: "Event", folder: Path) -> tuple[Field, ...]:
    """Return what is shown when an item has just been made: the outcome, and where it is."""
    data = event.data
    return (*_head(data, outcome_of(event)), *_answer(data), *_kept(data, folder))


def history_fields(history: "Iterable[Event]", folder: Path, batch: "Event | None" = None) -> tuple[Field, ...]:
    """Return everything that the log says about one item, which is at least one event; `batch` began its batch."""
    events = tuple(history)
    event = ending(events) or events[0]
    data = event.data
    gone = withheld(events)
    fields = [*_head(data, "withheld" if gone else outcome_of(event)), *_answer(data), *_asked(events[0], data)]
    fields += _row(events[0], batch)
    fields += _exchanges(data)
    if not gone:
        fields += _kept(data, folder)
    return (*fields, *(field for event in events for field in _event_lines(event)))


def export_words(event: "Event") -> str:
    """Return what went out by an `export.made`, in words."""
    data = event.data
    for_whom = whole(data, "recipients")
    closed = f", encrypted for {for_whom}" if for_whom else ""
    return f"{text(data, 'as')} {text(data, 'name')}{closed}, SHA-256 {text(data, 'sha256')}"


def export_fields(exports: "Iterable[Event]") -> tuple[Field, ...]:
    """Return each export that held an item: when, as what, under which name."""
    return tuple(Field("exported", f"line {event.seq}, {event.at}: {export_words(event)}") for event in exports)


def ending(history: "Iterable[Event]") -> "Event | None":
    """Return the event that ends the item, or None while it is open."""
    ends = {"item.captured", "item.failed", "item.interrupted", "item.imported"}
    return next((event for event in history if event.event in ends), None)


def withheld(history: "Iterable[Event]") -> bool:
    """Whether the bytes of the item were removed for a lawful reason."""
    return any(event.event == "item.withheld" for event in history)


def item_document(event: "Event", folder: Path) -> dict[str, object]:
    """Return one item as programs see it: the members of its event, the same for every outcome."""
    data = event.data
    path = text(members(data, "file"), "path")
    return {
        "item": data.get("item"),
        "outcome": outcome_of(event),
        "reasons": data.get("reasons", []),
        "failure": data.get("failure"),
        "url": data.get("url"),
        "request_url": data.get("request_url"),
        "final_url": data.get("final_url"),
        "status": data.get("status"),
        "title": data.get("title"),
        "language": data.get("language"),
        "media_type": data.get("media_type"),
        "post": data.get("post"),
        "page": data.get("page"),
        "browser": data.get("browser"),
        "note": data.get("note", ""),
        "tags": data.get("tags", []),
        "source": data.get("source"),
        "content": _content(data) or None,
        "started_at": data.get("started_at"),
        "ended_at": data.get("ended_at"),
        "exchanges": data.get("exchanges", []),
        "redactions": data.get("redactions", 0),
        "file": data.get("file"),
        "path": str(folder / path) if path else None,
        "event": event_document(event),
    }


def event_document(event: "Event") -> dict[str, object]:
    """Return what an event says about itself, without its data."""
    return {"seq": event.seq, "at": event.at, "actor": event.actor, "event": event.event}


def view_document(view: "ItemView") -> dict[str, object]:
    """Return one line of `archiver list --json`."""
    return {
        "schema": "archiver-list/1",
        "item": view.number,
        "outcome": view.outcome,
        "withheld": view.withheld,
        "url": view.url,
        "final_url": view.final_url,
        "status": view.status,
        "state": view.state or None,
        "title": view.title,
        "at": view.at,
        "line": view.line,
        "file": {"path": view.file, "size": view.size, "sha256": view.sha256} if view.file else None,
    }


def view_row(view: "ItemView", *, wide: bool) -> Row:
    """Return one line of the table that `archiver list` shows; all columns where there is room for them."""
    cells, tone = _cells(view)
    at = view.at[:16].replace("T", " ")
    return Row((*cells, at, view.url, view.title) if wide else (*cells, view.url), 1, tone)


def view_line(view: "ItemView") -> Row:
    """Return one line of the list for a pipe: item, outcome, status, time, address, title."""
    return Row((*_cells(view)[0], view.at, view.url, view.title))


def _cells(view: "ItemView") -> tuple[tuple[str, str, str], Tone]:
    outcome = "withheld" if view.withheld else view.outcome
    status = "-" if view.status is None else str(view.status)
    return (number(view.number), outcome, status), TONES.get(outcome, Tone.PLAIN)


def because(data: Data) -> list[str]:
    """Return why the outcome is not `complete`, a sentence each: what failed in its own words, or what reasons mean.

    What a browser could not make of a page is one sentence.
    """
    failure = members(data, "failure")
    if failure:
        return [text(failure, "detail") or text(failure, "kind")]
    names = texts(data, "reasons")
    lacking = [name.removeprefix(NOT_MADE) for name in names if name.startswith(NOT_MADE)]
    others = [meaning(name) for name in names if not name.startswith(NOT_MADE)]
    return others + ([meaning(NOT_MADE + ", ".join(lacking))] if lacking else [])


def meaning(reason: str) -> str:
    """Return what a reason of the record means; the reason itself where this version does not know it."""
    if reason.startswith(NOT_MADE):
        return f"the browser could not make this of the page: {reason.removeprefix(NOT_MADE)}"
    if reason.startswith("browser-") and reason not in REASONS:
        return short_words(reason.removeprefix("browser-"), reason)
    state = STATES.get(reason.removeprefix("post-").replace("-", "_")) if reason.startswith("post-") else None
    return state or REASONS.get(reason) or ANOMALIES.get(reason, reason)


def _head(data: Data, outcome: str) -> tuple[Field, ...]:
    return (
        Field("item", number(whole(data, "item"))),
        Field("outcome", outcome, TONES.get(outcome, Tone.PLAIN)),
        *(Field("because", reason) for reason in because(data)),
    )


def _answer(data: Data) -> tuple[Field, ...]:
    content = _content(data)
    if text(data, "source"):
        return (
            Field("name", text(data, "url")),
            Field("source", text(data, "source")),
            *_some("type", data.get("media_type")),
            *_some("bytes", content.get("size")),
            *_some("content-sha256", content.get("sha256")),
        )
    odd = sorted({name for exchange in objects(data, "exchanges") for name in texts(exchange, "anomalies")})
    odd = [name for name in odd if name not in texts(data, "reasons")]
    return (
        Field("address", text(data, "url")),
        *_some("answered", data.get("final_url") if content else None),
        *_some("status", data.get("status")),
        *_post(members(data, "post")),
        *_page(members(data, "page")),
        *_browser(members(data, "browser"), texts(data, "reasons")),
        *_some("title", data.get("title")),
        *_some("type", data.get("media_type")),
        *_some("bytes", content.get("size")),
        *(Field("odd", f"{name}: {ANOMALIES[name]}" if name in ANOMALIES else name) for name in odd),
        *_some("redacted", data.get("redactions") or None),
    )


def _post(post: Data) -> tuple[Field, ...]:
    if not post or text(post, "rule").endswith(NOT_ONE):  # an adapter looked, and it is a page
        return ()
    state = text(post, "state")
    tone = Tone.GOOD if state == "available" else Tone.CAUTION
    return (
        Field("post", text(post, "key")),
        Field("state", f"{state}: {STATES[state]} ({text(post, 'rule')})" if state in STATES else state, tone),
    )


def _page(page: Data) -> tuple[Field, ...]:
    wanted, came, skipped = (whole(page, name) or 0 for name in ("wanted", "came", "skipped"))
    if not page:
        return ()
    if not wanted and not skipped:
        return (Field("page", "it names nothing that it needs"),)
    lacking = f", {wanted - came} missing" if wanted > came else ""
    left = f"; {skipped} left out on purpose" if skipped else ""
    words = f"{came} of {wanted} things that it needs are here{lacking}{left}"
    return (Field("page", words, Tone.GOOD if came == wanted else Tone.CAUTION),)


def _browser(browser: Data, reasons: Iterable[str]) -> tuple[Field, ...]:
    """Return what is said of a browser; what it could not do is not told again where it is a reason already."""
    if not browser:
        return ()
    left = whole(browser, "unasked")
    made = ", ".join(texts(browser, "products")) or "nothing"
    told = {name.removeprefix("browser-") for name in reasons}
    short = [name for name in texts(browser, "short") if name not in told]
    lacking = ", ".join(name.removeprefix("no-") for name in short if name.startswith("no-"))
    return (
        Field("browser", f"Chromium {text(browser, 'version')}"),
        *(Field("fidelity", words, Tone.CAUTION) for words in (_fidelity(members(browser, "fidelity")),) if words),
        Field("made", made, Tone.PLAIN),
        *(Field("not made", words, Tone.CAUTION) for words in (lacking,) if words),
        *(Field("browser", short_words(name), Tone.CAUTION) for name in short if not name.startswith("no-")),
        *(Field("not asked", f"{left} {UNASKED}", Tone.CAUTION) for _ in (1,) if left),
    )


def short_words(name: str, unknown: str = "") -> str:
    """Return what a browser could not do, in words; `unknown`, or the name, where this version does not know it."""
    return f"nothing was made of this kind: {name[3:]}" if name.startswith("no-") else SHORT.get(name, unknown or name)


def _fidelity(counts: Data) -> str:
    """Return how exact the exchanges are that a browser made by itself, "" where we made them."""
    if not counts:
        return ""
    words = ", ".join(f"{whole(counts, name)} {said}" for name, said in FIDELITY.items() if whole(counts, name))
    return f"lower: the browser spoke for itself (answers: {words or 'none'})"


def _content(data: Data) -> Data:
    """Return size and SHA-256 of what was received: the imported file, or the body of the answer that counts.

    For a post that is the one which shows how it stands, as are address, status and type; of a page with what it needs
    its own; else the last.
    """
    if text(data, "sha256"):
        return {"size": data.get("size"), "sha256": data.get("sha256")}
    shown = next((n for name in ("post", "page", "browser") if (n := whole(members(data, name), "exchange"))), 0)
    exchanges = objects(data, "exchanges")[shown - 1 : shown] if shown else objects(data, "exchanges")
    answered = [exchange for exchange in exchanges if whole(exchange, "entity_size") is not None]
    return {"size": answered[-1]["entity_size"], "sha256": answered[-1].get("entity_sha256")} if answered else {}


def _asked(requested: "Event", data: Data) -> tuple[Field, ...]:
    return (
        *_some("note", data.get("note")),
        *_some("tags", ", ".join(texts(data, "tags"))),
        Field("requested", f"{requested.at} by {requested.actor}"),
        *_trust(requested.data),
        *_some("started", data.get("started_at")),
        *_some("ended", data.get("ended_at")),
    )


def batch_line(requested: "Event") -> int | None:
    """Return the log line that began the batch for which an item was captured, None when it was for none."""
    return whole(members(requested.data, "row"), "batch")


def row_document(requested: "Event", batch: "Event | None") -> dict[str, object] | None:
    """Return which row of which list an item was captured for, None when it was for none."""
    row = members(requested.data, "row")
    if not row:
        return None
    return {
        "batch": row.get("batch"),
        "number": row.get("number"),
        "digest": row.get("digest"),
        "occurrence": row.get("occurrence"),
        "list": members(batch.data, "list") if batch is not None else None,
    }


def _row(requested: "Event", batch: "Event | None") -> tuple[Field, ...]:
    row = members(requested.data, "row")
    if not row:
        return ()
    name = text(members(batch.data, "list"), "name") if batch is not None else ""
    called = {"-": "a list on standard input", "": "a list"}.get(name, name)
    return (Field("row", f"{row.get('number')} of {called} (line {row.get('batch')} of the log)"),)


def _trust(requested: Data) -> tuple[Field, ...]:
    settings = members(requested, "settings")
    browser = members(settings, "browser")
    given = {"a file": settings.get("cookies"), "a browser's profile": browser.get("profile")}
    whence = " and ".join(name for name, used in given.items() if used is True)
    look = "; pictures, texts and DOM may show whose they are, and hold their values" if browser else ""
    insecure = members(settings, "route").get("insecure") is True
    return (
        *(Field("cookies", f"sent, from {whence}{look}", Tone.CAUTION) for _ in (1,) if whence),
        *(Field("certificates", UNCHECKED, Tone.CAUTION) for _ in (1,) if insecure),
    )


def _exchanges(data: Data) -> tuple[Field, ...]:
    return tuple(
        Field("exchange", f"{exchange.get('status') or exchange.get('failure') or 'no status'} {text(exchange, 'url')}")
        for exchange in objects(data, "exchanges")
    )


def _kept(data: Data, folder: Path) -> tuple[Field, ...]:
    file = members(data, "file")
    if not file:
        return ()
    return (
        Field("file", str(folder / text(file, "path"))),
        *_some("file-bytes", file.get("size")),
        *_some("sha256", file.get("sha256")),
    )


def _event_lines(event: "Event") -> tuple[Field, ...]:
    line = Field("event", f"line {event.seq}, {event.at}: {event.event} by {event.actor}")
    if event.event == "note.added":
        return line, Field("note", text(event.data, "text"))
    if event.event == "item.withheld":
        return line, Field("reason", text(event.data, "reason")), Field("authority", text(event.data, "authority"))
    if event.event == "replay.checked":
        return line, Field("replayed", replay_words(event.data))
    return (line,)


def replay_words(data: Data) -> str:
    """Return what came of laying the picture of a replay over the one taken live, in words."""
    pixels, differing, missing = (whole(data, name) or 0 for name in ("pixels", "differing", "missing"))
    live, again = members(data, "live"), members(data, "replay")
    same = f"all {pixels} pixels as they were live" if not differing else f"{differing} of {pixels} pixels differ"
    sizes = [f"{whole(each, 'width')} x {whole(each, 'height')}" for each in (live, again)]
    other = f"; live {sizes[0]}, replayed {sizes[1]}" if sizes[0] != sizes[1] else ""
    without = f"; {missing} request{'' if missing == 1 else 's'} without an answer" if missing else ""
    return f"{same}{other}{without} ({text(data, 'browser')})"


def _some(key: str, value: Json) -> tuple[Field, ...]:
    return () if value is None or value == "" else (Field(key, str(value)),)
