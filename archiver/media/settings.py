"""What yt-dlp is run with (docs/spec/media.md §3): values only."""

from typing import Any, Final

MAX_VIDEOS: Final = 10  # of one address
_PROTOCOLS: Final = "^(https?|m3u8(_native)?|http_dash_segments|ism)$"
"""How a file may come: what asks for it goes through the handler and nowhere else."""


def options(user_agent: str, accept: str, accept_language: str) -> dict[str, Any]:
    """Return what yt-dlp is run with (docs/spec/media.md §3)."""
    fitting = f"[protocol~='{_PROTOCOLS}']"
    return {
        "allowed_extractors": ["default"],
        "cachedir": False,
        "check_formats": None,
        "continuedl": False,
        "extractor_retries": 0,
        "external_downloader": {"default": "native"},
        "file_access_retries": 0,
        "fixup": "never",
        "format": f"bv*{fitting}+ba{fitting}/b{fitting}/bv*{fitting}/ba{fitting}",
        "fragment_retries": 1,
        "geo_bypass": False,
        "hls_prefer_native": True,
        "http_headers": {"User-Agent": user_agent, "Accept": accept, "Accept-Language": accept_language},
        "ignore_no_formats_error": True,
        "js_runtimes": {},
        "keepvideo": True,
        "nopart": True,
        "noplaylist": True,
        "noprogress": True,
        "overwrites": True,
        "playlistend": MAX_VIDEOS,
        "proxy": "",
        "quiet": True,
        "remote_components": [],
        "retries": 2,
        "skip_unavailable_fragments": False,
        "subtitleslangs": ["all", "-live_chat"],
        "updatetime": False,
        "usenetrc": False,
        "writeautomaticsub": False,
        "writesubtitles": True,
        "_no_ytdl_file": True,
    }
