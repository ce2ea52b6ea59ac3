"""The proof of privacy: what is hidden from somebody changes nothing that they get, from any URL.

Two worlds are asked the same: one with the hidden things and one without. Every answer must be equal to the letter,
for every route that the resolver knows. The test suite and `manage.py prove_privacy` use this one implementation.
"""
