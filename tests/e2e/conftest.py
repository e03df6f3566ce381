"""Commands run as a user types them."""

from __future__ import annotations

from pathlib import Path

import pytest
from refusals import Run

from autoscore import cli


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = cli.main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, out, err

    return call
