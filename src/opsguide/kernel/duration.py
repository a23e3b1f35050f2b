"""Durations as people say them."""

_UNITS = ((7 * 86400, "w"), (86400, "d"), (3600, "h"), (60, "m"), (1, "s"))


def spoken(seconds: float) -> str:
    """`45 s`, `2 h 10 m`, `3 d`, `250 ms`: the two largest units, rounded down; never negative."""
    if seconds < 0:
        return "0 s"
    if 0 < seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    left, parts = int(seconds), list[str]()
    for size, unit in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count} {unit}")
        elif parts:
            break
        if len(parts) == 2:
            break
    return " ".join(parts) or "0 s"
