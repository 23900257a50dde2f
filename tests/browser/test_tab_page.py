"""A page is shown as it is, to its end, and everything the browser makes of it is kept."""

import io
import json
from email import message_from_bytes
from pathlib import Path

import pytest
from chromium import PROGRAM, needs_browser
from PIL import Image
from tabbench import Asking, Front, browser, data_of, shown

from archiver.browser.cookies import BrowserCookie, profile_cookies
from archiver.browser.find import Program
from archiver.browser.page import PICTURES, PRODUCTS
from archiver.browser.process import Browser
from archiver.browser.values import Visit
from archiver.canon import dumps
from archiver.runtime import system_runtime

pytestmark = needs_browser

PAGE = """<!doctype html><title>Заголовок</title><meta charset=utf-8>
<h1>At ten to <a href=/x>seven</a></h1><p>they rang</p>
<img src="/there.png" alt="the door"><img src="/missing.png">
<x-open></x-open><x-closed></x-closed>
<iframe src="/inner"></iframe><iframe src="http://other.test/outer"></iframe>
<iframe sandbox srcdoc="<p>in a box"></iframe>
<script>
  document.querySelector('x-open').attachShadow({mode: 'open'}).innerHTML = '<p>open shadow';
  document.querySelector('x-closed').attachShadow({mode: 'closed'}).innerHTML = '<p>closed shadow';
  console.log('counted', 3); console.error('wrong');
  fetch('/answered', {method: 'POST', body: 'asked'});
  fetch('http://third.test/forbidden').catch(() => 0);
  new Worker('/worker.js');
  alert('hello?'); open('/popup');
  setTimeout(() => { throw new Error('thrown') }, 1);
</script>"""


def picture(asking: Asking) -> None:
    whole = io.BytesIO()
    Image.new("RGB", (20, 20), "red").save(whole, "PNG")
    asking.answer(whole.getvalue(), "Content-Type: image/png")


def script(text: str) -> object:
    return lambda asking: asking.answer(text, "Content-Type: text/javascript")


def pages_of(front: Front) -> None:
    front.pages |= {
        "/": lambda asking: asking.answer("", "Location: /page", status="302 Found"),
        "/page": PAGE,
        "/there.png": picture,
        "/inner": "<p>inner frame",
        "http://other.test/outer": "<p>outer frame",
        "/answered": "{}",
        "http://third.test/forbidden": "no",
        "/worker.js": script("fetch('/by-worker')"),
        "/by-worker": "x",
    }


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """What came of the page above."""
    with Front() as front, browser() as running:
        pages_of(front)
        return shown(running, front, folder=tmp_path_factory.mktemp("products"))


def test_every_product_is_made(seen: Visit) -> None:
    assert [each.part for each in seen.products] == list(PRODUCTS)
    assert (seen.title, seen.final_url, seen.short) == ("Заголовок", "http://site.test/page", ())
    assert seen.documents == ("http://site.test/", "http://site.test/page")


def test_pictures_are_of_the_window_and_of_the_page(seen: Visit) -> None:
    assert Image.open(io.BytesIO(data_of(seen, "view"))).size == (1280, 800)
    whole = Image.open(io.BytesIO(data_of(seen, "full-page"))).convert("RGB")
    assert whole.width == 1280
    assert (255, 0, 0) in {colour for _, colour in whole.getcolors(1 << 24)}


def test_pdf_and_mhtml_are_what_they_say(seen: Visit) -> None:
    assert data_of(seen, "pdf").startswith(b"%PDF-")
    whole = message_from_bytes(data_of(seen, "mhtml"))
    kinds = [part.get_content_type() for part in whole.walk()]
    assert kinds.count("text/html") == 4
    assert "image/png" in kinds


def test_dom_has_every_frame_and_shadow_root(seen: Visit) -> None:
    frames = json.loads(data_of(seen, "dom"))["frames"]
    first = frames[0]["html"]
    assert '<template shadowrootmode="open"><p>open shadow' in first
    assert '<template shadowrootmode="closed"><p>closed shadow' in first
    told = {each["address"]: each["html"] for each in frames}
    assert "inner frame" in told["http://site.test/inner"]
    assert "outer frame" in told["http://other.test/outer"]
    assert "in a box" in told["about:srcdoc"]


def test_text_is_what_a_reader_hears(seen: Visit) -> None:
    lines = data_of(seen, "text").decode().splitlines()
    assert lines[:4] == ["At ten to seven", "they rang", "open shadow", "closed shadow"]
    assert {"inner frame", "outer frame", "in a box"} <= set(lines)
    frames = json.loads(data_of(seen, "ax"))["frames"]
    assert all(each["nodes"] for each in frames)


def test_info_says_what_was_asked_and_what_became_of_it(seen: Visit) -> None:
    told = json.loads(data_of(seen, "page-info"))
    assert told == seen.info
    dumps(seen.info)  # nothing in it that a record could not hold
    became = {each["address"]: (each["method"], each["status"], each["outcome"]) for each in told["requests"]}
    site = "http://site.test"
    assert became[f"{site}/"] == ("GET", 302, "redirected")
    assert became[f"{site}/page"] == ("GET", 200, "loaded")
    assert became[f"{site}/missing.png"] == ("GET", 404, "loaded")
    assert became[f"{site}/answered"] == ("POST", 200, "loaded")
    assert became[f"{site}/by-worker"] == ("GET", 200, "loaded")
    assert became["http://other.test/outer"] == ("GET", 200, "loaded")
    assert became["http://third.test/forbidden"][2] == "blocked"


def test_info_says_what_the_page_said(seen: Visit) -> None:
    said = {(each["level"], each["text"].split("\n")[0]) for each in seen.info["console"]}  # type: ignore[index,union-attr]
    assert {("log", "counted 3"), ("error", "wrong"), ("exception", "Error: thrown")} <= said
    assert seen.info["dialogs"] == [{"kind": "alert", "text": "hello?"}]
    assert seen.info["browser"]["version"] == PROGRAM.version  # type: ignore[index,call-overload,union-attr]


TELL = """fetch('/told?WHO', {method: 'POST', body: JSON.stringify({agent: navigator.userAgent,
  brands: JSON.stringify(navigator.userAgentData || null), zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  offset: new Date(2020, 6).getTimezoneOffset(), languages: navigator.languages})})"""


def test_no_request_or_worker_says_that_nobody_looks() -> None:
    with Front() as front:
        known = "--unsafely-treat-insecure-origin-as-secure=http://site.test"  # service workers want a secure origin
        tell = {who: TELL.replace("WHO", who) for who in ("page", "worker", "service", "shared")}
        front.pages |= {
            "/": f"""<script>{tell["page"]}; new Worker('/worker.js'); new SharedWorker('/shared.js');
                navigator.serviceWorker.register('/service.js')</script>""",
            "/worker.js": script(tell["worker"]),
            "/service.js": script(tell["service"]),
            "/shared.js": script(tell["shared"]),
            "/told": "",
        }
        with browser(extra=(known,), languages="ru-RU,ru") as running:
            seen = shown(running, front, products=())
    assert {"/told?page", "/told?worker", "/told?service", "/told?shared"} <= set(front.paths())
    for asking in front.asked:
        assert "headless" not in str(asking.headers).lower() + asking.body.decode().lower()
        assert asking.headers["user-agent"].endswith(f"Chrome/{running.program.major}.0.0.0 Safari/537.36")
        assert asking.headers["accept-language"].startswith("ru-RU,ru;q=0.9")
        if asking.body:
            told = json.loads(asking.body)
            assert (told["zone"], told["offset"], told["languages"][:2]) == ("UTC", 0, ["ru-RU", "ru"])
    kinds = {each["kind"] for each in seen.info["workers"]}  # type: ignore[index,union-attr,call-overload]
    assert kinds == {"worker", "service_worker", "shared_worker"}


LAZY = (
    "<title>t</title>"
    + "".join(f"<p style='height:900px'><img loading=lazy width=9 height=9 src=/lazy{n}.png>" for n in range(12))
    + """<script>
  let page = 0;
  new IntersectionObserver(async ([seen]) => {
    if (!seen.isIntersecting || page >= 4) return;
    const more = await (await fetch('/feed', {method: 'POST', body: String(page++)})).text();
    document.querySelector('i').insertAdjacentHTML('beforebegin', more);
  }, {rootMargin: '50px'}).observe(document.body.appendChild(document.createElement('i')));
</script>"""
)


def feed(asking: Asking) -> None:
    asking.answer(f"<p style='height:1500px'>post {asking.body.decode()}")


def test_page_is_scrolled_to_an_end_that_moves() -> None:
    with Front() as front, browser() as running:
        front.pages |= {"/": LAZY, "/feed": feed} | {f"/lazy{n}.png": picture for n in range(12)}
        seen = shown(running, front, products=("view", "text"))
    assert [each.body for each in front.asked if each.method == "POST"] == [b"0", b"1", b"2", b"3"]
    assert {f"/lazy{n}.png" for n in range(12)} <= set(front.paths())
    assert data_of(seen, "text").decode().split() == ["post", "0", "post", "1", "post", "2", "post", "3"]
    assert seen.info["scroll"]["limit"] == ""  # type: ignore[index,call-overload]


def test_what_scrolls_inside_a_page_is_scrolled() -> None:
    with Front() as front, browser() as running:
        inside = "".join(
            f"<p style='height:900px'><img loading=lazy width=9 height=9 src=/lazy{n}.png>" for n in range(9)
        )
        front.pages |= {"/": f"<body style='margin:0'><div style='height:100vh;overflow-y:auto'>{inside}</div>"}
        shown(running, front, products=())
    assert {f"/lazy{n}.png" for n in range(9)} <= set(front.paths())


BUTTONS = """<title>t</title><script>const told = what => fetch('/pressed?' + what)</script>
<button onclick="told('a'); this.remove()">Show more (12)</button>
<div role=button onclick="told('b'); this.remove()">Показать ещё…</div>
<button onclick="told('no1')">Buy more</button><a href=/away onclick="told('no2')">Load more</a>
<form><input name=a><button onclick="told('no3')">Load more</button></form>
<a href=/away><button onclick="told('no4')">Load more</button></a>
<button disabled onclick="told('no5')">Load more</button>
<button style="display:none" onclick="told('no6')">Load more</button>
<img name=scrollingElement><form name=querySelectorAll></form>"""


def test_what_loads_more_is_pressed_and_nothing_else() -> None:
    with Front() as front, browser() as running:
        front.pages |= {"/": BUTTONS, "/pressed": ""}
        seen = shown(running, front, products=())
        assert [path for path in front.paths() if "pressed" in path] == ["/pressed?a", "/pressed?b"]
        assert seen.info["scroll"]["clicks"] == ["show more", "показать ещё"]  # type: ignore[index,call-overload]
        front.asked.clear()
        shown(running, front, products=(), more=False)
        assert not [path for path in front.paths() if "pressed" in path]


def test_button_that_never_ends_is_pressed_five_times_and_one_that_leads_away_once() -> None:
    with Front() as front, browser() as running:
        front.pages |= {
            "/": "<button onclick=\"fetch('/pressed')\">Load more</button>",
            "/pressed": "",
            "/away": "away",
        }
        shown(running, front, products=())
        assert front.paths().count("/pressed") == 5
        front.pages["/"] = "<button onclick=\"location='/away'\">Load more</button>"
        seen = shown(running, front, products=PICTURES)
        assert seen.documents == ("http://site.test/", "http://site.test/away")
        assert seen.short == ("left-page",)


def test_cookies_are_there_from_the_first_request() -> None:
    given = (
        BrowserCookie("own", "1", "site.test"),
        BrowserCookie("below", "2", "site.test", host_only=False, expires=4_000_000_000, same_site="Lax"),
        BrowserCookie("secure", "3", "site.test", secure=True),
        BrowserCookie("other", "4", "other.test"),
    )
    with Front() as front, browser() as running:
        front.pages |= {"/": "<iframe src=http://sub.site.test/></iframe>", "http://sub.site.test/": "x"}
        seen = shown(running, front, products=(), cookies=given)
        asked = {each.url: each.headers.get("cookie", "") for each in front.asked}
        assert set(asked["http://site.test/"].split("; ")) == {"own=1", "below=2"}
        assert asked["http://sub.site.test/"] == "below=2"
        assert (seen.short, seen.info["cookies"]) == ((), 4)
        assert shown(running, front, products=(), cookies=(BrowserCookie("a;b", "c", "x y"),)).short == (
            "cookie-refused",
        )
        assert "cookie" not in front.asked[-1].headers


def test_two_visits_know_nothing_of_each_other() -> None:
    with Front() as front, browser() as running:
        front.pages["/"] = """<script>document.title = document.cookie + (localStorage.a || '');
            document.cookie = 'a=b'; localStorage.a = 1</script>"""
        assert [shown(running, front, products=()).title for _ in range(2)] == ["", ""]


def test_cookies_of_a_profile_are_read_from_a_copy(tmp_path: Path) -> None:
    assert PROGRAM is not None
    keeping, profile = tmp_path / "keeping", tmp_path / "profile"
    copy = f'for each; do case $each in --user-data-dir=*) cp -r "${{each#*=}}" {profile};; esac; done'
    keeping.write_text(f'#!/bin/sh\n{PROGRAM.path} "$@"\n{copy}\n')
    keeping.chmod(0o755)
    with Browser(Program(keeping, PROGRAM.name, PROGRAM.version), system_runtime()) as running:
        cookie = {"name": "known", "value": "who", "domain": ".site.test", "path": "/", "expires": 4_000_000_000}
        running.link.call("Storage.setCookies", {"cookies": [cookie | {"httpOnly": True, "sameSite": "Lax"}]})
        running.link.ask("Browser.close")
        running._warden.wait(60)
    before = sorted((path, path.stat().st_mtime_ns) for path in profile.rglob("*") if path.is_file())
    with browser(profile=profile) as running:
        found = profile_cookies(running)
    (only,) = found
    assert only == BrowserCookie("known", "who", "site.test", "/", False, False, only.expires, True, "Lax")
    assert only.expires is not None  # at most 400 days ahead, whatever was asked for
    assert sorted((path, path.stat().st_mtime_ns) for path in profile.rglob("*") if path.is_file()) == before


def test_same_page_gives_the_same_picture_twice(tmp_path: Path) -> None:
    with Front() as front, browser() as running:
        pages_of(front)
        once, again = (shown(running, front, products=PICTURES, folder=tmp_path) for _ in range(2))
    assert [each.blob.sha256 for each in once.products] == [each.blob.sha256 for each in again.products]


def test_large_product_is_a_file(tmp_path: Path) -> None:
    with Front() as front, browser() as running:
        front.pages["/"] = "<pre>" + "0123456789" * 200_000
        seen = shown(running, front, products=("dom",), folder=tmp_path)
    (product,) = seen.products
    assert product.blob.path is not None
    assert product.blob.path.stat().st_size == product.blob.size > 2_000_000
    assert product.blob.path.stat().st_mode & 0o777 == 0o600


def test_address_that_a_script_wrote_is_where_the_page_ended() -> None:
    with Front() as front, browser() as running:
        front.pages["/"] = "<script>history.pushState(0, '', '/made-up#here')</script>"
        seen = shown(running, front, products=())
    assert (seen.final_url, seen.documents) == ("http://site.test/made-up#here", ("http://site.test/",))


def test_page_wider_than_the_window_is_pictured_whole() -> None:
    with Front() as front, browser() as running:
        front.pages["/"] = "<body style='margin:0'><div style='width:1700px;height:900px'></div>"
        assert Image.open(io.BytesIO(data_of(shown(running, front), "full-page"))).size == (1700, 900)
        front.pages["/"] = "<body style='margin:0'><div style='width:9000px;height:900px'></div>"
        seen = shown(running, front)
    assert seen.short == ("picture-cut",)
    assert Image.open(io.BytesIO(data_of(seen, "full-page"))).size == (2560, 900)


@pytest.mark.parametrize(("measure", "drawn"), [("", True), ("<div style='height:100vh'></div>", False)])
def test_a_frame_of_another_site_far_below_is_in_the_picture_unless_the_page_would_change(
    measure: str, drawn: bool
) -> None:
    with Front() as front, browser() as running:
        front.pages |= {
            "/": f"<!doctype html><body style=margin:0>{measure}<div style=height:3000px></div>"
            "<iframe src=http://other.test/red width=300 height=200 style=border:0;display:block></iframe>",
            "http://other.test/red": "<!doctype html><body style=background:red>",
        }
        seen = shown(running, front, products=PICTURES)
    image = Image.open(io.BytesIO(data_of(seen, "full-page"))).convert("RGB")
    assert image.height == 3200 + (800 if measure else 0)
    assert (image.getpixel((100, image.height - 100)) == (255, 0, 0)) is drawn
