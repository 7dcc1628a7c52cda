"""Files beside the spec, for version control: the ledger and what cohorts were given."""
