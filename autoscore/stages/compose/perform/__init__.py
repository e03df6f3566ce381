"""Performance: from written tones to played notes."""
