"""Places of tasks, their members, and the versioned task types in them."""
