"""However large a log is, reading it takes little memory."""

import base64
import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from netlogs import GATE, NUMBERS, LogFile

READ = f"""
import re, sys, itertools
from pathlib import Path
from archiver.browser.netlog import exchanges_of
folder = Path(sys.argv[1])
numbers = itertools.count()
made = exchanges_of(folder / "net.json", gate={GATE}, place=lambda: folder / f"body.{{next(numbers)}}")
for each in made.exchanges:
    print(each.response.size, each.response.sha256, each.truncated)
print(*made.short)
print(int(re.search("VmHWM:\\\\s+([0-9]+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""
PIECE = 64 * 1024
MOST = 140  # MiB, the interpreter included


def _write(path: Path, pieces: int, answers: int) -> str:
    """Write a log with `answers` answers of so many pieces each; return the SHA-256 of one of them."""
    log = LogFile()
    log.connect(1)
    log.write(path, end="")
    piece = hashlib.shake_256(b"").digest(PIECE)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (pieces * PIECE)

    def line(way: str, data: bytes) -> str:
        text = base64.b64encode(data).decode("ascii")
        where = '"phase":0,"source":{"id":1,"start_time":"0","type":10},"time":"100"'
        kind = NUMBERS[f"SSL_SOCKET_BYTES_{way}"]
        return f',\n{{"params":{{"byte_count":{len(data)},"bytes":"{text}"}},{where},"type":{kind}}}'

    whole = hashlib.sha256(head)
    with path.open("a", encoding="ascii") as file:
        for _ in range(answers):
            file.write(line("SENT", b"GET / HTTP/1.1\r\nHost: site.test\r\n\r\n") + line("RECEIVED", head))
            for _ in range(pieces):
                file.write(line("RECEIVED", piece))
        file.write("]\n")
    for _ in range(pieces):
        whole.update(piece)
    return whole.hexdigest()


def _read(tmp_path: Path, pieces: int, answers: int) -> None:
    digest = _write(tmp_path / "net.json", pieces, answers)
    done = subprocess.run([sys.executable, "-c", READ, str(tmp_path)], check=True, capture_output=True, text=True)
    *exchanges, short, peak = done.stdout.splitlines()
    assert short == ""
    assert {line.split()[1] for line in exchanges} == {digest}
    assert [line.split()[2] for line in exchanges] == ["None"] * answers
    assert int(peak) < MOST


def test_a_log_of_a_hundred_megabytes_takes_little_memory(tmp_path: Path) -> None:
    _read(tmp_path, 100, 12)


def test_answers_that_fit_in_memory_one_by_one_do_not_fill_it_together(tmp_path: Path) -> None:
    _read(tmp_path, 15, 90)


@pytest.mark.long
def test_a_log_of_a_gigabyte_takes_as_little(tmp_path: Path) -> None:
    _read(tmp_path, 3000, 4)


def test_a_line_without_an_end_is_not_read_into_memory(tmp_path: Path) -> None:
    path = tmp_path / "net.json"
    LogFile().write(path, end="")
    with path.open("ab") as file:
        file.truncate(path.stat().st_size + (1 << 30))  # a hole: zeros without a line break
    done = subprocess.run([sys.executable, "-c", READ, str(tmp_path)], check=True, capture_output=True, text=True)
    short, peak = done.stdout.splitlines()
    assert short == "log-torn"
    assert int(peak) < 400
