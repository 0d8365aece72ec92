"""Derivation → text, LaTeX, Markdown, HTML, PDF, JSON, pictures: one file a format, one telling."""
