"""What is installed is whole: the wheel carries what the code reads besides itself."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=120)
    (made,) = folder.glob("*.whl")
    return zipfile.Path(made)


def test_it_has_the_page_of_every_finding(wheel: zipfile.Path) -> None:
    shipped = {page.name for page in (wheel / "opsguide" / "guide" / "finding_pages").iterdir()}
    assert shipped == {page.name for page in (ROOT / "docs" / "findings").glob("*.md")}


def test_it_has_the_schema_of_the_bindings(wheel: zipfile.Path) -> None:
    published = (ROOT / "docs" / "reference" / "opsguide.schema.json").read_text(encoding="utf-8")
    assert (wheel / "opsguide" / "schema" / "opsguide.schema.json").read_text(encoding="utf-8") == published


def test_it_has_the_example(wheel: zipfile.Path) -> None:
    examples = wheel / "opsguide" / "demo" / "examples"
    assert {file.name for file in examples.iterdir()} >= {"operations.md", "opsguide.toml"}


def test_it_has_the_lexicons_and_nothing_of_ours_beside_the_package(wheel: zipfile.Path) -> None:
    assert (wheel / "opsguide" / "guide" / "lexicon" / "en.toml").is_file()
    top = {entry.name.partition("-")[0] for entry in wheel.iterdir()}
    assert top == {"opsguide"}


def test_it_has_the_statements_that_a_database_is_watched_with(wheel: zipfile.Path) -> None:
    assert (wheel / "opsguide" / "monitoring" / "databases" / "postgresql.sql").is_file()
    assert (wheel / "opsguide" / "web" / "static" / "vitals.js").is_file()


def test_an_installed_rule_explains_itself(wheel: zipfile.Path, tmp_path: Path) -> None:
    """From the wheel's own files, away from the repository."""
    with zipfile.ZipFile(wheel.root.filename or "") as archive:
        archive.extractall(tmp_path)
    code = "from opsguide.guide.pages import names, page; import opsguide; print(opsguide.__file__, page(names()[0]))"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert ran.stdout.startswith(str(tmp_path))
    assert "# `" in ran.stdout
