"""What the chapter on delivery reads in a guide: environments, the pipeline's stages, kinds of releases, approvals."""

from ..guide.duties import duties_of
from ..guide.reader import Reader
from ..guide.rules import rules_of
from .spec_approvals import read_approvals
from .spec_environments import read_environments
from .spec_pipeline import read_releases, read_stages

READERS = (
    Reader(read_environments),
    Reader(read_stages),
    Reader(read_releases),
    Reader(read_approvals),
    Reader(duties_of("delivery")),
    Reader(rules_of("delivery"), fallback=True),
)
