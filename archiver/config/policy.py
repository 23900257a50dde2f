"""The policy section of case.yaml (docs/spec/case-yaml.md §4): what is sent, how targets are reached, at what cost."""

import re
from dataclasses import dataclass, field
from typing import Literal

from archiver.config import yaml
from archiver.config.route import has_credentials, parse_connect_to, parse_host_port, proxy_problem
from archiver.config.yaml import Mapping, Node, Scalar, Sequence, refusal
from archiver.errors import ConfigError, UsageError
from archiver.model.exchange import NEUTRAL_USER_AGENT, ConnectTo, Limits, Route

DEFAULT_ACCEPT_LANGUAGE = "en-US,en;q=0.5"

_KEYS = ("user_agent", "identified_as", "accept_language", "offline", "route", "limits")
_HEADER_TEXT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,498}[\x21-\x7e])?")
_WHOLE = re.compile(r"[0-9]{1,15}")
_SECONDS = re.compile(r"[0-9]{1,7}(?:\.[0-9]{1,3})?")

MAX_BYTES = 1 << 40
MAX_SECONDS = 7 * 86_400.0
MAX_REDIRECTS = 100
MAX_ROUTES = 1000


@dataclass(frozen=True, slots=True)
class Policy:
    """How the case collects. `route.ca_pem` stays None here: `ca_file` names the file, for the caller to read.

    `ca_file` is relative to the case folder, or absolute. `identified_as` is the User-Agent of an identified case.
    `offline` says that nobody but the targets themselves is contacted.
    """

    user_agent: Literal["neutral", "identified"] = "neutral"
    identified_as: str = ""
    accept_language: str = DEFAULT_ACCEPT_LANGUAGE
    route: Route = field(default_factory=Route)
    ca_file: str | None = None
    limits: Limits = field(default_factory=Limits)
    offline: bool = False

    @property
    def user_agent_text(self) -> str:
        """The User-Agent header that this policy sends."""
        return NEUTRAL_USER_AGENT if self.user_agent == "neutral" else self.identified_as


def parse(node: Node | None, name: str) -> Policy:
    """Return the policy that `node` says, the default one for None. Raises `ConfigError` with line and column."""
    section = _Section(node, "policy", _KEYS, name)
    agent = section.text("user_agent", "neutral")
    identified_as = section.text("identified_as", "", _HEADER_TEXT)
    if agent not in {"neutral", "identified"}:
        raise section.bad("user_agent", "user_agent is neutral or identified")
    if (agent == "identified") != bool(identified_as):
        raise section.bad("user_agent", "user_agent: identified and identified_as belong together")
    route, ca_file = _route(section.members.get("route"), name)
    return Policy(
        user_agent="identified" if agent == "identified" else "neutral",
        identified_as=identified_as,
        accept_language=section.text("accept_language", DEFAULT_ACCEPT_LANGUAGE, _HEADER_TEXT),
        route=route,
        ca_file=ca_file,
        limits=_limits(section.members.get("limits"), name),
        offline=section.truth("offline"),
    )


class _Section:
    """The members of one mapping, read one by one with where they stand."""

    def __init__(self, node: Node | None, what: str, known: tuple[str, ...], name: str) -> None:
        self.name = name
        if isinstance(node, Scalar) and not node.text:
            node = None  # a section whose lines are all commented out
        if node is not None and not isinstance(node, Mapping):
            raise refusal(name, node.line, node.column, f"{what} holds `key: value` lines")
        self.members = yaml.members(node, known, name) if node is not None else {}
        self._place = (node.line, node.column) if node is not None else (1, 1)

    def bad(self, key: str, why: str, hint: str = "") -> ConfigError:
        """Return the refusal of the value of `key`."""
        node = self.members.get(key)
        line, column = (node.line, node.column) if node is not None else self._place
        return refusal(self.name, line, column, why, hint)

    def text(self, key: str, default: str, form: re.Pattern[str] | None = None) -> str:
        """Return the text at `key`, in its `form` where one is given."""
        node = self.members.get(key)
        if node is None:
            return default
        if not isinstance(node, Scalar):
            raise self.bad(key, f"{key} must be one text")
        if form is not None and form.fullmatch(node.text) is None:
            raise self.bad(key, f"{key} is not in its form")
        return node.text

    def truth(self, key: str) -> bool:
        """Return whether `key` is true; false when it is not there."""
        text = self.text(key, "false")
        if text not in {"true", "false"}:
            raise self.bad(key, f"{key} is true or false")
        return text == "true"

    def texts(self, key: str) -> list[Scalar]:
        """Return the list of texts at `key`, empty when it is not there."""
        node = self.members.get(key)
        if node is None:
            return []
        if not isinstance(node, Sequence) or len(node.items) > MAX_ROUTES:
            raise self.bad(key, f"{key} is a list of at most {MAX_ROUTES} texts")
        texts = [item for item in node.items if isinstance(item, Scalar)]
        if len(texts) != len(node.items):
            raise self.bad(key, f"{key} is a list of texts")
        return texts

    def whole(self, key: str, default: int, lowest: int, highest: int) -> int:
        """Return the whole number at `key`."""
        text = self.text(key, str(default))
        if _WHOLE.fullmatch(text) is None or not lowest <= int(text) <= highest:
            raise self.bad(key, f"{key} is a whole number from {lowest} to {highest}")
        return int(text)

    def seconds(self, key: str, default: float, highest: float = MAX_SECONDS) -> float:
        """Return the seconds at `key`: above zero, at most three decimals."""
        text = self.text(key, str(default))
        if _SECONDS.fullmatch(text) is None or not 0 < float(text) <= highest:
            raise self.bad(key, f"{key} is a number of seconds above 0 and up to {highest:.0f}, as 90 or 2.5")
        return float(text)


def _route(node: Node | None, name: str) -> tuple[Route, str | None]:
    section = _Section(node, "route", ("allow_host", "connect_to", "ca_file", "insecure", "proxy"), name)
    ca_file = section.text("ca_file", "") or None
    if ca_file is not None and "\0" in ca_file:
        raise section.bad("ca_file", "ca_file is not a path")
    route = Route(
        allow=tuple(_allowed(item, name) for item in section.texts("allow_host")),
        connect_to=tuple(_connected(item, name) for item in section.texts("connect_to")),
        insecure=section.truth("insecure"),
        proxy=_proxy(section),
    )
    return route, ca_file


def _allowed(item: Scalar, name: str) -> tuple[str, int]:
    try:
        return parse_host_port(item.text)
    except UsageError as exc:
        raise refusal(name, item.line, item.column, exc.message, exc.hint) from exc


def _connected(item: Scalar, name: str) -> ConnectTo:
    try:
        return parse_connect_to(item.text)
    except UsageError as exc:
        raise refusal(name, item.line, item.column, exc.message, exc.hint) from exc


def _proxy(section: _Section) -> str | None:
    url = section.text("proxy", "")
    if not url:
        return None
    if has_credentials(url):
        hint = "case.yaml is copied into the log; give them with --proxy on the command line"
        raise section.bad("proxy", "a proxy's credentials do not belong in case.yaml", hint)
    problem = proxy_problem(url)
    if problem is not None:
        raise section.bad("proxy", f"proxy: {problem}")
    return url


def _limits(node: Node | None, name: str) -> Limits:
    section = _Section(node, "limits", ("max_bytes", "max_time", "connect", "idle", "max_redirects"), name)
    usual = Limits()
    return Limits(
        max_bytes=section.whole("max_bytes", usual.max_bytes, 1, MAX_BYTES),
        max_time=section.seconds("max_time", usual.max_time),
        connect=section.seconds("connect", usual.connect),
        idle=section.seconds("idle", usual.idle),
        max_redirects=section.whole("max_redirects", usual.max_redirects, 0, MAX_REDIRECTS),
    )
