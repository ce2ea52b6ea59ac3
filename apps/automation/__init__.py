"""Functions and the queue: claim, heartbeat, outcome, failure, sweep."""
