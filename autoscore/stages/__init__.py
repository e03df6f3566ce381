"""One package per verb; each exports one function."""
