"""The corpus holds the reader: what it once read it goes on reading, and what is clean stays clean."""

import pytest

from .score import names, score

CLEAN: tuple[str, ...] = ()
"""Documents of which nothing is read wrongly and nothing invented. Others join as the reader improves."""

FOUND: dict[str, int] = {
    "de_bank_vorfaelle": 3,
    "en_saas_sla": 20,
    "en_sre_handbook": 19,
    "en_studio_oncall": 1,
    "es_tienda_operaciones": 1,
    "fr_hebergeur_exploitation": 7,
    "pt_fintech_incidentes": 0,
    "ro_spital_contingenta": 2,
    "vi_ngan_hang_su_co": 1,
}
"""How many facts are found at least: raise a figure when the reader passes it, never lower one."""


@pytest.mark.parametrize("name", names())
def test_a_clean_document_stays_clean(name: str) -> None:
    result = score(name)
    assert name not in CLEAN or (result.wrong, result.invented) == ([], [])


@pytest.mark.parametrize("name", names())
def test_reads_no_less_than_it_once_did(name: str) -> None:
    assert score(name).found >= FOUND.get(name, 0), score(name).missed


def test_the_tables_name_documents_that_exist() -> None:
    assert {*CLEAN, *FOUND} <= set(names())
