"""Lines: one role a file, from chords and themes to tones."""
