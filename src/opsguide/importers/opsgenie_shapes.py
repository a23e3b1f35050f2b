"""What Opsgenie's REST API answers, as far as it is read; keys that are no field are named in the report."""

from datetime import datetime
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = {"minutes": 60.0, "hours": 3600.0, "days": 86_400.0}
Hour = Annotated[int, Meta(ge=0, le=24)]
Minute = Annotated[int, Meta(ge=0, le=59)]
Day = Annotated[str, Meta(pattern=rf"^(?i:{'|'.join(DAYS)})$")]


class Recipient(Struct, rename="camel"):
    type: str
    id: str | None = None
    username: str | None = None
    name: str | None = None


class UserContact(Struct, rename="camel"):
    contact_method: str
    to: str = ""


class User(Struct, rename="camel"):
    username: str
    id: str | None = None
    full_name: str | None = None
    user_contacts: list[UserContact] = []


class Restriction(Struct, rename="camel"):
    start_hour: Hour
    end_hour: Hour
    start_min: Minute = 0
    end_min: Minute = 0
    start_day: Day | None = None
    end_day: Day | None = None


class TimeRestriction(Struct, rename="camel"):
    type: Literal["time-of-day", "weekday-and-time-of-day"]
    restriction: Restriction | None = None
    restrictions: list[Restriction] = []


class Rotation(Struct, rename="camel"):
    start_date: datetime
    participants: list[Recipient]
    type: Literal["hourly", "daily", "weekly"] = "weekly"
    length: Annotated[int, Meta(ge=1, le=10_000)] = 1
    name: str | None = None
    end_date: datetime | None = None
    time_restriction: TimeRestriction | None = None


class OpsgenieSchedule(Struct, rename="camel"):
    id: str
    name: str
    timezone: str
    enabled: bool = True
    rotations: list[Rotation] | None = None


class Override(Struct, rename="camel"):
    user: Recipient
    start_date: datetime
    end_date: datetime
    parent: Recipient | None = field(name="_parent", default=None)
    rotations: list[Any] = []


class Delay(Struct, frozen=True, rename="camel"):
    time_amount: float = 0
    time_unit: Literal["minutes", "hours", "days"] = "minutes"

    @property
    def seconds(self) -> float:
        return self.time_amount * _UNITS[self.time_unit]


class RuleContact(Struct):
    method: str
    to: str = ""


class RuleStep(Struct, rename="camel"):
    contact: RuleContact
    send_after: Delay | None = None
    enabled: bool = True


class Criteria(Struct):
    type: str = "match-all"


class NotificationRule(Struct, rename="camel"):
    name: str
    action_type: str
    enabled: bool = True
    criteria: Criteria | None = None
    time_restriction: TimeRestriction | None = None
    steps: list[RuleStep] | None = None


class Notified(Struct):
    type: str
    name: str = ""


class RoutingRule(Struct, rename="camel"):
    notify: Notified
    name: str | None = None
    criteria: Criteria | None = None
    time_restriction: TimeRestriction | None = None


class Team(Struct):
    name: str


class EscalationRule(Struct, rename="camel"):
    recipient: Recipient
    condition: str = "if-not-acked"
    notify_type: str = "default"
    delay: Delay = Delay()


class Repeat(Struct):
    count: int = 0


class Escalation(Struct, rename="camel"):
    name: str
    rules: list[EscalationRule]
    repeat: Repeat | None = None
