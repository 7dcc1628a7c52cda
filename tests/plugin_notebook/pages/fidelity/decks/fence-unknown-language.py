# %% [markdown]
# ```nonsense
# x < y
# ```
