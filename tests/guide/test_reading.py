"""Small guides in the shapes that real ones have, and what must be read of them: what is wanted, and no other value."""

from typing import Any

import msgspec
import pytest

from opsguide.guide.lexicon import detect
from opsguide.guide.reading import read
from opsguide.readers import ALL

from ..corpus.matching import NUMBERS, matches

Values = dict[str, Any]


def said(text: str) -> list[Values]:
    return [msgspec.to_builtins(promise.values) for promise in read(text, ALL).promises]


def with_amounts(found: list[Values]) -> list[Values]:
    return [values for values in found if any(values.get(key) is not None for key in NUMBERS)]


MATRIX = """# Alertas
## Níveis de severidade
- **P1 - Crítico**: tudo parado
- **P2 - Alto**: uma parte parada
- **P3 - Médio**: incômodo
## Matriz
| Impacto | Urgência | Prioridade | Tempo de resposta |
|---|---|---|---|
| Alto | Alta | P1 | 15 minutos |
| Alto | Média | P2 | 1 h |
| Médio | Baixa | P3 | 1-3 dias úteis |
"""

THRESHOLDS = """# Operación
## Clasificación de alertas
| Métrica | P1 | P2 |
|---|---|---|
| CPU | > 95 % durante 15 min | > 90 % |
| Disponibilidad | < 95 % | 95-98 % |
"""

LADDER = """# Plantão
## Escalonamento
### P1
| Tempo | Ação |
|---|---|
| T0 + 10 min | Sem resposta → Líder técnico |
| T0 + 30 min | Escalar diretoria |
| Após 22h | Reclassificar se houver impacto |
### P3 / P4
- Escalonar para a gerência se não houver retorno em até 4h (P3) ou na reunião seguinte (P4).
"""

BACKUPS = """# Datensicherung
## Zeitpläne
### Datenbanken (kritisch)
- Differenzielle Sicherung: täglich 02:00 (Mo-Sa)

RPO: 1 Stunde
### Dateiserver (Standard)

RPO: 24 Stunden
## Verfahren
### Kontinuierliche Sicherung
**Vorteile:**
- kaum Datenverlust (RPO 1 Minute)
"""

WINDOWS = """# Wartung
| Stufe | Wartungsfenster | Frequenz |
|---|---|---|
| Stufe A | Samstag 22:00-02:00 | monatlich |
"""

PLAIN_VIETNAMESE = """# Sao luu va khoi phuc
Tai lieu nay huong dan viec sao luu va khoi phuc cua he thong, dam bao:
- Thoi gian khoi phuc (RTO) khong qua 4 gio
- Diem khoi phuc (RPO) khong qua 30 phut
- Kiem tra khoi phuc it nhat 1 lan/thang
"""

PLANS = """# Condiciones
## Prioridades
- P1 Crítico: caída
- P2 Normal: lo demás
## Tiempos de respuesta
| Plan | P1 | P2 |
|---|---|---|
| Estándar | ≤ 2 h | ≤ 1 día hábil |
| Preferente (VIP) | ≤ 15 min | ≤ 60 min |
"""

TWO_CODES = """# Plan de răspuns
### Severitate 1 - CRITICĂ (P1)
**Timp de răspuns:** < 15 minute
### Severitate 2 - ÎNALTĂ (P2)
**Timp de răspuns:** < 1 oră
"""

RESTATED = """# Chamados
| Prioridade | Solução provisória | Solução definitiva |
|---|---|---|
| Crítica | até 4 horas | até 16 horas (≈ 2 dias) |
| Alta | até 8 horas | até 24 horas (cerca de 3 dias) |
"""

BY_NAME = """# Ticketsystem
## Reaktionszeiten
- Kritisch (Systemausfall): erste Rückmeldung innerhalb von 2 Stunden
- Hoch (wichtige Funktionen): Rückmeldung innerhalb von 4 Stunden
- Niedrig (Beratung): Rückmeldung innerhalb von 24 Stunden
## Änderungen
- Dieses Dokument darf einmal im Jahr geändert werden, mit einer Ankündigung von 30 Tagen.
"""

GUARANTEES = """# Contrat
## Niveaux de service
| Offre | Classique | Premium |
|---|---|---|
| GTI | < 8 h ouvrées | < 2 h |
| GTR | 5 j.o. | 8 h |
"""

CLOSING = """# Manual de guardia
## Alertas
- La alerta se cierra cuando las métricas vuelven a la normalidad por al menos 30 minutos.
- Si el problema dura más de 15 minutos, comunicar al cliente.
"""

CHOICE = """# Copias de seguridad
- Determinar la frecuencia de las copias según el sistema: diaria, semanal o mensual.
- Verificar los respaldos dos veces al año y practicar la recuperación.
"""


@pytest.mark.parametrize(
    ("guide", "wanted"),
    [
        (
            MATRIX,
            [
                {"clock": "respond", "severity": "p1", "seconds": 900},
                {"clock": "respond", "severity": "p2", "seconds": 3600},
                {"clock": "respond", "severity": "p3", "min_business_days": 1, "max_business_days": 3},
            ],
        ),
        (
            THRESHOLDS,
            [
                {"fact": "alert", "severity": "p1", "op": ">", "ratio": 0.95, "for_seconds": 900},
                {"fact": "alert", "severity": "p2", "op": ">", "ratio": 0.9},
                {"fact": "alert", "severity": "p1", "signal": "availability", "op": "<", "ratio": 0.95},
            ],
        ),
        (
            LADDER,
            [
                {"fact": "step", "to": "Líder técnico", "after_seconds": 600, "severity": "p1"},
                {"fact": "step", "to": "diretoria", "after_seconds": 1800, "severity": "p1"},
                {"fact": "step", "to": "gerência", "after_seconds": 14400, "severity": "p3"},
            ],
        ),
        (
            BACKUPS,
            [
                {"objective": "rpo", "scope": "Datenbanken (kritisch)", "seconds": 3600},
                {"objective": "rpo", "scope": "Dateiserver (Standard)", "seconds": 86400},
            ],
        ),
        (
            PLAIN_VIETNAMESE,
            [
                {"objective": "rto", "scope": None, "seconds": 14400},
                {"objective": "rpo", "scope": None, "seconds": 1800},
            ],
        ),
        (
            PLANS,
            [
                {"clock": "respond", "severity": "p1", "scope": "Estándar", "seconds": 7200},
                {"clock": "respond", "severity": "p2", "scope": "Estándar", "business_days": 1},
                {"clock": "respond", "severity": "p1", "scope": "Preferente (VIP)", "seconds": 900},
                {"clock": "respond", "severity": "p2", "scope": "Preferente (VIP)", "seconds": 3600},
            ],
        ),
        (
            TWO_CODES,
            [
                {"clock": "respond", "severity": "p1", "seconds": 900},
                {"clock": "respond", "severity": "p2", "seconds": 3600},
            ],
        ),
        (
            RESTATED,
            [
                {"clock": "resolve", "severity": "crítica", "seconds": 57600},
                {"clock": "resolve", "severity": "alta", "seconds": 86400},
            ],
        ),
        (
            BY_NAME,
            [
                {"clock": "respond", "severity": "kritisch", "seconds": 7200},
                {"clock": "respond", "severity": "hoch", "seconds": 14400},
                {"clock": "respond", "severity": "niedrig", "seconds": 86400},
            ],
        ),
        (
            GUARANTEES,
            [
                {"clock": "respond", "scope": "Classique", "seconds": 28800},
                {"clock": "respond", "scope": "Premium", "seconds": 7200},
                {"clock": "resolve", "scope": "Classique", "business_days": 5},
                {"clock": "resolve", "scope": "Premium", "seconds": 28800},
            ],
        ),
        (CLOSING, []),
        (CHOICE, []),
    ],
)
def test_all_amounts_are_what_the_guide_says_and_no_others(guide: str, wanted: list[Values]) -> None:
    found = with_amounts(said(guide))
    for values in wanted:
        assert any(matches(values, made) for made in found), (values, found)
    assert len(found) == len(wanted), found


@pytest.mark.parametrize(
    ("guide", "wanted"),
    [
        (BACKUPS, [("backup", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA")]),
        (PLAIN_VIETNAMESE, [("restore_test", "FREQ=MONTHLY")]),
        (CHOICE, [("backup_verification", "FREQ=MONTHLY;INTERVAL=6")]),
    ],
)
def test_duties_recur_as_the_guide_says(guide: str, wanted: list[tuple[str, str]]) -> None:
    assert [(v["duty"], v["rrule"]) for v in said(guide) if v["fact"] == "duty"] == wanted


def test_a_window_of_a_weekday_may_be_monthly() -> None:
    window = next(values for values in said(WINDOWS) if values["fact"] == "window")
    assert (window["rrule"], window["start"], window["end"]) == ("FREQ=MONTHLY;BYDAY=SA", "22:00", "02:00")


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("We answer within the hour, and it is always so.", ("en",)),
        ("| Prioritate | Timp de răspuns |\n|---|---|\n| P1 | 4 ore |", ("ro", "en")),
        ("The engineer is told.\n\nPrioritate înaltă: răspuns imediat, rezolvare în 4 ore.", ("en", "ro")),
        ("Las copias se guardan en la nube y se prueban cada mes; no se borran sin aprobación.", ("es", "en")),
        ("Sao lưu được thực hiện.\n\nDas Fenster ist am Sonntag und dauert zwei Stunden.", ("de", "en", "vi")),
    ],
)  # fmt: skip
def test_a_guide_is_read_in_the_languages_that_it_is_written_in(text: str, present: tuple[str, ...]) -> None:
    assert detect(text) == present


def test_short_units_of_a_language_that_is_hardly_there_are_read() -> None:
    table = "# Incidents\n| Severity | Response | Resolution |\n|---|---|---|\n| P1 | 15 min | 4 Std. |\n"
    clocks = {values["clock"]: values["seconds"] for values in said(table) if values["fact"] == "clock"}
    assert clocks == {"respond": 900, "resolve": 14400}


@pytest.mark.parametrize(
    ("guide", "rule"),
    [
        ("# Manutenção\nJanela: segunda terça-feira do mês, das 22h às 2h (BRT).", "FREQ=MONTHLY;BYDAY=2TU"),
        ("# Manutenção\nJanela: toda segunda, das 22h às 2h (BRT).", "FREQ=WEEKLY;BYDAY=MO"),
        ("# Bảo trì\nCửa sổ: thứ ba tuần thứ hai hàng tháng, từ 22:00 đến 02:00.", "FREQ=MONTHLY;BYDAY=2TU"),
        ("# Wartung\nJeden zweiten Dienstag im Monat von 22:00 bis 02:00 Uhr MEZ.", "FREQ=MONTHLY;BYDAY=2TU"),
        ("# Mentenanță\nFereastra: a doua marți din lună, între 22:00 și 02:00.", "FREQ=MONTHLY;BYDAY=2TU"),
    ],
)
def test_the_second_tuesday_of_the_month_is_that_in_each_language(guide: str, rule: str) -> None:
    window = next(values for values in said(guide) if values["fact"] == "window")
    assert (window["rrule"], window["start"], window["end"]) == (rule, "22:00", "02:00")


@pytest.mark.parametrize(
    ("things", "hour", "day"),
    [
        (("Datenbank", "Ablage"), "h", "Tag"),
        (("base de datos", "archivos"), "h", "día"),
        (("bază de date", "fișiere"), "h", "zi"),
        (("cơ sở dữ liệu", "tệp"), "giờ", "ngày"),
    ],
)
def test_two_objectives_in_one_part_are_told_apart_by_place(
    things: tuple[str, str], hour: str, day: str
) -> None:
    guide = f"# Backup\n- RTO/RPO: {things[0]} 1 {hour}/15 min; {things[1]} 1 {day}/4 {hour}\n"
    found = {(v["scope"], v["objective"]): v["seconds"] for v in said(guide) if v["fact"] == "recovery"}
    assert found == {
        (things[0], "rto"): 3600,
        (things[0], "rpo"): 900,
        (things[1], "rto"): 86400,
        (things[1], "rpo"): 14400,
    }


def test_a_delay_under_a_heading_about_recovery_is_no_recovery_objective() -> None:
    guide = (
        "# Reaktions- und Wiederherstellungszeiten\n"
        "- Nach T+15 min ohne Bestätigung wird die Teamleitung verständigt, nach T+45 min der Bereichsleiter.\n"
    )
    assert not [values for values in said(guide) if values["fact"] == "recovery"]


LADDERS = {
    "de": (
        "# Bereitschaft\n## Eskalation\n"
        "- Nach T+15 min ohne Bestätigung wird die Teamleitung verständigt, nach T+45 min der Bereichsleiter.\n"
        "- Nach einer Stunde: Geschäftsführung\n",
        ["Teamleitung", "Bereichsleiter", "Geschäftsführung"],
    ),
    "es": (
        "# Guardia\n## Escalamiento\n"
        "- Si a los 15 minutos nadie responde, se avisa a la jefatura de turno; a los 45 minutos, a la dirección.\n"
        "- Pasada una hora: gerencia\n",
        ["jefatura de turno", "dirección", "gerencia"],
    ),
    "pt": (
        "# Plantão\n## Escalonamento\n"
        "- Sem confirmação em 15 minutos, o líder de turno é avisado; em 45 minutos, a diretoria.\n"
        "- Passada uma hora: presidência\n",
        ["líder de turno", "diretoria", "presidência"],
    ),
    "ro": (
        "# Gardă\n## Escaladare\n"
        "- Dacă nu răspunde nimeni în 15 minute, este anunțat șeful de tură; după 45 de minute, directorul tehnic.\n"
        "- După o oră: conducerea\n",
        ["șeful de tură", "directorul tehnic", "conducerea"],
    ),
    "vi": (
        "# Trực ca\n## Leo thang\n"
        "- Nếu sau 15 phút không ai xác nhận thì báo trưởng ca; sau 45 phút báo giám đốc kỹ thuật.\n"
        "- Sau một giờ: ban giám đốc\n",
        ["trưởng ca", "giám đốc kỹ thuật", "ban giám đốc"],
    ),
}


@pytest.mark.parametrize("language", LADDERS)
def test_who_is_told_when_nobody_answers(language: str) -> None:
    guide, people = LADDERS[language]
    found = [values for values in said(guide) if values["fact"] in ("step", "clock")]
    assert [(v.get("to"), v.get("after_seconds")) for v in found] == list(
        zip(people, (900, 2700, 3600), strict=True)
    )


@pytest.mark.parametrize(
    "line",
    [
        "@lead, for security incidents",
        "Security incidents: @lead",
        "Security incidents go to @lead at once.",
        "For security incidents, call @lead immediately.",
    ],
)
def test_who_is_told_of_security_incidents_is_told_of_no_others(line: str) -> None:
    steps = [v for v in said(f"# X\n## Escalation\n1. First: @ops\n2. {line}\n") if v["fact"] == "step"]
    assert [(v["to"], v["kind"], v["step"]) for v in steps] == [("@ops", None, 1), ("@lead", "security", 1)]


@pytest.mark.parametrize("line", ["Escalate to the security team after 30 minutes", "Then: @security"])
def test_a_team_called_security_is_told_of_every_incident(line: str) -> None:
    steps = [v for v in said(f"# X\n## Escalation\n1. First: @ops\n2. {line}\n") if v["fact"] == "step"]
    assert [(v["kind"], v["step"]) for v in steps] == [(None, 1), (None, 2)]


def test_severities_stand_below_a_question_too() -> None:
    guide = "# X\n## How bad is it?\n**Sev 1** – the system is down.\n\n**Sev 2** – a part is broken.\n"
    found = [(v["severity"], v["conditions"]) for v in said(guide) if v["fact"] == "severity"]
    assert found == [("sev 1", ("system_down",)), ("sev 2", ())]
