"""Answers of a real authority (`openssl ts`), and our verdict beside that of `openssl ts -verify`."""

import datetime as dt
import hashlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from stamping import LocalAuthority

from archiver.custody.token import BadDer, Roots, Token, TokenVerdict, check, request

DATA = b"2e5d... 000007.seal\n"
DIGEST = hashlib.sha256(DATA).digest()
NONCE = 2**63 + 5
QUERY = request(DIGEST, NONCE)


def now(days: float = 0) -> dt.datetime:
    return dt.datetime.now(dt.UTC) + dt.timedelta(days=days)


def judged(answer: bytes, *, roots: bytes | None = None, data: bytes = DATA, days: float = 0) -> TokenVerdict:
    named = Roots.from_pem(roots) if roots is not None else None
    return check(answer, hashlib.sha256(data).digest(), request=QUERY, roots=named, now=now(days))


@pytest.fixture(scope="module")
def authority() -> Iterator[LocalAuthority]:
    with LocalAuthority("first", key="rsa", intermediate=True, millis=True) as made:
        yield made


@pytest.fixture(scope="module")
def answer(authority: LocalAuthority) -> bytes:
    return authority.reply(QUERY)


def test_the_request_is_what_openssl_makes_of_the_same_wish(tmp_path: Path) -> None:
    tmp_path.joinpath("q.tsq").write_bytes(QUERY)
    command = ["openssl", "ts", "-query", "-in", "q.tsq", "-text"]
    text = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert "Version: 1" in text
    assert "Hash Algorithm: sha256" in text
    assert "Policy OID: unspecified" in text
    assert f"Nonce: 0x{NONCE:X}" in text
    assert "Certificate required: yes" in text
    tmp_path.joinpath("data").write_bytes(DATA)
    command = ["openssl", "ts", "-query", "-data", "data", "-sha256", "-cert", "-no_nonce"]
    theirs = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout
    bare = QUERY.replace(bytes.fromhex("0209008000000000000005"), b"")
    assert bare[2:] == theirs[2:]


def test_openssl_finds_the_answer_to_be_that_to_our_request(authority: LocalAuthority, tmp_path: Path) -> None:
    tmp_path.joinpath("a.tsr").write_bytes(authority.reply(QUERY))
    tmp_path.joinpath("roots.pem").write_bytes(authority.roots_pem)
    for name, query, good in (("ours.tsq", QUERY, True), ("other.tsq", request(DIGEST, 1), False)):
        tmp_path.joinpath(name).write_bytes(query)
        command = ["openssl", "ts", "-verify", "-queryfile", name, "-in", "a.tsr", "-CAfile", "roots.pem"]
        assert (subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0) is good


@pytest.mark.parametrize("nonce", [1, 0x7F, 0x80, 2**64 - 1])
def test_any_nonce_of_64_bits_is_written_as_openssl_reads_it(nonce: int, tmp_path: Path) -> None:
    tmp_path.joinpath("q.tsq").write_bytes(request(DIGEST, nonce))
    command = ["openssl", "ts", "-query", "-in", "q.tsq", "-text"]
    text = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    assert f"Nonce: 0x{nonce:02X}\n" in text


def test_what_a_token_says_is_read(authority: LocalAuthority, answer: bytes) -> None:
    token = Token.parse(answer)
    assert abs(token.gen_time - now()) < dt.timedelta(minutes=5)
    assert token.gen_time == dt.datetime.fromisoformat(token.gen_time_text)
    assert token.imprint == DIGEST
    assert token.nonce == NONCE
    assert token.policy == "1.2.3.4.1"
    assert token.accuracy == 1_500_100
    assert token.serial.startswith("a0")
    assert not token.mods
    assert len(token.signed.certificates) == 2
    verdict = judged(answer)
    assert verdict.authority == "first time stamping"
    assert verdict.gen_time == token.gen_time
    assert verdict.expires == authority.signer.certificate.not_valid_after_utc
    assert judged(b"").expires is None
    assert judged(b"").gen_time is None
    assert judged(b"").authority == ""


@pytest.mark.parametrize(
    ("key", "digest"), [("rsa", "sha256"), ("rsa", "sha512"), ("ec", "sha384"), ("ec-384", "sha512")]
)
@pytest.mark.parametrize("intermediate", [True, False])
def test_a_good_token_stands_and_leads_to_its_root(key: str, digest: str, intermediate: bool) -> None:
    with LocalAuthority(key=key, digest=digest, bound_by=digest, intermediate=intermediate) as authority:
        answer = authority.reply(QUERY)
        verdict = judged(answer, roots=authority.roots_pem)
        assert verdict.problems == ()
        assert verdict.sound
        assert verdict.anchored is True
        assert verdict.anchor == "issued under local root"
        assert verdict.valid_today is True
        assert verdict.notes == ()
        assert authority.verified(DATA, answer)


def test_without_roots_nothing_is_said_about_whose_clock_it_is(answer: bytes) -> None:
    verdict = judged(answer)
    assert verdict.sound
    assert verdict.anchored is None
    assert verdict.anchor == ""


def test_a_token_over_other_data_does_not_stand(authority: LocalAuthority, answer: bytes) -> None:
    verdict = judged(answer, data=b"other data", roots=authority.roots_pem)
    assert not verdict.sound
    assert verdict.problems[0].startswith("the time stamp is over other data: it names ")
    assert "the request asks for a time stamp over other data" in verdict.problems
    assert not authority.verified(b"other data", answer)


def test_another_root_anchors_nothing_but_the_token_still_stands(answer: bytes) -> None:
    with LocalAuthority("second", key="ec") as other:
        verdict = judged(answer, roots=other.roots_pem)
        assert verdict.sound
        assert verdict.anchored is False
        assert verdict.anchor == "none of the roots issued it: the last known issuer is first intermediate"
        assert not other.verified(DATA, answer)


def test_the_right_root_among_many_is_found(authority: LocalAuthority, answer: bytes) -> None:
    with LocalAuthority("second", key="ec") as other:
        bundle = b"# a bundle\n" + other.roots_pem + authority.roots_pem + other.roots_pem
        assert judged(answer, roots=bundle).anchored is True
        assert len(Roots.from_pem(bundle).certificates) == 2


def test_an_answer_to_another_request_does_not_stand(authority: LocalAuthority) -> None:
    replayed = authority.reply(request(DIGEST, 42))
    verdict = judged(replayed, roots=authority.roots_pem)
    assert verdict.problems == (
        "the answer belongs to another request: it does not repeat the number that was sent along",
    )
    assert check(replayed, DIGEST, request=None, roots=None, now=now()).sound


def test_a_certificate_that_has_expired_since_was_good_when_it_stamped() -> None:
    with LocalAuthority(days=(-10, 5)) as authority:
        answer = authority.reply(QUERY)
        roots = authority.roots_pem
        stamped = Token.parse(answer).gen_time.date()
        ends = authority.signer.certificate.not_valid_after_utc.date()
        assert judged(answer, roots=roots).today == (
            f"the authority's certificate was valid when it stamped ({stamped}) and is valid today (until {ends})"
        )
        later = judged(answer, roots=roots, days=30)
        assert later.sound
        assert later.anchored is True
        assert later.valid_today is False
        assert later.today == (
            f"the authority's certificate was valid when it stamped ({stamped}) and has expired since ({ends})"
        )
        assert not authority.verified(DATA, answer, "-attime", f"{now(30).timestamp():.0f}")
        assert authority.verified(DATA, answer, "-attime", f"{Token.parse(answer).gen_time.timestamp():.0f}")


def test_a_certificate_that_had_expired_when_it_stamped_is_a_problem() -> None:
    with LocalAuthority(days=(-10, -1)) as authority:
        answer = authority.reply(QUERY)
        verdict = judged(answer, roots=authority.roots_pem)
        assert len(verdict.problems) == 1
        assert verdict.problems[0].startswith("the authority's certificate had expired when it stamped (")
        assert verdict.anchored is False
        assert verdict.valid_today is False
        assert not authority.verified(DATA, answer)
        assert authority.verified(DATA, answer, "-attime", f"{now(-5).timestamp():.0f}")


def test_a_certificate_that_was_not_yet_valid_is_a_problem() -> None:
    with LocalAuthority(days=(1, 10)) as authority:
        answer = authority.reply(QUERY)
        verdict = judged(answer, roots=authority.roots_pem)
        assert verdict.problems[0].startswith("the authority's certificate was not yet valid when it stamped (")
        assert not authority.verified(DATA, answer)


def test_a_token_signed_over_sha1_is_refused() -> None:
    with LocalAuthority(digest="sha1") as authority:
        verdict = judged(authority.reply(QUERY), roots=authority.roots_pem)
        assert verdict.problems == ("the signature rests on SHA-1, which is not accepted",)


def test_a_certificate_bound_by_sha1_alone_is_accepted_and_said() -> None:
    with LocalAuthority(bound_by="sha1") as authority:
        verdict = judged(authority.reply(QUERY), roots=authority.roots_pem)
        assert verdict.sound
        assert verdict.anchored is True
        assert verdict.notes == ("the signature names its certificate by SHA-1, in the older form (RFC 3161)",)


@pytest.mark.parametrize("algorithm", ["sha1", "sha512"])
def test_a_stamp_over_a_hash_of_another_kind_is_refused(authority: LocalAuthority, algorithm: str) -> None:
    asked = authority.folder / "other.tsq"
    command = ["openssl", "ts", "-query", "-data", "signer.pem", f"-{algorithm}", "-cert", "-out", str(asked)]
    subprocess.run(command, cwd=authority.folder, check=True, capture_output=True)
    answer = authority.reply(asked.read_bytes())
    verdict = check(answer, DIGEST, request=None, roots=None, now=now())
    assert verdict.problems[0].startswith("the time stamp is over a hash of another kind than SHA-256 (")


def test_a_refusal_is_told_in_the_words_of_the_authority(authority: LocalAuthority) -> None:
    sha224 = QUERY.replace(bytes.fromhex("86480165030402 01".replace(" ", "")), bytes.fromhex("8648016503040204"))
    verdict = judged(authority.reply(sha224))
    assert verdict.problems == ("the authority refused: Message digest algorithm is not supported.",)
    with pytest.raises(BadDer, match="refused"):
        Token.parse(authority.reply(sha224))


def test_a_token_without_certificates_cannot_be_checked(authority: LocalAuthority) -> None:
    bare = bytes((QUERY[0], QUERY[1] - 3)) + QUERY[2:-3]
    verdict = judged(authority.reply(bare), roots=authority.roots_pem)
    assert verdict.problems == ("the token holds no certificate, so nobody can check its signature",)
    assert verdict.valid_today is None


def test_certificates_that_nothing_rests_on_are_counted(authority: LocalAuthority) -> None:
    with LocalAuthority("second", key="ec") as other:
        chain = authority.folder / "more.pem"
        chain.write_bytes(authority.folder.joinpath("chain.pem").read_bytes() + other.roots_pem + other.signer.pem)
        answer = authority.reply(QUERY, "-chain", str(chain))
    verdict = judged(answer, roots=authority.roots_pem)
    assert verdict.sound
    assert verdict.anchored is True
    assert verdict.notes == ("the token holds 2 certificates that nothing rests on",)


def test_a_clock_that_runs_behind_is_noted_and_contradicts_nothing(answer: bytes) -> None:
    verdict = judged(answer, days=-1)
    assert verdict.sound
    assert verdict.notes == (f"the time stamp is later than this machine's clock ({now(-1).date()})",)
