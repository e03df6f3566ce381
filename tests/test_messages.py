"""What users read has one shape: a sentence with a capital at its start and a full stop at its end."""

from __future__ import annotations

import ast
from pathlib import Path

from autoscore.errors import UsageError

PACKAGE = Path(__file__).resolve().parents[1] / "autoscore"
COMMANDS = ("chmod ",)
"""A hint may be a command to type."""


def _first_word(node: ast.expr) -> str:
    """The text that a literal begins with; "" for one that begins with a value."""
    head = node.values[0] if isinstance(node, ast.JoinedStr) and node.values else node
    return head.value if isinstance(head, ast.Constant) and isinstance(head.value, str) else ""


def test_messages_begin_with_a_capital() -> None:
    """No error of ours, nor its hint, begins with a small letter."""
    seen = 0
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and isinstance(node.exc.func, ast.Name)
            ):
                continue
            if not node.exc.func.id.endswith("Error") or node.exc.func.id in (
                "ValueError", "TypeError", "AttributeError", "KeyError", "OSError", "BlockingIOError",
                "ChildFailedError", "NotReadyError",
            ):  # fmt: skip
                continue
            for text in map(_first_word, node.exc.args):
                seen += bool(text)
                assert not text[:1].islower() or text.startswith(COMMANDS), f"{path.name}: {text}"
    assert seen > 50


def test_messages_end_with_a_full_stop() -> None:
    """The full stop is put where a message has none, and never twice."""
    assert UsageError("There is none").message == "There is none."
    assert UsageError("There is none.").message == "There is none."
    assert UsageError("Which?").message == "Which?"
