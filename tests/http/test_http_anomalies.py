import re
from pathlib import Path

from archiver.http.anomalies import ANOMALIES
from archiver.http.parse import read_message

ROOT = Path(__file__).parents[2]
SPEC = ROOT / "docs" / "spec" / "anomalies.md"
ROW = re.compile(r"\| `([a-z0-9-]+)` \| (.+?) \| (.+?) \|")
NAMED = re.compile(r'(?:note|append)\("([a-z0-9-]+)"|_break\("([a-z0-9-]+)"|_read_part\([^"]*"([a-z0-9-]+)"')


def test_the_published_list_and_the_code_say_the_same() -> None:
    rows = ROW.findall(SPEC.read_text(encoding="utf-8"))
    assert {name: seen for name, seen, _ in rows} == ANOMALIES
    assert len(rows) == len(ANOMALIES)


def test_every_name_comes_with_a_conclusion_that_is_a_sentence() -> None:
    for _, seen, conclusion in ROW.findall(SPEC.read_text(encoding="utf-8")):
        assert not seen.endswith(".")
        assert conclusion.endswith(".")


def test_every_name_that_the_package_gives_is_published() -> None:
    sources = (ROOT / "archiver" / "http").glob("*.py")
    given = {name for path in sources for groups in NAMED.findall(path.read_text()) for name in groups if name}
    assert len(given) > 40
    assert given <= ANOMALIES.keys()


def test_the_example_of_the_specification_is_true() -> None:
    block = b"HTTP/1.1  200 OK\r\nContent-Type: text/html\r\nContent-Length: +13\r\n\r\nHello, world!"
    found = read_message([block]).anomalies
    text = SPEC.read_text(encoding="utf-8")
    assert [(a.name, a.at) for a in found] == [
        (name, int(at)) for at, name in re.findall(r'\{"at": (\d+), "name": "([a-z-]+)"\}', text)
    ]
