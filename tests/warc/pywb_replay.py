"""Index WARC files with pywb and replay addresses from them, in a process of its own (pywb warns a lot).

    python -W ignore pywb_replay.py FOLDER

FOLDER holds *.warc.gz, perhaps index.cdxj, and ask.json, a list of [14-digit time, address, Accept-Encoding] and, for
what is no GET, method, Content-Type and body in Base64; the answer on stdout is a JSON list of [status line, headers,
body in Base64]. Nothing but a port on loopback of pywb's own is used.
"""

from gevent import monkey

monkey.patch_all(thread=False)

import io  # noqa: E402  # gevent comes first
import json  # noqa: E402
import os  # noqa: E402
import sys  # noqa: E402
from base64 import b64decode, b64encode  # noqa: E402
from pathlib import Path  # noqa: E402
from wsgiref.util import setup_testing_defaults  # noqa: E402

from pywb.apps.frontendapp import FrontEndApp  # noqa: E402
from pywb.indexer.cdxindexer import write_cdx_index  # noqa: E402


def index(folder: Path) -> None:
    """Make the collection `c` of all WARC files in `folder`, as `wb-manager add` does, or with the index there."""
    archive, indexes = folder / "collections/c/archive", folder / "collections/c/indexes"
    archive.mkdir(parents=True)
    indexes.mkdir()
    lines: list[bytes] = []
    for path in sorted(folder.glob("*.warc.gz")):
        (archive / path.name).symlink_to(path)
        out = io.BytesIO()
        with path.open("rb") as file:
            write_cdx_index(out, file, path.name, sort=True, cdxj=True)
        lines += out.getvalue().splitlines()
    given = folder / "index.cdxj"
    (indexes / given.name).write_bytes(given.read_bytes() if given.exists() else b"\n".join(sorted(lines)) + b"\n")


def replay(
    app: FrontEndApp, time: str, url: str, accept: str, method: str = "GET", kind: str = "", body: str = ""
) -> list[object]:
    """Ask for the recorded bytes (`id_`) of one capture."""
    path = f"/c/{time}id_/{url}"
    plain, _, query = path.partition("?")
    environ = {"PATH_INFO": plain, "QUERY_STRING": query, "REQUEST_URI": path, "HTTP_ACCEPT_ENCODING": accept}
    if method != "GET":
        sent = b64decode(body)
        environ |= {"REQUEST_METHOD": method, "CONTENT_LENGTH": str(len(sent)), "wsgi.input": io.BytesIO(sent)}
        environ |= {"CONTENT_TYPE": kind} if kind else {}
    setup_testing_defaults(environ)
    started: list[list[object]] = []
    answer = b"".join(app(environ, lambda status, headers, exc=None: started.append([status, headers])))
    return [*started[0], b64encode(answer).decode()]


def main() -> None:
    folder = Path(sys.argv[1]).resolve()
    os.chdir(folder)
    index(folder)
    app = FrontEndApp(custom_config={"debug": False, "collections_root": "collections"})
    asked = json.loads((folder / "ask.json").read_text())
    sys.stdout.write("\n" + json.dumps([replay(app, *one) for one in asked]) + "\n")


main()
