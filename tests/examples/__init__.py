"""The example programs, tested as programs."""
