"""Themes: skeletons, motifs, phrases, development, the critic, the theme book."""
