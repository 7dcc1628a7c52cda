# %% [markdown]
# Text[^a].

# %% [markdown]
# More[^b].
#
# [^b]: Its own.
# [^a]: Of the first cell.
