"""The faults of craft guide section 9, as functions: score -> findings."""
