"""Commands about seals: seal, renew, receipt; and what other commands do and say about them."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from archiver.cli.parse import config_folder
from archiver.cli.screen import Field, Tone
from archiver.cli.tools import Tools
from archiver.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from archiver.pipeline.options import CaptureOptions
    from archiver.pipeline.seal import Sealed, Sealing

T = TypeVar("T")


def seal(tools: Tools, case: str, offline: bool) -> ExitCode:
    """Seal the case now."""
    folder = tools.case(case)
    sealed = _sealing(tools, folder, offline).seal(folder, "asked")
    return _answer(tools, "seal", case, folder, sealed)


def renew(tools: Tools, case: str) -> ExitCode:
    """Ask for what the newest seal lacks."""
    folder = tools.case(case)
    renewed = _sealing(tools, folder, offline=False).renew(folder)
    return _answer(tools, "renew", case, folder, renewed)


def receipt(tools: Tools, case: str, spoken: bool) -> ExitCode:
    """Show the receipt of the newest seal."""
    from archiver.pipeline.seal import newest_receipt

    folder = tools.case(case)
    found = newest_receipt(folder)
    if found is None:
        raise UsageError("no-seal", f"case {case}: no seal yet, so there is no receipt", "archiver seal makes one")
    if tools.screen.json:
        tools.screen.document(
            {"schema": "archiver-receipt/1", "case": case, "folder": str(folder), "receipt": found.text()}
        )
    elif spoken:
        tools.screen.fields(tuple(Field(name, words) for name, words in found.spoken()))
    else:
        tools.screen.fields((Field("receipt", found.text()),))
    return ExitCode.OK


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals before and after a command that adds items, with the route of that command."""

    tools: Tools
    folder: Path
    sealing: "Sealing"

    @classmethod
    def of(cls, tools: Tools, folder: Path, options: "CaptureOptions") -> "Sealer":
        """Return what seals the case at `folder`; contacts nobody."""
        from archiver.pipeline.seal import Sealing

        return cls(tools, folder, Sealing(identities_folder(tools), options, tools.runtime))

    def before(self) -> "Sealed":
        """Seal where what follows would have no time before which it cannot have been."""
        return self.sealing.seal(self.folder, "before")

    def after(self) -> "Sealed":
        """Seal what was added, unless the last seal is too young."""
        return self.sealing.seal(self.folder, "after")


def sealed_fields(sealed: "Sealed") -> tuple[Field, ...]:
    """Return what is said about a seal, or why there is none; nothing where nothing waits for one."""
    fields: list[Field] = []
    if sealed.event is not None:
        data = sealed.event.data
        who = f"signed by {data['signer']}" if data["signer"] else "not signed: case.yaml names no signer"
        fields.append(Field("sealed", f"seal {data['seal']}, {who}", Tone.GOOD if data["signer"] else Tone.CAUTION))
        fields += [Field("time", f"{token['gen_time']} by {token['authority']}") for token in data["tokens"]]
    fields += [
        Field(
            "time",
            f"{event.data['token']['gen_time']} by {event.data['token']['authority']}, for seal {event.data['seal']}",
        )
        for event in sealed.tokens
    ]
    fields += [Field("time pending", f"{name}: {reason}", Tone.CAUTION) for name, reason in sealed.pending]
    if sealed.receipt:
        fields.append(Field("receipt", sealed.receipt))
    if sealed.due:
        fields.append(Field("seal due", sealed.due, Tone.CAUTION))
    return tuple(fields)


def sealed_document(sealed: "Sealed") -> dict[str, object]:
    """Return what JSON answers say about a seal (docs/spec/json-output.md)."""
    event = sealed.event
    return {
        "seal": event.data["seal"] if event is not None else None,
        "line": event.seq if event is not None else None,
        "signer": event.data["signer"] if event is not None else None,
        "fingerprint": event.data["fingerprint"] if event is not None else None,
        "tokens": [
            {"authority": token["authority"], "gen_time": token["gen_time"], "serial": token["serial"]}
            for token in (
                *(event.data["tokens"] if event is not None else ()),
                *(added.data["token"] for added in sealed.tokens),
            )
        ],
        "pending": [{"authority": name, "reason": reason} for name, reason in sealed.pending],
        "receipt": sealed.receipt or None,
        "due": sealed.due or None,
    }


def identities_folder(tools: Tools) -> Path:
    """Return where this user's keys are."""
    return config_folder(tools.environ) / "identities"


def _sealing(tools: Tools, folder: Path, offline: bool) -> "Sealing":
    from dataclasses import replace

    from archiver.pipeline.options import case_options
    from archiver.pipeline.seal import Sealing

    options = case_options(folder)
    return Sealing(identities_folder(tools), replace(options, offline=options.offline or offline), tools.runtime)


def _answer(tools: Tools, command: str, case: str, folder: Path, sealed: "Sealed") -> ExitCode:
    code = ExitCode.NOT_SEALED if sealed.lacking else ExitCode.OK
    if tools.screen.json:
        head = {"schema": f"archiver-{command}/1", "case": case, "folder": str(folder)}
        tools.screen.document(head | sealed_document(sealed) | {"exit_code": int(code)})
    else:
        fields = sealed_fields(sealed) or (Field("renewed", "nothing: every authority has stamped the newest seal"),)
        tools.screen.fields((Field("case", case), *fields))
    return code


_ = Callable
