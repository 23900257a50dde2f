"""Scrolling a page to its end as a reader would, and asking it for more where it has a button for that."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from archiver.browser.cdp import CallFailed
from archiver.browser.journal import Journal, clean
from archiver.browser.settle import Pulse, loaded, quiet, still
from archiver.browser.tab import Tab
from archiver.canon import Json

STEP: Final = 0.12  # seconds between two steps of 0.8 windows
MAX_STEPS: Final = 400
MAX_HEIGHT: Final = 100_000  # CSS pixels
MAX_TIME: Final = 60.0  # seconds
MAX_CLICKS: Final = 5
STABLE: Final = 3  # looks at the end that find the same height

MORE: Final = (
    *("load more", "show more", "see more", "view more", "more", "load more posts", "show more posts"),
    *("load more comments", "show more comments", "view more comments", "more comments", "show more replies"),
    *("ещё", "еще", "показать ещё", "показать еще", "загрузить ещё", "загрузить еще", "больше", "показать больше"),
    *("ver más", "cargar más", "mostrar más", "más", "ver más comentarios", "cargar más comentarios"),
)

# What follows runs in a world of its own: the page's own functions are not there, and the page sees none of it. What a
# form or a picture can put in place of a property of `document` by its name is asked of the prototype.
_GET = "Object.getOwnPropertyDescriptor(Document.prototype, name).get.call(document)"
_PANE = f"""(() => {{
  const get = name => {_GET};
  const root = get('scrollingElement') || get('documentElement');
  let best = root, area = innerWidth * innerHeight * 0.3;
  if (root && root.scrollHeight <= innerHeight + 1) {{
    const all = Document.prototype.querySelectorAll.call(document, 'div,main,section,article,ul,ol');
    for (let i = 0; i < Math.min(all.length, 20000); i++) {{
      const e = all[i];
      if (e.scrollHeight <= e.clientHeight + 50 || e.clientWidth * e.clientHeight < area) continue;
      if (!['auto', 'scroll'].includes(getComputedStyle(e).overflowY)) continue;
      best = e; area = e.clientWidth * e.clientHeight;
    }}
  }}
  globalThis.pane = best;
  return Boolean(best);
}})()"""
_WHERE = "[pane.scrollTop, pane.scrollHeight, pane.clientHeight].map(Math.round)"
_DOWN = "(pane.scrollBy({top: innerHeight * 0.8, behavior: 'instant'}), " + _WHERE + ")"
_TOP = "(pane.scrollTo({top: 0, left: 0, behavior: 'instant'}), " + _WHERE + ")"
_CLICK = """(words => {
  const all = Document.prototype.querySelectorAll.call(document, 'button,[role=button]');
  for (let i = 0; i < Math.min(all.length, 5000); i++) {
    const e = all[i];
    if (e.closest('form,a[href],dialog,[role=dialog]') || e.querySelector('a[href],input,select,textarea')) continue;
    if (e.disabled || e.getAttribute('aria-disabled') === 'true') continue;
    if (!e.checkVisibility({checkVisibilityCSS: true})) continue;
    const box = e.getBoundingClientRect();
    if (box.width < 2 || box.height < 2) continue;
    const text = String(e.innerText).slice(0, 200).toLowerCase().replace(/[^\\p{L}]+/gu, ' ').trim();
    if (!words.includes(text)) continue;
    e.scrollIntoView({block: 'center', behavior: 'instant'});
    e.click();
    return text;
  }
  return '';
})"""


@dataclass(slots=True)
class Scrolled:
    """How far it went. `limit` is what ended it before the end of the page: "time", "height", "steps", or ""."""

    steps: int = 0
    height: int = 0
    limit: str = ""
    clicks: list[Json] = field(default_factory=list)
    left: bool = False  # a click led away

    def told(self) -> dict[str, Json]:
        """Return it as it goes into page-info."""
        return {"steps": self.steps, "height": self.height, "limit": self.limit, "clicks": self.clicks}


class Scroll:
    """Scrolls the page in `tab`; every method raises `Trouble`."""

    def __init__(self, tab: Tab, journal: Journal, pulse: Pulse, quiet_for: Callable[[], float]) -> None:
        self._tab = tab
        self._journal = journal
        self._pulse = pulse
        self._quiet_for = quiet_for
        self._end = tab.now() + min(MAX_TIME, tab.left() * 0.4)
        self.done = Scrolled()

    def through(self, more: bool) -> None:
        """Go to the end of the page, with `more` as often as there is more, and back to its top."""
        if not self._enter():
            return
        self._down()
        while more and not self.done.limit and len(self.done.clicks) < MAX_CLICKS and self._clicked():
            self._down()
        if not self.done.left:
            self._run(_TOP)

    def _enter(self) -> bool:
        made = self._tab.call("Page.createIsolatedWorld", {"frameId": self._tab.main, "worldName": "archiver"})
        self._world = made.get("executionContextId")
        return bool(self._run(_PANE))

    def _run(self, expression: str) -> Any:
        told = self._tab.call(
            "Runtime.evaluate", {"expression": expression, "contextId": self._world, "returnByValue": True}
        )
        if "exceptionDetails" in told:
            raise CallFailed("the page cannot be scrolled")
        result = told.get("result")
        return result.get("value") if isinstance(result, dict) else None

    def _down(self) -> None:
        same, height = 0, -1
        while same < STABLE:
            top, now, window = _three(self._run(_DOWN))
            self.done.steps += 1
            self.done.height = now
            if top + window < now - 2:
                same = 0
            elif now != height:
                same, height = 0, now
            elif still(self._journal, self._quiet_for()):
                same += 1
            if self.done.steps >= MAX_STEPS:
                self.done.limit = "steps"
            elif top + window >= MAX_HEIGHT:
                self.done.limit = "height"
            elif self._tab.now() > self._end:
                self.done.limit = "time"
            if self.done.limit:
                return
            self._tab.pause(STEP)

    def _clicked(self) -> bool:
        before = len(self._journal.documents)
        text = self._run(f"{_CLICK}({json.dumps(MORE)})")
        if not isinstance(text, str) or not text:
            return False
        self.done.clicks.append(clean(text, 60))
        self._tab.pause(STEP)
        quiet(self._tab, self._journal, self._pulse, self._quiet_for, 10.0)
        if len(self._journal.documents) > before:
            self.done.left = True
            loaded(self._tab, self._journal, self._pulse)
            return False
        return True


def _three(value: object) -> tuple[int, int, int]:
    if isinstance(value, list) and len(value) == 3 and all(isinstance(each, int) for each in value):
        return value[0], value[1], value[2]
    raise CallFailed("the page cannot be scrolled")
