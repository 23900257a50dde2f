"""A disclosure: proofs that a stranger can recompute, and nothing about anybody else."""

import gzip
import hashlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from exportbench import (
    Office,
    files_of,
    hashes,
    listed,
    path_of,
    root_from,
    seal_says,
    sha256sum_says,
    tree_hash,
    unpacked,
)
from server import RawServer
from stamping import LocalAuthority

from archiver.errors import ExitCode
from archiver.export.byhand import standalone_source

OURS = ("disclosure.json", "VERIFY.txt", "verify.py")
OWN_WORDS = {"reported by the fishermen", "Hafen-77", "the harbour master confirmed it"}


def crowded(office: Office, site: RawServer) -> None:
    """Items of several kinds around item 3, each with words of its own, and a case with more to say."""
    site.routes = {
        "/first-address": page("A first headline", b"first-body"),
        "/own-address": page("Own headline", b"own-body"),
        "/third-address": page("A third headline", b"third-body"),
    }
    office.captured(site, "/first-address", "--note", "first-note", "--tag", "first-tag")
    office.kept("father.jpg", b"a photograph of father", "--note", "second-note", "--tag", "second-tag")
    office.captured(site, "/own-address", "--note", "reported by the fishermen", "--tag", "Hafen-77")
    office.done("note", "harbour", "a note about the whole case")
    office.captured(site, "/third-address", "--note", "third-note")
    office.done("note", "harbour", "third-later-note", "--item", "4")
    office.done("note", "harbour", "the harbour master confirmed it", "--item", "3")


def page(title: str, body: bytes) -> bytes:
    html = b"<title>%s</title>%s" % (title.encode(), body)
    return b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%s" % (len(html), html)


def words_of(value: Any) -> set[str]:
    """Every text in a JSON value."""
    if isinstance(value, dict):
        return set().union(*map(words_of, value.values()))
    if isinstance(value, list):
        return set().union(*map(words_of, value))
    return {value} if isinstance(value, str) else set()


def proved(office: Office, files: dict[str, bytes]) -> list[int]:
    """Check every proof by the words of RFC 6962 alone, against the log as well, and return the lines."""
    lines = []
    for told in json.loads(files["disclosure.json"])["lines"]:
        number, raw = told["line"], files[told["file"]]
        proof = json.loads(files[told["proof"]])
        seal = seal_says(files[f"seals/{told['seal']:06d}.seal"])
        first, last = map(int, seal["log-entries"].split("-"))
        assert first <= number <= last
        assert (proof["line"], proof["tree_size"]) == (number, last)
        path = [bytes.fromhex(each) for each in proof["hashes"]]
        assert root_from(raw, number - 1, last, path).hex() == seal["tree-root"]
        assert path == path_of(number - 1, office.log[:last])
        assert tree_hash(office.log[:last]).hex() == seal["tree-root"]
        entries = files[f"seals/{told['seal']:06d}.entries.sha256"]
        assert hashlib.sha256(entries).hexdigest() == seal["entries-sha256"]
        assert entries.split()[number - first].decode() == hashlib.sha256(raw).hexdigest()
        event = json.loads(raw)
        assert (event["seq"], event["event"], event["data"]["item"]) == (number, told["event"], told["item"])
        assert raw == office.log[number - 1]
        lines.append(number)
    return lines


def test_the_lines_of_an_item_are_proved_to_be_in_the_sealed_log(office: Office, raw_server: RawServer) -> None:
    crowded(office, raw_server)
    folder = office.disclosed(3)
    files = files_of(folder)
    numbers = proved(office, files)
    assert [json.loads(office.log[number - 1])["event"] for number in numbers] == [
        "item.requested",
        "item.captured",
        "note.added",
    ]
    assert sha256sum_says(folder, "SHA256SUMS").returncode == 0
    rest = {name: data for name, data in files.items() if name != "SHA256SUMS"}
    assert listed(files["SHA256SUMS"]) == hashes(rest)
    told = json.loads(files["disclosure.json"])["files"]
    assert sorted(each["path"] for each in told) == sorted(rest.keys() - set(OURS))
    warc = files["evidence/000/000003.warc.gz"]
    outcome = json.loads(files[f"lines/{numbers[1]:06d}.json"])
    assert outcome["data"]["file"]["sha256"] == hashlib.sha256(warc).hexdigest()
    assert b"own-body" in gzip.decompress(warc)


@pytest.mark.parametrize("suffix", ["", ".zip", ".tar"])
def test_not_one_byte_is_about_anybody_else(office: Office, raw_server: RawServer, suffix: str) -> None:
    office.private_value()
    crowded(office, raw_server)
    files = files_of(office.disclosed(3, name="out" + suffix))
    assert files.pop("verify.py") == standalone_source()  # the same for everybody
    everything = b"\n".join([*(name.encode() for name in files), *map(unpacked, files.values())])
    own = [json.loads(data) for name, data in files.items() if name.startswith("lines/")]
    shared = set().union(*map(words_of, own)) | {"evidence"}
    others = [event for event in office.events() if event["data"].get("item") != 3]
    foreign = set().union(*(words_of(event["data"]) for event in others)) - shared
    foreign |= {event["nonce"] for event in others}
    foreign = {text for text in foreign if not re.fullmatch(r"[a-z]{0,12}", text)} - sealed_words(office)
    for must in ("first-note", "second-tag", "third-later-note", "a note about the whole case", "father.jpg"):
        assert must in foreign
    assert any("/first-address" in text for text in foreign)
    assert any("The harbour raid" in text for text in foreign)
    leaked = [text for text in foreign if text.encode() in everything]
    assert leaked == []
    for number in ("000001", "000002", "000004"):
        path = office.case / f"evidence/000/{number}.warc.gz"
        assert hashlib.sha256(path.read_bytes()).hexdigest().encode() not in everything
        assert number.encode() + b".warc" not in everything
    for body in (b"first-body", b"photograph of father", b"third-body"):
        assert body not in everything
    assert all(word.encode() in everything for word in OWN_WORDS)


def sealed_words(office: Office) -> set[str]:
    """What log lines about seals say of the files of seals: those go out, but for the list of the evidence."""
    sealed = [event["data"] for event in office.events() if event["event"] == "seal.completed"]
    kept = (value for data in sealed for name, value in data.items() if name != "files")
    return set().union(*map(words_of, kept)) | {path for data in sealed for path in [data["files"]["sha256"]]}


def test_each_line_comes_with_the_seal_that_covers_it(office: Office, authority: LocalAuthority) -> None:
    authority.mode = "good"
    office.policy(authority)
    for name in ("a.txt", "b.txt"):
        office.kept(name, name.encode())
    office.done("seal", "harbour")
    office.kept("c.txt", b"c")
    office.done("seal", "harbour")
    office.done("note", "harbour", "seen again", "--item", "1")
    office.done("withhold", "harbour", "1", "--reason", "R", "--authority", "A", "--yes")
    files = files_of(office.disclosed(1))
    index = json.loads(files["disclosure.json"])
    proved(office, files)
    by_event = {line["event"]: line["seal"] for line in index["lines"]}
    last = office.names().count("seal.completed")
    assert by_event["item.requested"] == by_event["item.imported"] < last - 1
    assert by_event["note.added"] == by_event["item.withheld"] == last
    assert [seal["seal"] for seal in index["seals"]] == sorted(set(by_event.values()))
    assert "evidence/000/000001.warc.gz" not in files
    assert not [name for name in files if name.endswith(".files.sha256")]
    for seal in index["seals"]:
        sums = files[f"seals/{seal['seal']:06d}.sums"]
        assert [token["authority"] for token in seal["tokens"]] == ["local"]
        assert authority.verified(sums, files[seal["tokens"][0]["response"]])


def test_seal_and_signature_of_a_disclosure_check_by_hand(
    office: Office, authority: LocalAuthority, tmp_path: Path
) -> None:
    authority.mode = "good"
    office.policy(authority)
    office.kept("a.txt", b"a")
    folder = office.disclosed(1)
    key = json.loads(office.done("identity", "show", "jane", "--json"))
    (tmp_path / "signers").write_text(key["allowed_signers"] + "\n")
    seal = min((folder / "seals").glob("*.seal"))
    assert sha256sum_says(folder / "seals", f"{seal.stem}.sums").returncode == 0
    command = ["ssh-keygen", "-Y", "verify", "-f", tmp_path / "signers", "-I", "jane", "-n", "custody-seal@archiver"]
    signed = subprocess.run([*command, "-s", f"{seal}.sig"], input=seal.read_bytes(), capture_output=True, check=False)
    assert signed.returncode == 0, signed.stderr


def test_several_items_share_their_seals(office: Office, raw_server: RawServer) -> None:
    crowded(office, raw_server)
    files = files_of(office.disclosed(4, 2))
    index = json.loads(files["disclosure.json"])
    assert index["items"] == [2, 4]
    assert {line["item"] for line in index["lines"]} == {2, 4}
    proved(office, files)


def test_a_failed_item_is_shown_with_what_was_kept(office: Office) -> None:
    assert office.run("capture", "http://127.0.0.1:9/", "--case", "harbour")[0] == ExitCode.NOTHING_PRESERVED
    files = files_of(office.disclosed(1))
    assert [line["event"] for line in json.loads(files["disclosure.json"])["lines"]] == [
        "item.requested",
        "item.failed",
    ]
    assert "evidence/000/000001.warc.gz" in files


@pytest.mark.parametrize("suffix", ["", ".zip", ".tar"])
def test_the_same_state_discloses_the_same_bytes(office: Office, suffix: str) -> None:
    office.kept("a.txt", b"a")
    first, second = (office.disclosed(1, name=name + suffix) for name in ("first", "second"))
    assert files_of(first) == files_of(second)
    assert not suffix or first.read_bytes() == second.read_bytes()


def test_an_item_that_is_not_there_is_refused(office: Office) -> None:
    office.kept("a.txt", b"a")
    code, _, err = office.run("export", "harbour", "-o", "out", "--as", "disclosure", "--item", "2")
    assert code == ExitCode.USAGE
    assert "item 2: the case has none of this number" in err
    assert "export.made" not in office.names()
    assert office.left_behind() == {"a.txt"}


def test_hosts_that_stand_in_the_line_of_an_item_are_named_to_whoever_exports_it(
    office: Office, authority: LocalAuthority, raw_server: RawServer
) -> None:
    office.policy(authority)
    office.done("capture", raw_server.url("/"), "--case", "harbour", "--allow-host", raw_server.netloc)
    said = json.loads(office.done("export", "harbour", "-o", "one.zip", "--as", "disclosure", "--item", "1", "--json"))
    assert said["named"] == [f"allow_host {authority.host_port}", f"allow_host {raw_server.netloc}"]
    told = office.done("export", "harbour", "-o", "again.zip", "--as", "disclosure", "--item", "1")
    assert f"names as well: allow_host {authority.host_port}: how an item was reached stands in its line" in told
    assert json.loads(office.done("export", "harbour", "-o", "all.zip", "--as", "bag", "--json"))["named"] == []
