"""Does a statement that nobody could read sound like an obligation? Then it is a gap, and the reason says why."""

from .scene import Item

_OPERATIONAL = frozenset({"seconds", "months", "years", "business_days", "ratio", "bytes"})


def gap_reason(item: Item) -> str | None:
    """Why the statement is a gap; None if it is prose."""
    scene = item.scene
    if scene.aside or item.statement.task or scene.topic is None or scene.block.kind == "heading":
        return None
    if (item.row and item.label.blanked) or item.label.has("aside", "criteria", "example"):
        return None
    around = (*scene.labels, *scene.headings[:1])
    if any(p.has("aside", "criteria") or p.has("axis") for p in around):
        return None
    for column in item.columns:
        if column.header.has("axis") or column.header.has("aside", "criteria"):
            continue
        for measure in column.text.measures:
            if measure.unit == "ratio" and scene.labels and scene.mentions(scene.labels[0]):
                # What makes it an incident of this severity.
                continue
            if measure.unit in _OPERATIONAL and (measure.op or measure.after or measure.every):
                said = column.text.text[measure.start : measure.end]
                return f"`{said}` is understood, but not what it is promised of"
    return None
