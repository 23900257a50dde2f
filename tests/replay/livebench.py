"""A small site that a real browser is shown once, through a gate, and an item of what came."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from chromium import PROGRAM
from replaybench import Kept, answer, png
from verify_cases import blob

from archiver.browser.authority import Authority
from archiver.browser.gate import Gate
from archiver.browser.page import VisitSettings, visit
from archiver.browser.process import Browser
from archiver.browser.values import Asked, Line
from archiver.model.exchange import Exchange
from archiver.model.item import Resource
from archiver.runtime import system_runtime
from archiver.warc.profile import PRODUCTS, product_uri

SITE = "https://site.test/"
Page = bytes | Callable[[Asked], bytes]

_FEED = """<!doctype html><meta charset="windows-1251"><title>Feed</title>
<link rel="stylesheet" href="style.css"><h1>\u041f\u0440\u0438\u0447\u0430\u043b</h1>
<img src="dot.png" width="80" height="40"><iframe src="https://other.test/frame" width="300" height="80"></iframe>
<iframe sandbox srcdoc="<img src='https://site.test/dot.png'>in a box" width="300" height="80"></iframe>
<div id="shadow"></div><div id="feed"></div><p id="said"></p>
<script>
let page = 0, asking = false;
async function more() {
  if (asking || page >= 3) return;
  asking = true;
  const got = await fetch('feed', {method: 'POST', body: JSON.stringify({page: page})});
  for (const text of await got.json()) {
    const p = document.createElement('p'); p.style.height = '400px'; p.textContent = text; feed.append(p);
  }
  page++; asking = false;
  if (innerHeight + scrollY > document.body.scrollHeight - 500) more();
}
addEventListener('scroll', more);
shadow.attachShadow({mode: 'closed'}).innerHTML = '<b>shadow</b><style>b{color:#a00}</style>';
fetch('counter?_=' + Date.now()).then(r => r.text()).then(t => said.textContent = t);
more();
</script>"""


def _post(asked: Asked) -> bytes:
    number = int(asked.body.decode().strip("{}").partition(":")[2])
    return answer(f'["post {number}a", "post {number}b"]'.encode(), "Content-Type: application/json")


PAGES: dict[str, Page] = {
    SITE: answer(_FEED.encode("windows-1251"), "Content-Type: text/html"),
    SITE + "style.css": answer(b"body{background:#eef;font-family:sans-serif}", "Content-Type: text/css"),
    SITE + "dot.png": answer(png(8, 4, "green", ((1, 1),)), "Content-Type: image/png"),
    SITE + "counter": answer(b"counted", "Content-Type: text/plain"),
    SITE + "feed": _post,
    "https://other.test/frame": answer(b"<body style='background:#fe8'>another site", "Content-Type: text/html"),
    SITE + "strict": answer(
        b"<body>kept out<script>document.body.textContent = 'ran'</script><img src=/dot.png>",
        "Content-Type: text/html",
        "Content-Security-Policy: default-src 'none'",
    ),
}


class Live:
    """Answers for the site, and remembers."""

    def __init__(self, kept: Kept, pages: dict[str, Page]) -> None:
        self._kept, self._pages = kept, pages
        self._lock = threading.Lock()
        self._moved = time.monotonic()
        self.exchanges: list[Exchange] = []

    def __call__(self, asked: Asked, line: Line) -> None:
        page = self._pages.get(asked.url.partition("?")[0], answer(b"nothing here", status="404 Not Found"))
        raw = page(asked) if callable(page) else page
        with self._lock:
            self.exchanges.append(self._kept.exchange(asked.url, raw, asked.method, asked.headers, asked.body))
            self._moved = time.monotonic()
        line.send(raw)

    def quiet_for(self) -> float:
        return time.monotonic() - self._moved


def browsed(kept: Kept, folder: Path, url: str = SITE, pages: dict[str, Page] = PAGES) -> Live:
    """Show a page live, and keep it as the next item."""
    assert PROGRAM is not None
    runtime = system_runtime()
    live = Live(kept, pages)
    authority = Authority.fresh(runtime)
    with Gate(live, authority, runtime) as gate, Browser(PROGRAM, runtime, trusted=authority.spki_sha256) as browser:
        seen = visit(
            browser,
            url,
            port=gate.port,
            quiet_for=live.quiet_for,
            place=lambda: folder / runtime.ids.nonce(),
            stop=lambda: False,
            until=time.monotonic() + 120,
            settings=VisitSettings(products=("view", "full-page")),
        )
    resources = (
        Resource(
            each.part,
            each.media_type,
            kept.case.tick(),
            blob(b"".join(each.blob.chunks())),
            product_uri(each.part, url),
            1,
        )
        for each in seen.products
        if each.part in PRODUCTS
    )
    kept.item(*live.exchanges, resources=tuple(resources))
    return live
