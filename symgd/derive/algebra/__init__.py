"""Rules of algebra: arithmetic, identities, and the discovery of textbook forms."""
