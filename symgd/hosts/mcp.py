"""Tools for agents, over the Model Context Protocol: `symgd mcp` speaks it on stdin and stdout.

    check    check_gradient    derive    evaluate       what they do stands in `tasks`

Each answer is data with a schema, and the same in words, which begin with PASSED or NOT PASSED
where something was judged. What is wrong with a call is one sentence, and never ends the server: a
call runs in a process of its own, which is stopped when its time is up.
"""

from __future__ import annotations

import json
import types as python
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Final, Literal, get_args, get_origin, get_type_hints

from symgd import __version__
from symgd.errors import MissingExtraError, SymgdError, listing
from symgd.hosts import tasks
from symgd.hosts.worker import Worker, Workers

try:
    import anyio
    import anyio.to_thread
    from mcp import types
    from mcp.server.lowlevel import Server
    from mcp.server.stdio import stdio_server
    from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
except ImportError as error:
    raise MissingExtraError(
        f"symgd mcp needs the package mcp in version 2 or later ({error}); it comes with "
        'pip install "symgd[mcp]".'
    ) from None

SECONDS: Final = 30.0
WORKERS: Final = 2
MOST_STEPS_SHOWN: Final = 12_000

INSTRUCTIONS: Final = """\
symgd judges derivations of gradients that somebody wrote, and derives gradients itself, every \
step checked. Use check on a derivation in LaTeX, Markdown or plain text before you rely on it or \
hand it on; check_gradient on a formula for a gradient; derive for the derivation itself; evaluate \
for numbers. `passed` is true only if something was claimed and all of it was judged right: what \
is "unknown" was not judged, so it has not passed. A wrong line comes with a point at which its \
two sides differ; put the numbers in before you argue with it."""

# -- what is asked --------------------------------------------------------------------------------

Formula = Annotated[str, Field(max_length=20_000)]


class Asked(BaseModel):
    """The arguments of a call; a name that is not known is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def from_text(cls, data: Any) -> Any:
        """Some clients hand in an object or a list as a text of JSON."""
        if not isinstance(data, dict):
            return data
        return {k: _from_json(v) if _is_structured(cls, k) else v for k, v in data.items()}


class ModelAsked(Asked):
    """A neuron, by activation and loss; or a model of named definitions; or a network.

    With nothing at all: z = wx + b, yhat = sigmoid(z), C = (y - yhat)^2/2.
    """

    activation: Formula | None = Field(
        None, description='Of a neuron: a name ("tanh", "elu(alpha=1)") or a formula in z.'
    )
    loss: Formula | None = Field(
        None,
        description='Of a neuron: a name ("bce", "huber(delta=1)") or a formula in yhat and y.',
    )
    inputs: int | str | None = Field(
        None, description='Of a neuron: how many inputs x, or a name ("n") for a vector of them.'
    )
    definitions: dict[str, Formula] | None = Field(
        None,
        max_length=200,
        description='name → formula, in order, the last one the cost: {"z": "w*x + b", "C": '
        '"(z - y)^2"}. With shapes in the language of arrays: A*x is a product of matrices, .* '
        "goes entry by entry, ' transposes.",
    )
    parameters: list[str] | None = Field(
        None, description="With definitions: the names to differentiate in."
    )
    shapes: dict[str, int | str | list[int | str]] | None = Field(
        None,
        description='name → ["m", "n"] for a matrix, "n" for a column, [] for a scalar; makes the '
        "model one of arrays, and then every name that is not defined needs one.",
    )
    assume: dict[str, str | list[str]] | None = Field(
        None, description='With shapes: name → what is known of it: "spd", "onehot", "symmetric".'
    )
    structure: dict[str, str] | None = Field(
        None, description='With shapes: parameter → "symmetric" or "diagonal": only these move.'
    )
    constants: dict[str, float | str] | None = Field(
        None, description="Without shapes: letter → its number."
    )
    domains: dict[str, str] | None = Field(
        None, description='Without shapes: input → where it lies: "(0, 1)", "{0, 1}", "positive".'
    )
    kinks: dict[str, dict[str, float | str]] | None = Field(
        None, description="Without shapes: name → {corner: the derivative taken there}."
    )
    network: dict[str, Any] | None = Field(
        None, description='A network: {"sizes": [784, 128, 10], "activation": "relu", "loss": ...}.'
    )


class CheckAsked(Asked):
    """A document, and what it does not say itself."""

    text: str = Field(
        max_length=tasks.MOST_CHARACTERS,
        description="The document, with its definitions: mathematics in $...$, \\[...\\] or align, "
        "or as plain text a formula a line.",
    )
    kind: Literal["tex", "md", "txt", "ipynb", "rst", "html"] | None = Field(
        None, description="What the text is; without it, by what it holds."
    )
    definitions: list[Formula] = Field(
        [], max_length=200, description="What the text does not define, in LaTeX: C = (y - wx)^2."
    )
    assume: list[Formula] = Field(
        [], max_length=200, description="Where it is meant to hold, in LaTeX: x > 0."
    )


class GradientAsked(Asked):
    """A cost, and what somebody takes its derivatives for."""

    claimed: dict[str, Formula] = Field(
        max_length=200,
        description="parameter → the formula claimed for ∂C/∂parameter, in any names of the model: "
        '{"w": "(yhat - y)*x", "b": "yhat - y"}.',
    )
    model: ModelAsked | None = Field(None, description="The cost; without it that neuron.")


class DeriveAsked(Asked):
    """A cost, and how its derivation is to be told."""

    model: ModelAsked | None = Field(None, description="The cost; without it that neuron.")
    wrt: list[str] = Field(
        [],
        description="Names of the model to differentiate in; without it, all parameters.",
    )
    order: int = Field(1, ge=1, le=4, description="1 for the gradient, 2 for the Hessian.")
    detail: Literal["brief", "textbook", "full"] = Field(
        "textbook", description="How many lines it takes; of arrays textbook alone."
    )
    style: Literal["differential", "backprop"] | None = Field(
        None, description="With shapes: told by differentials, or by δ layer by layer."
    )
    language: Literal["en", "zh", "de", "fr", "es"] = "en"


class EvaluateAsked(Asked):
    """A cost, and a point."""

    at: dict[str, Any] = Field(
        description="A number for every leaf, parameters and data: w, b, x, y; with shapes a list "
        "of numbers for a column and a list of rows for a matrix.",
    )
    model: ModelAsked | None = Field(None, description="The cost; without it that neuron.")
    order: int = Field(1, ge=1, le=2, description="2 for the Hessian too.")


def _is_structured(cls: type[BaseModel], name: str) -> bool:
    field = cls.model_fields.get(name)
    if field is None:
        return False
    parts = [field.annotation, *get_args(field.annotation)]
    return any(
        get_origin(p) in (dict, list) or (isinstance(p, type) and issubclass(p, BaseModel))
        for p in parts
    )


def _from_json(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, dict | list) else value


# -- what is answered -----------------------------------------------------------------------------

#  type          its JSON schema
SCHEMAS: Final[Mapping[Any, dict[str, Any]]] = {
    bool:        {"type": "boolean"},
    int:         {"type": "integer"},
    float:       {"type": "number"},
    str:         {"type": "string"},
    type(None):  {"type": "null"},
    Any:         {},
}  # fmt: skip


def schema_of(kind: Any) -> dict[str, Any]:
    """The JSON schema of an answer of `tasks`: a TypedDict, and what stands in one."""
    if kind in SCHEMAS:
        return dict(SCHEMAS[kind])
    inner = get_args(kind)
    match get_origin(kind):
        case python.UnionType:
            return {"anyOf": [schema_of(k) for k in inner]}
        case origin if origin is list:
            return {"type": "array", "items": schema_of(inner[0])}
        case origin if origin is dict:
            return {"type": "object", "additionalProperties": schema_of(inner[1])}
    return {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": {n: schema_of(k) for n, k in get_type_hints(kind).items()},
        "required": list(get_type_hints(kind)),
        "additionalProperties": False,
    }


def _in_words_lines(answer: Mapping[str, Any]) -> str:
    said = [answer["summary"]]
    for line in answer["lines"]:
        if line["status"] not in (tasks.WRONG, tasks.UNKNOWN):
            continue
        said.append(f"line {line['line']} is {line['status']}: {line['text']}")
        said += [f"    {finding}" for finding in line["findings"]]
    return "\n".join([*said, *answer["notes"]])


def _in_words_gradient(answer: Mapping[str, Any]) -> str:
    said = [answer["summary"]]
    for d in answer["derivatives"]:
        said.append(f"{d['parameter']} is {d['status']}: {d['claimed']}")
        said += [f"    {d['reason']}"] if d["reason"] else []
        if d["witness"] is not None:
            point = ", ".join(f"{n} = {v}" for n, v in d["witness"]["point"].items())
            left, right = d["witness"]["left"], d["witness"]["right"]
            said.append(f"    At {point} the claimed one is {left}, the derived one {right}.")
    return "\n".join(said)


def _in_words_derivation(answer: Mapping[str, Any]) -> str:
    results = [f"∂/∂{r['parameter']}: {r['formula']}" for r in answer["results"]]
    latex = answer["latex"]
    if len(latex) > MOST_STEPS_SHOWN:
        latex = "The derivation in LaTeX is long; it stands in the structured content."
    return "\n".join([answer["summary"], *results, "", latex])


def _in_words_numbers(answer: Mapping[str, Any]) -> str:
    return f"{answer['summary']}\n{json.dumps(answer, ensure_ascii=False)}"


@dataclass(frozen=True, slots=True)
class Tool:
    """A tool: what is asked, what is answered, and the answer in words."""

    name: str
    title: str
    asked: type[Asked]
    answered: Any
    in_words: Callable[[Mapping[str, Any]], str]
    description: str

    def listed(self) -> types.Tool:
        """As a client lists it."""
        return types.Tool(
            name=self.name,
            title=self.title,
            description=self.description,
            input_schema=self.asked.model_json_schema(),
            output_schema=schema_of(self.answered),
            annotations=types.ToolAnnotations(
                read_only_hint=True, idempotent_hint=True, open_world_hint=False
            ),
        )


TOOLS: Final[Mapping[str, Tool]] = {
    tool.name: tool
    for tool in (
        Tool(
            "check", "Check a derivation", CheckAsked, tasks.CheckAnswer, _in_words_lines,
            "Judge a derivation that somebody wrote (LaTeX, Markdown, text, a notebook), line by "
            "line: right, wrong with a point at which the sides differ and a correction, or "
            "unknown. `passed` is true only if something is claimed and every claim is right; an "
            "unknown line was not judged, so nothing with one in it has passed.",
        ),
        Tool(
            "check_gradient", "Check a formula for a gradient", GradientAsked,
            tasks.GradientAnswer, _in_words_gradient,
            "Judge formulas claimed for the derivatives of a cost, beside the derived ones: "
            "right (proved, or at random points), or wrong with a point and both values.",
        ),
        Tool(
            "derive", "Derive a gradient", DeriveAsked, tasks.DeriveAnswer, _in_words_derivation,
            "Derive the gradient of a neuron, a model of scalars, of arrays or a network, step by "
            "step, each step with its rule and checked; results as formulas and LaTeX.",
        ),
        Tool(
            "evaluate", "Evaluate a cost and its gradient", EvaluateAsked, tasks.EvaluateAnswer,
            _in_words_numbers,
            "The cost of a model and its derivatives at a point, in forms that keep their digits.",
        ),
    )
}  # fmt: skip


# -- the server -----------------------------------------------------------------------------------


def server(workers: Workers, seconds: float = SECONDS) -> Server[Any]:
    """The server; each call has so many seconds in one of the workers."""

    async def list_tools(ctx: Any, params: Any) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[tool.listed() for tool in TOOLS.values()])

    async def call_tool(ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        try:
            answer = await called(workers, params.name, params.arguments or {}, seconds)
        except SymgdError as error:
            return _said(str(error), is_error=True)
        return _said(TOOLS[params.name].in_words(answer), answer)

    return Server(
        "symgd",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


async def called(
    workers: Workers, name: str, arguments: Mapping[str, Any], seconds: float
) -> dict[str, Any]:
    """The answer of a tool; a call that the client takes back is stopped.

    Raises SymgdError with one sentence.
    """
    tool = TOOLS.get(name)
    if tool is None:
        raise SymgdError(f"There is no tool {name[:60]!r}; the tools are {listing(TOOLS)}.")
    try:
        asked = tool.asked.model_validate(arguments).model_dump(exclude_none=True)
    except ValidationError as error:
        raise SymgdError(refusal(name, error)) from None
    except RecursionError:
        raise SymgdError(f"The arguments of {name} are nested too deeply.") from None
    busy: list[Worker] = []
    run = partial(workers.run, name, asked, seconds, busy.append)
    try:
        answer: dict[str, Any] = await anyio.to_thread.run_sync(run, abandon_on_cancel=True)
    except anyio.get_cancelled_exc_class():
        for worker in busy:
            worker.stop()
        raise
    return answer


def refusal(name: str, error: ValidationError) -> str:
    """What is wrong with the arguments, in one sentence."""
    wrong = error.errors(include_url=False, include_input=False)
    said = [f"{'.'.join(map(str, e['loc'])) or 'the arguments'}: {e['msg']}" for e in wrong[:3]]
    more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
    return f"The arguments of {name} do not fit: {'; '.join(said)}{more}."


def _said(
    text: str, data: dict[str, Any] | None = None, is_error: bool = False
) -> types.CallToolResult:
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)],
        structured_content=data,
        is_error=is_error,
    )


def serve(seconds: float = SECONDS) -> None:
    """Answer on stdin and stdout until the client goes."""

    async def run(workers: Workers) -> None:
        served = server(workers, seconds)
        async with stdio_server() as (read, write):
            await served.run(read, write, served.create_initialization_options())

    with Workers(WORKERS) as workers:
        anyio.run(run, workers)
