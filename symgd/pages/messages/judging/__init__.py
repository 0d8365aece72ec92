"""What the judge says of other people's work: one table a language, by the same ids.

english    what a language must have
chinese, german, french, spanish    one more table each
"""
