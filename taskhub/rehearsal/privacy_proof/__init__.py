"""The privacy proof: an object that is hidden from somebody changes no response that they get, from any URL.

The same requests are sent in two worlds, one with the hidden objects and one without them. Each response must be equal
byte by byte, for every route that the resolver knows. The test suite and `manage.py prove_privacy` share this code.

`routes` lists the routes, `request_table` and `requests` build requests for them, `identities` are those who send
them, `client` sends one, `hidden_objects` removes the hidden objects, `comparison` compares, `proof` puts it together.
"""
