"""Answers in the shapes of VK, about people and places that do not exist."""

import html
import json
from typing import Any
from urllib.parse import parse_qsl

from adapterkit import Answer

from archiver.model.platform import Target

API = "https://api.vk.com/method/"
CDN = "https://sun9-1.userapi.example/"

ANNA = {"id": 501, "first_name": "Анна", "last_name": "Примерова", "screen_name": "anna_p", "verified": 0}
BORIS = {"id": 502, "first_name": "Борис", "last_name": "Тестов", "domain": "id502", "deactivated": "banned"}
GAZETA = {
    "id": 77,
    "name": "Газета «Пример»",
    "screen_name": "gazeta_primer",
    "type": "page",
    "is_closed": 0,
    "verified": 1,
}
OTHER = {"id": 88, "name": "Другая группа", "screen_name": "club88", "type": "group", "is_closed": 0}


def size(letter: str, width: int, height: int, name: str = "a") -> dict[str, Any]:
    return {
        "type": letter,
        "url": f"{CDN}{name}_{letter}.jpg?size={width}x{height}&sign=0f",
        "width": width,
        "height": height,
    }


PHOTO: dict[str, Any] = {
    "id": 31, "owner_id": -77, "album_id": -7, "user_id": 100, "date": 1700000000, "text": "Площадь", "access_key": "k",
    "sizes": [size("s", 75, 50), size("w", 2560, 1707), size("x", 604, 403), size("r", 510, 340)],
    "orig_photo": {"type": "base", "url": f"{CDN}orig.jpg?quality=95", "width": 4000, "height": 2667},
}  # fmt: skip
VIDEO: dict[str, Any] = {
    "id": 41, "owner_id": -77, "title": "Выступление", "description": "На площади", "duration": 65, "date": 1700000100,
    "views": 9, "comments": 2, "player": "https://vk.com/video_ext.php?oid=-77&id=41", "type": "video",
    "image": [{"url": f"{CDN}v_small.jpg", "width": 130, "height": 96, "with_padding": 1},
              {"url": f"{CDN}v_large.jpg", "width": 800, "height": 450}],
    "likes": {"count": 3},
}  # fmt: skip
POLL: dict[str, Any] = {
    "id": 51, "owner_id": -77, "question": "Придёте?", "votes": 12, "end_date": 1700600000,
    "answers": [{"id": 1, "text": "Да", "votes": 9}, {"id": 2, "text": "Нет", "votes": 3}],
}  # fmt: skip
SHARED: dict[str, Any] = {
    "id": 5, "owner_id": -88, "from_id": -88, "date": 1699990000, "post_type": "post", "text": "Исходный текст",
    "attachments": [{"type": "photo", "photo": PHOTO | {"id": 32, "orig_photo": {"url": f"{CDN}shared.jpg"}}}],
}  # fmt: skip
POST: dict[str, Any] = {
    "id": 1001, "owner_id": -77, "from_id": -77, "signer_id": 501, "date": 1700000200, "edited": 1700003800,
    "post_type": "post", "text": "Митинг у [club88|Другой группы], писала [id501|Анна] #площадь https://primer.example/x",
    "copy_history": [SHARED], "attachments": [{"type": "photo", "photo": PHOTO}, {"type": "poll", "poll": POLL}],
    "copyright": {"link": "https://primer.example/statja", "name": "primer.example", "type": "external_link"},
    "geo": {"type": "point", "coordinates": "55.75 37.62", "place": {"title": "Площадь"}},
    "post_source": {"type": "api", "platform": "android"}, "comments": {"count": 4}, "likes": {"count": 15},
    "reposts": {"count": 2}, "views": {"count": 900}, "reactions": {"items": [{"id": 0, "count": 10}]},
}  # fmt: skip
COMMENTS: dict[str, Any] = {
    "count": 4, "current_level_count": 3,
    "items": [
        {"id": 1002, "from_id": 501, "owner_id": -77, "post_id": 1001, "parents_stack": [], "date": 1700000300,
         "text": "Первый", "likes": {"count": 1},
         "thread": {"count": 1, "items": [
             {"id": 1005, "from_id": -77, "parents_stack": [1002], "reply_to_comment": 1002, "date": 1700000500,
              "text": "[id501|Анна], ответ"}]}},
        {"id": 1003, "date": 1700000310, "deleted": True, "from_id": 0, "text": "",
         "thread": {"count": 0, "items": []}},
        {"id": 1004, "from_id": 502, "date": 1700000400, "text": "Третий",
         "attachments": [{"type": "sticker", "sticker": {"sticker_id": 9, "images": [
             {"url": f"{CDN}st64.png", "width": 64, "height": 64},
             {"url": f"{CDN}st512.png", "width": 512, "height": 512}]}}]},
    ],
    "profiles": [ANNA, BORIS], "groups": [GAZETA],
}  # fmt: skip
TOPIC: dict[str, Any] = {
    "id": 61, "title": "Вопросы", "created": 1690000000, "created_by": 501, "updated": 1690009000, "comments": 3,
    "first_comment": "Пишите здесь", "last_comment": "…",
}  # fmt: skip
OPENING: dict[str, Any] = {
    "id": 1, "from_id": 501, "date": 1690000000, "text": "Пишите здесь свои вопросы", "likes": {"count": 2},
    "attachments": [{"type": "poll", "poll": POLL}],
}  # fmt: skip


def wall(*posts: object, profiles: object = (ANNA, BORIS), groups: object = (GAZETA, OTHER)) -> Answer:
    return Answer.json({"response": {"items": list(posts), "profiles": profiles, "groups": groups}})


def response(value: object) -> Answer:
    return Answer.json({"response": value})


def error(code: int, **more: object) -> Answer:
    params = [{"key": "method", "value": "wall.getById"}, {"key": "access_token", "value": "vk1.a.very-secret"}]
    return Answer.json({"error": {"error_code": code, "error_msg": "words of VK", "request_params": params, **more}})


def redirect(place: str, status: int = 302) -> Answer:
    return Answer(b"", status, (("Location", place),))


def page(body: str, head: str = "", *, charset: str = "windows-1251") -> Answer:
    text = f'<!DOCTYPE html><html><head><meta charset="{charset}">{head}</head><body>{body}</body></html>'
    return Answer(text.encode(charset), 200, (("Content-Type", f"text/html; charset={charset}"),))


def payload(code: object, *content: object, charset: str = "windows-1251", wrapped: bool = False) -> Answer:
    text = json.dumps({"payload": [code, list(content)], "statsMeta": {}}, ensure_ascii=False)
    text = f"<!--{text}-->" if wrapped else text
    return Answer(text.encode(charset), 200, (("Content-Type", f"text/html; charset={charset}"),))


def container(
    item: object, *, profiles: object = (ANNA,), groups: object = (GAZETA, OTHER), deeper: bool = False
) -> str:
    told = {"item": item, "profiles": profiles, "groups": groups}
    task = json.dumps({"PostContentContainer/init": {"data": told} if deeper else told}, ensure_ascii=False)
    return f'<div class="PostContentContainer" data-exec="{html.escape(task)}"></div>'


EMPTY_PAGE = page(
    '<div id="page_body"><div class="login_mobile_header"></div></div>', "<title>Запись | ВКонтакте</title>"
)
MARKUP = (
    '<div id="wl_post"><div id="post-77_1001" class="_post post" data-post-id="-77_1001">'
    '<a class="author" href="/club77">Газета «Пример»</a>'
    '<span class="PostHeaderTitle__authorName">Газета «Пример»</span>'
    '<div class="post_date"><span class="rel_date" time="1700000200">14 ноя 2023</span></div>'
    '<div class="copy_quote"><a class="copy_author" href="/club88">Другая группа</a>'
    '<a class="published_by_date" href="/wall-88_5">14 ноя в 10:00</a>'
    '<div class="wall_post_text">Исходный<br>текст</div></div>'
    '<div class="wall_post_text">Митинг <b>у</b> площади</div>'
    '<a class="_share" data-count="2"></a><div class="_views" data-count="900"></div></div></div>'
)


def asked(target: Target) -> dict[str, str]:
    """What a request says in its body."""
    return dict(parse_qsl(target.body.decode(), keep_blank_values=True))
