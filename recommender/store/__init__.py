"""What the service keeps: people, records, keys, decisions and the ledger, in SQLite or PostgreSQL."""
