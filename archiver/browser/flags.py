"""What the browser is started with: every flag, and why. All of it is on the record."""

import os
import sys
from pathlib import Path
from typing import Final

DEAD_PROXY: Final = "http://127.0.0.1:1"  # nobody listens there: what the browser asks for by itself goes nowhere
WIDTH, HEIGHT = 1280, 800  # CSS pixels
SMALL_SHARED_MEMORY: Final = 1 << 30  # bytes: with less, the browser is told to use files

_NOT_WANTED: Final = (
    "AutofillServerCommunication",
    "CertificateTransparencyComponentUpdater",
    "DialMediaRouteProvider",
    "GlobalMediaControls",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsFirstModeV2",
    "HttpsUpgrades",  # the address is asked as it was written
    "InterestFeedContentSuggestions",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "OptimizationGuideModelDownloading",
    "Prerender2",  # a page nobody opened is not loaded
    "Translate",
)

FLAGS: Final = (
    # It reaches nothing by itself: only a context that is given a gate has a way out.
    f"--proxy-server={DEAD_PROXY}",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--disable-quic",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy",
    # It has nothing of its own to say.
    "--disable-background-networking",
    "--disable-breakpad",
    "--disable-client-side-phishing-detection",
    "--disable-component-extensions-with-background-pages",
    "--disable-component-update",
    "--disable-crash-reporter",
    "--disable-default-apps",
    "--disable-domain-reliability",
    "--disable-extensions",
    "--disable-features=" + ",".join(_NOT_WANTED),
    "--disable-search-engine-choice-screen",
    "--disable-sync",
    "--deny-permission-prompts",
    "--metrics-recording-only",
    "--no-default-browser-check",
    "--no-first-run",
    "--no-service-autorun",
    "--no-startup-window",
    "--noerrdialogs",
    "--password-store=basic",
    "--use-mock-keychain",
    # The same page looks the same twice.
    "--disable-checker-imaging",
    "--disable-gpu",
    "--disable-lcd-text",
    "--font-render-hinting=none",
    "--force-color-profile=srgb",
    "--force-device-scale-factor=1",
    "--hide-scrollbars",
    "--lang=en-US",
    "--mute-audio",
    f"--window-size={WIDTH},{HEIGHT}",
    # A page that nobody looks at runs as one that somebody looks at.
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
)


def flags(
    folder: Path, *, headless: bool, sandboxed: bool, agent: str, languages: str, trusted: str, extra: tuple[str, ...]
) -> list[str]:
    """Return the whole command line after the program. `trusted` is the key that a gate signs with, "" for none."""
    given = ["--remote-debugging-pipe", f"--user-data-dir={folder}", *FLAGS]
    given += [f"--user-agent={agent}", f"--accept-lang={languages}"]
    if headless:
        given.append("--headless")
    if not sandboxed:
        given.append("--no-sandbox")
    if trusted:
        given.append(f"--ignore-certificate-errors-spki-list={trusted}")
    if _shared_memory() < SMALL_SHARED_MEMORY:
        given.append("--disable-dev-shm-usage")
    return [*given, *extra]


def usual_agent(major: int) -> str:
    """Return the User-Agent that a Chrome of this version sends on Linux: all minor numbers are 0 in it."""
    return f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{major}.0.0.0 Safari/537.36"


def _shared_memory() -> int:
    if not sys.platform.startswith("linux"):
        return SMALL_SHARED_MEMORY
    try:
        space = os.statvfs("/dev/shm")  # noqa: S108  # asked, never written
    except OSError:
        return 0
    return space.f_bavail * space.f_frsize
