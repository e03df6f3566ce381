"""The tests of taste: the faults of craft guide section 9 as named checks, score -> findings (``table.examine``)."""
