"""Documents that nobody wrote: lines of real guides in any order, with odd signs, beside plain nonsense."""

from hypothesis import strategies as st

from .mutation import NUMBERS, ODD, guides

LINES = sorted({line for path in guides() for line in path.read_text(encoding="utf-8").splitlines() if line})
UNITS = (
    "",
    " minutes",
    " h",
    " %",
    "ms",
    " days",
    " Stunden",
    " zile lucrătoare",
    " ore",
    " Arbeitstage",
    " GB",
    "x",
)
WORDS = (
    *("RTO", "RPO", "P1", "SEV-2", "critical", "backup", "daily", "retention", "latency", "p95", "uptime"),
    *("Response time", "Wartungsfenster", "astreinte", "guardia", "escalation", "first Sunday", "not"),
    *("Mon–Fri 9:00–17:00 CET", "approval"),
)  # fmt: skip


@st.composite
def made_lines(draw: st.DrawFn) -> str:
    """`- **RTO**: < 4 h, P1 daily`: words and quantities, as a bullet, a row, a heading or a sentence."""
    words = st.sampled_from(WORDS)
    quantity = st.builds(str.__add__, st.sampled_from(NUMBERS), st.sampled_from(UNITS))
    parts = draw(st.lists(words | quantity | st.sampled_from(ODD), min_size=1, max_size=6))
    form = draw(
        st.sampled_from(("- {}", "- **{0}**: {0}", "| {} |", "## {}", "{}.", "{}", "  - {}", "1. {}"))
    )
    return form.format(draw(st.sampled_from((" ", ", ", " | ", ": ", " / "))).join(parts))


def documents() -> st.SearchStrategy[str]:
    lines = st.sampled_from(LINES) | st.just("") | made_lines() | st.text(max_size=40)
    return st.lists(lines, min_size=1, max_size=30).map("\n".join) | st.text(max_size=200)
