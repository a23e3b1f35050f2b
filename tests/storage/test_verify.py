"""Whatever somebody does to a ledger behind its back shows, and it is said at which row."""

from pathlib import Path

import apsw
import pytest

from opsguide.kernel.errors import LedgerBroken
from opsguide.kernel.ledger import Head, Row, link
from opsguide.storage.publish import publish, published
from opsguide.storage.reader import open_readonly
from opsguide.storage.sqlite import open_ledger
from opsguide.storage.verify import verify, verify_stored
from tests.storage.notes import NOON, TYPES, counted, note

ROWS = 40


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A ledger of forty facts in small appends, row 7 with personal data, row 8 with erased personal data."""
    async with open_ledger(tmp_path, TYPES) as ledger:
        for number in range(1, ROWS + 1):
            author = "Ana" if number in (7, 8) else None
            subject = f"shelf:{number % 3}"
            await ledger.append([note(f"number {number}", subject=subject, author=author, at=NOON + number)])
        await ledger.erase(8)
    return tmp_path


def tamper(folder: Path, *statements: str) -> None:
    """Changes the file as an intruder with SQLite would."""
    connection = apsw.Connection(str(folder / "ledger.sqlite"))
    for statement in statements:
        connection.execute(statement).fetchall()
    connection.close()


def test_an_untouched_ledger_verifies(folder: Path) -> None:
    proof = verify_stored(open_readonly(folder))
    assert (proof.head.seq, proof.head.at) == (ROWS, NOON + ROWS)
    assert (proof.personal, proof.erased, proof.heads) == (1, 1, 0)


@pytest.mark.parametrize(
    ("statement", "where", "what"),
    [
        ("update ledger set body = replace(body, 'number 20', 'number 21') where seq = 20", 20, "was changed"),
        ("update ledger set hash = zeroblob(32) where seq = 20", 20, "was changed"),
        ("update ledger set prev = zeroblob(32) where seq = 20", 20, "does not follow the one before"),
        ("delete from ledger where seq = 20", 20, "row 20 is missing"),
        ("delete from ledger where seq <= 5", 1, "row 1 is missing"),
        ("update personal set data = replace(data, 'Ana', 'Bob')", 7, "personal data beside the chain was changed"),
        ("update personal set salt = zeroblob(32)", 7, "personal data beside the chain was changed"),
        ("insert into personal select 8, salt, data from personal", 8, "personal data beside the chain was changed"),
        ("insert into personal select 9, salt, data from personal", 9, "personal data beside the chain was changed"),
        ("insert into personal select 999, salt, data from personal", 999, "belongs to no row"),
        ("delete from about where seq = 20", 20, "index of subjects does not have this row"),
        ("update about set subject = 'shelf:other' where seq = 20", 20, "index of subjects does not have this row"),
    ],
)  # fmt: skip
def test_what_was_tampered_with_is_named(folder: Path, statement: str, where: int, what: str) -> None:
    # An update that text functions made leaves text in a column for blobs: keep it a blob.
    blob = statement.replace("replace(", "cast(replace(").replace("')", "') as blob)")
    tamper(folder, blob if "replace(" in statement else statement)
    with pytest.raises(LedgerBroken, match=what) as broken:
        verify_stored(open_readonly(folder))
    assert broken.value.where == f"seq {where}"


def test_entries_that_the_index_has_too_many_are_found(folder: Path) -> None:
    tamper(folder, "insert into about values ('shelf:other', 20)")
    with pytest.raises(LedgerBroken, match="1 entries for rows of other subjects"):
        verify_stored(open_readonly(folder))


def test_one_flipped_bit_anywhere_in_a_row_is_found(folder: Path) -> None:
    rows = list(open_readonly(folder).rows())
    for place in range(0, len(rows[19].body), 7):
        flipped = bytearray(rows[19].body)
        flipped[place] ^= 1
        changed = Row(20, rows[19].prev, rows[19].hash, bytes(flipped))
        with pytest.raises(LedgerBroken) as broken:
            verify([*rows[:19], changed, *rows[20:]])
        assert broken.value.where == "seq 20"


def test_swapped_rows_are_found(folder: Path) -> None:
    swap = "update ledger set seq = {} where seq = {}"
    tamper(folder, swap.format(1000, 20), swap.format(20, 21), swap.format(21, 1000))
    with pytest.raises(LedgerBroken, match="does not follow") as broken:
        verify_stored(open_readonly(folder))
    assert broken.value.where == "seq 20"


def test_rows_whose_time_goes_back_are_found(folder: Path) -> None:
    rows = list(open_readonly(folder).rows())
    early = rows[19].body.replace(str(NOON + 20).encode(), b"5")
    with pytest.raises(LedgerBroken, match="before that of the row before it"):
        verify([*rows[:19], Row(20, rows[19].prev, link(rows[19].prev, early), early)])


def test_a_chained_row_that_is_no_fact_is_found(folder: Path) -> None:
    rows = list(open_readonly(folder).rows())
    with pytest.raises(LedgerBroken, match="no fact"):
        verify([*rows, Row(ROWS + 1, rows[-1].hash, link(rows[-1].hash, b"{}"), b"{}")])


async def test_a_service_does_not_start_behind_a_changed_end(folder: Path) -> None:
    tamper(folder, f"update ledger set body = zeroblob(9) where seq = {ROWS}")
    with pytest.raises(LedgerBroken) as broken:
        open_ledger(folder, TYPES)
    assert broken.value.where == f"seq {ROWS}"
    with pytest.raises(LedgerBroken):
        open_ledger(folder, TYPES)  # and the folder was let go of


async def test_a_replay_stops_at_a_changed_row(folder: Path) -> None:
    tamper(folder, "update ledger set body = zeroblob(9) where seq = 20")
    async with open_ledger(folder, TYPES) as ledger:
        with pytest.raises(LedgerBroken) as broken:
            list(ledger.read())
        assert broken.value.where == "seq 20"
        with pytest.raises(LedgerBroken):
            list(ledger.read(19))
        assert len(list(ledger.read(20))) == ROWS - 20


async def test_reading_one_subject_does_not_hand_out_a_changed_row(folder: Path) -> None:
    tamper(
        folder,
        "update ledger set body = cast(replace(body, 'number 20', 'number 21') as blob) where seq = 20",
    )
    async with open_ledger(folder, TYPES) as ledger:
        with pytest.raises(LedgerBroken) as broken:
            list(ledger.read(subject="shelf:2"))
        assert broken.value.where == "seq 20"
        assert len(list(ledger.read(subject="shelf:1"))) == 14


async def test_changed_personal_data_is_not_handed_out(folder: Path) -> None:
    tamper(folder, "update personal set data = cast(replace(data, 'Ana', 'Bob') as blob)")
    async with open_ledger(folder, TYPES) as ledger:
        with pytest.raises(LedgerBroken, match="seq 7"):
            list(ledger.read())


class TestPublishedHeads:
    """The chain alone cannot show that its end was cut off, or that all of it was made anew."""

    @pytest.fixture
    async def heads(self, folder: Path, tmp_path: Path) -> Path:
        path = tmp_path / "heads.jsonl"
        for seq in (10, 20, ROWS):
            row = list(open_readonly(folder).rows())[seq - 1]
            publish(path, Head(seq, row.hash), NOON + seq)
        return path

    def test_they_are_on_the_chain(self, folder: Path, heads: Path) -> None:
        assert [head.seq for head in published(heads)] == [10, 20, ROWS]
        assert verify_stored(open_readonly(folder), published(heads)).heads == 3

    @pytest.mark.parametrize("cut", [ROWS, 21, 15])
    def test_a_cut_off_end_shows(self, folder: Path, heads: Path, cut: int) -> None:
        tamper(folder, f"delete from ledger where seq >= {cut}", "delete from personal", "delete from about",
               "update indexed set seq = 0")  # fmt: skip
        assert verify_stored(open_readonly(folder)).head.seq == cut - 1
        with pytest.raises(LedgerBroken, match=f"row {ROWS} was published") as broken:
            verify_stored(open_readonly(folder), published(heads))
        assert broken.value.where == f"seq {cut}"

    async def test_a_chain_made_anew_shows(self, heads: Path, tmp_path: Path) -> None:
        async with open_ledger(tmp_path / "anew", TYPES) as ledger:
            await ledger.append([counted(number) for number in range(ROWS)])
        with pytest.raises(LedgerBroken, match="history was rewritten") as broken:
            verify_stored(open_readonly(tmp_path / "anew"), published(heads))
        assert broken.value.where == "seq 10"

    def test_a_line_torn_by_a_crash_is_passed_over(self, folder: Path, heads: Path) -> None:
        with heads.open("ab") as file:
            file.write(b'\n{"at":"2026-11-23T')
        row = list(open_readonly(folder).rows())[29]
        publish(heads, Head(30, row.hash), NOON)
        assert [head.seq for head in published(heads)] == [10, 20, ROWS, 30]

    def test_an_empty_ledgers_head_may_be_published(self, tmp_path: Path) -> None:
        publish(tmp_path / "heads", Head(), NOON)
        assert verify([], published(tmp_path / "heads")).heads == 0


def test_a_row_cannot_be_replaced_with_its_hash_made_right(folder: Path) -> None:
    """Whoever recomputes one hash must recompute all after it."""
    rows = list(open_readonly(folder).rows())
    body = rows[19].body.replace(b"number 20", b"number 99")
    forged = Row(20, rows[19].prev, link(rows[19].prev, body), body)
    with pytest.raises(LedgerBroken, match="does not follow") as broken:
        verify([*rows[:19], forged, *rows[20:]])
    assert broken.value.where == "seq 21"
