"""Pages of the measurement site, captured with a browser by the commands, and replayed while the site is stopped."""

from pathlib import Path

import pytest
from measuring import needs_browser

# isort: split
from browser_capture import BROWSER, Measured, measure
from browser_field import chosen
from browser_site.places import PAGES

QUICK = ("idn",)


def measured(name: str, folder: Path) -> Measured:
    (one,) = measure(chosen([name]), 1, folder, BROWSER)
    return one


@needs_browser
@pytest.mark.parametrize("name", QUICK)
def test_every_octet_of_a_page_is_kept_and_its_replay_is_the_same_picture(name: str, tmp_path: Path) -> None:
    one = measured(name, tmp_path)
    assert one.failed == []
    (kept,) = one.kept
    assert kept.count("exact") == kept.requests == len(kept.pairs) > 3
    assert one.replayed is not None
    assert one.replayed.differing == 0


@pytest.mark.long
@needs_browser
@pytest.mark.parametrize("name", [page.name for page in PAGES if page.name not in QUICK])
def test_no_exchange_of_any_page_is_missing_or_altered(name: str, tmp_path: Path) -> None:
    assert measured(name, tmp_path).failed == []
