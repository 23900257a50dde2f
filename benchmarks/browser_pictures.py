"""Pages live and replayed, side by side, to be looked at by a person.

    python benchmarks/browser_pictures.py FOLDER [--from DIR] [--only article feed …]

Captures five pages of the measurement site with a browser, stops the site, replays them, and writes `NAME.png` for each
into FOLDER: the picture taken live, that of the replay, and, in red on a faint copy, where they differ. `--from` takes
the pictures of an earlier `browser_capture.py --work DIR` instead. What a picture shows is for who looks at it: this
script finds nothing wrong.
"""

import argparse
import tempfile
from pathlib import Path

from browser_capture import BROWSER, measure
from browser_compare import difference, most_apart
from browser_field import chosen
from browser_site.places import PAGES
from PIL import Image, ImageDraw, ImageFont

FIVE = ("article", "feed", "frames", "shadow", "windows-1251")
WIDTH = 620  # pixels of one picture on the sheet
TALLEST = 4000  # of a sheet: what is below is left out
MARGIN, HEADING = 16, 40
PAPER, INK, RED = (236, 236, 236), (30, 30, 30), (220, 0, 0)


def sheet(name: str, live: Path, replay: Path) -> Image.Image:
    """Return both pictures and their difference beside each other, each under its name."""
    found = difference(live.read_bytes(), replay.read_bytes())
    first, second = (Image.open(path).convert("RGB") for path in (live, replay))
    columns = (
        (f"{name}, live: {first.width} x {first.height}", first),
        (f"replayed, site stopped: {second.width} x {second.height}", second),
        (f"{found.differing} of {found.pixels} pixels differ", _marked(first, second)),
    )
    shown = [(title, _narrow(picture)) for title, picture in columns]
    height = min(TALLEST, HEADING + MARGIN + max(picture.height for _, picture in shown))
    made = Image.new("RGB", (MARGIN + len(shown) * (WIDTH + MARGIN), height), PAPER)
    pen = ImageDraw.Draw(made)
    for place, (title, picture) in enumerate(shown):
        left = MARGIN + place * (WIDTH + MARGIN)
        pen.text((left, 12), title, fill=INK, font=ImageFont.load_default(18))
        made.paste(picture, (left, HEADING))
    return made


def _marked(first: Image.Image, second: Image.Image) -> Image.Image:
    """Return a faint copy of `first`, red where `second` has another pixel or none."""
    size = max(first.width, second.width), max(first.height, second.height)
    wide = [Image.new("RGB", size) for _ in range(2)]
    for canvas, picture in zip(wide, (first, second), strict=True):
        canvas.paste(picture)
    faint = Image.blend(wide[0], Image.new("RGB", size, (255, 255, 255)), 0.75)
    apart = most_apart(*wide).point(lambda value: 255 if value else 0)
    return Image.composite(Image.new("RGB", size, RED), faint, apart)


def _narrow(picture: Image.Image) -> Image.Image:
    return picture.resize((WIDTH, max(1, round(picture.height * WIDTH / picture.width))), Image.Resampling.BOX)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--from", dest="earlier", type=Path, help="pictures of an earlier run")
    parser.add_argument("--only", nargs="*", default=list(FIVE), choices=[page.name for page in PAGES])
    wanted = parser.parse_args()
    wanted.folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        source = wanted.earlier or Path(scratch)
        if wanted.earlier is None:
            for one in measure(chosen(wanted.only), 1, source, BROWSER):
                for text in one.failed:
                    print(f"{one.page.name}: {text}")
        for name in wanted.only:
            live, replay = (source / f"{name}.{which}.png" for which in ("live", "replay"))
            if not live.exists() or not replay.exists():
                print(f"{name}: no pictures")
                continue
            sheet(name, live, replay).save(wanted.folder / f"{name}.png", optimize=True)
            print(wanted.folder / f"{name}.png")


if __name__ == "__main__":
    main()
