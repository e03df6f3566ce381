"""``python -m autoscore``."""

from autoscore.interrupts import entry

if __name__ == "__main__":
    entry()
