"""A WACZ, whoever made it: list, WARCs, index, pages and signature are found out where they lie."""

import base64
import gzip
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from archives import ZipMember
from bundle_kit import Wacz, as_folder, broken, said, verified, wacz_of, worst
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sealed_cases import START, sealed_case
from stamping import issue

from archiver.model.verdict import Severity

Change = Callable[[Wacz], Wacz]
WARC, INDEX, PAGES = "archive/000001.warc.gz", "indexes/index.cdxj", "pages/pages.jsonl"


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Wacz:
    path = tmp_path_factory.mktemp("sealed") / "case"
    sealed_case(path)
    return wacz_of(path)


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_an_honest_wacz_is_sound(tmp_path: Path, honest: Wacz, form: str) -> None:
    path = honest.write(tmp_path / "x.wacz") if form == "zip" else as_folder(tmp_path / "x", honest.all_files())
    verdict = verified(path)
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert {f.check for f in verdict.findings} >= {"container", "contents", "structure", "digests", "index"}


def test_what_wacz_makes_is_taken(tmp_path: Path, honest: Wacz) -> None:
    """py-wacz 0.6 writes a packed index with its list, packs pages, and finds pages by itself."""
    pytest.importorskip("wacz", reason="wacz is not installed")
    warc = tmp_path / "page.warc.gz"
    warc.write_bytes(honest.files[WARC])
    (tmp_path / "pages.jsonl").write_bytes(honest.files[PAGES])
    made = tmp_path / "made.wacz"
    command = [sys.executable, "-W", "ignore", "-m", "wacz", "create", "-o", made, "-p", tmp_path / "pages.jsonl", warc]
    subprocess.run(command, check=True, capture_output=True)
    verdict = verified(made)
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert "index" in {f.check for f in verdict.findings}


def files(change: Callable[[dict[str, bytes]], Any]) -> Change:
    def apply(wacz: Wacz) -> Wacz:
        found = dict(wacz.files)
        change(found)
        return replace(wacz, files=found)

    return apply


def package(change: Callable[[dict[str, Any]], Any]) -> Change:
    def apply(wacz: Wacz) -> Wacz:
        def changed(facts: dict[str, Any]) -> Any:
            change(facts)
            return facts

        return replace(wacz, package=changed)

    return apply


def entry(**changes: Any) -> Change:
    """The first entry of the index says something else."""

    def change(found: dict[str, bytes]) -> None:
        key, time, text = found[INDEX].decode().splitlines()[0].split(" ", 2)
        facts = json.loads(text)
        for name, value in changes.items():
            if name == "time":
                time = value
            else:
                facts[name] = value
        found[INDEX] = f"{key} {time} {json.dumps(facts)}\n".encode()

    return files(change)


def digest(change: Callable[[dict[str, Any]], Any]) -> Change:
    return lambda wacz: replace(wacz, digest=change)


def removed(*names: str) -> Change:
    return files(lambda found: [found.pop(name) for name in names])


def added(name: str, data: bytes = b"x") -> Change:
    return files(lambda found: found.update({name: data}))


def pages(*lines: object) -> Change:
    return files(lambda found: found.update({PAGES: "".join(json.dumps(line) + "\n" for line in lines).encode()}))


HEADER = {"format": "json-pages-1.0", "id": "pages"}
BROKEN: dict[str, tuple[Change, str]] = {
    "unlisted-without-a-dot": (lambda w: replace(w, unlisted={"hidden": b"x"}), "contents"),
    "unlisted-in-a-folder": (lambda w: replace(w, unlisted={"more/deeper/x.txt": b"x"}), "contents"),
    "unlisted-warc": (lambda w: replace(w, unlisted={"archive/2.warc.gz": b"x"}), "contents"),
    "listed-and-missing": (package(lambda p: p["resources"].append({**p["resources"][0], "path": "x"})), "contents"),
    "listed-twice": (package(lambda p: p["resources"].append(p["resources"][0])), "contents"),
    "another-hash": (package(lambda p: p["resources"][0].update(hash="sha256:" + "0" * 64)), "contents"),
    "another-size": (package(lambda p: p["resources"][0].update(bytes=1)), "contents"),
    "no-hash": (package(lambda p: p["resources"][0].pop("hash")), "contents"),
    "no-list": (package(lambda p: p.pop("resources")), "contents"),
    "no-warc": (removed(WARC), "contents"),
    "no-index": (removed(INDEX), "contents"),
    "no-pages": (removed(PAGES), "contents"),
    "file-among-warcs": (added("archive/x.txt"), "contents"),
    "file-among-indexes": (added("indexes/x.txt"), "contents"),
    "packed-warc": (lambda w: replace(w, deflated=frozenset({WARC})), "contents"),
    "older-than-its-records": (lambda w: replace(w, created="2020-01-01T00:00:00Z"), "contents"),
    "warc-damaged": (
        files(lambda found: found.update({WARC: found[WARC][:-30] + b"x" * 30})),
        "structure",
    ),
    "warc-with-more-behind": (files(lambda found: found.update({WARC: found[WARC] + b"hidden"})), "structure"),
    "entry-of-no-record": (entry(offset=7), "index"),
    "entry-of-another-file": (entry(filename="other.warc.gz"), "index"),
    "entry-with-another-length": (entry(length="5"), "index"),
    "entry-with-another-url": (entry(url="http://b.example/"), "index"),
    "entry-with-another-time": (entry(time="20200101000000"), "index"),
    "entry-with-another-status": (entry(status="404"), "index"),
    "entry-with-another-record-digest": (entry(recordDigest="sha256:" + "0" * 64), "index"),
    "entry-without-offset": (entry(offset=None), "index"),
    "entry-no-json": (files(lambda found: found.update({INDEX: b"a 20200101000000 {\n"})), "index"),
    "index-unsorted": (files(lambda found: found.update({INDEX: found[INDEX] + b"a" + found[INDEX]})), "index"),
    "index-cannot-be-unpacked": (added("indexes/index.cdx.gz", b"x"), "index"),
    "list-of-blocks-of-nothing": (added("indexes/index.idx", b"a 2020 {}\n"), "index"),
    "pages-without-header": (pages({"url": "http://a.example/x", "ts": "2026-11-22T00:00:00Z"}), "index"),
    "pages-without-url": (pages(HEADER, {"ts": "2026-11-22T00:00:00Z"}), "index"),
    "pages-without-time": (pages(HEADER, {"url": "http://a.example/x"}), "index"),
    "pages-empty": (files(lambda found: found.update({PAGES: b""})), "index"),
    "pages-no-json": (files(lambda found: found.update({PAGES: b"{\n"})), "index"),
    "digest-of-another": (digest(lambda d: {**d, "hash": "sha256:" + "0" * 64}), "signatures"),
    "digest-of-another-file": (digest(lambda d: {**d, "path": "x.json"}), "signatures"),
    "digest-no-object": (digest(lambda d: []), "signatures"),
}
UNCHECKED: dict[str, Change] = {
    "no-digest-file": digest(lambda d: None),
    "md5-alone": lambda w: replace(w, algorithm="md5"),
    "newer-version": package(lambda p: p.update(wacz_version="1.2.0", profile="wacz")),
    "page-that-was-not-captured": pages(HEADER, {"url": "http://b.example/", "ts": "2026-11-22T00:00:00Z"}),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_wacz_that_lies_is_contradicted(tmp_path: Path, honest: Wacz, name: str) -> None:
    change, check = BROKEN[name]
    verdict = verified(change(honest).write(tmp_path / "x.wacz"))
    assert check in broken(verdict), said(verdict)


@pytest.mark.parametrize("name", UNCHECKED)
def test_what_cannot_be_told_of_a_wacz_is_unchecked(tmp_path: Path, honest: Wacz, name: str) -> None:
    verdict = verified(UNCHECKED[name](honest).write(tmp_path / "x.wacz"))
    assert verdict.worst is Severity.UNCHECKED, said(verdict)


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b'{"a":1,"a":2}', b"\xff", b"[" * 100_000, b'{"resources":[NaN]}'])
def test_a_list_that_is_none_is_contradicted(tmp_path: Path, honest: Wacz, text: bytes) -> None:
    members = [ZipMember(n.encode(), d) for n, d in honest.files.items()]
    zipped = honest.zip().but(members=(*members, ZipMember(b"datapackage.json", text)))
    (tmp_path / "x.wacz").write_bytes(zipped.data())
    assert "contents" in broken(verified(tmp_path / "x.wacz"))


CONTAINERS: dict[str, Callable[[Wacz], bytes]] = {
    "twice": lambda w: w.zip().but(members=(*w.zip().members, w.zip().members[0])).data(),
    "slip": lambda w: w.zip().but(members=(*w.zip().members, ZipMember(b"../x", b"y"))).data(),
    "hidden-before": lambda w: w.zip().but(before=b"hidden").data(),
    "hidden-behind": lambda w: w.zip().data() + b"hidden",
    "hidden-between": lambda w: w.zip().but(before_directory=b"hidden").data(),
    "cut": lambda w: w.zip().data()[:-1],
    "text": lambda w: b"this is no zip",
    "empty": lambda w: b"",
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_wacz_that_can_be_read_in_two_ways_is_refused(tmp_path: Path, honest: Wacz, name: str) -> None:
    (tmp_path / "x.wacz").write_bytes(CONTAINERS[name](honest))
    assert broken(verified(tmp_path / "x.wacz")) == {"container"}


# --- signatures


def signed(
    wacz: Wacz,
    curve: ec.EllipticCurve | None = None,
    *,
    der: bool = False,
    more: Callable[[dict[str, Any]], dict[str, Any]] = lambda signed: signed,
) -> Wacz:
    """The same, signed by a key made for it; `more` changes what the digest file says of the signature."""
    key = ec.generate_private_key(curve or ec.SECP384R1())
    size = (key.curve.key_size + 7) // 8

    def sign(facts: dict[str, Any]) -> dict[str, Any]:
        signature = key.sign(facts["hash"].encode(), ec.ECDSA(SHA256()))
        if not der:
            signature = b"".join(number.to_bytes(size, "big") for number in decode_dss_signature(signature))
        spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        told = {
            "hash": facts["hash"],
            "created": wacz.created,
            "software": "test",
            "signature": base64.b64encode(signature).decode(),
            "publicKey": base64.b64encode(spki).decode(),
        }
        return {**facts, "signedData": more(told)}

    return replace(wacz, digest=sign)


@pytest.mark.parametrize("curve", [ec.SECP256R1(), ec.SECP384R1()])
@pytest.mark.parametrize("der", [False, True])
def test_a_sound_signature_says_nothing_about_who(
    tmp_path: Path, honest: Wacz, curve: ec.EllipticCurve, der: bool
) -> None:
    verdict = verified(signed(honest, curve, der=der).write(tmp_path / "x.wacz"))
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert "by a key that nothing here connects with anybody" in said(verdict, "signatures")


def test_a_genuine_signature_of_another_wacz_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    """The signature stays, and everything that it should cover is exchanged."""
    genuine = json.loads(signed(honest).all_files()["datapackage-digest.json"])["signedData"]
    other = replace(added("more/x.txt")(honest), digest=lambda d: {**d, "signedData": genuine})
    verdict = verified(other.write(tmp_path / "x.wacz"))
    assert broken(verdict) == {"signatures"}, said(verdict)


SIGNATURES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "hash-swapped": lambda s: {**s, "hash": "sha256:" + "0" * 64},
    "created-swapped": lambda s: {**s, "created": "2020-01-01T00:00:00Z"},
    "signature-of-something-else": lambda s: {**s, "signature": base64.b64encode(b"\1" * 96).decode()},
    "key-of-somebody-else": lambda s: {**s, "publicKey": _key()},
}


def _key() -> str:
    spki = ec.generate_private_key(ec.SECP384R1()).public_key()
    return base64.b64encode(spki.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_wrong_signature_is_contradicted(tmp_path: Path, honest: Wacz, name: str) -> None:
    verdict = verified(signed(honest, more=SIGNATURES[name]).write(tmp_path / "x.wacz"))
    assert broken(verdict) == {"signatures"}, said(verdict)


@pytest.mark.parametrize("what", [{"publicKey": "x"}, {"publicKey": None}, {"signature": "é"}, {"domainCert": "x"}])
def test_a_signature_that_cannot_be_judged_is_unchecked(tmp_path: Path, honest: Wacz, what: dict[str, Any]) -> None:
    verdict = verified(signed(honest, more=lambda s: {**s, **what}).write(tmp_path / "x.wacz"))
    assert worst(verdict, "signatures") is Severity.UNCHECKED, said(verdict)


def test_the_certificate_of_a_domain_is_not_judged(tmp_path: Path, honest: Wacz) -> None:
    """Its key must have signed; whom it names is left open, and said to be."""
    issued = issue("example.org", now=START)
    pem = issued.certificate.public_bytes(Encoding.PEM).decode()

    def of_domain(told: dict[str, Any]) -> dict[str, Any]:
        signature = issued.key.sign(told["hash"].encode(), ec.ECDSA(SHA256()))
        kept = {name: told[name] for name in ("hash", "created", "software")}
        return {**kept, "domain": "example.org", "domainCert": pem, "signature": base64.b64encode(signature).decode()}

    verdict = verified(signed(honest, more=of_domain).write(tmp_path / "x.wacz"))
    assert verdict.worst is Severity.UNASKED, said(verdict)
    assert "'example.org'" in said(verdict, "signatures")
    forged = signed(
        honest, more=lambda told: of_domain({**told, "hash": "sha256:" + "0" * 64}) | {"hash": told["hash"]}
    )
    assert broken(verified(forged.write(tmp_path / "y.wacz"))) == {"signatures"}


def test_every_answer_left_out_of_the_index_is_told(tmp_path: Path, honest: Wacz) -> None:
    verdict = verified(files(lambda found: found.update({INDEX: b""}))(honest).write(tmp_path / "x.wacz"))
    assert "1 answers in the WARCs are in no index" in said(verdict, "index")


def test_the_list_of_blocks_is_compared_with_a_packed_index(tmp_path: Path, honest: Wacz) -> None:
    block = gzip.compress(honest.files[INDEX], mtime=0)
    facts = {
        "offset": 0,
        "length": len(block),
        "filename": "index.cdx.gz",
        "digest": f"sha256:{sha256(block).hexdigest()}",
    }

    def packed(**changes: Any) -> Wacz:
        lines = f'!meta 0 {{"format": "cdxj-gzip-1.0"}}\na 2020 {json.dumps(facts | changes)}\n'
        names = {"indexes/index.cdx.gz": block, "indexes/index.idx": lines.encode()}
        return replace(honest, files={k: v for k, v in honest.files.items() if k != INDEX} | names)

    assert verified(packed().write(tmp_path / "x.wacz")).worst is Severity.UNASKED
    for changes in ({"offset": 3}, {"length": 3}, {"length": 10**9}, {"digest": "sha256:" + "0" * 64}):
        assert broken(verified(packed(**changes).write(tmp_path / "x.wacz"))) == {"index"}, changes
