pytest_plugins = ["clm.testing"]
