"""What is asked of Odnoklassniki, and in which order: one page at a time, none after a refusal."""

from archiver.model.media import ROLE
from archiver.model.platform import Access, PostKey, Seen, Target
from archiver.platforms.files import FILE, Files
from archiver.platforms.odnoklassniki.answers import METADATA, Answers, metadata_target, read
from archiver.platforms.odnoklassniki.posts import post_of
from archiver.platforms.odnoklassniki.standing import is_refusal, standing_of
from archiver.platforms.video import video_target


def first_of(key: PostKey) -> tuple[Target, ...]:
    """Return what is asked first: the page of the video or topic."""
    return (Target("page", page_of(key)),)


def next_of(key: PostKey, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    """Return what is asked next: what the player would ask, the page for embedding, the files."""
    if not seen or any(is_refusal(each) for each in seen if each.role != ROLE and not each.role.startswith(FILE)):
        return ()
    answers = read(key, seen)
    if key.kind == "video" and not answers.movie:
        if answers.options and METADATA not in answers.last:
            return metadata_target(answers.options)
        if not answers.options and "embed" not in answers.last:
            return (Target("embed", f"https://ok.ru/videoembed/{key.part('id')}"),)
    if not access.media or standing_of(key, seen).state != "available":
        return ()
    return _files(key, answers, access, seen)


def page_of(key: PostKey) -> str:
    """Return the address of the page."""
    return f"https://ok.ru/video/{key.part('id')}" if key.kind == "video" else key.part("page")


def _files(key: PostKey, answers: Answers, access: Access, seen: tuple[Seen, ...]) -> tuple[Target, ...]:
    media = post_of(key, answers, Files.of(seen), seen).attachment
    wanted = Files.of(seen).targets(media)
    if wanted or key.kind != "video" or answers.options.at("isExternalPlayer").value is True:
        return wanted
    there = any(each.role == "best" and each.exchange for one in media for each in one.renditions)
    return () if there else video_target(page_of(key), access, seen)
