"""Programs that use TaskHub from outside: they know it only through REST."""
