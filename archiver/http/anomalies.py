"""The published names for what is odd about an exchange (docs/spec/anomalies.md holds the same list, with advice).

A name says what was seen, never what was meant by it: most are mistakes of servers that browsers forgive. Names are
stable: one that is in a record is never given another sense, new ones may be added.
"""

from typing import Final

ANOMALIES: Final[dict[str, str]] = {
    # The address, before anything is sent
    "address-escaped": "bytes of the address that cannot stand in a request were percent-encoded",
    "address-fragment-not-sent": "the part of the address after # was not sent, as browsers do",
    "address-userinfo-not-sent": "the user name or password in the address was not sent",
    # The answer as a whole
    "answer-empty": "the connection ended before one byte of an answer came",
    "head-bare-lf": "a line of the head ended in LF alone instead of CR LF",
    "head-cut": "the connection ended inside the head; the unfinished last line is read as it stands",
    "head-too-long": "the head went on past 8 MiB; what follows is read as the body",
    "header-too-many": "the head had more than 100,000 lines; the later ones were not read",
    "interim-only": "only interim answers (1xx) came, never the final one",
    "interim-too-many": "1,000 interim answers (1xx), or 8 MiB of them, came; what follows is read as the body",
    # The status line
    "status-icy": "the status line is that of an ICY (SHOUTcast) stream, read as HTTP/1.0",
    "status-junk-before": "up to four bytes stood before the status line",
    "status-line-missing": "the answer has no status line: all of it is read as a body (HTTP/0.9)",
    "status-missing": "the status line has no usable number; browsers take it as 200",
    "status-out-of-range": "the status number is not one of three digits from 100 to 599",
    "status-reason-odd": "the words after the status number hold control or non-ASCII bytes",
    "status-spacing": "the parts of the status line are not separated by exactly one space",
    "status-switching": "the server switched protocols (101) without having been asked",
    "status-version-odd": "the version in the status line is neither HTTP/1.0 nor HTTP/1.1, letter for letter",
    # Header lines
    "header-bare-cr": "a CR without LF stood in the head; it ends the line, as in Chromium",
    "header-control": "a header value holds control bytes",
    "header-folded": "a header value goes on over several lines; they are joined by one space",
    "header-leading-space": "a line that begins with white space continues nothing; it is not read as a header",
    "header-name-empty": "a header line has no name before its colon; it is not read as a header",
    "header-name-odd": "a header name holds bytes that no name may have; the line is not read as a header",
    "header-no-colon": "a line of the head has no colon; it is not read as a header",
    "header-non-ascii": "a header holds bytes above 0x7F",
    "header-nul": "a header value holds a NUL byte; Chromium refuses such an answer",
    "header-several": "a header that must stand once is there several times; the first one counts",
    "header-space-before-colon": "white space stood between a header name and its colon",
    # How long the body is
    "length-conflict": "several Content-Length values differ; none is believed, the body runs to the close",
    "length-several": "the same Content-Length was given several times",
    "length-too-large": "the Content-Length is past 2^63 - 1; the body runs to the close",
    "length-unusable": "the Content-Length is not a plain decimal number; the body runs to the close",
    "transfer-encoding-ignored": "chunked coding, announced by an answer older than HTTP/1.1, is left in place",
    "transfer-encoding-odd": "Transfer-Encoding names something else than chunked, which is left in place",
    "transfer-encoding-several": "chunked coding was announced several times; it was removed once",
    "transfer-encoding-with-length": "both Transfer-Encoding: chunked and Content-Length were given; chunked counts",
    # Chunks
    "chunk-bare-lf": "a line of the chunked coding ended in LF alone instead of CR LF",
    "chunk-broken": "the chunked coding broke off; everything from that byte on is kept raw, to the close",
    "chunk-end-missing": "the last chunk came, but not the empty line after it; the body itself is complete",
    "chunk-extension": "a chunk size is followed by an extension; it is not part of the body",
    "chunk-last-missing": "the connection ended between chunks, without the last one",
    "chunk-size-odd": "a chunk size has white space around it or begins with 0x",
    "chunk-size-too-large": "a chunk size is past 2^63 - 1; everything from that line on is kept raw, to the close",
    "chunk-trailer": "header lines followed the last chunk; they are not read as headers",
    # How the body ended
    "body-close-delimited": "only the end of the connection says where the body ends",
    "body-cut": "the connection ended, or was ended, before all of the announced body had come",
    "body-end-unproven": "only the end of the connection delimits the body, and that end was not a clean one",
    "bytes-after-end": "more bytes came after the end of the answer; they are kept, and belong to no answer",
    "connection-reset": "the other end reset the connection",
    "tls-no-close-notify": "the TLS connection ended without the closing message that proves a clean end",
    # Content coding, seen when a copy is decoded for display
    "coding-bounded": "the decoded copy was stopped at its limit of size, ratio, memory or number of streams",
    "coding-broken": "the body does not decode as its Content-Encoding says",
    "coding-cut": "the coded body ends before its own end mark",
    "coding-raw-deflate": "deflate without the zlib wrapper that the standard demands",
    "coding-too-many": "more codings are stacked than are undone",
    "coding-trailing": "bytes follow the end of the coded body; they are not part of the decoded copy",
    "coding-unknown": "the Content-Encoding names a coding that is not known here",
    # Redirects
    "location-several": "several different Location headers; the first one counts",
    "location-too-long": "the Location is longer than any address that can be asked for",
    "location-unusable": "the Location spells no address that can be asked for, or spells a secret of ours",
    "redirect-limit": "the redirects were not followed past their limit",
    "redirect-loop": "the redirects lead back to an address already asked for",
    "redirect-refused": "the redirect leads to an address that the guard does not let pass",
    "redirect-watched": "the redirect leads to a platform where opponents of the case may read who asks",
    # Secrets
    "secret-echoed": "the answer contains a secret that we sent; it is masked, and the whole answer is kept privately",
}
