"""What a capture is made with: the case's policy, what the command line says over it, and how the record shows it."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from archiver import canon
from archiver.browser.find import Program
from archiver.browser.flags import usual_agent
from archiver.capture.secrets import is_secret_header, without_userinfo
from archiver.config.case_file import CaseFile
from archiver.config.policy import DEFAULT_ACCEPT_LANGUAGE
from archiver.config.route import host_port
from archiver.config.yaml import text_of
from archiver.custody.layout import CASE_YAML
from archiver.custody.read import Snapshot
from archiver.errors import ConfigError
from archiver.model.exchange import NEUTRAL_USER_AGENT, Limits, Route
from archiver.requisites.values import Rules

MAX_CA_FILE = 16 * 1024**2  # bytes; every trust store there is fits in it


@dataclass(frozen=True, slots=True)
class PostOptions:
    """How posts are asked for. `platform` is "auto", "none" for pages only, or the name of the one adapter to use.

    `contact` names those that may be asked although opponents of the case may see it, `extra` adapters of other
    packages that the case allows. `replies`, `depth` and `media` are as in `Access`. With `pages`, what a page tells of
    itself is kept beside it in the form of a post; None: of one that is captured by itself.
    `tokens` are (platform, token): secrets, which no record shows.
    """

    platform: str = "auto"
    contact: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    replies: int = 0
    depth: int = 1
    media: bool = False
    pages: bool | None = None
    tokens: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    def token(self, platform: str) -> str:
        """Return the token for a platform, "" for none."""
        return dict(self.tokens).get(platform, "")


@dataclass(frozen=True, slots=True)
class BrowserOptions:
    """Which browser shows a page. Its requests are made by us (`mode` "proxy") or by itself ("direct").

    `profile` is the folder of somebody's browser whose cookies it has.
    """

    program: Program
    mode: Literal["proxy", "direct"] = "proxy"
    profile: Path | None = None


@dataclass(frozen=True, slots=True)
class CaptureOptions:
    """Everything that shapes one capture. `headers` are extra request headers, `cookies` the text of a cookie file.

    `offline` says that nobody but the target itself may be contacted. With `page` an address is a page, and what it
    needs is asked for as well; `linked` says what of that it links to (docs/spec/page-requisites.md). With `browser`
    one shows the page (docs/spec/browser.md).
    """

    note: str = ""
    tags: tuple[str, ...] = ()
    route: Route = field(default_factory=Route)
    limits: Limits = field(default_factory=Limits)
    headers: tuple[tuple[str, str], ...] = ()
    cookies: str | None = None
    user_agent: str = NEUTRAL_USER_AGENT
    accept_language: str = DEFAULT_ACCEPT_LANGUAGE
    offline: bool = False
    posts: PostOptions = field(default_factory=PostOptions)
    page: bool = False
    linked: tuple[str, ...] = ()
    browser: BrowserOptions | None = None

    @property
    def rules(self) -> Rules:
        """What is wanted of a page."""
        return Rules(linked=frozenset(self.linked), media=self.posts.media)

    @property
    def agent(self) -> str:
        """The User-Agent that is sent: that of a usual browser of its version, where one shows the page."""
        if self.browser is None or self.user_agent != NEUTRAL_USER_AGENT:
            return self.user_agent
        return usual_agent(self.browser.program.major)

    def alone(self) -> "CaptureOptions":
        """Return these options for an address that is captured by itself, where what is told of that case counts."""
        return self if self.posts.pages is not None else replace(self, posts=replace(self.posts, pages=True))


def case_options(path: Path) -> CaptureOptions:
    """Return what the policy in case.yaml of the case at `path` asks for, for the command line to override.

    Raises `CaseError` when there is no case, `ConfigError` when case.yaml or the file of trust anchors is refused.
    """
    with Snapshot.open(path) as snapshot:
        text = text_of(snapshot.case_yaml(), CASE_YAML)
    policy = CaseFile.parse(text).policy
    route = policy.route
    if policy.ca_file is not None:
        route = replace(route, ca_pem=read_ca_file(path / policy.ca_file))
    return CaptureOptions(
        route=route,
        limits=policy.limits,
        user_agent=policy.user_agent_text,
        accept_language=policy.accept_language,
        offline=policy.offline,
        posts=PostOptions(
            platform=policy.posts.use,
            contact=policy.posts.contact,
            extra=policy.posts.adapters,
            replies=policy.posts.replies,
            depth=policy.posts.depth,
            media=policy.posts.media,
            pages=policy.posts.pages,
        ),
    )


def read_ca_file(file: Path) -> str:
    """Return the text of a file of trust anchors. Raises `ConfigError` when it cannot be read or holds none."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MAX_CA_FILE + 1)
        text = data.decode("utf-8")
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) and exc.strerror else "it is not text"
        raise ConfigError("ca-file", f"CA file {str(file)!r} cannot be read: {reason}") from exc
    return trust_anchors(text, str(file))


def trust_anchors(text: str, name: str) -> str:
    """Return `text`, the content of the file `name`. Raises `ConfigError` when no certificate can be in it."""
    if len(text) > MAX_CA_FILE or "-----BEGIN CERTIFICATE-----" not in text:
        raise ConfigError("ca-file", f"CA file {name!r} holds no PEM certificate", "give a file in PEM form")
    return text


def settings_record(options: CaptureOptions) -> dict[str, Any]:
    """Return the settings as the record shows them: times in milliseconds, no secret value, no path of the machine."""
    limits, route = options.limits, options.route
    return {
        "accept_language": options.accept_language,
        "cookies": options.cookies is not None,
        "headers": [[name, "[redacted]" if is_secret_header(name) else value] for name, value in options.headers],
        "limits": {
            "connect_ms": _milliseconds(limits.connect),
            "idle_ms": _milliseconds(limits.idle),
            "linger_ms": _milliseconds(limits.linger),
            "max_bytes": limits.max_bytes,
            "max_redirects": limits.max_redirects,
            "max_time_ms": _milliseconds(limits.max_time),
        },
        "offline": options.offline,
        "route": {
            "allow_host": [host_port(host, port) for host, port in route.allow],
            "ca_sha256": canon.sha256_hex(route.ca_pem.encode()) if route.ca_pem is not None else None,
            "connect_to": [f"{host_port(c.host, c.port)}:{host_port(c.to_host, c.to_port)}" for c in route.connect_to],
            "insecure": route.insecure,
            "proxy": without_userinfo(route.proxy) if route.proxy is not None else None,
        },
        "user_agent": options.agent,
    }


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
