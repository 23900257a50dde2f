"""What hangs on a message of Telegram: where its files are, and why some are not here."""

from typing import Any

import pytest
from adapterkit import Answer
from telegram_pages import FILES, POST, UNSUPPORTED, ask, bubble, channel, footer, message, page, photo, text, video

from archiver.model.platform import Access

MEDIA = Access(media=True)


def attachments(inner: str, access: Access = MEDIA, **answers: str | Answer) -> list[dict[str, Any]]:
    found = ask(POST, access, embed=page(message(inner)), **answers).post.get("attachment", [])
    assert isinstance(found, list)
    return found


def test_the_address_of_a_photo_is_in_its_style() -> None:
    (found,) = attachments(photo())
    assert (found["type"], found["kind"]) == ("Image", "photo")
    assert found["renditions"] == [{"url": f"{FILES}/one.jpg", "role": "best", "exchange": 4}]


@pytest.mark.parametrize(
    ("style", "url"),
    [
        ("background-image:url('https://a.example/b.jpg')", "https://a.example/b.jpg"),
        ("width:1px; background-image: url(&quot;https://a.example/b.jpg&quot;);", "https://a.example/b.jpg"),
        ("background-image:url(//a.example/b.jpg)", "https://a.example/b.jpg"),
        ("background-image:url('data:image/svg+xml;base64,AA==')", None),
        ("background-image:url('javascript:alert(1)')", None),
        ("background-image:url('')", None),
        ("width:1px", None),
    ],
)
def test_only_addresses_on_the_web_are_addresses(style: str, url: str | None) -> None:
    (found,) = attachments(f'<a class="tgme_widget_message_photo_wrap" style="{style}"></a>')
    assert [each["url"] for each in found.get("renditions", [])] == ([url] if url else [])
    assert found.get("why", "") == ("" if url else "the page names no file")


def test_a_photo_is_said_not_to_be_the_original() -> None:
    played = ask(POST, embed=page(message(photo())))
    assert "the original pictures" in str(played.document["missing"])


def test_an_album_keeps_its_order_and_the_number_of_each_part() -> None:
    grouped = "grouped_media_wrap js-message_photo"
    inner = (
        '<div class="tgme_widget_message_grouped_wrap js-message_grouped_wrap">'
        + video(href=f"{POST}?single")
        + photo("two", "https://t.me/Lantern_Street/72?single", grouped=grouped)
        + photo("three", "https://t.me/Lantern_Street/73?single", grouped=grouped)
        + "</div>"
    )
    twice = f'<div class="tgme_widget_message_text js-message_text">{text()}<span></span></div>'
    album = page(bubble(inner + twice + footer()))
    played = ask("https://t.me/Lantern_Street/73?single", MEDIA, embed=album)
    assert played.state == "available"
    assert [(each["kind"], each["id"], each["url"]) for each in played.post["attachment"]] == [
        ("video", 71, "https://t.me/Lantern_Street/71?single"),
        ("photo", 72, "https://t.me/Lantern_Street/72?single"),
        ("photo", 73, "https://t.me/Lantern_Street/73?single"),
    ]
    assert played.post["content"]["text"] == "Сквер закрыт до весны.\nВторая строка"
    assert played.post["id"] == "Lantern_Street/71"
    assert played.document["warnings"] == ["message 73 is a part of the album that is shown as message 71"]


def test_a_number_within_an_album_is_preferred_where_it_stands_alone() -> None:
    album = bubble(photo("one", f"{POST}?single") + photo("two", "https://t.me/Lantern_Street/72?single"))
    alone = message(post="Lantern_Street/72")
    assert ask("https://t.me/Lantern_Street/72", embed=page(album, alone)).post["id"] == "Lantern_Street/72"


def test_a_part_and_its_whole_album_are_not_compared() -> None:
    alone = bubble(text("одна подпись") + footer("Lantern_Street/72"), "Lantern_Street/72")
    album = message(photo("one", f"{POST}?single") + photo("two", "https://t.me/Lantern_Street/72?single"))
    played = ask("https://t.me/Lantern_Street/72", embed=page(alone), around=channel(album))
    assert played.document["warnings"] == []


def test_a_video_has_its_file_its_still_and_its_length() -> None:
    (found,) = attachments(video())
    assert (found["type"], found["kind"], found["duration"]) == ("Video", "video", 69)
    assert [(each["role"], each["url"]) for each in found["renditions"]] == [
        ("best", f"{FILES}/clip.mp4?token=AB-cd"),
        ("thumb", f"{FILES}/still.jpg"),
    ]
    assert "why" not in found


@pytest.mark.parametrize(("length", "seconds"), [("0:05", 5), ("1:02:03", 3723), ("long", None), ("1:2", None)])
def test_lengths(length: str, seconds: int | None) -> None:
    (found,) = attachments(video(length=length))
    assert found.get("duration") == seconds


def test_a_video_that_is_too_big_is_said_to_be_withheld() -> None:
    played = ask(POST, MEDIA, embed=page(message(video(src=""))))
    (found,) = played.post["attachment"]
    assert found["why"] == "the page names no file; Telegram says: Media is too big"
    assert [each["role"] for each in found["renditions"]] == ["thumb"]
    assert {"what": "video", "why": found["why"], "exchange": 1} in played.document["missing"]


def test_a_moving_picture_has_no_length() -> None:
    (found,) = attachments(video(length=""))
    assert found["kind"] == "gif"
    assert "duration" not in found


def test_the_blurred_copy_of_a_video_is_not_taken() -> None:
    blurred = f'<video src="{FILES}/blur.mp4" class="js-message_video_blured"></video><video '
    (found,) = attachments(video().replace("<video ", blurred, 1))
    assert found["renditions"][0]["url"] == f"{FILES}/clip.mp4?token=AB-cd"


def test_a_round_video() -> None:
    inner = (
        '<div class="tgme_widget_message_roundvideo_player"><i class="tgme_widget_message_roundvideo_thumb" '
        f'style="background-image:url(\'{FILES}/r.jpg\')"></i><video class="tgme_widget_message_roundvideo" '
        f'src="{FILES}/r.mp4"></video><time class="tgme_widget_message_roundvideo_duration">0:15</time></div>'
    )
    (found,) = attachments(inner)
    assert (found["kind"], found["duration"], len(found["renditions"])) == ("roundvideo", 15, 2)


def test_a_voice_and_a_song() -> None:
    voice = (
        f'<a class="tgme_widget_message_voice_player"><audio class="tgme_widget_message_voice" src="{FILES}/v.ogg">'
        '</audio><time class="tgme_widget_message_voice_duration">0:42</time></a>'
    )
    song = (
        '<a class="tgme_widget_message_audio_player"><div class="tgme_widget_message_audio_title">Мост</div>'
        '<div class="tgme_widget_message_audio_performer">Хор</div></a>'
    )
    spoken, sung = attachments(voice + song)
    assert (spoken["type"], spoken["kind"], spoken["duration"]) == ("Audio", "voice", 42)
    assert spoken["renditions"][0]["url"] == f"{FILES}/v.ogg"
    assert (sung["kind"], sung["name"], sung["description"]) == ("audio", "Мост", "Хор")
    assert sung["why"] == "the page names no file"


def test_players_outside_of_the_known_frames_are_taken_once() -> None:
    loose = f'<video src="{FILES}/l.mp4"></video><audio src="{FILES}/l.ogg"></audio>'
    found = attachments(video() + loose)
    assert [each["renditions"][0]["url"] for each in found] == [
        f"{FILES}/clip.mp4?token=AB-cd",
        f"{FILES}/l.mp4",
        f"{FILES}/l.ogg",
    ]
    assert [(each["type"], each["kind"]) for each in found[1:]] == [("Video", "video"), ("Audio", "audio")]


def document(icon: str = "", href: str = POST) -> str:
    return (
        f'<a class="tgme_widget_message_document_wrap" href="{href}"><div '
        f'class="tgme_widget_message_document_icon {icon}">'
        '</div><div class="tgme_widget_message_document"><div class="tgme_widget_message_document_title" dir="auto">'
        'план.pdf</div><div class="tgme_widget_message_document_extra" dir="auto">2.1 MB</div></div></a>'
    )


def test_a_document_has_no_address_and_that_is_said() -> None:
    played = ask(POST, MEDIA, embed=page(message(document())))
    (found,) = played.post["attachment"]
    assert (found["type"], found["kind"], found["name"]) == ("Document", "document", "план.pdf")
    assert found["description"] == "2.1 MB"
    assert "renditions" not in found
    assert "Telegram's own programs only" in found["why"]
    assert "media" not in [each.role for each in played.targets]


def test_a_music_file_is_an_audio() -> None:
    (found,) = attachments(document("audio", f"{POST}?single"))
    assert (found["type"], found["kind"], found["id"]) == ("Audio", "audio", 71)


@pytest.mark.parametrize(
    ("inner", "roles"),
    [
        (
            f'<i class="tgme_widget_message_sticker" data-webp="{FILES}/s.webp" '
            "style=\"background-image:url('data:image/svg+xml;base64,AA')\"></i>",
            [("best", f"{FILES}/s.webp")],
        ),
        (
            f'<picture class="tgme_widget_message_tgsticker"><source type="application/x-tgsticker" '
            f'srcset="{FILES}/s.tgs 1x"><img src="{FILES}/s.png"></picture>',
            [("best", f"{FILES}/s.tgs"), ("thumb", f"{FILES}/s.png")],
        ),
        (
            f'<video class="js-videosticker_video" src="{FILES}/s.webm"><img src="{FILES}/s.webp"></video>',
            [("best", f"{FILES}/s.webm"), ("thumb", f"{FILES}/s.webp")],
        ),
        ("", []),
    ],
)
def test_stickers_of_three_kinds(inner: str, roles: list[tuple[str, str]]) -> None:
    fallback = UNSUPPORTED.replace("_wrap", "_wrap media_not_supported_cont", 1)
    wrapped = f'{fallback}<div class="tgme_widget_message_sticker_wrap media_supported_cont">{inner}</div>'
    (found,) = attachments(wrapped)
    assert (found["type"], found["kind"]) == ("Image", "sticker")
    assert [(each["role"], each["url"]) for each in found.get("renditions", [])] == roles
    assert ("why" in found) is (not roles)


MAP = "https://static-maps.example/1.x/?ll=1,2"


def test_a_place_is_kept_and_its_map_is_not_asked_for() -> None:
    inner = (
        '<a class="tgme_widget_message_location_wrap" href="https://maps.example/maps?q=-23.53,46.68&amp;z=16">'
        f'<div class="tgme_widget_message_location" style="background-image:url(\'{MAP}\')"></div>'
        '<div class="tgme_widget_message_location_title">Сквер</div>'
        '<div class="tgme_widget_message_location_address">ул. Фонарей</div></a>'
    )
    played = ask(POST, MEDIA, embed=page(message(inner)))
    assert played.post["location"] == {"name": "Сквер", "latitude": "-23.53", "longitude": "46.68"}
    (found,) = played.post["attachment"]
    assert (found["type"], found["kind"], found["description"]) == ("Link", "location", "ул. Фонарей")
    assert "another company" in found["renditions"][0]["why"]
    assert MAP not in [each.url for each in played.targets]


@pytest.mark.parametrize(
    ("href", "title", "place"),
    [
        ("https://maps.example/?q=somewhere", "Сквер", {"name": "Сквер"}),
        ("https://maps.example/", "", None),
        ("https://[/?q=1,2", "", None),
    ],
)
def test_a_place_without_coordinates(href: str, title: str, place: dict[str, str] | None) -> None:
    named = f'<div class="tgme_widget_message_location_title">{title}</div>'
    inner = f'<a class="tgme_widget_message_location_wrap" href="{href}">{named}</a>'
    assert ask(POST, embed=page(message(inner))).post.get("location") == place


def test_a_contact_has_its_name_and_number() -> None:
    inner = (
        '<div class="tgme_widget_message_contact_wrap"><div class="tgme_widget_message_contact_name">Ида</div>'
        '<div class="tgme_widget_message_contact_phone">+1 555 0100</div></div>'
    )
    (found,) = attachments(inner)
    assert (found["kind"], found["name"], found["description"]) == ("contact", "Ида", "+1 555 0100")


def test_the_new_picture_of_a_channel() -> None:
    (found,) = attachments(f'<div class="tgme_widget_message_service_photo"><img src="{FILES}/new.jpg"></div>')
    assert (found["type"], found["kind"]) == ("Image", "service_photo")
    assert found["renditions"][0]["url"] == f"{FILES}/new.jpg"


def preview(inner: str = "") -> str:
    return (
        '<a class="tgme_widget_message_link_preview" href="https://paper.example/9">'
        '<div class="link_preview_site_name">Газета</div>'
        f'<i class="link_preview_image" style="background-image:url(\'{FILES}/p.jpg\')"></i>{inner}</a>'
    )


def test_the_preview_of_a_link_comes_last_and_its_files_are_not_the_messages() -> None:
    inner = preview(
        '<div class="link_preview_title">Сквер закрыт</div><div class="link_preview_description">Ночью</div>'
        f'<video src="{FILES}/p.mp4"></video>'
    )
    first, last = attachments(inner + photo())
    assert first["kind"] == "photo"
    assert (last["type"], last["kind"], last["url"]) == ("Link", "link_preview", "https://paper.example/9")
    assert (last["name"], last["description"]) == ("Сквер закрыт", "Ночью")
    assert [(each["role"], each["url"]) for each in last["renditions"]] == [
        ("preview", f"{FILES}/p.jpg"),
        ("preview", f"{FILES}/p.mp4"),
    ]


def test_a_preview_without_a_title_has_the_name_of_the_site() -> None:
    (found,) = attachments(preview())
    assert found["name"] == "Газета"


def test_what_the_page_does_not_show_is_said_with_its_words() -> None:
    (found,) = attachments(UNSUPPORTED)
    assert found["kind"] == "unsupported"
    assert found["why"] == "the page does not show it; Telegram says: Please open Telegram to view this post"


def test_what_stands_in_a_reply_is_not_the_messages() -> None:
    inner = f'<div class="tgme_widget_message_reply">{photo("theirs")}</div>{photo("mine")}'
    assert [each["renditions"][0]["url"] for each in attachments(inner)] == [f"{FILES}/mine.jpg"]


# -- what came of the files ------------------------------------------------------------------------------------------


def test_without_permission_no_file_is_asked_for() -> None:
    played = ask(POST, embed=page(message(photo() + video())))
    assert [each.role for each in played.targets] == ["embed", "around", "card"]
    assert played.post["attachment"][0]["renditions"][0]["why"] == "not asked for: files were not wanted"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(status=403), "asked for, answered with status 403"),
        (Answer(failure="timeout"), "asked for, no answer: timeout"),
        (Answer(b"half", whole=False), "asked for, cut short"),
        (Answer(status=302), "asked for, answered with status 302"),
        (Answer(b"x"), None),
        (Answer(b"x", 206), None),
    ],
)
def test_what_came_of_a_file_is_said(answer: Answer, why: str | None) -> None:
    (found,) = attachments(photo(), media=answer)
    assert found["renditions"][0].get("why") == why
    assert found["renditions"][0]["exchange"] == (0 if why else 4)


def test_a_file_behind_a_redirect_is_the_last_answer() -> None:
    played = ask(POST, MEDIA, embed=page(message(photo())), media=Answer(status=302))
    moved = played.seen[-1]
    final = type(moved)(moved.number + 1, "media", f"{FILES}/elsewhere.jpg", 200, record="urn:uuid:x")
    found = played.adapter.extract(played.key, (*played.seen, final)).post
    assert found is not None
    assert found.attachment[0].renditions[0].exchange == final.number


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/a.jpg",
        "http://localhost/a.jpg",
        "http://2130706433/a.jpg",
        "https://[::1]/a.jpg",
        "https://[/a",
    ],
)
def test_no_file_is_asked_of_a_host_without_a_name(url: str) -> None:
    inner = f'<a class="tgme_widget_message_photo_wrap" style="background-image:url(\'{url}\')"></a>'
    played = ask(POST, MEDIA, embed=page(message(inner)))
    assert "media" not in [each.role for each in played.targets]
    assert "none that can be asked for" in played.post["attachment"][0]["renditions"][0]["why"]


def test_each_file_is_asked_for_once() -> None:
    played = ask(POST, MEDIA, embed=page(message(photo() + photo() + photo("two"))))
    assert [each.url for each in played.targets if each.role == "media"] == [f"{FILES}/one.jpg", f"{FILES}/two.jpg"]


def test_each_file_names_the_exchange_that_has_it() -> None:
    found = attachments(photo() + photo("two"))
    assert [each["renditions"][0]["exchange"] for each in found] == [4, 5]


def test_more_than_an_album_holds_is_not_taken() -> None:
    assert len(attachments("".join(photo(str(n)) for n in range(90)))) == 60
