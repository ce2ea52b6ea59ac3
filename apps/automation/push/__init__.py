"""Push functions: TaskHub POSTs each task to a URL of the application, and reads the answer."""
