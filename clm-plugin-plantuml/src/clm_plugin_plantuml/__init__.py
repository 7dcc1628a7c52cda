"""Plugin for PlantUML diagrams, with one long-lived JVM per worker."""
