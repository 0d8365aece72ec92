"""Derivation → text, LaTeX, JSON: one file a format, all over the same telling."""
