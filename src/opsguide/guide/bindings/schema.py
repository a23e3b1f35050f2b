"""The JSON Schema of opsguide.toml, for editors: made from the same table of keys that reads the file."""

import json

from .keys import ROOT

FILE = "opsguide.schema.json"
"""What the schema's file is called, beside the bindings and in the documentation."""


def schema() -> str:
    """JSON, for a file. Draft 7: the newest that editors of TOML read (Taplo, Even Better TOML)."""
    # What only the reader can know stays open: names that must exist, PromQL, zones, secrets in clear text.
    head = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "opsguide.toml",
        "description": "Where the things are that an operations guide promises something about.",
    }
    return json.dumps(head | ROOT.schema, indent=2, ensure_ascii=False) + "\n"
