"""WACZ files made to mislead, to exhaust, or to crash: what is said of them is true, and nothing escapes."""

import base64
import gzip
import json
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from archives import ZipMember
from bundle_kit import Wacz, as_folder, broken, said, verified, wacz_of, worst
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sealed_cases import START, sealed_case
from stamping import issue

from archiver.custody.receipt import Receipt
from archiver.custody.signers import AllowedSigners
from archiver.custody.token import Roots
from archiver.errors import CaseError
from archiver.model.verdict import Finding, Severity, Verdict
from archiver.verify.loose_json import MAX_DEPTH, loose_json
from archiver.verify.wacz import MAX_PACKAGE
from archiver.verify.wacz_blocks import MAX_BLOCKS
from archiver.verify.wacz_lines import lines_of
from archiver.verify.wacz_records import MAX_HELD, brief

WARC, INDEX, PAGES, PACKAGE = "archive/000001.warc.gz", "indexes/index.cdxj", "pages/pages.jsonl", "datapackage.json"
PACKED, BLOCKS, DIGEST = "indexes/index.cdx.gz", "indexes/index.idx", "datapackage-digest.json"

ODD: tuple[Any, ...] = (
    None,
    True,
    -1,
    1.5,
    10**400,
    "",
    "\ud800",
    "\x1b[2J\u202e<script>",
    [],
    {},
    [[]],
    {"a": [1]},
    "x" * 5000,
)


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Wacz:
    path = tmp_path_factory.mktemp("sealed") / "case"
    sealed_case(path)
    return wacz_of(path)


def having(wacz: Wacz, files: dict[str, bytes], *without: str) -> Wacz:
    kept = {name: data for name, data in wacz.files.items() if name not in without}
    return replace(wacz, files=kept | files)


def with_package(honest: Wacz, path: Path, data: bytes) -> Path:
    """The same with these bytes as its list, of which the digest file tells the hash."""
    digest = json.dumps({"path": PACKAGE, "hash": f"sha256:{sha256(data).hexdigest()}"}).encode()
    files = {**honest.files, PACKAGE: data, DIGEST: digest}
    path.write_bytes(honest.zip().but(members=tuple(ZipMember(n.encode(), d) for n, d in files.items())).data())
    return path


def of(verdict: Verdict, check: str, severity: Severity) -> list[Finding]:
    return [finding for finding in verdict.findings if (finding.check, finding.severity) == (check, severity)]


def first_entry(honest: Wacz) -> tuple[str, str, dict[str, Any]]:
    key, time, text = honest.files[INDEX].decode().splitlines()[0].split(" ", 2)
    return key, time, json.loads(text)


# --- a list that cannot be read says nothing about the files


def test_a_list_too_large_to_be_read_makes_no_file_of_the_wacz_contradicted(tmp_path: Path, honest: Wacz) -> None:
    """It may be sound, and its hash is compared all the same."""
    padded = honest.all_files()[PACKAGE] + b" " * MAX_PACKAGE
    verdict = verified(with_package(honest, tmp_path / "x.wacz", padded))
    assert broken(verdict) == set(), said(verdict)
    found = of(verdict, "contents", Severity.UNCHECKED)
    assert {finding.subject for finding in found} == {PACKAGE, ""}, said(verdict)
    assert "5 files are there, and no list that could be read" in said(verdict, "contents")
    assert worst(verdict, "signatures") is Severity.UNASKED
    other = with_package(honest, tmp_path / "y.wacz", padded)
    other.write_bytes(other.read_bytes().replace(sha256(padded).hexdigest().encode(), b"0" * 64))
    other = tmp_path / "folder"
    as_folder(other, {**honest.files, PACKAGE: padded, DIGEST: b'{"path":"datapackage.json","hash":"sha256:00"}'})
    assert broken(verified(other)) == {"signatures"}


@pytest.mark.parametrize("data", [b"{", b"[]", b"null", b'"text"', b"\xef\xbb\xbf", b'{"resources":[],"resources":[]}'])
def test_a_list_that_is_none_is_contradicted_and_the_files_are_unchecked(
    tmp_path: Path, honest: Wacz, data: bytes
) -> None:
    verdict = verified(with_package(honest, tmp_path / "x.wacz", data))
    assert [f.subject for f in of(verdict, "contents", Severity.BROKEN)] == [PACKAGE], said(verdict)
    assert [f.subject for f in of(verdict, "contents", Severity.UNCHECKED)] == [""], said(verdict)


@pytest.mark.parametrize("change", [lambda d: b"\xef\xbb\xbf" + d, lambda d: d.replace(b", ", b",\r\n") + b"\r\n"])
def test_a_mark_of_byte_order_and_crlf_in_a_list_contradict_nothing(
    tmp_path: Path, honest: Wacz, change: Callable[[bytes], bytes]
) -> None:
    data = change(honest.all_files()[PACKAGE])
    verdict = verified(with_package(honest, tmp_path / "x.wacz", data))
    assert verdict.worst is Severity.UNASKED, said(verdict)


def test_a_listed_file_that_was_not_unpacked_is_not_called_missing(tmp_path: Path, honest: Wacz) -> None:
    """The container says that it holds a bomb; that the bomb is as listed cannot be told."""
    wacz = replace(having(honest, {"more/zeros.bin": bytes(3 << 19)}), deflated=frozenset({"more/zeros.bin"}))
    verdict = verified(wacz.write(tmp_path / "x.wacz"))
    assert broken(verdict) == set(), said(verdict)
    assert worst(verdict, "container") is Severity.UNCHECKED
    gone = replace(wacz, package=lambda p: {**p, "resources": [*p["resources"], {**p["resources"][0], "path": "y"}]})
    assert broken(verified(gone.write(tmp_path / "y.wacz"))) == {"contents"}


# --- values of every kind in every place


MEMBERS = ("profile", "wacz_version", "title", "created", "resources", "mainPageUrl", "mainPageDate", "config")


@pytest.mark.parametrize("name", MEMBERS)
def test_no_value_in_the_list_makes_the_verifier_fail(tmp_path: Path, honest: Wacz, name: str) -> None:
    for number, value in enumerate(ODD):

        def odd(package: dict[str, Any], value: Any = value) -> dict[str, Any]:
            return {**package, name: value}

        verdict = verified(replace(honest, package=odd).write(tmp_path / f"{number}.wacz"))
        assert "\x1b" not in said(verdict)
        assert all(len(finding.message) < 1500 for finding in verdict.findings), said(verdict)


@pytest.mark.parametrize("name", ["name", "path", "hash", "bytes"])
def test_no_value_of_a_resource_makes_the_verifier_fail(tmp_path: Path, honest: Wacz, name: str) -> None:
    for number, value in enumerate(ODD):

        def odd(package: dict[str, Any], value: Any = value) -> dict[str, Any]:
            first, *rest = package["resources"]
            return {**package, "resources": [{**first, name: value}, *rest, value]}

        verdict = verified(replace(honest, package=odd).write(tmp_path / f"{number}.wacz"))
        assert "contents" in broken(verdict), said(verdict)
        assert all(len(finding.message) < 1500 for finding in verdict.findings), said(verdict)


@pytest.mark.parametrize("name", ["url", "mime", "status", "digest", "length", "offset", "filename", "recordDigest"])
def test_no_value_in_the_index_makes_the_verifier_fail(tmp_path: Path, honest: Wacz, name: str) -> None:
    key, time, facts = first_entry(honest)
    lines = [f"{key} {time} {json.dumps(facts | {name: value})}" for value in ODD]
    lines += [f"{key} {time} {text}" for text in ("1e999", "NaN", '{"offset": 1e999}', '{"offset": -Infinity}', "[1]")]
    data = "\n".join(sorted(lines)).encode() + b"\n"
    verdict = verified(having(honest, {INDEX: data}).write(tmp_path / "x.wacz"))
    assert "index" in broken(verdict), said(verdict)
    assert all(len(finding.message) < 1500 for finding in verdict.findings)


@pytest.mark.parametrize("name", ["id", "url", "ts", "title", "text"])
def test_no_value_of_a_page_makes_the_verifier_fail(tmp_path: Path, honest: Wacz, name: str) -> None:
    header, page = honest.files[PAGES].splitlines()
    lines = [header, *(json.dumps(json.loads(page) | {name: value}).encode() for value in ODD), b"NaN", b"1e999", b"[["]
    verdict = verified(having(honest, {PAGES: b"\n".join(lines)}).write(tmp_path / "x.wacz"))
    assert "index" in broken(verdict), said(verdict)


@pytest.mark.parametrize("name", ["signedData", "hash", "path"])
def test_no_value_in_the_digest_file_makes_the_verifier_fail(tmp_path: Path, honest: Wacz, name: str) -> None:
    for number, value in enumerate(ODD):

        def odd(digest: dict[str, Any], value: Any = value) -> dict[str, Any]:
            return {**digest, name: value}

        verdict = verified(replace(honest, digest=odd).write(tmp_path / f"{number}.wacz"))
        if value is not None or name != "signedData":
            assert broken(verdict) == {"signatures"}, said(verdict)


def test_a_list_of_blocks_with_odd_values_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    packed = gzip.compress(honest.files[INDEX], mtime=0)
    for number, name in enumerate(("offset", "length", "filename", "digest")):
        for value in ODD:
            facts = {"offset": 0, "length": len(packed), "filename": "index.cdx.gz", name: value}
            files = {PACKED: packed, BLOCKS: f"{first_entry(honest)[0]} {json.dumps(facts)}\n".encode()}
            verdict = verified(having(honest, files, INDEX).write(tmp_path / f"{number}.wacz"))
            assert "index" in broken(verdict) or name == "digest" or value is None, (name, value, said(verdict))


# --- JSON


def test_brackets_in_a_text_are_no_depth() -> None:
    """A page may be called so, and whoever captured it has made no broken WACZ."""
    title = '[{"\\' * 200
    assert loose_json(json.dumps({"title": title}).encode()) == {"title": title}
    deep = "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1)
    with pytest.raises(ValueError, match="nested deeper"):
        loose_json(f'["\\"", {deep}]'.encode())


def test_more_values_than_fit_into_memory_are_not_read() -> None:
    data = b"[" + b"{}," * 5_000_000 + b"{}]"
    tracemalloc.start()
    with pytest.raises(CaseError, match="more than 4000000 values"):
        loose_json(data)
    assert tracemalloc.get_traced_memory()[1] < 3 * len(data)
    tracemalloc.stop()


# --- the index as programs find it


def test_an_index_outside_its_folder_is_compared_too(tmp_path: Path, honest: Wacz) -> None:
    """ReplayWeb.page takes any file of such a name for an index, wherever it lies."""
    key, time, facts = first_entry(honest)
    lie = f"{key} {time} {json.dumps(facts | {'url': 'http://a.example/other'})}\n".encode()
    for name in ("more/extra.cdxj", "extra.cdx"):
        verdict = verified(having(honest, {name: lie}).write(tmp_path / "x.wacz"))
        assert [f.subject for f in of(verdict, "index", Severity.BROKEN)] == [name], said(verdict)
        same = having(honest, {name: honest.files[INDEX]})
        assert verified(same.write(tmp_path / "y.wacz")).worst is Severity.UNASKED


def test_entries_that_no_program_finds_do_not_count(tmp_path: Path, honest: Wacz) -> None:
    """An index that shows nothing, and a packed one beside it that has all entries and is in no list."""
    files = {INDEX: b"", PACKED: gzip.compress(honest.files[INDEX], mtime=0)}
    verdict = verified(having(honest, files).write(tmp_path / "x.wacz"))
    assert "1 answers in the WARCs are in no index" in said(verdict, "index")
    assert f"NOTE index {PACKED} : the index is packed, and there is no list" in said(verdict, "index")


@pytest.mark.parametrize(
    ("key", "url", "fits"),
    [
        ("example,a)/x", "http://www.a.example/x", True),
        ("example,a,www)/x", "http://www.a.example/x", True),
        ("org,b,www2)/x", "http://www1.www2.b.org/x", True),
        ("org,b)/x", "http://a..b.org/x", True),
        ("example,a:8080)/x", "https://A.example:8080/x", True),
        ("example,a,)/x", "http://a.example/x", True),
        ("com)/", "http://www.com/", True),
        ("http://a.example/x", "http://a.example/x", True),
        ("urn:x:y", "urn:x:y", True),
        ("7,2,0,192)/", "http://192.0.2.7/", True),
        ("anything)/", "http://[::1", True),
        ("anything)/", "http://новости.example/", True),
        ("org,bbc)/", "http://a.example/x", False),
        ("example,b)/", "http://a.example/x", False),
        ("\xff", "http://a.example/x", False),
    ],
)
def test_a_key_of_another_host_is_contradicted(tmp_path: Path, honest: Wacz, key: str, url: str, fits: bool) -> None:
    _, time, facts = first_entry(honest)
    line = f"{key} {time} {json.dumps(facts | {'url': url})}\n".encode("latin-1" if key == "\xff" else "utf-8")
    verdict = verified(having(honest, {INDEX: line}).write(tmp_path / "x.wacz"))
    assert ("its key" in said(verdict, "index")) is not fits, said(verdict)


def blocks(honest: Wacz, *changes: dict[str, Any], key: str = "") -> dict[str, bytes]:
    packed = gzip.compress(honest.files[INDEX], mtime=0)
    first = honest.files[INDEX].decode().partition(" {")[0]
    lines = [f"{key or first} {json.dumps({'offset': 0, 'length': len(packed)} | change)}\n" for change in changes]
    meta = '!meta 0 {"format": "cdxj-gzip-1.0", "filename": "index.cdx.gz"}\n'
    return {PACKED: packed, BLOCKS: (meta + "".join(lines)).encode()}


def test_a_block_under_another_key_is_told(tmp_path: Path, honest: Wacz) -> None:
    """Programs do not find what is in it; a program that made many a WACZ listed the second entry of each block."""
    verdict = verified(having(honest, blocks(honest, {}), INDEX).write(tmp_path / "x.wacz"))
    assert worst(verdict, "index") is Severity.OK, said(verdict)
    wacz = having(honest, blocks(honest, {}, key="zzz 20260101000000"), INDEX)
    verdict = verified(wacz.write(tmp_path / "y.wacz"))
    assert worst(verdict, "index") is Severity.NOTE, said(verdict)
    assert "1 blocks are listed under another entry than their first" in said(verdict, "index")


def test_a_block_that_begins_within_a_member_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    packed = gzip.compress(honest.files[INDEX], mtime=0)
    halves = [{"offset": 0, "length": 40}, {"offset": 40, "length": len(packed) - 40}]
    verdict = verified(having(honest, blocks(honest, *halves), INDEX).write(tmp_path / "x.wacz"))
    assert "line 3: the block that it names cannot be unpacked by itself" in said(verdict, "index"), said(verdict)
    assert broken(verdict) == {"index"}


def test_a_list_may_name_several_packed_indexes_but_none_twice(tmp_path: Path, honest: Wacz) -> None:
    """Each is held only while its blocks are compared."""
    other = {"indexes/b.cdx.gz": gzip.compress(b"\n", mtime=0)}
    size = len(other["indexes/b.cdx.gz"])
    both: list[dict[str, Any]] = [{}, {"filename": "b.cdx.gz", "length": size}]
    verdict = verified(having(honest, blocks(honest, *both) | other, INDEX).write(tmp_path / "x.wacz"))
    assert worst(verdict, "index") is Severity.OK, said(verdict)
    verdict = verified(having(honest, blocks(honest, *both, {}) | other, INDEX).write(tmp_path / "y.wacz"))
    assert "does not follow the one before" in said(verdict, "index")


def test_a_packed_index_too_large_to_be_held_is_unchecked(tmp_path: Path, honest: Wacz) -> None:
    files = blocks(honest, {})
    padded = files[PACKED] + bytes(MAX_BLOCKS)
    path = as_folder(tmp_path / "x", having(honest, {**files, PACKED: padded}, INDEX).all_files())
    verdict = verified(path)
    found = [f for f in of(verdict, "index", Severity.UNCHECKED) if f.subject == BLOCKS]
    assert len(found) == 1, said(verdict)


def test_many_empty_members_are_read_in_passing(tmp_path: Path, honest: Wacz) -> None:
    """Each is twenty bytes; what follows it is not copied to the end for every one of them."""
    empty = gzip.compress(b"", mtime=0)
    packed = empty * 300_000 + gzip.compress(honest.files[INDEX], mtime=0)
    path = as_folder(tmp_path / "x", having(honest, {PACKED: packed}, INDEX).all_files())
    assert worst(verified(path), "index") is Severity.NOTE


# --- memory


def test_long_addresses_are_held_by_their_hash() -> None:
    long = "http://a.example/" + "a" * 100_000
    assert brief(long) != brief(long + "b")
    assert len(brief(long)) < MAX_HELD
    assert brief("x" * MAX_HELD) == "x" * MAX_HELD
    assert brief("\ud800" * 1000).startswith("\ud800")


def test_an_entry_with_a_long_address_is_compared(tmp_path: Path, honest: Wacz) -> None:
    key, time, facts = first_entry(honest)
    line = f"{key} {time} {json.dumps(facts | {'url': facts['url'] + 'a' * 10_000})}\n"
    verdict = verified(having(honest, {INDEX: line.encode()}).write(tmp_path / "x.wacz"))
    assert "its url is" in said(verdict, "index")


def test_lines_of_another_bound_are_read(tmp_path: Path, honest: Wacz) -> None:
    from archiver.bundle.folder import Folder

    root = as_folder(tmp_path / "x", {"long": b"a" * 3_000_000 + b"\nb"})
    bundle = Folder(Folder.open_root(root))
    assert [len(line) for line in lines_of(bundle, "long", limit=1 << 24)] == [3_000_000, 1]
    with pytest.raises(CaseError) as refused:
        list(lines_of(bundle, "long"))
    assert refused.value.kind == "large"


# --- what steers a program


def test_a_list_that_sets_how_programs_show_it_is_unchecked(tmp_path: Path, honest: Wacz) -> None:
    """ReplayWeb.page takes rewriting rules and a live host from there."""
    config = {"hostProxy": {"a.example": "https://evil.example"}, "fuzzy": [["a", "b"]]}
    verdict = verified(replace(honest, package=lambda p: {**p, "config": config}).write(tmp_path / "x.wacz"))
    assert worst(verdict, "contents") is Severity.UNCHECKED, said(verdict)
    assert "evil.example" in said(verdict, "contents")


def test_a_main_page_that_was_not_captured_is_unchecked(tmp_path: Path, honest: Wacz) -> None:
    page = json.loads(honest.files[PAGES].splitlines()[1])
    for told, severity in (
        ({"mainPageUrl": page["url"], "mainPageDate": page["ts"]}, Severity.UNASKED),
        ({"mainPageUrl": page["url"]}, Severity.UNASKED),
        ({"mainPageUrl": page["url"], "mainPageDate": "2020-01-01T00:00:00Z"}, Severity.UNCHECKED),
        ({"mainPageUrl": "https://bank.example/"}, Severity.UNCHECKED),
    ):
        wacz = replace(honest, package=lambda p, told=told: p | told)  # type: ignore[misc]
        verdict = verified(wacz.write(tmp_path / "x.wacz"))
        assert verdict.worst is severity, said(verdict)


def test_a_warc_outside_its_folder_is_unchecked(tmp_path: Path, honest: Wacz) -> None:
    """Some programs load it; nothing compared its records with an index."""
    verdict = verified(having(honest, {"more/x.warc.gz": honest.files[WARC]}).write(tmp_path / "x.wacz"))
    assert worst(verdict, "contents") is Severity.UNCHECKED, said(verdict)
    assert "a WARC file outside archive/" in said(verdict, "contents")


def test_a_warc_under_another_name_is_contradicted_by_the_index(tmp_path: Path, honest: Wacz) -> None:
    wacz = having(honest, {"archive/renamed.warc.gz": honest.files[WARC]}, WARC)
    verdict = verified(wacz.write(tmp_path / "x.wacz"))
    assert broken(verdict) == {"index"}, said(verdict)


def test_pages_with_one_identifier_are_told(tmp_path: Path, honest: Wacz) -> None:
    """Programs keep pages by it, and drop the first."""
    page = honest.files[PAGES].splitlines(keepends=True)[1]
    unnamed = json.dumps({name: value for name, value in json.loads(page).items() if name != "id"}).encode() + b"\n"
    verdict = verified(having(honest, {PAGES: honest.files[PAGES] + unnamed * 2}).write(tmp_path / "x.wacz"))
    assert worst(verdict, "index") is Severity.OK, said(verdict)
    verdict = verified(having(honest, {PAGES: honest.files[PAGES] + page}).write(tmp_path / "y.wacz"))
    assert worst(verdict, "index") is Severity.NOTE, said(verdict)
    assert "1 pages have the identifier of one before" in said(verdict, "index")


# --- what the verifier knows from elsewhere


def test_a_receipt_signers_and_roots_for_a_wacz_without_seals_are_not_passed_over(tmp_path: Path, honest: Wacz) -> None:
    """Whoever takes log and seals out of a WACZ must not be called sound by somebody who brought the receipt."""
    path = honest.write(tmp_path / "x.wacz")
    receipt = Receipt("urn:uuid:00000000-0000-4000-8000-000000000000", 1, 1, "0" * 64, None, None)
    given: tuple[tuple[str, dict[str, Any]], ...] = (
        ("receipt", {"expect": receipt}),
        ("signatures", {"signers": AllowedSigners.parse("")}),
        ("tokens", {"roots": Roots(())}),
    )
    for check, outside in given:
        verdict = verified(path, **outside)
        assert next(f.severity for f in verdict.findings if f.check == check) is Severity.UNCHECKED, said(verdict)
        assert "its log and seals were taken out" in said(verdict, check)
        assert verdict.worst is Severity.UNCHECKED


# --- signatures


def signed_by(spki: bytes) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def sign(digest: dict[str, Any]) -> dict[str, Any]:
        told = {"hash": digest["hash"], "created": "2026-12-31T00:00:00Z", "signature": "AAAA"}
        return {**digest, "signedData": {**told, "publicKey": base64.b64encode(spki).decode()}}

    return sign


P256 = (
    ec.derive_private_key(4711, ec.SECP256R1())
    .public_key()
    .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
)


@pytest.mark.parametrize(
    "spki",
    [
        P256.replace(bytes.fromhex("2a8648ce3d0201"), bytes.fromhex("2a8648ce3d0209")),  # a kind of key nobody knows
        P256.replace(bytes.fromhex("2a8648ce3d030107"), bytes.fromhex("2a8648ce3d030177")),  # a curve nobody knows
        P256[:-1],
        P256[:-20] + bytes(20),  # no point of the curve
        b"",
    ],
)
def test_a_key_that_nobody_knows_is_unchecked(tmp_path: Path, honest: Wacz, spki: bytes) -> None:
    verdict = verified(replace(honest, digest=signed_by(spki)).write(tmp_path / "x.wacz"))
    assert worst(verdict, "signatures") is Severity.UNCHECKED, said(verdict)
    assert "its signature cannot be judged" in said(verdict, "signatures")


def of_domain(
    domain: str, certificate: str, *others: str, flip: int = -1
) -> Callable[[dict[str, Any]], dict[str, Any]]:
    """Signed for `domain` with a certificate of that name, and of `others`, where the name is no longer looked at."""
    more = (x509.SubjectAlternativeName([x509.DNSName(name) for name in others]),) if others else ()
    issued = issue(certificate, now=START, extra=more)
    der = bytearray(issued.certificate.public_bytes(Encoding.DER))
    if flip >= 0:
        der[flip] ^= 0xFF
    pem = f"-----BEGIN CERTIFICATE-----\n{base64.encodebytes(bytes(der)).decode()}-----END CERTIFICATE-----\n"

    def sign(digest: dict[str, Any]) -> dict[str, Any]:
        signature = base64.b64encode(issued.key.sign(digest["hash"].encode(), ec.ECDSA(SHA256()))).decode()
        told = {"hash": digest["hash"], "created": "2026-12-31T00:00:00Z", "domain": domain, "domainCert": pem}
        return {**digest, "signedData": {**told, "signature": signature}}

    return sign


def test_a_domain_that_the_certificate_does_not_name_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    """Programs show the domain, and not the certificate."""
    for domain, certificate, severity in (
        ("news.example", "news.example", Severity.UNASKED),
        ("NEWS.example", "news.example", Severity.UNASKED),
        ("a.news.example", "*.news.example", Severity.UNASKED),
        ("news.example", "evil.example", Severity.BROKEN),
        ("news.example", "*.example", Severity.UNASKED),
        ("", "evil.example", Severity.BROKEN),
        ("news.example", "anything evil.example news.example", Severity.UNASKED),
        ("news.example", "news.example evil.example", Severity.BROKEN),
    ):
        wacz = replace(honest, digest=of_domain(domain, *certificate.split()))
        verdict = verified(wacz.write(tmp_path / "x.wacz"))
        assert worst(verdict, "signatures") is severity, (domain, certificate, said(verdict))


@pytest.mark.filterwarnings("error")
def test_a_certificate_with_any_byte_changed_makes_no_error(tmp_path: Path, honest: Wacz) -> None:
    for flip in range(0, 220, 3):
        wacz = replace(honest, digest=of_domain("news.example", "news.example", flip=flip))
        verdict = verified(wacz.write(tmp_path / "x.wacz"))
        assert verdict.worst in {Severity.UNASKED, Severity.UNCHECKED, Severity.BROKEN}


def test_a_certificate_that_is_none_is_unchecked(tmp_path: Path, honest: Wacz) -> None:
    def none(digest: dict[str, Any]) -> dict[str, Any]:
        told = {"hash": digest["hash"], "created": "2026-12-31T00:00:00Z", "domainCert": "-----BEGIN", "signature": ""}
        return {**digest, "signedData": told}

    verdict = verified(replace(honest, digest=none).write(tmp_path / "x.wacz"))
    assert "it brings no certificate along" in said(verdict, "signatures")
    assert worst(verdict, "signatures") is Severity.UNCHECKED


def test_signed_data_that_are_none_are_not_called_unsigned(tmp_path: Path, honest: Wacz) -> None:
    for value in ({}, [], "", 0, "MEUCIQ"):
        wacz = replace(honest, digest=lambda d, value=value: {**d, "signedData": value})  # type: ignore[misc]
        verdict = verified(wacz.write(tmp_path / "x.wacz"))
        assert broken(verdict) == {"signatures"}, said(verdict)
