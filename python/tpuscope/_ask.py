"""From arguments in Python to the words of a command line, and back to an answer."""

from __future__ import annotations

import contextlib
import difflib
import json
import os
import tempfile
import warnings
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence

from . import _native
from ._chip import Chip
from ._errors import error_of

Listener = Callable[[str, int, int], None]
"""Called as listener(what, done, total); total 0: one step of unknown length begins."""

FORMS = ["json", "html", "csv", "markdown"]

# What every verb takes is about terminals.
_COMMON = {"help", "quiet", "json", "color", "ascii", "wide", "markdown", "brief"}


class Flag(NamedTuple):
    """A flag of a verb, as `tpuscope VERB --help` has it."""

    name: str
    value: str
    help: str
    fallback: str
    repeats: bool
    writes: bool


def key_of(flag: str) -> str:
    """The keyword that stands for a flag: --group-method is group_method."""
    return flag.lstrip("-").replace("-", "_")


@lru_cache(maxsize=None)
def flags_of(verb: str) -> Dict[str, Flag]:
    """The keywords that a verb takes."""
    flags = [Flag(*flag) for flag in _native.flags(verb)]
    return {key_of(flag.name): flag for flag in flags if key_of(flag.name) not in _COMMON}


def _texts(value: Any) -> List[str]:
    if isinstance(value, Mapping):
        return [f"{key}={_joined(of)}" for key, of in value.items()]
    if isinstance(value, (list, tuple)):
        return [_text(of) for of in value]
    return [_text(value)]


def _joined(value: Any) -> str:
    return ",".join(map(_text, value)) if isinstance(value, (list, tuple, range)) else _text(value)


def _text(value: Any) -> str:
    return os.fspath(value) if isinstance(value, os.PathLike) else str(value)


def words_of(verb: str, arguments: Mapping[str, Any]) -> List[str]:
    """The words of these keywords. None and False leave a flag out."""
    known = flags_of(verb)
    words: List[str] = []
    for key, value in arguments.items():
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            raise TypeError(f"{verb} takes no argument {key!r}{hint}")
        flag = known[key]
        if value is None or value is False:
            continue
        if isinstance(value, Chip):
            words += value.words()
        elif not flag.value:
            if value is not True:
                raise TypeError(f"{key} is True or False")
            words.append(flag.name)
        elif value is True:
            raise TypeError(f"{key} needs a value: {flag.value}")
        else:
            texts = _texts(value) if flag.repeats else [_joined(value)]
            words += [f"{flag.name}={text}" for text in texts]
    return words


@contextlib.contextmanager
def as_file(model: Any) -> Iterator[str]:
    """The path, or the name of a built-in network, of what stands for a model: these
    themselves, a network in the project's text (a string of several lines), the bytes
    of a file, what serialises itself as an onnx.ModelProto does, or the config.json of a
    language model as a dictionary."""
    if isinstance(model, os.PathLike) or (isinstance(model, str) and "\n" not in model):
        yield os.fspath(model)
        return
    name = "model.tpu"
    if isinstance(model, str):
        data = model.encode()
    elif isinstance(model, (bytes, bytearray, memoryview)):
        data, name = bytes(model), "model.onnx"
    elif isinstance(model, Mapping):
        data, name = json.dumps(model).encode(), "config.json"
    elif hasattr(model, "SerializeToString"):
        data, name = model.SerializeToString(), _name_of(model) + ".onnx"
    else:
        raise TypeError(f"a model is a path, text, bytes or an onnx.ModelProto, not {model!r}")
    with tempfile.TemporaryDirectory(prefix="tpuscope-") as folder:
        path = Path(folder, name)
        path.write_bytes(data)
        yield str(path)


def _name_of(model: Any) -> str:
    name = str(getattr(getattr(model, "graph", None), "name", ""))
    return "".join(c if c.isalnum() or c in "-_." else "_" for c in name).strip(".") or "model"


def ask(verb: str, models: Sequence[Any], arguments: Mapping[str, Any], forms: Sequence[str],
        progress: Optional[Listener] = None) -> Any:
    """Runs a verb; raises Error where it fails. Other threads of Python run meanwhile."""
    words = [verb] + words_of(verb, arguments)
    with contextlib.ExitStack() as files:
        words += ["--"] + [files.enter_context(as_file(model)) for model in models]
        answer = _native.ask(words, list(forms), progress)
    if answer.errors:
        raise error_of(answer.code, answer.errors)
    for line in answer.messages.splitlines():
        if line.startswith("warning: "):
            warnings.warn(line[len("warning: "):], stacklevel=3)
    return answer
