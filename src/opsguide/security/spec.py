"""What the chapter on security reads in a guide: detections, deadlines of patches, rules of access."""

from ..guide.duties import duties_of
from ..guide.reader import Reader
from ..guide.rules import rules_of
from .spec_detections import read_detections
from .spec_patches import read_patches

READERS = (
    Reader(read_patches),
    Reader(read_detections),
    Reader(duties_of("security")),
    Reader(rules_of("security"), fallback=True),
)
