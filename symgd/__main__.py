"""`python -m symgd`, the command where it is not on the path."""

from symgd.cli import main

if __name__ == "__main__":
    main()
