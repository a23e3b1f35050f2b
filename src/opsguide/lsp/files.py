"""Which file a document is, and what kind."""

from pathlib import Path

from pygls.uris import to_fs_path

from ..guide.bindings.file import NAME


def path_of(uri: str) -> Path | None:
    """None for what is in no file, such as a new document."""
    path = to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None


def name_of(uri: str) -> str:
    """How messages call it."""
    path = path_of(uri)
    return uri if path is None else str(path)


def uri_of(file: str) -> str:
    """The address of a name that `name_of` gave, or of a path."""
    path = Path(file)
    return path.as_uri() if path.is_absolute() else file


def is_bindings(path: Path) -> bool:
    return path.name == NAME
