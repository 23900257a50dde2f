"""What a batch says, in plain words: hosts and their pauses, tries, times."""

from archiver.model.address import DEFAULT_PORTS
from archiver.pipeline.polite import News

TRY_REASONS = {
    "name-server": "the name could not be looked up",
    "name-server-silent": "no name server answered",
    "connect": "no connection was possible",
    "tls": "no secure connection was possible",
    "proxy": "the proxy refused or failed",
    "no-answer": "the connection ended without an answer",
    "timeout": "no answer in time",
    "cut": "the answer broke off",
    "request-timeout": "the server says that the request came too slowly (408)",
    "too-early": "the server asks to come back later (425)",
    "busy": "the server says that it is asked too often (429)",
    "server-error": "the server had an error (500)",
    "gateway": "the server could not reach the one behind it (502 or 504)",
    "unavailable": "the server is not available for now (503)",
}
TROUBLES = {
    "refusing": "{host} cannot be reached",
    "overloaded": "{host} says that it has too much to do, or does not answer in time",
    "challenging": "{host} answers with a test for browsers in place of its pages",
    "unresolved": "the name {host} cannot be looked up",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def span(seconds: float) -> str:
    """Return a time in words, rounded as people do: `40 seconds`, `5 minutes`, `2 hours 10 minutes`, `3 days`."""
    if round(seconds) < 2 * _MINUTE and round(seconds) != _MINUTE:
        return count(max(1, round(seconds)), "second")
    if round(seconds / _MINUTE) < 2 * _MINUTE and round(seconds / _MINUTE) != _MINUTE:
        return count(round(seconds / _MINUTE), "minute")
    if seconds < 2 * _DAY:
        hours, minutes = divmod(round(seconds / _MINUTE), _MINUTE)
        return count(hours, "hour") + (f" {count(minutes, 'minute')}" if minutes else "")
    return count(round(seconds / _DAY), "day")


def count(number: int, what: str, plural: str = "") -> str:
    """Return a number with its noun: `1 second`, `2 seconds`."""
    return f"{number} {what if number == 1 else plural or what + 's'}"


def host_name(host: str) -> str:
    """Return a host (name and port) as people call it: without the ports that go without saying."""
    name, _, port = host.rpartition(":")
    return name if port in {str(usual) for usual in DEFAULT_PORTS.values()} else host


def retry_line(line: int, url: str, reason: str, seconds: float) -> str:
    """Return what is said when a row gets another try."""
    return f"line {line}: {TRY_REASONS.get(reason, reason)}; trying again in {span(seconds)}: {url}"


def news_line(news: News) -> str:
    """Return what is said when a host is left alone for a while, or for good."""
    waiting = news.unstarted
    if not news.host:
        if news.seconds is None:
            rest = count(waiting, "address was", "addresses were")
            return f"still no name server answers, so this run ends; {rest} not asked"
        return f"no name server answers: is this machine online? Looking again in {span(news.seconds)}"
    host = host_name(news.host)
    if news.reason == "asked" and news.seconds is not None:
        return f"{host} asked us to wait {span(news.seconds)}; {_waiting(waiting)}"
    trouble = TROUBLES.get(news.reason, "{host} refuses: " + news.reason).replace("{host}", host)
    if news.seconds is None:
        rest = count(waiting, "more of its addresses was", "more of its addresses were")
        return f"{trouble}, again and again: given up for this run; {rest} not asked"
    return f"{trouble}: leaving it alone for {span(news.seconds)}; {_waiting(waiting)}"


def _waiting(number: int) -> str:
    return count(number, "of its addresses is waiting", "of its addresses are waiting")
