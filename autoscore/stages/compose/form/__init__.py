"""Form: where phrases begin and end, what they are for, how a cue closes."""
