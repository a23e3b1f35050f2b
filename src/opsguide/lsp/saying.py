"""A promise and a finding in plain words, as Markdown that an editor shows. The guide's own words stand in code."""

from collections.abc import Iterable, Iterator

from ..guide.change.table import TABLE
from ..guide.formats.markdown import code
from ..guide.promise import Finding, Promise
from ..guide.values import Severity
from ..guide.wording import listed
from ..kernel.promise import Span
from .look import Look


def said(promise: Promise) -> Iterator[tuple[str, str]]:
    """Each part of its values that the guide states: what it is, and what it says of it."""
    for part in TABLE[type(promise.values)]:
        words = part.say(promise.values)
        if words:
            yield part.what, words


def in_short(promise: Promise) -> str:
    """`time 15 minutes, severity p1, clock acknowledge`: one line."""
    return ", ".join(f"{what} {words}" for what, words in said(promise))


def of_promise(promise: Promise, look: Look) -> str:
    kind = str(type(promise.values).__struct_config__.tag).replace("_", " ")
    lines = [f"**{kind}**: a {promise.control}, kept by {promise.keeper}", ""]
    lines += [f"- {what}: {code(words)}" for what, words in said(promise)]
    if isinstance(promise.values, Severity) and promise.values.order is not None:
        lines.append(f"- place: {promise.values.order} of {len(look.severities)}, 1 is the worst")
    lines += ["", code(promise.id)]
    if promise.also:
        lines += ["", f"Said again in {_lines(promise.also)}."]
    bound = _bound(promise, look)
    if bound:
        lines += ["", bound]
    return "\n".join(lines)


def _bound(promise: Promise, look: Look) -> str:
    """Which keys of opsguide.toml bind it, and which of them are missing."""
    missing = look.missing.get(promise.id, [])
    if missing:
        reasons = "; ".join(dict.fromkeys(one.reason for one in missing))
        toml = "\n\n".join(dict.fromkeys(one.toml for one in missing))
        return f"Not bound: {reasons}. In `opsguide.toml`:\n\n```toml\n{toml}\n```"
    keys = list(dict.fromkeys(one.key for one in look.keys.get(promise.id, [])))
    return f"Bound by {listed(keys)}." if keys and look.bindings else ""


def of_finding(finding: Finding, line: int) -> str:
    """The rule is explained at length on its page, to which the diagnostic leads."""
    lines = [f"**{finding.rule}** ({finding.kind}): {finding.message}"]
    if finding.proposal:
        lines += ["", f"Write instead: {finding.proposal}"]
    others = [span for span in finding.spans if not span.line <= line <= span.end_line]
    if others:
        lines += ["", f"About {_lines(others)}, too."]
    return "\n".join(lines)


def _lines(spans: Iterable[Span]) -> str:
    places = ", ".join(str(span) for span in spans)
    return f"line{'' if places.isdigit() else 's'} {places}"
