"""The page of each rule (docs/findings/): why it finds what it finds, an example, a fix."""

from functools import cache
from pathlib import Path


@cache
def names() -> tuple[str, ...]:
    """Every rule that has a page."""
    return tuple(sorted(file.stem for file in _folder().glob("[a-z]*.md")))


def path(rule: str) -> Path | None:
    """The file of a rule's page; None where there is none."""
    return _folder() / f"{rule}.md" if rule in names() else None


def page(rule: str) -> str | None:
    """The Markdown of a rule's page; None where there is none."""
    found = path(rule)
    return None if found is None else found.read_text(encoding="utf-8")


@cache
def _folder() -> Path:
    """Inside the installed package, or in the repository."""
    installed = Path(__file__).parent / "finding_pages"
    return installed if installed.is_dir() else Path(__file__).parents[3] / "docs" / "findings"
