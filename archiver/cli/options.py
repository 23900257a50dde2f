"""Arguments and options that several commands share, with their help. Values arrive as text; `parse` reads them."""

from typing import Annotated

import typer

NETWORK = "How targets are reached (all of it is recorded, but for secrets)"
LIMITS = "Limits (what arrived before a limit is kept, and the record says which one it was)"
ABOUT = "About the item"
PAGES = "Pages with what they need (docs/spec/page-requisites.md)"
BROWSER = "Pages as a person sees them (docs/spec/browser.md)"
POSTS = "Posts on social platforms (archiver platforms)"
OUTSIDE = "What you know from elsewhere (no folder can vouch for itself)"
ROWS = "Which rows"
PACE = "Pace (docs/spec/politeness.md; a host that asks for more time gets it)"

Platform = Annotated[
    str | None,
    typer.Option(
        "--platform",
        metavar="NAME",
        help="Take the address as one of this platform (archiver platforms); none takes every address as a page.",
        rich_help_panel=POSTS,
    ),
]
Thread = Annotated[
    str | None,
    typer.Option(
        "--thread",
        metavar="N",
        help="Ask for at most N answers of other people to a post. They are people: without it, none.",
        rich_help_panel=POSTS,
    ),
]
Depth = Annotated[
    str | None,
    typer.Option(
        "--depth",
        metavar="N",
        help="How deep below the post answers are asked for. Without it, 1.",
        rich_help_panel=POSTS,
    ),
]
Media = Annotated[
    bool, typer.Option("--media", help="Fetch the pictures, files and videos of posts as well.", rich_help_panel=POSTS)
]
Page = Annotated[
    bool,
    typer.Option(
        "--page",
        help="Take the address as a page, and fetch what it needs: stylesheets, images, fonts, scripts, frames. Other "
        "hosts (counters, delivery networks) learn of it. With --media also sound and video that it names.",
        rich_help_panel=PAGES,
    ),
]
Linked = Annotated[
    str | None,
    typer.Option(
        "--linked",
        metavar="pdf,docx",
        help="With --page: fetch files with these endings that it links to as well; download is for links that say so.",
        rich_help_panel=PAGES,
    ),
]
Browser = Annotated[
    str | None,
    typer.Option(
        "--browser",
        metavar="[direct]",
        help="Show the page in Chromium, scroll through it, and keep every request that it makes, with pictures of the "
        "page and its text. All hosts that it calls learn of it. With direct, Chromium speaks to them by itself: less "
        "exact, for sites that refuse us otherwise. Not with --page, --linked, --media, --thread.",
        rich_help_panel=BROWSER,
    ),
]
Profile = Annotated[
    str | None,
    typer.Option(
        "--profile",
        metavar="DIR",
        help="With --browser: send the cookies of this profile of Chromium, so that the page is shown as to whoever is "
        "logged in there. The folder itself is not changed. Pictures and texts may show who that is.",
        rich_help_panel=BROWSER,
    ),
]
CaseArgument = Annotated[
    str,
    typer.Argument(
        metavar="CASE",
        help="A name under ./cases (or $ARCHIVER_CASES), or a path that contains a slash.",
        show_default=False,
    ),
]
ItemArgument = Annotated[
    str, typer.Argument(metavar="ITEM", help="The number of the item, as `archiver list` shows it.")
]
Screenshot = Annotated[
    str | None,
    typer.Option(
        "--screenshot",
        metavar="FILE.png",
        help="Write a picture of the whole page, as it is replayed without a window, into a new file.",
    ),
]
IdentityArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The name to sign under; a pseudonym is as good as a name.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer in JSON (docs/spec/json-output.md).")]
Note = Annotated[
    str, typer.Option("--note", metavar="TEXT", help="A remark, kept with the item.", rich_help_panel=ABOUT)
]
Tags = Annotated[
    list[str],
    typer.Option("--tag", metavar="TAG", help="A word to find the item by; may be repeated.", rich_help_panel=ABOUT),
]
ListFile = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="The list: addresses, CSV, JSON lines or YAML (docs/spec/address-list.md). - reads standard input.",
        show_default=False,
    ),
]
ListFormat = Annotated[
    str | None,
    typer.Option(
        "--format",
        metavar="FORMAT",
        help="text, csv, jsonl or yaml. Else what the file's ending says, or what is in it.",
        rich_help_panel=ROWS,
    ),
]
SkipBad = Annotated[
    bool,
    typer.Option(
        "--skip-bad",
        help="Leave out rows that cannot be used, name them, and capture the others; the exit code is not 0 then.",
        rich_help_panel=ROWS,
    ),
]
Redo = Annotated[
    str,
    typer.Option(
        "--redo",
        metavar="WHAT",
        help="Take up again rows that an earlier run has ended: none, failed (and where the server was in trouble), "
        "or partial (and failed). Without it, none.",
        show_default=False,
        rich_help_panel=ROWS,
    ),
]
Again = Annotated[
    bool,
    typer.Option("--again", help="Capture every row once more, whatever earlier runs have done.", rich_help_panel=ROWS),
]
Results = Annotated[
    str | None,
    typer.Option(
        "--results",
        metavar="FILE.csv",
        help="Write a table with the outcome of every row at the end, for a spreadsheet; earlier results are replaced.",
    ),
]
Concurrency = Annotated[
    str,
    typer.Option(
        "--concurrency",
        metavar="N",
        help="So many addresses at a time, at most 256. Without it, 8.",
        show_default=False,
        rich_help_panel=PACE,
    ),
]
PerHost = Annotated[
    str | None,
    typer.Option(
        "--per-host", metavar="N", help="So many of them of one host and port. Without it, 2.", rich_help_panel=PACE
    ),
]
Spacing = Annotated[
    str | None,
    typer.Option(
        "--spacing",
        metavar="SECONDS",
        help="Time between two requests to one host, more or less; 0 for none. Without it, 1.",
        rich_help_panel=PACE,
    ),
]
Tries = Annotated[
    str | None,
    typer.Option(
        "--tries",
        metavar="N",
        help="Ask so often at most where another try can help. Without it, 3.",
        rich_help_panel=PACE,
    ),
]
Reason = Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why, in words that a stranger understands.")]

Expect = Annotated[
    str | None,
    typer.Option(
        "--expect",
        metavar="RECEIPT",
        help="A receipt that you kept elsewhere, in quotation marks: finds a case that was cut off, rolled back or "
        "exchanged.",
        rich_help_panel=OUTSIDE,
    ),
]
AllowedSigners = Annotated[
    str | None,
    typer.Option(
        "--allowed-signers",
        metavar="FILE",
        help="Whose signatures count: lines of name and public key, in the form of ssh-keygen. Get the keys from "
        "the signers, not from the case.",
        rich_help_panel=OUTSIDE,
    ),
]
TsaRoots = Annotated[
    str | None,
    typer.Option(
        "--tsa-roots",
        metavar="FILE|system",
        help="Whose clocks count: a file of certificates (PEM), or those that this system trusts.",
        rich_help_panel=OUTSIDE,
    ),
]

AllowHost = Annotated[
    list[str],
    typer.Option(
        "--allow-host",
        metavar="HOST:PORT",
        help="Allow this host and port although it is not public (loopback, a local network); may be repeated.",
        rich_help_panel=NETWORK,
    ),
]
ConnectTo = Annotated[
    list[str],
    typer.Option(
        "--connect-to",
        metavar="HOST:PORT:ADDR:PORT",
        help="Connect to ADDR:PORT for HOST:PORT; names and certificates stay those of HOST. May be repeated.",
        rich_help_panel=NETWORK,
    ),
]
CaFile = Annotated[
    str | None,
    typer.Option(
        "--ca-file",
        metavar="PEM",
        help="Accept certificates of these authorities as well as those that the system trusts.",
        rich_help_panel=NETWORK,
    ),
]
Insecure = Annotated[
    bool,
    typer.Option(
        "--insecure",
        help="Capture even if the certificate does not check; the record says so.",
        rich_help_panel=NETWORK,
    ),
]
Proxy = Annotated[
    str | None,
    typer.Option(
        "--proxy",
        metavar="URL",
        help="Go through this proxy (http://HOST:PORT or socks5h://HOST:PORT) and never around it.",
        rich_help_panel=NETWORK,
    ),
]
Header = Annotated[
    list[str],
    typer.Option(
        "--header",
        metavar="'NAME: VALUE'",
        help="Send this request header too; may be repeated. Secret values are redacted in the record.",
        rich_help_panel=NETWORK,
    ),
]
Cookies = Annotated[
    str | None,
    typer.Option(
        "--cookies",
        metavar="FILE",
        help="Send cookies from this file (Netscape format, as browsers export it). Values are redacted in the record.",
        rich_help_panel=NETWORK,
    ),
]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline", help="Contact nobody but the targets themselves, and record that.", rich_help_panel=NETWORK
    ),
]
MaxBytes = Annotated[
    str | None,
    typer.Option(
        "--max-bytes",
        metavar="SIZE",
        help="For one item: 500M, 2G. Else what case.yaml says, or 4G.",
        rich_help_panel=LIMITS,
    ),
]
MaxTime = Annotated[
    str | None,
    typer.Option(
        "--max-time",
        metavar="SECONDS",
        help="For one item with its redirects. Else case.yaml, or 900.",
        rich_help_panel=LIMITS,
    ),
]
MaxRedirects = Annotated[
    str | None,
    typer.Option("--max-redirects", metavar="N", help="For one item. Else case.yaml, or 20.", rich_help_panel=LIMITS),
]
