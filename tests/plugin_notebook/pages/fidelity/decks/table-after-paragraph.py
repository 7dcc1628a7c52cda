# %% [markdown]
# Text:
# a | b
# --|--
# 1 | 2
