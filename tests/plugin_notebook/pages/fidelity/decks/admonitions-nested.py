# %% [markdown]
# ::::{important}
# Außen $a_1 * b_2$
#
# :::{dropdown} Mehr
# ```python
# x = 1
# ```
# :::
# ::::
