"""A derivation that a person wrote → a verdict a line."""
