"""deliver: the finished film, notes for other programs, and a receipt that is measured on the finished file."""

from autoscore.stages.deliver.deliver import deliver
from autoscore.stages.deliver.export import export_stems
from autoscore.stages.deliver.receipts import document
from autoscore.stages.deliver.verify import Verification, inspect

__all__ = ["Verification", "deliver", "document", "export_stems", "inspect"]
