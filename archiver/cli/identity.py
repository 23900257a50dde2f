"""The commands about keys to sign with: identity new, list and show."""

from pathlib import Path
from typing import TYPE_CHECKING

from archiver.cli.screen import Column, Field, Row, Tone
from archiver.cli.tools import Tools
from archiver.errors import ArchiverError, ConfigError, ExitCode

if TYPE_CHECKING:
    from archiver.pipeline.identity import Identity

_COLUMNS = (Column("name", 24), Column("fingerprint", 50), Column("type", 12), Column("private key", 0))
_TYPES = {
    "ssh-ed25519": "Ed25519",
    "ssh-rsa": "RSA",
    "sk-ssh-ed25519@openssh.com": "Ed25519, security key",
    "sk-ecdsa-sha2-nistp256@openssh.com": "ECDSA, security key",
}


def new(tools: Tools, name: str, source: str | None, no_passphrase: bool) -> ExitCode:
    """Make the key, or take up the one that is there, and show it."""
    from archiver.errors import UsageError
    from archiver.pipeline.identity import adopt_identity, identities_folder, new_identity

    folder = identities_folder(tools.environ)
    if source is not None:
        if no_passphrase:
            what = "--no-passphrase: it is for a new key, not for one that is there (--from)"
            raise UsageError("usage", what, "ssh-keygen -p -f KEYFILE changes the passphrase of a key")
        made = adopt_identity(folder, name, Path(source))
    else:
        tty = tools.stdin is not None and tools.stdin.isatty()
        made = new_identity(folder, name, passphrase=not no_passphrase, tty=tty)
    _show(tools, made, "archiver-identity-new/1")
    if no_passphrase:
        tools.screen.say("this key has no passphrase: whoever can read the file can sign in this name")
    if made.place == "folder":
        tools.screen.say("keep a copy of the key on a medium that you lock away: nobody can make it again")
    tools.screen.say("tell your lawyer the fingerprint by another way than with the case: docs/keys.md")
    return ExitCode.OK


def list_all(tools: Tools) -> ExitCode:
    """List the identities; one that cannot be read keeps its line, which says why, and makes the exit code 3."""
    from archiver.pipeline.identity import identities_folder, identity, identity_names

    folder = identities_folder(tools.environ)
    rows: list[Row] = []
    documents: list[dict[str, object]] = []
    bad: ArchiverError | None = None
    for name in identity_names(folder):
        try:
            found = identity(folder, name)
        except ConfigError as exc:
            bad = bad or exc
            rows.append(Row((name, "-", "-", f"unusable: {exc.message}"), 3, Tone.BAD))
            documents.append({"name": name, "problem": exc.message})
            continue
        rows.append(Row((name, found.public.fingerprint, _type(found), _place(found))))
        documents.append(_members(found) | {"problem": None})
    code = bad.exit_code if bad else ExitCode.OK
    if tools.screen.json:
        tools.screen.document({"schema": "archiver-identity-list/1", "identities": documents, "exit_code": int(code)})
    elif tools.screen.out.terminal and rows:
        tools.screen.table(_COLUMNS, rows)
    else:
        tools.screen.separated(row.cells for row in rows)
    if not rows:
        tools.screen.say("no identity on this machine yet: archiver identity new NAME")
    return code


def show(tools: Tools, name: str) -> ExitCode:
    """Show the identity of this name."""
    from archiver.pipeline.identity import identities_folder, identity

    _show(tools, identity(identities_folder(tools.environ), name), "archiver-identity-show/1")
    return ExitCode.OK


def _show(tools: Tools, found: "Identity", schema: str) -> None:
    if tools.screen.json:
        tools.screen.document({"schema": schema} | _members(found))
        return
    members = _members(found)
    tools.screen.fields(
        (
            Field("identity", found.name, Tone.STRONG),
            Field("fingerprint", found.public.fingerprint),
            Field("type", _type(found)),
            Field("private key", _place(found)),
            Field("public key", found.public.line),
            Field("allowed signers", str(members["allowed_signers"])),
        )
    )


def _members(found: "Identity") -> dict[str, object]:
    from archiver.custody.signers import allowed_signers_line

    return {
        "name": found.name,
        "fingerprint": found.public.fingerprint,
        "type": found.public.kind,
        "public_key": found.public.line,
        "allowed_signers": allowed_signers_line(found.name, found.public),
        "place": found.place,
        "key_file": str(found.key_file),
        "passphrase": found.passphrase,
    }


def _type(found: "Identity") -> str:
    kind = found.public.kind
    return _TYPES.get(kind, f"ECDSA {kind.rpartition('nistp')[2]}")


def _place(found: "Identity") -> str:
    if found.place == "agent":
        return "with an agent, if anywhere: no file of it is here"
    if not found.key_file.exists():
        return f"{found.key_file}, which is not there now"
    if found.public.hardware:
        return f"in a security key, with its handle in {found.key_file}"
    locked = {True: ", locked by a passphrase", False: ", without a passphrase", None: ""}
    return f"{found.key_file}{locked[found.passphrase]}"
