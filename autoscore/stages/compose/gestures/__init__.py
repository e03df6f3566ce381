"""Gestures: hits, transitions, room before them, last chords."""
