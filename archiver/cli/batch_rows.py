"""From a file to the rows of a batch: read and judged as a whole before anything is fetched."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from archiver.capture.cookies import load_cookies
from archiver.cli import parse
from archiver.cli.screen import Screen
from archiver.cli.tools import Tools
from archiver.config.address_list import read_list
from archiver.config.address_list.source import MAX_LIST
from archiver.errors import ArchiverError, ConfigError, UsageError
from archiver.model.batch import AddressList, ListFormat, ListProblem, Row, RowOptions
from archiver.model.exchange import Limits, Route
from archiver.pipeline.attempt import Attempt
from archiver.pipeline.options import CaptureOptions, PostOptions, trust_anchors
from archiver.platforms.registry import subject_of
from archiver.runtime import Runtime

STDIN = "-"
NAMED = 50  # wrong rows that are named
REPEATED = 10  # repeated addresses that are named


def listed(tools: Tools, file: str, format: ListFormat | None) -> AddressList:
    """Return the list in `file`, or on standard input for `-`.

    Raises `UsageError` when it cannot be read, `ConfigError` when it is refused as a whole or has no row.
    """
    name = STDIN if file == STDIN else Path(file).name.encode("utf-8", "backslashreplace").decode("utf-8")
    found = replace(read_list(_bytes(tools, file), shown(file), format), name=name)  # folders are not for the record
    if not (found.rows or found.problems):
        raise ConfigError("address-list", f"{shown(file)}: there is no address in it", "give one address a line")
    return found


def shown(file: str) -> str:
    """Return what messages call the list."""
    return "standard input" if file == STDIN else file


@dataclass
class RowSettings:
    """What each row is captured with: its own options over `base`, files that rows name read once."""

    base: CaptureOptions
    runtime: Runtime
    _made: dict[RowOptions, CaptureOptions] = field(default_factory=dict)
    _refused: dict[RowOptions, ArchiverError] = field(default_factory=dict)
    _texts: dict[tuple[str, str], str] = field(default_factory=dict)

    def of(self, row: Row) -> CaptureOptions:
        """Return what `row` is captured with. Raises `UsageError` and `ConfigError` for what cannot be used or sent."""
        options = self._options(row)
        if not (row.note or row.tags):
            return options
        tags = tuple(dict.fromkeys(self.base.tags + row.tags))
        return replace(options, note=row.note or self.base.note, tags=tags)

    def over(self, base: CaptureOptions) -> "RowSettings":
        """Return the same over another `base`; files that were read are not read again."""
        return replace(self, base=base, _made={})

    def usable(self, found: AddressList) -> AddressList:
        """Return the list without the rows whose options cannot be used; they are among its problems then."""
        rows: list[Row] = []
        problems = list(found.problems)
        for row in found.rows:
            try:
                _platform_knows(row, self._options(row).posts.extra)
                rows.append(row)
            except ArchiverError as exc:
                if row.options == RowOptions():
                    raise  # the command line or case.yaml says it, not the row
                problems.append(ListProblem(row.line, 0, exc.message, exc.hint))
        if len(rows) == len(found.rows):
            return found
        problems.sort(key=lambda problem: (problem.line, problem.column))
        left_out = found.left_out + len(found.rows) - len(rows)
        return replace(found, rows=tuple(rows), problems=tuple(problems), left_out=left_out)

    def _options(self, row: Row) -> CaptureOptions:
        own = row.options
        if own in self._refused:
            raise self._refused[own]
        if own not in self._made:
            try:
                made = self._over(own)
                Attempt.prepared(row.address, made, spool=Path, runtime=self.runtime)
            except ArchiverError as exc:
                self._refused[own] = exc
                raise
            self._made[own] = made
        return self._made[own]

    def _over(self, own: RowOptions) -> CaptureOptions:
        if own == RowOptions():
            return self.base
        base = self.base
        named = {name.lower() for name, _ in own.headers}
        return replace(
            base,
            route=self._route(base.route, own),
            limits=_limits(base.limits, own),
            headers=tuple(each for each in base.headers if each[0].lower() not in named) + own.headers,
            cookies=base.cookies if own.cookies is None else self._text("cookies", own.cookies),
            posts=_posts(base.posts, own),
            page=_page(base, own),
            linked=base.linked if own.linked is None else own.linked,
        )

    def _route(self, route: Route, own: RowOptions) -> Route:
        return Route(
            allow=tuple(dict.fromkeys(route.allow + own.allow_host)),
            connect_to=own.connect_to + route.connect_to,  # the first for a host counts
            ca_pem=route.ca_pem if own.ca_file is None else self._text("ca_file", own.ca_file),
            insecure=route.insecure if own.insecure is None else own.insecure,
            proxy=route.proxy if own.proxy is None else own.proxy,
        )

    def _text(self, what: str, file: str) -> str:
        if (what, file) not in self._texts:
            text = parse.flag_file(file, what)
            if what == "ca_file":
                trust_anchors(text, file)
            else:
                load_cookies(text, file)
            self._texts[what, file] = text
        return self._texts[what, file]


def _platform_knows(row: Row, extra: tuple[str, ...]) -> None:
    """Raise `UsageError` where a row names a platform to which its address means nothing: no page is wanted."""
    named = row.options.platform
    if named in {None, "auto", "none"} or subject_of(row.address, str(named), extra) is not None:
        return
    raise UsageError(
        "adapter", f"platform '{named}': it does not know the address", "leave it out, or none takes it as a page"
    )


def is_page(base: CaptureOptions, own: RowOptions) -> bool:
    """Whether a row is captured as a page with what it needs; one that names its platform is a post."""
    said = base.page and own.platform in {None, "auto", "none"}
    return said if own.page is None else own.page


def _page(base: CaptureOptions, own: RowOptions) -> bool:
    page = is_page(base, own)
    if page and own.platform not in {None, "auto", "none"}:
        why = f"page and platform {own.platform}: a page with what it needs is no post"
        raise UsageError("flag", why, "say one of them")
    if own.linked is not None and not page:
        raise UsageError("flag", "linked: without page nothing that a page links to is fetched", "say page: true")
    return page


def _posts(posts: PostOptions, own: RowOptions) -> PostOptions:
    usual = "auto" if own.page and posts.platform != "none" else posts.platform
    return replace(
        posts,
        platform=usual if own.platform is None else own.platform,
        replies=posts.replies if own.thread is None else own.thread,
        depth=posts.depth if own.depth is None else own.depth,
        media=posts.media if own.media is None else own.media,
    )


def name_problems(screen: Screen, file: str, found: AddressList) -> None:
    """Say which rows cannot be used: where, what is wrong, what would be right. In JSON all of them are named."""
    for number, problem in enumerate(found.problems):
        if screen.json:
            screen.object_line(problem_document(problem))
            continue
        if number == NAMED:
            screen.warn(f"… and {len(found.problems) - NAMED} more like these")
            return
        screen.warn(f"{_place(file, problem)}: {problem.message}" + (f" – {problem.hint}" if problem.hint else ""))


def problem_document(problem: ListProblem) -> dict[str, object]:
    """Return what programs are told of a wrong row."""
    return {
        "schema": "archiver-batch/1",
        "type": "problem",
        "line": problem.line,
        "column": problem.column,
        "message": problem.message,
        "hint": problem.hint,
    }


def refused(file: str, found: AddressList) -> ConfigError:
    """Return the error that ends a command whose list has wrong rows."""
    rows = len(found.rows)
    others = "the other one" if rows == 1 else f"the other {rows}"
    left = f"--skip-bad leaves {_them(found.left_out)} out and captures {others}" if rows else ""
    return ConfigError(
        "address-list",
        f"{shown(file)}: {_rows(found.left_out)} cannot be used, as said above; nothing was fetched",
        f"correct {_them(found.left_out)}, or {left}" if left else f"correct {_them(found.left_out)}",
    )


def repeated_lines(found: AddressList) -> Iterator[str]:
    """Yield what is said of addresses that stand in the list more than once."""
    if not found.repeated:
        return
    rows = {row.number: row for row in found.rows}
    pairs = [(rows[again], rows[first]) for again, first in found.repeated if again in rows and first in rows]
    one = len(pairs) == 1
    what = "repeats an earlier address, and is" if one else "repeat an earlier address, and each is"
    yield f"{_rows(len(pairs))} {what} an item of its own:"
    for again, first in pairs[:REPEATED]:
        yield f"  line {again.line} has the address of line {first.line}: {again.address.submitted}"
    if len(pairs) > REPEATED:
        yield f"  … and {len(pairs) - REPEATED} more"


def _place(file: str, problem: ListProblem) -> str:
    return f"{shown(file)}:{problem.line}" + (f":{problem.column}" if problem.column else "")


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count} rows"


def _them(count: int) -> str:
    return "it" if count == 1 else "them"


def _limits(limits: Limits, own: RowOptions) -> Limits:
    if own.max_bytes is not None:
        limits = replace(limits, max_bytes=own.max_bytes)
    if own.max_time is not None:
        limits = replace(limits, max_time=own.max_time)
    if own.max_redirects is not None:
        limits = replace(limits, max_redirects=own.max_redirects)
    return limits


def _bytes(tools: Tools, file: str) -> bytes:
    try:
        if not file:
            raise UsageError("list", "list '': not the name of a file", "name a file, or - for standard input")
        if file != STDIN:
            with Path(file).open("rb") as opened:
                return opened.read(MAX_LIST + 1)
        stream = getattr(tools.stdin, "buffer", None)
        if tools.stdin is None or stream is None:
            raise UsageError("list", "standard input: it is closed", "give the list on it, or name a file")
        if tools.stdin.isatty():
            tools.screen.say("type or paste addresses, one a line; Ctrl-D on an empty line ends the list")
        data: bytes = stream.read(MAX_LIST + 1)
        return data
    except OSError as exc:
        raise UsageError("list", f"list '{file}': cannot be read: {exc.strerror or exc}") from exc
    except ValueError as exc:
        raise UsageError("list", f"list '{file}': not a path") from exc
