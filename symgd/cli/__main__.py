"""`python -m symgd.cli`: the command line where no script is installed."""

from symgd.cli import main

main()
