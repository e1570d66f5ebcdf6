"""Rows and transactions: models, unit of work, encryption at rest, jobs, migrations."""
