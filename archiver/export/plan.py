"""What is written for each kind of export."""

from collections.abc import Sequence

from archiver.custody.read import Snapshot
from archiver.export import bag, disclosure, wacz
from archiver.export.facts import Kind
from archiver.export.make import Plan
from archiver.export.sealed import base_name, read_sealed


def planned(case: Snapshot, kind: Kind, items: Sequence[int] | None) -> Plan:
    """Return what an export of `case` holds; `items` are those that are named, None for all.

    Raises as `read_sealed`, and `UsageError` for items that cannot be exported.
    """
    named: tuple[str, ...] = ()
    if kind == "bag":
        sealed = read_sealed(case)
        entries, base, summary = bag.bag(sealed), base_name("bag", sealed), bag.MANIFEST
    elif kind == "wacz":
        packed = wacz.wacz(case, items)
        sealed, entries, base, summary = packed.sealed, packed.entries, "", wacz.PACKAGE
    else:
        shown = disclosure.disclosure(case, items or ())
        sealed, entries, summary, named = shown.sealed, shown.entries, disclosure.SUMS, shown.named
        base = base_name("disclosure", sealed)
    return Plan(entries, base, sealed.sealed_at, summary, sealed.seal.number, named)
