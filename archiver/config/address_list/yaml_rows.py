"""Lists in YAML, under the strict profile of case.yaml."""

from collections.abc import Iterable

from archiver.config import yaml
from archiver.config.address_list.entry import Entry
from archiver.config.address_list.members import entry_of
from archiver.config.address_list.source import refusal, refusing, too_large
from archiver.config.yaml import Mapping, Scalar, Sequence

MAX_YAML = 8 << 20  # characters; some hundred thousand short rows take the reader half a minute


def yaml_rows(text: str, name: str) -> tuple[Entry | None, Iterable[Entry]]:
    """Return the defaults and the rows. Raises `ConfigError` for what the strict profile or the form refuses."""
    if len(text) > MAX_YAML:
        hint = "CSV and JSON lines may be longer"
        raise too_large(name, f"larger than {MAX_YAML >> 20} MiB, the most for a list in YAML", hint)
    defaults = None
    with refusing():
        root = yaml.document(text, name)
        if isinstance(root, Mapping):
            found = yaml.members(root, ("defaults", "addresses", "rows"), name)
            if "addresses" in found and "rows" in found:
                place = found["rows"]
                raise refusal(name, place.line, place.column, "addresses and rows are the same: one of them is enough")
            defaults = found.get("defaults")
            root = found.get("addresses", found.get("rows"))
        if not isinstance(root, Sequence):
            line, column = (root.line, root.column) if root is not None else (1, 1)
            raise refusal(name, line, column, "the file is not a list of addresses", "begin each row with `- `")
        if isinstance(defaults, Scalar) and not defaults.text:
            defaults = None  # all of its lines are commented out
        if defaults is not None and not isinstance(defaults, Mapping):
            raise refusal(name, defaults.line, defaults.column, "defaults holds `key: value` lines")
    return entry_of(defaults) if defaults is not None else None, map(entry_of, root.items)
