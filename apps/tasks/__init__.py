"""Tasks: lifecycle, access, custody, handovers, notes, links."""
