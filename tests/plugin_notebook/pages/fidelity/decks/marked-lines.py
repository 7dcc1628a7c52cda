# %% [markdown]
# ```python {1,3-4}
# a = 1
# b = 2
# c = 3
# d = 4
# ```
