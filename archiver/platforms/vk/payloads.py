"""Photos and videos as the payloads tell of them that VK's pages load (docs/spec/platforms/vk.md §Without a token)."""

from typing import Final

from archiver.model.platform import PostKey
from archiver.model.post import Actor, Content, Count, Found, Media, Post, Rendition
from archiver.platforms.files import NOT_ASKED, OTHER_SIZE, Files
from archiver.platforms.moments import unclear, unix
from archiver.platforms.reading import Doc
from archiver.platforms.vk.answers import Answer
from archiver.platforms.vk.attachments import NO_VIDEO_FILE, video_files

_SIZES: Final = "wzyxrqpo"  # of a photo, the largest first


def served_photo(answer: Answer, key: PostKey) -> Doc | None:
    """Return the photo that a payload tells of."""
    wanted = f"{key.part('owner')}_{key.part('id')}"
    for each in photos_in(answer):
        name = each.at("id").words
        if name and name.value == wanted:
            return each
    return None


def served_video(answer: Answer) -> Doc | None:
    """Return the data of a video that a payload tells of: the last part that has some."""
    for each in reversed(answer.doc.at("payload", 1).items):
        if each.at("mvData") or each.at("player", "params", 0):
            return each
    return None


def photo_post_from_payload(told: Doc, key: PostKey, files: Files) -> Post:
    """Return a photo as a post, as a payload tells it."""
    name, date = told.at("id").words, told.at("date")
    url = Found(f"https://vk.com/photo{key.part('owner')}_{key.part('id')}", told.exchange, told.pointer)
    author = told.at("author").words
    return Post(
        "Image",
        name,
        url,
        Actor("Group" if key.part("owner").startswith("-") else "Person", name=author) if author else None,
        published=unix(date.integer) or unclear(date.words),
        content=Content(html=told.at("desc").words) if told.at("desc").words else None,
        attachment=(photo_from_payload(told, files),),
    )


def video_post_from_payload(told: Doc, key: PostKey, files: Files) -> Post:
    """Return a video as a post, as the player of VK's pages is told."""
    data, player = told.at("mvData"), told.at("player", "params", 0)
    author = player.at("author_id").integer or player.at("authorId").integer
    named = player.at("md_author").words
    actor = Actor("Group" if author and author.value < 0 else "Person", author, name=named) if author or named else None
    renditions = list(video_files(player, files))
    cover = player.at("jpg").words
    renditions += files.renditions(cover, "thumb")
    length = player.at("duration").integer or data.at("duration").integer
    why = "" if any(each.role == "best" for each in renditions) else NO_VIDEO_FILE
    name = player.at("md_title").words or data.at("title").words
    place = Found(f"{key.part('owner')}_{key.part('id')}", told.exchange, told.pointer)
    return Post(
        "Video",
        place,
        Found(f"https://vk.com/video{place.value}", told.exchange, told.pointer),
        actor,
        published=unix(player.at("date").integer),
        name=name,
        content=Content(html=data.at("desc").words) if data.at("desc").words else None,
        attachment=(Media("Video", id=place, name=name, duration=length, renditions=tuple(renditions), why=why),),
        counts=tuple(
            Count(each, number)
            for each, member in (("likes", "likes"), ("replies", "commcount"))
            if (number := data.at(member).integer) is not None and number.value >= 0
        ),
    )


def photo_from_payload(told: Doc, files: Files) -> Media:
    """Return a photo as a payload tells it: `w_src` … `o_src`, with the sizes in `w_` … `o_`."""
    found: list[Rendition] = []
    for letter in _SIZES:
        sized = told.at(f"{letter}_")
        url = told.at(f"{letter}_src").words or sized.at(0).words
        if url:
            width, height = sized.at(1).integer, sized.at(2).integer
            why = OTHER_SIZE if found else NOT_ASKED
            found.append(files.rendition(url, "preview" if found else "best", width, height, otherwise=why))
    why = "" if found else "no address of the picture is told"
    return Media("Image", id=told.at("id").words, description=told.at("desc").words, renditions=tuple(found), why=why)


def photos_in(answer: Answer) -> tuple[Doc, ...]:
    """Return the photos that a payload lists."""
    lists = [each for each in answer.doc.at("payload", 1).items if each.at(0, "id")]
    return lists[0].items if lists else ()
