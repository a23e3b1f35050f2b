"""The registry of fact types: names both ways, versions lifted on read, and clear refusals."""

import gc

import pytest

from opsguide.kernel.errors import UnknownFact
from opsguide.kernel.facts import Data, FactTypes


class Place(Data, frozen=True):
    shelf: str
    board: int


class Owner(Data, frozen=True):
    name: str
    phone: str = ""


def types_with_place() -> FactTypes:
    types = FactTypes()
    types.register("note.moved", personal=Owner)(Place)
    return types


def test_type_and_version_follow_from_the_class() -> None:
    types = types_with_place()
    fact = types.fact(Place("b", 7), subject="note:1", actor="person:ana", at=5, cause=3)
    assert (fact.type, fact.v, fact.cause) == ("note.moved", 1, 3)
    assert types.name_of(fact.data) == ("note.moved", 1)
    assert types.decode("note.moved", 1, b'{"shelf":"b","board":7}') == (1, Place("b", 7))


def test_two_classes_cannot_claim_one_name() -> None:
    types, others = types_with_place(), FactTypes()

    @others.register("note.moved")
    class Elsewhere(Data, frozen=True):
        x: int

    with pytest.raises(ValueError, match=r"two fact types are called note\.moved v1"):
        types.merge([others])
    with pytest.raises(ValueError, match=r"note\.moved"):
        types.register("note.moved")(Elsewhere)


def test_merging_knows_all_and_changes_none() -> None:
    types, others = types_with_place(), FactTypes()

    @others.register("note.burnt")
    class Burnt(Data, frozen=True):
        how: str

    both = types.merge([others, types])
    assert [(name, v) for name, v, _ in both] == [("note.burnt", 1), ("note.moved", 1)]
    assert both.decode_personal("note.moved", b'{"name":"Ana"}') == Owner("Ana")
    assert not types.knows("note.burnt", 1)


def versions() -> FactTypes:
    """Version 1 was {"place": "b7"}, version 2 {"shelf": "b", "board": "7"}, version 3 is Place."""
    types = FactTypes()
    types.register("note.moved", v=3)(Place)
    types.upcast("note.moved", 1, lambda old: {"shelf": old["place"][0], "board": old["place"][1:]})
    types.upcast("note.moved", 2, lambda old: old | {"board": int(old["board"])})
    return types


@pytest.mark.parametrize("types", [versions(), FactTypes().merge([versions()])], ids=["as made", "merged"])
@pytest.mark.parametrize(
    ("v", "stored"),
    [(1, b'{"place":"b7"}'), (2, b'{"shelf":"b","board":"7"}'), (3, b'{"shelf":"b","board":7}')],
)
def test_every_old_version_is_lifted_to_the_newest(types: FactTypes, v: int, stored: bytes) -> None:
    assert types.knows("note.moved", v)
    assert types.decode("note.moved", v, stored) == (3, Place("b", 7))


def test_an_upcast_wins_over_a_class_that_was_kept_for_the_old_version() -> None:
    class Before(Data, frozen=True):
        place: str

    for first in ("class", "upcast"):
        types = FactTypes()
        if first == "class":
            types.register("note.moved")(Before)
        types.upcast("note.moved", 1, lambda old: {"shelf": old["place"], "board": 0})
        if first == "upcast":
            types.register("note.moved")(Before)
        types.register("note.moved", v=2)(Place)
        assert types.decode("note.moved", 1, b'{"place":"b"}') == (2, Place("b", 0))


def test_what_is_not_known_is_named() -> None:
    types = types_with_place()
    types.upcast("note.torn", 1, lambda old: old)
    for name, v in (("note.moved", 2), ("note.burnt", 1), ("note.torn", 1), ("note.torn", 2)):
        assert not types.knows(name, v)
        with pytest.raises(UnknownFact, match=rf"'{name}' v\d") as refused:
            types.decode(name, v, b"{}")
        assert "nothing was changed" in str(refused.value)


@pytest.mark.parametrize("stored", [b'{"shelf":"b"}', b'{"shelf":"b","board":"7"}', b"[]", b"not JSON"])
def test_a_shape_that_was_changed_without_a_new_version_is_refused(stored: bytes) -> None:
    with pytest.raises(UnknownFact, match="not shaped as this version") as refused:
        types_with_place().decode("note.moved", 1, stored)
    assert "new version with an upcast" in str(refused.value)


def test_a_mistake_in_an_upcast_is_not_taken_for_an_unknown_fact() -> None:
    with pytest.raises(KeyError):
        versions().decode("note.moved", 1, b'{"plaice":"b7"}')


def test_personal_data_may_gain_fields_with_a_default() -> None:
    types = types_with_place()
    assert types.decode_personal("note.moved", b'{"name":"Ana"}') == Owner("Ana", phone="")
    with pytest.raises(UnknownFact, match="have no personal data"):
        types.decode_personal("note.burnt", b"{}")


def test_a_long_history_is_no_work_for_the_garbage_collector() -> None:
    types = types_with_place()
    fact = types.fact(Place("b", 7), subject="note:1", actor="a", at=5)
    assert not gc.is_tracked(fact)
    assert not gc.is_tracked(fact.data)


def test_personal_data_that_could_not_be_read_back_is_not_said() -> None:
    types = FactTypes()

    @types.register("note.kept")
    class Kept(Data, frozen=True):
        note: str

    with pytest.raises(UnknownFact, match="have no personal data"):
        types.fact(Kept("a"), subject="note:a", actor="test", at=0, personal=Kept("b"))
