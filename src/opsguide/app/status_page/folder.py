"""A copy of the page in a folder, for any web server or CDN: it stands when opsguide does not."""

import os
from pathlib import Path

from .render import Files

MARK = ".opsguide-status"
"""Says whose the folder is, to who finds it."""


def write(folder: Path, files: Files) -> None:
    """Each file in one step, the page itself last: nobody reads half of one, or a link to what is not there yet.

    Raises OSError.
    """
    (folder / "incidents").mkdir(parents=True, exist_ok=True)
    (folder / MARK).touch()
    order = sorted(files, key=lambda name: (name == "index.html", name.endswith(".html"), name))
    for name in order:
        _replace(folder / name, files[name].body)
    for found in (folder / "incidents").glob("*.html"):
        if f"incidents/{found.name}" not in files:
            found.unlink()


def _replace(path: Path, body: bytes) -> None:
    if path.is_file() and path.stat().st_size == len(body) and path.read_bytes() == body:
        return
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(body)
    os.replace(fresh, path)
