from tests.databases import address, database, kind, migrated_file, migrated_postgresql, postgresql

__all__ = ["address", "database", "kind", "migrated_file", "migrated_postgresql", "postgresql"]
