"""Bodies, hashes and the chain: what is hashed is exactly what is stored, and every change shows."""

import hashlib
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsguide.kernel.errors import LedgerBroken, UnknownFact
from opsguide.kernel.facts import Data, Erased, Fact, FactTypes
from opsguide.kernel.ledger import (
    GENESIS,
    Head,
    Row,
    canonical,
    check,
    decode,
    digest,
    encode,
    link,
    parse,
    recorded,
    verified,
)

ROOT = Path(__file__).parent.parent.parent
TYPES = FactTypes()


class Who(Data, frozen=True):
    name: str


@TYPES.register("thing.seen", personal=Who)
class Seen(Data, frozen=True):
    text: str
    number: int
    share: float
    tags: tuple[str, ...] = ()
    places: dict[str, int] | None = None
    again: bool | None = None


def seen(text: str = "x", personal: Data | None = None) -> Fact:
    return TYPES.fact(Seen(text, 1, 0.5), subject="thing:1", actor="a", at=7, personal=personal)


def chain(*facts: Fact) -> list[Row]:
    rows: list[Row] = []
    prev = GENESIS
    for seq, fact in enumerate(facts, 1):
        body = encode(fact)
        rows.append(Row(seq, prev, link(prev, body), body))
        prev = rows[-1].hash
    return rows


def test_a_body_is_canonical_json() -> None:
    fact = TYPES.fact(
        Seen("ș", 1, 0.5, places={"b": 2, "a": 1}), subject="thing:1", actor="person:ana", at=7, cause=3
    )
    assert encode(fact, "ab12").decode() == (
        '{"actor":"person:ana","at":7,"cause":3,'
        '"data":{"again":null,"number":1,"places":{"a":1,"b":2},"share":0.5,"tags":[],"text":"ș"},'
        '"personal":"ab12","subject":"thing:1","type":"thing.seen","v":1}'
    )


def test_what_is_left_out_when_it_is_not_there() -> None:
    assert not {"cause", "personal"} & msgspec.json.decode(encode(seen())).keys()


def test_the_hashes_are_what_anybody_can_compute() -> None:
    first, second = chain(seen("one"), seen("two"))
    assert first.hash == hashlib.sha256(bytes(32) + first.body).digest()
    assert second.hash == hashlib.sha256(first.hash + second.body).digest()
    assert digest(b"salt", b'{"name":"Ana"}') == hashlib.sha256(b'salt{"name":"Ana"}').hexdigest()


words = st.text(st.characters(codec="utf-8"))


@given(
    text=words,
    number=st.integers(-(2**63), 2**63 - 1),
    share=st.floats(allow_nan=False, allow_infinity=False),
    tags=st.lists(words).map(tuple),
    places=st.dictionaries(words, st.integers(-1000, 1000)),
    again=st.none() | st.booleans(),
    subject=words,
    actor=words,
    at=st.integers(0, 2**53),
    cause=st.none() | st.integers(1, 2**53),
    name=st.none() | words,
)
def test_every_fact_comes_back_as_it_went_in(
    name: str | None, subject: str, actor: str, at: int, cause: int | None, **data: object
) -> None:
    who = None if name is None else Who(name)
    fact = TYPES.fact(Seen(**data), subject=subject, actor=actor, at=at, personal=who, cause=cause)  # type: ignore[arg-type]
    personal = None if who is None else canonical(who)
    body = encode(fact, None if personal is None else digest(b"salt", personal))
    row = Row(1, GENESIS, link(GENESIS, body), body, None if personal is None else b"salt", personal)
    assert recorded(row, TYPES).fact == fact
    assert encode(decode(body, TYPES), parse(body).personal) == body, "canonical: one form only"


@given(st.dictionaries(words, st.integers(-1000, 1000), min_size=2))
def test_the_order_in_which_something_was_put_together_does_not_matter(places: dict[str, int]) -> None:
    backwards = dict(reversed(places.items()))
    assert canonical(Seen("x", 1, 0.5, places=places)) == canonical(Seen("x", 1, 0.5, places=backwards))


def test_personal_data_is_not_in_the_body() -> None:
    body = encode(seen(personal=Who("Ana Pop")), "0" * 64)
    assert b"Ana" not in body
    assert decode(body, TYPES).personal == Erased()


def test_personal_data_that_does_not_fit_its_digest_is_not_handed_out() -> None:
    body = encode(seen(), digest(b"salt", b'{"name":"Ana"}'))
    assert recorded(Row(1, b"", b"", body, b"salt", b'{"name":"Ana"}'), TYPES).fact.personal == Who("Ana")
    for salt, personal in (
        (b"salt", b'{"name":"Eve"}'),
        (b"pepper", b'{"name":"Ana"}'),
        (None, b'{"name":"Ana"}'),
    ):
        with pytest.raises(LedgerBroken, match="seq 1"):
            recorded(Row(1, b"", b"", body, salt, personal), TYPES)


def test_an_unknown_fact_is_named() -> None:
    with pytest.raises(UnknownFact, match=r"'thing\.seen' v1"):
        decode(encode(seen()), FactTypes())


def test_a_sound_chain_passes_from_any_place_on() -> None:
    rows = chain(*(seen(str(number)) for number in range(10)))
    assert list(verified(rows)) == rows
    assert list(verified(rows[4:], Head(4, rows[3].hash))) == rows[4:]
    assert check(rows, 0, GENESIS) == (10, rows[-1].hash)
    assert list(verified([])) == []


@pytest.mark.parametrize("place", range(5))
def test_every_kind_of_change_names_its_row(place: int) -> None:
    rows = chain(*(seen(str(number)) for number in range(6)))
    row = rows[place]
    body = row.body.replace(b"thing:1", b"thing:2")
    forged = Row(row.seq, row.prev, link(row.prev, body), body)
    for changed, seq, what in (
        ([Row(row.seq, row.prev, row.hash, body)], place + 1, "was changed"),
        ([Row(row.seq, row.prev, bytes(32), row.body)], place + 1, "was changed"),
        ([Row(row.seq, b"x" * 32, row.hash, row.body)], place + 1, "does not follow"),
        ([], place + 1, f"row {place + 1} is missing: the next one stored is {place + 2}"),
        ([row, row], place + 2, f"row {place + 2} is missing: the next one stored is {place + 1}"),
        ([forged], place + 2, "does not follow"),
    ):
        with pytest.raises(LedgerBroken, match=what) as broken:
            list(verified([*rows[:place], *changed, *rows[place + 1 :]]))
        assert broken.value.where == f"seq {seq}"


def test_nothing_before_a_broken_row_is_held_back() -> None:
    rows = chain(seen("one"), seen("two"), seen("three"))
    passing = verified([rows[0], rows[1], rows[0]])
    assert [next(passing), next(passing)] == rows[:2]
    with pytest.raises(LedgerBroken):
        next(passing)


def test_two_hash_seeds_fold_alike() -> None:
    """Sets and dicts of strings iterate in another order under another seed: nothing may depend on that."""
    told = {
        subprocess.run(
            [sys.executable, "-m", "tests.kernel.folding"],
            cwd=ROOT,
            env={"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert told.pop().count("\n") > 3
