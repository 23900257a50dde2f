"""What the verifier brings along on the command line, and cases that the program itself has sealed."""

import json
import os
from pathlib import Path

import pytest
from sealed_cases import FIRST, JANE, JANES, MALLORYS, SECOND, Sealer, begun, sealed_case
from stamping import local_authorities
from verify_cases import text_of

from archiver.cli.main import main
from archiver.config.case_file import new_case_yaml
from archiver.custody.receipt import Receipt
from archiver.custody.stamp import Authority, Stamps, stamps
from archiver.custody.store import CaseStore
from archiver.custody.token import Roots
from archiver.model.verdict import Severity
from archiver.runtime import system_runtime
from archiver.verify.run import verify_case

CASE = "3f2b8c1e-0d4a-4c57-9a43-6e0f2b7d9c11"


@pytest.fixture
def case(tmp_path: Path) -> Sealer:
    return sealed_case(tmp_path / "case")


@pytest.fixture
def signers(tmp_path: Path) -> str:
    (tmp_path / "signers").write_text(f"# from the engagement letter\n{JANE} {JANES.public.line}\n")
    return str(tmp_path / "signers")


@pytest.fixture
def roots(tmp_path: Path) -> str:
    (tmp_path / "roots.pem").write_bytes(FIRST.root.pem + SECOND.root.pem)
    return str(tmp_path / "roots.pem")


def run(capsys: pytest.CaptureFixture[str], *args: object) -> tuple[int, str]:
    code = main(("verify", *map(str, args)), environ=dict(os.environ))
    return code, capsys.readouterr().out


def test_with_receipt_signers_and_roots_nothing_is_left_unasked(
    case: Sealer, signers: str, roots: str, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt = Receipt.parse(case.seals[-1].data["receipt"])
    for text in (receipt.text(), receipt.spoken()):
        known = ("--expect", text, "--allowed-signers", signers, "--tsa-roots", roots, "--strict")
        code, out = run(capsys, case.path, *known)
        assert code == 0, out
        assert "not asked" not in out
        assert "in words: everything that was checked agrees with the custody log and its seals" in out


def test_without_them_the_answer_says_what_was_not_asked(case: Sealer, capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, case.path)
    assert code == 0
    assert [line.partition(":")[0] for line in out.splitlines()].count("not asked") == 4
    assert run(capsys, case.path, "--strict")[0] == 9


def test_a_receipt_alone_that_does_not_fit_has_its_own_last_sentence(
    case: Sealer, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = run(capsys, case.path, "--expect", f"{CASE} 7 57 {'ab' * 32} - -")
    assert code == 8
    assert "in words: this folder is not the case, or not the state of it, that the receipt was given for" in out


def test_seals_alone_that_do_not_fit_have_theirs(case: Sealer, capsys: pytest.CaptureFixture[str]) -> None:
    (case.path / "seals/000001.first.tsr").write_bytes(b"x")
    code, out = run(capsys, case.path, "--json")
    document = json.loads(out)
    assert (code, document["sentence"]) == (
        8,
        "the case is not as its seals say: see what is marked as contradicted",
    )


def test_somebody_elses_key_under_the_name_of_the_signer_is_contradicted(
    case: Sealer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "signers").write_text(f"{JANE} {MALLORYS.public.line}\n")
    assert run(capsys, case.path, "--allowed-signers", tmp_path / "signers")[0] == 8


def test_roots_of_the_system_do_not_know_an_authority_of_ones_own(
    case: Sealer, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = run(capsys, case.path, "--tsa-roots", "system", "--only", "tokens")
    assert code == 9
    assert "cannot be traced to a root that you named" in out


@pytest.mark.parametrize("check", ["seals", "signatures", "tokens", "receipt", "seals,tokens"])
def test_the_checks_of_seals_can_be_asked_for_alone(
    case: Sealer, check: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out = run(capsys, case.path, "--only", check, "--json")
    assert code == 0
    assert {finding["check"] for finding in json.loads(out)["findings"]} == set(check.split(","))


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (("--expect", "seal 7"), "this is not a receipt"),
        (("--allowed-signers", "nowhere"), "cannot be read"),
        (("--allowed-signers", "empty"), "it names nobody"),
        (("--tsa-roots", "nowhere"), "cannot be read"),
        (("--tsa-roots", "empty"), "no certificate of an authority could be read"),
    ],
)
def test_what_cannot_be_used_is_refused_before_anything_is_read(
    case: Sealer, given: tuple[str, str], why: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(case.path.parent)
    Path("empty").write_text("# nobody\n\n")
    code, out = run(capsys, case.path, *given, "--json")
    assert code == 2
    assert why in json.loads(out)["error"]["message"]


def test_a_warc_file_by_itself_has_no_seals(case: Sealer, capsys: pytest.CaptureFixture[str]) -> None:
    warc = case.path / "evidence/000/000001.warc.gz"
    code, out = run(capsys, warc, "--tsa-roots", "system", "--json")
    assert code == 2
    assert "a WARC file by itself has no seals" in json.loads(out)["error"]["message"]


@pytest.mark.parametrize("as_json", [(), ("--json",)])
def test_nothing_of_a_hostile_case_reaches_the_screen_as_more_than_text(
    tmp_path: Path, as_json: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    case = begun(tmp_path / "case")
    evil = "\x1b[2J\x07\u202e[bold]\r\n"
    case.seal(JANES, FIRST, sign=lambda text: JANES.sign(text, "x[red]y"))
    case.add(
        "key.revoked",
        {
            "signer": JANE,
            "fingerprint": JANES.public.fingerprint,
            "reason": evil,
            "since": None,
            "software": evil,
        },
    )
    pending = [{"authority": "second", "reason": evil}]
    case.note()
    case.state.sealed.keys.clear()
    case.key_added(MALLORYS, "mallory")
    case.seal(MALLORYS, FIRST, signer="mallory", data=lambda data: {**data, "pending": pending})
    _, out = run(capsys, case.path, *as_json)
    assert "time pending of second" in out
    assert not {char for char in out if ord(char) < 32 or char in "\x7f\u202e"} - {"\n"}


# sealed by the program


def test_a_case_that_the_program_sealed_and_openssl_stamped_is_sound(tmp_path: Path) -> None:
    runtime = system_runtime()
    text = new_case_yaml(case_id=f"urn:uuid:{CASE}", name="harbour", title="T", collector="Jane Doe")
    path = tmp_path / "harbour"
    CaseStore.create(path, text, runtime)
    key = JANES.public
    with (
        local_authorities("first", "second") as (first, second),
        CaseStore.open(path, runtime, adopt=lambda *_: None) as store,
    ):
        by_url = {first.url: first, second.url: second}
        both = tuple(Authority(authority.name, authority.url) for authority in (first, second))

        def stamp(sums: bytes) -> Stamps:
            return stamps(
                sums,
                both,
                ask=lambda url, query: by_url[url].reply(query),
                clock=runtime.clock,
                ids=runtime.ids,
            )

        store.append("note.added", {"text": "seen", "item": None})
        store.add_key(JANE, key.line, key.fingerprint)
        receipts = []
        for _ in range(3):
            sealed = store.seal(JANES.sign, JANE, key.fingerprint, stamp)
            receipts.append(Receipt.parse(sealed.data["receipt"]))
            store.append("note.added", {"text": "seen", "item": None})
        store.add_token(2, stamp((path / "seals/000002.sums").read_bytes()).tokens[0])
        assert store.unsealed() == 1
        roots = Roots.from_pem(first.roots_pem + second.roots_pem)
    for receipt in receipts:
        verdict = verify_case(path, signers=JANES.allowed(), roots=roots, expect=receipt, now=runtime.clock.now())
        assert verdict.exit_code(strict=True) == 0, text_of(verdict)
        notes = [f.message for f in verdict.findings if f.severity is Severity.NOTE]
        assert notes == ["1 line since the last seal is covered by no seal"]
        assert dict(verdict.counts)["stamps"] == 7
