"""The documentation as a site: `make site` writes it to build/site.

The pages are those that stand here, which a code host shows too; site/ has what only the site has.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "site"), str(HERE.parent)]

import symgd  # noqa: E402

project = "symgd"
author = "The symgd authors"
version = release = symgd.__version__
root_doc = "index"
exclude_patterns = ["models", "tutorial.ipynb"]

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "symgd.hosts.sphinx",
    "mathematics",
    "docstrings",
    "derivations",
    "links",
]
myst_enable_extensions = ["dollarmath"]
myst_fence_as_directive = ["math"]
myst_heading_anchors = 4

# Without scikit-learn what its estimators add of their own is described all the same.
autodoc_mock_imports = [] if find_spec("sklearn") else ["sklearn"]
autodoc_default_options = {"members": True}
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True
python_display_short_literal_types = True
python_maximum_signature_line_length = 90
add_module_names = False

# What stands in quotes is meant to be typed.
smartquotes = False

html_title = f"symgd {release}"
# Any theme will do for a test of what the pages say.
html_theme = "furo" if find_spec("furo") else "basic"
html_math_renderer = "symgd"
html_static_path = ["site/static", "../symgd/pages/assets/symgd-math.woff2"]
html_css_files = ["site.css"]
html_show_copyright = False
html_show_sourcelink = False
html_copy_source = False


def setup(app: Any) -> None:
    """A table with commas is shown as it is: Pygments has no name for it."""
    app.add_lexer("csv", TextLexer)
