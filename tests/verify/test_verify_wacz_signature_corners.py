"""The corners of a WACZ: digest files that cannot be read, keys of another kind, more records than are held."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archives import ZipMember
from bundle_kit import Wacz, broken, said, verified, wacz_of, worst
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sealed_cases import START, sealed_case
from stamping import issue, new_key

from archiver.model.verdict import Severity
from archiver.verify.loose_json import MAX_DEPTH, BadJson, loose_json
from archiver.verify.wacz_signature import MAX_DIGEST

DIGEST = "datapackage-digest.json"


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Wacz:
    path = tmp_path_factory.mktemp("sealed") / "case"
    sealed_case(path)
    return wacz_of(path)


def with_digest_file(honest: Wacz, path: Path, data: bytes, **lies: Any) -> Path:
    """The same WACZ with these bytes as its digest file; `lies` are of its member in the zip."""
    members = [member for member in honest.zip().members if member.name != DIGEST.encode()]
    path.write_bytes(honest.zip().but(members=(*members, ZipMember(DIGEST.encode(), data, **lies))).data())
    return path


# --- the digest file


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "it is not JSON at character 0"),
        (b"{", "it is not JSON at character 1"),
        (b'{"hash":"a","hash":"b"}', "a name stands twice"),
        (b"\xff\xfe{}", "it is not UTF-8 at byte 0"),
        (b'{"hash":NaN}', "NaN is no JSON"),
        (b"[" * 100_000, "nested deeper than 64"),
        (b'{"hash":' + b"9" * 5000 + b"}", "a number that is too long"),
    ],
)
def test_a_digest_file_that_is_no_json_is_contradicted(tmp_path: Path, honest: Wacz, data: bytes, why: str) -> None:
    verdict = verified(with_digest_file(honest, tmp_path / "x.wacz", data))
    assert broken(verdict) == {"signatures"}, said(verdict)
    assert "it cannot be read: " in said(verdict, "signatures")
    assert why in said(verdict, "signatures")


def test_a_digest_file_too_large_to_be_read_is_unchecked(tmp_path: Path, honest: Wacz) -> None:
    """It may be sound: nothing is called broken that was not looked at, and nothing is called sound."""
    padded = honest.all_files()[DIGEST] + b" " * MAX_DIGEST
    verdict = verified(with_digest_file(honest, tmp_path / "x.wacz", padded))
    assert worst(verdict, "signatures") is Severity.UNCHECKED, said(verdict)
    assert f"at most {MAX_DIGEST} are read" in said(verdict, "signatures")
    assert broken(verdict) == set(), said(verdict)


def test_a_damaged_digest_file_is_contradicted(tmp_path: Path, honest: Wacz) -> None:
    verdict = verified(with_digest_file(honest, tmp_path / "x.wacz", honest.all_files()[DIGEST], stated_crc=1))
    assert broken(verdict) == {"signatures"}, said(verdict)
    assert "its checksum is" in said(verdict, "signatures")


# --- keys that the format does not know


def _told(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def sign(facts: dict[str, Any]) -> dict[str, Any]:
        told = {"hash": facts["hash"], "created": "2026-12-31T00:00:00Z", "signature": "AAAA"}
        return {**facts, "signedData": change(told)}

    return sign


def _spki(key: Any) -> str:
    return base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_signature_by_a_key_of_another_kind_is_unchecked(tmp_path: Path, honest: Wacz, kind: str) -> None:
    key = _spki(new_key("rsa") if kind == "rsa" else ed25519.Ed25519PrivateKey.generate())
    wacz = replace(honest, digest=_told(lambda told: {**told, "publicKey": key}))
    verdict = verified(wacz.write(tmp_path / "x.wacz"))
    assert worst(verdict, "signatures") is Severity.UNCHECKED, said(verdict)
    assert "its key is not of the kind that the format knows" in said(verdict, "signatures")


def test_a_domain_certificate_of_another_kind_is_unchecked(tmp_path: Path, honest: Wacz) -> None:
    """And the sound key beside it does not speak for it."""
    pem = issue("example.org", key="rsa", now=START).pem.decode()
    told = {"domain": "example.org", "domainCert": pem, "publicKey": _spki(new_key("ec"))}
    wacz = replace(honest, digest=_told(lambda facts: {**facts, **told}))
    verdict = verified(wacz.write(tmp_path / "x.wacz"))
    assert worst(verdict, "signatures") is Severity.UNCHECKED, said(verdict)
    assert "its certificate is not of the kind that the format knows" in said(verdict, "signatures")


# --- more records than are held


def test_records_beyond_the_bound_are_counted_and_unchecked(
    tmp_path: Path, honest: Wacz, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An entry of one of them is not called false, and not called compared."""
    for module in ("wacz_records", "wacz_index"):
        monkeypatch.setattr(f"archiver.verify.{module}.MAX_RECORDS", 0)
    verdict = verified(honest.write(tmp_path / "x.wacz"))
    assert worst(verdict, "index") is Severity.UNCHECKED, said(verdict)
    assert "records behind the first 0 were not compared with the index" in said(verdict, "index")


def test_records_beyond_the_bound_still_say_how_new_the_wacz_is(
    tmp_path: Path, honest: Wacz, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("archiver.verify.wacz_records.MAX_RECORDS", 0)
    old = replace(honest, created="2020-01-01T00:00:00Z")
    verdict = verified(old.write(tmp_path / "x.wacz"))
    assert "it says that it was made at '2020-01-01T00:00:00Z'" in said(verdict, "contents"), said(verdict)
    assert "contents" in broken(verdict)


# --- JSON of others


def test_many_brackets_side_by_side_are_not_deep() -> None:
    flat = [[], {}] * (2 * MAX_DEPTH)
    assert loose_json(json.dumps(flat).encode()) == flat


@pytest.mark.parametrize(("opened", "closed"), [("[", "]"), ('{"a":', "}")])
def test_json_is_read_down_to_the_bound_and_no_deeper(opened: str, closed: str) -> None:
    inner = f"{opened * MAX_DEPTH}1{closed * MAX_DEPTH}"
    assert loose_json(inner.encode()) == json.loads(inner)
    with pytest.raises(BadJson, match="nested deeper than 64"):
        loose_json(f"{opened}{inner}{closed}".encode())


def test_a_number_longer_than_python_reads_is_bad_json() -> None:
    with pytest.raises(BadJson, match="a number that is too long"):
        loose_json(b"[" + b"1" * 100_000 + b"]")
