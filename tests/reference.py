"""`python -m tests.reference` (`make reference`) writes what docs/reference/ has from the code: the page of facts, and
the schema of opsguide.toml; and the examples in the description of the API.

A fact's type and fields are frozen once released, so their page is made from the code and compared with it:
a change that nobody meant shows as a diff of the page.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_type_hints

import msgspec

from opsguide.guide.bindings import SCHEMA_FILE, schema
from opsguide.web.api.description import EXAMPLES
from tests import api_examples, documented

FACTS = Path(__file__).parent.parent / "docs" / "reference" / "facts.md"

HEAD = """\
# Facts

What can stand on the ledger, by type and version. A (type, version) is frozen once released: a changed
shape is a new version, and old facts are lifted when they are read. Written by `make reference` from the
code; do not edit by hand.
"""


def facts_page() -> str:
    """The whole page."""
    lines = [HEAD]
    for name, v, data in documented.facts():
        lines += [f"## `{name}` v{v}\n", *_described(data)]
    return "\n".join(lines)


def _described(data: type[msgspec.Struct]) -> Iterator[str]:
    # A Struct without a docstring of its own would show its base's.
    if (own := vars(data).get("__doc__")) and not own.startswith(f"{data.__name__}("):
        yield re.sub(r"\s*\n\s*", "\n", own.strip()) + "\n"
    hints = get_type_hints(data)
    for field in msgspec.structs.fields(data):
        may = "" if field.required else ", may be left out"
        yield f"- `{field.encode_name}`: {_type(hints[field.name])}{may}"
    yield ""


def _type(hint: object) -> str:
    shown = getattr(hint, "__name__", str(hint)) if isinstance(hint, type) else str(hint)
    return (
        re.sub(r"\b(?:\w+\.)+(\w)", r"\1", shown).replace(" | None", " or null").replace("NoneType", "null")
    )


def main() -> int:
    FACTS.parent.mkdir(parents=True, exist_ok=True)
    FACTS.write_text(facts_page(), encoding="utf-8")
    FACTS.with_name(SCHEMA_FILE).write_text(schema(), encoding="utf-8")
    EXAMPLES.write_text(api_examples.text(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
