"""Posts on the command line: what each platform takes, whose tokens go along, and who may see that it is asked."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from archiver.canon import Json
from archiver.cli.facts import Data, members, objects, text, texts, whole
from archiver.cli.screen import Field, Tone
from archiver.cli.tools import Tools
from archiver.errors import ExitCode, UsageError
from archiver.model.address import Address
from archiver.model.platform import About
from archiver.pipeline.options import CaptureOptions
from archiver.pipeline.video import program_is_there
from archiver.platforms.registry import BUILT_IN, built_in, platform_of, subject_of, unknown

KEYRING = "archiver"  # the service under which a token stands in the system's keyring, by the name of its platform
MAX_TOKEN = 4096  # characters
MAX_SHOWN = 2000  # characters of a text that are shown to people
SHOWN = 20  # entries of a list


def readied(
    tools: Tools,
    folder: Path | None,
    wanted: Iterable[tuple[Address, str]],
    options: CaptureOptions,
    *,
    may_ask: bool = True,
) -> CaptureOptions:
    """Return `options` with the tokens of the platforms that addresses lead to; `wanted` are addresses, each with what
    is said of its platform, "" for what `options` say.

    Before the first contact of a case with a platform whose requests opponents may see, be it for a post or for a page,
    somebody must say yes: in case.yaml, or here on the terminal where `may_ask`. Raises `UsageError` where nobody did,
    for a token that cannot be sent, and for an adapter that nobody has.
    """
    posts = options.posts
    abouts: dict[str, About] = {}
    hosts: dict[str, None] = {}
    for address, said in wanted:
        hosts[address.host] = None
        platform = said or posts.platform
        subject = (
            None if platform == "none" else subject_of(address, "" if platform == "auto" else platform, posts.extra)
        )
        if subject is not None:
            abouts[subject.key.platform] = subject.adapter.about
    if posts.platform not in {"auto", "none"} and not abouts:
        raise UsageError("adapter", f"--platform {posts.platform}: it knows none of these addresses", "leave it out")
    owners = (built_in(name).about for name in map(platform_of, hosts) if name)  # who is asked for a page sees it, too
    watched = [each for each in {one.name: one for one in (*abouts.values(), *owners)}.values() if each.watched]
    for about in watched:
        if about.name not in posts.contact:
            _agreed(tools, folder, about, may_ask=may_ask)
    if posts.media and abouts and not program_is_there():
        tools.screen.warn(
            "yt-dlp is not installed: a video that only it can fetch will be missing, and the item says so; "
            "pip install 'archiver[media]' brings it"
        )
    tokens = tuple((name, token) for name, about in abouts.items() if (token := _token(tools, about)))
    contact = tuple(dict.fromkeys((*posts.contact, *(about.name for about in watched))))
    return replace(options, posts=replace(posts, contact=contact, tokens=tokens))


def platforms(tools: Tools, names: list[str]) -> ExitCode:
    """Show what each adapter takes and cannot, and who learns of it; only those named, if any."""
    known = [entry.name for entry in BUILT_IN]
    for name in (name for name in names if name not in known):
        raise unknown(name)
    abouts = [built_in(each).about for each in known if not names or each in names]
    if tools.screen.json:
        tools.screen.document(
            {"schema": "archiver-platforms/1", "platforms": [about_document(each) for each in abouts]}
        )
        return ExitCode.OK
    for about in abouts:
        tools.screen.fields(about_fields(about))
    return ExitCode.OK


def about_fields(about: About) -> tuple[Field, ...]:
    """Return what is said of an adapter."""
    return (
        Field("platform", f"{about.name} ({about.title})"),
        Field("takes", about.takes),
        Field(
            "with a token",
            f"{about.with_token} (${about.token_variable})" if about.token_variable else about.with_token,
        ),
        Field("cannot", about.cannot),
        Field("who learns", about.learns),
        *((Field("watched", about.watched, Tone.CAUTION),) if about.watched else ()),
        Field("terms", ", ".join(about.terms)),
        Field("pace", f"at least {about.spacing:g} s between two requests"),
        Field("adapter", f"version {about.version}"),
    )


def about_document(about: About) -> dict[str, object]:
    """Return what JSON answers say of an adapter (docs/spec/json-output.md)."""
    return {
        "name": about.name,
        "title": about.title,
        "version": about.version,
        "takes": about.takes,
        "with_token": about.with_token,
        "cannot": about.cannot,
        "learns": about.learns,
        "watched": about.watched or None,
        "terms": list(about.terms),
        "token_variable": about.token_variable or None,
        "spacing_ms": round(about.spacing * 1000),
    }


def post_fields(post: Json, *, kept: bool = True) -> tuple[Field, ...]:
    """Return what people are shown of a normalised post, and that it was not `kept` but made now; nothing for none."""
    if not isinstance(post, dict):
        return ()
    told, content = members(post, "post"), members(members(post, "post"), "content")
    author = members(told, "attributedTo")
    who = f"{text(author, 'name')} {_in_brackets(text(author, 'preferredUsername'))}".strip()
    links = [each for each in objects(told, "tag") if text(each, "type") == "Link"]
    answers = len(objects(told, "replies"))
    return (
        *(Field("read", each) for each in ("now, from the stored answer; it was not kept with the item",) if not kept),
        *(Field("headline", each) for each in (_shortened(text(told, "name")),) if each),
        *(Field("author", each) for each in (who or text(author, "url"),) if each),
        *(Field("published by", each) for each in (text(members(told, "onBehalfOf"), "name"),) if each),
        *(Field("published", when) for when in (_moment(members(told, "published")),) if when),
        *(Field("edited", when) for when in (_moment(members(told, "updated")),) if when),
        *(Field("text", shortened) for shortened in (_shortened(text(content, "text")),) if shortened),
        *_first("link", [(f"{text(each, 'name')} {text(each, 'href')}".strip(), Tone.PLAIN) for each in links]),
        *_first("attached", [(_attached(each), Tone.PLAIN) for each in objects(told, "attachment")]),
        *missing_fields(post),
        *_first("warning", [(each, Tone.CAUTION) for each in texts(post, "warnings")]),
        *_first("checked", [_checked(each) for each in objects(post, "checks")]),
        *(Field("answers", f"{count} of other people are kept with it") for count in (answers,) if count),
    )


def missing_fields(post: Json) -> tuple[Field, ...]:
    """Return what a normalised post says is not there, and why."""
    lines = objects(post, "missing") if isinstance(post, dict) else []
    return _first("missing", [(f"{text(each, 'what')}: {text(each, 'why')}", Tone.PLAIN) for each in lines])


def _first(name: str, lines: list[tuple[str, Tone]]) -> tuple[Field, ...]:
    """Return the first lines of a list, and how many there are beyond them."""
    left = len(lines) - SHOWN
    more = (Field(name, f"… and {left} more; --json has them all", Tone.CAUTION),) if left > 0 else ()
    return (*(Field(name, words, tone) for words, tone in lines[:SHOWN]), *more)


def video_fields(video: Json) -> tuple[Field, ...]:
    """Return what people are shown of the video of a post; nothing for none."""
    if not isinstance(video, dict):
        return ()
    return (
        *(Field("video", _file(each)) for each in objects(video, "files")[:SHOWN]),
        *(Field("video", f"refused: {each}", Tone.CAUTION) for each in texts(video, "refused")[:SHOWN]),
        *(Field("video", f"yt-dlp says: {each}", Tone.CAUTION) for each in texts(video, "told")[:SHOWN]),
    )


def _file(file: Data) -> str:
    how, number = text(file, "how"), len(objects(file, "made_from"))
    made = {
        "recorded": f"the bytes of {number} {'answer' if number == 1 else 'answers'}",
        "assembled": f"made from {number} {'answer' if number == 1 else 'answers'}",
        "merged": f"merged from {' and '.join(texts(file, 'merged_from'))}",
    }.get(how, how)
    kept = f", kept as {text(file, 'kept')}" if text(file, "kept") else ""
    what = f"{text(file, 'kind')}, {text(file, 'media_type')}, {whole(file, 'size')} bytes"
    return f"{text(file, 'name')}: {what}, {made}{kept}"


def _in_brackets(name: str) -> str:
    return f"({name})" if name else ""


def _moment(moment: Data) -> str:
    raw = moment.get("raw")
    return text(moment, "value") or (f"{raw} (as told)" if isinstance(raw, str | int) else "")


def _shortened(words: str) -> str:
    more = f"… ({len(words)} characters; --extract has them all)"
    return words if len(words) <= MAX_SHOWN else f"{words[:MAX_SHOWN]}{more}"


def _attached(media: Data) -> str:
    forms = objects(media, "renditions")
    kept = sum(1 for each in forms if whole(each, "exchange"))
    files = "not here" if not kept else "here" if len(forms) == 1 else f"here, in {kept} of {len(forms)} forms"
    named = text(media, "name") or text(media, "url") or text(media, "kind")
    return ", ".join(each for each in (text(media, "type"), named, text(media, "why") or files) if each)


def _checked(check: Data) -> tuple[str, Tone]:
    sound = check.get("sound")
    tone = Tone.GOOD if sound is True else Tone.BAD if sound is False else Tone.CAUTION
    word = "sound" if sound is True else "contradicted" if sound is False else "not checked"
    return f"{text(check, 'name')}: {word}: {text(check, 'words')}", tone


def _agreed(tools: Tools, folder: Path | None, about: About, *, may_ask: bool) -> None:
    from archiver.pipeline.view import platforms_asked

    if folder is not None and about.name in platforms_asked(folder):  # somebody said yes the first time
        return
    first = f"{about.title} has not been asked for this case yet" if folder is not None else about.title
    hint = f"if that is meant, put it into case.yaml: policy, posts, contact: [{about.name}]; then archiver amend"
    hint = hint if folder is not None else f"--case CASE names a case whose policy.posts.contact names {about.name}"
    if not may_ask:
        raise UsageError("watched", f"{first}: {about.watched}", hint)
    said = tools.confirmed(
        f"{first}.",
        about.watched,
        "A proxy can stand between you and it (--proxy, or policy.route.proxy in case.yaml).",
        prompt="Type yes to ask it; with anything else nothing is sent: ",
    )
    if not said:
        raise UsageError("watched", f"{about.title} was not asked: {about.watched}", hint)


def _token(tools: Tools, about: About) -> str:
    """Return the token for a platform, from the environment or else the keyring, "" for none."""
    if not about.token_variable:
        return ""
    token = tools.environ.get(about.token_variable, "").strip() or _in_keyring(about.name)
    if not token.isascii() or not token.isprintable() or " " in token or len(token) > MAX_TOKEN:
        where = f"from ${about.token_variable} or the keyring"
        raise UsageError(
            "token", f"the token for {about.name}, {where}, cannot be sent", "one word of ASCII characters"
        )
    return token


def _in_keyring(name: str) -> str:
    try:
        import keyring
    except ImportError:
        return ""
    try:
        return str(keyring.get_password(KEYRING, name) or "").strip()
    except Exception as exc:  # whatever keeps the keyring of this system
        raise UsageError(
            "token", f"the keyring cannot be read: {type(exc).__name__}", "unlock it, or use the environment"
        ) from exc
