"""The steps of VERIFY.txt that prove something: seals, log, evidence, single lines, exhibits. Pure."""

from collections.abc import Iterator

from archiver.custody.seal import NAMESPACE
from archiver.export.facts import Exhibit, Facts, Line, SealFacts, Token
from archiver.export.lay import answer, assigned, commands, say

SIGNERS = "~/outside/allowed_signers"
ROOTS = "~/outside/tsa-roots.pem"
SHOWN = 3  # exhibits of a whole case that are gone through; the others go the same way

_NAMED = r's/.*"file":{"path":"[^"]*","sha256":"\([0-9a-f]*\)".*/\1/p'
"""What takes from a line of the log the hash of the file that it records, and from no text that it quotes: in a text
each quotation mark has a backslash before it. A page could have any hash in its title."""

Step = tuple[str, str]
"""Title and text of a step."""


def seal_steps(facts: Facts, known: SealFacts) -> Iterator[Step]:
    """Yield the steps for one seal: its signature, its time stamps."""
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
            "here."
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
        say(f"By {token.authority}, in {token.response}:")
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
  same manifest "$(value manifest-sha256)" \\
    "$(piece manifest {prefix}manifest.yaml)"
  same entries "$(value entries-sha256)" "$(hash < $seal.entries.sha256)"
  same files "$(value files-sha256)" "$(hash < $seal.files.sha256)"
  before=$(hash < $seal.seal)
  end=$(($(value log-offset) + $(value log-length)))
done
echo "seals: $number"
echo "bytes of the log under them: $end"
echo "$before")"""


def log_step(facts: Facts, known: SealFacts) -> Step:
    """Return the step for the log and its lists under the newest seal."""
    seal = known.seal
    script = _LOOP.replace("{last}", str(seal.number)).replace("{seals}", facts.seal_folder)
    script = script.replace("{prefix}", facts.prefix)
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


def evidence_step(facts: Facts) -> Step:
    """Return the step for the files of evidence in the lists of all seals."""
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
        f"  {{ {lists} |",
        "      sed 's/^[0-9a-f]*  //'",
        "    find evidence ! -type d -print0 | tr '\\n\\0' '?\\n'",
        "  } | LC_ALL=C sort | LC_ALL=C uniq -u | cat -v)",
    )
    text += answer(*sorted(facts.withheld))
    if facts.withheld:
        text += say(
            "What is named here was withheld, as the log says with reason and authority: its hash stays, and it cannot "
            "be checked."
        )
        text += commands(f'grep -o \'"event":"item.withheld"\' {facts.prefix}custody.jsonl')
        text += answer('"event":"item.withheld"', "...")
    return (
        "Is the evidence as it was sealed?",
        text
        + say(
            "This shows that every file of evidence is, byte for byte, what it was when it was sealed, and that none "
            "was added or taken away. It does not show that a web site sent these bytes: that rests on the program and "
            "the person that recorded them."
        ),
    )


def lines_step(facts: Facts, known: SealFacts) -> Step:
    """Return the step for the single lines of the log that a seal covers."""
    entries, seal = (f"{facts.seal_folder}{known.seal.number:06d}.{suffix}" for suffix in ("entries.sha256", "seal"))
    lines = [line for line in facts.lines if line.seal == known.seal.number]
    *most, last = (str(line.number) for line in lines)
    numbers = f"lines {', '.join(most)} and {last}" if most else f"line {last}"
    return (
        f"Seal {known.seal.number}: {'were these lines' if most else 'was this line'} in the log that was sealed?",
        say(
            f"{entries} is a list: one hash for each line of the log under seal {known.seal.number}, which are the "
            f"lines {known.seal.first_line} to {known.seal.last_line}. The seal, which you have just checked, names "
            "the hash of this list. Both answers must be the same:"
        )
        + commands(f"sha256sum < {entries}", f"sed -n 's/^entries-sha256: //p' {seal}")
        + answer(f"{known.seal.entries_sha256}  -", known.seal.entries_sha256)
        + "".join(_line(facts, line, entries, line.number - known.seal.first_line + 1) for line in lines)
        + say(
            f"This shows that {numbers} stood there in the log when seal {known.seal.number} was made, "
            "letter for letter as here. The other lines are not shown, and cannot be guessed from their hashes."
        ),
    )


def _line(facts: Facts, line: Line, entries: str, place: int) -> str:
    name = f"{facts.prefix}lines/{line.number:06d}.json"
    return (
        say(
            f"Line {line.number} of the log is line {place} of the list. What it tells of; its hash; and the hash in "
            "the list, which must be the same:"
        )
        + commands(f'grep -o \'"event":"[a-z.]*"\' {name}', f"sha256sum < {name}", f"sed -n {place}p {entries}")
        + answer(f'"event":"{line.event}"', f"{line.sha256}  -", line.sha256)
    )


def exhibits(facts: Facts) -> str:
    """Return the text for files of evidence, one by one."""
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
    hashed = commands(f"sha256sum < {exhibit.path}") + answer(f"{exhibit.sha256}  -")
    if not facts.seals:
        return say(f"Item {exhibit.item}:") + hashed + _beginning(exhibit)
    line = f"{facts.prefix}lines/{exhibit.line:06d}.json"
    found = f"cat {line}" if facts.kind == "disclosure" else f"sed -n {exhibit.line}p {facts.prefix}custody.jsonl"
    return (
        say(f"Item {exhibit.item}: the hash of its file, and the one that line {exhibit.line} of the log gives for it:")
        + hashed
        + commands(f"{found} |", f"  sed -n '{_NAMED}'")
        + answer(exhibit.sha256)
        + _beginning(exhibit)
    )


def _beginning(exhibit: Exhibit) -> str:
    return (
        say("It can be unpacked, and this is how it begins:")
        + commands(f"gzip -dc {exhibit.path} | head -c 1500 | cat -v")
        + answer("WARC/1.1^M", "...")
    )
