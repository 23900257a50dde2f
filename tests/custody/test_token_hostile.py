"""Answers that were cut, flipped, exchanged or made up: a verdict each, and never more than that."""

import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given
from hypothesis import strategies as st
from stamping import LocalAuthority, issue, openssl_accepts, signer
from token_making import (
    BOUND_V2,
    CONTENT_TYPE,
    MESSAGE_DIGEST,
    TST_INFO,
    Recipe,
    accuracy,
    algorithm,
    attribute,
    oid,
)

from archiver.custody.der import BOOLEAN, INTEGER, NULL, OCTETS, SEQUENCE, SET, encoded, encoded_integer
from archiver.custody.token import MAX_ANSWER, Roots, TokenVerdict, check, request

DATA = b"sums"
DIGEST = hashlib.sha256(DATA).digest()
NOW = dt.datetime.now(dt.UTC)
ROOT = issue("root")
TSA = signer("authority", ROOT)
GOOD = Recipe(TSA, DIGEST, at=NOW)
ANSWER = GOOD.answer()
ROOTS = Roots.from_pem(ROOT.pem)


def judged(answer: bytes, roots: Roots | None = ROOTS, query: bytes | None = None) -> TokenVerdict:
    return check(answer, DIGEST, request=query, roots=roots, now=NOW)


def problems(**changes: object) -> str:
    """What is wrong with the good answer so changed, in one line; "" when it stands and leads to the root."""
    verdict = judged(GOOD.but(**changes).answer())
    assert verdict.sound or verdict.problems
    return "; ".join(verdict.problems) or ("" if verdict.anchored else verdict.anchor)


def test_the_hand_made_answer_is_good_and_openssl_thinks_so() -> None:
    assert problems() == ""
    assert openssl_accepts(DATA, GOOD.answer(), ROOT.pem)


@pytest.mark.parametrize("key", ["rsa", "ec"])
def test_an_answer_cut_anywhere_is_refused(key: str) -> None:
    with LocalAuthority(key=key, intermediate=True) as authority:
        query = request(DIGEST, 7)
        answer = authority.reply(query)
        roots = Roots.from_pem(authority.roots_pem)
    for length in range(len(answer)):
        assert not judged(answer[:length], roots, query).sound
        assert not judged(answer[length + 1 :], roots, query).sound
    assert judged(answer, roots, query).anchored


@pytest.mark.parametrize("key", ["ec", pytest.param("rsa", marks=pytest.mark.long)])
def test_every_flipped_bit_is_refused_or_touches_nothing_that_is_signed_or_trusted(key: str) -> None:
    with LocalAuthority(key=key, intermediate=True) as authority:
        query = request(DIGEST, 7)
        answer = authority.reply(query)
        roots = Roots.from_pem(authority.roots_pem)
    good = judged(answer, roots, query)
    assert good.token is not None
    signed = good.token.signed
    passed = 0
    for place in range(len(answer) * 8):
        flipped = bytearray(answer)
        flipped[place // 8] ^= 1 << place % 8
        verdict = judged(bytes(flipped), roots, query)
        if not (verdict.sound and verdict.anchored):
            continue
        passed += 1
        assert verdict.token is not None
        assert verdict.certificate == good.certificate
        still = verdict.token.signed
        assert (still.content, still.attributes, still.signature) == (
            signed.content,
            signed.attributes,
            signed.signature,
        )
        assert still.certificates == signed.certificates
        assert (verdict.gen_time, verdict.token.serial) == (good.gen_time, good.token.serial)
    # granted or granted with changes, a version number, and a list of digests that says nothing new
    assert passed == 1 + 8 + 8 * 15


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (b"", "the answer is empty"),
        (b"<html>", "the answer is no time stamp"),
        (bytes(1000), "the answer is no time stamp"),
        (b"\x30\x80" + bytes(40), "the answer has a length that cannot be read"),
        (b"\x30\x84\xff\xff\xff\xff", "the answer ends too early"),
        (b"\x30\x84\x00\x00\xea\x5a" + b"\x30" * 59_994, "the answer has a length that is longer than need be"),
        (b"\x30" * 10_000_000, f"the answer has 10000000 bytes, more than any time stamp ({MAX_ANSWER})"),
        (encoded(SEQUENCE, encoded(SEQUENCE, encoded_integer(0))), "the answer holds no time stamp"),
        (encoded(SEQUENCE, encoded(SEQUENCE, encoded_integer(3))), "the authority put off"),
        (GOOD.answer() + b"\x00", "the answer goes on for 1 bytes behind its end"),
    ],
)
def test_what_is_no_answer_is_refused(answer: bytes, why: str) -> None:
    assert judged(answer).problems == (why,)


@given(st.binary(max_size=200))
def test_any_bytes_get_a_verdict(answer: bytes) -> None:
    assert not judged(answer).sound
    assert not judged(encoded(SEQUENCE, answer)).sound


@given(st.data())
def test_any_piece_put_in_place_of_another_gets_a_verdict(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(ANSWER)))
    end = data.draw(st.integers(start, min(len(ANSWER), start + 40)))
    piece = data.draw(st.binary(max_size=40))
    judged(ANSWER[:start] + piece + ANSWER[end:])


def test_words_of_an_authority_cannot_steer_the_terminal() -> None:
    said = encoded(SEQUENCE, encoded_integer(2), encoded(SEQUENCE, encoded(0x0C, b"\x1b[31m\r\n\xff" + b"x" * 5000)))
    (problem,) = judged(GOOD.but(status=said).answer()).problems
    assert problem.isprintable()
    assert len(problem) < 300


def test_no_text_grows_with_what_an_authority_sends() -> None:
    tsa = signer("n" * 60, ROOT)
    for changes in (
        {"imprint": bytes(50_000)},
        {"serial": encoded(INTEGER, b"\x01" * 66)},
        {"time_text": "9" * 50_000},
    ):
        verdict = judged(Recipe(tsa, DIGEST, at=NOW).but(**changes).answer())
        assert all(len(text) < 300 for text in (*verdict.problems, *verdict.notes, verdict.today, verdict.anchor))


def test_an_authority_with_a_hostile_name_is_shown_on_one_line() -> None:
    tsa = signer("a\x1b[2J\nb" + "c" * 40, ROOT)
    verdict = judged(Recipe(tsa, DIGEST, at=NOW).answer())
    assert verdict.sound
    assert verdict.authority.isprintable()


# Who signed


def rogue(**how: object) -> Recipe:
    """The good answer, with a certificate of the same root that may not sign time stamps along."""
    other = issue("web site", ROOT, ca=False, purposes=(ExtendedKeyUsageOID.SERVER_AUTH,))
    return GOOD.but(key=other, certificates=(TSA.certificate, other.certificate), **how)


def test_a_signature_by_another_certificate_of_the_same_root_is_refused() -> None:
    assert "the signature is wrong" in judged(rogue().answer()).problems[0]


def test_an_injected_certificate_of_the_authority_does_not_lend_its_purpose() -> None:
    made = rogue()
    assert made.key is not None
    honest = made.but(names=made.key.certificate, bound_to=made.key.certificate)
    assert judged(honest.answer()).problems == ("the certificate that signed is not for time stamps alone",)
    bound_to_tsa = made.but(names=made.key.certificate)
    assert judged(bound_to_tsa.answer()).problems == (
        "the certificate in the token is not the one that the signature binds: it was exchanged",
    )
    for answer in (made.answer(), honest.answer(), bound_to_tsa.answer()):
        assert not openssl_accepts(DATA, answer, ROOT.pem)


def test_a_certificate_that_copies_name_and_number_of_the_authority_is_refused() -> None:
    false_root = issue("root")
    serial = TSA.certificate.serial_number
    false = issue("authority", false_root, ca=False, purposes=(ExtendedKeyUsageOID.TIME_STAMPING,), serial=serial)
    both = (false.certificate, TSA.certificate)
    for certificates in (both, both[::-1]):
        made = GOOD.but(key=false, certificates=certificates)
        assert "the signature is wrong" in judged(made.answer()).problems[0]
        bound = made.but(bound_to=false.certificate)
        assert judged(bound.answer(), roots=None).sound  # it is a token of somebody
        assert judged(bound.answer()).anchored is False
    alone = GOOD.but(certificates=(false.certificate,))
    assert problems(certificates=(false.certificate,)).endswith("it was exchanged")
    assert not openssl_accepts(DATA, alone.answer(), ROOT.pem)


def test_a_signer_that_is_not_in_the_token_is_refused() -> None:
    assert problems(certificates=(ROOT.certificate,)) == "the certificate that the signature names is not in the token"
    assert problems(certificates=()) == "the token holds no certificate, so nobody can check its signature"


@pytest.mark.parametrize("count", [0, 2])
def test_any_number_of_signers_but_one_is_refused(count: int) -> None:
    assert problems(signers=count) == f"the token has {count} signers, and must have exactly one"


def test_more_certificates_than_any_authority_sends_are_refused() -> None:
    assert problems(certificates=(TSA.certificate,) * 33) == "the token holds 33 certificates, more than 32"


# What was signed


def test_the_binding_may_be_by_either_form_or_both_and_each_must_hold() -> None:
    other = signer("other", ROOT).certificate
    assert problems(bound=("sha1",)) == ""
    assert problems(bound=("sha1", "sha256")) == ""
    assert problems(bound=("sha512",)) == ""
    assert problems(bound=()) == "the signature does not say which certificate made it"
    for bound in (("sha1",), ("sha256",), ("sha384",)):
        assert problems(bound=bound, bound_to=other).endswith("it was exchanged")
    der = other.public_bytes(Encoding.DER)
    wrong = encoded(SEQUENCE, encoded(SEQUENCE, encoded(SEQUENCE, encoded(OCTETS, hashlib.sha256(der).digest()))))
    assert problems(bound=("sha1",), extra_attributes=(attribute(BOUND_V2, wrong),)).endswith("it was exchanged")


def test_the_issuer_and_number_in_a_binding_must_be_those_of_the_certificate() -> None:
    def bound(issuer: x509.Name, serial: int) -> bytes:
        digest = encoded(OCTETS, hashlib.sha256(TSA.certificate.public_bytes(Encoding.DER)).digest())
        names = encoded(SEQUENCE, encoded(0xA4, issuer.public_bytes()))
        where = encoded(SEQUENCE, names, encoded_integer(serial))
        return attribute(BOUND_V2, encoded(SEQUENCE, encoded(SEQUENCE, encoded(SEQUENCE, digest, where))))

    certificate = TSA.certificate
    assert problems(bound=(), extra_attributes=(bound(certificate.issuer, certificate.serial_number),)) == ""
    for issuer, serial in ((certificate.subject, certificate.serial_number), (certificate.issuer, 4711)):
        assert problems(bound=(), extra_attributes=(bound(issuer, serial),)).endswith("it was exchanged")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"content_type": attribute(CONTENT_TYPE, oid("1.2.840.113549.1.7.1"))}, "for another kind of message"),
        ({"content_type": b""}, "does not say what was signed"),
        ({"message_digest": b""}, "does not say what was signed"),
        ({"message_digest": attribute(MESSAGE_DIGEST, encoded(OCTETS, bytes(32)))}, "it was altered afterwards"),
        ({"extra_attributes": (attribute(CONTENT_TYPE, oid(TST_INFO)),)}, "stands there twice"),
        ({"content_type": attribute(CONTENT_TYPE, oid(TST_INFO), oid(TST_INFO))}, "has several values"),
        ({"digest": "sha1"}, "the signature rests on SHA-1, which is not accepted"),
        ({"signature_algorithm": algorithm("1.2.840.113549.1.1.10")}, "of a kind that is not accepted"),
        ({"signature_algorithm": algorithm("1.2.840.113549.1.1.11")}, "of another kind than the key"),
        ({"signature_algorithm": algorithm("1.2.840.10045.4.3.4")}, "names another digest"),
        ({"signature_algorithm": encoded(SEQUENCE, oid("1.2.840.10045.4.3.2"), encoded(NULL, b"x"))}, "parameters"),
        ({"version": 2}, "the time stamp is of a version that is not known"),
        ({"imprint_digest": "sha512"}, "over a hash of another kind than SHA-256"),
        ({"imprint_digest": "sha1", "imprint": bytes(20)}, "over a hash of another kind than SHA-256 (SHA-1)"),
        ({"time_text": "20260230065603Z"}, "a time that does not exist"),
        ({"time_text": "202611220656Z"}, "no time that can be read"),
        ({"time_text": "20261122065603+0100"}, "no time that can be read"),
        ({"time_text": "20261122065603.10Z"}, "no time that can be read"),
        ({"time_text": "20261122065603.1234567891Z"}, "no time that can be read"),
        ({"accuracy": accuracy(1, 1000)}, "an accuracy that it cannot have"),
        ({"accuracy": accuracy(1, 0)}, "an accuracy that it cannot have"),
        ({"accuracy": accuracy(1, 1, 1000)}, "an accuracy that it cannot have"),
        ({"accuracy": accuracy(2**40)}, "an accuracy that it cannot have"),
        ({"accuracy": encoded(SEQUENCE, encoded(INTEGER, b"\xff"))}, "an accuracy that it cannot have"),
        ({"time_text": "20261122065660Z"}, "a time that does not exist"),
        ({"serial": encoded(INTEGER, b"\x00\x01")}, "a number that is longer than need be"),
        ({"serial": encoded(INTEGER)}, "a number without a size that it may have"),
        ({"serial": encoded(INTEGER, bytes([1]) * 100)}, "a number without a size that it may have"),
        (
            {"tail": encoded(0xA1, encoded(SEQUENCE, oid("1.2.3"), b"\x01\x01\xff", encoded(OCTETS)))},
            "a demand that is",
        ),
        ({"tail": encoded(0xA0)}, "the name of the authority cannot be read"),
        ({"tail": encoded(BOOLEAN, b"\xff")}, "behind its end"),
        ({"accuracy": encoded(BOOLEAN, b"\x00")}, "in a way that DER does not know"),
        ({"unsigned": encoded(SET)}, "behind its end"),
    ],
)
def test_a_token_that_is_not_quite_right_is_refused_with_its_reason(changes: dict[str, object], why: str) -> None:
    assert why in problems(**changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"tail": encoded(0xA1, encoded(SEQUENCE, oid("1.3.6.1.5.5.7.1.3"), encoded(OCTETS)))},
        {"unsigned": encoded(0xA1, attribute("1.2.3", encoded(NULL)))},
        {"accuracy": accuracy(1, 500, 100)},
        {"accuracy": accuracy(micros=5)},
        {"accuracy": encoded(BOOLEAN, b"\xff")},  # ordered, and silent about its accuracy
        {"nonce": None},
        {"status": encoded(SEQUENCE, encoded_integer(1))},
        {"digest": "sha512"},
    ],
)
def test_what_authorities_may_add_or_leave_out_does_no_harm(changes: dict[str, object]) -> None:
    assert problems(**changes) == ""


@pytest.mark.parametrize(("fraction", "micros"), [(".037", 37_000), (".7", 700_000), (".123456789", 123_456)])
def test_fractions_of_a_second_are_kept_as_the_token_has_them(fraction: str, micros: int) -> None:
    verdict = judged(GOOD.but(time_text=NOW.strftime("%Y%m%d%H%M%S") + fraction + "Z").answer())
    assert verdict.anchored
    assert verdict.token is not None
    assert verdict.token.gen_time_text.endswith(fraction + "Z")
    assert verdict.token.gen_time.microsecond == micros


@pytest.mark.parametrize(("content", "serial"), [("0a01", "a01"), ("00ff", "ff"), ("ff01", "ff01"), ("00", "0")])
def test_a_serial_number_is_shown_by_its_bytes_even_a_negative_one(content: str, serial: str) -> None:
    token = judged(GOOD.but(serial=encoded(INTEGER, bytes.fromhex(content))).answer()).token
    assert token is not None
    assert token.serial == serial


def test_changes_that_the_authority_made_to_the_wish_are_noted() -> None:
    verdict = judged(GOOD.but(status=encoded(SEQUENCE, encoded_integer(1))).answer())
    assert verdict.sound
    assert verdict.anchored
    assert verdict.notes == ("the authority granted something else than was asked for in part",)


def test_a_stamp_far_from_our_clock_stands_and_says_so() -> None:
    tsa = signer("authority", ROOT, days=(-300, 3000))
    verdict = judged(Recipe(tsa, DIGEST, at=NOW + dt.timedelta(days=365)).answer())
    assert verdict.sound
    assert verdict.notes == (f"the time stamp is later than this machine's clock ({NOW.date()})",)


def test_a_request_that_cannot_be_read_is_a_problem_of_its_own() -> None:
    verdict = judged(GOOD.answer(), query=b"\x30\x03junk")
    assert verdict.problems == ("the request cannot be read: the request goes on for 1 bytes behind its end",)
    newer = judged(GOOD.answer(), query=request(DIGEST, 7).replace(b"\x02\x01\x01", b"\x02\x01\x02", 1))
    assert newer.problems == ("the request cannot be read: it is of a version that is not known",)
    answer_as_request = judged(GOOD.answer(), query=GOOD.answer())
    assert len(answer_as_request.problems) == 1


# What its certificate allows


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ({"purposes": ()}, "is not for time stamps alone"),
        ({"purposes": (ExtendedKeyUsageOID.SERVER_AUTH,)}, "is not for time stamps alone"),
        (
            {"purposes": (ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING)},
            "is not for time stamps alone",
        ),
        (
            {"purposes": (ExtendedKeyUsageOID.TIME_STAMPING,), "critical": False},
            "does not insist on being for time stamps alone",
        ),
        ({"purposes": (ExtendedKeyUsageOID.TIME_STAMPING,), "ca": True}, "may not be used for signatures"),
        ({"purposes": (ExtendedKeyUsageOID.TIME_STAMPING,), "key": "rsa-1024"}, "too short: RSA with 1024 bits"),
        (
            {"purposes": (ExtendedKeyUsageOID.TIME_STAMPING,), "key": ec.generate_private_key(ec.SECP224R1())},
            "too short: secp224r1",
        ),
        (
            {
                "purposes": (ExtendedKeyUsageOID.TIME_STAMPING,),
                "extra": (x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00"),),
            },
            "makes a demand that is not understood here",
        ),
    ],
)
def test_a_certificate_that_may_not_sign_time_stamps_is_refused(how: dict[str, object], why: str) -> None:
    tsa = issue("authority", ROOT, **{"ca": False, **how})  # type: ignore[arg-type]  # options of `issue`
    verdict = judged(Recipe(tsa, DIGEST, at=NOW).answer(), roots=None)
    assert any(why in problem for problem in verdict.problems)


@pytest.mark.parametrize(
    ("found", "put", "why"),
    [
        ("a003020102", "a003020103", "the certificate that signed cannot be read"),  # a version that there is not
        ("2a8648ce3d030107", "2a8648ce3d03017f", "the key in the authority's certificate cannot be used"),
    ],
)
def test_a_certificate_that_no_program_can_use_is_a_problem(found: str, put: str, why: str) -> None:
    odd = TSA.certificate.public_bytes(Encoding.DER).replace(bytes.fromhex(found), bytes.fromhex(put))
    assert problems(certificates=(odd,), bound_to=odd).endswith(why)
