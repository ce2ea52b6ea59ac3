"""Signing in with a password: `hashing` bounds its cost, `throttle` counts wrong ones, `backend` checks them.

`devices` knows the browsers in which a person has signed in before.
"""
