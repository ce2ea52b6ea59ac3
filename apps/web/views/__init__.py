"""The views, one module per noun: read through queries, write through services, answer 303 or the page again."""
