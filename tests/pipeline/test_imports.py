"""Files that did not come over the wire: kept byte for byte, with their stated source and nothing of the machine."""

import os
import resource
import stat
from pathlib import Path

import pytest
from casebench import Bench

from archiver.errors import ConfigError, StorageError, UsageError
from archiver.pipeline.imports import guessed_type, import_file
from archiver.pipeline.view import extract
from archiver.runtime import Runtime


def brought(bench: Bench, file: Path, source: str = "handed over by the witness") -> dict[str, object]:
    return dict(import_file(bench.path, file, source=source, note="n", tags=("t",), runtime=bench.runtime).data)


@pytest.mark.parametrize("data", [b"", b"x", bytes(range(256)) * 20_000], ids=["empty", "small", "large"])
def test_the_bytes_come_out_as_they_went_in(data: bytes, bench: Bench, tmp_path: Path) -> None:
    file = tmp_path / "фото.jpg"
    file.write_bytes(data)
    facts = brought(bench, file)
    assert (facts["outcome"], facts["media_type"], facts["size"]) == ("imported", "image/jpeg", len(data))
    assert (facts["name"], facts["url"], facts["source"]) == ("фото.jpg", "фото.jpg", "handed over by the witness")
    written = extract(bench.path, 1, tmp_path / "out")
    (copy,) = [path for path in written if "import" in path.name]
    assert (copy.name, copy.read_bytes()) == ("002-import.jpg", data)
    assert list(bench.path.rglob("*.part")) == []
    bench.assert_sound()


def test_the_folder_it_lay_in_is_not_recorded(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "home-of-somebody"
    folder.mkdir()
    (folder / "chat.txt").write_text("hello")
    brought(bench, folder / "chat.txt")
    assert all(b"home-of-somebody" not in file.read_bytes() for file in bench.path.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    "name", ["=cmd()|x.csv", "<b>[red]x.html", "a\x1b[2Jb\n.txt", "- {log_line: 9}.txt", "\u202egpj.exe"]
)
def test_a_hostile_name_is_text_and_nothing_else(name: str, bench: Bench, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(b"x")
    assert brought(bench, tmp_path / name)["name"] == name
    bench.assert_sound()


def test_a_name_that_is_not_text_is_shown_by_its_bytes(bench: Bench, tmp_path: Path) -> None:
    file = os.fsencode(tmp_path) + b"/\xff\xfe.txt"
    Path(os.fsdecode(file)).write_bytes(b"x")
    assert brought(bench, Path(os.fsdecode(file)))["name"] == "\\udcff\\udcfe.txt"
    bench.assert_sound()


def test_a_full_disk_is_no_bug_and_leaves_nothing_that_others_may_read(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(os.urandom(6_000_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, hard))  # past this a file takes no byte
    try:
        with pytest.raises(StorageError, match="disk is full"):
            brought(bench, tmp_path / "film.mp4")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    kept = [file for file in bench.path.rglob("*") if file.is_file()]
    assert any(file.parent.name == "quarantine" for file in kept)
    assert {stat.S_IMODE(file.stat().st_mode) for file in kept} == {0o600}
    bench.assert_sound()


def test_what_is_no_file_is_refused_before_anything_is_recorded(bench: Bench, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    before = bench.names()
    for place in (tmp_path / "pipe", tmp_path, tmp_path / "nothing", Path("/dev/zero"), Path("a\0b")):
        with pytest.raises(UsageError, match="file"):
            brought(bench, place)
    assert bench.names() == before


def test_a_file_that_cannot_be_read_on_leaves_a_sound_case(bench: Bench) -> None:
    with pytest.raises(UsageError, match="to its end"):
        brought(bench, Path("/proc/self/mem"))
    assert bench.names() == ["case.opened", "item.requested", "incident.recovered", "item.interrupted"]
    bench.assert_sound()


def test_a_media_type_that_no_header_can_hold_is_refused(bench: Bench, tmp_path: Path, runtime: Runtime) -> None:
    (tmp_path / "x").write_bytes(b"x")
    for media_type in ("text/plain\r\nX: y", "тип", "nonsense", "text/" + "x" * 300):
        with pytest.raises(UsageError, match="media type"):
            import_file(bench.path, tmp_path / "x", source="s", media_type=media_type, runtime=runtime)
    assert bench.names() == ["case.opened"]


def test_a_case_yaml_that_is_not_on_record_stops_every_import(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    with (bench.path / "case.yaml").open("a") as file:
        file.write("# edited\n")
    with pytest.raises(ConfigError, match="not the one on record"):
        brought(bench, tmp_path / "x")
    assert bench.names() == ["case.opened"]


@pytest.mark.parametrize(
    ("name", "kind"),
    [("a.WARC.gz", "application/warc"), ("a.warc", "application/warc"), ("a.wacz", "application/wacz"),
     ("a.html", "text/html"), ("a", "application/octet-stream"), ("a.tar.gz", "application/octet-stream")],
)  # fmt: skip
def test_the_type_is_guessed_from_the_name(name: str, kind: str) -> None:
    assert guessed_type(name) == kind
