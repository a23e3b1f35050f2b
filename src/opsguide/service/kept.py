"""A small table in a file of the data directory: what must outlive the service, and is too busy to be facts."""

import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

log = logging.getLogger(__name__)

T = TypeVar("T")


class KeptTable(Generic[T]):
    """`kind` is the type of a row. What cannot be read or written is logged, and the service goes on without."""

    def __init__(self, path: Path, kind: type[T]) -> None:
        self._path = path
        self._decoder = msgspec.json.Decoder(dict[str, kind])  # type: ignore[valid-type]

    def load(self) -> dict[str, T]:
        try:
            return self._decoder.decode(self._path.read_bytes())
        except FileNotFoundError:
            return {}
        except (OSError, msgspec.MsgspecError) as error:
            log.warning("%s cannot be read: %s", self._path, error)
            return {}

    def save(self, rows: Mapping[str, T]) -> None:
        """Whole or not at all: a crash leaves the table of before."""
        fresh = self._path.with_suffix(".new")
        try:
            fresh.write_bytes(msgspec.json.encode(dict(rows)))
            os.replace(fresh, self._path)
        except OSError as error:
            log.warning("%s cannot be written: %s", self._path, error)
