"""Answers that stand in place of what was asked: tests, consent, login, too much. By statuses, redirects, elements."""

import re
from typing import Final
from urllib.parse import urlsplit

from archiver.model.platform import Seen, Standing, State
from archiver.platforms.html import Element, page_in
from archiver.platforms.places import host_of, joined
from archiver.platforms.statuses import STATES
from archiver.platforms.youtube.answers import Answers

_SEARCH: Final = re.compile(r"(?:[a-z0-9-]{1,30}\.){0,3}google\.[a-z]{2,3}(?:\.[a-z]{2})?")
_TEST: Final = 'form[action*="das_captcha"], .g-recaptcha[data-sitekey], form#captcha-form'
_CONSENT: Final = 'form[action^="https://consent.youtube.com/"], form[action^="https://consent.google.com/"]'

STOPS: Final[frozenset[State]] = frozenset({"challenge", "rate_limited", "login_required"})
"""States of an answer after which its host is asked nothing more."""


def refusal(answers: Answers, role: str) -> Standing | None:
    """Return what stands in place of the answer to a request, None where the answer is one."""
    hops = [each for each in answers.hops if each.role == role]
    for each in hops:
        for url in (each.url, joined(each.url, each.header("location"))):
            sent = _sent_to(url)
            if sent is not None:
                return Standing(sent[0], f"youtube.{role}.{sent[1]}", each.number)
    if not hops:
        return None
    last = hops[-1]
    markup = answers.page if role == "page" else page_in(last) if _is_page(last) else None
    if markup is not None and not answers.shown and (stands := _element(markup)) is not None:
        return Standing(stands[0], f"youtube.{role}.{stands[1]}", last.number)
    if last.status in (0, 200):
        return Standing("unavailable_unknown", f"youtube.{role}.failed", last.number) if not last.status else None
    state = STATES.get(last.status, "unavailable_unknown")
    return Standing(state, f"youtube.{role}.status-{last.status}", last.number)


def _sent_to(url: str) -> tuple[State, str] | None:
    host = host_of(url)
    if host in ("consent.youtube.com", "consent.google.com"):
        return "needs_browser", "consent"
    if host == "accounts.google.com":
        return "login_required", "login"
    if _SEARCH.fullmatch(host) and urlsplit(url).path.startswith("/sorry"):
        return "challenge", "sorry"
    return None


def _is_page(seen: Seen) -> bool:
    return bool(seen.body) and "html" in seen.header("content-type").lower()


def _element(page: Element) -> tuple[State, str] | None:
    if page.first(_TEST):
        return "challenge", "captcha"
    return ("needs_browser", "consent") if page.first(_CONSENT) else None
