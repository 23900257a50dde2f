"""What the command line says over case.yaml, for one capture."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from archiver.browser.find import found
from archiver.capture.cookies import load_cookies
from archiver.cli import parse
from archiver.config import values
from archiver.config.policy import MAX_REDIRECTS
from archiver.config.posts import MAX_DEPTH, MAX_REPLIES
from archiver.config.route import parse_connect_to, parse_host_port, proxy_problem
from archiver.errors import UsageError
from archiver.model.exchange import Limits, Route
from archiver.pipeline.options import BrowserOptions, CaptureOptions, PostOptions, trust_anchors

PROFILE = "give the folder with the file 'Local State' in it: in chrome://version, the one above the profile path"


@dataclass(frozen=True, slots=True)
class Flags:
    """The flags as they were typed; None, False, () and the empty note leave what case.yaml says."""

    note: str = ""
    tags: tuple[str, ...] = ()
    allow_host: tuple[str, ...] = ()
    connect_to: tuple[str, ...] = ()
    ca_file: str | None = None
    insecure: bool = False
    proxy: str | None = None
    headers: tuple[str, ...] = ()
    cookies: str | None = None
    offline: bool = False
    max_bytes: str | None = None
    max_time: str | None = None
    max_redirects: str | None = None
    platform: str | None = None
    thread: str | None = None
    depth: str | None = None
    media: bool = False
    page: bool = False
    linked: str | None = None
    browser: str | None = None
    profile: str | None = None


def overridden(options: CaptureOptions, flags: Flags) -> CaptureOptions:
    """Return `options` with what the flags say over them; hosts are added, everything else is replaced.

    Raises `UsageError` for a flag that cannot be used, `ConfigError` for a file whose content is refused.
    """
    return replace(
        options,
        note=parse.optional_words(flags.note, "--note"),
        tags=tuple(parse.optional_words(tag, "--tag") for tag in flags.tags),
        route=_route(options.route, flags),
        limits=_limits(options.limits, flags),
        headers=tuple(values.header(text, "--header") for text in flags.headers),
        cookies=_cookies(flags.cookies) if flags.cookies is not None else None,
        offline=options.offline or flags.offline,
        posts=_posts(options.posts, flags),
        page=_page(flags),
        linked=values.linked(flags.linked, "--linked") if flags.linked is not None else (),
    )


def browser(flags: Flags, environ: Mapping[str, str]) -> BrowserOptions | None:
    """Return which browser the flags want, None for none; `environ` may name its program.

    Raises `UsageError` where the flags contradict each other, and where there is no browser.
    """
    profile = _profile(flags)
    if flags.browser is None:
        return None
    if flags.browser not in {"proxy", "direct"}:
        raise UsageError(
            "flag", f"--browser: {flags.browser[:100]!r} is no way to use it", "--browser or --browser direct"
        )
    if flags.page:
        raise UsageError(
            "flag", "--browser and --page: a browser fetches what a page needs by itself", "give one of them"
        )
    if flags.linked is not None:
        why = "--browser and --linked: a browser does not fetch what a page links to"
        raise UsageError("flag", why, "leave out --linked, or take --page in place of --browser")
    posts = {"--media": flags.media, "--thread": flags.thread is not None, "--depth": flags.depth is not None}
    if odd := next((flag for flag, given in posts.items() if given), None):
        why = f"--browser and {odd}: that is for posts, and what a browser shows is a page"
        raise UsageError("flag", why, f"leave out {odd}")
    if flags.browser == "direct" and flags.headers:
        why = "--browser direct and --header: Chromium speaks for itself then, and its headers are its own"
        raise UsageError("flag", why, "leave one of them out")
    if flags.platform not in {None, "auto", "none"}:
        why = f"--browser and --platform {flags.platform}: what a browser shows is a page, not a post"
        raise UsageError("flag", why, "give one of them")
    return BrowserOptions(found(None, environ), "direct" if flags.browser == "direct" else "proxy", profile)


def _profile(flags: Flags) -> Path | None:
    if flags.profile is None:
        return None
    if flags.browser is None:
        raise UsageError("flag", "--profile: it is the profile of a browser, and none is used", "add --browser")
    path = Path(flags.profile)
    if "\0" in flags.profile or not path.is_dir():
        raise UsageError("flag", f"--profile: {flags.profile[:200]!r} is no folder", PROFILE)
    if not (path / "Local State").is_file():
        raise UsageError(
            "flag", f"--profile: {flags.profile[:200]!r} is not the folder of a browser's user data", PROFILE
        )
    return path


def _page(flags: Flags) -> bool:
    if flags.page and flags.platform not in {None, "auto", "none"}:
        why = f"--page and --platform {flags.platform}: a page with what it needs is no post"
        raise UsageError("flag", why, "give one of them")
    return flags.page


def unlinked() -> UsageError:
    """Return the error for `--linked` where no address is captured with what it needs."""
    return UsageError("flag", "--linked: without --page nothing that a page links to is fetched", "add --page")


def _posts(posts: PostOptions, flags: Flags) -> PostOptions:
    if flags.platform is not None:
        posts = replace(posts, platform=flags.platform)
    if flags.thread is not None:
        posts = replace(posts, replies=values.count(flags.thread, "--thread", MAX_REPLIES))
    if flags.depth is not None:
        posts = replace(posts, depth=max(1, values.count(flags.depth, "--depth", MAX_DEPTH)))
    return replace(posts, media=posts.media or flags.media)


def _route(route: Route, flags: Flags) -> Route:
    return Route(
        allow=route.allow + tuple(parse_host_port(text) for text in flags.allow_host),
        connect_to=tuple(parse_connect_to(text) for text in flags.connect_to) + route.connect_to,
        ca_pem=_authorities(flags.ca_file) if flags.ca_file is not None else route.ca_pem,
        insecure=route.insecure or flags.insecure,
        proxy=_proxy(flags.proxy) if flags.proxy is not None else route.proxy,
    )


def _authorities(file: str) -> str:
    return trust_anchors(parse.flag_file(file, "--ca-file"), file)


def _cookies(file: str) -> str:
    text = parse.flag_file(file, "--cookies")
    load_cookies(text, file)  # refuses with the name of the file
    return text


def _proxy(url: str) -> str:
    problem = proxy_problem(url)
    if problem is not None:  # the address is not repeated: it may hold a password
        raise UsageError("flag", f"--proxy: {problem}", "write it as socks5h://127.0.0.1:9050")
    return url


def _limits(limits: Limits, flags: Flags) -> Limits:
    if flags.max_bytes is not None:
        limits = replace(limits, max_bytes=values.size(flags.max_bytes, "--max-bytes"))
    if flags.max_time is not None:
        limits = replace(limits, max_time=values.seconds(flags.max_time, "--max-time"))
    if flags.max_redirects is not None:
        limits = replace(limits, max_redirects=values.count(flags.max_redirects, "--max-redirects", MAX_REDIRECTS))
    return limits
