"""A task type's document: what is accepted when a type is published, and how it is read ever after.

`accept` reads the whole body; each other module reads one part of it. `spec` is the frozen form in which everything
else asks for a published version. The JSON Schema inside the document has a room of its own (`containers/schema`).
"""
