"""What the log says of replays, and the pictures in the items."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from verify_cases import PAGE, Builder, blob, claims_of, findings, rewrite

from archiver.custody import events
from archiver.model.item import Picture, Resource
from archiver.model.verdict import Severity
from archiver.verify import evidence, replays
from archiver.verify.run import verify_case
from archiver.warc.profile import product_uri

URL = "https://a.example/"
PICTURES = (b"one picture", b"another picture")


@pytest.fixture(params=["usual", "record by record"])
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two items with two pictures each, two items without any, and a check of the first and the second."""
    if request.param != "usual":
        monkeypatch.setattr(evidence, "MAX_FILE", 0)
    case = Builder(tmp_path / "case")
    case.opened()
    for number in range(4):
        asked = case.requested(URL)
        products = [
            Resource(part, "image/png", case.tick(), blob(data + b"%d" % number), product_uri(part, URL), 1)
            for part, data in (("view", b"view"), *(("full-page", data) for data in PICTURES))
        ]
        case.captured(asked, case.exchange(URL, PAGE), resources=tuple(products if number < 2 else ()))
    for item in (1, 2, 1):
        case.add(*checked(case.path, item))
    return case.path


def checked(case: Path, item: int, **changes: Any) -> tuple[str, dict[str, Any]]:
    records = [record for record in claims_of(case)[item - 1].records if record["type"] == "resource"]
    sha256 = blob(PICTURES[0] + b"%d" % (item - 1)).sha256
    live = Picture(sha256, 4, 3, str(records[1]["id"]))
    kind, data = events.replay_checked(
        item, live, Picture("b" * 64, 4, 3), differing=0, missing=0, browser="Chromium 156"
    )
    return kind, data | changes


def test_checks_of_the_pictures_that_are_there_are_sound(case: Path) -> None:
    assert findings(verify_case(case)) == []


def _other_item(data: dict[str, Any]) -> None:
    data["item"] = 2


def _item_without(data: dict[str, Any]) -> None:
    data["item"] = 3


def _other_record(data: dict[str, Any]) -> None:
    data["live"]["record"] = "urn:uuid:00000000-0000-4000-8000-00000000abcd"


def _other_hash(data: dict[str, Any]) -> None:
    data["live"]["sha256"] = "c" * 64


@pytest.mark.parametrize("change", [_other_item, _item_without, _other_record, _other_hash])
def test_a_check_of_another_picture_is_found(case: Path, change: Callable[[dict[str, Any]], None]) -> None:
    rewrite(case, lambda lines: change(lines[-1]["data"]))
    (found,) = findings(verify_case(case))
    assert (found.check, found.severity) == ("records", Severity.BROKEN)
    assert "the picture taken live is not the one in item" in found.message
    assert findings(verify_case(case, only="files,chain")) == []


def test_a_check_whose_members_are_others_is_told_once(case: Path) -> None:
    rewrite(case, lambda lines: lines[-1]["data"].update(live=7))
    assert [found.check for found in findings(verify_case(case))] == ["canonical"]


def test_a_check_of_an_item_that_is_damaged_or_gone_is_not_judged(case: Path) -> None:
    rewrite(case, lambda lines: _other_hash(lines[-1]["data"]))
    path = case / claims_of(case)[0].path
    path.write_bytes(path.read_bytes()[:-1])
    assert not any("replay.checked" in found.message for found in findings(verify_case(case)))
    path.unlink()
    assert not any("replay.checked" in found.message for found in findings(verify_case(case)))


def test_past_so_many_checks_the_rest_is_counted(case: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "MAX_REPLAYS", 1)
    (found,) = findings(verify_case(case))
    assert (found.severity, found.message[:8]) == (Severity.UNCHECKED, "1 events")
