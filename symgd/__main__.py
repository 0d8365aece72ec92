"""`python -m symgd`, and what the script `symgd` calls."""

from symgd.training.interrupts import silent


def run() -> None:
    """The command; interrupted while it loads or ends, it shows no traceback."""
    with silent():
        from symgd.cli import main

    try:
        main()
    finally:
        # The interpreter takes down what was loaded, and has nothing to say of it.
        silent().__enter__()


if __name__ == "__main__":
    run()
