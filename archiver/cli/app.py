"""The commands. Each docstring is the help that people read; what a command does is imported when it runs."""

from typing import Annotated

import typer

from archiver import __version__
from archiver.cli import options as opt
from archiver.cli.helptext import Command
from archiver.cli.tools import Tools
from archiver.errors import ExitCode

app = typer.Typer(
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 a bug, 2 wrong usage, 3 case.yaml, a list or a setting refused, 4 case missing, "
    "locked or not writable, 5 nothing preserved, 6 partly preserved, 7 not signed or stamped as case.yaml asks, "
    "8 verify: contradicted, 9 verify: something could not be checked, 130 interrupted.",
)

identities = typer.Typer(help="The keys that you sign with: make one, list them, show one.", rich_markup_mode=None)
app.add_typer(identities, name="identity")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"archiver {__version__}")
        raise typer.Exit


@app.callback()
def archiver(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Preserve web pages and files as evidence that a stranger can check years later.

    A case is a folder. Each address captured into it becomes an item: the bytes as they came, and a line in a log in
    which every later change shows.

    \b
    Start with:
      archiver demo
      archiver init harbour --title "The harbour raid" --collector "J. Doe"
      archiver capture https://example.org/news/1 --case harbour
      archiver verify harbour
    """


@app.command(cls=Command)
def init(
    ctx: typer.Context,
    case: opt.CaseArgument,
    title: Annotated[str, typer.Option("--title", metavar="TEXT", help="What the case is about.")],
    collector: Annotated[str, typer.Option("--collector", metavar="WHO", help="Who collects: a name or a pseudonym.")],
    purpose: Annotated[str, typer.Option("--purpose", metavar="TEXT", help="What the material is collected for.")] = "",
    authority: Annotated[
        str, typer.Option("--authority", metavar="TEXT", help="On what authority or mandate it is collected.")
    ] = "",
    signer: Annotated[
        str | None,
        typer.Option("--signer", metavar="NAME", help="Who signs the seals: a name that `archiver identity list` has."),
    ] = None,
    tsa: Annotated[
        list[str],
        typer.Option(
            "--tsa",
            metavar="NAME=URL",
            help="A time-stamp authority (RFC 3161) to ask at each seal; may be repeated. `proposed` takes two of "
            "different operators. Each learns a hash, the time, and the network address of this machine.",
        ),
    ] = [],  # noqa: B006
    offline: Annotated[
        bool, typer.Option("--offline", help="Contact nobody but the targets, in every command on this case.")
    ] = False,
    as_json: opt.Json = False,
) -> ExitCode:
    """Make a case: a folder with case.yaml and the log.

    case.yaml can be edited afterwards; `archiver amend` puts each change on the record. On a terminal two time-stamp
    authorities are proposed, and nobody is asked without a yes.

    \b
    Example:
      archiver init harbour --title "The harbour raid" --collector "J. Doe"
    """
    from archiver.cli import keeping

    texts = keeping.CaseTexts(title, collector, purpose, authority)
    return keeping.init(_tools(ctx, as_json), case, texts, signer, tsa, offline)


@app.command(cls=Command)
def capture(
    ctx: typer.Context,
    urls: Annotated[list[str], typer.Argument(metavar="URL", help="An address, whole, as https://...; one item each.")],
    case: Annotated[str, typer.Option("--case", metavar="CASE", help="The case: a name, or a path with a slash.")],
    note: opt.Note = "",
    tag: opt.Tags = [],  # noqa: B006  # typer copies it
    allow_host: opt.AllowHost = [],  # noqa: B006
    connect_to: opt.ConnectTo = [],  # noqa: B006
    ca_file: opt.CaFile = None,
    insecure: opt.Insecure = False,
    proxy: opt.Proxy = None,
    header: opt.Header = [],  # noqa: B006
    cookies: opt.Cookies = None,
    offline: opt.Offline = False,
    max_bytes: opt.MaxBytes = None,
    max_time: opt.MaxTime = None,
    max_redirects: opt.MaxRedirects = None,
    platform: opt.Platform = None,
    thread: opt.Thread = None,
    depth: opt.Depth = None,
    media: opt.Media = False,
    page: opt.Page = False,
    linked: opt.Linked = None,
    browser: opt.Browser = None,
    profile: opt.Profile = None,
    as_json: opt.Json = False,
) -> ExitCode:
    """Fetch addresses and keep what came, byte for byte.

    Each address becomes an item of the case. The intent is on disk before the first packet leaves, and the outcome is
    on disk before it is shown. A page that is gone, a refusal or a failed connection is recorded too. Settings here win
    over case.yaml.

    With --page, what a page needs comes along: stylesheets, images, fonts, scripts, frames. The hosts of all these,
    often counters of visitors and delivery networks among them, learn that you asked; else only that of the page does.
    With --browser they all learn it, too, and the page is kept as a person saw it.

    Exit code 5 says that nothing was preserved, 6 that something is missing; the record says what.

    \b
    Example:
      archiver capture https://example.org/news/1 --case harbour --note "first report"
      archiver capture https://example.org/news/1 --case harbour --page --linked pdf
      archiver capture https://example.org/news/1 --case harbour --browser
    """
    from archiver.cli import collecting
    from archiver.cli.flags import Flags

    flags = Flags(
        note=note,
        tags=tuple(tag),
        allow_host=tuple(allow_host),
        connect_to=tuple(connect_to),
        ca_file=ca_file,
        insecure=insecure,
        proxy=proxy,
        headers=tuple(header),
        cookies=cookies,
        offline=offline,
        max_bytes=max_bytes,
        max_time=max_time,
        max_redirects=max_redirects,
        platform=platform,
        thread=thread,
        depth=depth,
        media=media,
        page=page,
        linked=linked,
        browser=browser,
        profile=profile,
    )
    return collecting.capture(_adding(ctx, as_json, case), case, urls, flags)


@app.command(cls=Command)
def batch(
    ctx: typer.Context,
    file: opt.ListFile,
    case: Annotated[str, typer.Option("--case", metavar="CASE", help="The case: a name, or a path with a slash.")],
    format: opt.ListFormat = None,
    skip_bad: opt.SkipBad = False,
    redo: opt.Redo = "none",
    again: opt.Again = False,
    results: opt.Results = None,
    concurrency: opt.Concurrency = "8",
    per_host: opt.PerHost = None,
    spacing: opt.Spacing = None,
    tries: opt.Tries = None,
    note: opt.Note = "",
    tag: opt.Tags = [],  # noqa: B006
    allow_host: opt.AllowHost = [],  # noqa: B006
    connect_to: opt.ConnectTo = [],  # noqa: B006
    ca_file: opt.CaFile = None,
    insecure: opt.Insecure = False,
    proxy: opt.Proxy = None,
    header: opt.Header = [],  # noqa: B006
    cookies: opt.Cookies = None,
    offline: opt.Offline = False,
    max_bytes: opt.MaxBytes = None,
    max_time: opt.MaxTime = None,
    max_redirects: opt.MaxRedirects = None,
    platform: opt.Platform = None,
    thread: opt.Thread = None,
    depth: opt.Depth = None,
    media: opt.Media = False,
    page: opt.Page = False,
    linked: opt.Linked = None,
    as_json: opt.Json = False,
) -> ExitCode:
    """Capture a list of addresses, many at once.

    Each row of the list becomes an item, as `archiver capture` makes it. The whole list is read first: where a row
    cannot be used, nothing is fetched. The same command again goes on where the last one ended. What a row says wins
    over the options here; hosts, headers and tags are added.

    Ctrl-C lets what is under way end, a second one stops at once; both leave a sound case.

    On a pipe there is one line for each row as it is done, with the columns of `archiver list`. With --json each line
    is one object, the last one the summary. Exit codes count all rows of the list, earlier runs included: 0 all of them
    were preserved, 5 none, 6 some.

    \b
    Example:
      archiver batch links.txt --case harbour --results links-results.csv
    """
    from archiver.cli import batch as batches
    from archiver.cli.flags import Flags

    flags = Flags(
        note=note,
        tags=tuple(tag),
        allow_host=tuple(allow_host),
        connect_to=tuple(connect_to),
        ca_file=ca_file,
        insecure=insecure,
        proxy=proxy,
        headers=tuple(header),
        cookies=cookies,
        offline=offline,
        max_bytes=max_bytes,
        max_time=max_time,
        max_redirects=max_redirects,
        platform=platform,
        thread=thread,
        depth=depth,
        media=media,
        page=page,
        linked=linked,
    )
    wishes = batches.Wishes(format, concurrency, per_host, spacing, tries, again, redo, skip_bad, results)
    return batches.batch(_adding(ctx, as_json, case), file, case, wishes, flags)


@app.command("import", cls=Command)
def import_(
    ctx: typer.Context,
    case: opt.CaseArgument,
    files: Annotated[list[str], typer.Argument(metavar="FILE", help="A file; each becomes one item.")],
    source: Annotated[
        str, typer.Option("--source", metavar="TEXT", help="Where the file comes from, as exactly as can be said.")
    ],
    note: opt.Note = "",
    tag: opt.Tags = [],  # noqa: B006
    as_json: opt.Json = False,
) -> ExitCode:
    """Bring files into a case: photographs, exports, archives.

    The bytes are copied as they are. The file's own name is recorded, the folder it lay in is not.

    \b
    Example:
      archiver import harbour IMG_2041.jpg --source "taken by the witness, received by hand on 3 May"
    """
    from archiver.cli import collecting

    return collecting.import_files(_adding(ctx, as_json, case), case, files, source, note, tuple(tag))


@app.command("list", cls=Command)
def list_(ctx: typer.Context, case: opt.CaseArgument, as_json: opt.Json = False) -> ExitCode:
    """List the items of a case, one a line.

    On a pipe the columns are separated by tabs: item, outcome, status, time, address, title. With --json each line is
    one object.
    """
    from archiver.cli import looking

    return looking.list_items(_tools(ctx, as_json), case)


@app.command(cls=Command)
def show(
    ctx: typer.Context,
    case: opt.CaseArgument,
    item: opt.ItemArgument,
    extract: Annotated[
        str | None,
        typer.Option(
            "--extract",
            metavar="DIR",
            help="Write what was received, and what a browser made, into this folder, as working copies.",
        ),
    ] = None,
    reextract: Annotated[
        bool,
        typer.Option("--reextract", help="Read title, language and type again from the stored bytes, and compare."),
    ] = False,
    as_json: opt.Json = False,
) -> ExitCode:
    """Show one item: what was asked, what came, where it is.

    Everything that the log says about the item follows, line by line.
    """
    from archiver.cli import looking

    return looking.show(_tools(ctx, as_json), case, item, extract, reextract)


@app.command(cls=Command)
def note(
    ctx: typer.Context,
    case: opt.CaseArgument,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="The note, in quotation marks.")],
    item: Annotated[str | None, typer.Option("--item", metavar="ITEM", help="The item it is about.")] = None,
    as_json: opt.Json = False,
) -> ExitCode:
    """Add a note to the log of a case. To correct a note add another one; none is changed or removed."""
    from archiver.cli import keeping

    return keeping.note(_adding(ctx, as_json, case), case, text, item)


@app.command(cls=Command)
def amend(ctx: typer.Context, case: opt.CaseArgument, reason: opt.Reason, as_json: opt.Json = False) -> ExitCode:
    """Put a changed case.yaml on the record, with the reason.

    Edit case.yaml first. Until the change is recorded nothing can be added to the case, and `archiver verify` reports
    it.
    """
    from archiver.cli import keeping

    return keeping.amend(_adding(ctx, as_json, case), case, reason)


@app.command(cls=Command)
def withhold(
    ctx: typer.Context,
    case: opt.CaseArgument,
    item: opt.ItemArgument,
    reason: opt.Reason,
    authority: Annotated[
        str, typer.Option("--authority", metavar="TEXT", help="Who ordered it: court, number and date of the order.")
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask; for scripts.")] = False,
    as_json: opt.Json = False,
) -> ExitCode:
    """Remove the bytes of an item because the law demands it.

    This cannot be undone. Hash, size, reason and authority stay in the log, and `archiver verify` explains the gap. On
    disks with snapshots or wear levelling, and in backups, copies of the bytes may remain.
    """
    from archiver.cli import keeping

    return keeping.withhold(_adding(ctx, as_json, case), case, item, reason, authority, yes)


@app.command(cls=Command)
def recover(ctx: typer.Context, case: opt.CaseArgument, as_json: opt.Json = False) -> ExitCode:
    """Repair a case after a crash, and record what was done.

    A finished capture whose log line is missing is adopted; pieces are set aside in the folder quarantine. Nothing is
    thrown away. Every command that writes does this first by itself.
    """
    from archiver.cli import keeping

    return keeping.recover(_tools(ctx, as_json), case)


@app.command(cls=Command)
def verify(
    ctx: typer.Context,
    path: Annotated[str, typer.Argument(metavar="PATH", help="A case (name or path), a WARC, or an export.")],
    only: Annotated[
        str | None,
        typer.Option(
            "--only",
            metavar="CHECKS",
            help="Report these checks alone, with commas between them: layout, chain, canonical, case-file, files, "
            "structure, digests, records, manifest, seals, signatures, tokens, receipt; of an export also container, "
            "contents, index, lines.",
        ),
    ] = None,
    expect: opt.Expect = None,
    allowed_signers: opt.AllowedSigners = None,
    tsa_roots: opt.TsaRoots = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 9 also where the verifier was not asked to check something.")
    ] = False,
    report: Annotated[
        str | None,
        typer.Option("--report", metavar="FILE.html", help="Also write all of it to a new file, to read and to print."),
    ] = None,
    as_json: opt.Json = False,
) -> ExitCode:
    """Check a case against its log and its seals, an export that you were given, or a WARC file by itself.

    An export is a bag, a disclosure or a WACZ, as a folder, zip or tar, of this program or of another.
    Nothing is written and no network is used. Exit code 0: nothing contradicts. 8: something contradicts the log or a
    seal. 9: nothing contradicts, but something could not be checked.
    """
    from archiver.cli import looking

    given = looking.Given(expect, allowed_signers, tsa_roots)
    return looking.verify(_tools(ctx, as_json), path, only, strict, given, report)


@identities.command("new", cls=Command)
def identity_new(
    ctx: typer.Context,
    name: opt.IdentityArgument,
    source: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="KEYFILE",
            help="Use this SSH key, which stays where it is: a private key, or the .pub of one that an agent or a "
            "security key holds.",
        ),
    ] = None,
    no_passphrase: Annotated[
        bool,
        typer.Option("--no-passphrase", help="Do not lock the new key: whoever can read the file can sign as you."),
    ] = False,
    as_json: opt.Json = False,
) -> ExitCode:
    """Make a key to sign seals with, or take up an SSH key that you have.

    A new key is Ed25519. ssh-keygen asks for its passphrase on the terminal. Give the fingerprint that is shown to
    whoever will check your cases, by another way than the case itself: docs/keys.md.

    \b
    Example:
      archiver identity new jane.doe
    """
    from archiver.cli import identity

    return identity.new(_tools(ctx, as_json), name, source, no_passphrase)


@identities.command("list", cls=Command)
def identity_list(ctx: typer.Context, as_json: opt.Json = False) -> ExitCode:
    """List the identities on this machine, one a line.

    On a pipe the columns are separated by tabs: name, fingerprint, type of key, where the private key is.
    """
    from archiver.cli import identity

    return identity.list_all(_tools(ctx, as_json))


@identities.command("show", cls=Command)
def identity_show(ctx: typer.Context, name: opt.IdentityArgument, as_json: opt.Json = False) -> ExitCode:
    """Show one identity, and what others need of it.

    The last line, put into a file of its own, is what `ssh-keygen -Y verify -f FILE` takes from those who check.
    """
    from archiver.cli import identity

    return identity.show(_tools(ctx, as_json), name)


@identities.command("revoke", cls=Command)
def identity_revoke(
    ctx: typer.Context,
    name: opt.IdentityArgument,
    case: Annotated[str, typer.Option("--case", metavar="CASE", help="The case: a name, or a path with a slash.")],
    reason: opt.Reason,
    since: Annotated[
        str | None,
        typer.Option(
            "--since",
            metavar="TIME",
            help="From when on the key is not to be trusted, as 2026-11-22T09:30:00Z; without it, from the beginning.",
        ),
    ] = None,
    key: Annotated[
        str | None,
        typer.Option("--key", metavar="SHA256:...", help="The fingerprint; without it, the key in use in that case."),
    ] = None,
    as_json: opt.Json = False,
) -> ExitCode:
    """Put on the record of a case that a key was stolen, or is used no more.

    Then name another key in case.yaml and `archiver amend`: a key that was revoked does not come back. What it signed
    before that time, with a time stamp that proves it, stays good.

    \b
    Example:
      archiver identity revoke jane --case harbour --reason "laptop taken" --since 2026-11-22T09:30:00Z
    """
    from archiver.cli import sealing

    return sealing.revoke(_adding(ctx, as_json, case), name, case, reason, since, key)


@app.command(cls=Command)
def seal(
    ctx: typer.Context, case: opt.CaseArgument, offline: opt.Offline = False, as_json: opt.Json = False
) -> ExitCode:
    """Seal a case: bind everything in it so far into one signed and time-stamped text.

    Commands that add items do this by themselves, at most once a minute (case.yaml, policy.seals.interval). Keep the
    receipt that is printed somewhere else: with it `archiver verify --expect` finds what was cut off or replaced.

    Exit code 7: case.yaml asks for a signature or a time stamp that is missing; the words say which and why.
    """
    from archiver.cli import sealing

    return sealing.seal(_tools(ctx, as_json), case, offline)


@app.command(cls=Command)
def renew(ctx: typer.Context, case: opt.CaseArgument, as_json: opt.Json = False) -> ExitCode:
    """Ask for time stamps that the newest seal lacks, and renew those that would run out.

    Run it once a year while a case is kept: a new seal stamps the old stamps before their certificates expire.
    """
    from archiver.cli import sealing

    return sealing.renew(_tools(ctx, as_json), case)


@app.command(cls=Command)
def receipt(
    ctx: typer.Context,
    case: opt.CaseArgument,
    spoken: Annotated[bool, typer.Option("--spoken", help="In groups that can be read out over a telephone.")] = False,
    as_json: opt.Json = False,
) -> ExitCode:
    """Show the receipt of the newest seal: one line, to be kept where nobody who holds the case can change it.

    \b
    Example:
      archiver verify harbour --expect "$(cat receipt.txt)"
    """
    from archiver.cli import sealing

    return sealing.receipt(_tools(ctx, as_json), case, spoken)


@app.command(cls=Command)
def transfer(
    ctx: typer.Context,
    case: opt.CaseArgument,
    to: Annotated[str, typer.Option("--to", metavar="WHO", help="Who receives the case: a name or a pseudonym.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in words for a stranger.")] = "",
    receipt: Annotated[
        str | None,
        typer.Option("--receipt", metavar="FILE.txt|FILE.html", help="Also write the receipt to a new file, to print."),
    ] = None,
    instead: Annotated[
        bool, typer.Option("--instead", help="Take back a transfer that nobody acknowledged; the record shows both.")
    ] = False,
    unsigned: Annotated[
        bool, typer.Option("--unsigned", help="Hand over a case whose seals nobody signs: the log alone names you.")
    ] = False,
    offline: opt.Offline = False,
    as_json: opt.Json = False,
) -> ExitCode:
    """Hand a case over to somebody else: record it, seal the case with your key, and print a receipt.

    Then give a copy of the case to whoever receives it, and the receipt by another way; docs/hand-over.md has the
    steps. Add nothing to the case after that: it could not be acknowledged any more. The same command again prints the
    receipt once more.

    \b
    Example:
      archiver transfer harbour --to "Legal Aid Office" --receipt receipt.html
    """
    from archiver.cli import handing

    return handing.transfer(_tools(ctx, as_json), case, handing.Wishes(to, reason, instead, unsigned, offline, receipt))


@app.command(cls=Command)
def acknowledge(
    ctx: typer.Context,
    case: opt.CaseArgument,
    collector: Annotated[
        str, typer.Option("--collector", metavar="WHO", help="You, under the name that the transfer gave you.")
    ],
    signer: Annotated[
        str, typer.Option("--signer", metavar="NAME", help="Your key: a name that `archiver identity list` has.")
    ],
    expect: opt.Expect = None,
    allowed_signers: opt.AllowedSigners = None,
    tsa_roots: opt.TsaRoots = None,
    offline: opt.Offline = False,
    as_json: opt.Json = False,
) -> ExitCode:
    """Take over a case that was handed to you: check all of it, and counter-sign with your own key.

    Every byte is read again first. Where anything contradicts (exit code 8) or could not be checked (9), nothing is
    written. Else the record says what you received and found, case.yaml names you and your key, and the case is sealed.
    Unless --offline is given, the time-stamp authorities in case.yaml are asked, and learn your network address.
    After an interruption run the same command again.

    \b
    Example:
      archiver acknowledge harbour --collector "Legal Aid Office" --signer office --expect "$(cat receipt-line.txt)"
    """
    from archiver.cli import handing
    from archiver.cli.looking import Given

    given = Given(expect, allowed_signers, tsa_roots)
    return handing.acknowledge(_tools(ctx, as_json), case, collector, signer, given, offline)


@app.command(cls=Command)
def export(
    ctx: typer.Context,
    case: opt.CaseArgument,
    output: Annotated[
        str,
        typer.Option(
            "-o",
            "--output",
            metavar="PATH",
            help="Where to: a name that ends in .zip or .tar (of a WACZ in .wacz), or else a new folder. Nothing is "
            "written over.",
        ),
    ],
    kind: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="KIND",
            help="bag: the whole case (BagIt). disclosure: single items, and proof that they are in the sealed log. "
            "wacz: what programs replay, of the whole case or of single items.",
        ),
    ],
    item: Annotated[
        list[str], typer.Option("--item", metavar="ITEM", help="An item to hand out; may be repeated.")
    ] = [],  # noqa: B006
    encrypt_to: Annotated[
        list[str],
        typer.Option(
            "--encrypt-to",
            metavar="RECIPIENT",
            help="Encrypt the zip or tar for this recipient: age1..., or a public SSH key. May be repeated; .age is "
            "added to the name.",
        ),
    ] = [],  # noqa: B006
    offline: Annotated[
        bool, typer.Option("--offline", help="Ask nobody for a time stamp, where a seal has to be made first.")
    ] = False,
    as_json: opt.Json = False,
) -> ExitCode:
    """Hand a case out, or single items of it, so that a stranger can check them without this program.

    What waits for a seal is sealed first. Every file is hashed while it is copied, and a case that is damaged is not
    exported. private/ and quarantine/ stay here. In the export, VERIFY.txt says how to check it by hand.

    A disclosure shows nothing of the other items. Read its lines before you hand it out: notes, tags and settings of
    its own items are in them.

    \b
    Example:
      archiver export harbour -o harbour.zip --as bag
      archiver export harbour -o exhibit-42 --as disclosure --item 42
      archiver export harbour -o harbour.wacz --as wacz
    """
    from archiver.cli import exporting

    wishes = exporting.Wishes(output, kind, tuple(item), tuple(encrypt_to), offline)
    return exporting.export(_tools(ctx, as_json), case, wishes)


@app.command(cls=Command)
def replay(
    ctx: typer.Context,
    case: opt.CaseArgument,
    item: Annotated[
        str | None,
        typer.Argument(
            metavar="[ITEM]",
            help="The number of the item; without it, a page lists all of them, and each opens in a window of its own.",
            show_default=False,
        ),
    ] = None,
    screenshot: opt.Screenshot = None,
    as_json: opt.Json = False,
) -> ExitCode:
    """Open an item in a browser, as it was kept: every answer comes from its record, and nothing from the network.

    The addresses are those of the capture, and no byte is rewritten. What the page asks for and the item does not hold
    is said. It is the Chromium or Chrome of this machine (archiver doctor), started apart from your own windows.

    \b
    Example:
      archiver replay harbour 42
      archiver replay harbour 42 --screenshot item-42.png
    """
    from archiver.cli import replaying

    return replaying.replay(_tools(ctx, as_json), case, item, screenshot)


@app.command("check-replay", cls=Command)
def check_replay(
    ctx: typer.Context,
    case: opt.CaseArgument,
    item: opt.ItemArgument,
    screenshot: opt.Screenshot = None,
    as_json: opt.Json = False,
) -> ExitCode:
    """Say whether an item, replayed, looks as it did live: lay the two pictures over each other, and record the result.

    It needs the picture that `capture --browser` took of the whole page. How many pixels differ is a result and no
    failure: a page with a clock, a video or chance in it differs from itself.

    \b
    Example:
      archiver check-replay harbour 42
    """
    from archiver.cli import replaying

    return replaying.check_replay(_adding(ctx, as_json, case), case, item, screenshot)


@app.command(cls=Command)
def platforms(
    ctx: typer.Context,
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="[NAME | check URL...]",
            help="One platform, or check and the addresses of posts; without either, all platforms are shown.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    case: Annotated[
        str | None,
        typer.Option("--case", metavar="CASE", help="With check: the case whose route and policy count."),
    ] = None,
    as_json: opt.Json = False,
) -> ExitCode:
    """Say which platforms posts are taken from, and who learns of it; or try whether they still answer.

    For each: what comes without a login, what with a token of yours, what does not come at all, whose terms it touches,
    and who can see that you asked. Nothing is sent.

    With check, each post that you name is asked for as a capture would, and what came of it is said: state, members,
    what is missing. Nothing is kept, and no case is changed. Platforms change: so that shows before it matters.

    \b
    Example:
      archiver platforms vk
      archiver platforms check https://t.me/channel/1 --case harbour
    """
    tools = _tools(ctx, as_json)
    if words[:1] == ["check"]:
        from archiver.cli.platform_check import check

        return check(tools, words[1:], case)
    from archiver.cli import posting

    return posting.platforms(tools, words)


@app.command(cls=Command)
def doctor(ctx: typer.Context, as_json: opt.Json = False) -> ExitCode:
    """Say whether this machine is ready to capture.

    Looks at clock, disk, trusted authorities, name servers, programs, browser and libraries. No packet is sent. Exit
    code 0: captures can be made. 4: the cases folder cannot be written.
    """
    from archiver.cli import doctor as examination

    return examination.doctor(_tools(ctx, as_json))


@app.command(cls=Command)
def demo(
    ctx: typer.Context,
    into: Annotated[
        str | None,
        typer.Option("--into", metavar="CASE", help="Where to make the case; without it, demo under the cases folder."),
    ] = None,
    as_json: opt.Json = False,
) -> ExitCode:
    """Make a case from a small built-in site, seal it, and verify it.

    The site and two time-stamp authorities run on this machine only; nothing is sent to the network. The key that signs
    is made for the demo and thrown away. Beside the case lies what a verifier must have from elsewhere.
    """
    from archiver.cli import showing

    return showing.demo(_tools(ctx, as_json), into)


def _tools(ctx: typer.Context, as_json: bool) -> Tools:
    tools: Tools = ctx.obj
    tools.screen.json = as_json
    tools.screen.begun = True
    return tools


def _adding(ctx: typer.Context, as_json: bool, case: str) -> Tools:
    from archiver.cli.handing import heed_transfer

    tools = _tools(ctx, as_json)
    heed_transfer(tools, case)
    return tools
