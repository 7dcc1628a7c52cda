"""Publishing of courses: destinations, release dates, and a ledger of what was published."""
