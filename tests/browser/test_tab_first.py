"""A page of a site is shown through the proxy, and pictures of it are made."""

from pathlib import Path

from chromium import needs_browser
from tabbench import Front, browser, shown


@needs_browser
def test_page_is_shown_and_pictured(tmp_path: Path) -> None:
    with Front() as front, browser() as running:
        front.pages["/"] = "<title>Here</title><h1>Hello</h1><div style='height:3000px;background:green'>"
        seen = shown(running, front, folder=tmp_path, products=("view", "full-page"))
    assert (seen.title, seen.final_url) == ("Here", "http://site.test/")
    assert [each.part for each in seen.products] == ["view", "full-page"]
