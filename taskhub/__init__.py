"""TaskHub's wiring: settings, URLs, Celery, the web server and its commands."""
