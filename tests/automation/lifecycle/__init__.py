"""The lifecycle of tasks, driven at random beside a reference model that knows nothing of the code."""
