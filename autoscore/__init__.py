"""autoscore: an original, timeline-synced score for a film."""

__version__ = "0.1.0"
