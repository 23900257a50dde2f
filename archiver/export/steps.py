"""The steps of VERIFY.txt, in order, for each kind of export. Pure: facts in, text out."""

from collections.abc import Callable, Iterator

from archiver.custody.seal import NAMESPACE
from archiver.export.elsewhere import mac, windows
from archiver.export.facts import Exhibit, Facts, Line, SealFacts, Token
from archiver.export.lay import answer, assigned, bullets, commands, heading, say

SIGNERS = "~/outside/allowed_signers"
ROOTS = "~/outside/tsa-roots.pem"
SHOWN = 3  # exhibits of a whole case that are gone through; the others go the same way

Step = tuple[str, str]
"""Title and text of a step."""

_TITLES = {
    "bag": "This is a whole case, packed as a bag (BagIt, RFC 8493): the case is in data/.",
    "disclosure": "This is a part of a case: single exhibits, and the proof that they belong to it.",
    "wacz": "This is a web archive in the form WACZ 1.1.1, made from a case.",
}


def steps(facts: Facts) -> str:
    """Return the whole text."""
    parts: list[Step] = [*_BY_KIND[facts.kind](facts), _program(facts), *windows(facts), *mac(facts)]
    body = "".join(heading(number, title) + text for number, (title, text) in enumerate(parts, 1))
    return _opening(facts) + body + _closing(facts)


def _opening(facts: Facts) -> str:
    head = "HOW TO CHECK THIS BY HAND\n=========================\n\n" + say(_TITLES[facts.kind])
    if facts.seals:
        head += f"Case:          {facts.seals[-1].seal.case}\n"
        head += "".join(_known(seal) for seal in facts.seals) + "\n"
    return (
        head
        + say(
            "You need a computer with Debian (or another Linux) as it comes: sha256sum, sed, grep, find, head, tail, "
            "gzip, ssh-keygen, openssl. Nothing of ours is needed, and you need not trust us. Open a terminal in the "
            "folder in which this file lies and type what stands under 'Type'; you can copy a block as a whole. What "
            "must come back stands under 'Answer'. Three dots (...) stand for any text; a long line is broken here. "
            "Any other answer means that this step has failed. Nothing is written anywhere."
        )
        + (_outside() if facts.seals else "")
    )


def _known(known: SealFacts) -> str:
    seal = known.seal
    rows = [
        ("Seal:", f"{seal.number}, over lines {seal.first_line} to {seal.last_line} of the log"),
        ("its SHA-256:", ""),
        ("", known.sha256),
        ("claimed time:", seal.sealed_at),
        ("signer:", ""),
        ("", seal.signer or "nobody signed this seal"),
    ]
    rows += [("its key:", known.fingerprint)] if known.fingerprint else []
    rows += [("time stamp:", f"{token.gen_time} by {token.authority}") for token in known.tokens]
    rows += [] if known.tokens else [("time stamp:", "none")]
    return "".join(f"{name:<14} {value}".rstrip() + "\n" if name else f"  {value}\n" for name, value in rows)


def _outside() -> str:
    return say(
        "Two things must come from elsewhere, not from whoever gave you this folder; what is in the folder could have "
        "been made by anybody. Put them into a folder called outside in your home folder:"
    ) + bullets(
        (
            f"{SIGNERS}: the public key of the signer, one line: the name, a space, and the key (ssh-ed25519 AAAA...), "
            "from the signer in person, the organisation's web site, a letter of engagement. Compare its fingerprint, "
            "above, by telephone.",
            f"{ROOTS}: the root certificates of the time stamping authorities, in PEM form, from their own web sites. "
            "Those of some authorities are part of Debian: then name /etc/ssl/certs/ca-certificates.crt in its place.",
        )
    )


def _bag(facts: Facts) -> Iterator[Step]:
    yield (
        "Is this copy whole?",
        commands(
            "for list in tagmanifest-sha256.txt manifest-sha256.txt; do",
            "  (sha256sum -c --strict --quiet $list && echo as listed) 2>&1 | cat -v",
            "done",
        )
        + answer("as listed", "as listed")
        + say("The names that are there and not listed, or listed and not there:")
        + commands(
            "{ find data ! -type d -print0 | tr '\\n\\0' '?\\n'",
            "  sed 's/^[0-9a-f]*  //' manifest-sha256.txt",
            "} | LC_ALL=C sort | LC_ALL=C uniq -u | cat -v",
        )
        + answer()
        + say(
            "This shows that nothing was lost or damaged on the way. It shows nothing about intent: whoever changes a "
            "file can write these lists anew. What cannot be written anew comes next."
        ),
    )
    yield from _sealed(facts, facts.seals[-1])
    yield _log(facts, facts.seals[-1])
    yield _evidence(facts)
    if facts.exhibits:
        yield "One exhibit", _exhibits(facts)


def _disclosure(facts: Facts) -> Iterator[Step]:
    yield (
        "Is this copy whole?",
        commands("(sha256sum -c --strict --quiet SHA256SUMS && echo as listed) 2>&1 | cat -v")
        + answer("as listed")
        + say("The names that are there and not listed, or listed and not there:")
        + commands(
            "{ find . ! -type d ! -path ./SHA256SUMS -print0 | tr '\\n\\0' '?\\n'",
            "  sed 's/^[0-9a-f]*  /.\\//' SHA256SUMS",
            "} | LC_ALL=C sort | LC_ALL=C uniq -u | cat -v",
        )
        + answer()
        + say(
            "This shows that nothing was lost or damaged on the way. Whoever changes a file can write this list anew. "
            "What cannot be written anew comes next."
        ),
    )
    for known in facts.seals:
        yield from _sealed(facts, known)
    by_number = {known.seal.number: known for known in facts.seals}
    for line in facts.lines:
        yield _line(facts, line, by_number[line.seal])
    if facts.exhibits:
        yield "The exhibit" if len(facts.exhibits) == 1 else "The exhibits", _exhibits(facts)


def _wacz(facts: Facts) -> Iterator[Step]:
    yield (
        "Unpack it, and see whether it is whole",
        say(
            "A WACZ file is a ZIP archive. Unpack it with any such program into an empty folder (on Debian: apt "
            "install unzip; then unzip FILE.wacz -d FOLDER) and open the terminal there."
        )
        + commands(
            "is() { sha256sum < datapackage.json | cut -c 1-64; }",
            "said() { grep -o 'sha256:[0-9a-f]*' datapackage-digest.json |",
            "  cut -c 8-; }",
            '[ "$(is)" = "$(said)" ] && echo as listed',
        )
        + answer("as listed")
        + say("The files whose hash is not in the list (the two lists themselves are not asked for):")
        + commands(
            "find . ! -type d ! -path './datapackage*.json' -exec sha256sum {} + |",
            "while read -r hash name; do",
            '  grep -q "\\"sha256:$hash\\"" datapackage.json || echo "$name"',
            "done | cat -v",
        )
        + answer()
        + say("This shows that nothing was damaged on the way. Whoever changes a file can write these lists anew."),
    )
    if facts.seals:
        yield from _sealed(facts, facts.seals[-1])
        yield _log(facts, facts.seals[-1])
    if facts.exhibits:
        yield "The exhibits", _exhibits(facts)


def _sealed(facts: Facts, known: SealFacts) -> Iterator[Step]:
    number, n = known.seal.number, f"{known.seal.number:06d}"
    folder = facts.seal_folder.rstrip("/")
    listed = [f"{n}.seal: OK"] + ([f"{n}.seal.sig: OK"] if known.seal.signer else [])
    text = (
        commands(f"(cd {folder} && sha256sum -c --strict {n}.sums)")
        + answer(*listed)
        + say("The SHA-256 of the seal. If you were given a receipt, this must be the long number in it:")
        + commands(f"sha256sum < {facts.seal_folder}{n}.seal")
        + answer(f"{known.sha256}  -")
    )
    yield f"Seal {number}: who signed it?", text + (_signature(facts, known) if known.seal.signer else _unsigned())
    title = f"Seal {number}: since when has it existed?"
    if not known.tokens:
        yield title, say("No authority has stamped this seal. Its time is the claim of the signer's clock alone.")
        return
    yield (
        title,
        "".join(_token(facts, known, token) for token in known.tokens)
        + say(
            "Each shows that the seal and its signature existed at that time, as this authority's clock had it (GMT), "
            "and with them everything that the seal names. It does not show who made them, nor that they are true. "
            "The number behind -attime is that very time in seconds since 1970: the certificate of the authority must "
            "have been good then; that it may have expired since does no harm. Whether it was revoked is not asked "
            "here. A line that begins with 'Using configuration from' or 'Warning' may come first and means nothing."
        ),
    )


def _signature(facts: Facts, known: SealFacts) -> str:
    n, signer = f"{known.seal.number:06d}", known.seal.signer or ""
    return (
        commands(
            *assigned("signer", signer),
            f"(cd {facts.seal_folder.rstrip('/')} &&",
            f'  ssh-keygen -Y verify -f {SIGNERS} -I "$signer" \\',
            f"    -n {NAMESPACE} -s {n}.seal.sig < {n}.seal)",
        )
        + answer(f'Good "{NAMESPACE}" signature for {signer} with ... key {known.fingerprint}')
        + say(
            "This shows that the holder of this key signed exactly this text. Whose key it is you know from elsewhere "
            "only. A key can be stolen: ask the signer whether it was."
        )
    )


def _unsigned() -> str:
    return say("Nobody signed this seal: nothing but the time stamps, if any, speaks for it.")


def _token(facts: Facts, known: SealFacts, token: Token) -> str:
    n = f"{known.seal.number:06d}"
    folder = facts.seal_folder.rstrip("/")
    return (
        say(f"By {token.authority}:")
        + commands(
            f"(cd {folder} &&",
            f"  openssl ts -verify -data {n}.sums -attime {token.epoch} \\",
            f"    -in {token.response} \\",
            f"    -CAfile {ROOTS} 2>&1 | tail -n 1)",
        )
        + answer("Verification: OK")
        + commands(
            f"(cd {folder} &&",
            f"  openssl ts -reply -in {token.response} \\",
            "    -text 2>&1 | grep '^Time stamp')",
        )
        + answer(f"Time stamp: {token.printed}")
    )


_LOOP = """\
(number=0 end=0 before=$(printf '%064d' 0)
hash() { sha256sum | cut -c 1-64; }
value() { sed -n "s/^$1: \\([0-9a-f]*\\)\\$/\\1/p" "$seal.seal"; }
piece() { tail -c +$(($(value $1-offset) + 1)) "$2" |
  head -c "$(value $1-length)" | hash; }
same() { [ "$2" = "$3" ] || echo "seal $number: $1 differs"; }
while [ $number -lt {last} ]; do
  number=$((number + 1))
  seal={seals}$(printf '%06d' $number)
  same previous "$(value previous-seal-sha256)" "$before"
  same place "$(value log-offset)" "$end"
  same log "$(value log-sha256)" "$(piece log {prefix}custody.jsonl)"
{manifest}  same entries "$(value entries-sha256)" "$(hash < $seal.entries.sha256)"
  same files "$(value files-sha256)" "$(hash < $seal.files.sha256)"
  before=$(hash < $seal.seal)
  end=$(($(value log-offset) + $(value log-length)))
done
echo "seals: $number"
echo "bytes of the log under them: $end"
echo "$before")"""
_MANIFEST = """\
  same manifest "$(value manifest-sha256)" \\
    "$(piece manifest {prefix}manifest.yaml)"
"""


def _log(facts: Facts, known: SealFacts) -> Step:
    seal = known.seal
    manifest = _MANIFEST.replace("{prefix}", facts.prefix) if facts.kind == "bag" else ""
    script = _LOOP.replace("{last}", str(seal.number)).replace("{seals}", facts.seal_folder)
    script = script.replace("{manifest}", manifest).replace("{prefix}", facts.prefix)
    return (
        "Is the log the one that was sealed?",
        say(
            "custody.jsonl is the log, one event a line. Each seal fixes what was added since the seal before it, and "
            "names that one by its hash. So the newest seal, which you have just checked, vouches for all of them. "
            "This goes through them all:"
        )
        + commands(*script.split("\n"))
        + answer(f"seals: {seal.number}", f"bytes of the log under them: {seal.log_end}", known.sha256)
        + say("What stands in the log behind that byte is under no seal yet:")
        + commands(f"tail -c +{seal.log_end + 1} {facts.prefix}custody.jsonl |", '  grep -o \'"event":"[a-z.]*"\'')
        + answer('"event":"seal.completed"', "...")
        + say(
            f"This shows that lines 1 to {seal.last_line} of the log are, byte for byte, those that were signed and "
            "stamped. It does not show that what they say is true, nor that nothing was left out; and a case that was "
            "cut back to an older state as a whole looks whole. Only a receipt that was kept elsewhere shows that: if "
            f"yours names a later seal than {seal.number}, something is missing here."
        ),
    )


def _evidence(facts: Facts) -> Step:
    lists = "find seals -name '*.files.sha256' -exec cat {} +"
    folder = facts.prefix.rstrip("/")
    text = say("Every file of evidence is named, with its hash, in a list that a seal names:")
    ignore = " --ignore-missing" if facts.withheld else ""
    if facts.exhibits:
        text += commands(
            f"(cd {folder} && {lists} |",
            f"  (sha256sum -c --strict --quiet{ignore} && echo as sealed) 2>&1 | cat -v)",
        ) + answer("as sealed")
    text += say("The names that are there and in no list, or in a list and not there:") + commands(
        f"(cd {folder} &&",
        f"  {{ {lists} | sed 's/^[0-9a-f]*  //'",
        "    find evidence ! -type d -print0 | tr '\\n\\0' '?\\n'",
        "  } | LC_ALL=C sort | LC_ALL=C uniq -u | cat -v)",
    )
    text += answer(*sorted(facts.withheld))
    if facts.withheld:
        text += say(
            "What is named here was withheld, as the log says with reason and authority: its hash stays, and it cannot "
            "be checked."
        ) + commands(f'grep -c \'"event":"item.withheld"\' {facts.prefix}custody.jsonl')
    return (
        "Is the evidence as it was sealed?",
        text
        + say(
            "This shows that every file of evidence is, byte for byte, what it was when it was sealed, and that none "
            "was added or taken away. It does not show that a web site sent these bytes: that rests on the program and "
            "the person that recorded them."
        ),
    )


def _line(facts: Facts, line: Line, known: SealFacts) -> Step:
    n, name = f"{known.seal.number:06d}", f"{facts.prefix}lines/{line.number:06d}.json"
    entries, seal = f"{facts.seal_folder}{n}.entries.sha256", f"{facts.seal_folder}{n}.seal"
    at = line.number - known.seal.first_line + 1
    return (
        f"Is line {line.number} in the sealed log?",
        commands(f"sha256sum < {name}", f"sed -n {at}p {entries}")
        + answer(f"{line.sha256}  -", line.sha256)
        + commands(f"sha256sum < {entries}", f"sed -n 's/^entries-sha256: //p' {seal}")
        + answer(f"{known.seal.entries_sha256}  -", known.seal.entries_sha256)
        + say(
            f"{entries} has the hash of each line under seal {known.seal.number}, from line {known.seal.first_line} "
            f"on, so that of line {line.number} stands in its line {at}; and the seal names the hash of the list. This "
            "shows that the line stood at this place of the log when that was sealed. The other lines are not shown, "
            "and cannot be guessed from their hashes."
        ),
    )


def _exhibits(facts: Facts) -> str:
    shown = facts.exhibits if facts.kind == "disclosure" else facts.exhibits[:SHOWN]
    text = "".join(_exhibit(facts, exhibit) for exhibit in shown)
    left = len(facts.exhibits) - len(shown)
    if left:
        text += say(f"The other {left} go the same way.")
    return text + say(
        "A file that ends in .warc.gz is a series of records (WARC 1.1, ISO 28500), each compressed by itself. In the "
        "record of type 'response' the bytes that the server sent begin after the first empty line. The line of the "
        "log says from which address, when, and how the file was made."
    )


def _exhibit(facts: Facts, exhibit: Exhibit) -> str:
    n = f"{exhibit.line:06d}"
    number = f"Item {exhibit.item}: its file has the hash that line {exhibit.line} of the log names"
    hashed = commands(f"sha256sum < {exhibit.path}")
    if facts.kind == "disclosure":
        found = commands(f"grep -c {exhibit.sha256} \\", f"  {facts.prefix}lines/{n}.json")
    elif facts.seals:
        found = commands(f"sed -n {exhibit.line}p {facts.prefix}custody.jsonl |", f"  grep -c {exhibit.sha256}")
    else:
        return say(f"Item {exhibit.item}:") + hashed + answer(f"{exhibit.sha256}  -") + _beginning(exhibit)
    return say(f"{number}:") + hashed + answer(f"{exhibit.sha256}  -") + found + answer("1") + _beginning(exhibit)


def _beginning(exhibit: Exhibit) -> str:
    return (
        say("It can be unpacked, and this is how it begins:")
        + commands(f"gzip -dc {exhibit.path} | head -c 1500 | cat -v")
        + answer("WARC/1.1^M", "...")
    )


def _program(facts: Facts) -> Step:
    return (
        "Instead of most of this: one program",
        say(
            "verify.py, beside this file, does what can be done with hashes, in one go: the log, the form of its "
            "lines, the seals, the lists, every file and every record in it. It needs Python 3.8 or newer and nothing "
            "else (on Debian: apt install python3), and can be read from top to bottom. It does not check signatures "
            "and time stamps: do the steps above for these."
        )
        + say("To run it: python3 -I verify.py"),
    )


def _closing(facts: Facts) -> str:
    may = (
        "'These bytes have this SHA-256. That value is in a list that was signed with the key of that fingerprint, and "
        "that existed before the time of the time stamps, according to these authorities.'"
        if facts.seals
        else "'These bytes have this SHA-256.'"
    )
    return (
        "WHAT MAY THEN BE SAID\n---------------------\n\n"
        + say(may)
        + "AND WHAT NOT\n------------\n\n"
        + bullets(
            (
                "That a server sent these bytes: a web connection leaves no signature on a page.",
                "Who wrote them, and whether they are true.",
                "That others saw the same, or that nothing else was collected and left out.",
                "Anything about the time before the oldest time stamp but what the clock of the collector said.",
            )
        ).rstrip("\n")
        + "\n"
    )


_BY_KIND: dict[str, Callable[[Facts], Iterator[Step]]] = {"bag": _bag, "disclosure": _disclosure, "wacz": _wacz}
