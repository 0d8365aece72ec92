"""Data that are not in memory at once: read in chunks, or held by engines for many machines.

tables.py    chunks as columns of numbers, of so many rows each
sources.py   files, datasets, memmaps, lazy frames, functions → chunks; text.py reads CSV
stream.py    a stream; bound to a kernel it answers sums over its chunks
binding.py   which column is which name of a model: a chunk → a part of the data
pieces.py    partitions on an engine: the same questions; dask.py, ray.py, spark.py
problem.py   a stream as a problem of descent
"""
