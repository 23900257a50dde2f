"""A PDF: whether it begins and ends as one, its name, and the times that it claims. It is not parsed (ISO 32000-1)."""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from archiver.model.platform import Seen
from archiver.model.post import Found, Media, Moment, Post, Rendition
from archiver.platforms.page.times import clash, of_pdf, spelled

MAX_NAME: Final = 300  # characters
_NEAR: Final = 1_024  # bytes within which the header and the end have to be
_MANY: Final = 100  # times that are looked at

_INFO: Final = {
    name: re.compile(rb"/" + name + rb"[ \t\r\n]{0,9}\(([0-9A-Za-z:+'-]{4,40})\)")
    for name in (b"CreationDate", b"ModDate")
}
_XMP: Final = {
    name: re.compile(rb"xmp:" + name + rb"(?:>|=[\"'])([0-9T:.+Z-]{4,40})[<\"']")
    for name in (b"CreateDate", b"ModifyDate")
}
_EXTENDED = re.compile(r"filename\*[ ]{0,9}=[ ]{0,9}([A-Za-z0-9-]{1,40})'[^']{0,40}'([^;\s]{1,2000})", re.IGNORECASE)
_QUOTED = re.compile(r"filename[ ]{0,9}=[ ]{0,9}\"([^\"]{1,600})\"", re.IGNORECASE)
_PLAIN = re.compile(r"filename[ ]{0,9}=[ ]{0,9}([^\";\s]{1,600})", re.IGNORECASE)


def is_pdf(seen: Seen) -> bool:
    """Whether an answer begins as a PDF does."""
    return b"%PDF-" in seen.body[:_NEAR]


def pdf_in(seen: Seen) -> tuple[Post, tuple[str, ...]]:
    """Return the document as a post, and sentences about what does not fit together."""
    warnings: list[str] = []
    if seen.whole and b"%%EOF" not in seen.body[-_NEAR:]:
        warnings.append("the PDF does not end as one (no %%EOF in its last kilobyte)")
    published = _only("creation", seen, warnings, _INFO[b"CreationDate"], _XMP[b"CreateDate"])
    updated = _only("change", seen, warnings, _INFO[b"ModDate"], _XMP[b"ModifyDate"])
    url = Found(seen.url, seen.number, "")
    got = seen.number if seen.whole else 0
    file = Rendition(url, "original", exchange=got, why="" if got else f"cut off in exchange {seen.number}")
    name = file_name(seen)
    return (
        Post(
            "Page",
            url=url,
            published=published,
            updated=updated,
            name=name,
            attachment=(Media("Document", renditions=(file,)),),
        ),
        tuple(warnings),
    )


def file_name(seen: Seen) -> Found[str] | None:
    """Return the name under which a server offers a file (RFC 6266), None for none."""
    said = seen.header("content-disposition")[:4_000]
    if match := _EXTENDED.search(said):
        charset = match[1].lower()
        known = charset if charset in ("utf-8", "iso-8859-1", "windows-1251") else "utf-8"
        name = unquote_to_bytes(match[2]).decode(known, "replace")
    elif match := (_QUOTED.search(said) or _PLAIN.search(said)):
        raw = match[1].encode("latin-1", "replace")
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            name = match[1]
    else:
        return None
    name = name[:MAX_NAME].strip()
    return Found(name, seen.number, "header content-disposition") if name else None


def _only(what: str, seen: Seen, warnings: list[str], *forms: re.Pattern[bytes]) -> Moment | None:
    """Return the time that the document claims, None where it claims several: parts of it have times of their own."""
    found = [moment for form in forms for moment in _times(seen, form)]
    if not found:
        return None
    other = next((each for each in found if clash(found[0], each)), None)
    if other is not None:
        first = found[0]
        warnings.append(
            f"the PDF claims several times of {what}: {spelled(first)} ({first.raw.at}) and {spelled(other)} "
            f"({other.raw.at})"
        )
        return None
    return found[0]


def _times(seen: Seen, form: re.Pattern[bytes]) -> Iterator[Moment]:
    for number, match in enumerate(form.finditer(seen.body)):
        if number == _MANY:
            return
        yield of_pdf(Found(match[1].decode("ascii"), seen.number, f"byte {match.start(1)}"))
