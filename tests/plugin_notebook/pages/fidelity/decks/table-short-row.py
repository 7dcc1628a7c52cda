# %% [markdown]
# | a | b |
# |---|---|
# | 1 | 2 |
# | only one |
#
# Text
