"""The context of each page's template, and of its parts. A template's opening comment names its type, by test."""
