"""PlantUML diagrams to pictures, in one long-lived Java machine a worker."""
