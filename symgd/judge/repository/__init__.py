"""Checking in a repository: what is reported, what is not, and why.

findings       reports → findings: a rule, a region, a fingerprint that a moved line keeps
suppressions   % symgd: ignore, <!-- symgd: ignore -->, # symgd: ignore
baseline       findings that are known, by fingerprint
"""
