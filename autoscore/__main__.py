"""``python -m autoscore``, and the console script."""

from __future__ import annotations

import sys

from autoscore import interrupts


def entry() -> None:
    """Run the command that was typed; whoever stops it, even while it is still loading, gets a sentence."""
    interrupts.install()
    try:
        from autoscore.cli import main

        code = main()
    except KeyboardInterrupt:
        interrupts.say(interrupts.STOPPED)
        code = interrupts.INTERRUPTED
    sys.exit(code)


if __name__ == "__main__":
    entry()
