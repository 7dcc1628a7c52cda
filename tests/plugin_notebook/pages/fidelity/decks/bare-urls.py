# %% [markdown]
# See https://example.org/a_b_(c), or (www.example.org). *Source: https://example.org/*
