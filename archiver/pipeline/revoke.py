"""The end of a key, on the record of a case (docs/spec/seal.md §7)."""

from datetime import UTC, datetime
from pathlib import Path

from archiver.config.values import bounded
from archiver.custody.log import Event
from archiver.errors import UsageError
from archiver.pipeline.cases import open_case
from archiver.runtime import Runtime


def revoke_key(
    path: Path, signer: str, fingerprint: str | None, *, reason: str, since: datetime | None, runtime: Runtime
) -> Event:
    """Record in the case at `path` that a key of `signer` is not to be trusted from `since` on, None for never at all.

    `fingerprint` is that of the key, None for the one that the signer uses now. Returns `key.revoked`. Raises
    `UsageError` ("no-key", "unchanged"), and as `CaseStore.open` and `CaseStore.append` do.
    """
    with open_case(path, runtime) as store:
        which = fingerprint or store.known_keys().get(signer)
        if which is None:
            hint = "the key.added lines of its log name those that it knows"
            raise UsageError("no-key", f"{signer} has no key in this case that is not revoked", hint)
        moment = since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if since else None
        return store.revoke_key(signer, which, reason=bounded(reason, "reason"), since=moment)
