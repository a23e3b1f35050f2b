"""What is so, and the severity that a definition of the guide gives to it: read in every language, cited, enforced."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from opsguide.guide.lexicon import lexicon
from opsguide.guide.phrases import Analyst
from opsguide.guide.reading import read
from opsguide.guide.values import Severity
from opsguide.incidents.commands import Open
from opsguide.incidents.conditions import condition_of
from opsguide.incidents.page import Around, compose
from opsguide.incidents.process.commands import ChangeSeverity
from opsguide.incidents.severity import line_of
from opsguide.incidents.spec_conditions import conditions_of
from opsguide.incidents.state import Incident
from opsguide.readers import ALL
from tests.cast import BINDINGS, PROMISES, UPTIME, harbour
from tests.world import World, a_promise

CORPUS = Path(__file__).parents[1] / "corpus"
CRITICAL = "incidents.severity.critical"
BREACH = "incidents.severity.high"

NAMED = [
    ("en", "System down, data loss, security breach", ("system_down", "data_loss", "security_breach")),
    ("en", "Production down for all users", ("system_down",)),
    ("en", "A complete outage; customer data is lost", ("system_down", "data_loss")),
    ("en", "The website is unavailable", ("system_down",)),
    ("en", "Live-down", ("system_down",)),
    ("en", "partial outage/degradation", ("degraded",)),
    ("de", "Totalausfall oder Datenverlust", ("system_down", "data_loss")),
    ("de", "Das System ist nicht verfügbar", ("system_down",)),
    ("de", "Dienst stark beeinträchtigt", ("degraded",)),
    ("de", "Sicherheitsvorfall, Datenleck", ("security_breach",)),
    ("es", "el sistema no funciona para nadie", ("system_down",)),
    (
        "es",
        "Caída total, pérdida de datos, brecha de seguridad",
        ("system_down", "data_loss", "security_breach"),
    ),
    ("es", "servicio degradado", ("degraded",)),
    ("fr", "service indisponible", ("system_down",)),
    ("fr", "Panne totale, perte de données, intrusion", ("system_down", "data_loss", "security_breach")),
    ("fr", "fonction clé dégradée", ("degraded",)),
    ("pt", "a plataforma parou ou perde dados", ("system_down", "data_loss")),
    ("pt", "sistema fora do ar", ("system_down",)),
    ("pt", "vazamento de dados", ("security_breach",)),
    ("pt", "Funcionalidade degradada", ("degraded",)),
    ("ro", "Sistemul este complet indisponibil", ("system_down",)),
    ("ro", "pierderi de date, breșă de securitate", ("data_loss", "security_breach")),
    ("ro", "serviciu degradat", ("degraded",)),
    ("vi", "hệ thống ngừng hoàn toàn, mất dữ liệu", ("system_down", "data_loss")),
    ("vi", "lộ dữ liệu khách hàng", ("security_breach",)),
    ("vi", "chức năng chính bị suy giảm", ("degraded",)),
]

NOT_NAMED = [
    ("en", "Outage of a single office or loss of a non-critical service"),
    ("en", "A service is down"),
    ("en", "One of the internal applications is unavailable"),
    ("en", "No redundancy in a service (failure of 1 more node will cause outage)"),
    ("en", "Risk of data loss"),
    ("en", "Suspected security breach"),
    ("en", "Unauthorized access attempt"),
    ("en", "Response time up, no data loss"),
    ("en", "The system slows down"),
    ("en", "Staging is down"),
    ("en", "Scheduled system outage"),
    ("en", "Orders are down; the system is fine"),
    ("en", "Any breach of the SLA"),
    ("de", "Ein Dienst ist ausgefallen"),
    ("de", "Einzelne Systeme nicht verfügbar"),
    ("de", "Dienst verfügbar, kein Datenverlust"),
    ("de", "Gefahr von Datenverlust"),
    ("de", "Einbruch der Zugriffszahlen"),
    ("es", "caída de ventas en la tienda"),
    ("es", "un servicio no disponible"),
    ("es", "riesgo de pérdida de datos"),
    ("fr", "gêne sans perte de service"),
    ("fr", "un service secondaire indisponible"),
    ("fr", "tentative d'intrusion"),
    ("pt", "um sistema parado"),
    ("pt", "sistema lento ou parado em uma unidade"),
    ("pt", "sistema em parada programada"),
    ("ro", "un serviciu indisponibil"),
    ("ro", "fără pierderi de date"),
    ("ro", "risc de pierdere a datelor"),
    ("vi", "hệ thống SAP"),
    ("vi", "một dịch vụ không hoạt động"),
    ("vi", "không mất dữ liệu"),
    ("vi", "nguy cơ mất dữ liệu"),
]

DOWN = Open(key="by-hand", title="nobody can buy", reason="seen", condition="system_down")


def named(language: str, text: str) -> tuple[str, ...]:
    return conditions_of(Analyst(lexicon((language, "en") if language != "en" else ("en",))).phrase(text))


def of_guide(path: Path) -> dict[str, tuple[str, ...]]:
    promises = read(path.read_text(encoding="utf-8"), ALL).promises
    severities = [p.values for p in promises if isinstance(p.values, Severity)]
    return {one.severity: one.conditions for one in severities if one.conditions}


def incident(world: World) -> Incident:
    (found,) = world.engine.state("incidents").open.values()
    assert isinstance(found, Incident)
    return found


def with_breaches() -> World:
    """High is a breach of security here: whoever says that it is one need not say how bad that is."""
    high = a_promise(
        BREACH,
        Severity(
            severity="high",
            label="High",
            definition="Security breach",
            order=2,
            conditions=("security_breach",),
        ),
        keeper="incidents",
        control="declaration",
        line=11,
    )
    world = World()
    world.adopt([high if one.id == BREACH else one for one in PROMISES], BINDINGS)
    return world


# Read ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "text", "conditions"), NAMED)
def test_a_definition_names_what_is_so(language: str, text: str, conditions: tuple[str, ...]) -> None:
    assert named(language, text) == conditions


@pytest.mark.parametrize(("language", "text"), NOT_NAMED)
def test_what_is_less_denied_or_only_possible_is_not_named(language: str, text: str) -> None:
    assert named(language, text) == ()


@pytest.mark.parametrize(
    ("guide", "conditions"),
    [
        ("en_saas_sla", {"severity 1": ("system_down",)}),
        ("en_studio_oncall", {"l1": ("system_down",)}),
        ("en_platform_tiers", {"sev b": ("degraded",)}),
        ("en_agency_policy", {}),
        ("es_planes_soporte", {"p1": ("system_down",)}),
        ("es_saas_equipo", {"p1": ("system_down",), "p2": ("degraded",)}),
        ("fr_hebergeur_exploitation", {"g1": ("system_down",), "g2": ("degraded",)}),
        (
            "fr_reponse_incidents",
            {"sev-1": ("system_down", "data_loss", "security_breach"), "sev-2": ("degraded",)},
        ),
        ("pt_alertas_matriz", {"p1": ("system_down", "data_loss"), "p2": ("degraded",)}),
        ("pt_guia_confiabilidade", {"p0": ("system_down",), "p2": ("degraded",)}),
        ("ro_furnizor_gazduire", {"p1": ("system_down",)}),
        ("ro_magazin_runbook", {"sev0": ("security_breach",)}),
        ("ro_raspuns_incidente", {"p1": ("system_down",)}),
        ("vi_ngan_hang_su_co", {"p1": ("security_breach",)}),
        ("vi_ung_pho_su_co", {"sev1": ("system_down", "data_loss"), "sev2": ("degraded",)}),
        ("vi_game_runbook", {}),
    ],
)
def test_guides_define_it_in_their_own_words(guide: str, conditions: Mapping[str, tuple[str, ...]]) -> None:
    assert of_guide(CORPUS / f"{guide}.md") == conditions


def test_the_original_guide_defines_three(shared: Path) -> None:
    assert of_guide(shared / "seed" / "operations-guide.md") == {
        "critical": ("system_down", "data_loss", "security_breach")
    }


@pytest.mark.parametrize("word", ["data_loss", "Data loss", "data-loss", " DATA  LOSS "])
def test_a_condition_may_be_spelt_as_people_do(word: str) -> None:
    assert condition_of(word) == "data_loss"


def test_another_word_is_none() -> None:
    assert condition_of("HighLatency") is None


# Said ------------------------------------------------------------------------------------------------------------


def test_what_a_person_says_is_so_has_the_severity_that_the_guide_gives_it() -> None:
    world = harbour()
    world.do(DOWN)
    assert incident(world).severity == "critical"
    assert "line 10 defines critical as “System down, data loss”" in incident(world).reason


def test_lowered_below_that_definition_breaks_it() -> None:
    world = harbour()
    world.do(DOWN)
    world.do(ChangeSeverity("INC-1", "high", "ana", "calmer"))
    assert world.standing(CRITICAL).kind == "broken"


def test_an_alert_says_it_by_its_label_and_needs_no_severity() -> None:
    world = harbour()
    labels = {"condition": "data loss", "alert": "wal"}
    world.do(Open(key="wal", title="WAL is gone", reason="", severity="unspecified", labels=labels))
    assert incident(world).severity == "critical"


def test_an_alert_that_says_less_than_the_definition_is_held_below_it() -> None:
    world = harbour()
    labels = {"condition": "data_loss"}
    world.do(Open(key="wal", title="WAL is gone", reason="", severity="warning", labels=labels))
    assert incident(world).severity == "medium"
    assert world.standing(CRITICAL).kind == "broken"


def test_a_label_that_means_something_else_says_nothing() -> None:
    world = harbour()
    labels = {"condition": "cpu > 80"}
    world.do(Open(key="cpu", title="busy", reason="", severity="warning", labels=labels))
    assert incident(world).proposed is None


def test_a_breach_of_security_is_an_incident_of_that_kind() -> None:
    world = with_breaches()
    world.do(Open(key="ids", title="a stranger in the database", reason="", condition="security_breach"))
    assert (incident(world).severity, incident(world).kind) == ("high", "security")


def test_a_kind_that_somebody_chose_stays() -> None:
    world = with_breaches()
    world.do(Open(key="ids", title="a stranger", reason="", condition="security_breach", kind="fraud"))
    assert incident(world).kind == "fraud"


def test_lost_data_at_high_is_worse_than_the_guide_says_of_a_breach() -> None:
    world = with_breaches()
    world.do(Open(key="x", title="gone", reason="", severity="high", condition="data_loss"))
    assert world.standing(CRITICAL).kind == "broken"
    assert world.standing(BREACH).kind != "broken"


# Who said how bad it is --------------------------------------------------------------------------------------------

DEFINED = "line 10 defines critical as “System down, data loss”"


@pytest.mark.parametrize(
    ("word", "says", "reason"),
    [
        ("critical", "ana", f"seen; critical: ana says so; {DEFINED}"),
        ("Critical", "", "seen; critical: the guide's alert says so"),
        (
            "warning",
            "am",
            "seen; medium: am says 'warning', and [severities] maps 'warning' to it; "
            "line 1 defines medium as “Minor feature issues”",
        ),
        ("warning", "", "seen; medium: [severities] maps 'warning' to it"),
    ],
)
def test_the_reason_names_who_said_it_and_the_line_that_says_what_it_means(
    word: str, says: str, reason: str
) -> None:
    world = harbour()
    world.do(Open(key="k", title="cards are refused", reason="seen", severity=word, says=says))
    assert incident(world).reason == reason


def test_what_a_person_reports_cites_what_its_severity_means_in_the_guide() -> None:
    world = harbour()
    world.do(Open(key="k", title="cards are refused", reason="seen", severity="high", says="ana"))
    state, around = world.engine.state("incidents"), Around(service="shop", link="https://x.example")
    high = state.everything[BREACH]
    assert f"Guide, line {high.line}: {high.text}" in compose(state, incident(world), around, 0).body
    world.do(ChangeSeverity("INC-1", "critical", "ana", "nobody can pay"))
    assert (
        f"Guide, line 10: {state.everything[CRITICAL].text}"
        in compose(state, incident(world), around, 0).body
    )


def test_what_broke_a_promise_cites_that_promise() -> None:
    world = harbour()
    world.do(Open(key="k", title="errors", reason="7 %", severity="high", promise=UPTIME))
    line = line_of(world.engine.state("incidents"), incident(world))
    assert line == world.engine.state("incidents").everything[UPTIME]


def test_a_severity_without_a_definition_is_cited_by_its_name() -> None:
    values = Severity(severity="p1", label="Kritisch", order=1)
    world = World()
    world.adopt([a_promise("incidents.severity.p1", values, keeper="incidents", line=7)], BINDINGS)
    world.do(Open(key="k", title="x", reason="seen", severity="P1", says="ana"))
    assert incident(world).reason == "seen; p1: ana says so; line 7 defines p1 as “Kritisch”"
