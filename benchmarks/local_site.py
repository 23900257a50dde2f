"""A site to capture, made from a seed and kept in a folder as the bytes that go over the wire.

    python benchmarks/local_site.py FOLDER [--addresses 2000] [--seed 1] [--large 200000000]

The mixture: pages of 5-200 KB that compress about 4:1, scripts, images of up to 2 MB that do not compress, 8 %
redirects to other pages of the site; of pages and scripts a third is chunked, a quarter gzip-coded. 2,000 addresses are
about 145 MB.
One large file lies apart, at `/large.bin`, and is in no list.

`answers.bin` holds whole HTTP answers, one after the other; `large.bin` the answer with the large file; `index.json`
says where each begins and what the SHA-256 of its entity is, that is, of the body without its chunks and with its
gzip coding.
"""

import argparse
import gzip
import hashlib
import json
import math
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import BinaryIO, Literal

Kind = Literal["page", "script", "image", "redirect", "large"]

SEED = 1
ADDRESSES = 2000
LARGE = 200_000_000
LARGE_PATH = "/large.bin"
INDEX, ANSWERS, LARGE_FILE = "index.json", "answers.bin", "large.bin"
FORMAT = 1  # of the folder: raised when the same seed yields another site

SHARES: tuple[tuple[Kind, float], ...] = (("redirect", 0.08), ("image", 0.08), ("script", 0.16), ("page", 0.68))
SIZES: dict[str, tuple[int, int]] = {"page": (5_000, 200_000), "script": (2_000, 150_000), "image": (20_000, 2_000_000)}
TYPES: dict[Kind, str] = {
    "page": "text/html; charset=utf-8",
    "script": "text/javascript; charset=utf-8",
    "image": "image/jpeg",
    "redirect": "text/html; charset=utf-8",
    "large": "video/mp4",
}
SUFFIXES: dict[Kind, str] = {"page": "html", "script": "js", "image": "jpg", "redirect": "go"}
STATUS = {200: "OK", 301: "Moved Permanently", 302: "Found"}


@dataclass(frozen=True, slots=True)
class Answer:
    """One address of the site. `offset` and `length` are where its bytes lie in the folder's file; `location` is the
    path that a redirect leads to; `size` and `sha256` are of the entity."""

    path: str
    kind: Kind
    offset: int
    length: int
    size: int
    sha256: str
    location: str = ""
    chunked: bool = False
    coding: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A site as it lies in `folder`. `answers` are the addresses of the list, in its order."""

    folder: Path
    answers: tuple[Answer, ...]
    large: Answer

    @property
    def size(self) -> int:
        """Bytes on the wire when each address of the list is asked once, redirects not followed."""
        return sum(answer.length for answer in self.answers)

    @property
    def exchanges(self) -> int:
        """Requests that it takes to get every address, with its redirect."""
        return len(self.answers) + sum(1 for answer in self.answers if answer.location)

    def expected(self) -> dict[str, str]:
        """The SHA-256 of the entity at each path, the large file included."""
        return {answer.path: answer.sha256 for answer in (*self.answers, self.large)}

    def write_list(self, path: Path, origin: str) -> None:
        """Write the addresses of the list, one a line, under `origin` (`http://127.0.0.1:8080`)."""
        path.write_text("".join(f"{origin}{answer.path}\n" for answer in self.answers))


def ready_site(folder: Path, *, addresses: int = ADDRESSES, seed: int = SEED, large: int = LARGE) -> Site:
    """Return the site in `folder`; write it first unless the very same one lies there."""
    made_from = {"format": FORMAT, "addresses": addresses, "seed": seed, "large": large}
    index = folder / INDEX
    if not index.exists() or json.loads(index.read_bytes())["made_from"] != made_from:
        _write(folder, made_from)
    return read_site(folder)


def read_site(folder: Path) -> Site:
    """Return the site that lies in `folder`."""
    index = json.loads((folder / INDEX).read_bytes())
    return Site(folder, tuple(Answer(**answer) for answer in index["answers"]), Answer(**index["large"]))


def _write(folder: Path, made_from: dict[str, int]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / INDEX).unlink(missing_ok=True)  # it is the last to be written: a site without one is not a site
    chance = random.Random(made_from["seed"])  # noqa: S311 - a seed is the point
    with (folder / ANSWERS).open("wb") as file:
        answers = [_put(file, *planned) for planned in _plan(chance, made_from["addresses"])]
    with (folder / LARGE_FILE).open("wb") as file:
        large = _put(file, LARGE_PATH, "large", chance.randbytes(made_from["large"]), "", (), False)
    index = {"made_from": made_from, "answers": [asdict(answer) for answer in answers], "large": asdict(large)}
    (folder / INDEX).write_text(json.dumps(index, indent=1))


def _plan(chance: random.Random, addresses: int) -> Iterator[tuple[str, Kind, bytes, str, tuple[int, ...], bool]]:
    """Yield path, kind, plain body, location, sizes of chunks and whether to gzip, for every address of the list."""
    kinds: list[Kind] = [kind for kind, share in SHARES for _ in range(round(share * addresses))]
    kinds = (kinds + ["page"] * addresses)[:addresses]
    chance.shuffle(kinds)
    paths = [f"/{kind}/{number:05d}.{SUFFIXES[kind]}" for number, kind in enumerate(kinds, start=1)]
    pages = [path for path, kind in zip(paths, kinds, strict=True) if kind == "page"]
    words = _Words(chance)
    for path, kind in zip(paths, kinds, strict=True):
        if kind == "redirect":
            location = chance.choice(pages)
            yield path, kind, f'<a href="{location}">moved</a>\n'.encode(), location, (), False
            continue
        low, high = SIZES[kind]
        size = int(math.exp(chance.uniform(math.log(low), math.log(high))))  # many small ones, few large ones
        if kind == "image":
            yield path, kind, b"\xff\xd8\xff\xe0" + chance.randbytes(size), "", (), False
            continue
        body = words.page(path, size) if kind == "page" else words.script(size)
        chunks = tuple(chance.randrange(500, 16_000) for _ in range(size // 500)) if chance.random() < 1 / 3 else ()
        yield path, kind, body, "", chunks, chance.random() < 1 / 4


def _put(
    file: BinaryIO, path: str, kind: Kind, body: bytes, location: str, chunks: tuple[int, ...], zipped: bool
) -> Answer:
    status = 302 if location else 200
    head = [f"HTTP/1.1 {status} {STATUS[status]}", "Date: Sun, 22 Nov 2026 06:55:58 GMT", "Server: local-site"]
    head += [f"Content-Type: {TYPES[kind]}", "Cache-Control: max-age=60", "X-Content-Type-Options: nosniff"]
    if zipped:
        body = gzip.compress(body, 6, mtime=0)
        head.append("Content-Encoding: gzip")
    if location:
        head.append(f"Location: {location}")
    head.append("Transfer-Encoding: chunked" if chunks else f"Content-Length: {len(body)}")
    offset = file.tell()
    file.write("\r\n".join(head).encode() + b"\r\n\r\n")
    if chunks:
        file.writelines(_chunked(body, chunks))
    else:
        file.write(body)
    return Answer(
        path, kind, offset, file.tell() - offset, len(body), hashlib.sha256(body).hexdigest(), location, bool(chunks),
        "gzip" if zipped else "",
    )  # fmt: skip


def _chunked(body: bytes, sizes: tuple[int, ...]) -> Iterator[bytes]:
    start = 0
    for size in (*sizes, len(body)):
        if piece := body[start : start + size]:
            yield b"%x\r\n%s\r\n" % (len(piece), piece)
        start += size
    yield b"0\r\n\r\n"


class _Words:
    """Text that compresses like text: words of a language of its own, frequent ones more often than rare ones."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        syllables = ["".join(chance.choices("bcdfghklmnprstvz") + chance.choices("aeiou")) for _ in range(60)]
        vocabulary = ["".join(chance.choices(syllables, k=chance.randint(1, 4))) for _ in range(3000)]
        weights = [1 / rank for rank in range(1, len(vocabulary) + 1)]
        words = iter(chance.choices(vocabulary, weights, k=600_000))
        self._sentences = [" ".join(next(words) for _ in range(chance.randint(6, 20))) for _ in range(30_000)]

    def page(self, path: str, size: int) -> bytes:
        lines = [f'<!doctype html>\n<html lang="en"><head><title>Page {path}</title></head>\n<body>\n']
        length = 0
        while length < size - 100:
            lines.append(f'<p class="paragraph"><a href="/page/{len(lines)}.html">{self._sentence()}</a></p>\n')
            length += len(lines[-1])
        return ("".join(lines) + "</body></html>\n").encode()

    def script(self, size: int) -> bytes:
        lines: list[str] = []
        length = 0
        while length < size:
            lines.append(f'function f{len(lines)}(event) {{ return report("{self._sentence()}", event.target); }}\n')
            length += len(lines[-1])
        return "".join(lines).encode()

    def _sentence(self) -> str:
        return self._chance.choice(self._sentences)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--addresses", type=int, default=ADDRESSES)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--large", type=int, default=LARGE, help="bytes of the one large file")
    wanted = parser.parse_args()
    site = ready_site(wanted.folder, addresses=wanted.addresses, seed=wanted.seed, large=wanted.large)
    print(f"{len(site.answers)} addresses, {site.size / 1e6:.0f} MB, {site.exchanges} exchanges")
    for kind, _ in SHARES:
        chosen = [answer for answer in site.answers if answer.kind == kind]
        size, zipped = sum(answer.length for answer in chosen), sum(1 for answer in chosen if answer.coding)
        chunked = sum(1 for answer in chosen if answer.chunked)
        print(f"{kind}: {len(chosen)}, {size / 1e6:.1f} MB, {chunked} chunked, {zipped} gzip-coded")


if __name__ == "__main__":
    main()
