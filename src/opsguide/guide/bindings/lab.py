"""What `opsguide.toml` says of pages that are loaded in a browser on a schedule, typed. Durations are seconds."""

from typing import Literal, TypeAlias

from msgspec import Struct

Form: TypeAlias = Literal["mobile", "desktop"]


class LabBinding(Struct, frozen=True, kw_only=True):
    """A page that is loaded `runs` times each `every` seconds, as a phone or as a desk would. Each load ends within
    `timeout`. `judges`: lines about LCP and CLS are judged by it while no visitor reports."""

    page: str
    every: float = 21_600.0
    form: Form = "mobile"
    runs: int = 3
    timeout: float = 60.0
    environment: str | None = None
    judges: bool = False
    private: bool = False
