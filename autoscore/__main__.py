"""``python -m autoscore``."""

from autoscore.cli import entry

if __name__ == "__main__":
    entry()
