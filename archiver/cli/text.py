"""The one way for text to reach a terminal or a pipe: made `safe`, and fitted into cells."""

from archiver.model.visible import MAX_MARKS, encodable, safe

__all__ = ["encodable", "fit", "padded", "safe"]


def fit(text: str, width: int, encoding: str = "utf-8") -> str:
    """Return `text`, already safe, cut to at most `width` terminal cells; a cut shows as an ellipsis."""
    from rich.cells import cell_len

    if len(text) <= width * (MAX_MARKS + 1) and cell_len(text) <= width:
        return text
    mark = "…" if encodable("…", encoding) else "..."
    room = width - len(mark)
    if room <= 0:
        return mark[:width]
    kept: list[str] = []
    used = 0
    for char in text:
        used += cell_len(char)
        if used > room:
            break
        kept.append(char)
    return "".join(kept) + mark


def padded(text: str, width: int) -> str:
    """Return `text`, already safe, filled with spaces to `width` terminal cells."""
    from rich.cells import cell_len

    return text + " " * max(0, width - cell_len(text))
