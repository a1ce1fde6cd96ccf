"""tpuscope: a simulator and profiler for Sophgo's TPUs.

    import tpuscope
    run = tpuscope.profile("model.onnx", chip="bm1684x", precision="int8")
    print(run)                  # the table; in a notebook, `run` alone is the page
    run.save("page.html")       # the picture

Functions are the verbs of the program, and keywords are their flags: --group-method is
group_method, a flag that may be repeated takes a list or a dictionary. Figures are the
program's own. Mistakes raise tpuscope.Error with .where, .hint and .exit_code.
"""

from __future__ import annotations

import contextlib
import inspect
import os
import tempfile
from typing import Any, Iterator, List, Mapping, Optional, Union

from . import _native
from ._ask import FORMS, Listener, ask, flags_of
from ._chip import Chip
from ._errors import (Cause, Error, InputError, InternalError, UnsupportedError, UsageError,
                      WriteError)
from ._results import (Advice, Comparison, Diff, Interval, LanguageModel, Profile, Result, Sweep)
from ._table import Column, Table

__all__ = [
    "Advice", "Cause", "Chip", "Column", "Comparison", "Diff", "Error", "InputError",
    "InternalError", "Interval", "LanguageModel", "Profile", "Result", "Sweep", "Table",
    "UnsupportedError", "UsageError", "WriteError", "advise", "builtin_chips", "builtin_models",
    "compare", "diff", "forms", "llm", "profile", "sweep",
]

__version__: str = _native.version

ChipLike = Union[str, "os.PathLike[str]", Chip]


def profile(model: Any, *, chip: Optional[ChipLike] = None, precision: Optional[str] = None,
            progress: Optional[Listener] = None, **flags: Any) -> Profile:
    """Simulates one configuration of a network.

    model: a path (ONNX, text, .bmodel, a capture), the name of a built-in network, text of
        several lines, bytes, or an onnx.ModelProto; values of weights are not needed
    chip: a name, a chip file or a Chip; default "bm1684x"
    precision: "f32", "f16", "bf16" or "int8"; default "f16"
    progress: called as progress(what, done, total) while the run lasts; what it raises is
        raised at the end
    """
    answer = ask("profile", [model], {"chip": chip, "precision": precision, **flags},
                 ["json"] if flags.get("sensitivities") else [], progress)
    return Profile(answer)


def compare(model: Any, *, chip: Optional[ChipLike] = None, precision: Optional[str] = None,
            progress: Optional[Listener] = None, **flags: Any) -> Comparison:
    """Simulates a network before and after optimisation: model, chip, precision and progress
    are those of profile()."""
    return Comparison(ask("compare", [model], {"chip": chip, "precision": precision, **flags},
                          FORMS, progress))


def sweep(model: Any, vary: Mapping[str, Any], *, chip: Optional[ChipLike] = None,
          precision: Optional[str] = None, progress: Optional[Listener] = None,
          **flags: Any) -> Sweep:
    """Simulates a network over a grid, on all cores.

    vary: values by key, as {"batch": [1, 4], "chip.ddr.peak_gbps": "16:64:8"};
        `tpuscope list sweep-keys` shows the keys
    """
    arguments = {"vary": vary, "chip": chip, "precision": precision, **flags}
    return Sweep(ask("sweep", [model], arguments, FORMS, progress))


def advise(model: Any, *, chip: Optional[ChipLike] = None, precision: Optional[str] = None,
           progress: Optional[Listener] = None, **flags: Any) -> Advice:
    """Tries what else could be chosen: precisions, batches, groups, cores, chips."""
    return Advice(ask("advise", [model], {"chip": chip, "precision": precision, **flags}, FORMS,
                      progress))


def llm(model: Any, *, chip: Optional[ChipLike] = None, precision: Optional[str] = None,
        **flags: Any) -> LanguageModel:
    """First token, tokens per second and memory of a language model.

    model: a config.json, the folder of a model, or the configuration as a dictionary
    precision: "w4bf16", "w8f16", "bf16", ...
    """
    return LanguageModel(ask("llm", [model], {"chip": chip, "precision": precision, **flags},
                             FORMS))


def diff(base: Any, now: Any, **flags: Any) -> Diff:
    """Sets two runs side by side: runs of profile(), or paths of reports, captures and
    compiled models. fail_on=["time_ps>+2%"] makes `.failed` true where it holds."""
    with _as_report(base) as first, _as_report(now) as second:
        return Diff(ask("diff", [first, second], flags, FORMS))


@contextlib.contextmanager
def _as_report(run: Any) -> Iterator[Any]:
    if not isinstance(run, Profile):
        yield run
        return
    with tempfile.TemporaryDirectory(prefix="tpuscope-") as folder:
        path = os.path.join(folder, "report.json")
        run.save(path)
        yield path


def builtin_models() -> List[str]:
    """Names of the networks that are in the program."""
    return _native.builtin_models()


def builtin_chips() -> List[str]:
    """Names of the chips that are in the program."""
    return _native.builtin_chips()


def forms() -> List[str]:
    """The forms that Profile.form() writes."""
    return _native.forms()


def _document(verb: str, function: Any) -> None:
    """Puts the verb's flags into documentation and signature, for help() and completion: the
    program's own table of them."""
    own = inspect.signature(function)
    named = [of for of in own.parameters.values() if of.kind is not of.VAR_KEYWORD]
    further = {key: flag for key, flag in flags_of(verb).items() if key not in own.parameters}
    keywords = [inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=None)
                for key in further]
    function.__signature__ = own.replace(parameters=named + keywords)
    lines = [f"    {key}: {flag.help}" + (f"; default: {flag.fallback}" if flag.fallback else "")
             for key, flag in further.items()]
    text = (function.__doc__ or "").rstrip()
    function.__doc__ = f"{text}\n\n    Further keywords are the flags of `tpuscope {verb}`:\n\n" + \
        "\n".join(lines) + "\n    "


for _verb, _function in {"profile": profile, "compare": compare, "sweep": sweep,
                         "advise": advise, "llm": llm, "diff": diff}.items():
    _document(_verb, _function)
