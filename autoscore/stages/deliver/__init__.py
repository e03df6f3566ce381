"""deliver: the finished film, notes for other programs, and a receipt that is measured on the finished file."""

from autoscore.stages.deliver.deliver import deliver
from autoscore.stages.deliver.export import export_stems
from autoscore.stages.deliver.verify import Verification, inspect, verify

__all__ = ["Verification", "deliver", "export_stems", "inspect", "verify"]
