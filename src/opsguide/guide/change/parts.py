"""Parts of a promise that are more than one key, or weigh one way here and the other way there."""

from math import ceil

from msgspec import UNSET

from ..findings.cadence import between
from ..values import Alert, Amount, Detection, Number, Objective, Op, Patch, Retention, Rule, Window
from .shift import (
    LESS_IS_LOOSER,
    MORE_IS_LOOSER,
    NEITHER,
    SAID_IS_TIGHTER,
    Shift,
    Weighing,
    ends,
    of_amounts,
    of_numbers,
    of_presence,
)


def of_limits(old: Objective | Alert, new: Objective | Alert) -> Shift:
    """The amount; where it stayed, whether its end is allowed too. A comparison that turned round is unlike."""
    shift = of_amounts(old, new)
    if shift in ("gone", "new") or ends(new) is None:
        return shift
    if side(old) != side(new):
        return "unlike"
    if shift != "same" or old.op == new.op or None in (old.op, new.op):
        return shift
    # `<=` allows one value more than `<`; `>=` starts one value lower than `>`.
    return "more" if new.op in ("<=", ">") else "less"


def side(values: Objective | Alert) -> Op | None:
    """`<` for a limit from above, `>` for one from below; None where the guide leaves it open."""
    if values.op is None:
        return ">" if values.signal == "availability" else None
    return None if values.op == "==" else "<" if values.op in ("<", "<=") else ">"


def limit(values: Objective | Alert) -> Weighing:
    """With a larger number a target from above allows more, and an alert from below tells later: looser both."""
    found = side(values)
    if found is None:
        return SAID_IS_TIGHTER
    return MORE_IS_LOOSER if (found == "<") != _is_alert(values) else LESS_IS_LOOSER


def percentile(values: Objective | Alert) -> Weighing:
    """A higher percentile of a signal is a higher value, so that it weighs against the limit."""
    found = side(values)
    if found is None:
        return NEITHER
    if (found == "<") != _is_alert(values):
        return {"more": "tighter", "less": "looser"}
    return {"more": "looser", "less": "tighter"}


def _is_alert(values: Objective | Alert) -> bool:
    return isinstance(values, Alert) or values.level == "alert"


def of_severities(old: Alert, new: Alert) -> Shift:
    """Unlike until the guide's ranks are asked. The case of the word does not matter."""
    return of_presence((old.severity or "").casefold() or None, (new.severity or "").casefold() or None)


def of_retentions(old: Retention, new: Retention) -> Shift:
    """To keep something for 30 days, and to delete it after 30, are unlike."""
    before, after = ends(old), ends(new)
    if before is not None and after is not None and (before.open == "low") != (after.open == "low"):
        return "unlike"
    return of_amounts(old, new)


def retention(values: Retention) -> Weighing:
    """Kept for less is looser; but what is kept at most so long is promised to be deleted."""
    found = ends(values)
    return MORE_IS_LOOSER if found is not None and found.open == "low" else LESS_IS_LOOSER


def of_patches(old: Patch, new: Patch) -> Shift:
    """Nobody knows how far the next window is."""
    return of_amounts(old, new) if old.until == new.until else "unlike"


def of_times(old: Window, new: Window) -> Shift:
    """How long it is from start to end; a window as long at another time is unlike."""
    before, after = _times(old), _times(new)
    if before == after or None in (before, after):
        return of_presence(before, after)
    shift = of_numbers(between(old), between(new))
    return shift if shift in ("more", "less") else "unlike"


def _times(window: Window) -> tuple[str | None, ...] | None:
    if window.start is None and window.end is None:
        return None
    return window.start, window.end, window.zone


def of_notices(old: Window, new: Window) -> Shift:
    return of_amounts(notice(old), notice(new))


def notice(window: Window) -> Amount:
    seconds, days = window.notice_seconds, window.notice_business_days
    return Amount(
        seconds=UNSET if seconds is None else seconds, business_days=UNSET if days is None else days
    )


def of_detections(old: Detection, new: Detection) -> Shift:
    """How much has to happen before it is found. `More`: all that is found now was found before too."""
    if old.count is None or new.count is None:
        return of_presence(old.count, new.count)
    if (
        old.op != new.op
        or old.op not in (">", ">=", None)
        or (old.window_seconds is None) != (new.window_seconds is None)
    ):
        return "unlike"
    if (old.count, old.window_seconds) == (new.count, new.window_seconds):
        return "same"
    if _implies((new.count, new.window_seconds or 1), (old.count, old.window_seconds or 1)):
        return "more"
    was_within = _implies((old.count, old.window_seconds or 1), (new.count, new.window_seconds or 1))
    return "less" if was_within else "unlike"


def _implies(one: tuple[Number, Number], other: tuple[Number, Number]) -> bool:
    """Whenever `one` (so many within so long) is reached, is the other? By the pigeonhole principle."""
    count, seconds = one
    pieces = ceil(seconds / other[1])
    return ceil(count / pieces) >= other[0]


def of_demands(old: Rule, new: Rule) -> Shift:
    before, after = set(old.demands), set(new.demands)
    if before == after:
        return "same"
    if not before or not after:
        return "new" if after else "gone"
    return "more" if before < after else "less" if after < before else "unlike"
