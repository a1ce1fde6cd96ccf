"""What goes wrong, as exceptions: one class per exit status of the program."""

from __future__ import annotations

from typing import List, NamedTuple, Sequence, Tuple


class Cause(NamedTuple):
    """One of the reasons of an error."""

    message: str
    where: str
    hint: str


class Error(Exception):
    """Something that a user got wrong.

    message: what is wrong, of the first cause
    where: the place, as "net.onnx:/nodes/12", or empty
    hint: what to do next, or empty
    exit_code: the status with which the program ends in this case
    causes: all that is wrong, up to twenty
    """

    exit_code = 1

    def __init__(self, causes: Sequence[Tuple[str, str, str]]) -> None:
        self.causes: List[Cause] = [Cause(*cause) for cause in causes]
        self.message, self.where, self.hint = self.causes[0]
        super().__init__("\n".join(_text(cause) for cause in self.causes))

    def __reduce__(self):
        return type(self), ([tuple(cause) for cause in self.causes],)


class UsageError(Error, ValueError):
    """An unknown flag, chip, switch or name."""

    exit_code = 2


class InputError(Error, ValueError):
    """Input that cannot be read, or contradicts itself."""

    exit_code = 3


class UnsupportedError(Error, NotImplementedError):
    """Well-formed input that asks for what is not modelled."""

    exit_code = 4


class WriteError(Error, OSError):
    """An output that could not be written."""

    exit_code = 5


class InternalError(Error, RuntimeError):
    """A bug in tpuscope; the message names a file to repeat it from."""

    exit_code = 70


_CLASSES = {
    kind.exit_code: kind
    for kind in (UsageError, InputError, UnsupportedError, WriteError, InternalError)
}


def _text(cause: Cause) -> str:
    text = f"{cause.where}: {cause.message}" if cause.where else cause.message
    return f"{text}\nhint: {cause.hint}" if cause.hint else text


def error_of(exit_code: int, causes: Sequence[Tuple[str, str, str]]) -> Error:
    """The exception for a failure of the program."""
    return _CLASSES.get(exit_code, Error)(causes)
