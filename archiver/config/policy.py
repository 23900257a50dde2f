"""The policy section of case.yaml (docs/spec/case-yaml.md §4): what is sent, how targets are reached, at what cost."""

import re
from dataclasses import dataclass, field
from typing import Literal

from archiver.config import posts, seals
from archiver.config.posts import Posts
from archiver.config.route import has_credentials, parse_connect_to, parse_host_port, proxy_problem
from archiver.config.seals import Seals
from archiver.config.section import Section
from archiver.config.yaml import Node, Scalar, refusal
from archiver.errors import UsageError
from archiver.model.exchange import NEUTRAL_USER_AGENT, ConnectTo, Limits, Route

DEFAULT_ACCEPT_LANGUAGE = "en-US,en;q=0.5"

_KEYS = ("user_agent", "identified_as", "accept_language", "offline", "route", "limits", "seals", "posts")
_HEADER_TEXT = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,498}[\x21-\x7e])?")

MAX_BYTES = 1 << 40
MAX_REDIRECTS = 100


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
    seals: Seals = field(default_factory=Seals)
    posts: Posts = field(default_factory=Posts)

    @property
    def user_agent_text(self) -> str:
        """The User-Agent header that this policy sends."""
        return NEUTRAL_USER_AGENT if self.user_agent == "neutral" else self.identified_as


def parse(node: Node | None, name: str) -> Policy:
    """Return the policy that `node` says, the default one for None. Raises `ConfigError` with line and column."""
    section = Section(node, "policy", _KEYS, name)
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
        seals=seals.parse(section.members.get("seals"), name),
        posts=posts.parse(section.members.get("posts"), name),
    )


def _route(node: Node | None, name: str) -> tuple[Route, str | None]:
    section = Section(node, "route", ("allow_host", "connect_to", "ca_file", "insecure", "proxy"), name)
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


def _proxy(section: Section) -> str | None:
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
    section = Section(node, "limits", ("max_bytes", "max_time", "connect", "idle", "max_redirects"), name)
    usual = Limits()
    return Limits(
        max_bytes=section.whole("max_bytes", usual.max_bytes, 1, MAX_BYTES),
        max_time=section.seconds("max_time", usual.max_time),
        connect=section.seconds("connect", usual.connect),
        idle=section.seconds("idle", usual.idle),
        max_redirects=section.whole("max_redirects", usual.max_redirects, 0, MAX_REDIRECTS),
    )
