"""Seals on the command line: who signs and who is asked, what is printed, what waits, and the exit codes."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cli_processes import PROGRAM, environment
from listbench import PAGE, until
from server import RawServer, Send, Stay
from sshkeys import needs_ssh_keygen
from stamping import LocalAuthority
from terminals import conversation

from archiver.cli.main import main
from archiver.config.case_file import CaseFile

pytestmark = needs_ssh_keygen

SPEC = (Path(__file__).parents[2] / "docs/spec/json-output.md").read_text("utf-8")
SHA = r"SHA256:[A-Za-z0-9+/]{43}"
UUID = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
ENTER, CTRL_C = b"\n", b"\x03"


@dataclass
class Desk:
    """Somebody's folder and home, with an identity `jane`; `hosts` may be asked although they are not public."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    hosts: list[str]

    @property
    def environ(self) -> dict[str, str]:
        return {"HOME": str(self.folder / "home")}

    def run(self, *args: str) -> tuple[int, str, str]:
        code = main(args, environ=self.environ)
        captured = self.capsys.readouterr()
        return code, captured.out, captured.err

    def document(self, *args: str) -> tuple[int, dict[str, Any]]:
        code, out, err = self.run(*args, "--json")
        assert err == ""
        return code, json.loads(out.splitlines()[-1] if args[0] == "batch" else out)

    def made(self, *options: str, **policy: str) -> None:
        """Make the case `harbour`; `policy` are further lines of policy.seals."""
        assert self.run("init", "harbour", "--title", "T", "--collector", "J. Doe", *options)[0] == 0
        self.amend(f"\n  route:\n    allow_host: {json.dumps(self.hosts)}\n", policy)

    def amend(self, route: str, seals: dict[str, str]) -> None:
        file = self.folder / "cases/harbour/case.yaml"
        text = file.read_text("utf-8").replace("\npolicy:\n", f"\npolicy:{route}", 1)
        if "\npolicy:" not in text:
            text += f"\npolicy:{route}"
        for key, value in seals.items():
            assert "\n  seals:\n" in text
            text = text.replace("\n  seals:\n", f"\n  seals:\n    {key}: {value}\n", 1)
        file.write_text(text, "utf-8")
        assert self.run("amend", "harbour", "--reason", "R")[0] == 0

    def events(self) -> list[dict[str, Any]]:
        log = (self.folder / "cases/harbour/custody.jsonl").read_bytes()
        return [json.loads(line) for line in log.split(b"\n")[:-1]]

    def authorities(self) -> list[str]:
        """Who is asked for the time, as case.yaml says."""
        text = (self.folder / "cases/harbour/case.yaml").read_text("utf-8")
        return [name for name, _ in CaseFile.parse(text).policy.seals.authorities]

    def names(self) -> list[str]:
        return [event["event"] for event in self.events()]

    def on_a_terminal(self, *args: str, answers: list[tuple[bytes, bytes]]) -> tuple[int, str]:
        code, seen = conversation(
            (*PROGRAM, *args), answers, cwd=self.folder, environ=environment(**self.environ, COLUMNS="200")
        )
        return code, seen.decode("utf-8", "replace").replace("\r", "")


@pytest.fixture(scope="module")
def authorities() -> Iterator[tuple[LocalAuthority, LocalAuthority]]:
    with LocalAuthority("first", key="rsa", intermediate=True) as first, LocalAuthority("second", key="ec") as second:
        yield first, second


@pytest.fixture
def tsa(authorities: tuple[LocalAuthority, LocalAuthority]) -> list[str]:
    """The options that name both authorities, which answer."""
    for each in authorities:
        each.mode = "good"
    return [word for each in authorities for word in ("--tsa", f"{each.name}={each.url}")]


@pytest.fixture
def desk(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    raw_server: RawServer,
    authorities: tuple[LocalAuthority, LocalAuthority],
) -> Desk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", None)
    raw_server.default = PAGE
    found = Desk(tmp_path, capsys, [raw_server.netloc, *(each.host_port for each in authorities)])
    assert found.run("identity", "new", "jane", "--no-passphrase")[0] == 0
    return found


@pytest.fixture
def page(raw_server: RawServer) -> str:
    return raw_server.url("/page")


def keys(schema: str) -> set[str]:
    """The members of the example of this schema in docs/spec/json-output.md."""
    found = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", SPEC, re.DOTALL)]
    return set(next(document for document in found if document.get("schema") == schema))


def fields(out: str) -> list[tuple[str, str]]:
    return [(key, value) for key, _, value in (line.partition(": ") for line in out.splitlines()) if value]


def kinds(out: str) -> list[str]:
    return [key for key, _ in fields(out)]


# init


def test_init_says_who_signs_and_what_each_authority_learns(desk: Desk, tsa: list[str]) -> None:
    code, out, err = desk.run("init", "harbour", "--title", "T", "--collector", "J. Doe", "--signer", "jane", *tsa)
    assert (code, err) == (0, "")
    said = fields(out)
    assert re.fullmatch(rf"jane, {SHA}", dict(said)["seals signed by"])
    stamped = [value for key, value in said if key == "time stamps"]
    assert [value.partition(" ")[0] for value in stamped] == ["first", "second"]
    assert all(value.endswith("learns a hash, the time, and the network address") for value in stamped)


def test_init_on_a_pipe_asks_nobody_and_says_how(desk: Desk) -> None:
    code, out, _ = desk.run("init", "harbour", "--title", "T", "--collector", "J. Doe")
    assert code == 0
    said = dict(fields(out))
    assert said["seals signed by"].startswith("nobody: archiver identity new NAME")
    assert said["time stamps"] == "nobody is asked; --tsa proposed asks digicert and sectigo"
    assert desk.authorities() == []


def test_init_document(desk: Desk, tsa: list[str], authorities: tuple[LocalAuthority, LocalAuthority]) -> None:
    code, said = desk.document("init", "harbour", "--title", "T", "--collector", "J", "--signer", "jane", *tsa)
    assert code == 0
    assert said.keys() == keys("archiver-init/1")
    assert said["signer"] == "jane"
    assert said["authorities"] == [{"name": each.name, "url": each.url} for each in authorities]


def test_two_operators_can_be_proposed_by_one_word(desk: Desk) -> None:
    code, said = desk.document("init", "harbour", "--title", "T", "--collector", "J", "--tsa", "proposed")
    assert code == 0
    assert [each["name"] for each in said["authorities"]] == ["digicert", "sectigo"]


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        (("--signer", "nobody"), 3, "identity nobody: there is none on this machine"),
        (("--signer", "../x"), 2, "not a name"),
        (("--tsa", "proposed", "--offline"), 2, "they say different things"),
        (("--tsa", "http://tsa.example/"), 2, "does not begin with a name and ="),
        (("--tsa", "A=http://tsa.example/"), 2, "does not begin with a name and ="),
        (("--tsa", "a=http://u:p@tsa.example/"), 2, "not the plain address"),
        (("--tsa", "a=ftp://tsa.example/"), 2, "not the plain address"),
        (("--tsa", "a=http://tsa.example/\x1b[2J"), 2, "not the plain address"),
        (("--tsa", "a=http://a.example/", "--tsa", "a=http://b.example/"), 2, "the same name"),
        (tuple(w for n in range(9) for w in ("--tsa", f"a{n}=http://a.example/")), 3, "at most 8 authorities"),
    ],
)
def test_init_refuses_before_anything_is_made(desk: Desk, options: tuple[str, ...], code: int, words: str) -> None:
    got, out, err = desk.run("init", "harbour", "--title", "T", "--collector", "J", *options)
    assert (got, out) == (code, "")
    assert words in err
    assert "\x1b" not in err
    assert not (desk.folder / "cases/harbour").exists()


@pytest.mark.parametrize(("typed", "asked"), [(b"yes\n", True), (b"no\n", False), (ENTER, False)])
def test_on_a_terminal_init_asks_whether_authorities_may_be_asked(desk: Desk, typed: bytes, asked: bool) -> None:
    init = ("init", "harbour", "--title", "T", "--collector", "J")
    code, seen = desk.on_a_terminal(*init, answers=[(b"Type yes to ask them", typed)])
    assert code == 0, seen
    assert "digicert (http://timestamp.digicert.com) and sectigo (http://timestamp.sectigo.com)" in seen
    assert "the network address of this machine" in seen
    assert desk.authorities() == (["digicert", "sectigo"] if asked else [])


def test_ctrl_c_at_the_question_makes_no_case(desk: Desk) -> None:
    init = ("init", "harbour", "--title", "T", "--collector", "J")
    code, seen = desk.on_a_terminal(*init, answers=[(b"Type yes to ask them", CTRL_C)])
    assert code == 130, seen
    assert not (desk.folder / "cases/harbour").exists()


def test_offline_init_asks_no_question(desk: Desk) -> None:
    code, seen = desk.on_a_terminal("init", "harbour", "--title", "T", "--collector", "J", "--offline", answers=[])
    assert code == 0, seen
    assert "Type yes" not in seen


# what adds items


def test_capture_is_sealed_before_and_after_and_says_so(desk: Desk, tsa: list[str], page: str) -> None:
    desk.made("--signer", "jane", *tsa)
    code, out, err = desk.run("capture", page, "--case", "harbour")
    assert (code, err) == (0, "")
    block = ["sealed", "time stamp", "time stamp", "receipt"]
    assert [kind for kind in kinds(out) if kind in {*block, "item"}] == [
        "sealed", "receipt", "item", "time stamp", "time stamp", *block
    ]  # fmt: skip
    assert "sealed: seal 2, signed by jane\n" in out
    receipt = fields(out)[-1][1]
    assert re.fullmatch(rf"{UUID} 2 \d+ [0-9a-f]{{64}} \S+Z {SHA}", receipt)
    assert desk.run("receipt", "harbour")[1] == f"receipt: {receipt}\n"
    sealed = [name for name in desk.names() if name in {"seal.completed", "item.requested"}]
    assert sealed == ["seal.completed", "item.requested", "seal.completed"]


def test_a_script_that_captures_again_and_again_makes_one_seal(desk: Desk, tsa: list[str], page: str) -> None:
    desk.made("--signer", "jane", *tsa)
    for number in range(4):
        code, out, _ = desk.run("capture", f"{page}?{number}", "--case", "harbour")
        assert code == 0
    assert "seal due: by the next command in " in out
    assert desk.names().count("seal.completed") == 2  # before and after the first one
    assert desk.run("seal", "harbour")[0] == 0
    assert desk.names()[-1] == "seal.completed"


def test_with_authorities_down_a_script_makes_no_seal_for_each_item(
    desk: Desk, tsa: list[str], page: str, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    desk.made(*tsa)
    for each in authorities:
        each.mode = "down"
    codes = [desk.run("capture", f"{page}?{number}", "--case", "harbour")[0] for number in range(4)]
    assert codes == [7, 0, 0, 0]
    assert desk.names().count("seal.completed") == 2


def test_import_and_batch_seal_too(desk: Desk, page: str, raw_server: RawServer) -> None:
    desk.made("--signer", "jane", interval="0.001")
    (desk.folder / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    code, out, _ = desk.run("import", "harbour", "photo.jpg", "--source", "the family")
    assert code == 0
    assert "sealed: seal 1, signed by jane\n" in out
    (desk.folder / "links.txt").write_text(f"{page}?1\n{page}?2\n")
    code, said = desk.document("batch", "links.txt", "--case", "harbour", "--spacing", "0")
    assert (code, said["exit_code"]) == (0, 0)
    assert said["sealed"]["seal"] == 2
    assert said["sealed"]["receipt"].split()[1] == "2"


def test_capture_document_tells_of_the_seal(desk: Desk, tsa: list[str], page: str) -> None:
    desk.made("--signer", "jane", *tsa)
    code, said = desk.document("capture", page, "--case", "harbour")
    assert code == said["exit_code"] == 0
    assert said.keys() == keys("archiver-capture/1")
    sealed = said["sealed"]
    example = next(json.loads(text) for text in re.findall(r"```json\n(.*?)```", SPEC, re.DOTALL) if '"sealed"' in text)
    assert sealed.keys() == example["sealed"].keys()
    assert [token.keys() for token in sealed["tokens"]] == [{"authority", "gen_time", "serial"}] * 2
    assert (sealed["signer"], sealed["pending"], sealed["due"]) == ("jane", [], None)
    assert sealed["line"] == len(desk.events())


def test_a_batch_that_has_nothing_left_to_do_seals_nothing_twice(desk: Desk, page: str) -> None:
    desk.made("--signer", "jane", interval="0.001")
    (desk.folder / "links.txt").write_text(f"{page}\n")
    assert desk.run("batch", "links.txt", "--case", "harbour")[0] == 0
    before = desk.names()
    assert desk.run("batch", "links.txt", "--case", "harbour")[0] == 0
    assert desk.names() == before


# what is lacking


def test_a_missing_time_stamp_is_exit_7_seen_everywhere_and_added_by_renew(
    desk: Desk, tsa: list[str], page: str, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    desk.made("--signer", "jane", *tsa)
    authorities[1].mode = "down"
    code, out, _ = desk.run("capture", page, "--case", "harbour")
    assert code == 7
    assert "time pending: second: " in out
    assert "outcome: complete" in out
    doctor = desk.run("doctor")[1]
    assert (
        "case harbour: warning: time pending: seal 2 has no stamp of second\nhint: archiver renew harbour\n" in doctor
    )
    code, said = desk.document("renew", "harbour")
    assert code == said["exit_code"] == 7
    assert (said["seal"], said["tokens"]) == (None, [])
    authorities[1].mode = "good"
    code, said = desk.document("renew", "harbour")
    assert code == said["exit_code"] == 0
    assert said.keys() == keys("archiver-seal/1")
    assert [token["authority"] for token in said["tokens"]] == ["second"]
    assert "case harbour" not in desk.run("doctor")[1]
    assert "renewed: nothing: every authority has stamped" in desk.run("renew", "harbour")[1]
    assert desk.run("verify", "harbour")[0] == 0


def test_what_waits_is_seen_in_the_list_on_a_terminal(desk: Desk, page: str) -> None:
    desk.made()
    assert desk.run("capture", page, "--case", "harbour")[0] == 0
    assert desk.run("capture", page, "--case", "harbour")[0] == 0
    code, seen = desk.on_a_terminal("list", "harbour", answers=[])
    assert code == 0
    assert "seal due: 2 lines of the log since seal 1; see to it with `archiver seal harbour`" in seen
    assert "case harbour: warning: seal due: 2 lines of the log since seal 1\n" in desk.run("doctor")[1]


def test_a_case_that_cannot_be_read_hides_no_other_one(desk: Desk) -> None:
    desk.made()
    other = desk.folder / "cases/another"
    (other / "seals").mkdir(parents=True)
    (other / "custody.jsonl").write_bytes(b"")
    (other / "seals/000001.seal").write_bytes(b"\x1b[2J no seal")
    (desk.folder / "cases/a\x1bname").mkdir()
    code, out, err = desk.run("doctor")
    assert (code, err) == (0, "")
    assert "case another: warning: seal unknown: " in out
    assert "case harbour: warning: seal due: " in out
    assert "\x1b" not in out


def test_a_policy_that_defers_time_stamps_exits_with_0(
    desk: Desk, tsa: list[str], page: str, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    desk.made(*tsa, defer="true")
    for each in authorities:
        each.mode = "error"
    code, out, _ = desk.run("capture", page, "--case", "harbour")
    assert code == 0
    assert "time pending: first: it answered with HTTP status 503" in out


def test_offline_contacts_no_authority_and_puts_that_on_record(
    desk: Desk, tsa: list[str], page: str, authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    desk.made(*tsa)
    before = [len(each.requests) for each in authorities]
    code, out, _ = desk.run("capture", page, "--case", "harbour", "--offline")
    assert code == 0
    assert "time pending: first: not asked" in out
    assert desk.run("seal", "harbour", "--offline")[0] == 0
    assert [len(each.requests) for each in authorities] == before
    pending = [event["data"]["pending"] for event in desk.events() if event["event"] == "seal.completed"]
    assert [[each["authority"] for each in one] for one in pending] == [["first", "second"]] * 2


def test_5_comes_before_6_before_7(desk: Desk, tsa: list[str], page: str, raw_server: RawServer) -> None:
    desk.made("--signer", "jane", interval="0.001")
    for file in (desk.folder / "home/.config/archiver/identities").iterdir():
        file.unlink()
    raw_server.routes["/cut"] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"
    cut, gone = raw_server.url("/cut"), "http://127.0.0.1:1/"
    for addresses, expected in (((page,), 7), ((cut,), 6), ((gone,), 5), ((page, gone), 6), ((page, cut), 6)):
        code, out, _ = desk.run("capture", *addresses, "--case", "harbour")
        assert code == expected, out
        assert "seal due: identity jane: there is none on this machine" in out
    assert "seal.completed" not in desk.names()


def test_answers_that_are_no_time_stamp_leave_the_seal_and_the_reason(
    desk: Desk, tsa: list[str], authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    desk.made(*tsa)
    for first, second in (("garbage", "redirect"), ("huge", "other-data"), ("other-nonce", "refusal")):
        authorities[0].mode, authorities[1].mode = first, second  # type: ignore[assignment]
        code, out, err = desk.run("seal", "harbour")
        assert (code, err) == (7, "")
        assert [value.partition(":")[0] for key, value in fields(out) if key == "time pending"] == ["first", "second"]
    assert desk.run("verify", "harbour")[0] == 0


# receipts, keys


def test_a_receipt_that_was_read_out_is_taken_by_verify(desk: Desk) -> None:
    desk.made("--signer", "jane")
    desk.run("seal", "harbour")
    spoken = desk.run("receipt", "harbour", "--spoken")[1].removeprefix("receipt: ").rstrip("\n")
    assert re.match(r"[0-9a-f]{4} [0-9a-f]{4} ", spoken)
    assert desk.run("verify", "harbour", "--expect", spoken)[0] == 0
    code, said = desk.document("receipt", "harbour")
    assert code == 0
    assert said.keys() == keys("archiver-receipt/1")
    assert (said["seal"], said["waiting"]) == (1, 0)


def test_without_a_seal_there_is_no_receipt_and_nothing_to_renew(desk: Desk, tsa: list[str]) -> None:
    desk.made(*tsa)
    for command in ("receipt", "renew"):
        code, out, err = desk.run(command, "harbour")
        assert (code, out) == (2, "")
        assert "no seal yet" in err


def test_a_key_is_revoked_and_signs_no_more(desk: Desk) -> None:
    desk.made("--signer", "jane")
    desk.run("seal", "harbour")
    revoke = ("identity", "revoke", "jane", "--case", "harbour", "--reason", "laptop taken")
    code, said = desk.document(*revoke, "--since", "2026-11-22T10:30:00+01:00")
    assert code == 0
    assert (said["schema"], said["event"]["event"]) == ("archiver-identity-revoke/1", "key.revoked")
    assert said["event"]["data"]["since"] == "2026-11-22T09:30:00Z"
    assert desk.run(*revoke)[0] == 2
    code, out, _ = desk.run("seal", "harbour")
    assert code == 7
    assert "was revoked on line" in out
    assert "archiver identity new makes another one" in out


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (("--since", "yesterday"), "not a time with its zone"),
        (("--since", "2026-11-22T10:30:00"), "not a time with its zone"),
        (("--since", "0001-01-01T00:00:00+14:00"), "not a time with its zone"),
        (("--key", "SHA256:short"), "not a fingerprint"),
        (("--key", f"SHA256:{'A' * 43}"), "has no key"),
    ],
)
def test_a_revocation_that_cannot_be_meant_is_refused(desk: Desk, more: tuple[str, ...], words: str) -> None:
    desk.made("--signer", "jane")
    desk.run("seal", "harbour")
    before = desk.names()
    code, out, err = desk.run("identity", "revoke", "jane", "--case", "harbour", "--reason", "R", *more)
    assert (code, out) == (2, "")
    assert words in err
    assert desk.names() == before


def test_the_passphrase_is_asked_for_on_the_terminal_and_a_wrong_one_leaves_the_seal_due(desk: Desk, page: str) -> None:
    code, seen = desk.on_a_terminal(
        "identity", "new", "anna", answers=[(b"Enter passphrase", b"correct horse\n"), (b"same", b"correct horse\n")]
    )
    assert code == 0, seen
    desk.made("--signer", "anna", interval="0.001")
    capture = ("capture", page, "--case", "harbour")
    code, seen = desk.on_a_terminal(*capture, answers=[(b"Enter passphrase", b"wrong\n")])
    assert code == 7, seen
    assert "the passphrase was wrong" in " ".join(seen.split())
    code, out, _ = desk.run(*capture)
    assert code == 7
    assert "there is no terminal to ask for it" in out
    code, seen = desk.on_a_terminal(*capture, answers=[(b"Enter passphrase", b"correct horse\n")])
    assert code == 0, seen
    assert "seal 1, signed by anna" in seen
    assert "horse" not in seen


# being stopped


@pytest.mark.parametrize("command", ["capture", "batch"])
def test_ctrl_c_while_an_answer_comes_leaves_the_seal_due(desk: Desk, raw_server: RawServer, command: str) -> None:
    desk.made("--signer", "jane")
    raw_server.routes["/slow"] = (Send(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), Stay())
    address = raw_server.url("/slow")
    (desk.folder / "links.txt").write_text(f"{address}\n")
    with subprocess.Popen(
        (*PROGRAM, command, address if command == "capture" else "links.txt", "--case", "harbour", "--json"),
        cwd=desk.folder, env=environment(**desk.environ),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        until(lambda: raw_server.requests)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (130 if command == "capture" else 6, b"")  # of a list, no row is left
    said = json.loads(out.splitlines()[-1] if command == "batch" else out)
    assert said["sealed"]["due"] == "stopped before it; by the next command, or by archiver seal"
    assert "seal.completed" not in desk.names()


def test_ctrl_c_while_an_authority_is_silent_makes_no_seal(
    desk: Desk, tsa: list[str], authorities: tuple[LocalAuthority, LocalAuthority]
) -> None:
    desk.made("--signer", "jane", *tsa)
    authorities[0].mode = "silent"
    asked = len(authorities[0].requests)
    with subprocess.Popen(
        (*PROGRAM, "seal", "harbour"), cwd=desk.folder, env=environment(**desk.environ),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        until(lambda: len(authorities[0].requests) > asked)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, out) == (130, b"")
    assert b"interrupted" in err
    assert "seal.completed" not in desk.names()
    assert desk.run("verify", "harbour")[0] == 0
    authorities[0].mode = "good"
    assert desk.run("seal", "harbour")[0] == 0


@pytest.mark.parametrize(("command", "times"), [("import", 1), ("capture", 2), ("batch", 3)])
def test_ctrl_c_while_items_are_sealed_still_tells_of_the_items(
    desk: Desk, tsa: list[str], page: str, authorities: tuple[LocalAuthority, LocalAuthority], command: str, times: int
) -> None:
    desk.made(*tsa, interval="0.001")
    assert desk.run("seal", "harbour")[0] == 0
    (desk.folder / "links.txt").write_text(f"{page}\n")
    args = {
        "import": ("import", "harbour", "links.txt", "--source", "S"),
        "capture": ("capture", page, "--case", "harbour"),
        "batch": ("batch", "links.txt", "--case", "harbour"),
    }[command]
    authorities[0].mode = "silent"
    asked = len(authorities[0].requests)
    with subprocess.Popen(
        ("env", "--default-signal=HUP", *PROGRAM, *args, "--json"), cwd=desk.folder, env=environment(**desk.environ),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        until(lambda: len(authorities[0].requests) > asked)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[:times]:  # two of one kind could become one
            child.send_signal(number)
        out, err = child.communicate(timeout=60)
    assert (child.returncode, err) == (130, b"")
    said = (
        json.loads(out) if command != "batch" else next(d for d in map(json.loads, out.splitlines()) if "counts" in d)
    )
    assert len(said["items"]) == 1 if command != "batch" else said["counts"]["complete"] == 1
    assert desk.names().count("seal.completed") == 1
    assert desk.run("verify", "harbour")[0] == 0
