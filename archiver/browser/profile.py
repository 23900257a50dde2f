"""A copy of somebody's browser profile: never the folder itself, which another browser may be using."""

import contextlib
import os
import shutil
from pathlib import Path
from typing import Final

from archiver.errors import UsageError

MAX_SIZE: Final = 4 * 1024**3  # bytes

_LEFT_OUT: Final = frozenset(
    {
        *("SingletonLock", "SingletonCookie", "SingletonSocket", "lockfile", "LOCK"),
        *("Cache", "Code Cache", "GPUCache", "ShaderCache", "GrShaderCache", "GraphiteDawnCache", "DawnGraphiteCache"),
        *("DawnWebGPUCache", "CacheStorage", "ScriptCache", "Crash Reports", "Crashpad", "BrowserMetrics"),
        *(
            "component_crx_cache",
            "extensions_crx_cache",
            "Extensions",
            "Safe Browsing",
            "optimization_guide_model_store",
        ),
    }
)


def copied(profile: Path, folder: Path) -> None:
    """Copy the user data folder `profile` to the new `folder`, without locks, caches, links and extensions.

    Raises `UsageError` ("profile") where it is not one, or too large, and `OSError`.
    """
    if not (profile / "Local State").is_file():
        raise UsageError(
            "profile",
            f"{profile.name!r} is not a browser's user data folder",
            "give the folder that holds the file 'Local State' (the parent of what chrome://version says)",
        )
    size = 0
    for here, folders, files in os.walk(profile):
        folders[:] = sorted(name for name in folders if name not in _LEFT_OUT and not (Path(here) / name).is_symlink())
        goal = folder / Path(here).relative_to(profile)
        goal.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in sorted(files):
            source = Path(here) / name
            if name in _LEFT_OUT or source.is_symlink() or not source.is_file():
                continue
            with contextlib.suppress(FileNotFoundError):  # a browser that is using it removes files all the time
                size += source.stat().st_size
                if size > MAX_SIZE:
                    raise UsageError(
                        "profile", "the browser profile is larger than 4 GiB", "make a smaller one for this"
                    )
                shutil.copyfile(source, goal / name)
