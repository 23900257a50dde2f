"""Commands about seals: seal, renew, receipt, identity revoke; and what others that add items do and say about them."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from archiver.cli.facts import Data, members, objects, text, whole
from archiver.cli.parse import words
from archiver.cli.screen import Field, Tone
from archiver.cli.tools import Tools
from archiver.errors import CaseError, ExitCode, Interrupted, UsageError

if TYPE_CHECKING:
    from archiver.pipeline.dating import Dating
    from archiver.pipeline.options import CaptureOptions
    from archiver.pipeline.seal import Sealed, Sealing


def seal(tools: Tools, case: str, offline: bool) -> ExitCode:
    """Seal the case now."""
    return _answer(tools, "seal", case, sealing_of(tools, case, offline).seal("asked"))


def renew(tools: Tools, case: str) -> ExitCode:
    """Ask for what the newest seal lacks, or renew what would run out."""
    return _answer(tools, "renew", case, sealing_of(tools, case, offline=False).renew())


def receipt(tools: Tools, case: str, spoken: bool) -> ExitCode:
    """Show the receipt of the newest seal."""
    from archiver.custody.receipt import Receipt
    from archiver.pipeline.seals import seals_now

    folder = tools.case(case)
    now = seals_now(folder)
    if now.last is None:
        raise UsageError("no-seal", f"case {case}: no seal yet, so there is no receipt", "archiver seal makes one")
    if tools.screen.json:
        head = {"schema": "archiver-receipt/1", "case": case, "folder": str(folder)}
        tools.screen.document(head | {"seal": now.last.seal.number, "receipt": now.receipt, "waiting": now.waiting})
    elif spoken:
        tools.screen.fields((Field("receipt", Receipt.parse(now.receipt).spoken()),))
    else:
        tools.screen.fields((Field("receipt", now.receipt),))
    if now.waiting:
        lines = "1 line of the log was" if now.waiting == 1 else f"{now.waiting} lines of the log were"
        tools.screen.say(f"{lines} added since; archiver seal {case} makes the next receipt")
    return ExitCode.OK


def revoke(tools: Tools, name: str, case: str, reason: str, since: str | None, key: str | None) -> ExitCode:
    """Put the end of a key on the record of a case."""
    from archiver.cli.keeping import recorded
    from archiver.config.name import FINGERPRINT
    from archiver.pipeline.revoke import revoke_key

    folder = tools.case(case)
    words(reason, "--reason")
    if key is not None and FINGERPRINT.fullmatch(key) is None:
        raise UsageError(
            "flag", f"--key '{key}': not a fingerprint", "SHA256: and 43 characters, as identity show has it"
        )
    moment = _moment(since) if since is not None else None
    event = revoke_key(folder, name, key, reason=reason, since=moment, runtime=tools.runtime)
    return recorded(tools, "identity-revoke", case, folder, event)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo is not None else _no_moment(text)
    except (ValueError, OverflowError):
        return _no_moment(text)


def _no_moment(text: str) -> NoReturn:
    raise UsageError("flag", f"--since '{text}': not a time with its zone", "write it as 2026-11-22T09:30:00Z")


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals before and after a command adds items to the case at `folder`."""

    folder: Path
    sealing: "Sealing"

    @classmethod
    def of(cls, tools: Tools, folder: Path, options: "CaptureOptions") -> "Sealer":
        """Return what seals with the route of `options`; contacts nobody."""
        from archiver.pipeline.identity import identities_folder
        from archiver.pipeline.seal import Sealing

        tty = tools.stdin is not None and tools.screen.err.terminal
        keys = partial(identities_folder, tools.environ)
        return cls(folder, Sealing(folder, keys, tty, options, tools.runtime, tools.screen.say, tools.halt))

    def before(self) -> "tuple[Sealed, Dating]":
        """Seal where what follows would have no time before which it cannot have been, and begin to ask for that."""
        return self.sealing.before()

    def after(self, *, stopped: bool) -> "Sealed":
        """Seal what was added, unless the last seal is too young, or somebody wants to stop: that may take seconds.

        Raises `Interrupted` for who wants to stop meanwhile, and as `Sealing.seal`.
        """
        from archiver.pipeline.seal import Sealed

        if stopped:
            return Sealed(due="stopped before it; by the next command, or by archiver seal")
        try:
            return self.sealing.seal("after")
        except KeyboardInterrupt as exc:
            words = "interrupted while it was sealed: what was added is recorded"
            raise Interrupted("interrupted", words, "archiver seal CASE makes the seal") from exc


@dataclass(frozen=True, slots=True)
class Waiting:
    """What of a case waits for a seal or a time stamp, in words, and the command that sees to it; "" for nothing."""

    words: str = ""
    command: str = ""


def waiting(folder: Path, case: str) -> Waiting:
    """Return what of the case at `folder`, called `case` on the command line, waits. Raises nothing."""
    from archiver.pipeline.seals import seals_now

    try:
        now = seals_now(folder)
    except CaseError as exc:
        return Waiting(f"seal unknown: {exc.message}", f"archiver verify {case}")
    said = []
    if now.waiting:
        lines = "1 line" if now.waiting == 1 else f"{now.waiting} lines"
        since = f"seal {now.last.seal.number}" if now.last else "the case was made"
        said.append(f"seal due: {lines} of the log since {since}")
    if now.pending and now.last is not None:
        said.append(f"time pending: seal {now.last.seal.number} has no stamp of {', '.join(now.pending)}")
    return Waiting("; ".join(said), f"archiver {'seal' if now.waiting else 'renew'} {case}" if said else "")


def sealed_fields(sealed: "Sealed") -> tuple[Field, ...]:
    """Return what is said about a seal, or why there is none; nothing where nothing waits for one."""
    fields = list(_seal_fields(sealed))
    fields += [Field("time stamp", _stamp_words(token)) for token in _at_once(sealed)]
    fields += [
        Field("time stamp", f"{_stamp_words(members(event.data, 'token'))}, over seal {whole(event.data, 'seal')}")
        for event in sealed.tokens
    ]
    fields += [Field("time pending", reason, Tone.CAUTION) for reason in sealed.pending]
    if sealed.receipt:
        fields.append(Field("receipt", sealed.receipt))
    if sealed.due:
        fields.append(Field("seal due", sealed.due, Tone.CAUTION))
    return tuple(fields)


def sealed_document(sealed: "Sealed") -> dict[str, object]:
    """Return what JSON answers say about a seal (docs/spec/json-output.md)."""
    event = sealed.event
    return {
        "seal": whole(event.data, "seal") if event is not None else None,
        "line": event.seq if event is not None else None,
        "signer": text(event.data, "signer") or None if event is not None else None,
        "fingerprint": text(event.data, "fingerprint") or None if event is not None else None,
        "tokens": [
            {name: text(token, name) for name in ("authority", "gen_time", "serial")} for token in _tokens(sealed)
        ],
        "pending": list(sealed.pending),
        "receipt": sealed.receipt or None,
        "due": sealed.due or None,
    }


def _seal_fields(sealed: "Sealed") -> tuple[Field, ...]:
    if sealed.event is None:
        return ()
    number, signer = whole(sealed.event.data, "seal"), text(sealed.event.data, "signer")
    if signer:
        return (Field("sealed", f"seal {number}, signed by {signer}", Tone.GOOD),)
    return (Field("sealed", f"seal {number}, which nobody signed", Tone.CAUTION),)


def _stamp_words(token: Data) -> str:
    return f"{text(token, 'gen_time')} by {text(token, 'authority')}"


def _at_once(sealed: "Sealed") -> tuple[Data, ...]:
    return objects(sealed.event.data, "tokens") if sealed.event is not None else ()


def _tokens(sealed: "Sealed") -> tuple[Data, ...]:
    return (*_at_once(sealed), *(members(event.data, "token") for event in sealed.tokens))


def sealing_of(tools: Tools, case: str, offline: bool) -> "Sealing":
    """Return what seals the case with the route that case.yaml asks for; contacts nobody."""
    from archiver.pipeline.options import case_options

    folder = tools.case(case)
    options = case_options(folder)
    return Sealer.of(tools, folder, replace(options, offline=options.offline or offline)).sealing


def _answer(tools: Tools, command: str, case: str, sealed: "Sealed") -> ExitCode:
    code = ExitCode.NOT_SEALED if sealed.lacking else ExitCode.OK
    if tools.screen.json:
        head = {"schema": f"archiver-{command}/1", "case": case, "folder": str(tools.case(case))}
        tools.screen.document(head | sealed_document(sealed) | {"exit_code": int(code)})
    else:
        nothing = Field("renewed", "nothing: every authority has stamped the newest seal")
        tools.screen.fields((Field("case", case), *(sealed_fields(sealed) or (nothing,))))
    return code
