# %% [markdown]
# ```{code-block} python
# :emphasize-lines: 2
# :caption: a.py
#
# a = 1
# b = 2
# ```
