"""The one door by which a film is opened for reading: a film is a stranger.

What it may make FFmpeg do is written here once: read this one file, as one of the containers that hold their own
content, for so long, with so much memory. Nobody else calls ``av.open`` to read (a test sees to that). Why each limit
is what it is: docs/decisions/0015.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autoscore.adapters.growing import Growing
from autoscore.errors import FilmError

if TYPE_CHECKING:
    import av.container

FORMATS = (
    "mov", "matroska", "avi", "mpegts", "mpeg", "mpegvideo", "mxf", "flv", "asf", "ogg", "wtv", "rm", "nut", "dv",
    "gxf", "ivf", "yuv4mpegpipe", "h263", "h264", "hevc", "vvc", "m4v", "av1", "obu", "vc1", "mjpeg", "gif", "apng",
    "wav", "w64", "flac", "mp3", "aac", "ac3", "eac3", "aiff", "caf", "au", "ape", "tta", "wv", "amr", "dts", "truehd",
)  # fmt: skip
"""FFmpeg's names of the containers that are read; sound ones so that it can be said that there is no picture. What
only points to other files or devices (concat, hls, dash, sdp, image sequences, lavfi, vobsub, ...) is none of them."""

MOST_PIXELS = 8192 * 8192
MOST_STREAMS = 500
MOST_MEMORY_BYTES = 2 << 30
"""How much a film's header and first pictures may take, beside what the process holds already."""
OPEN_S, READ_S = 120.0, 120.0
"""How long the header, and one packet, may take: more than a sleeping disk or a slow network drive needs."""

INPUT_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": ",".join(FORMATS)}
"""For every program and library of FFmpeg's family that reads a film."""

_OPTIONS = {**INPUT_OPTIONS, "max_streams": str(2 * MOST_STREAMS), "max_pixels": str(MOST_PIXELS), "enable_drefs": "0"}

_POINTERS = (
    (b"#EXTM3U", "a playlist (HLS)"),
    (b"ffconcat", "a list of other films (concat)"),
    (b"<MPD", "a playlist (DASH)"),
    (b"v=0", "a description of a network stream (SDP)"),
    (b"[playlist]", "a playlist"),
    (b"RTSP", "a network stream"),
    (b"# VobSub", "an index of another file"),
)
_NO_FILMS = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"BM", "a picture (BMP)"),
    (b"II*\0", "a picture (TIFF)"),
    (b"MM\0*", "a picture (TIFF)"),
    (b"8BPS", "a picture (PSD)"),
    (b"%PDF", "a PDF document"),
    (b"PK\3\4", "an archive (ZIP)"),
    (b"Rar!", "an archive (RAR)"),
    (b"7z\xbc\xaf", "an archive (7z)"),
    (b"MThd", "music as notes (MIDI)"),
)
"""What is no film, by its first bytes."""
_LOOK_BYTES = 2048


def url_of(film: Path | int) -> str:
    """``film`` as FFmpeg is to be given it: whatever the name looks like (-x, http:x, x|y), it is a file's.

    A number is that of an open file.
    """
    return f"pipe:{film}" if isinstance(film, int) else f"file:{film.absolute()}"


def open_film(film: Path | Growing) -> av.container.InputContainer:
    """``film``, opened for reading, its header believed in nothing that could do harm. A context manager.

    One that is still being written (by ourselves) gives its packets as they come.

    Raises:
        FilmError: it is no film that can be read, of a kind that only points to other files, or its header is absurd.
    """
    import av

    source: Any = url_of(film) if isinstance(film, Path) else film.open()
    try:
        container: av.container.InputContainer = av.open(
            source, mode="r", options=dict(_OPTIONS), timeout=(OPEN_S, READ_S), metadata_errors="replace"
        )
    except av.InvalidDataError:
        if isinstance(film, Path) and (what := _known(film, _NO_FILMS)):
            raise FilmError(f"{film.name} is {what}, and no film.", "Name a film file.") from None
        raise FilmError(
            f"{film.name} is not a film that FFmpeg can read: the content is damaged or of another kind.",
            "Play it in a player; if it does not play, get the file again.",
        ) from None
    except av.ExitError:
        raise FilmError(f"{film.name} cannot be read: its header was not read within {OPEN_S:g} s.") from None
    except (av.FFmpegError, OSError, ValueError, MemoryError, OverflowError) as error:
        raise _refusal(film.path if isinstance(film, Growing) else film, error) from None
    try:
        _check(film, container)
    except BaseException:
        container.close()
        raise
    return container


def _check(film: Path | Growing, container: av.container.InputContainer) -> None:
    if len(container.streams) > MOST_STREAMS:
        raise FilmError(
            f"{film.name} claims {len(container.streams)} streams; {MOST_STREAMS} is the most that is read.",
            "The header may be damaged; play the film in a player.",
        )
    for stream in container.streams:
        context: Any = getattr(stream, "codec_context", None)
        if context is None or stream.type != "video":
            continue
        # Pictures of another size may come later, and a cover picture is not in the header.
        context.options = {"max_pixels": str(MOST_PIXELS)}
        if context.width * context.height > MOST_PIXELS and not int(stream.disposition) & 0x400:
            raise FilmError(
                f"{film.name} claims a picture of {context.width} x {context.height}; the largest that is read has "
                f"{MOST_PIXELS // 1_000_000} million pixels.",
                "The header may be damaged; play the film in a player.",
            )


def _refusal(film: Path, error: BaseException) -> FilmError:
    """Why FFmpeg did not open it, as a sentence."""
    import av

    if isinstance(error, MemoryError):
        return FilmError(
            f"{film.name} cannot be read: its header asks for more than {2 * MOST_STREAMS} streams or "
            f"{MOST_MEMORY_BYTES >> 30} GiB of memory.",
            "The header may be damaged; play the film in a player.",
        )
    if isinstance(error, av.ArgumentError):  # FFmpeg's answer where the container is not among FORMATS
        what = _known(film, _POINTERS)
        if what:
            return FilmError(
                f"{film.name} is {what} and holds no film itself; what it points to is not opened.",
                "Name the film file itself.",
            )
        if what := _known(film, _NO_FILMS):
            return FilmError(f"{film.name} is {what}, and no film.", "Name a film file.")
        return FilmError(
            f"{film.name} is no kind of film that autoscore reads.",
            "Convert it, for example with `ffmpeg -i FILM -c copy film.mkv`.",
        )
    said = str(getattr(error, "strerror", None) or error).splitlines()
    return FilmError(f"{film.name} cannot be read: {said[0] if said else type(error).__name__}.")


def _known(film: Path, kinds: tuple[tuple[bytes, str], ...]) -> str:
    """What a file is, by what it begins with; "" where it is none of ``kinds``."""
    head = b""
    with suppress(OSError), film.open("rb") as file:
        head = file.read(_LOOK_BYTES)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if kinds is _NO_FILMS:
        return next((what for mark, what in kinds if head.startswith(mark)), "")
    return next((what for mark, what in kinds if mark in text[: _LOOK_BYTES if mark == b"<MPD" else 16]), "")


_fence_lock = threading.Lock()
_fences = 0
_limits_before: tuple[int, int] | None = None


@contextmanager
def fenced(extra_bytes: int = MOST_MEMORY_BYTES) -> Iterator[None]:
    """While it lasts the process may take ``extra_bytes`` more than it has, so that a header that asks for more is
    refused by the system instead of filling the machine. Where the system cannot do this, nothing happens.

    For the first look at a film, when nothing else is at work; fences of several threads are one.
    """
    global _fences, _limits_before
    with _fence_lock:
        if _fences == 0:
            _limits_before = _raise_fence(extra_bytes)
        _fences += 1
    try:
        yield
    finally:
        with _fence_lock:
            _fences -= 1
            if _fences == 0 and _limits_before is not None:
                import resource

                with suppress(ValueError, OSError):
                    resource.setrlimit(resource.RLIMIT_AS, _limits_before)
                _limits_before = None


def _raise_fence(extra_bytes: int) -> tuple[int, int] | None:
    """The limits before; None where none was set."""
    try:
        import resource

        held = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0]) * resource.getpagesize()
        soft, hard = before = resource.getrlimit(resource.RLIMIT_AS)
        wanted = held + extra_bytes
        if (soft != resource.RLIM_INFINITY and soft <= wanted) or (hard != resource.RLIM_INFINITY and hard < wanted):
            return None
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
    except (ImportError, AttributeError, OSError, ValueError, IndexError):
        return None
    return before
