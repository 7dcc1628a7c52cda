# %% [markdown]
# ```{tab-set}
# content
# ```
