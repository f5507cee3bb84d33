"""The command line as a process: standard streams in any state, errors as one line, exit codes."""

from __future__ import annotations

import codecs
import errno
import io
import os
import signal
import sys
import unicodedata
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from ..errors import InloopError, InloopWarning, StorageError, sentence

_ASCII: Final = str.maketrans(
    {"…": "...", "→": "->", "←": "<-", "±": "+-", "≥": ">=", "≤": "<=", "·": "*", "×": "x", "–": "-", "—": "-",
     "−": "-", "‘": "'", "’": "'", "“": '"', "”": '"',
     "ρ": "rho", "σ": "sigma", "τ": "tau", "β": "beta", "θ": "theta", "μ": "u"}
)  # fmt: skip


class Interrupted(Exception):  # noqa: N818
    """Ctrl-C with its note on how to go on, which typer would swallow."""


def guarded(command: Callable[[], Any]) -> int:
    """Call a command and turn its errors into messages and exit codes, and its warnings into lines."""
    with warnings.catch_warnings():
        warnings.simplefilter("once", InloopWarning)  # whatever PYTHONWARNINGS says of others
        usual = warnings.showwarning

        def show(message: Any, category: type[Warning], *place: Any) -> None:
            if issubclass(category, InloopWarning):
                print(f"inloop: {sentence(f'warning: {message}')}", file=sys.stderr)
            else:
                usual(message, category, *place)

        warnings.showwarning = show  # type: ignore[assignment]
        return _guarded(command)


def _guarded(command: Callable[[], Any]) -> int:
    try:
        code = command()
        return code if isinstance(code, int) else 0
    except InloopError as error:
        return _refuse(str(error))
    except (Interrupted, KeyboardInterrupt) as error:
        note = f"; {error}" if error.args else ""
        print(f"inloop: {sentence(f'interrupted{note}')}", file=sys.stderr)
        return 130
    except MemoryError as error:
        return _refuse(f"not enough memory ({error}); make the batch or the window smaller")
    except OSError as error:  # whatever file it is that the system refuses, it says why
        name = f"{error.filename}: " if error.filename is not None else ""
        return _refuse(f"{name}{error.strerror or error}; look at names and rights of files and folders")
    except Exception as error:
        # typer moved its usage errors from click into itself; both can format their message
        if not hasattr(error, "format_message"):
            raise
        return _refuse(f"{message}; see inloop --help" if (message := error.format_message()) else "see inloop --help")


def _refuse(message: str) -> int:
    print(f"inloop: {sentence(message)}", file=sys.stderr)
    return 2


def run_process(command: Callable[[], Any]) -> int:
    """Run a command as a process of its own and return its exit code, whatever the standard streams are.

    Nobody who stops reading ends a command: a run goes on without its output. A full disk is told at the end.
    """
    _interruptible()
    output = _steady_streams()
    code = guarded(lambda: _somewhere() and command())
    sys.stdout.flush()
    refused = output.refused
    return code if refused is None or refused.errno == errno.EPIPE else _refuse(
        f"cannot write to standard output: {refused.strerror}"
    )  # fmt: skip


def _somewhere() -> bool:
    """Return whether there is a current folder. Raises `StorageError`; torch would end the process without one."""
    try:
        return bool(Path.cwd())
    except OSError as error:
        raise StorageError(f"the current folder cannot be used: {error.strerror}; change to another one") from None


def _interruptible() -> None:
    """Have SIGTERM, and SIGHUP of a terminal that is gone, end a command as Ctrl-C does."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL}
    handled = [each for each, before in usual.items() if signal.getsignal(each) is before]

    def interrupt(*_: Any) -> None:
        for each in handled:
            signal.signal(each, signal.SIG_DFL)  # a second one ends at once
        raise KeyboardInterrupt

    for each in handled:
        signal.signal(each, interrupt)


class _Steady(io.FileIO):
    """A stream that goes on when the system refuses what is written, and remembers why it did."""

    refused: OSError | None = None

    def write(self, data: Any, /) -> int:
        """Write what can be written."""
        if self.refused is None:
            try:
                return super().write(data)
            except OSError as error:
                self.refused = error
        return len(data)


def _steady_streams() -> _Steady:
    """Open the streams that are closed, lest a file gets their numbers; let any text be written. Return the output."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number
    codecs.register_error("inloop", _plain)
    raw = []
    for number, name in ((1, "stdout"), (2, "stderr")):
        old = getattr(sys, name)
        encoding, lines = ("utf-8", False) if old is None else (old.encoding, old.line_buffering)
        raw.append(_Steady(number, "w", closefd=False))
        setattr(sys, name, io.TextIOWrapper(io.BufferedWriter(raw[-1]), encoding, "inloop", line_buffering=lines))
    return raw[0]


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Return what stands for characters that a terminal cannot show."""
    assert isinstance(error, UnicodeEncodeError)
    text = "".join(map(_spelled, error.object[error.start : error.end]))
    return text, error.end


def _spelled(character: str) -> str:
    nearest = unicodedata.normalize("NFKD", character.translate(_ASCII))
    plain = nearest.encode("ascii", "ignore").decode()
    return plain or ascii(character)[1:-1] if "\ud800" <= character <= "\udfff" else plain or "?"
