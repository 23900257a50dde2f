"""Who signed: sound or contradicted by arithmetic, and named by nobody but the verifier."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sealed_cases import (
    FIRST,
    JANE,
    JANES,
    JOES,
    MALLORYS,
    SECOND,
    TODAY,
    Sealer,
    Tsa,
    begun,
    both,
    known,
    sealed_case,
    told,
)
from sshkeys import keygen, needs_ssh_keygen
from stamping import openssl_accepts
from verify_cases import START, rewrite

from archiver.custody.signers import AllowedSigners
from archiver.verify.run import verify_case

HOUR = timedelta(hours=1)


def said(case: Sealer, signers: AllowedSigners | None = None) -> str:
    return told(verify_case(case.path, signers=signers, roots=both, now=TODAY), "signatures")


def test_without_a_file_of_signers_a_sound_signature_is_by_somebody_unnamed(tmp_path: Path) -> None:
    case = sealed_case(tmp_path / "case")
    text = said(case)
    assert f"UNASKED  : 2 signatures, sound, by a key that you have not named: {JANES.public.fingerprint}" in text
    assert "--allowed-signers" in text


def test_the_copy_in_the_case_identifies_nobody(tmp_path: Path) -> None:
    case = sealed_case(tmp_path / "case")
    assert next((case.path / "trust").iterdir()).read_text().startswith(JANE)
    assert "that you have not named" in said(case)


def test_a_signer_whom_the_verifier_names_is_told_by_name_and_key(tmp_path: Path) -> None:
    case = sealed_case(tmp_path / "case")
    text = said(case, JANES.allowed())
    assert f"OK  : 2 seals signed by '{JANE}' with {JANES.public.fingerprint}" in text
    assert "the time of its time stamp" in text


def test_a_signer_of_whom_the_file_says_nothing_is_unchecked(tmp_path: Path) -> None:
    text = said(begun_and_sealed(tmp_path), JOES.allowed("joe"))
    assert "UNCHECKED seals/000001.seal" in text
    assert "your file of signers does not tell: nothing is said of" in text
    assert "BROKEN" not in text


def test_a_name_with_another_key_in_the_file_is_contradicted(tmp_path: Path) -> None:
    text = said(begun_and_sealed(tmp_path), JOES.allowed())
    assert "BROKEN seals/000001.seal" in text
    assert "another key is named" in text


def test_a_line_for_any_name_is_accepted_and_said_to_be_one(tmp_path: Path) -> None:
    text = said(begun_and_sealed(tmp_path), JANES.allowed("*"))
    assert "NOTE" in text
    assert "does not say whose key it is" in text


def begun_and_sealed(folder: Path) -> Sealer:
    case = begun(folder / "case")
    case.seal(JANES, FIRST)
    return case


@pytest.mark.parametrize(
    ("options", "accepted"),
    [
        ('valid-before="20261122065600Z"', True),  # of the seal at 06:56:04 and its stamp a second later: too early
        ('valid-before="20261122070000Z"', True),
        ('valid-after="20261122070000Z"', False),
        ('namespaces="file"', False),
    ],
)
def test_validity_is_judged_at_the_time_of_the_stamp(tmp_path: Path, options: str, accepted: bool) -> None:
    case = begun_and_sealed(tmp_path)
    stamped = case.seals[0].data["tokens"][0]["gen_time"]
    accepted = accepted and (stamped <= "2026-11-22T06:56:00Z" or "065600" not in options)
    assert ("BROKEN" not in said(case, JANES.allowed(options=options))) is accepted


def test_without_a_stamp_it_is_judged_at_the_claimed_time_and_that_is_said(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    assert "the time that the seal claims, as no time stamp by an authority that you named shows it" in said(
        case, JANES.allowed()
    )
    expired = JANES.allowed(options='valid-before="20261101Z"')
    assert "BROKEN" in said(case, expired)


def test_a_stamp_that_leads_to_no_root_of_the_verifier_dates_no_signature(tmp_path: Path) -> None:
    case = begun_and_sealed(tmp_path)
    verdict = verify_case(case.path, signers=JANES.allowed(), roots=SECOND.roots, now=TODAY)
    assert "the time that the seal claims" in told(verdict, "signatures")


def test_an_unsigned_seal_is_not_asked_about_or_unchecked_where_signers_are_named(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(None, FIRST)
    assert "UNASKED  : seal 1 is not signed: nobody vouches by name" in said(case)
    assert "UNCHECKED  : seal 1 is not signed" in said(case, JANES.allowed())


def test_many_unsigned_seals_are_told_at_once(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    for _ in range(10):
        case.seal(None)
    assert "10 seals (1, 2, 3, 4, 5, 6, 7, 8, …) are not signed" in said(case)


# arithmetic


@pytest.mark.parametrize(
    ("sign", "why"),
    [
        (lambda text: JANES.sign(text + b"x"), "it does not fit this key and these bytes"),
        (lambda text: JANES.sign(text, "file"), "it was made for 'file'"),
        (lambda text: b"-----BEGIN PGP SIGNATURE-----\n", "it is not one armoured SSH signature"),
        (lambda text: b"", "it is not one armoured SSH signature"),
    ],
)
def test_a_signature_that_does_not_fit_is_contradicted(
    tmp_path: Path, sign: Callable[[bytes], bytes], why: str
) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, sign=sign)
    text = said(case, JANES.allowed())
    assert "BROKEN seals/000001.seal : its signature is not sound" in text
    assert why in text


def test_a_signature_by_another_key_than_the_log_says_is_contradicted(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST, sign=MALLORYS.sign)
    assert f"it is signed with the key {MALLORYS.public.fingerprint}, and log line 5 says" in said(case)


def test_a_signature_that_cannot_be_read_is_unchecked(tmp_path: Path) -> None:
    case = begun_and_sealed(tmp_path)
    (case.path / "seals/000001.seal.sig").unlink()
    assert "UNCHECKED seals/000001.seal.sig : it could not be judged" in said(case)


# keys on the record


def test_a_key_that_the_log_never_added_is_contradicted(tmp_path: Path) -> None:
    case = begun_and_sealed(tmp_path)
    rewrite(case.path, lambda events: events.pop(3))
    assert "which the log never added for them" in said(case)


def test_a_key_that_was_added_for_somebody_else_is_contradicted(tmp_path: Path) -> None:
    case = begun_and_sealed(tmp_path)
    rewrite(case.path, lambda events: events[3]["data"].update(signer="joe"))
    assert "which the log never added for them" in said(case)


def test_an_added_key_that_is_none_is_left_to_the_check_of_the_log(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    rewrite(case.path, lambda events: events[3]["data"].update(key="ssh-ed25519 A"))
    verdict = verify_case(case.path)
    assert "the fingerprint is not that of the key" in told(verdict, "canonical")


def test_a_seal_made_after_the_key_was_revoked_is_contradicted(tmp_path: Path) -> None:
    case = begun_and_sealed(tmp_path)
    case.key_revoked(JANES, case.at)
    case.note()
    seal_all_the_same(case)
    text = said(case, JANES.allowed())
    assert "BROKEN seals/000002.seal : it is signed with the key" in text
    assert "after log line 6 had revoked that key" in text
    assert "000001.seal" not in text


def seal_all_the_same(case: Sealer) -> None:
    """Seal with a key that the state of the log would not let a writer use."""
    revoked = case.state.sealed.keys.pop(JANES.public.fingerprint)
    case.state.sealed.keys[JANES.public.fingerprint] = replace(revoked, revoked=0)
    case.seal(JANES, FIRST)


def test_a_revocation_is_told_with_its_reason(tmp_path: Path) -> None:
    case = begun_and_sealed(tmp_path)
    case.key_revoked(JANES, None)
    text = said(case)
    assert f"NOTE custody.jsonl line 6: the key {JANES.public.fingerprint} of '{JANE}' was revoked from the" in text
    assert "the laptop was stolen" in text


@pytest.mark.parametrize(("since", "unchecked"), [(+HOUR, False), (-HOUR, True), (None, True)])
def test_what_a_stolen_key_signed_before_it_was_stolen_stands_if_a_stamp_shows_that(
    tmp_path: Path, since: timedelta | None, unchecked: bool
) -> None:
    case = begun_and_sealed(tmp_path)
    case.key_revoked(JANES, case.at + since if since is not None else None)
    text = said(case, JANES.allowed())
    assert ("UNCHECKED seals/000001.seal : its key was revoked" in text) is unchecked
    assert "BROKEN" not in text


def test_without_a_stamp_nothing_shows_that_a_stolen_key_signed_in_time(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    case.key_revoked(JANES, case.at + HOUR)
    assert "and time stamps by authorities that you named show nothing about its time" in said(case)


def test_a_stamp_over_a_later_seal_shows_it_as_well(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    case.key_added(JOES, "joe")
    case.seal(JOES, FIRST, signer="joe")
    case.key_revoked(JANES, case.at + HOUR)
    assert "UNCHECKED" not in said(case)


def test_a_case_goes_on_under_a_new_key(tmp_path: Path) -> None:
    case = begun_and_sealed(tmp_path)
    case.key_added(JOES, "joe")
    case.seal(JANES, FIRST)
    case.key_revoked(JANES, case.at + HOUR)
    case.seal(JOES, FIRST, signer="joe")
    lines = f"{JANE} {JANES.public.line}\njoe {JOES.public.line}\n"
    verdict = verify_case(case.path, signers=AllowedSigners.parse(lines), roots=both, now=TODAY)
    assert verdict.exit_code() == 0
    assert "2 seals signed by 'jane.doe@example.org'" in told(verdict, "signatures")
    assert "1 seal signed by 'joe'" in told(verdict, "signatures")


@pytest.mark.parametrize("sealed", [True, False])
def test_a_new_key_that_no_seal_by_the_old_one_covers_is_told(tmp_path: Path, sealed: bool) -> None:
    case = begun_and_sealed(tmp_path)
    case.key_added(JOES, "joe")
    if sealed:
        case.seal(JANES, FIRST)
    case.seal(JOES, FIRST, signer="joe")
    case.seal(JOES, FIRST, signer="joe")
    text = said(case)
    assert ("'joe' signs with" in text) is not sealed
    assert text.count("no seal by an earlier key covers that") == (not sealed)


def test_a_seal_that_only_claims_to_be_of_the_time_of_a_key_is_unchecked(tmp_path: Path) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    until_next_day = JANES.allowed(options='valid-before="20261123Z"')
    text = said(case, until_next_day)
    assert "UNCHECKED seals/000001.seal : your file of signers allows" in text
    assert "no time stamp by an authority that you named shows that it is older than that" in text
    assert "UNCHECKED" not in said(case, JANES.allowed())
    unknown = verify_case(case.path, signers=until_next_day, roots=both)
    assert "that it claims" not in told(unknown, "signatures")


@pytest.mark.parametrize(("wait", "unchecked"), [(HOUR, False), (48 * HOUR, True)])
def test_a_stamp_over_a_later_seal_shows_whether_the_key_was_good_then(
    tmp_path: Path, wait: timedelta, unchecked: bool
) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES)
    case.key_added(JOES, "joe")
    case.at += wait
    case.seal(JOES, FIRST, signer="joe")
    assert (
        "no time stamp by an authority that you named shows that it is older"
        in said(case, JANES.allowed(options='valid-before="20261123Z"'))
    ) is (unchecked)


# against the real thing


@needs_ssh_keygen
@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs sha256sum: Debian package coreutils")
def test_what_is_sound_here_is_sound_by_hand(tmp_path: Path) -> None:
    case = sealed_case(tmp_path / "case")
    assert known(case.path).exit_code() == 0
    (tmp_path / "signers").write_text(f"{JANE} {JANES.public.line}\n")
    seals = case.path / "seals"
    for number in ("000001", "000002"):
        done = subprocess.run(["sha256sum", "-c", "--strict", f"{number}.sums"], cwd=seals, capture_output=True)
        assert done.returncode == 0
        done = keygen(
            *("-Y", "verify", "-f", tmp_path / "signers", "-I", JANE, "-n", "custody-seal@archiver"),
            *("-s", seals / f"{number}.seal.sig"),
            stdin=(seals / f"{number}.seal").read_bytes(),
        )
        assert done.returncode == 0, done.stderr
        stamp = (seals / f"{number}.first.tsr").read_bytes()
        at = str(int(START.timestamp()) + 10)
        sums = (seals / f"{number}.sums").read_bytes()
        assert openssl_accepts(sums, stamp, FIRST.root.pem, "-attime", at)
    listed = b"".join(file.read_bytes() for file in sorted(seals.glob("*.files.sha256")))
    done = subprocess.run(["sha256sum", "-c", "--strict"], input=listed, cwd=case.path, capture_output=True)
    assert done.returncode == 0


@pytest.mark.parametrize("line", ["ssh-ed25519 AAAAC3Nz", f"cert-authority {JANES.public.line}", "keys to follow"])
def test_a_line_of_the_verifier_that_cannot_be_used_accuses_nobody(tmp_path: Path, line: str) -> None:
    case = begun(tmp_path / "case")
    case.seal(JANES, FIRST)
    signers = AllowedSigners.parse(f"{JANE} {line}\n")
    text = told(verify_case(case.path, signers=signers), "signatures")
    assert "UNCHECKED seals/000001.seal" in text
    assert "your file of signers does not tell: line 1: " in text
    assert "BROKEN" not in text
    both = AllowedSigners.parse(f"{JANE} {line}\n{JANE} {JOES.public.line}\n")
    assert "BROKEN seals/000001.seal" in told(verify_case(case.path, signers=both), "signatures")


def test_an_authority_that_a_thief_set_up_makes_no_late_signature_good(tmp_path: Path) -> None:
    early = START - timedelta(days=200)
    case = begun(tmp_path / "case")
    case.seal(JANES, Tsa("own", days=(-900, 900)), sealed_at=early, stamped_at=early)
    ended = JANES.allowed(options='valid-before="20261101Z"')
    for roots in (None, FIRST.roots):
        text = told(verify_case(case.path, signers=ended, roots=roots, now=TODAY), "signatures")
        assert "UNCHECKED seals/000001.seal" in text
        assert "no time stamp by an authority that you named shows that it is older" in text
        assert "as your file of signers allows" not in text


def test_an_authority_that_a_thief_set_up_dates_nothing_before_a_key_was_revoked(tmp_path: Path) -> None:
    early = START - timedelta(days=200)
    case = begun(tmp_path / "case")
    own = Tsa("own", days=(-900, 900))
    case.seal(JANES, own, sealed_at=early, stamped_at=early)
    case.key_revoked(JANES, START - timedelta(days=100))
    for roots in (None, FIRST.roots):
        text = told(verify_case(case.path, roots=roots, now=TODAY), "signatures")
        why = "time stamps by authorities that you named show nothing about its time" if roots else "you named no"
        assert f"(log line 6), and {why}" in text
    assert "UNCHECKED" not in told(verify_case(case.path, roots=own.roots, now=TODAY), "signatures")
