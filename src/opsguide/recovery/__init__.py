"""Recovery: backups, retention, restores, disaster recovery."""
