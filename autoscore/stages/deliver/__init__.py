"""deliver: the finished film, notes for other programs, and a receipt that is measured on the finished file."""

from autoscore.stages.deliver.deliver import deliver
from autoscore.stages.deliver.export import FRAME_BYTES, export_mix, export_stems, stem_files, stem_table
from autoscore.stages.deliver.handoff import music_of, write_score_midi
from autoscore.stages.deliver.notation_files import write_sheets
from autoscore.stages.deliver.receipts import NAME as RECEIPT
from autoscore.stages.deliver.receipts import document
from autoscore.stages.deliver.receipts import read as read_receipt
from autoscore.stages.deliver.track import Ahead
from autoscore.stages.deliver.verify import Verification, inspect

__all__ = [
    "FRAME_BYTES",
    "RECEIPT",
    "Ahead",
    "Verification",
    "deliver",
    "document",
    "export_mix",
    "export_stems",
    "inspect",
    "music_of",
    "read_receipt",
    "stem_files",
    "stem_table",
    "write_score_midi",
    "write_sheets",
]
