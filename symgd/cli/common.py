"""What the commands share: errors in one sentence, the options of a neuron, numbers, files."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from pathlib import Path
from traceback import walk_tb
from typing import TYPE_CHECKING, Any

import click

from symgd.cli.surroundings import settle_in
from symgd.errors import (
    InputError,
    SymgdError,
    SymgdWarning,
    cut,
    shortened,
    visible,
    visible_lines,
)  # fmt: skip
from symgd.files import real
from symgd.origins import NESTED, is_of_library, of_environment
from symgd.pages.messages import LANGUAGES
from symgd.resources import Limits
from symgd.training.interrupts import Interrupted, asked, raised
from symgd.trees.styles import STYLES

if TYPE_CHECKING:
    from symgd.api import Model, Run


INTERNAL_ERROR = 3


def _limits_option() -> click.Option:
    usual = Limits()
    return click.Option(
        ["--limits"],
        metavar="NAME=N,...",
        expose_value=False,
        callback=_enter_limits,
        help=f"What one call may take: seconds={usual.seconds:g} of processor time, "
        f"memory={usual.memory:g} megabytes, nodes={usual.nodes} a formula, "
        f"digits={usual.digits}, samples={usual.samples} points; none is no limit.",
    )


def _enter_limits(ctx: click.Context, _: click.Parameter, text: str | None) -> None:
    if text is not None:
        ctx.with_resource(Limits.parse(text))


class Group(click.Group):
    """Commands whose errors are a sentence and exit code 2, never a traceback; 3 is symgd's own.

    Each of them takes --limits.
    """

    def add_command(self, cmd: click.Command, name: str | None = None) -> None:
        cmd.params.append(_limits_option())
        super().add_command(cmd, name)

    def main(self, *args: Any, standalone_mode: bool = True, **more: Any) -> Any:
        """click prints a mistyped option with four lines of usage; here it is one sentence."""
        settle_in()
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                # A terminal that has no ŷ shows a question mark, not a traceback.
                stream.reconfigure(errors="replace")
        with raised():
            code = self._code(super().main, *args, **more)
            # The conventional exit code of what ends by a signal.
            if (sign := asked()) is not None and code != 128 + sign:
                say("Interrupted; what was reached is given, and no file is half written.")
                code = 128 + sign
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code

    def _code(self, run: Any, *args: Any, **more: Any) -> Any:
        """What a command gives, as a rule its exit code."""
        try:
            return run(*args, standalone_mode=False, **more)
        except click.UsageError as error:
            said = " ".join(error.format_message().split()).removesuffix(".")
            # What was typed is repeated, and may be a whole file.
            say(f"{shortened(said)}. See symgd --help.")
            return 2
        except (click.Abort, KeyboardInterrupt):
            return _interrupted()
        except OSError as error:  # of --help and --version, which are no commands
            return _not_written(error)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("always", SymgdWarning)
                warnings.showwarning = _one_sentence(warnings.showwarning)
                return super().invoke(ctx)
        except Interrupted:
            ctx.exit(_interrupted())
        except SymgdError as error:
            say(str(error))
            ctx.exit(2)
        except OSError as error:
            ctx.exit(_not_written(error))
        except RecursionError:
            say(NESTED)
            ctx.exit(2)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        # An exit code of its own, so that nobody takes a crash for a wrong line.
        except Exception as error:
            if (told := of_environment(error)) is not None:
                say(str(told))
                ctx.exit(2)
            place = traceback.extract_tb(error.__traceback__)[-1]
            words = " ".join(str(error).split())[:200]
            say(
                f"This is a fault of symgd, please report it: {type(error).__name__} "
                f"{words} ({Path(place.filename).name}:{place.lineno})."
            )
            ctx.exit(INTERNAL_ERROR)


def say(sentence: str) -> None:
    """A sentence on stderr that steers no terminal; one that nobody can be told is not told."""
    with contextlib.suppress(OSError):
        click.echo(visible_lines(f"symgd: {sentence}"), err=True)


def _interrupted() -> int:
    """What is said where nothing was reached, and the exit code."""
    say("Interrupted; no file is half written.")
    return 128 + (asked() or signal.SIGINT)


def _not_written(error: OSError) -> int:
    """What is said of an output that takes nothing, and the exit code.

    What is read and written by name has a sentence of its own: this is the output, or what the
    system refuses to the process itself, such as one more open file.
    """
    if isinstance(error, BrokenPipeError):
        # A reader that has seen enough (`symgd derive | head`) is no fault: the rest goes.
        sys.stdout = None
        return 0
    reason = error.strerror or " ".join(str(error).split())
    if _is_of_output(error):
        _discard_output()
        say(f"The output could not be written: {reason}.")
    elif not _has_folder():
        say("The folder that this is called from is gone; go to one that is there.")
    else:
        of = f" ({cut(str(error.filename), 300)})" if error.filename is not None else ""
        say(f"The system refused what this needs: {reason}{of}.")
    return 2


def _is_of_output(error: OSError) -> bool:
    """Whether it was raised where something was written to the terminal."""
    return any(frame.f_code is click.echo.__code__ for frame, _ in walk_tb(error.__traceback__))


def _has_folder() -> bool:
    try:
        os.getcwd()
    except OSError:
        return False
    return True


def _discard_output() -> None:
    """What is still to be written to a stream that takes nothing is not tried again at the end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _one_sentence(usual: Callable[..., None]) -> Callable[..., None]:
    """What symgd warns of, said as errors are."""

    def show(message: Any, category: type[Warning], *more: Any) -> None:
        if issubclass(category, SymgdWarning):
            say(str(message))
        elif not (more and is_of_library(str(more[0]))):
            usual(message, category, *more)

    return show


def among(table: Mapping[str, object]) -> Any:
    """One of the names of a table, as it stands when it is asked."""
    choice: Any = click.Choice(())
    choice.choices = table.keys()
    return choice


detail_option = click.option(
    "--detail",
    type=click.Choice(("brief", "textbook", "full")),
    default="textbook",
    show_default=True,
    help="How many lines a derivation takes.",
)
language_option = click.option(
    "--language",
    type=among(LANGUAGES),
    default="en",
    show_default=True,
    help="The language of the words.",
)
# The same, where a file may say it as well.
language_choice = click.option(
    "--language", type=among(LANGUAGES), help="The language of the words; English without it."
)
output_option = click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write here instead of to the terminal.",
)


def neuron_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What a neuron is made of, the same for every command that takes one."""
    for option in (
        click.option("--constants", "-c", metavar="q=1,delta=2",
                     help="Numbers for the letters of the activation or the loss."),
        click.option("--inputs", default=1, show_default=True, metavar="N",
                     help="How many inputs x the neuron has."),
        click.option("--loss", "-l", default="quadratic", show_default=True, metavar="L",
                     help="A name (huber(delta=1)) or a formula in yhat and y, "
                          "or t for labels -1 and 1."),
        click.option("--activation", "-a", default="sigmoid", show_default=True, metavar="A",
                     help="A name (tanh, elu(alpha=1)) or a formula in z (z*tanh(log(1+exp(z))))."),
    ):  # fmt: skip
        command = option(command)
    return command


def notation_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How pages write the names of the model, and its numbers; `model_of` reads them."""
    for option in (
        click.option("--digits", type=int, metavar="N", expose_value=False, callback=_keep,
                     help="How many digits of a computed number are shown.  [default: 4]"),
        click.option("--notation", metavar=r"STYLE,lam=\lambda,...", expose_value=False,
                     callback=_keep,
                     help="How names are written: the style of a book "
                          f"({', '.join(STYLES)}), names with their LaTeX, or both."),
    ):  # fmt: skip
        command = option(command)
    return command


def _keep(ctx: click.Context, option: click.Parameter, value: Any) -> None:
    if value is not None:
        ctx.meta[f"symgd.{option.name}"] = value


def in_notation(model: Model) -> Model:
    """The model as --notation and --digits have it written."""
    meta = click.get_current_context().meta
    text, digits = meta.get("symgd.notation"), meta.get("symgd.digits")
    if text is None and digits is None:
        return model
    from symgd.language.notation import notation_of

    own = model.graph.notation if text is None else notation_of(text)
    return model.in_notation({"style": own.style, "names": own.names,
                              "digits": own.digits if digits is None else digits})  # fmt: skip


def model_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """A model from a file, instead of a neuron."""
    option = click.option(
        "--model", "model_file", type=click.Path(path_type=Path), metavar="FILE.toml",
        help="A model of scalars, of arrays or of layers.",
    )  # fmt: skip
    return option(command)


def model_of(
    model_file: Path | None, activation: str, loss: str, inputs: int, constants: str | None
) -> tuple[Model, dict[str, Any]]:
    """The model of the options, and the values that its file gives."""
    if model_file is None:
        return in_notation(neuron_of(activation, loss, inputs, constants)), {}
    refuse(
        ("activation", "loss", "inputs", "constants"),
        "is of a neuron; with --model the file says what the model is",
    )
    from symgd.api.files import read_model, read_values

    return in_notation(read_model(model_file)), read_values(model_file)


def refuse(options: tuple[str, ...], why: str) -> None:
    """Refuse options that were typed."""
    ctx = click.get_current_context()
    for name in options:
        if ctx.get_parameter_source(name) == click.core.ParameterSource.COMMANDLINE:
            raise InputError(f"--{name} {why}.")


def values_of(text: str | None) -> dict[str, Any]:
    """`w=.5,b=2`, or a file of values (.npz, .json, or [values] in .toml)."""
    if text is None:
        return {}
    from symgd.api.files import is_value_file, read_values

    return read_values(text) if is_value_file(text.strip()) else dict(numbers(text))


def neuron_of(activation: str, loss: str, inputs: int, constants: str | None) -> Model:
    """The neuron of the options."""
    from symgd.api import Neuron

    fixed = numbers(constants) if constants is not None else None
    return Neuron(activation, loss, inputs=inputs, constants=fixed)


def numbers(text: str) -> dict[str, float]:
    """`w=.5,b=2` → {"w": 0.5, "b": 2.0}."""
    from symgd.api.files import numbers

    return numbers(text)


def all_scalars(model: Model) -> bool:
    """Whether every name of the model is a number."""
    return set(model.shapes.values()) == {"a scalar"}


def is_terminal(stream: Any) -> bool:
    """Whether somebody reads along; a stream that was closed is None."""
    return stream is not None and bool(stream.isatty())


def is_of_bytes(stream: Any) -> bool:
    """Whether a program may read along, and not a person or a text in memory (`StringIO`)."""
    return hasattr(stream, "buffer") and not is_terminal(stream)


def write_page(body: str | bytes, output: Path | None, for_people: bool = False) -> None:
    """To the terminal, or to a file that is written whole.

    Programs read UTF-8, whatever the terminal is set to; `for_people` what is not for them.
    """
    if output is None:
        if isinstance(body, str) and not for_people and is_of_bytes(sys.stdout):
            body = body.encode("utf-8", "replace")
        click.echo(body, nl=False)
        return
    from symgd.files import write_whole

    write_whole(output, body)
    click.echo(visible(f"{output} written."), err=True)


def distinct(**paths: Path | None) -> None:
    """Refuse to write over what is read, or over what is written beside it."""
    seen: dict[Path, str] = {}
    for what, path in paths.items():
        if path is None:
            continue
        other = seen.setdefault(real(path), what)
        if other != what:
            raise InputError(f"{path} is named both as {other} and as {what}; give two files.")


def run_text(run: Run) -> str:
    """Ten lines of the history and the last, where the parameters ended, and what is to be said."""
    wide = len(str(run.epochs))
    lines = [f"  epoch {r.epoch:>{wide}}   cost {r.cost!r}" for r in run.milestones()]
    ends = ", ".join(f"{n} {ending(v)}" for n, v in run.parameters.items())
    return "\n".join([*lines, f"  {ends}", *(f"  {r}" for r in run.remarks())])


def ending(value: Any) -> str:
    """= 0.5, or of an array its shape: a terminal has no room for it."""
    shape = getattr(value, "shape", ())
    return f"of {' × '.join(map(str, shape))}" if shape else f"= {value!r}"
