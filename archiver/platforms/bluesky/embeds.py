"""What is attached to a post: images, video, cards of pages. The record names files by the hash of their bytes."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from archiver.model.post import Found, Media, Rendition, RenditionRole
from archiver.platforms.bluesky.cid import parsed
from archiver.platforms.bluesky.names import is_web, parts_of, xrpc
from archiver.platforms.bluesky.sight import NOTHING, Sight, cid_of, is_good, signed_record
from archiver.platforms.reading import Doc

MAX_ITEMS: Final = 30  # of one embed; the format allows 20 images and 20 captions
NOT_ASKED: Final = "not asked for"


@dataclass(frozen=True, slots=True)
class File:
    """A file of the post: `cid` of its bytes, where its name stands, and where the app shows its own version."""

    cid: str
    place: Doc
    shown: str


def record_and_view(sight: Sight) -> tuple[Doc, Doc]:
    """Return the record that the post is read from, and how the app shows it; either may be nothing.

    What a sound signature stands over comes first: in JSON where one has the same hash, else from the archive. Without
    a signature the answer of the account's server comes before that of the app.
    """
    view = sight.thread.at("post")
    told = [sight.record.at("value"), view.at("record")]
    if sight.proof is not None and not sight.proof.unsigned:
        told = [doc for doc in told if cid_of(doc) == sight.proof.cid] + [signed_record(sight), *told]
    else:
        told.append(signed_record(sight))
    return next((doc for doc in told if doc), NOTHING), view


def files_of(sight: Sight) -> tuple[File, ...]:
    """Return the files that the record of the post names, each once."""
    record, view = record_and_view(sight)
    found: dict[str, File] = {}
    for part in _parts(record.at("embed"), embed_shown(view)):
        for blob, shown in part.files():
            place = _blob_cid(blob)
            if place is not None and place.value not in found:
                url = shown.text
                found[place.value] = File(place.value, blob, url.value if url else "")
    return tuple(found.values())


def media_of(record: Doc, view: Doc, sight: Sight | None) -> tuple[Media, ...]:
    """Return the attachments of a post; `sight` is None for a post of which no files are asked for."""
    return tuple(part.media(sight) for part in _parts(record.at("embed"), embed_shown(view)))


def embed_shown(view: Doc) -> Doc:
    """Return where a view shows what is attached; a quoted post has a list there."""
    return view.at("embed") if view.at("embed") else view.at("embeds", 0)


def quote_in(embed: Doc) -> Doc:
    """Return where an embed, of a record or of a view, names what it quotes; nothing where it quotes nothing."""
    return embed.at("record", "record") if embed.at("media") else embed.at("record")


def linked_record(reference: Doc, view: Doc) -> Media | None:
    """Return a quoted thing that is no post (a list, a feed, a starter pack), None for a post."""
    uri = reference.at("uri").words or view.at("uri").words
    if uri is None or parts_of(uri.value) is not None:
        return None
    name = view.at("displayName").words or view.at("name").words or view.at("record", "name").words
    return Media("Link", kind=view.at("$type").words, id=uri, name=name, description=view.at("description").words)


@dataclass(frozen=True, slots=True)
class _Part:
    """One attachment as the record has it and as the app shows it. `kind` is "image", "video" or "external"."""

    kind: str
    type: Doc
    record: Doc
    view: Doc

    def files(self) -> Iterator[tuple[Doc, Doc]]:
        """Yield where each file is named, and where the app shows its own version of it."""
        if self.kind == "image":
            yield self.record.at("image"), self.view.at("fullsize")
        elif self.kind == "video":
            yield self.record.at("video"), self.view.at("playlist")
            for caption in self.record.at("captions").items[:MAX_ITEMS]:
                yield caption.at("file"), NOTHING
        else:
            yield self.record.at("thumb"), self.view.at("thumb")

    def media(self, sight: Sight | None) -> Media:
        renditions = tuple(each for each in self._renditions(sight) if each is not None)
        blob = next(self.files())[0]
        why = "" if renditions or self.kind == "external" else "no server is known that has it"
        kind = self.type.words
        if self.kind == "external":
            name, text, url = self.record.at("title").words, self.record.at("description").words, self.record.at("uri")
            return Media("Link", kind, None, name, text, url.words, renditions=renditions, why=why)
        alt = self.record.at("alt").words
        return Media(
            "Image" if self.kind == "image" else "Video",
            kind,
            _blob_cid(blob),
            None,
            alt,
            renditions=renditions,
            why=why,
        )

    def _renditions(self, sight: Sight | None) -> Iterator[Rendition | None]:
        main, *captions = (blob for blob, _ in self.files())
        small: RenditionRole = "thumb"
        yield _original(main, sight, small if self.kind == "external" else "original")
        for blob in captions:
            yield _original(blob, sight, "captions")
        if self.kind == "external":
            yield _shown(self.view.at("thumb"), main, small, sight)
        else:
            main_role: RenditionRole = "best" if self.kind == "image" else "manifest"
            yield _shown(self.view.at("fullsize" if self.kind == "image" else "playlist"), main, main_role, sight)
            preview = self.view.at("thumb") or self.view.at("thumbnail")
            url = preview.words
            yield Rendition(url, small, why=NOT_ASKED) if url is not None else None


def _parts(embed: Doc, view: Doc) -> Iterator[_Part]:
    if embed.at("media"):
        embed, view = embed.at("media"), view.at("media")
    kind = embed.at("$type")
    for name in ("images", "items"):
        shown = view.at(name)
        for number, item in enumerate(embed.at(name).items[:MAX_ITEMS]):
            yield _Part("image", kind, item, shown.at(number))
    if embed.at("video"):
        yield _Part("video", kind, embed, view)
    if embed.at("external"):
        yield _Part("external", kind, embed.at("external"), view.at("external"))


def _original(blob: Doc, sight: Sight | None, role: RenditionRole) -> Rendition | None:
    """Return a file as it was uploaded, where there is a server to ask for it."""
    cid = _blob_cid(blob)
    if cid is None or sight is None or sight.did is None or sight.identity is None or not sight.identity.server:
        return None
    url = xrpc(sight.identity.server, "com.atproto.sync.getBlob", did=sight.did.value, cid=cid.value)
    exchange, why = _captured(sight, f"blob.{cid.value}")
    return Rendition(Found(url, cid.exchange, cid.at), role, blob.at("mimeType").words, exchange=exchange, why=why)


def _shown(place: Doc, blob: Doc, role: RenditionRole, sight: Sight | None) -> Rendition | None:
    """Return the version of a file that the app shows."""
    url, cid = place.words, _blob_cid(blob)
    if url is None or not is_web(url.value):
        return None
    if sight is None or cid is None:
        return Rendition(url, role, why=NOT_ASKED)
    exchange, why = _captured(sight, f"shown.{cid.value}")
    if why == NOT_ASKED and _captured(sight, f"blob.{cid.value}")[0]:
        why = "not asked for: the file as it was uploaded was"
    return Rendition(url, role, exchange=exchange, why=why)


def _captured(sight: Sight, role: str) -> tuple[int, str]:
    """Return the exchange that has the bytes of a target, or 0 and why there is none."""
    seen = sight.last(role)
    if seen is None:
        return 0, NOT_ASKED
    if is_good(seen):
        return seen.number, ""
    if seen.failure:
        return 0, f"no answer came: {seen.failure}"
    return 0, "it did not come whole" if seen.status in (200, 206) else f"the server answered {seen.status}"


def _blob_cid(blob: Doc) -> Found[str] | None:
    """Return the CID of a file: under `ref`, and in records of 2023 as a text."""
    cid = blob.at("ref", "$link").text or blob.at("cid").text
    return cid if cid is not None and parsed(cid.value) is not None else None
