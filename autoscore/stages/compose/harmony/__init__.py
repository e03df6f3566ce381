"""Harmony: keys, roman numerals, progressions, voicings."""
