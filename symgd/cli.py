"""The command line: thin, each command a few calls of `symgd.api`.

Exit codes: 0 done, 2 the input is at fault (one clear message on stderr, no traceback).

`symgd.api` is imported inside the commands so that `--help` and a mistyped option answer at once,
without waiting for sympy.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symgd import __version__
from symgd.errors import InputError, SymgdError, listing

if TYPE_CHECKING:
    from symgd.api import Derivation, Neuron

FORMATS = ("text", "latex", "markdown", "html", "json")
LANGUAGES = ("en", "zh")
DEMO_POINT = {"w": 0.5, "b": 2.0, "x": 3.0, "y": 0.0}
DEMO_RATE, DEMO_EPOCHS = 0.05, 1000


class Group(click.Group):
    """Commands whose errors are a sentence and exit code 2, never a traceback."""

    def main(self, *args: Any, standalone_mode: bool = True, **more: Any) -> Any:
        """click prints a mistyped option with four lines of usage; here it is one sentence."""
        try:
            run: Any = super().main
            code = run(*args, standalone_mode=False, **more)
        except click.UsageError as error:
            click.echo(f"symgd: {error.format_message()} See symgd --help.", err=True)
            code = 2
        except click.Abort:
            code = 130
        if standalone_mode:
            sys.exit(code if isinstance(code, int) else 0)
        return code

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except SymgdError as error:
            click.echo(f"symgd: {error}", err=True)
            ctx.exit(2)
        except BrokenPipeError:
            # A reader that has seen enough (`symgd derive | head`) is no fault: the rest goes.
            sys.stdout = None
            ctx.exit(0)
        except RecursionError:
            click.echo(
                "symgd: The formula is nested too deeply; split it into named definitions.",
                err=True,
            )
            ctx.exit(2)


def neuron_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """--activation, --loss and --inputs, the same for every command that takes a neuron."""
    for option in (
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


@click.group(
    cls=Group, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.version_option(__version__, prog_name="symgd")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Write a neuron's forward formula once; get its gradient derived step by step, each step
    checked, compiled, and the descent that it drives.

    Without a command: the whole path for the default neuron, z = wx + b, ŷ = σ(z), C = ½(y − ŷ)².
    """
    if ctx.invoked_subcommand is None:
        demo()


def demo() -> None:
    """The main job: the model, its derivation, the numbers plugged in, the descent."""
    from symgd.api import Neuron, train
    from symgd.optimize import sgd

    neuron = Neuron()
    click.echo(neuron.derive().at(DEMO_POINT, rate=DEMO_RATE).to_text())
    start = {n: DEMO_POINT[n] for n in neuron.parameters}
    data: dict[str, Any] = {n: DEMO_POINT[n] for n in neuron.inputs}
    run = train(
        neuron, **data, start=start, optimizer=sgd(DEMO_RATE), epochs=DEMO_EPOCHS, progress=False
    )
    heading = f"The descent: {DEMO_EPOCHS} epochs at learning rate {DEMO_RATE}"
    click.echo(heading + "\n" + "─" * len(heading))
    click.echo(history_table(run.history))
    click.echo("  " + ", ".join(f"{n} = {v!r}" for n, v in run.parameters.items()))


def history_table(costs: Any, rows: int = 10) -> str:
    """Ten lines of the history, and the last."""
    last = len(costs) - 1
    epochs = sorted({*range(0, last + 1, max(1, last // rows)), last})
    wide = len(str(last))
    return "\n".join(f"  epoch {e:>{wide}}   cost {costs[e]!r}" for e in epochs)


@main.command()
@neuron_options
@click.option("--wrt", metavar="w,b", help="The parameters to differentiate in; without it, all.")
@click.option(
    "--order",
    default=1,
    show_default=True,
    metavar="N",
    help="1 for the gradient, 2 for the Hessian, at most 4.",
)
@click.option("--at", "point", metavar="w=.5,b=2,x=3,y=0", help="Plug these numbers in.")
@click.option(
    "--rate",
    default=DEMO_RATE,
    show_default=True,
    metavar="R",
    help="Learning rate of the one update of --at.",
)
@click.option(
    "--detail",
    type=click.Choice(("brief", "textbook", "full")),
    default="textbook",
    show_default=True,
    help="How many lines a derivation takes.",
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(FORMATS),
    help="Without it, by the ending of -o, else text.",
)
@click.option(
    "--language",
    type=click.Choice(LANGUAGES),
    default="en",
    show_default=True,
    help="The language of the words.",
)
@click.option("--fragment", is_flag=True, help="LaTeX without a preamble, to be put into a paper.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write here instead of to the terminal.",
)
def derive(
    activation: str, loss: str, inputs: int, wrt: str | None, order: int, point: str | None,
    rate: float, detail: str, format_: str | None, language: str, fragment: bool,
    output: Path | None,
) -> None:  # fmt: skip
    """Derive the gradient of a neuron, step by step, each step checked."""
    from symgd.api import Neuron

    names = [n.strip() for n in wrt.split(",")] if wrt is not None else []
    neuron = Neuron(activation, loss, inputs=inputs)
    derivation: Derivation = neuron.derive(*names, order=order, detail=detail)
    if point is not None:
        derivation = derivation.at(numbers(point), rate=rate)
    format_ = format_ or format_of(output)
    body = {
        "text": derivation.to_text,
        "latex": lambda language: derivation.to_latex(not fragment, language),
        "markdown": derivation.to_markdown,
        "html": derivation.to_html,
        "json": derivation.to_json,
    }[format_](language)
    put(body, output)


def format_of(output: Path | None) -> str:
    """The format that the ending of a file names."""
    if output is None:
        return "text"
    endings = {".txt": "text", ".tex": "latex", ".md": "markdown", ".html": "html", ".json": "json"}
    if output.suffix not in endings:
        raise InputError(
            f"{output.name} ends in no known format; "
            f"end it in {listing(endings)}, or give --format."
        )
    return endings[output.suffix]


def numbers(text: str) -> dict[str, float]:
    """`w=.5,b=2` → {"w": 0.5, "b": 2.0}."""
    from symgd.parse import parse_assignments

    out = {}
    for name, value in parse_assignments(text).items():
        number = complex(value)
        if number.imag:
            raise InputError(f"{name}={value} is not a real number.")
        out[name] = number.real
    return out


def put(body: str, output: Path | None) -> None:
    """To the terminal, or to a file that is written whole."""
    if output is None:
        click.echo(body, nl=False)
        return
    from symgd.files import write_whole

    write_whole(output, body)
    click.echo(f"{output} written.", err=True)


@main.command(name="list")
@click.argument("what", required=False, metavar="[activations|losses|optimizers|rules|NAME]")
def list_(what: str | None) -> None:
    """The activations, losses, optimizers and rules; with a NAME, all about that one."""
    from symgd.render.catalogue import listed

    click.echo(listed(what), nl=False)


@main.command()
@neuron_options
@click.argument("data", required=False, type=click.Path(path_type=Path), metavar="[DATA.csv]")
@click.option("--at", "point", metavar="x=3,y=0", help="One sample instead of a file.")
@click.option("--start", metavar="w=.5,b=2", help="Where the parameters start; without it, at 0.")
@click.option(
    "--constants", metavar="delta=1", help="Numbers for the letters of the activation or the loss."
)
@click.option(
    "--optimizer",
    default="sgd(rate=0.05)",
    show_default=True,
    metavar="O",
    help="sgd, adam, rmsprop or adagrad, with its numbers.",
)
@click.option("--epochs", default=1000, show_default=True, metavar="N", help="How many updates.")
@click.option(
    "--tolerance", type=float, metavar="T", help="Stop once the cost falls by less than this."
)
@click.option(
    "--reduction",
    type=click.Choice(("mean", "sum")),
    default="mean",
    show_default=True,
    help="Over the samples.",
)
@click.option(
    "--history",
    type=click.Path(path_type=Path),
    metavar="FILE.csv",
    help="Write epoch, cost and parameters here.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE.json",
    help="Write the parameters here.",
)
def train(
    activation: str, loss: str, inputs: int, data: Path | None, point: str | None,
    start: str | None, constants: str | None, optimizer: str, epochs: int,
    tolerance: float | None, reduction: str, history: Path | None, output: Path | None,
) -> None:  # fmt: skip
    """Descend the cost of a neuron on the samples of DATA.csv, whose header names the inputs
    (x, y).
    """
    from symgd.api import Neuron
    from symgd.api import train as descend
    from symgd.optimize import parse_optimizer
    from symgd.render.run import to_csv, to_json

    distinct(data=data, history=history, output=output)
    neuron = Neuron(activation, loss, inputs=inputs)
    fixed = numbers(constants) if constants else {}
    values = {**samples(neuron, data, point, fixed), **fixed}
    begin = dict.fromkeys(neuron.parameters, 0.0) | (numbers(start) if start else {})
    for name in begin:
        if name not in neuron.parameters:
            raise InputError(
                f"--start gives {name}, which is not a parameter; the parameters are "
                f"{listing(neuron.parameters)}."
            )
    run = descend(
        neuron, **values, start=begin, optimizer=parse_optimizer(optimizer), epochs=epochs,
        reduction=reduction, tolerance=tolerance,
    )  # fmt: skip
    if history is not None:
        put(to_csv(run), history)
    if output is not None:
        put(to_json(run), output)
    click.echo(history_table(run.history))
    click.echo("  " + ", ".join(f"{n} = {v!r}" for n, v in run.parameters.items()))
    click.echo(f"  {run.epochs} epochs, stopped by: {run.stopped}")


def distinct(**paths: Path | None) -> None:
    """Refuse to write over what is read, or over what is written beside it."""
    seen: dict[Path, str] = {}
    for what, path in paths.items():
        if path is None:
            continue
        other = seen.setdefault(path.resolve(), what)
        if other != what:
            raise InputError(f"{path} is named both as {other} and as {what}; give two files.")


def samples(
    neuron: Neuron, data: Path | None, point: str | None, fixed: dict[str, float]
) -> dict[str, Any]:
    """The data columns that the neuron needs, from a file or from --at."""
    from symgd.data import read_csv

    if (data is None) == (point is None):
        raise InputError(
            "Give the samples either as a file, symgd train DATA.csv, "
            "or as one point, --at x=3,y=0."
        )
    if point is not None:
        return numbers(point)
    assert data is not None
    letters = [n for n in neuron.inputs if n not in fixed and n[0] not in "xyt"]
    if letters:
        raise InputError(
            f"{listing(letters)} needs a number: write it with the name, as in huber(delta=1), or "
            f"give --constants {letters[0]}=1."
        )
    return read_csv(data, [n for n in neuron.inputs if n not in fixed])


if __name__ == "__main__":
    main()
