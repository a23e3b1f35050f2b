"""Whatever file a person names, a guide, bindings or an export: what is wrong with it is said alike."""

from collections.abc import Callable
from pathlib import Path

import pytest

from opsguide.guide import source
from opsguide.guide.bindings import file
from opsguide.importers import documents
from opsguide.kernel.errors import BindingsError, GuideError, ImportFailed, OpsguideError

LOADERS: list[tuple[Callable[[Path], str], type[OpsguideError], int]] = [
    (source.load, GuideError, source.MAX_BYTES),
    (file.load, BindingsError, file.MAX_BYTES),
    (documents.load, ImportFailed, documents.MAX_BYTES),
]


@pytest.mark.parametrize(("load", "wrong", "most"), LOADERS)
def test_a_folder_nothing_and_too_much(
    load: Callable[[Path], str], wrong: type[OpsguideError], most: int, tmp_path: Path
) -> None:
    with pytest.raises(wrong, match="this is a folder"):
        load(tmp_path)
    with pytest.raises(wrong, match="cannot be read: no such file"):
        load(tmp_path / "gone")
    path = tmp_path / "it"
    with path.open("wb") as sparse:
        sparse.truncate(most + 1)
    with pytest.raises(wrong, match=r"larger than|too large"):
        load(path)
    path.write_bytes(b"\xef\xbb\xbfcaf\xc3\xa9")
    assert load(path) == "café"
    path.write_bytes(b"caf\xe9")
    with pytest.raises(wrong, match="is not UTF-8 text"):
        load(path)
