import getpass
import json
import os
import socket
from pathlib import Path

import pytest
from cli_streams import SGR, screen

from archiver.cli import doctor, machine
from archiver.cli.machine import Examined
from archiver.cli.main import main
from archiver.errors import ExitCode

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/share rw,relatime - nfs4 server:/x rw
31 22 0:41 / /srv/with\\040space rw - cifs //server/x rw
32 22 0:42 / /memory rw - tmpfs tmpfs rw
33 22 0:43 / /mnt/drive rw - fuse.rclone remote: rw
broken line
34 30 8:1 / /srv/share/local rw - xfs /dev/sdb rw
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/home/x", "ext4"),
        ("/srv/share/cases", "nfs4"),
        ("/srv/share/local/cases", "xfs"),
        ("/srv/sharex", "ext4"),
        ("/srv/with space/c", "cifs"),
        ("/memory", "tmpfs"),
    ],
)
def test_the_deepest_mount_decides(place: str, kind: str) -> None:
    assert machine.mounted(Path(place), MOUNTS) == kind


def test_without_mounts_the_file_system_is_unknown(tmp_path: Path) -> None:
    assert machine.mounted(Path("/x"), "") is None
    assert machine.file_system(tmp_path, "").state == "unknown"


@pytest.mark.parametrize(
    ("kind", "state"),
    [("nfs4", "warning"), ("fuse.sshfs", "warning"), ("9p", "warning"), ("tmpfs", "warning"), ("btrfs", "ok")],
)
def test_network_and_memory_file_systems_are_warned_of(tmp_path: Path, kind: str, state: str) -> None:
    assert machine.file_system(tmp_path, f"22 1 8:1 / / rw - {kind} x rw\n").state == state


@pytest.mark.parametrize("name", ["Dropbox", "OneDrive - Example", "Google Drive", "Nextcloud", "Yandex.Disk", "MEGA"])
def test_a_cloud_folder_is_warned_of_by_name(tmp_path: Path, name: str) -> None:
    assert machine.synced(tmp_path / "cases").state == "ok"
    (tmp_path / name / "cases").mkdir(parents=True)
    assert machine.synced(tmp_path / name / "cases").state == "warning"


def test_a_cloud_folder_is_warned_of_by_its_mark(tmp_path: Path) -> None:
    (tmp_path / ".stfolder").mkdir()
    (tmp_path / "a").mkdir()
    assert machine.synced(tmp_path / "a" / "cases").state == "warning"


def test_writing_is_tried_and_leaves_nothing(tmp_path: Path) -> None:
    assert machine.writing(tmp_path).state == "ok"
    found = machine.writing(tmp_path / "not" / "there")
    assert found.state == "ok"
    assert "does not exist yet" in found.seen
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_a_failure() -> None:
    assert machine.writing(Path("/proc")).state == "failed"


def test_a_file_system_without_links_is_a_failure(tmp_path: Path) -> None:
    # The name of the link is taken: the step fails as it does where links are not known.
    (tmp_path / f".archiver-doctor-{os.getpid()}.link").touch()
    found = machine.writing(tmp_path)
    assert found.state == "failed"
    assert "refused to link" in found.seen


@pytest.mark.parametrize(
    ("answer", "status", "state"), [(0, 0, "ok"), (5, 0, "warning"), (0, 0x40, "warning"), (-1, 0, "unknown")]
)
def test_what_the_kernel_says_of_its_clock(answer: int, status: int, state: str) -> None:
    assert machine.clock_state(answer, status, 12_000).state == state


def test_the_real_clock_has_one_of_the_three_states() -> None:
    assert machine.clock().state in {"ok", "warning", "unknown"}


@pytest.mark.parametrize(
    ("text", "state"),
    [(None, "missing"), ("# nothing\n", "missing"), ("nameserver 192.0.2.1\nnameserver ::1\n", "ok")],
)
def test_name_servers_are_counted_and_not_shown(text: str | None, state: str) -> None:
    found = machine.name_servers(text)
    assert found.state == state
    assert "192.0.2.1" not in found.seen


def test_a_system_that_trusts_nobody_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path / "none"))
    assert machine.trust_store().state == "missing"
    (tmp_path / "none").mkdir()
    assert machine.trust_store().state == "missing"
    (tmp_path / "none" / "0a1b2c3d.0").write_text("a certificate")
    assert machine.trust_store().state == "ok"


def test_little_room_is_warned_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.space(tmp_path).state in {"ok", "warning"}
    monkeypatch.setattr(machine, "LOW_SPACE", 1 << 60)
    assert machine.space(tmp_path).state == "warning"


def test_every_library_of_the_project_is_listed() -> None:
    found = {one.name: one.state for one in machine.software()}
    assert found["python"] == "ok"
    assert set(machine.LIBRARIES) <= found.keys()
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    wanted = text.partition("dependencies = [")[2].partition("]")[0]
    assert sorted(line.split(">")[0].strip(' ",') for line in wanted.split("\n") if line.strip()) == sorted(
        machine.LIBRARIES
    )


def test_programs_that_are_not_there_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    assert [one.state for one in machine.programs()] == ["missing"] * 3


def test_doctor_exits_with_0_and_names_neither_machine_nor_user(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / getpass.getuser()
    folder.mkdir()
    assert main(["doctor"], environ={"ARCHIVER_CASES": str(folder)}) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("cases folder: $ARCHIVER_CASES\n")
    assert "write access: ok: " in shown
    assert str(tmp_path) not in shown
    assert socket.gethostname() not in shown


def test_a_folder_that_cannot_even_be_looked_for_is_no_bug(tmp_path: Path) -> None:
    odd = tmp_path / ("x" * 300) / "cases"  # no file system has such names: looking is an error, as without permission
    assert machine.nearest(odd) == tmp_path
    assert machine.synced(odd).state == "ok"


def test_doctor_exits_with_4_where_no_case_can_be_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", "--json"], environ={"ARCHIVER_CASES": "/proc/cases"}) == 4
    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "archiver-doctor/1"
    assert document["exit_code"] == 4
    states = {one["name"]: one["state"] for one in document["examined"]}
    assert states["write access"] == "failed"


@pytest.mark.parametrize("code", [ExitCode.OK, ExitCode.CASE])
def test_doctor_on_a_terminal_wraps_under_what_was_seen(code: ExitCode) -> None:
    shown, out, _ = screen(terminal=True, width=60)
    found = (Examined("clock", "warning", "seen " * 20, "hint " * 20), Examined("disk", "ok", "fine"))
    shown.lines(doctor.lines(found, "./cases", code))
    lines = SGR.sub("", out.text).splitlines()
    assert lines[2].startswith("warning  clock  seen")
    assert all(line.startswith(" " * 16) for line in lines[3:6])
    assert lines[-1].endswith("written here")
