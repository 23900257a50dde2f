"""What docs/spec/platforms/youtube.md says is so."""

import re
from pathlib import Path

import test_youtube_states as states
from adapterkit import play
from test_youtube_comments import page_of
from youtubeanswers import ID

from archiver.model.address import Address
from archiver.model.platform import Access
from archiver.platforms.youtube import ADAPTER

ROOT = Path(__file__).resolve().parents[2]
SPEC = (ROOT / "docs/spec/platforms/youtube.md").read_text("utf-8")


def section(title: str) -> str:
    return SPEC.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_rule_of_the_code_is_named_and_every_named_rule_is_of_the_code() -> None:
    folder = ROOT / "archiver/platforms/youtube"
    code = "".join(each.read_text("utf-8") for each in sorted(folder.glob("*.py")))
    named = re.findall(r"`youtube\.[a-z]+\.([a-z0-9-]+)`", section("States"))
    for last in named:
        assert f'"{last}"' in code or f".{last}" in code or last.startswith("status-"), last
    text = Path(states.__file__).read_text("utf-8")
    tried = set(re.findall(r'"(?:youtube\.)?(?:page|api|oembed|feed|player)\.([a-z0-9-]+)"', text))
    assert len(tried) > 15
    assert tried - set(named) <= {"status-302", "status-403"}


def test_the_addresses_mean_what_it_says() -> None:
    tried = 0
    for line in section("Addresses").splitlines():
        cells = line.split("|")[1:3]
        if not line.startswith("| `") or "`youtube:" not in cells[1]:
            continue
        keys = re.findall("`([^`]+)`", cells[1])
        for address in re.findall(r"`(/[^`…]+)`", cells[0]):
            key = ADAPTER.match(Address.parse(f"https://www.youtube.com{address}"))
            assert (key.id in keys) if key is not None else address in {"/watch_popup", "/movie", "/?v="}, address
            tried += key is not None
    assert tried > 6


def test_what_is_asked_is_asked_in_the_order_that_it_shows() -> None:
    shown = re.findall(r"^[0-9]  ([a-z]+)", SPEC, re.MULTILINE)
    url = f"https://youtu.be/{ID}?si=Zz1&t=42"
    played = play(ADAPTER, url, page_of(), Access(token=True, replies=3, media=True))
    roles = list(dict.fromkeys(target.role.partition(".")[0] for target in played.targets))
    assert roles == shown
    assert played.targets[1].url in SPEC
    assert played.targets[2].url in SPEC
    assert ADAPTER.about.spacing == 5
