"""What the templates are given, one module per part of a page. Nothing here writes or knows how to answer."""
