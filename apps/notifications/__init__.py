"""Notifications of people, in the page and by e-mail."""
