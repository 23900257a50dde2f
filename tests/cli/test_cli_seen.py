"""What people are shown of what a browser told of a page."""

from hostile_texts import harmful

from archiver.cli.screen import Field, Tone
from archiver.cli.seen import told_fields


def request(address: str, status: int | None = 200, outcome: str = "loaded", **more: object) -> dict[str, object]:
    return {"address": address, "type": "Image", "status": status, "outcome": outcome, **more}


def test_what_did_not_load_is_named_with_the_reason() -> None:
    told = {
        "requests": [
            request("https://a.test/"),
            request("https://a.test/gone.png", 404),
            request("https://a.test/cut.png", None, "failed", why="net::ERR_EMPTY_RESPONSE"),
            request("https://a.test/late.png", None, "pending"),
            request("https://a.test/old", 301, "redirected"),
        ],
        "unasked": [{"url": "https://vk.com/s.js", "method": "GET", "why": "watched"}],
        "console": [{"level": "error", "text": "x"}, {"level": "log", "text": "y"}],
    }
    assert told_fields(told) == (
        Field("not loaded", "image, 404: https://a.test/gone.png", Tone.CAUTION),
        Field("not loaded", "image, net::ERR_EMPTY_RESPONSE: https://a.test/cut.png", Tone.CAUTION),
        Field("not loaded", "image, pending: https://a.test/late.png", Tone.CAUTION),
        Field(
            "not asked",
            "opponents of the case may read there who asked (policy.posts.contact allows it): https://vk.com/s.js",
            Tone.CAUTION,
        ),
        Field("console", "errors: 1 (--json names them)", Tone.PLAIN),
    )


def test_a_page_without_a_browser_or_with_a_damaged_account_shows_nothing() -> None:
    assert told_fields(None) == told_fields([]) == told_fields({}) == told_fields({"requests": 3, "unasked": "x"}) == ()


def test_long_lists_end_with_how_many_more_there_are() -> None:
    fields = told_fields({"requests": [request(f"https://a.test/{n}", 500) for n in range(50)]})
    assert fields[-1].value == "30 more (--json names them)"
    assert not any(harmful(field.value) for field in fields)
