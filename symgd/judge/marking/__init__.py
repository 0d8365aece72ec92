"""A class of sheets → marks: one row a student.

scheme    what a line is worth
answers   what a sheet asks for, by number → verdicts on what came back
marks     reports → rows
pages     rows → text, CSV, HTML, JSON
"""

from symgd.judge.marking.marks import Mark, marked, marked_by_key
from symgd.judge.marking.scheme import Scheme, read_scheme

__all__ = ["Mark", "Scheme", "marked", "marked_by_key", "read_scheme"]
