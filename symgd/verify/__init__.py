"""Step → Verdict, by code that does not know how the step was made."""

from symgd.verify.checker import Checker, verify

__all__ = ["Checker", "verify"]
