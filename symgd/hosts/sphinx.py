r"""A directive for Sphinx and MyST: `symgd` derives, or checks, and fails the build when it must.

    extensions = ["symgd.hosts.sphinx"]

    .. symgd::                                ```{symgd}
       :activation: tanh                      :check:
       :loss: bce                             :define: C = \frac12 (y - wx)^2
       :wrt: w                                \frac{dC}{dw} = -(y - wx) x
                                              ```

Without :check: the content is a model in TOML, as of `symgd derive --model`, or the argument names
such a file; with neither it is a neuron. With :check: the content is mathematics as of `math`, or
in MyST a text with $...$ in it. What is set are nodes of mathematics, so any builder has them.

A wrong line, a model that does not read, and a derivation that does not hold are warnings
(symgd.wrong, symgd.input), and the build ends with exit code 1 also without -W: the page says
something that is not true. `symgd_wrong = "warning"` leaves it to -W. A line that is not understood
is a warning (symgd.unknown) under the policy of `symgd_unknown`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final
from zlib import crc32

from symgd import __version__
from symgd.errors import InputError, MissingExtraError, SymgdError, listing, quote
from symgd.language.tables import read_tables
from symgd.pages.messages import LANGUAGES

try:
    from docutils import nodes
    from docutils.parsers.rst import directives
    from sphinx.util import logging
    from sphinx.util.docutils import SphinxDirective
    from sphinx.util.nodes import nested_parse_with_titles
except ImportError as error:
    raise MissingExtraError(
        f'symgd.hosts.sphinx needs Sphinx ({error}); it comes with pip install "symgd[sphinx]".'
    ) from None

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from symgd.api import Derivation, Model
    from symgd.judge.report import Line, Report
    from symgd.pages.document import Phrase

logger = logging.getLogger(__name__)

POLICIES: Final = ("error", "warning", "ignore")
_INLINE = re.compile(r"\$((?:[^$\\]|\\.)+)\$")
_DISPLAY = re.compile(r"\$|\\\[|\\begin\s*\{(?:align|equation|gather|multline)")


def _flag_or(*choices: str) -> Any:
    return lambda text: directives.choice(text, choices)


class SymgdDirective(SphinxDirective):
    """Derives a model, or with :check: judges its content."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[dict[str, Any]] = {
        "check": directives.flag,
        "continues": directives.flag,
        "define": directives.unchanged,
        "assume": directives.unchanged,
        "activation": directives.unchanged_required,
        "loss": directives.unchanged_required,
        "inputs": directives.unchanged_required,
        "constants": directives.unchanged_required,
        "wrt": directives.unchanged_required,
        "order": directives.positive_int,
        "detail": _flag_or("brief", "textbook", "full"),
        "style": _flag_or("differential", "backprop"),
        "at": directives.unchanged_required,
        "rate": float,
        "language": lambda text: directives.choice(text, tuple(LANGUAGES)),
        "show": _flag_or("all", "result"),
        "class": directives.class_option,
        "name": directives.unchanged,
    }

    def run(self) -> list[Any]:
        """The nodes of the derivation, or of what was checked."""
        box = nodes.container(classes=["symgd", *self.options.get("class", [])])
        self.set_source_info(box)
        self.add_name(box)
        try:
            self.refuse_what_does_not_go_together()
            found = self.checked() if "check" in self.options else self.derived()
            box.extend(found)
        except SymgdError as error:
            self.say("input", str(error).split("\n")[0], 0)
            box += nodes.literal_block("", "\n".join(self.content) or "symgd")
        except Exception as error:
            # Whatever is typed: the page is built, and says that this is not on it.
            self.say("input", f"symgd failed at this with {type(error).__name__}: {error}", 0)
            box += nodes.literal_block("", "\n".join(self.content) or "symgd")
        return [box]

    def refuse_what_does_not_go_together(self) -> None:
        """Raises InputError for options of derivations beside :check:, and the other way round."""
        of_checks = {"continues", "define", "assume"}
        common = {"check", "class", "name"}
        given = set(self.options)
        stray = given - of_checks - common if "check" in given else given & of_checks
        if stray:
            kind = "a derivation" if "check" in given else "a check"
            raise InputError(
                f"{listing(f':{n}:' for n in sorted(stray))} is of {kind}; "
                f"{'leave :check: out' if 'check' in given else 'add :check:'}, or this."
            )

    def say(self, what: str, message: str, line: int) -> None:
        """A warning at a line of the content, which the end of the build remembers."""
        policy = self.config.symgd_unknown if what == "unknown" else self.config.symgd_wrong
        if policy == "ignore":
            return
        # MyST counts the content from the directive, reST from the top of the file.
        first = self.content_offset + (self.lineno if self.is_myst else 0)
        place = (self.env.docname, first + line if line else self.lineno)
        logger.warning("symgd: %s", message, location=place, type="symgd", subtype=what)
        if policy == "error":
            failures(self.env).setdefault(self.env.docname, []).append(message)

    # -- derivations ------------------------------------------------------------------------------

    def derived(self) -> list[Any]:
        """The blocks of a derivation, each a heading and its rows."""
        from symgd.pages.latex import Writer

        derivation = self.derivation()
        document = derivation.document(
            self.options.get("language", "en"), self.options.get("style")
        )
        # On a page of HTML what is not TeX has no word for smaller letters within a text.
        writer = Writer(document, whole=False, small="")
        whole = self.options.get("show", "all") == "all"
        blocks = (*document.blocks, document.result) if whole else (document.result,)
        out: list[Any] = []
        for block in blocks:
            out.append(nodes.rubric("", "", *set_phrase(block.title, writer.formulas.latex)))
            out.append(display(writer.align(block), whole=True))
        if whole:
            for phrase in document.change:
                out.append(nodes.paragraph("", "", *set_phrase(phrase, writer.formulas.latex)))
            out.append(nodes.paragraph("", _spaced(document.legend(marks=False))))
        return out

    def derivation(self) -> Derivation:
        """The derivation of the options; raises SymgdError."""
        from symgd.api.files import is_value_file, numbers, read_values

        model, values = self.model()
        wrt = [n.strip() for n in self.options.get("wrt", "").split(",") if n.strip()]
        found = model.derive(
            *wrt, order=self.options.get("order", 1), detail=self.options.get("detail", "textbook")
        )
        at = self.options.get("at", "").strip()
        if at:
            values |= read_values(self.beside(at)) if is_value_file(at) else numbers(at)
        if not values:
            return found
        return found.at(values, rate=self.options.get("rate", 0.05))

    def model(self) -> tuple[Model, dict[str, Any]]:
        """The model, and the values that its tables give."""
        from symgd.api import Neuron
        from symgd.api.files import model_of, numbers, read_model, read_values

        neuron = [n for n in ("activation", "loss", "inputs", "constants") if n in self.options]
        if self.content and self.arguments:
            raise InputError("The model is in a file or in the content of the directive; give one.")
        if neuron and (self.content or self.arguments):
            raise InputError(
                f"{listing(f':{n}:' for n in neuron)} is of a neuron; the model here is one of its "
                "own, so leave it out."
            )
        if self.arguments:
            path = self.beside(self.arguments[0])
            return read_model(path), read_values(path)
        if self.content:
            try:
                data = read_tables("\n".join(self.content), "The content")
            except InputError as error:
                raise InputError(f"{error} To check mathematics, add :check:.") from None
            return model_of(data, "The model"), dict(data.get("values", {}))
        inputs = self.options.get("inputs", "1")
        constants = self.options.get("constants")
        made = Neuron(
            self.options.get("activation", "sigmoid"),
            self.options.get("loss", "quadratic"),
            inputs=int(inputs) if inputs.isdigit() else inputs,
            constants=numbers(constants) if constants else None,
        )
        return made, {}

    def beside(self, name: str) -> Path:
        """A file, by its path from this document or (with / in front) from the top of the source.

        The page depends on it from now on.
        """
        relative, path = self.env.relfn2path(name)
        self.env.note_dependency(relative)
        return Path(path)

    # -- checks -----------------------------------------------------------------------------------

    def checked(self) -> list[Any]:
        """What stands in the content, judged with what earlier checks of this page say."""
        if self.arguments:
            raise InputError("A check has no argument; what it checks is the content.")
        text = "\n".join(self.content)
        if not text.strip():
            raise InputError("There is nothing to check; write the derivation as the content.")
        prose = _DISPLAY.search(text) is not None
        if prose and not self.is_myst:
            raise InputError(
                "In reST the content of a check is mathematics, as of the math directive: leave "
                "the $ and the environment out."
            )
        temporary: Any = self.env.temp_data
        kept: list[str] = temporary.setdefault("symgd", [])
        earlier = list(kept) if "continues" in self.options else []
        document = text if prose else displays(text)
        kept.append(document)
        self.judge(earlier, document)
        if prose:
            box = nodes.container()
            nested_parse_with_titles(self.state, self.content, box, self.content_offset)
            return list(box.children)
        return [display(text, whole=False)]

    @property
    def is_myst(self) -> bool:
        """Whether the page is Markdown, in which $ is a mark of mathematics."""
        return type(self.state).__module__.startswith("myst_parser")

    def judge(self, earlier: Sequence[str], document: str) -> None:
        """Say what is wrong, or not understood, in the last part of what is written."""
        from symgd.api import check_text

        before = "".join(f"{part}\n\n" for part in earlier)
        report = check_text(
            before + document, "md", _lines(self.options, "define"), _lines(self.options, "assume")
        )
        above = before.count("\n")
        mine = [k for k, line in enumerate(report.lines) if (line.number or 0) > above]
        claims = 0
        for k in mine:
            line = report.lines[k]
            claims += line.role == "claim"
            for what, message in verdict_of(report, line):
                self.say(what, message, (line.number or above + 1) - above)
        if not claims:
            self.say("unknown", "nothing is claimed here, so nothing was judged", 0)


def verdict_of(report: Report, line: Line) -> Iterator[tuple[str, str]]:
    """(wrong or unknown, the sentence) of a line that is not right."""
    from symgd.judge.report import UNKNOWN, WRONG
    from symgd.judge.reports.sentences import bare, findings

    if line.verdict in (WRONG, UNKNOWN):
        said = "; ".join(bare(f).rstrip(".") for f in findings(report, line))
        what = "wrong" if line.verdict == WRONG else "unknown"
        is_ = "is wrong" if line.verdict == WRONG else "is not understood"
        yield what, f"{quote(line.text, 120)} {is_}: {said}."


def displays(text: str) -> str:
    """The paragraphs of a math directive as displays, each line where it was."""
    out = []
    for part in re.split(r"(\n[ \t]*\n\s*)", text):
        if not part.strip():
            out.append(part)
        elif r"\\" in part or "&" in part:
            out.append(rf"\[\begin{{aligned}} {part} \end{{aligned}}\]")
        else:
            out.append(rf"\[ {part} \]")
    return "".join(out)


def _lines(options: Mapping[str, str], name: str) -> list[str]:
    return [line.strip() for line in options.get(name, "").splitlines() if line.strip()]


# -- nodes ----------------------------------------------------------------------------------------


def display(tex: str, whole: bool) -> Any:
    """A display; `whole` is an environment of its own, which is not put into another."""
    node = nodes.math_block(tex, tex)
    # Older and newer Sphinx call it by two names.
    node["nowrap"] = node["no-wrap"] = whole
    node["number"] = node["label"] = None
    return node


def set_phrase(phrase: Phrase, latex: Any) -> list[Any]:
    """Words with inline formulas among them."""
    out: list[Any] = []
    said = _spaced(phrase.render(lambda x: f"${latex(x)}$"))
    for k, part in enumerate(_INLINE.split(said)):
        if part:
            out.append(nodes.math(part, part) if k % 2 else nodes.Text(part))
    return out


def _spaced(text: str) -> str:
    """The LaTeX that Sphinx writes knows the no-break space, and not its narrow kin of French."""
    return text.replace("\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}")


# -- the build ------------------------------------------------------------------------------------


def failures(env: BuildEnvironment) -> dict[str, list[str]]:
    """document → what is wrong in it; kept with the pages, for a page is not read at each build."""
    if not hasattr(env, "symgd_failures"):
        env.symgd_failures = {}  # type: ignore[attr-defined]
    found: dict[str, list[str]] = env.symgd_failures  # type: ignore[attr-defined]
    return found


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    failures(env).pop(docname, None)


def _merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    failures(env).update({n: f for n, f in failures(other).items() if n in docnames})


def _finish(app: Sphinx, error: Exception | None) -> None:
    """Exit code 1 where a page says what is not true."""
    found = failures(app.env) if error is None and app.env is not None else {}
    if found:
        count = sum(map(len, found.values()))
        logger.error(
            "symgd: %d of what the pages say does not hold, in %s; the build fails "
            '(symgd_wrong = "warning" in conf.py leaves that to -W).',
            count, listing(sorted(found)),
        )  # fmt: skip
        app.statuscode = 1


def _check_config(app: Sphinx, config: Any) -> None:
    from sphinx.errors import ConfigError

    for name in ("symgd_wrong", "symgd_unknown"):
        value = getattr(config, name)
        if value not in POLICIES:
            raise ConfigError(f"{name} = {value!r} is not known; it is {listing(POLICIES)}.")


def setup(app: Sphinx) -> dict[str, Any]:
    """What Sphinx calls when the extension is listed in conf.py."""
    app.add_config_value("symgd_wrong", "error", "env", [str])
    app.add_config_value("symgd_unknown", "warning", "env", [str])
    app.add_directive("symgd", SymgdDirective)
    app.connect("config-inited", _check_config)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("build-finished", _finish)
    return {
        "version": __version__,
        # Another symgd reads every page again.
        "env_version": crc32(__version__.encode()),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
