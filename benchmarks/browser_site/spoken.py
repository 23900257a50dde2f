"""Answers that depend on what was asked: entries of a feed, an interface, events, forms, downloads."""

import gzip
import json
import zlib
from pathlib import Path
from urllib.parse import parse_qs

from browser_site.messages import Answer, Asked, chunked, cut, head, moved, whole

ENTRIES, BATCH = 24, 6
COMMENTS, FEW = 9, 3
JSON = "application/json; charset=utf-8"
TEXTS = (
    "На Липовой снова замеры. Рулетка жёлтая, люди в жилетах без надписей.",
    "Кто был в сквере в пятницу, напишите время. Имён не надо.",
    "El quiosco de la plaza abrió hoy a las siete, como siempre.",
    "The list of trees was read again, from the first to the last. It took eleven minutes.",
    "Соседи принесли чай. Термос вернули в третий подъезд.",
    "Une el plano nuevo con el viejo: faltan dos tilos y un banco.",
)


def entries(asked: Asked) -> Answer:
    """The next entries of the wall after the one that the body names; gzip, as such an interface has it."""
    after = int(json.loads(asked.body)["after"])
    found = [
        {"number": number, "text": TEXTS[number % len(TEXTS)], "picture": f"/pictures/480x160-{number}.png"}
        for number in range(after + 1, min(after + BATCH, ENTRIES) + 1)
    ]
    body = json.dumps({"entries": found, "last": after + BATCH >= ENTRIES}, ensure_ascii=False).encode()
    return chunked(asked, cut(gzip.compress(body, mtime=0), 200), JSON, "Content-Encoding: gzip")


def comments(asked: Asked) -> Answer:
    """The next comments after the one that the form names."""
    after = int(parse_qs(asked.body.decode("ascii"))["after"][0])
    last = min(after + FEW, COMMENTS)
    found = [{"number": number, "text": TEXTS[-number % len(TEXTS)]} for number in range(after + 1, last + 1)]
    return whole(asked, json.dumps({"comments": found, "last": last == COMMENTS}).encode(), JSON)


def said_back(asked: Asked) -> Answer:
    """What was said, in numbers that do not change: method, first word of the media type, checksum of what matters.

    Of a form in parts it is the values alone, because the browser makes another boundary each time.
    """
    kind = asked.value("Content-Type").partition(";")[0]
    matters = asked.body
    if kind == "multipart/form-data":
        boundary = asked.body.partition(b"\r\n")[0]
        matters = b"".join(part.partition(b"\r\n\r\n")[2] for part in asked.body.split(boundary))
    body = {"method": asked.method, "kind": kind, "checksum": f"{zlib.crc32(matters):08x}"}
    return whole(asked, json.dumps(body).encode(), JSON, "Cache-Control: no-store")


def across(asked: Asked) -> Answer:
    """An interface on another host, which is asked first whether it may be asked (Fetch §4.8)."""
    allowed = (f"Access-Control-Allow-Origin: {asked.value('Origin')}", "Vary: Origin")
    if asked.method == "OPTIONS":
        fields = ("Access-Control-Allow-Headers: x-view", "Access-Control-Allow-Methods: GET, DELETE")
        return Answer((head(asked, "204 No Content", *allowed, *fields),))
    return whole(asked, json.dumps({"method": asked.method, "count": 9}).encode(), JSON, *allowed)


def nothing(asked: Asked) -> Answer:
    return Answer((head(asked, "204 No Content", "Access-Control-Allow-Origin: *"),))


def events(asked: Asked) -> Answer:
    """Four server-sent events and an end."""
    lines = [f"id: {n}\ndata: сообщение {n}\n\n".encode() for n in range(1, 5)]
    return chunked(asked, (*lines, b"event: end\ndata: end\n\n"), "text/event-stream", "Cache-Control: no-store")


def standing(asked: Asked) -> Answer:
    """Two events, and silence until the client leaves."""
    pieces = chunked(asked, (b"data: one\n\n", b"data: two\n\n"), "text/event-stream").pieces
    return Answer(pieces[:-1], "stay")


def old_page(asked: Asked) -> Answer:
    """A page of the old kind: windows-1251, and only its head says so."""
    text = (Path(__file__).parent / "files" / "old.html").read_text("utf-8")
    return whole(asked, text.encode("windows-1251"), "text/html; charset=windows-1251")


def old_result(asked: Asked) -> Answer:
    said = asked.body.decode("ascii") or asked.query
    text = f"<!doctype html><body style='font:15px DejaVu Sans Mono'><p>Вы искали: {said}</p>"
    return whole(asked, text.encode("windows-1251"), "text/html; charset=windows-1251")


def download(asked: Asked) -> Answer:
    name = asked.path.rpartition("/")[2]
    body = bytes(range(256)) * 300 if name.endswith(".zip") else b"date;count\r\n2026-10-30;9\r\n"
    return whole(asked, body, "application/octet-stream", f'Content-Disposition: attachment; filename="{name}"')


def short_link(asked: Asked) -> Answer:
    """A short link: to itself over TLS, and from there on, with a cookie."""
    if asked.scheme == "http":
        return moved(asked, "301 Moved Permanently", f"https://{asked.host}{asked.target}")
    return moved(asked, "302 Found", "/n/1", "Set-Cookie: from=4711a9; Path=/")
