"""A class of sheets → marks: one row a student.

scheme    what a line is worth
marks     reports → rows
pages     rows → text, CSV, HTML, JSON
"""

from symgd.judge.marking.marks import Mark, marked
from symgd.judge.marking.scheme import Scheme, read_scheme

__all__ = ["Mark", "Scheme", "marked", "read_scheme"]
