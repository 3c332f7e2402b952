"""A private PostgreSQL and Valkey, and the supervisor that runs the whole platform on one machine."""
