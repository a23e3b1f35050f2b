"""The working folder: the user's edits stay, strangers' files are not touched, ports are filled in."""

import socket
from pathlib import Path

import pytest
from msgspec import structs

from opsguide.demo.ports import HOST, Ports, choose
from opsguide.demo.working import Folder, Notes, prepare
from opsguide.guide.bindings import read_bindings
from opsguide.kernel.errors import OpsguideError

BINDINGS = Path(__file__).parents[2] / "examples" / "opsguide.toml"
SWAPPED = Ports(opsguide=8480, shop=8490, phone=8470)
OTHERS = Ports(opsguide=9001, shop=9002, phone=9003)


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    folder.mkdir()
    (folder / "operations.md").write_text("# Operations\n", encoding="utf-8")
    (folder / "opsguide.toml").write_bytes(BINDINGS.read_bytes())
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    folder = Folder(tmp_path / "demo")
    with folder.held():
        return folder


def test_the_example_bindings_are_read_without_a_complaint() -> None:
    bindings, complaints = read_bindings(BINDINGS.read_text(encoding="utf-8"))
    assert bindings is not None
    assert complaints == ()


@pytest.mark.parametrize("ports", [Ports(), SWAPPED, OTHERS])
def test_ports_are_filled_in_wherever_they_stand(ports: Ports) -> None:
    filled = ports.filled(BINDINGS.read_text(encoding="utf-8"), Ports())
    bindings, _ = read_bindings(filled)
    assert bindings is not None
    assert bindings.serve.port == ports.opsguide
    assert bindings.environments["production"].url == f"https://127.0.0.1:{ports.shop_tls}/health"
    assert bindings.environments["production"].metrics == f"http://127.0.0.1:{ports.shop}/metrics"
    assert {channel.url.rpartition("/")[0] for channel in bindings.channels.values()} == {
        f"json://127.0.0.1:{ports.phone}"
    }
    assert Ports().filled(filled, ports) == BINDINGS.read_text(encoding="utf-8")


def test_taken_ports_give_way_to_free_ones_and_that_is_said() -> None:
    with socket.create_server((HOST, 0)) as taken:
        wanted = taken.getsockname()[1]
        ports, said = choose(wanted)
    assert ports.opsguide != wanted
    assert len(set(structs.astuple(ports))) == len(ports.__struct_fields__)
    assert said[0] == f"port {wanted} is taken by another program: opsguide gets {ports.opsguide}"


def test_no_port_is_given_twice() -> None:
    ports, said = choose(Ports().shop)
    assert ports.shop != ports.opsguide
    assert any("shop gets" in line for line in said)


def test_copies_that_nobody_edited_follow_the_example(examples: Path, folder: Folder) -> None:
    assert prepare(folder, examples, Ports(), Notes()) == []
    (examples / "operations.md").write_text("# Newer\n", encoding="utf-8")
    assert prepare(folder, examples, OTHERS, folder.notes()) == []
    assert folder.guide.read_text(encoding="utf-8") == "# Newer\n"
    assert folder.bindings.read_text(encoding="utf-8").count(":9002/") == 1


def test_edited_copies_stay_and_that_is_said(examples: Path, folder: Folder) -> None:
    prepare(folder, examples, Ports(), Notes())
    folder.guide.write_text("# Mine\n", encoding="utf-8")
    with folder.bindings.open("a", encoding="utf-8") as file:
        file.write("# mine too\n")
    said = prepare(folder, examples, OTHERS, folder.notes())
    assert len(said) == 2
    assert all("--fresh" in line for line in said)
    assert folder.guide.read_text(encoding="utf-8") == "# Mine\n"
    bindings = folder.bindings.read_text(encoding="utf-8")
    assert bindings.endswith("# mine too\n")
    assert ":9002/metrics" in bindings  # the ports of this run, in the user's copy


def test_fresh_deletes_what_the_demo_made_and_nothing_else(examples: Path, folder: Folder) -> None:
    prepare(folder, examples, Ports(), Notes())
    (folder.path / "notes of mine.txt").write_text("keep", encoding="utf-8")
    folder.reset()
    assert sorted(path.name for path in folder.path.iterdir()) == ["demo.lock", "notes of mine.txt"]


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "operations.md").write_text("# Ours\n", encoding="utf-8")
    with pytest.raises(OpsguideError, match="did not make"):
        Folder(tmp_path).hold_ours()
    with pytest.raises(OpsguideError, match="not a folder"):
        Folder(tmp_path / "operations.md").hold_ours()
    Folder(tmp_path / "new").hold_ours()


def test_a_folder_is_held_by_one(folder: Folder) -> None:
    assert not folder.is_running()
    with folder.held() as first:
        assert first
        assert folder.is_running()
        with folder.held() as second:
            assert not second
    assert not folder.is_running()
