#!/usr/bin/env bash
# Installs what pip cannot: FFmpeg, FluidSynth's library, the SoundFonts. What is there already is left alone.
set -euo pipefail
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
CATALOG=autoscore/tables/soundfonts.toml

have() { command -v "$1" >/dev/null 2>&1; }

have_library() {
    { ldconfig -p 2>/dev/null || /sbin/ldconfig -p 2>/dev/null || true; } | grep -q "$1"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then "$@"
    elif have sudo; then sudo "$@"
    else
        echo "autoscore: this needs root and there is no sudo; run as root: $*" >&2
        exit 1
    fi
}

# First of the named packages that this release of the system has (their names change between releases).
first_of() {
    local name
    for name in "$@"; do
        if apt-cache show "$name" >/dev/null 2>&1; then echo "$name"; return; fi
    done
    echo "$1"
}

missing_on_linux() {
    have ffmpeg && have ffprobe || echo ffmpeg
    have_library 'libfluidsynth\.so\.[23]' || echo libfluidsynth3
    "$PYTHON" -c 'import ensurepip' >/dev/null 2>&1 || echo python3-venv
    have_library 'libGL\.so\.1' || echo libgl1
    have_library 'libgthread-2\.0\.so\.0' || echo libglib2.0-0
    [ -e /usr/share/sounds/sf3/MuseScore_General_Full.sf3 ] || echo musescore-general-soundfont
    [ -e /usr/share/sounds/sf2/FluidR3_GM.sf2 ] || echo fluid-soundfont-gm
}

set_up_linux() {
    local missing name packages=()
    missing=$(missing_on_linux)
    [ -n "$missing" ] || return 0
    if ! have apt-get; then
        echo "autoscore: please install, under your system's names for them:" $missing >&2
        exit 1
    fi
    echo "autoscore: installing" $missing
    as_root apt-get update -qq
    for name in $missing; do
        case $name in
            libfluidsynth3) packages+=("$(first_of libfluidsynth3 libfluidsynth2)") ;;
            libglib2.0-0) packages+=("$(first_of libglib2.0-0t64 libglib2.0-0)") ;;
            *) packages+=("$name") ;;
        esac
    done
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}"
}

# One line for each font that can be fetched: file, address, SHA-256.
downloads() {
    "$PYTHON" - "$CATALOG" <<'PY'
import sys, tomllib
with open(sys.argv[1], "rb") as file:
    for font in tomllib.load(file)["font"]:
        if font.get("download") and font.get("sha256"):
            print(font["file"], font["download"], font["sha256"])
PY
}

set_up_mac() {
    local folder="$HOME/Library/Audio/Sounds/Banks" file address sum got
    if ! have brew; then
        echo "autoscore: please install Homebrew first, then run this again" >&2
        exit 1
    fi
    { have ffmpeg && have ffprobe; } || brew install ffmpeg
    [ -e "$(brew --prefix)/lib/libfluidsynth.dylib" ] || brew install fluid-synth
    mkdir -p "$folder"
    downloads | while read -r file address sum; do
        [ ! -e "$folder/$file" ] || continue
        echo "autoscore: fetching $file"
        curl -fL --retry 3 --progress-bar -o "$folder/$file.part" "$address"
        got=$(shasum -a 256 "$folder/$file.part" | cut -d' ' -f1)
        if [ "$got" != "$sum" ]; then
            rm -f "$folder/$file.part"
            echo "autoscore: $file is not the file that $CATALOG describes (SHA-256 $got); it was not kept" >&2
            exit 1
        fi
        mv "$folder/$file.part" "$folder/$file"
    done
}

case $(uname -s) in
    Linux) set_up_linux ;;
    Darwin) set_up_mac ;;
    *) echo "autoscore: this script knows Debian, Ubuntu and macOS; README.md names what else is needed" >&2; exit 1 ;;
esac
