"""What `wget --page-requisites` asks a server for, compared with what we would: it found requisites before us."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from requisitekit import Reply, found, page, sheet
from server import RawServer

from archiver.requisites.values import Rules

pytestmark = pytest.mark.skipif(shutil.which("wget") is None, reason="wget is not installed")

USUAL = {
    "/": page("""<!doctype html><html><head><meta charset=utf-8><base href="/b/"><title>Пирс</title>
        <link rel=stylesheet href="css/main.css"><link rel="alternate stylesheet" title=t href=alt.css>
        <link rel="shortcut icon" href=/i.ico><style>@import "inline.css"; body { background: url("bg.png") }</style>
        <script src="js/a.js?v=1&amp;w=2"></script></head>
        <body background=back.gif><img src=1.jpg srcset="1s.jpg 320w, 1l.jpg 1280w"><img src="1.jpg#again">
        <img src="folder%20x/2%D1%8F.jpg"><picture><source srcset="p.webp"><img src=p.jpg></picture>
        <table><tr><td background=td.gif></table><input type=image src=go.gif>
        <p style="background-image: url(attribute.png)"><img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">
        <iframe src=frame.html></iframe><embed src=e.svg><object data=o.png></object>
        <video poster=poster.jpg src=film.mp4></video><audio src=tone.ogg></audio>
        <a href=other.html>elsewhere</a><!-- <img src=comment.png> --></body></html>"""),
    "/b/css/main.css": sheet("""@charset "utf-8"; @import url(two.css) print; @import 'three.css';
        @font-face { font-family: F; src: url(f.woff2) format("woff2"), url("f.ttf") }
        h1 { background: url('../h 1.png') } /* url(comment.png) */ h2 { cursor: url(c.cur), auto }"""),
    "/b/css/two.css": sheet("a { background: url(/abs.png) } b { background: url(data:,) }"),
    "/b/frame.html": page("<link rel=stylesheet href=frame.css><img src=in.png><script src=in.js></script>"),
    "/b/frame.css": sheet("a { background: url(in-css.png) }"),
}

ODD = {
    "/": page("""<html><body><bgsound src=b.wav><img lowsrc=low.gif src=x.png><input type=text src=text.gif>
        <applet code=A.class></applet><style>a { color: red } @import 'late.css';</style>
        <script type=text/template src=t.html></script><iframe src=1.html></iframe></body></html>"""),
    "/1.html": page("<iframe src=2.html></iframe>"),
    "/2.html": page("<img src=deep.png>"),
}

ONLY_WGET = {
    "/b.wav",  # old elements and attributes that browsers have forgotten
    "/low.gif",
    "/A.class",
    "/text.gif",  # an <input> is an image only with its type
    "/late.css",  # browsers ignore an @import behind a rule
    "/t.html",  # not a script that browsers run, and named as skipped
    "/2.html",  # frames in frames: named as skipped
}


def asked_by_wget(web: dict[str, Reply], server: RawServer, folder: Path) -> set[str]:
    for target, reply in web.items():
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {reply.type}\r\nContent-Length: {len(reply.body)}\r\n\r\n"
        server.routes[target] = head.encode() + reply.body
    arguments = ["--no-config", "--page-requisites", "--no-directories", "--no-proxy", "-e", "robots=off", "--tries=1"]
    home = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    subprocess.run(["wget", *arguments, "-P", folder, server.url("/")], env=home, capture_output=True, timeout=60)
    return {request.split(b" ")[1].decode() for request in server.requests}


def asked_by_us(web: dict[str, Reply], server: RawServer) -> set[str]:
    made = found(
        web["/"], Rules(media=True), {server.url(target): reply for target, reply in web.items()}, server.url("/")
    )
    return {"/", *(url.removeprefix(server.url("")) for url in made.urls)}


def test_we_ask_for_all_that_wget_asks_for(raw_server: RawServer, tmp_path: Path) -> None:
    theirs, ours = asked_by_wget(USUAL, raw_server, tmp_path), asked_by_us(USUAL, raw_server)
    assert len(theirs) > 25
    assert theirs - ours == set()
    assert "/b/other.html" not in ours


def test_where_wget_asks_for_more_it_is_for_a_reason_that_is_known(raw_server: RawServer, tmp_path: Path) -> None:
    assert asked_by_wget(ODD, raw_server, tmp_path) - asked_by_us(ODD, raw_server) <= ONLY_WGET
