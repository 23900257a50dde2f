"""The way from an authority's certificate to a root, beside what `openssl ts -verify` says of the same answers."""

import datetime as dt
import hashlib
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import ExtendedKeyUsageOID
from stamping import ALWAYS, Issued, issue, new_key, openssl_accepts, signer
from token_making import Recipe

from archiver.custody.token import Roots, TokenVerdict, check
from archiver.errors import UsageError

DATA = b"sums"
DIGEST = hashlib.sha256(DATA).digest()
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
NOTHING = "none of the roots issued it: the last known issuer is "


def answered(tsa: Issued, *others: Issued, at: dt.datetime = NOW) -> bytes:
    certificates = (tsa.certificate, *(other.certificate for other in others))
    return Recipe(tsa, DIGEST, at=at, certificates=certificates).answer()


def judged(answer: bytes, *roots: Issued, now: dt.datetime = NOW) -> TokenVerdict:
    named = Roots.from_pem(b"".join(root.pem for root in roots))
    return check(answer, DIGEST, request=None, roots=named, now=now)


def anchor(answer: bytes, *roots: Issued, agrees: bool = True) -> str:
    """Why the answer does not lead to one of the roots, "" when it does; openssl must think the same."""
    verdict = judged(answer, *roots)
    assert verdict.sound, verdict.problems
    if agrees:
        assert openssl_accepts(DATA, answer, b"".join(root.pem for root in roots)) == verdict.anchored
    return "" if verdict.anchored else verdict.anchor


def test_a_long_path_is_found_whatever_the_order_of_its_certificates() -> None:
    root = issue("root", key="rsa")
    first = issue("first", root, depth=2)
    second = issue("second", first, key="ec-384", digest=hashes.SHA384())
    third = issue("third", second, key="rsa", digest=hashes.SHA512())
    tsa = signer("authority", third)
    assert anchor(answered(tsa, first, second, third), root) == ""
    assert anchor(answered(tsa, third, root, first, second), root) == ""
    assert anchor(answered(tsa, third, first), root).startswith(NOTHING + "third")


@pytest.mark.parametrize(("between", "found"), [(6, True), (7, False)])
def test_a_path_has_eight_certificates_at_most(between: int, found: bool) -> None:
    root = last = issue("root")
    others: list[Issued] = []
    for number in range(between):
        last = issue(f"number {number}", last)
        others.append(last)
    assert judged(answered(signer("authority", last), *others), root).anchored is found


def test_an_ordinary_certificate_cannot_issue_that_of_an_authority() -> None:
    root = issue("root")
    site = issue("web site", root, ca=False)
    tsa = signer("authority", site)
    assert anchor(answered(tsa, site), root) == "web site is no authority, and may not issue certificates"
    silent = issue("old", root, ca=None, usage=False)
    tsa = signer("authority", silent)
    assert anchor(answered(tsa, silent), root) == "old is no authority, and may not issue certificates"


def test_an_authority_that_may_not_issue_certificates_cannot() -> None:
    root = issue("root")
    listed = x509.KeyUsage(True, False, False, False, False, False, True, False, False)
    crl = issue("lists only", root, usage=False, extra=(listed,))
    tsa = signer("authority", crl)
    assert anchor(answered(tsa, crl), root) == "lists only may not issue certificates"


def test_a_path_may_not_be_longer_than_a_certificate_on_it_allows() -> None:
    root = issue("root", depth=1)
    first = issue("first", root, depth=0)
    second = issue("second", first)
    assert anchor(answered(signer("authority", first), first), root) == ""
    assert anchor(answered(signer("authority", second), first, second), root) == "first may not stand so far above"


def test_an_intermediate_for_other_purposes_cannot_vouch_for_time() -> None:
    root = issue("root")
    sites = issue("sites", root, purposes=(ExtendedKeyUsageOID.SERVER_AUTH,))
    times = issue("times", root, purposes=(ExtendedKeyUsageOID.TIME_STAMPING,))
    assert anchor(answered(signer("authority", times), times), root) == ""
    # stricter than openssl, which looks at the purpose of the last certificate only
    refused = anchor(answered(signer("authority", sites), sites), root, agrees=False)
    assert refused == "sites may not issue certificates for time stamps"


def test_the_path_is_judged_when_it_stamped_and_today_is_told_apart() -> None:
    root = issue("root", days=(-1000, 1000))
    middle = issue("middle", root, days=(-1000, -10))
    tsa = signer("authority", middle, days=(-1000, 1000))
    then, ends = NOW - dt.timedelta(days=100), middle.certificate.not_valid_after_utc
    old = answered(tsa, middle, at=then)
    verdict = judged(old, root)
    assert verdict.sound
    assert verdict.anchored
    assert verdict.valid_today is False
    assert verdict.today == (
        f"the certificate of middle, above the authority's, was valid when it stamped ({then.date()}) "
        f"and has expired since ({ends.date()})"
    )
    assert openssl_accepts(DATA, old, root.pem, "-attime", f"{then.timestamp():.0f}")
    new = answered(tsa, middle)
    assert anchor(new, root) == "the certificate of middle was not valid when it stamped"


def test_a_root_that_was_not_valid_when_it_stamped_anchors_nothing() -> None:
    root = issue("root", days=(-1000, -10))
    assert anchor(answered(signer("authority", root)), root) == "the certificate of root was not valid when it stamped"


def test_of_two_roots_that_signed_the_same_intermediate_either_will_do() -> None:
    old, new = issue("old root", key="rsa"), issue("new root")
    key = issue("both").key
    by_old, by_new = issue("middle", old, key=key), issue("middle", new, key=key)
    tsa = signer("authority", by_old)
    answer = answered(tsa, by_old, by_new)
    assert anchor(answer, old) == ""
    assert anchor(answer, new, agrees=False) == ""  # openssl 3.0 takes the first of that name and does not go back
    assert anchor(answered(tsa, by_new), new) == ""
    assert anchor(answered(tsa, by_old), new).startswith(NOTHING)


def test_a_new_root_certified_by_an_old_one_is_reached_from_both() -> None:
    old, new = issue("old root"), issue("new root")
    crossed = issue("new root", old, key=new.key)
    tsa = signer("authority", new)
    answer = answered(tsa, crossed)
    assert anchor(answer, old) == ""
    assert anchor(answer, new) == ""
    assert judged(answer, new, old).anchor == "issued under new root"


def test_an_expired_way_to_a_root_does_not_hide_a_good_one() -> None:
    root, key = issue("root"), issue("any").key
    stale, fresh = issue("middle", root, key=key, days=(-900, -10)), issue("middle", root, key=key)
    tsa = signer("authority", fresh)
    for order in ((stale, fresh), (fresh, stale)):
        assert judged(answered(tsa, *order), root).anchored


def test_a_root_of_the_same_name_with_another_key_anchors_nothing() -> None:
    answer = answered(signer("authority", issue("root")))
    assert anchor(answer, issue("root")) == NOTHING + "root"


def test_a_demand_on_the_way_that_is_not_understood_stops_it() -> None:
    root = issue("root")
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), b"\x05\x00")
    middle = issue("middle", root, extra=(strange,))
    refused = anchor(answered(signer("authority", middle), middle), root)
    assert refused == "the certificate of middle makes a demand that is not understood here"


def test_names_that_an_intermediate_may_not_vouch_for_are_left_to_the_second_reader() -> None:
    root = issue("root")
    elsewhere = x509.DirectoryName(x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "elsewhere")]))
    middle = issue("middle", root, extra=(x509.NameConstraints([elsewhere], None),))
    refused = anchor(answered(signer("authority", middle), middle), root)
    second = "a second, independent check of the signature and the certificates failed: "
    assert refused == second + "permitted subtree violation"


def test_a_file_of_roots_may_hold_the_whole_way() -> None:
    root = issue("root")
    middle = issue("middle", root)
    tsa = signer("authority", middle)
    assert anchor(answered(tsa), root, middle) == ""
    assert anchor(answered(tsa), tsa, middle, root) == ""
    assert anchor(answered(tsa, middle), middle, tsa).startswith(NOTHING)


def test_an_authority_that_vouches_for_itself_is_anchored_when_it_is_named_as_a_root() -> None:
    purposes = (ExtendedKeyUsageOID.TIME_STAMPING,)
    alone = issue("alone", ca=False, purposes=purposes)
    assert anchor(answered(alone), alone) == ""
    assert anchor(answered(alone), issue("root")) == NOTHING + "alone"


def test_a_maze_of_certificates_comes_to_an_end() -> None:
    key = issue("twin").key
    twins = [issue("twin", key=key, days=(ALWAYS[0] - number, ALWAYS[1])) for number in range(31)]
    answer = answered(signer("authority", twins[0]), *twins)
    started = time.process_time()
    assert judged(answer, issue("root")).anchored is False
    assert time.process_time() - started < 5  # without a bound it would be 30 to the power of 6


def test_a_bundle_without_a_certificate_is_said() -> None:
    for data in (b"", b"nothing", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", bytes(10_000)):
        with pytest.raises(UsageError, match="no certificate of an authority could be read"):
            Roots.from_pem(data)


def test_what_cannot_be_read_in_a_bundle_is_counted_and_passed_over() -> None:
    broken = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
    roots = Roots.from_pem(broken + issue("root").pem + broken)
    assert (len(roots.certificates), roots.unread) == (1, 2)


def test_one_root_among_three_hundred_of_its_name_is_found() -> None:
    roots = [issue("root") for _ in range(300)]
    assert judged(answered(signer("authority", roots[-1])), *roots).anchored


def test_when_too_many_certificates_are_named_like_the_issuer_it_is_said_that_not_all_were_tried() -> None:
    key = new_key("ec")
    others = [issue("middle", issue("root"), key=key) for _ in range(15)]
    again = [issue("middle", others[0], key=key) for _ in range(15)]
    tsa = signer("authority", others[0])
    why = judged(answered(tsa, *others, *again), issue("root")).anchor
    assert why == "too many certificates are named like those that issued it to try them all"


def test_a_file_of_roots_full_of_beginnings_takes_no_time() -> None:
    root = issue("root").pem
    began = time.process_time()
    assert len(Roots.from_pem(b"-----BEGIN CERTIFICATE-----\n" * 100_000 + root).certificates) == 1
    assert time.process_time() - began < 10
