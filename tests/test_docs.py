"""Whatever a user can meet can be looked up, and no link leads nowhere."""

import re
import tomllib
from pathlib import Path

import pytest

from tests import documented, reference

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def missing_from(page: str, names: list[str]) -> list[str]:
    """Those names that the page does not show as code: `name`, or at the start of a longer piece of code."""
    path = DOCS / page
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    return [name for name in names if not re.search(rf"`{re.escape(name)}(?![\w.-])[^`\n]*`", text)]


def declared() -> list[str]:
    """Every line of pyproject.toml that asks for a package."""
    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project, groups = whole["project"], whole["dependency-groups"]
    several = [project["dependencies"], *project["optional-dependencies"].values(), *groups.values()]
    return [line for lines in several for line in lines]


def test_every_dependency_says_why_it_is_here() -> None:
    names = [re.split(r"[^\w.-]", line, maxsplit=1)[0] for line in declared()]
    assert not missing_from("dependencies.md", names)


def test_the_dependencies_page_names_nothing_that_left() -> None:
    known = " ".join(declared()) + (ROOT / "package.json").read_text(encoding="utf-8")
    listed = re.findall(
        r"^\| `([^`]+)`", (DOCS / "dependencies.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert [name for name in listed if name not in known] == []


if documented.has("cli"):

    def test_every_command_is_documented_with_its_options() -> None:
        page = (DOCS / "reference/commands.md").read_text(encoding="utf-8")
        missing = []
        for typed, options in documented.commands().items():
            # Each command has a heading of its own; what follows, down to the next heading, is about it.
            section = re.search(
                rf"^#+ `{re.escape(typed)}(?: [^`]*)?`$(.*?)(?=^#|\Z)", page, re.DOTALL | re.MULTILINE
            )
            if section is None:
                missing.append(typed)
            else:
                missing += [f"{typed} {option}" for option in options if f"`{option}" not in section[1]]
        assert not missing


if documented.has("guide.bindings.model"):

    def test_every_binding_key_is_documented() -> None:
        assert not missing_from("reference/bindings.md", documented.binding_keys())

    def test_the_page_of_bindings_says_what_editors_show() -> None:
        page = (DOCS / "reference/bindings.md").read_text(encoding="utf-8")
        rows = re.findall(r"^\| `([\w.]+)` \| .* \| (.*) \|$", page, re.MULTILINE)
        written = {key: meaning for key, meaning in rows if key in documented.meanings()}
        assert written == documented.meanings()


if documented.has("web.app") and documented.has("app.pages"):

    def test_every_route_is_documented() -> None:
        api = [route for route in documented.routes() if " /api" in route]
        assert not missing_from("reference/api.md", api)
        assert not missing_from("reference/routes.md", sorted(set(documented.routes()) - set(api)))


if documented.has("app.core"):

    def test_every_fact_type_is_documented() -> None:
        names = [name for name, _, _ in documented.facts()]
        assert not missing_from("reference/facts.md", names), "run: make reference"

    def test_the_page_of_facts_is_as_the_code_says() -> None:
        written = reference.FACTS.read_text(encoding="utf-8")
        assert written == reference.facts_page(), "run: make reference"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    targets = re.findall(r"\]\(\s*<?([^)\s>]+)", text) + re.findall(r'(?:src|href)="([^"]+)"', text)
    relative = [target for target in targets if not re.match(r"[a-z][a-z0-9+.-]*:", target)]
    broken = [target for target in relative if not _leads(page, target)]
    assert not broken


def _leads(page: Path, target: str) -> bool:
    path, _, fragment = target.partition("#")
    found = (page.parent / path) if path else page
    if not found.exists():
        return False
    return not fragment or found.suffix != ".md" or fragment in _anchors(found)


def _anchors(page: Path) -> set[str]:
    """Heading anchors as code forges make them: lower case, punctuation dropped, spaces to hyphens."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+\s+(.+?)\s*#*$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_each_decision_has_a_number_of_its_own() -> None:
    titles = {
        path: path.read_text(encoding="utf-8").partition("\n")[0] for path in (DOCS / "adr").glob("*.md")
    }
    numbers = sorted(path.name[:4] for path in titles)
    assert len(numbers) == len(set(numbers))
    wrong = [path.name for path, title in titles.items() if path.name[:4] not in ("0000", title[2:6])]
    assert not wrong
