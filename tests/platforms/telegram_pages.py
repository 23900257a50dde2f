"""Pages as t.me writes them, with people and channels that do not exist."""

import base64
import json

from adapterkit import Answer, Played, play

from archiver.model.platform import Access, Target
from archiver.platforms.telegram import ADAPTER

FILES = "https://cdn4.telesco.pe/file"
TIME = "2026-03-04T05:06:07+00:00"


def bubble(inner: str = "", post: str = "Lantern_Street/71", *, head: str = "", classes: str = "", **more: str) -> str:
    """One message; `inner` stands between its author and its footer."""
    channel = post.partition("/")[0]
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message text_not_supported_wrap {classes} js-widget_message" '
        f'data-post="{post}"{extra}>'
        '<div class="tgme_widget_message_user"><a href="https://t.me/x"><i class="tgme_widget_message_user_photo">'
        f'<img src="{FILES}/avatar.jpg"></i></a></div><div class="tgme_widget_message_bubble">'
        + (head or author(channel))
        + inner
        + "</div></div></div>"
    )


def author(channel: str = "Lantern_Street", name: str = "Улица Фонарей") -> str:
    return (
        '<div class="tgme_widget_message_author accent_color"><a class="tgme_widget_message_owner_name" '
        f'href="https://t.me/{channel}"><span dir="auto">{name}</span></a></div>'
    )


def text(words: str = "Сквер закрыт <b>до весны</b>.<br/>Вторая строка") -> str:
    return f'<div class="tgme_widget_message_text js-message_text" dir="auto">{words}</div>'


def footer(post: str = "Lantern_Street/71", *, views: str = "214.4K", mark: str = "", signature: str = "") -> str:
    signed = f'<span class="tgme_widget_message_from_author" dir="auto">{signature}</span>,&nbsp;' if signature else ""
    seen = (
        f'<span class="tgme_widget_message_views">{views}</span><span class="copyonly"> views</span>' if views else ""
    )
    return (
        '<div class="tgme_widget_message_footer compact js-message_footer">'
        f'<div class="tgme_widget_message_info short js-message_info">{seen}'
        f'<span class="tgme_widget_message_meta">{mark}{signed}<a class="tgme_widget_message_date" '
        f'href="https://t.me/{post}"><time datetime="{TIME}" class="time">05:06</time></a></span></div></div>'
    )


def message(inner: str = "", post: str = "Lantern_Street/71", **more: str) -> str:
    """A whole message with a text."""
    return bubble(inner + text() + footer(post), post, **more)


def page(*messages: str, head: str = "") -> str:
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"><title>Telegram Widget</title>{head}</head>'
        f'<body class="widget_frame_base tgme_widget body_widget_post emoji_image">{"".join(messages)}</body></html>'
    )


def error(words: str = "Post not found") -> str:
    return page(
        '<div class="tgme_widget_message js-widget_message err_message" id="widget_message">'
        f'<div class="tgme_widget_message_error">{words}</div></div>'
    )


def channel(*messages: str, name: str = "Lantern_Street") -> str:
    """The page of a channel's messages."""
    return page(
        '<div class="tgme_channel_info"><div class="tgme_channel_info_header_title"><span '
        'dir="auto">Улица Фонарей</span>'
        f'</div><div class="tgme_channel_info_header_username"><a href="https://t.me/{name}">@{name}</a></div>'
        '<div class="tgme_channel_info_counters"><div class="tgme_channel_info_counter">'
        '<span class="counter_value">10.7K</span> <span class="counter_type">subscribers</span></div>'
        '<div class="tgme_channel_info_counter"><span class="counter_value">312</span> '
        '<span class="counter_type">photos</span></div><div class="tgme_channel_info_counter"></div></div>'
        '<div class="tgme_channel_info_description">Новости одной улицы</div></div>'
        f'<section class="tgme_channel_history js-message_history">{"".join(messages)}</section>'
    )


def card(extra: str = "10 712 subscribers", title: str = "Улица Фонарей", about: str = "Новости одной улицы") -> str:
    return page(
        '<div class="tgme_page_wrap"><div class="tgme_page"><div class="tgme_page_title" dir="auto">'
        f'<span dir="auto">{title}</span><i class="verified-icon"> ✔</i></div><div '
        f'class="tgme_page_extra">{extra}</div>'
        f'<div class="tgme_page_description" dir="auto">{about}</div></div></div>',
        head=f'<meta property="og:description" content="{about}">',
    )


NO_CARD = page(
    '<div class="tgme_page_wrap"><div class="tgme_page"><div class="tgme_page_icon"></div>'
    '<div class="tgme_page_description">If you have Telegram, you can contact @x right away.</div></div></div>'
)


def comment(number: int, inner: str = "", *, name: str = "Ида Мост", words: str = "Там и до весны не откроют") -> str:
    return (
        '<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message js-widget_message" data-post-id="{number}">'
        '<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_author accent_color">'
        f'<a class="tgme_widget_message_author_name" href="https://t.me/ida_most"><span '
        f'dir="auto">{name}</span></a></div>'
        f'{inner}{text(words)}<div class="tgme_widget_message_footer"><a class="tgme_widget_message_date" '
        f'href="https://t.me/Lantern_Street/71?comment={number}"><time datetime="{TIME}">4 Mar</time></a></div>'
        "</div></div></div>"
    )


def discussion(*comments: str, header: str = "740 comments") -> str:
    return page(
        f'<div class="tgme_post_discussion_header_wrap"><h3 class="tgme_post_discussion_header"><span '
        f'class="js-header">'
        f'{header}</span> on <a href="https://t.me/Lantern_Street/71">this post</a></h3></div>'
        f'<div class="tgme_post_discussion js-message_history">{"".join(comments)}</div>'
    )


NO_DISCUSSION = page(
    '<div class="tgme_post_discussion js-message_history"><div class="tgme_widget_message_wrap js-no_messages_wrap">'
    '<div class="tme_no_messages_found">Discussion is not available at the moment.</div></div></div>'
)


def view(value: object) -> str:
    """What `data-view` holds."""
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def photo(name: str = "one", href: str = "https://t.me/Lantern_Street/71", *, grouped: str = "") -> str:
    return (
        f'<a class="tgme_widget_message_photo_wrap {grouped} 546791490 1273098146_4562" href="{href}" '
        f"style=\"width:800px;background-image:url('{FILES}/{name}.jpg')\">"
        '<div class="tgme_widget_message_photo" style="padding-top:71.75%"></div></a>'
    )


def video(
    *, src: str = "clip.mp4?token=AB-cd", length: str = "1:09", href: str = "https://t.me/Lantern_Street/71"
) -> str:
    player = f'<video src="{FILES}/{src}" class="tgme_widget_message_video js-message_video"></video>' if src else ""
    play = '<div class="message_video_play js-message_video_play"></div>' if length else ""
    duration = f'<time class="message_video_duration js-message_video_duration">{length}</time>' if length else ""
    label = "This media is not supported in your browser" if src else "Media is too big"
    return (
        f'<a class="tgme_widget_message_video_player {"" if src else "not_supported"} js-message_video_player" '
        f'href="{href}"><i class="tgme_widget_message_video_thumb" '
        f"style=\"background-image:url('{FILES}/still.jpg')\"></i>"
        f'<div class="tgme_widget_message_video_wrap" '
        f'style="width:1080px;padding-top:100%">{player}</div>{play}{duration}'
        '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">'
        f'<div class="message_media_not_supported_label">{label}</div></div></div></a>'
    )


UNSUPPORTED = (
    '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">'
    '<div class="message_media_not_supported_label">Please open Telegram to view this post</div></div></div>'
)


def ask(url: str, access: Access = Access(), /, **answers: str | Answer) -> Played:  # noqa: B008
    """Ask, with an answer for each role; what has none is a failure. Files come as they are asked for."""

    def answer(target: Target) -> Answer | None:
        found = answers.get(target.role, Answer(b"bytes of a file") if target.role == "media" else None)
        return Answer.html(found) if isinstance(found, str) else found

    return play(ADAPTER, url, answer, access)


POST = "https://t.me/Lantern_Street/71"
AWAY = Answer(b"", 302, (("Location", "https://t.me/Lantern_Street"),))
