"""What makes a row the same row (docs/spec/address-list.md §7)."""

import hashlib
import json
from pathlib import PurePosixPath
from typing import Any

from archiver.config.address_list.entry import Said
from archiver.config.route import host_port
from archiver.model.batch import RowOptions


def row_digest(submitted: str, said: Said) -> str:
    """Return the SHA-256 of the canonical content of a row, as 64 lower-case hexadecimal digits.

    It stands in the log, which strangers read, and many passwords can be guessed: so header values, the credentials of
    a proxy and the folders of files are left out.
    """
    content = {"address": submitted, "note": said.note, "options": _told(said.options), "tags": said.tags}
    # Of objects with ASCII keys, valid texts and whole numbers this is the form of RFC 8785; a test compares.
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _told(options: RowOptions) -> dict[str, Any]:
    told = {
        "allow_host": [host_port(*each) for each in options.allow_host],
        "ca_file": _own_name(options.ca_file),
        "connect_to": [
            f"{host_port(each.host, each.port)}:{host_port(each.to_host, each.to_port)}" for each in options.connect_to
        ],
        "cookies": _own_name(options.cookies),
        "headers": [name for name, _ in options.headers],
        "insecure": options.insecure,
        "depth": options.depth,
        "max_bytes": options.max_bytes,
        "max_redirects": options.max_redirects,
        "media": options.media,
        "linked": None if options.linked is None else list(options.linked),
        "page": options.page,
        "max_time": None if options.max_time is None else round(options.max_time * 1000),
        "platform": options.platform,
        "proxy": _without_login(options.proxy),
        "thread": options.thread,
    }
    return {name: value for name, value in told.items() if value is not None and value != []}


def _own_name(path: str | None) -> str | None:
    return None if path is None else PurePosixPath(path).name


def _without_login(proxy: str | None) -> str | None:
    if proxy is None:
        return None
    scheme, mark, rest = proxy.partition("://")
    return scheme + mark + rest.rpartition("@")[2]
