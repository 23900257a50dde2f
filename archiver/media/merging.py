"""Picture and sound in one file, by ffmpeg: copied, not coded anew. It gets two files of ours and no way out.

Its input comes from strangers, so it reads by a short list of formats and from files alone: no list of segments, no
address and no script in them means anything to it.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final

from archiver.model.media import MediaFile

FFMPEG: Final = "ffmpeg"
READS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,mpegts,aac,mp3,ogg,flac"
TICK: Final = 0.2  # seconds between two looks at whether to stop
_CONTAINERS: Final = (
    (frozenset({"video/mp4", "audio/mp4"}), "mp4", "video/mp4"),
    (frozenset({"video/webm", "audio/webm"}), "webm", "video/webm"),
    (frozenset[str](), "matroska", "video/x-matroska"),
)


def version() -> str:
    """Return the first line of what `ffmpeg -version` says, "" where there is no such program."""
    program = shutil.which(FFMPEG)
    if program is None:
        return ""
    try:
        done = subprocess.run(  # noqa: S603  # a program found by its name, arguments as a list, no shell
            [program, "-version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False, env=_env()
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.partition(b"\n")[0].decode("ascii", "replace").strip()[:200]


def container_of(files: Sequence[MediaFile]) -> tuple[str, str]:
    """Return what the merged file is to be: ffmpeg's name of the format, and its media type."""
    kinds = {file.media_type for file in files}
    return next((name, kind) for fitting, name, kind in _CONTAINERS if kinds <= fitting or not fitting)


def merged(
    inputs: Sequence[Path],
    output: Path,
    container: str,
    *,
    stop: Callable[[], bool],
    waits: Callable[[], AbstractContextManager[object]],
) -> str:
    """Write the first picture and the first sound of `inputs` into the file `output`; return why not, "" where done.

    `stop` is asked a few times a second; `waits` is as in `Runtime`.
    """
    program = shutil.which(FFMPEG)
    if program is None:
        return "ffmpeg is not there"
    try:
        process = subprocess.Popen(  # noqa: S603  # as above
            [program, *_arguments(inputs, output, container)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=_env(),
            start_new_session=True,
        )
    except OSError as exc:
        return f"ffmpeg did not start: {exc.strerror}"
    try:
        code = _ended(process, stop, waits)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if code is None:
        return "ffmpeg was stopped"
    return "" if code == 0 else f"ffmpeg could not merge them (exit {code})"


def _ended(
    process: subprocess.Popen[bytes], stop: Callable[[], bool], waits: Callable[[], AbstractContextManager[object]]
) -> int | None:
    while not stop():
        try:
            with waits():
                return process.wait(TICK)
        except subprocess.TimeoutExpired:
            continue
    return None


def _arguments(inputs: Sequence[Path], output: Path, container: str) -> list[str]:
    reading = ["-protocol_whitelist", "file", "-format_whitelist", READS]
    given = [word for path in inputs for word in (*reading, "-i", f"file:{path}")]
    size = sum(path.stat().st_size for path in inputs)
    return [
        "-nostdin", "-hide_banner", "-loglevel", "error", "-y", *given,
        "-map", "0:v:0?", "-map", "1:a:0?", "-c", "copy", "-map_metadata", "-1", "-fflags", "+bitexact",
        "-fs", str(2 * size + (1 << 20)), "-f", container, f"file:{output}",
    ]  # fmt: skip


def _env() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name in {"PATH", "LD_LIBRARY_PATH", "LANG"}}
