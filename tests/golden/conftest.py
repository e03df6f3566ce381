"""Goldens: readable JSON beside the tests, compared value by value; `make golden` rewrites them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parent
Compare = Callable[[str, Any], None]


@pytest.fixture
def golden() -> Compare:
    """``golden(name, value)`` fails where ``value`` differs from NAME.json, or writes it when asked to rewrite."""

    def compare(name: str, value: Any) -> None:
        path = FOLDER / f"{name}.json"
        if os.environ.get("AUTOSCORE_REWRITE_GOLDEN"):
            path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        assert json.loads(json.dumps(value)) == json.loads(path.read_text(encoding="utf-8"))

    return compare
