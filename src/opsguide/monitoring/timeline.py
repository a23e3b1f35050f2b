"""The facts of alerts and environments in plain words."""

from collections.abc import Callable, Mapping

from ..guide.wording import plural
from ..kernel.clock import seconds_between
from ..kernel.duration import spoken
from ..kernel.facts import Data, Recorded
from . import facts
from .drills import timeline as drills
from .probes import facts as probes
from .rulefiles import facts as rule_facts


def _pending(data: facts.AlertPending) -> str:
    return f"Pending: {data.reason}; fires if it stays so for {spoken(data.for_seconds)}"


def _cleared(data: facts.AlertCleared) -> str:
    return f"Over before it fired: {data.reason}"


def _firing(data: facts.AlertFiring) -> str:
    return f"Firing: {data.reason}"


def _resolved(data: facts.AlertResolved) -> str:
    return f"No longer firing: {data.reason}"


def _failed(data: facts.ProbeFailed) -> str:
    return f"Probe {data.failures} of {data.needed} failed: {data.error}"


def _recovered(data: facts.ProbeRecovered) -> str:
    return f"The probe answers again after {data.failures} that failed; it never counted as down"


def _watched(data: facts.EnvironmentWatched) -> str:
    return f"Watching {data.environment} from here on"


def _down(data: facts.EnvironmentDown) -> str:
    return f"Down: {data.reason}"


def _up(data: facts.EnvironmentUp) -> str:
    return f"Up: {data.reason}"


def _unmeasured(data: facts.SignalUnmeasured) -> str:
    return f"Not measured: {data.problem}"


def _measured(data: facts.SignalMeasured) -> str:
    return data.reason[:1].upper() + data.reason[1:]


def _chosen(data: facts.SignalChosen) -> str:
    return f"Measured by {data.name or data.source} from now on"


def _let_go(data: facts.SignalLetGo) -> str:
    return f"{data.name or data.source} was let go of: what is there is chosen anew"


def _alarmed(data: facts.SignalsAlarmed) -> str:
    return f"{data.title}: {data.reason}"


def _recovered_signals(data: facts.SignalsRecovered) -> str:
    return f"Alarm over: {data.reason}"


def _probe_down(data: probes.ProbeDown) -> str:
    return f"{data.probe} is down: {data.reason}"


def _probe_up(data: probes.ProbeUp) -> str:
    return f"{data.probe} is up: {data.reason}"


def _probe_unknown(data: probes.ProbeUnknown) -> str:
    return f"{data.probe} is unknown: {data.reason}"


def _certificate(data: probes.ProbeCertificateEnding | probes.ProbeCertificateRenewed) -> str:
    return f"{data.probe}: {data.reason}"


def _region_silent(data: probes.RegionSilent) -> str:
    return f"Region {data.region} is silent: {data.reason}"


def _region_heard(data: probes.RegionHeard) -> str:
    return f"Region {data.region} reports: {data.reason}"


def _counted(data: facts.RequestsCounted) -> str:
    over = spoken(seconds_between(data.start, data.end))
    return f"{data.total:,.0f} requests in {over}, {data.failed:,.0f} failed"


def _burning(data: facts.BudgetBurning) -> str:
    told = f"; nobody is told: {data.held}" if data.held else ""
    return f"{data.reason[:1].upper()}{data.reason[1:]}{told}"


def _budget_alarmed(data: facts.BudgetAlarmed) -> str:
    return f"{data.title[:1].upper()}{data.title[1:]}"


def _calm(data: facts.BudgetCalm) -> str:
    return f"The error budget burns no longer {'fast' if data.speed == 'fast' else 'slowly'}: {data.reason}"


def _began(_data: facts.MaintenanceBegan) -> str:
    return "A maintenance window is open"


def _ended(_data: facts.MaintenanceEnded) -> str:
    return "No maintenance window is open any more"


_CHANGES = {
    "pending": "pending",
    "firing": "firing",
    "kept": "no longer true, firing for a while yet",
    "returned": "true again while firing",
    "resolved": "resolved",
    "cleared": "over before firing",
}


def _rule_changed(data: rule_facts.RuleChanged) -> str:
    return f"{data.alert}: {plural(len(data.members), 'alert')} {_CHANGES[data.change]}"


def _rule_unevaluated(data: rule_facts.RuleUnevaluated) -> str:
    return f"{data.name} cannot be evaluated: {data.problem}"


def _rule_evaluated(data: rule_facts.RuleEvaluated) -> str:
    return f"{data.name}: {data.reason}"


def _rule_firing(data: rule_facts.RuleFiring) -> str:
    return f"Firing: {data.reason}"


def _rule_resolved(data: rule_facts.RuleResolved) -> str:
    return f"No longer firing: {data.reason}"


def _plain(say: Callable[..., str]) -> Callable[[Recorded, Mapping[str, str]], str]:
    return lambda recorded, _names: say(recorded.fact.data)


WORDS: Mapping[type[Data], Callable[[Recorded, Mapping[str, str]], str]] = {
    facts.AlertPending: _plain(_pending),
    facts.AlertCleared: _plain(_cleared),
    facts.AlertFiring: _plain(_firing),
    facts.AlertResolved: _plain(_resolved),
    facts.ProbeFailed: _plain(_failed),
    facts.ProbeRecovered: _plain(_recovered),
    facts.EnvironmentWatched: _plain(_watched),
    facts.EnvironmentDown: _plain(_down),
    facts.EnvironmentUp: _plain(_up),
    facts.SignalUnmeasured: _plain(_unmeasured),
    facts.SignalMeasured: _plain(_measured),
    facts.SignalChosen: _plain(_chosen),
    facts.SignalLetGo: _plain(_let_go),
    facts.SignalsAlarmed: _plain(_alarmed),
    facts.RequestsCounted: _plain(_counted),
    facts.BudgetBurning: _plain(_burning),
    facts.BudgetAlarmed: _plain(_budget_alarmed),
    facts.BudgetCalm: _plain(_calm),
    facts.MaintenanceBegan: _plain(_began),
    facts.MaintenanceEnded: _plain(_ended),
    facts.SignalsRecovered: _plain(_recovered_signals),
    probes.ProbeDown: _plain(_probe_down),
    probes.ProbeUp: _plain(_probe_up),
    probes.ProbeUnknown: _plain(_probe_unknown),
    probes.ProbeCertificateEnding: _plain(_certificate),
    probes.ProbeCertificateRenewed: _plain(_certificate),
    probes.RegionSilent: _plain(_region_silent),
    probes.RegionHeard: _plain(_region_heard),
    rule_facts.RuleChanged: _plain(_rule_changed),
    rule_facts.RuleUnevaluated: _plain(_rule_unevaluated),
    rule_facts.RuleEvaluated: _plain(_rule_evaluated),
    rule_facts.RuleFiring: _plain(_rule_firing),
    rule_facts.RuleResolved: _plain(_rule_resolved),
    **drills.WORDS,
}
