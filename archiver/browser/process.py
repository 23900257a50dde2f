"""A browser of our own: started apart from the user's, cut off from everything, and gone without a trace."""

import collections
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Final, cast

from archiver.browser import warden
from archiver.browser.cdp import Link, Trouble
from archiver.browser.find import Program
from archiver.browser.flags import flags, usual_agent
from archiver.browser.profile import copied
from archiver.errors import StorageError, UsageError
from archiver.runtime import Runtime

START: Final = 60.0  # seconds until the browser must have answered for the first time
END: Final = 30.0  # seconds until all of it must have ended
MAX_SAID: Final = 64  # pieces of its standard error that are kept, the last ones, of at most 1 KiB
NOT_TELLING: Final = 15.0  # seconds for a context to be made or closed

_SCREEN = ("DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR")  # what a window needs
_TARGETS: Final = [*({"type": each} for each in ("page", "service_worker", "shared_worker")), {"exclude": True}]


class Browser:
    """A running browser; a context manager. Closing it kills all of its processes and removes its folder.

    Nothing it does by itself leaves the machine: it is started behind a proxy that is not there, and only a context
    (`context`) is given a way out, the gate on that port of 127.0.0.1. Whoever kills us takes it along.

    `trusted` is the key whose certificates it takes without complaint: base64 of the SHA-256 of a
    SubjectPublicKeyInfo. `profile` is a folder of a browser's user data: it is copied, never used itself. `agent` is
    the User-Agent, by default that of a usual Chrome of this version; `languages` are those of Accept-Language, without
    weights. `extra` are more flags. With `logged` it writes down what its connections carry, at `log` in its folder.
    `environ` says where a window finds its screen.

    Starting raises `UsageError` ("browser") when it does not start, and `StorageError` when there is no room for it.
    """

    def __init__(
        self,
        program: Program,
        runtime: Runtime,
        *,
        headless: bool = True,
        trusted: str = "",
        agent: str = "",
        languages: str = "en-US,en",
        profile: Path | None = None,
        extra: tuple[str, ...] = (),
        logged: bool = False,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.program = program
        self.runtime = runtime
        self.headless = headless
        self.agent = agent or usual_agent(program.major)
        self.languages = languages
        self.sandboxed = os.geteuid() != 0  # the sandbox of Chromium does not start for root
        self.flags: tuple[str, ...] = ()  # as they may stand on record: its own folder is not named
        self.folder = Path()
        self._profile = profile
        self._trusted = trusted
        self._extra = extra
        self._logged = logged
        self._environ = environ or {}
        self._said: collections.deque[bytes] = collections.deque(maxlen=MAX_SAID)

    def __enter__(self) -> "Browser":
        folder = _new_folder()
        try:
            if self._profile is not None:
                copied(self._profile, folder / "data")
            self._start(folder)
        except OSError as exc:
            shutil.rmtree(folder, ignore_errors=True)
            raise StorageError("full", f"there is no room for a browser: {exc.strerror}", "free some space") from exc
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try:
            self.link.call("Browser.getVersion", timeout=START)
            self.link.call(
                "Target.setAutoAttach",
                {"autoAttach": True, "waitForDebuggerOnStart": True, "flatten": True, "filter": _TARGETS},
                timeout=START,
            )
        except Trouble as exc:
            self.close()
            raise UsageError("browser", "the browser does not start", self.last_words()) from exc
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Kill all of it and remove its folder; may be called again."""
        with contextlib.suppress(OSError):
            self._held.close()
        try:
            self._warden.wait(END)
        except subprocess.TimeoutExpired:
            self._warden.kill()  # what the system cannot end is left to the system
            self._warden.wait()
        self.link.close()
        self._listening.join(5.0)
        shutil.rmtree(self._folder, ignore_errors=True)  # it is gone, but where somebody had killed the warden

    def last_words(self) -> str:
        """Return the end of what it said on standard error, as one line; hostile text."""
        said = b"".join(self._said).decode("utf-8", "replace")
        return "".join(each if each.isprintable() else " " for each in said).strip()[-300:]

    @contextlib.contextmanager
    def context(self, port: int) -> Iterator[str]:
        """Give the id of a new context: no cookie, no cache, no tab; its way out is the gate on `port` of 127.0.0.1.

        All of it is gone afterwards. Raises `Trouble`.
        """
        made = self.link.call(
            "Target.createBrowserContext",
            {"proxyServer": f"http://127.0.0.1:{port}", "proxyBypassList": "<-loopback>", "disposeOnDetach": True},
            timeout=NOT_TELLING,
        )
        context = str(made.get("browserContextId", ""))
        try:
            yield context
        finally:
            with contextlib.suppress(Trouble):
                self.link.call("Target.disposeBrowserContext", {"browserContextId": context}, timeout=NOT_TELLING)

    def _start(self, folder: Path) -> None:
        self._folder = folder
        data, home = folder / "data", folder / "home"
        data.mkdir(mode=0o700, exist_ok=True)
        (home / "tmp").mkdir(parents=True, mode=0o700)
        command = flags(
            data,
            headless=self.headless,
            sandboxed=self.sandboxed,
            agent=self.agent,
            languages=self.languages,
            trusted=self._trusted,
            extra=self._extra,
        )
        self.folder = folder
        self.log = folder / "log.json"
        if self._logged:
            command += [f"--log-net-log={self.log}", "--net-log-capture-mode=Everything"]
        self.flags = tuple(each.replace(str(folder), "(its own folder)") for each in command)
        its_end, ours = os.pipe()
        our_end, its = os.pipe()
        try:
            self._warden = subprocess.Popen(  # noqa: S603  # the browser the user has, and a script of ours
                [
                    *(sys.executable, "-I", "-S", warden.__file__, str(folder), str(its_end), str(its)),
                    *(str(self.program.path), *command),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(its_end, its),
                env=self._environment(home),
                cwd=home,
                start_new_session=True,
            )
        except BaseException:
            for each in (ours, our_end):
                os.close(each)
            raise
        finally:
            os.close(its_end)
            os.close(its)
        self._held = cast("IO[bytes]", self._warden.stdin)  # both are pipes, as asked
        self._listening = threading.Thread(
            target=self._listen, args=(cast("IO[bytes]", self._warden.stderr),), daemon=True
        )
        self._listening.start()
        self.link = Link(our_end, ours)

    def _environment(self, home: Path) -> dict[str, str]:
        """Return all that it learns of the machine."""
        there = {name: value for name in _SCREEN if not self.headless and (value := self._environ.get(name))}
        return there | {
            "HOME": str(home),
            "TMPDIR": "tmp",  # in HOME, where it starts: the path of a socket in it must be short
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "TZ": "UTC",
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
            "DBUS_SYSTEM_BUS_ADDRESS": "disabled:",
        }

    def _listen(self, errors: IO[bytes]) -> None:
        with errors:
            while piece := os.read(errors.fileno(), 1024):
                self._said.append(piece)


def _new_folder() -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix="archiver-browser-"))  # with mode 0700
    except OSError as exc:
        raise StorageError("full", f"there is no room for a browser: {exc.strerror}", "free some space") from exc
