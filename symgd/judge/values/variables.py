"""Variables left unsaid: of a prime, of a bare ∇, of a derivative in an expression."""

from __future__ import annotations

from typing import Any

from symgd.judge.trouble import NotUnderstood
from symgd.judge.values.components import Components
from symgd.judge.values.values import Value, column, entries
from symgd.language.latex.syntax import Call, Gradient, Name


class Variables(Components):
    """Finds what a derivative is taken in."""

    def variable_of(self, name: Any) -> Any:
        """The variable of E', where only one can be meant."""
        if not isinstance(name, Name):
            by = self.primes and self.primes.get("operator")
            found = by[0] if by else self.world.only_variable(name)
            if found is None:
                raise NotUnderstood("This prime does not say in which variable.")
            return found
        if self.primes is not None and self.primes.get(name) is not None:
            return self.primes[name]
        for definition in self.world.functions_of(name):
            names = [v for v in definition.variables if isinstance(v, Name)]
            if len(names) == 1:
                return names[0]
        moving = self.world.only_variable(name)
        if moving is not None:
            return moving
        raise NotUnderstood(
            f"{name.base}' does not say in which variable; write d{name.base}/dx, or declare "
            f"{name.base}(x)."
        )

    def nabla_alone(self, tree: Gradient) -> Value:
        """∇C without a variable: a vector of its own, unless C shows its variables."""
        of = tree.of
        if isinstance(of, Call) and not of.order and all(isinstance(a, Name) for a in of.arguments):
            parts = [self.slope(lambda e: e.value(of), a) for a in of.arguments]
            return parts[0] if len(parts) == 1 else column([x for p in parts for x in entries(p)])
        if isinstance(of, Name):
            key = (f"\\nabla {of.base}", (), ())
            if self.world.defines(Name(key[0])):
                return self.name(Name(key[0]))
            for definition in self.world.functions_of(of):
                names = [v for v in definition.variables if isinstance(v, Name)]
                parts = [self.slope(lambda e: e.value(of), v) for v in names]
                return (
                    parts[0] if len(parts) == 1 else column([x for p in parts for x in entries(p)])
                )
            if not self.world.defines(of):
                return self.point.leaf(key, self.world.shape_of(key))
        raise NotUnderstood("This ∇ does not say in which variable; write \\nabla_w.")

    def name_of(self, tree: Any) -> Name:
        """The name that is defined to be this: ∂C/∂σ(z) is ∂C/∂ŷ for ŷ = σ(z)."""
        for definitions in self.world.definitions.values():
            for d in definitions:
                if isinstance(d.left, Name) and d.body == tree:
                    return d.left
        raise NotUnderstood("A derivative is taken in a name; name this and differentiate in it.")
