"""The steps of VERIFY.txt, in order, for each kind of export. Pure: facts in, text out."""

from collections.abc import Callable, Iterator

from archiver.export.elsewhere import mac, windows
from archiver.export.facts import Facts, SealFacts
from archiver.export.lay import answer, bullets, commands, heading, say
from archiver.export.proofs import ROOTS, SIGNERS, Step, evidence_step, exhibits, lines_step, log_step, seal_steps

_WHERE = {
    "bag": "folder in which this file lies",
    "disclosure": "folder in which this file lies",
    "wacz": "folder into which the archive was unpacked (step 1)",
}
_JUDGED = "the log, the form of its lines, the seals, the lists, every file and every record in it"

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
            f"{_WHERE[facts.kind]} and type what stands under 'Type'; you can copy a block as a whole. What "
            "must come back stands under 'Answer'. Three dots (...) stand for any text; where a line of an answer is "
            "too long for this page it goes on in the next one. Any other answer means that this step has failed: "
            "then do not rely on what it was to show. Nothing is written anywhere."
        )
        + say(
            "This text and verify.py came with the rest, and whoever changed the rest could have changed them. Read "
            "what you type. The same steps are in docs/verify-by-hand.md of the program archiver, which you can get "
            "from elsewhere."
        )
        + _outside(facts)
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


def _outside(facts: Facts) -> str:
    """Return what must come from elsewhere: nothing where nobody signed and nobody stamped."""
    needed = []
    if any(known.seal.signer for known in facts.seals):
        needed.append(
            f"{SIGNERS}: the public key of the signer, one line: the name, a space, and the key (ssh-ed25519 AAAA...), "
            "from the signer in person, the organisation's web site, a letter of engagement. Compare its fingerprint, "
            "above, by telephone."
        )
    if any(known.tokens for known in facts.seals):
        needed.append(
            f"{ROOTS}: the root certificates of the time stamping authorities, in PEM form, from their own web sites. "
            "Those of some authorities are part of Debian: then name /etc/ssl/certs/ca-certificates.crt in its place."
        )
    if not needed:
        return ""
    what = "Two things" if len(needed) > 1 else "One thing"
    return say(
        f"{what} must come from elsewhere, not from whoever gave you this folder; what is in the folder could have "
        "been made by anybody. Make a folder called outside in your home folder, and put there:"
    ) + bullets(needed)


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
            "{ find . ! -type d ! -path ./tagmanifest-sha256.txt -print0 |",
            "    tr '\\n\\0' '?\\n'",
            "  sed 's/^[0-9a-f]*  /.\\//' tagmanifest-sha256.txt manifest-sha256.txt",
            "} | LC_ALL=C sort | LC_ALL=C uniq -u | cat -v",
        )
        + answer()
        + say(
            "This shows that nothing was lost or damaged on the way. It shows nothing about intent: whoever changes a "
            "file can write these lists anew. What cannot be written anew comes next."
        ),
    )
    yield from seal_steps(facts, facts.seals[-1])
    yield log_step(facts, facts.seals[-1])
    yield evidence_step(facts)
    if facts.exhibits:
        yield "One exhibit", exhibits(facts)


def _disclosure(facts: Facts) -> Iterator[Step]:
    yield (
        "Is this copy whole?",
        commands("(sha256sum -c --strict --quiet SHA256SUMS && echo as listed) 2>&1 | cat -v")
        + answer("as listed")
        + say("These files belong to it, and no others:")
        + commands("find . ! -type d -print0 | tr '\\n\\0' '?\\n' | LC_ALL=C sort | cat -v")
        + answer(*(f"./{name}" for name in facts.names))
        + say(
            "This shows that nothing was lost or damaged on the way, and nothing added. Whoever changes a file can "
            "write this list anew. What cannot be written anew comes next. disclosure.json and proofs/ are for "
            "programs; none of these steps rests on them."
        ),
    )
    for known in facts.seals:
        yield from seal_steps(facts, known)
    for known in facts.seals:
        yield lines_step(facts, known)
    if facts.exhibits:
        yield "The exhibit" if len(facts.exhibits) == 1 else "The exhibits", exhibits(facts)


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
        + say("The files that are not in the list with this hash (the two lists themselves are not asked for):")
        + commands(
            "find . ! -type d ! -path './datapackage*.json' -exec sha256sum {} + |",
            "while read -r hash name; do",
            '  named="\\"name\\":\\"[^\\"]*\\",\\"path\\":\\"${name#./}\\""',
            '  grep -q "\\"hash\\":\\"sha256:$hash\\",$named" datapackage.json ||',
            '    echo "$name"',
            "done | cat -v",
        )
        + answer()
        + say("This shows that nothing was damaged on the way. Whoever changes a file can write these lists anew."),
    )
    if facts.seals:
        yield from seal_steps(facts, facts.seals[-1])
        yield log_step(facts, facts.seals[-1])
    if facts.exhibits:
        yield "The exhibits", exhibits(facts)


def _program(facts: Facts) -> Step:
    command = "python3 -I verify/verify.py ." if facts.kind == "wacz" else "python3 -I verify.py"
    only = "the lists of hashes" if facts.kind == "wacz" and not facts.seals else _JUDGED
    return (
        "Instead of most of this: one program",
        say(
            f"verify.py, beside this file, does what can be done with hashes, in one go: {only}. It needs Python 3.8 "
            "or newer and nothing else (on Debian: apt install python3), and can be read from top to bottom. It does "
            "not check signatures and time stamps: do the steps above for these."
        )
        + say(f"To run it: {command}"),
    )


def _closing(facts: Facts) -> str:
    signed = any(known.seal.signer for known in facts.seals)
    stamped = any(known.tokens for known in facts.seals)
    may = "These bytes have this SHA-256."
    if signed:
        may += " That value is in a list that was signed with the key of that fingerprint"
        may += (
            ", and that existed before the time of the time stamps, according to these authorities." if stamped else "."
        )
    elif stamped:
        may += (
            " That value is in a list that existed before the time of the time stamps, according to these authorities."
        )
    elif facts.seals:
        may += (
            " That value is in a list that nobody signed and no authority stamped: anybody could have made all of it."
        )
    may = f"'{may}'"
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
