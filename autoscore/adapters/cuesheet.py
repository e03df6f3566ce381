"""The cue sheet, ``cues.toml``: the plan as a text that a person reads and changes.

Timecodes are the one authoritative form of time. A timecode that was not changed keeps the exact time it was made from
(also at a variable frame rate); a changed one means the start of that frame. A line that is deleted means "as it was".
"""

from autoscore.adapters.cuesheet_read import load
from autoscore.adapters.cuesheet_write import dump

__all__ = ["dump", "load"]
