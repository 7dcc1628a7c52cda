# %% [markdown]
# $a_1 * b_2 * c$ and $ x $ and $\{a\}$ cost $5 and $6.
