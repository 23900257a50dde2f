"""A page that crashes, hangs or floods the browser costs what could not be made of it, and nothing else."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from chromium import needs_browser
from tabbench import Asking, Front, browser, data_of, processes_with, shown

from archiver.browser import flags, products, scroll, settle, tab
from archiver.browser.cdp import Params
from archiver.browser.page import PICTURES, PRODUCTS
from archiver.browser.process import Browser
from archiver.browser.values import Visit

pytestmark = needs_browser

HERE = "<title>Here</title><h1>Here</h1>"
RUNNING: list[Browser] = []
NOTHING = tuple(f"no-{part}" for part in PRODUCTS if part != "page-info")


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short patience, for pages that would use up all of it."""
    monkeypatch.setattr(settle, "ANSWER", 3.0)
    monkeypatch.setattr("archiver.browser.page.ANSWER", 15.0)  # it is only used up where nothing helps
    monkeypatch.setattr("archiver.browser.page.LOAD", 9.0)
    monkeypatch.setattr(settle.quiet, "__defaults__", (3.0,))
    monkeypatch.setattr(products, "WORK", 6.0)
    monkeypatch.setattr(tab.Tab.call, "__kwdefaults__", {"session": None, "timeout": 4.0})
    monkeypatch.setattr(scroll, "MAX_TIME", 4.0)


@pytest.fixture(scope="module", autouse=True)
def shared() -> Iterator[None]:
    """One browser for all pages that leave it alive."""
    with browser() as running:
        RUNNING.append(running)
        yield
        RUNNING.clear()


def of(page: str | Callable[[Asking], None], folder: Path, **given: object) -> Visit:
    """What comes of a page."""
    with Front() as front:
        front.pages |= {"/": page, "/next": HERE}
        return shown(RUNNING[0], front, folder=folder, **given)  # type: ignore[arg-type]  # as the test says


def whole(seen: Visit) -> bool:
    return [each.part for each in seen.products] == list(PRODUCTS) and "Here" in data_of(seen, "text").decode()


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize(
    "script",
    [
        "while (1) {}",
        "setTimeout(() => { while (1) {} }, 700)",
        "addEventListener('beforeprint', () => { while (1) {} })",
        "while (1) alert('x')",
        "document.body.style.height = '5000px'; addEventListener('scroll', () => { while (1) {} })",
    ],
)
def test_page_that_hangs_is_stopped_and_everything_made(script: str, tmp_path: Path) -> None:
    seen = of(f"{HERE}<body><script>{script}</script>", tmp_path)
    assert whole(seen)
    assert seen.short[0] in {"script-stopped", "not-quiet"}  # the second where it began to hang only after all was made


@pytest.mark.parametrize(
    "script",
    [
        "setInterval(() => alert(confirm('y')), 1)",
        "onbeforeunload = () => 'no'; onunload = () => { while (1) {} }",
        "for (let i = 0; i < 500; i++) open('/popup' + i)",
        "for (let i = 0; i < 600; i++) new Worker('data:text/javascript,1')",
        "print(); showModalDialog && 0",
        "navigator.geolocation.getCurrentPosition(() => 0); Notification.requestPermission(() => 0)",
        "navigator.mediaDevices && navigator.mediaDevices.getUserMedia({video: true})",
        "document.documentElement.requestFullscreen(); document.body.requestPointerLock()",
        "Object.prototype.then = Array.prototype.map = 0; document.querySelectorAll = null; window.scrollBy = 0",
        "document.write = document.open = null; delete window.document; Element.prototype.scrollBy = () => { throw 1 }",
    ],
)
def test_page_that_plays_tricks_is_shown_whole(script: str, tmp_path: Path) -> None:
    seen = of(f"{HERE}<script>{script}</script>", tmp_path)
    assert whole(seen)
    assert seen.short == ()


def test_floods_of_words_are_cut_and_counted(tmp_path: Path) -> None:
    said = "for (let i = 0; i < 3000; i++) console.log('x'.repeat(10000)); setTimeout(flood, 5)"
    seen = of(f"{HERE}<script>function flood() {{ {said} }}; flood()</script>", tmp_path)
    assert whole(seen)
    assert len(seen.info["console"]) == 500  # type: ignore[arg-type]
    assert seen.info["left_out"]["console"] > 0  # type: ignore[index,call-overload,operator]


@pytest.mark.usefixtures("hasty")
def test_page_that_reloads_for_ever_ends(tmp_path: Path) -> None:
    seen = of(f"{HERE}<script>setTimeout(() => location.reload(), 50)</script>", tmp_path)
    assert seen.documents[:2] == ("http://site.test/", "http://site.test/")
    assert len(seen.documents) <= 100


def test_page_that_goes_elsewhere_ends_there(tmp_path: Path) -> None:
    seen = of(f"{HERE}<script>location = '/next'</script>", tmp_path)
    assert whole(seen)
    assert seen.documents == ("http://site.test/", "http://site.test/next")
    assert seen.final_url == "http://site.test/next"


def test_error_page_of_the_browser_is_never_pictured(tmp_path: Path) -> None:
    with Front() as front, browser() as running:
        front.pages |= {
            "/": f"{HERE}<script>location = '/closed'</script>",
            "/closed": lambda asking: asking.line.close(),
        }
        seen = shown(running, front, folder=tmp_path)
    assert (seen.short, seen.final_url) == (("not-shown", *NOTHING), "")
    assert seen.documents == ("http://site.test/", "http://site.test/closed")


@pytest.mark.usefixtures("hasty")
def test_page_taller_than_the_limits_is_cut_which_is_said(tmp_path: Path) -> None:
    seen = of(f"{HERE}<div style='height:200000px'></div>", tmp_path)
    assert whole(seen)
    assert seen.short == ("scroll-cut", "picture-cut")
    assert seen.info["scroll"]["limit"] == "time"  # type: ignore[index,call-overload]


def test_height_and_steps_end_a_scroll_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scroll, "MAX_HEIGHT", 3000)
    seen = of(f"{HERE}<div style='height:9000px'></div>", tmp_path, products=())
    assert (seen.short, seen.info["scroll"]["limit"]) == (("scroll-cut",), "height")  # type: ignore[index,call-overload]
    monkeypatch.setattr(scroll, "MAX_STEPS", 2)
    seen = of(f"{HERE}<div style='height:9000px'></div>", tmp_path, products=())
    assert (seen.short, seen.info["scroll"]["limit"]) == (("scroll-cut",), "steps")  # type: ignore[index,call-overload]


@pytest.mark.parametrize(
    ("answer", "short"),
    [
        (lambda a: a.answer("x", "Content-Disposition: attachment", "Content-Type: application/zip"), "download"),
        (lambda a: a.answer("", status="204 No Content"), "not-shown"),
        (lambda a: a.answer("", status="404 Not Found"), "not-shown"),
        (lambda a: a.line.close(), "not-shown"),
        (lambda a: a.answer("", "Location: /", status="302 Found"), "not-shown"),
        (lambda a: a.answer("", "Location: file:///etc/passwd", status="302 Found"), "not-shown"),
    ],
)
def test_answer_that_is_no_page_is_not_pictured(answer: Callable[[Asking], None], short: str, tmp_path: Path) -> None:
    seen = of(answer, tmp_path)
    assert (seen.short, seen.final_url) == ((short, *NOTHING), "")
    assert [each.part for each in seen.products] == ["page-info"]
    assert seen.info["why"]["page"].startswith("net::ERR_")  # type: ignore[index,call-overload,union-attr]


def dripping(asking: Asking) -> None:
    asking.line.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + HERE.encode() + b"x" * 2000)
    while True:
        time.sleep(0.2)
        asking.line.sendall(b"<!-- -->")


@pytest.mark.usefixtures("hasty")
def test_page_that_never_ends_is_pictured_as_it_came(tmp_path: Path) -> None:
    seen = of(dripping, tmp_path)
    assert whole(seen)
    assert seen.short[0] == "load-cut"


@pytest.mark.usefixtures("hasty")
def test_server_that_never_answers_costs_the_page(tmp_path: Path) -> None:
    seen = of(lambda asking: time.sleep(20), tmp_path)
    assert seen.short == ("load-cut", "not-shown", *NOTHING)


@pytest.mark.usefixtures("hasty")
def test_service_worker_that_never_answers_costs_no_product(tmp_path: Path) -> None:
    known = "--unsafely-treat-insecure-origin-as-secure=http://site.test"
    worker = "onfetch = e => e.respondWith(new Promise(() => 0)); onactivate = e => e.waitUntil(clients.claim())"
    page = f"""{HERE}<script>navigator.serviceWorker.register('/worker.js');
        navigator.serviceWorker.oncontrollerchange = () => fetch('/swallowed')</script>"""
    with Front() as front, browser(extra=(known,)) as running:
        front.pages |= {"/": page, "/worker.js": lambda a: a.answer(worker, "Content-Type: text/javascript")}
        seen = shown(running, front, folder=tmp_path)
    assert whole(seen)
    became = {each["address"]: each["outcome"] for each in seen.info["requests"]}  # type: ignore[union-attr,index,call-overload]
    assert became["http://site.test/swallowed"] == "pending"


def when(running: Browser, method: str, act: Callable[[str], None]) -> None:
    """Do something to the page the moment that something is asked of it."""
    ask = running.link.ask

    def asked(name: str, params: Params | None = None, session: str = "") -> object:
        if name == method:
            act(session)
        return ask(name, params, session)

    running.link.ask = asked  # type: ignore[assignment,method-assign]


STEPS = {
    "Target.createTarget": (),
    "Page.navigate": (),
    "Page.captureScreenshot": (),
    "Page.createIsolatedWorld": ("view",),
    "Page.getLayoutMetrics": ("view",),
    "Page.captureSnapshot": PICTURES,
    "DOM.getOuterHTML": (*PICTURES, "mhtml"),
    "Accessibility.getFullAXTree": (*PICTURES, "mhtml", "dom"),
    "Page.printToPDF": (*PICTURES, "mhtml", "dom", "ax", "text"),
}


FEW = {"Target.createTarget", "Page.captureScreenshot", "Page.printToPDF"}


def steps(*without: str) -> list[object]:
    """Every step; most of them only where there is time."""
    return [
        each if each in FEW else pytest.param(each, marks=pytest.mark.long) for each in STEPS if each not in without
    ]


@pytest.mark.parametrize("method", steps("Target.createTarget"))
def test_crash_at_any_step_costs_what_was_not_made_yet(method: str, tmp_path: Path) -> None:
    with Front() as front, browser() as running:
        front.pages["/"] = HERE
        when(running, method, lambda session: running.link.post("Page.crash", None, session))
        seen = shown(running, front, folder=tmp_path)
        assert "crashed" in seen.short
        assert {each.part for each in seen.products} == {*STEPS[method], "page-info"}
        running.link.ask = type(running.link).ask.__get__(running.link)  # type: ignore[method-assign]
        assert whole(shown(running, front, folder=tmp_path))  # the browser itself goes on


@pytest.mark.parametrize("method", steps())
def test_end_of_the_browser_at_any_step_costs_what_was_not_made_yet(method: str, tmp_path: Path) -> None:
    with Front() as front, browser() as running:
        front.pages["/"] = HERE
        when(running, method, lambda session: running.link.post("Browser.crash"))
        seen = shown(running, front, folder=tmp_path)
        assert seen.short[0] == "browser-gone"
        assert {each.part for each in seen.products} == {*STEPS[method], "page-info"}
        again = shown(running, front, folder=tmp_path)
        assert again.short == ("browser-gone", *NOTHING)


def test_stop_and_time_end_a_visit_with_what_there_is(tmp_path: Path) -> None:
    with Front() as front, browser() as running:
        front.pages["/"] = f"{HERE}<div style='height:9000px'>"
        over = threading.Event()
        when(running, "Page.createIsolatedWorld", lambda _: over.set())
        seen = shown(running, front, folder=tmp_path, stop=over.is_set)
        assert seen.short[0] == "stopped"
        assert [each.part for each in seen.products] == ["view", "page-info"]
        seen = shown(running, front, folder=tmp_path, seconds=-1.0)
        assert seen.short == ("out-of-time", *NOTHING)


@pytest.mark.usefixtures("hasty")
def test_process_that_answers_nothing_is_said_to_hang(tmp_path: Path) -> None:
    with Front() as front, browser() as running:
        front.pages["/"] = HERE
        stopped: list[int] = []

        def halt(_: str) -> None:
            for each in set(processes_with("--type=renderer")) & set(processes_with(str(running.folder))):
                os.kill(each, signal.SIGSTOP)
                stopped.append(each)

        when(running, "Page.createIsolatedWorld", halt)
        seen = shown(running, front, folder=tmp_path)
    assert stopped
    assert "hung" in seen.short
    assert [each.part for each in seen.products] == ["view", "page-info"]


@pytest.mark.long
def test_page_that_takes_all_memory_ends_alone(tmp_path: Path) -> None:
    eat = "const all = []; (function eat() { for (let i = 0; i < 20; i++) all.push(new Array(1e6).fill(0.1 + i)); "
    seen = of(f"{HERE}<script>{eat} setTimeout(eat, 0) }})()</script>", tmp_path)
    assert "crashed" in seen.short or whole(seen)
    assert seen.products[-1].part == "page-info"


@pytest.mark.long
def test_page_of_a_hundred_megabytes_ends(tmp_path: Path) -> None:
    fill = "const line = ('<p>' + 'y'.repeat(1000)).repeat(1000); for (let i = 0; i < 100; i++) "
    seen = of(
        f"{HERE}<script>{fill} document.body.insertAdjacentHTML('beforeend', line)</script>", tmp_path, seconds=300.0
    )
    assert seen.products[-1].part == "page-info"


def test_flags_say_what_they_are_for() -> None:
    assert len(set(flags.FLAGS)) == len(flags.FLAGS)
