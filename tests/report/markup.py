"""An independent look at a page: the parser of Python's standard library, and what may stand in a page of ours."""

import base64
import hashlib
from html.parser import HTMLParser

ALLOWED = {
    *("html", "head", "meta", "title", "style", "body", "h1", "h2", "h3", "p", "div", "strong", "b", "span", "br"),
    *("table", "thead", "tbody", "tr", "th", "td", "ul", "li", "code"),
}
VOID = {"meta", "br"}
ATTRIBUTES = {"lang", "charset", "http-equiv", "content", "name", "class", "scope"}


class Page(HTMLParser):
    """The texts of a page, in order; asserts that its elements are ours, closed in order, and ask for nothing."""

    def __init__(self, data: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.texts: list[str] = []
        self.policy = ""
        self.style = ""
        self._open: list[str] = []
        self.feed(data.decode("utf-8"))
        self.close()
        assert self._open == []
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        assert self.policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        assert "url(" not in self.style
        assert "@import" not in self.style

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ALLOWED, tag
        found = dict(attrs)
        assert found.keys() <= ATTRIBUTES, found
        if found.get("http-equiv"):
            self.policy = found["content"] or ""
            assert not self.texts, "the policy stands before everything that it is about"
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["style"]:
            self.style += data
        elif data.strip():
            self.texts.append(data.strip())

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)
