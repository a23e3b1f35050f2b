"""What one chapter does because of another: fact → command, one line a rule, no logic."""

from collections.abc import Mapping, Sequence
from typing import Any

from .guide.proving import DrillDetected, DrillEnded
from .incidents.commands import Acknowledge, Open, Recover, Tell
from .incidents.coverage.facts import CoverageAlarmed, CoverageRestored
from .incidents.escalation import taken
from .incidents.facts import IncidentAcknowledged, IncidentOpened, PageImpossible
from .incidents.process.export import minute
from .incidents.severity import UNSPECIFIED
from .kernel.duration import spoken
from .kernel.engine import ENGINE, Reaction
from .kernel.facts import Data
from .kernel.intent import Outcome
from .maintenance.facts import (
    EmergencyAsked,
    EmergencyBegun,
    EmergencyEnded,
    MaintenanceAnnounced,
    MaintenanceApproved,
    MaintenanceCancelled,
    MaintenanceReminded,
)
from .monitoring.drills.commands import NobodyTold, Passed
from .monitoring.facts import (
    AlertFiring,
    AlertResolved,
    BudgetAlarmed,
    BudgetCalm,
    EnvironmentDown,
    EnvironmentUp,
    SignalsAlarmed,
    SignalsRecovered,
)
from .monitoring.probes.facts import (
    ProbeCertificateEnding,
    ProbeCertificateRenewed,
    ProbeDown,
    ProbeUp,
    RegionHeard,
    RegionSilent,
)
from .monitoring.rulefiles.facts import RuleFiring, RuleResolved


def _alert_firing(fact: AlertFiring) -> Open:
    return Open(
        key=f"alert:{fact.alert}",
        title=fact.title,
        reason=fact.reason,
        severity=fact.severity or UNSPECIFIED,
        promise=fact.alert,
        labels=fact.labels,
    )


def _alert_resolved(fact: AlertResolved) -> Recover:
    return Recover(key=f"alert:{fact.alert}", reason=fact.reason)


def _environment_down(fact: EnvironmentDown) -> Open:
    return Open(
        key=f"environment:{fact.environment}",
        title=f"{fact.environment} is down",
        reason=fact.reason,
        condition="system_down",
        promise=fact.promise,
        labels={"kind": "environment_down", "environment": fact.environment},
    )


def _environment_up(fact: EnvironmentUp) -> Recover:
    return Recover(key=f"environment:{fact.environment}", reason=fact.reason)


def _signals_alarmed(fact: SignalsAlarmed) -> Open:
    return Open(
        key=f"signals:{fact.alarm}",
        title=fact.title,
        reason=fact.reason,
        severity=fact.severity,
        says=ENGINE,
        promise=next(iter(fact.promises), None),
        labels={"kind": "no_data", "alert": fact.alarm, "environment": fact.environment},
    )


def _signals_recovered(fact: SignalsRecovered) -> Recover:
    return Recover(key=f"signals:{fact.alarm}", reason=fact.reason)


def _budget_alarmed(fact: BudgetAlarmed) -> Open:
    return Open(
        key=f"budget:{fact.promise}:{fact.speed}",
        title=fact.title,
        reason=fact.reason,
        severity=fact.severity,
        says=ENGINE,
        promise=fact.promise,
    )


def _budget_calm(fact: BudgetCalm) -> Recover:
    return Recover(key=f"budget:{fact.promise}:{fact.speed}", reason=fact.reason)


def _probe_down(fact: ProbeDown) -> Open | None:
    """One that counts for an environment opens what the environment opens, and nothing of its own."""
    key, title = f"probe:{fact.probe}", f"{fact.probe} is down"
    severity = fact.severity or UNSPECIFIED
    return (
        None
        if fact.availability
        else Open(
            key=key,
            title=title,
            reason=fact.reason,
            severity=severity,
            says="the probe",
            labels={"kind": "probe_down", "alert": fact.probe},
        )
    )


def _probe_up(fact: ProbeUp) -> Recover:
    return Recover(key=f"probe:{fact.probe}", reason=fact.reason)


def _certificate_ending(fact: ProbeCertificateEnding) -> Open:
    title = f"The certificate of {fact.probe} runs out"
    return Open(
        key=f"certificate:{fact.probe}",
        title=title,
        reason=fact.reason,
        severity=UNSPECIFIED,
        says=ENGINE,
        labels={"kind": "certificate", "alert": fact.probe},
    )


def _certificate_renewed(fact: ProbeCertificateRenewed) -> Recover:
    return Recover(key=f"certificate:{fact.probe}", reason=fact.reason)


def _region_silent(fact: RegionSilent) -> Open:
    title = f"Region {fact.region} does not report"
    return Open(
        key=f"region:{fact.region}",
        title=title,
        reason=fact.reason,
        severity=UNSPECIFIED,
        says=ENGINE,
        labels={"kind": "region_silent", "region": fact.region},
    )


def _region_heard(fact: RegionHeard) -> Recover:
    return Recover(key=f"region:{fact.region}", reason=fact.reason)


def _coverage_alarmed(fact: CoverageAlarmed) -> Open:
    return Open(
        key=f"coverage:{fact.alarm}",
        title=fact.title,
        reason=fact.reason,
        severity=fact.severity,
        promise=fact.promise,
        labels={"kind": "coverage", "alert": fact.alarm, "team": fact.team},
    )


def _coverage_restored(fact: CoverageRestored) -> Recover:
    return Recover(key=f"coverage:{fact.alarm}", reason=fact.reason)


def _rule_firing(fact: RuleFiring) -> Open:
    return Open(
        key=f"rule:{fact.rule}/{fact.severity}",
        title=fact.title,
        reason=fact.reason,
        severity=fact.severity or UNSPECIFIED,
        says="the rule",
        labels=fact.labels,
        runbook=fact.runbook,
    )


def _rule_resolved(fact: RuleResolved) -> Recover:
    return Recover(key=f"rule:{fact.rule}/{fact.severity}", reason=fact.reason)


def _drill_detected(fact: DrillDetected) -> Open:
    return Open(
        key=f"drill:{fact.drill}",
        title=fact.title,
        reason=fact.reason,
        severity=None if fact.condition is not None else fact.severity or UNSPECIFIED,
        condition=fact.condition,
        promise=fact.promise,
        drill=fact.drill,
        tell=fact.tell,
        to=fact.to,
    )


def _drill_ended(fact: DrillEnded) -> Recover:
    return Recover(key=f"drill:{fact.drill}", reason=fact.reason)


def _incident_opened(fact: IncidentOpened) -> Passed:
    return Passed(fact.incident, "incident" if fact.pages else "ticket", f"opened as {fact.severity}")


def _acknowledged(fact: IncidentAcknowledged) -> Passed:
    return Passed(fact.incident, "acknowledged", f"acknowledged by {fact.by}")


def _page_impossible(fact: PageImpossible) -> NobodyTold:
    return NobodyTold(fact.incident, fact.reason)


def _attempted(fact: Outcome) -> Passed | None:
    page = taken(fact)
    return None if page is None else Passed(page.incident, "inbox" if page.in_inbox else "page", page.said)


def _maintenance(name: str, what: str, title: str, said: str, to: str = "") -> Tell:
    return Tell(
        about="maintenance",
        name=f"{name}/{what}",
        title=f"{name} {title}",
        said=said,
        place=f"/maintenance#{name}",
        subject=f"maintenance:{name}",
        to=to,
    )


def _announced(fact: MaintenanceAnnounced) -> Tell:
    when = f"From {minute(fact.start)} to {minute(fact.end)}."
    return _maintenance(fact.maintenance, "announced", "is announced", when)


def _reminded(fact: MaintenanceReminded) -> Tell:
    when = f"From {minute(fact.start)} to {minute(fact.end)}."
    return _maintenance(fact.maintenance, "reminded", "begins soon", when)


def _cancelled(fact: MaintenanceCancelled) -> Tell:
    return _maintenance(fact.maintenance, "cancelled", "was cancelled", f"By {fact.by}.")


def _emergency_asked(fact: EmergencyAsked) -> Tell | None:
    said = (
        f"{fact.by} asks for emergency maintenance of {spoken(fact.seconds)}. It begins once it is approved."
    )
    waits = "waits for your approval"
    return _maintenance(fact.maintenance, "asked", waits, said, fact.approver) if fact.approver else None


def _emergency_approved(fact: MaintenanceApproved) -> Tell:
    return _maintenance(
        fact.maintenance, "approved", "is approved", f"By {fact.by}: it may begin.", fact.asked_by
    )


def _emergency_begun(fact: EmergencyBegun) -> Open:
    return Open(
        key=f"maintenance:{fact.maintenance}",
        title=f"Emergency maintenance {fact.maintenance}",
        reason=f"begun by {fact.by}{''.join(f', although {one}' for one in fact.breaks)}",
        severity=UNSPECIFIED,
        kind="emergency_maintenance",
        labels={"kind": "emergency_maintenance", "maintenance": fact.maintenance, "begun_by": fact.by},
    )


def _begun_by(fact: IncidentOpened) -> Acknowledge | None:
    """Whoever begins emergency maintenance has its incident: nobody has to be told that somebody is on it."""
    by = fact.labels.get("begun_by", "")
    return Acknowledge(fact.incident, by) if by and fact.kind == "emergency_maintenance" else None


def _emergency_told(fact: EmergencyBegun) -> Tell:
    said = f"Until {minute(fact.end)} unless it is ended before."
    return _maintenance(fact.maintenance, "begun", "has begun: emergency maintenance", said)


def _emergency_ended(fact: EmergencyEnded) -> Recover:
    return Recover(key=f"maintenance:{fact.maintenance}", reason="the maintenance is over")


def _of(translate: Any) -> Reaction:
    return lambda recorded: translate(recorded.fact.data)


REACTIONS: Mapping[type[Data], Sequence[Reaction]] = {
    AlertFiring: (_of(_alert_firing),),
    AlertResolved: (_of(_alert_resolved),),
    EnvironmentDown: (_of(_environment_down),),
    EnvironmentUp: (_of(_environment_up),),
    SignalsAlarmed: (_of(_signals_alarmed),),
    BudgetAlarmed: (_of(_budget_alarmed),),
    BudgetCalm: (_of(_budget_calm),),
    SignalsRecovered: (_of(_signals_recovered),),
    ProbeDown: (_of(_probe_down),),
    ProbeUp: (_of(_probe_up),),
    ProbeCertificateEnding: (_of(_certificate_ending),),
    ProbeCertificateRenewed: (_of(_certificate_renewed),),
    RegionSilent: (_of(_region_silent),),
    RegionHeard: (_of(_region_heard),),
    CoverageAlarmed: (_of(_coverage_alarmed),),
    CoverageRestored: (_of(_coverage_restored),),
    RuleFiring: (_of(_rule_firing),),
    RuleResolved: (_of(_rule_resolved),),
    DrillDetected: (_of(_drill_detected),),
    DrillEnded: (_of(_drill_ended),),
    IncidentOpened: (_of(_incident_opened), _of(_begun_by)),
    IncidentAcknowledged: (_of(_acknowledged),),
    PageImpossible: (_of(_page_impossible),),
    Outcome: (_of(_attempted),),
    MaintenanceAnnounced: (_of(_announced),),
    MaintenanceCancelled: (_of(_cancelled),),
    MaintenanceReminded: (_of(_reminded),),
    EmergencyAsked: (_of(_emergency_asked),),
    MaintenanceApproved: (_of(_emergency_approved),),
    EmergencyBegun: (_of(_emergency_begun), _of(_emergency_told)),
    EmergencyEnded: (_of(_emergency_ended),),
}
