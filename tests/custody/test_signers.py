import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sshkeys import MESSAGE, NAMESPACE, made_key, needs_ssh_keygen, public_of, signed

from archiver.custody.seal import NAMESPACE as SEALS
from archiver.custody.signers import Accepted, AllowedSigners, Refused, allowed_signers_line
from archiver.custody.sshsig import PublicKey

KEY = PublicKey.of_line("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBewsV0MsT83oFRJUNHlqlo5xLsaFTu6mAUsBHEf00LM")
NOON = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
EASTERN = timezone(timedelta(hours=-5))
DSS = "ssh-dss AAAAB3NzaC1kc3MAAAADAQABAAAAAwEAAQAAAAMBAAEAAAADAQAB"


def judged(text: str, signer: str = "jane", key: PublicKey = KEY, at: datetime = NOON) -> Accepted | Refused:
    return AllowedSigners.parse(text, EASTERN).judge(signer, key, NAMESPACE, at)


def refusal(text: str, signer: str = "jane") -> str:
    found = judged(text, signer)
    assert isinstance(found, Refused)
    return found.reason


@dataclass(frozen=True)
class Bench:
    """A signature and its key, another key, and ssh-keygen to judge them."""

    folder: Path
    mine: str
    other: str
    armoured: bytes

    def text(self, template: str) -> str:
        return (
            template.replace("SPACED", self.mine.replace(" ", "\u00a0"))
            .replace("MINE", self.mine)
            .replace("OTHER", self.other)
        )

    def ssh_keygen_accepts(self, text: str, signer: str, at: datetime) -> bool:
        (self.folder / "signers").write_bytes(text.encode())
        (self.folder / "sig").write_bytes(self.armoured)
        done = subprocess.run(
            ["ssh-keygen", "-Y", "verify", "-f", "signers", "-I", signer, "-n", NAMESPACE, "-s", "sig",
             f"-Overify-time={at:%Y%m%d%H%M%SZ}"],
            input=MESSAGE, capture_output=True, cwd=self.folder, timeout=60,
        )  # fmt: skip
        return done.returncode == 0


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    folder = tmp_path_factory.mktemp("signers")
    mine, other = made_key(folder, "mine"), made_key(folder, "other")
    return Bench(folder, public_of(mine).line, public_of(other).line, signed(mine))


@pytest.fixture
def eastern(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """This machine stands in a zone five hours behind UTC."""
    monkeypatch.setenv("TZ", "EST5")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


CASES = [
    ('jane name\u017fpaces="git" MINE', False),
    ("jane cert-author\u0131ty MINE", False),
    ("jane SPACED", False),
    ("jane\u00a0MINE", False),
    ("jane MINE\u00a0comment", False),
    ("jane MINE\tcomment", True),
    (r'jane namespaces="NS,x\",valid-before="20300101" MINE', False),
    (r'jane namespaces="a\"b,NS" MINE', True),
    (r'jane namespaces="a\b,NS" MINE', True),
    (r'jane namespaces="NS,a\\" MINE', False),
    (r'jane namespaces="NS,a\" MINE', False),
    ('jane namespaces="NS , x" MINE', False),
    ('jane namespaces="x y,NS" MINE', True),
    ('"jane MINE\njane MINE\n', True),
    ('jane valid-before="soon" MINE\njane MINE\n', True),
    ("jane MINE\n", True),
    ("jane MINE", True),
    ("jane OTHER\n", False),
    ("joan MINE\n", False),
    ("Jane MINE\n", False),
    ("", False),
    ("\n\n# a comment\n  \t\n   # another\n\njane MINE a comment of many words\n", True),
    ("#jane MINE\n", False),
    ("  jane   MINE\n", True),
    ("\tjane\tMINE\t\n", True),
    ("jane MINE\r\n", True),
    ("jane MINE # no comment but a comment\n", True),
    ("joan,jane,jim MINE\n", True),
    ("joan, jane MINE\n", False),
    ("*@example.org,j* MINE\n", True),
    ("* MINE\n", True),
    ("*,!jane MINE\n", False),
    ("!jane,* MINE\n", False),
    ("!joan,* MINE\n", True),
    ("!joan MINE\n", False),
    ("j?ne MINE\n", True),
    ("j?e MINE\n", False),
    ("??* MINE\n", True),
    ("jane* MINE\n", True),
    ("j*n*e MINE\n", True),
    ('"jane" MINE\n', True),
    ('"joan smith,jane" MINE\n', True),
    ('"jane MINE\n', False),
    ('ja"ne" MINE\n', True),
    ('jane namespaces="NS" MINE\n', True),
    ('jane NAMESPACES="NS" MINE\n', True),
    ('jane namespaces="file,NS" MINE\n', True),
    ('jane namespaces="custody-*" MINE\n', True),
    ('jane namespaces="*,!custody-seal@archiver" MINE\n', False),
    ('jane namespaces="file" MINE\n', False),
    ('jane namespaces="" MINE\n', False),
    ("jane namespaces=NS MINE\n", False),
    ('jane namespaces="NS",namespaces="NS" MINE\n', False),
    ('jane namespaces="NS" OTHER\njane MINE\n', True),
    ('jane namespaces="file" MINE\njane MINE\n', True),
    ("jane OTHER\njane MINE\n", True),
    ("jane MINE\njane MINE\n", True),
    ('jane valid-after="20260101" MINE\n', True),
    ('jane valid-after="20260101Z" MINE\n', True),
    ('jane valid-after="20270101" MINE\n', False),
    ('jane valid-before="20270101" MINE\n', True),
    ('jane valid-before="20260101Z" MINE\n', False),
    ('jane valid-before="202606151200Z" MINE\n', True),
    ('jane valid-before="20260615120000Z" MINE\n', True),
    ('jane valid-before="20260615115959Z" MINE\n', False),
    ('jane valid-before="20260615115959z" MINE\n', False),
    ('jane valid-before="20260615120000utc" MINE\n', True),
    ('jane valid-after="20260615120000Z" MINE\n', True),
    ('jane valid-after="20260615120001Z" MINE\n', False),
    ('jane valid-before="202606150700" MINE\n', True),
    ('jane valid-before="202606150659" MINE\n', False),
    ('jane valid-after="20260615070001" MINE\n', False),
    ('jane valid-after="202606150700" MINE\n', True),
    ('jane valid-after="20260101",valid-before="20270101",namespaces="NS" MINE\n', True),
    ('jane valid-after="20270101",valid-before="20260101" MINE\n', False),
    ('jane valid-after="20260101Z",valid-before="20260101Z" MINE\n', False),
    ('jane valid-before="tomorrow" MINE\n', False),
    ('jane valid-before="20261301" MINE\n', False),
    ('jane valid-before="2026-07-01" MINE\n', False),
    ('jane valid-before="" MINE\n', False),
    ('jane valid-before="20260101Z" MINE\njane valid-after="20260101Z" MINE\n', True),
    ("jane cert-authority MINE\n", False),
    ("jane cert-authority MINE\njane MINE\n", True),
    ('jane cert-authority,namespaces="NS" MINE\n', False),
    ("jane no-touch-required MINE\n", False),
    ("jane no-touch-required MINE\njane MINE\n", True),
    ("joan no-touch-required MINE\njane MINE\n", True),
    ("jane namespaces MINE\n", False),
    ('jane namespaces="NS", MINE\n', False),
    ('jane namespaces="NS" , MINE\n', False),
    ('jane namespaces="NS"\n', False),
    ("jane\n", False),
    ("jane\njane MINE\n", True),
    ("joan\njane MINE\n", True),
    ("jane ssh-ed25519 AAAA\njane MINE\n", True),
    ("jane ssh-ed25519 !!\njane MINE\n", True),
    ("joan ssh-ed25519 AAAA\njane MINE\n", True),
    ("jane\x0bMINE\n", False),
    ("jane\u2028joan OTHER\njane MINE\n", True),
]


@needs_ssh_keygen
@pytest.mark.usefixtures("eastern")
@pytest.mark.parametrize(("template", "accepted"), CASES)
def test_the_file_is_judged_as_ssh_keygen_judges_it(bench: Bench, template: str, accepted: bool) -> None:
    text = bench.text(template.replace("NS", NAMESPACE))
    key = PublicKey.of_line(bench.mine)
    found = AllowedSigners.parse(text).judge("jane", key, NAMESPACE, NOON)
    assert bench.ssh_keygen_accepts(text, "jane", NOON) is accepted
    assert isinstance(found, Accepted) is accepted, found


@needs_ssh_keygen
def test_times_are_judged_as_ssh_keygen_judges_them(bench: Bench) -> None:
    text = bench.text('jane valid-after="20260101Z",valid-before="20260701120000Z" MINE')
    key, signers = PublicKey.of_line(bench.mine), AllowedSigners.parse(text)
    moments = {
        datetime(2025, 12, 31, 23, 59, 59, tzinfo=UTC): False,
        datetime(2026, 1, 1, tzinfo=UTC): True,
        datetime(2026, 7, 1, 12, tzinfo=UTC): True,
        datetime(2026, 7, 1, 12, 0, 1, tzinfo=UTC): False,
    }
    for at, accepted in moments.items():
        assert bench.ssh_keygen_accepts(text, "jane", at) is accepted
        assert isinstance(signers.judge("jane", key, NAMESPACE, at), Accepted) is accepted
    almost = datetime(2026, 7, 1, 12, 0, 0, 999_999, tzinfo=UTC)
    assert isinstance(signers.judge("jane", key, NAMESPACE, almost), Accepted)


@needs_ssh_keygen
def test_the_line_that_we_give_out_lets_its_key_seal_and_nothing_else(bench: Bench) -> None:
    key = PublicKey.of_line(bench.mine)
    line = allowed_signers_line("jane.doe+1@example.org", key)
    assert SEALS == NAMESPACE
    assert bench.ssh_keygen_accepts(line, "jane.doe+1@example.org", NOON)
    signers = AllowedSigners.parse(line)
    assert signers.judge("jane.doe+1@example.org", key, NAMESPACE, NOON) == Accepted(1)
    assert isinstance(signers.judge("jane.doe+1@example.org", key, "git", NOON), Refused)


def test_the_accepting_line_is_named_and_what_it_leaves_open() -> None:
    assert judged(f"# ours\njoan {KEY.line}\njane {KEY.line}\n") == Accepted(3)
    anyone = judged(f"jim,* {KEY.line}\n")
    assert isinstance(anyone, Accepted)
    assert "does not say whose key" in anyone.notes[0]
    local = judged(f'jane valid-after="20260101" {KEY.line}\n')
    assert isinstance(local, Accepted)
    assert "time zone of this machine" in local.notes[0]
    assert judged(f'jane valid-after="20260101Z" {KEY.line}\n') == Accepted(1)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "nothing is said of 'jane'"),
        (f"joan {KEY.line}", "nothing is said of 'jane'"),
        ("jane ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKv2IGcdOCT/h40AfnAI3VIwd9EiVgDoYuTbHqOa54Vu",
         "for 'jane' another key is named"),
        (f'jane namespaces="git" {KEY.line}', f"line 1: the key may not sign for '{NAMESPACE}'"),
        (f'jane valid-after="20270101Z" {KEY.line}', "line 1: the key was not valid before 2027-01-01T00:00:00Z"),
        (f'\njane valid-before="20260101Z" {KEY.line}', "line 2: the key was not valid after 2026-01-01T00:00:00Z"),
        (f"jane cert-authority {KEY.line}",
         "line 1: cert-authority: certificates are not accepted here, name the signer's own key"),
        (f'jane valid-before="soon" {KEY.line}', "line 1: valid-before 'soon' is not YYYYMMDD[HHMM[SS]][Z]"),
        (f'jane valid-before="20260231" {KEY.line}', "line 1: valid-before '20260231' is not a time that exists"),
        (f'jane valid-before="00010101Z" {KEY.line}', "line 1: the key was not valid after 0001-01-01T00:00:00Z"),
        (f'jane valid-before="00000101Z" {KEY.line}', "line 1: valid-before '00000101Z' is not a time that exists"),
        (f"jane verify-required {KEY.line}",
         "line 1: an option that is not known, or not written as NAME=\"VALUE\": 'verify-required'"),
        (f'"jane {KEY.line}', "line 1: a quotation mark that is never closed"),
        ("jane", "line 1: there is no key in the line"),
        ('jane namespaces="git"', "line 1: not a public key on one line: TYPE BASE64"),
        ("jane ssh-dss AA", "line 1: an option that is not known, or not written as NAME=\"VALUE\": 'ssh-dss'"),
        (f"jane {DSS}", "line 1: keys of the type 'ssh-dss' are not accepted"),
        (f"jane {KEY.line} \0", "line 1: a null character in the line"),
        (f"joan,\0jane {KEY.line}", "nothing is said of 'jane'"),
        ('jane valid-before="20260101Z",valid-before="20270101Z" x', "line 1: valid-before stands there twice"),
        (f'jane valid-after="20270101Z",valid-before="20260101Z" {KEY.line}',
         "line 1: valid-before is not later than valid-after"),
    ],
)  # fmt: skip
def test_a_refusal_names_line_and_reason(text: str, reason: str) -> None:
    assert refusal(text) == reason


def test_a_line_that_allows_nothing_does_not_hide_the_next_one() -> None:
    assert judged(f"jane {DSS}\njane {KEY.line}") == Accepted(2)


def test_several_reasons_are_all_told() -> None:
    text = f'jane valid-before="20250101Z" {KEY.line}\njane namespaces="git" {KEY.line}'
    assert refusal(text) == (
        "line 1: the key was not valid after 2025-01-01T00:00:00Z; "
        f"line 2: the key may not sign for '{NAMESPACE}'"
    )  # fmt: skip


def test_a_refusal_stays_short_however_much_is_wrong() -> None:
    reason = refusal('jane valid-before="soon" x\n' * 50_000)
    assert reason.endswith("; and 49995 lines more")
    assert len(reason) < 500


@pytest.mark.usefixtures("eastern")
def test_a_time_without_z_is_local() -> None:
    text = f'jane valid-before="202606150659" {KEY.line}'
    assert isinstance(AllowedSigners.parse(text).judge("jane", KEY, NAMESPACE, NOON), Refused)
    assert isinstance(
        AllowedSigners.parse(text, UTC).judge("jane", KEY, NAMESPACE, NOON - timedelta(hours=6)), Accepted
    )


def test_patterns_that_are_made_to_take_long_do_not() -> None:
    text = "*a" * 2000 + "b " + KEY.line
    before = time.process_time()
    assert refusal(text, "a" * 100) == f"nothing is said of '{'a' * 100}'"
    assert time.process_time() - before < 5


def test_a_long_file_is_read_through() -> None:
    text = f"joan {KEY.line}\n" * 20_000 + "x" * 1_000_000 + "\n" + f"jane {KEY.line}"
    assert judged(text) == Accepted(20_002)


PIECES = st.sampled_from(
    ["jane", "*", "!", ",", " ", "\t", '"', "\\", "=", "namespaces", "valid-after", "valid-before", "cert-authority",
     '="20260101"', '="20260101Z"', f'="{NAMESPACE}"', KEY.line, KEY.line[:30], "ssh-ed25519", "\n", "\r", "#", "\0"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=12))
def test_whatever_a_file_says_there_is_a_judgement(pieces: list[str]) -> None:
    assert isinstance(judged("".join(pieces)), Accepted | Refused)


@needs_ssh_keygen
@pytest.mark.long
@given(st.lists(PIECES, max_size=8))
def test_whatever_we_accept_ssh_keygen_accepts(bench: Bench, pieces: list[str]) -> None:
    text = "jane " + "".join(pieces).replace(KEY.line, bench.mine) + " " + bench.mine
    if isinstance(AllowedSigners.parse(text).judge("jane", PublicKey.of_line(bench.mine), NAMESPACE, NOON), Accepted):
        assert bench.ssh_keygen_accepts(text, "jane", NOON), text
