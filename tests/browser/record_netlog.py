"""Makes `recorded-*.json`: a run of Chromium on a small page, cut down to what is read, without a trace of the machine.

PYTHONPATH=tests:tests/browser python tests/browser/record_netlog.py
"""

import base64
import hashlib
import json
import socket
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from authority import Authority
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from direct_run import BlindProxy, browse
from directsite import Reply, Route, SpeakingServer, site

from archiver.browser.netlog_asked import REQUEST_EVENTS
from archiver.browser.netlog_socket import SOCKET_EVENTS

HERE = Path(__file__).parent
PAGE = b"""<!doctype html><link rel=stylesheet href=/style.css><img src=/moved.png><img src=/cut.png><script>
(async () => {
  for (const each of ["/double", "/chunked", "/early", "/nothing"]) await fetch(each);
  await fetch("/post", {method: "POST", body: "posted"});
  await fetch("/done");
})();
</script>"""


def routes() -> dict[str, Route]:
    """What is served: the same octets whatever libraries are there."""
    page = Reply(headers=((b"Content-Type", b"text/html"),), body=PAGE)
    style = Reply(headers=((b"Content-Type", b"text/css"),), body=b"body { color: red }")
    return {**site(), "/": lambda _: page, "/style.css": lambda _: style}


def main() -> None:
    """Record one run for each protocol."""
    ca = Authority(datetime.now(UTC))
    key = ca.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    spki = base64.b64encode(hashlib.sha256(key).digest()).decode()
    for name, protocols in (("h1", ("http/1.1",)), ("h2", ("h2",))):
        with (
            tempfile.TemporaryDirectory() as folder,
            SpeakingServer(ca.context("127.0.0.1"), routes(), protocols) as server,
            BlindProxy(lambda host, port, own=server.port: socket.create_connection((host, _own(port, own)))) as proxy,
        ):
            log = Path(folder) / "net.json"
            flags = (f"--proxy-server=127.0.0.1:{proxy.port}", "--proxy-bypass-list=<-loopback>")
            browse(server.url(), log, *flags, spki=spki, until=lambda at=server: bool(at.of("/done")))
            (HERE / f"recorded-{name}.json").write_text(_cut(log.read_text("utf-8"), proxy.port), "utf-8")


def _own(port: int, own: int) -> int:
    if port != own:
        raise OSError
    return port


def _cut(text: str, gate: int) -> str:
    first, _, *lines = text.splitlines()
    constants = json.loads(first.rstrip(",") + "}")["constants"]
    names = SOCKET_EVENTS | REQUEST_EVENTS
    kept = {name: number for name, number in constants["logEventTypes"].items() if name in names}
    errors = {name: number for name, number in constants["netError"].items() if number > -400}
    shown = {"gate": gate, "logEventTypes": kept, "netError": errors, "timeTickOffset": constants["timeTickOffset"]}
    ciphertext = {kept["SOCKET_BYTES_SENT"], kept["SOCKET_BYTES_RECEIVED"]}
    events = []
    for line in lines[:-2]:
        event = json.loads(line.rstrip(",").rstrip("]"))
        if event["type"] in kept.values() and event["type"] not in ciphertext and "google" not in line:
            events.append(json.dumps(event, separators=(",", ":"), sort_keys=True))
    return json.dumps({"constants": shown})[:-1] + ',\n"events": [\n' + ",\n".join(events) + '],\n"polledData": []}\n'


if __name__ == "__main__":
    main()
