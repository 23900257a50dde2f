"""The section policy.seals of case.yaml (docs/spec/case-yaml.md §4): who signs, who says what time it is, how often."""

from dataclasses import dataclass

from archiver.config.name import AUTHORITY, FINGERPRINT, SIGNER
from archiver.config.section import Section
from archiver.config.yaml import Node, refusal, shown
from archiver.errors import UsageError
from archiver.model.address import Address

MAX_AUTHORITIES = 8
MAX_INTERVAL = 30 * 86_400.0
MAX_TOKEN_AGE = 10 * 366 * 86_400.0

_KEYS = ("signer", "key", "authorities", "interval", "token_age", "defer")


@dataclass(frozen=True, slots=True)
class Seals:
    """What the case demands of its seals. `signer` is empty when they are not signed.

    `key` is the fingerprint of the signer's key as `ssh-keygen -l` shows it, `authorities` are (name, address) of the
    time-stamp authorities (RFC 3161). At least `interval` seconds lie between two seals that commands make by
    themselves; when the last token is older than `token_age` seconds, a seal precedes the next items as well. `defer`
    says that a missing token is no failure of a command.
    """

    signer: str = ""
    key: str = ""
    authorities: tuple[tuple[str, str], ...] = ()
    interval: float = 60.0
    token_age: float = 86_400.0
    defer: bool = False


def parse(node: Node | None, name: str) -> Seals:
    """Return what `node` says, the defaults for None. Raises `ConfigError` with line and column."""
    section = Section(node, "seals", _KEYS, name)
    signer, key = section.text("signer", "", SIGNER), section.text("key", "", FINGERPRINT)
    if bool(signer) != bool(key):
        raise section.bad("signer", "signer and key belong together", "archiver identity show NAME prints both")
    authorities: list[tuple[str, str]] = []
    for item in section.texts("authorities"):
        try:
            authority = parse_authority(item.text)
        except UsageError as exc:
            raise refusal(name, item.line, item.column, exc.message, exc.hint) from exc
        if authority[0] in dict(authorities):
            raise refusal(name, item.line, item.column, f"a second authority is named {authority[0]}")
        authorities.append(authority)
    if len(authorities) > MAX_AUTHORITIES:
        raise section.bad("authorities", f"at most {MAX_AUTHORITIES} authorities can be asked")
    usual = Seals()
    return Seals(
        signer=signer,
        key=key,
        authorities=tuple(authorities),
        interval=section.seconds("interval", usual.interval, MAX_INTERVAL),
        token_age=section.seconds("token_age", usual.token_age, MAX_TOKEN_AGE),
        defer=section.truth("defer"),
    )


def parse_authority(text: str) -> tuple[str, str]:
    """Return (name, address) of `NAME=URL`. Raises `UsageError` for anything else, and for credentials in the URL."""
    name, sign, url = text.partition("=")
    hint = "write it as NAME=URL, for example digicert=http://timestamp.digicert.com"
    if not sign or AUTHORITY.fullmatch(name) is None:
        raise UsageError("authority", f"{shown(text)} does not begin with a name and =", hint)
    address = Address.parse(url)
    if not address.host or address.odd:
        raise UsageError("authority", f"{shown(url)} is not the plain address of a time-stamp authority", hint)
    return name, url
