"""What is missing or too old on this machine, and the command that mends it."""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from autoscore.errors import AutoscoreError
from autoscore.workspace import writable

PYTHON = (3, 11)
FFMPEG = (4, 4)
FLUIDSYNTH = (2, 2)
FREE_BYTES = 2 << 30
"""Room a two-hour film's stems and mixes want, about."""

_DEBIAN = {
    "ffmpeg": "ffmpeg",
    "fluidsynth": "libfluidsynth3",
    "soundfont": "musescore-general-soundfont fluid-soundfont-gm",
    "python": "python3 python3-venv",
}
_BREW = {"ffmpeg": "ffmpeg", "fluidsynth": "fluid-synth", "python": "python"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One part: whether it is right, whether scoring needs it, what was found, and what mends it ("" when right)."""

    part: str
    ok: bool
    found: str
    mend: str = ""
    needed: bool = True

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)

    def row(self) -> tuple[str, str, str, str]:
        """For a table."""
        return ("ok" if self.ok else "MISSING" if self.needed else "better", self.part, self.found, self.mend)


def examine() -> list[Finding]:
    """Every part that scoring a film needs, in the order in which to mend them."""
    return [_python(), *_packages(), _ffmpeg(), _fluidsynth(), _soundfonts(), *_folders(), _disk()]


def mending(part: str) -> str:
    """The command that installs ``part`` on this machine."""
    if sys.platform == "darwin":
        # Homebrew has no such SoundFonts: the set-up fetches them and checks their sums.
        return f"brew install {_BREW[part]}" if part in _BREW else "make setup"
    return f"sudo apt-get install -y {_DEBIAN[part]}"


def version_of(text: str) -> tuple[int, ...]:
    """The first dotted number in ``text`` as a tuple; empty when there is none."""
    match = re.search(r"(\d+(?:\.\d+)+)", text)
    return tuple(int(part) for part in match.group(1).split(".")) if match else ()


def _dotted(version: tuple[int, ...]) -> str:
    return ".".join(str(part) for part in version)


def _python() -> Finding:
    ok = sys.version_info[:2] >= PYTHON
    return Finding(
        part="Python",
        ok=ok,
        found=_dotted(sys.version_info[:3]),
        mend="" if ok else f"{mending('python')}  # {_dotted(PYTHON)} or newer",
    )


def _packages() -> list[Finding]:
    """Python packages that are missing or older than the project asks for; one line when all are right."""
    try:
        wanted = metadata.requires("autoscore") or []
    except metadata.PackageNotFoundError:
        return [Finding(part="Python packages", ok=False, found="autoscore is not installed", mend="make setup")]
    wrong = []
    checked = 0
    for text in wanted:
        requirement, _, marker = text.partition(";")
        match = re.match(r"\s*([A-Za-z0-9._-]+)\s*(?:>=\s*([0-9.]+))?", requirement)
        if "extra" in marker or not match:
            continue
        checked += 1
        name, least = match.group(1), match.group(2) or "0"
        try:
            here = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append((name, "not installed", least))
            continue
        if version_of(f"{here}.0") < version_of(f"{least}.0")[:-1]:
            wrong.append((name, here, least))
    pip = f"{sys.executable} -m pip install"
    if not wrong:
        return [Finding(part="Python packages", ok=True, found=f"{checked} of {checked}")]
    return [
        Finding(part=f"package {name}", ok=False, found=here, mend=f"{pip} '{name}>={least}'")
        for name, here, least in wrong
    ]


def _ffmpeg() -> Finding:
    from autoscore.adapters.process import run

    if shutil.which("ffmpeg") is None:
        return Finding(part="FFmpeg", ok=False, found="not installed", mend=mending("ffmpeg"))
    try:
        first = run(["ffmpeg", "-hide_banner", "-version"], timeout_s=20).stdout.splitlines()[0]
    except (AutoscoreError, IndexError) as error:
        return Finding(part="FFmpeg", ok=False, found=f"does not run: {error}", mend=mending("ffmpeg"))
    version = version_of(first)
    # A version of its own making ("N-109...") is a recent build from source.
    ok = not version or version[:2] >= FFMPEG
    found = _dotted(version) or first.removeprefix("ffmpeg version ").split(" ")[0]
    return Finding(part="FFmpeg", ok=ok, found=found, mend="" if ok else mending("ffmpeg"))


def _fluidsynth() -> Finding:
    from autoscore.adapters import libfluidsynth

    try:
        text = libfluidsynth.version()
    except AutoscoreError as error:
        return Finding(part="FluidSynth", ok=False, found=error.message, mend=mending("fluidsynth"))
    ok = version_of(text)[:2] >= FLUIDSYNTH
    return Finding(part="FluidSynth", ok=ok, found=text, mend="" if ok else mending("fluidsynth"))


def _soundfonts() -> Finding:
    from autoscore.stages.render import find_fonts

    try:
        fonts = find_fonts(None)
    except AutoscoreError as error:
        return Finding(part="SoundFonts", ok=False, found=error.message, mend=mending("soundfont"))
    names = ", ".join(font.path.name for font in fonts.fonts)
    if fonts.warnings:
        found = f"{names} ({' '.join(fonts.warnings)})"
        return Finding(part="SoundFonts", ok=False, found=found, mend=mending("soundfont"), needed=False)
    return Finding(part="SoundFonts", ok=True, found=names)


def _folders() -> list[Finding]:
    """Where files are written when the user names no other place."""
    findings = []
    for part, folder, needed in (
        ("write access here", Path.cwd(), False),
        ("write access for temporary files", Path(tempfile.gettempdir()), True),
    ):
        ok = writable(folder)
        mend = "" if ok else f"chmod u+rwx {folder}"
        findings.append(Finding(part=part, ok=ok, found=str(folder), mend=mend, needed=needed))
    return findings


def _disk() -> Finding:
    free = shutil.disk_usage(Path.cwd()).free
    ok = free >= FREE_BYTES
    mend = "" if ok else "free some space, or use --workspace and --output on another disk"
    return Finding(
        part="free disk here", ok=ok, found=f"{free / (1 << 30):.1f} GiB", mend=mend, needed=free < (100 << 20)
    )
