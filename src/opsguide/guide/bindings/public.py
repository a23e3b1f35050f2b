"""The bindings without what must not stand on the ledger for ever: names of people and addresses."""

from msgspec.structs import replace

from .lab import LabBinding
from .model import Bindings, Channel, Database, EnvironmentBinding, Person, Storage, TelemetryBinding, Vitals
from .probing import ProbeBinding, RegionBinding
from .status_page import Mail, StatusPage

WITHHELD = "withheld"
"""Stands for an address that is bound: what is bound and what is not stays to be seen."""


def public(bindings: Bindings) -> Bindings:
    """The same bindings with ids only. Idempotent; `unbound` says the same of both."""
    heartbeat = bindings.heartbeat
    return replace(
        bindings,
        serve=replace(bindings.serve, url=bindings.serve.url and WITHHELD, trusted_proxies=()),
        repository=bindings.repository and WITHHELD,
        rotations={
            name: replace(bound, calendar=bound.calendar and WITHHELD)
            for name, bound in bindings.rotations.items()
        },
        environments={name: _environment(bound) for name, bound in bindings.environments.items()},
        telemetry=_telemetry(bindings.telemetry),
        people={person: _person(bound) for person, bound in bindings.people.items()},
        channels={channel: Channel(url=WITHHELD) for channel in bindings.channels},
        databases={name: _database(bound) for name, bound in bindings.databases.items()},
        storage={
            name: Storage(url=WITHHELD, region=bound.region) for name, bound in bindings.storage.items()
        },
        vitals=bindings.vitals and Vitals(origins=(WITHHELD,)),
        probes={name: _probe(bound) for name, bound in bindings.probes.items()},
        chromium=bindings.chromium and WITHHELD,
        lab={name: _page(bound) for name, bound in bindings.lab.items()},
        regions={name: RegionBinding(token=WITHHELD) for name in bindings.regions},
        runbooks=dict.fromkeys(bindings.runbooks, WITHHELD),
        sources={name: replace(one, secret=WITHHELD) for name, one in bindings.sources.items()},
        status=bindings.status and _status(bindings.status),
        heartbeat=None if heartbeat is None else replace(heartbeat, url=WITHHELD),
    )


def _person(bound: Person) -> Person:
    return Person(channels=bound.channels, notify=bound.notify)


def _environment(bound: EnvironmentBinding) -> EnvironmentBinding:
    return replace(
        bound,
        url=bound.url and WITHHELD,
        metrics=bound.metrics and WITHHELD,
        targets=bound.targets and WITHHELD,
        access_log=bound.access_log and WITHHELD,
    )


def _database(bound: Database) -> Database:
    return replace(
        bound,
        url=WITHHELD,
        pgbouncer=bound.pgbouncer and WITHHELD,
        log=bound.log and WITHHELD,
    )


def _probe(bound: ProbeBinding) -> ProbeBinding:
    """What decides of it: what is asked, and what must be answered, is left out."""
    return ProbeBinding(
        url=bound.url and WITHHELD,
        tcp=bound.tcp and WITHHELD,
        dns=bound.dns and WITHHELD,
        heartbeat=bound.heartbeat,
        environment=bound.environment,
        availability=bound.availability,
        severity=bound.severity,
        every=bound.every,
        timeout=bound.timeout,
        failures=bound.failures,
        regions=bound.regions,
        quorum=bound.quorum,
        grace=bound.grace,
    )


def _status(bound: StatusPage) -> StatusPage:
    return replace(
        bound,
        url=bound.url and WITHHELD,
        folder=bound.folder and WITHHELD,
        contact=bound.contact and WITHHELD,
        mail=bound.mail and Mail(url=WITHHELD, sender=WITHHELD),
    )


def _page(bound: LabBinding) -> LabBinding:
    return replace(bound, page=WITHHELD)


def _telemetry(bound: TelemetryBinding) -> TelemetryBinding:
    return replace(
        bound,
        url=bound.url and WITHHELD,
        write=bound.write and WITHHELD,
        user=bound.user and WITHHELD,
        tenant=bound.tenant and WITHHELD,
    )
