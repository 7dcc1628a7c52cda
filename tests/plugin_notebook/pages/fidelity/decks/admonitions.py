# %% [markdown]
# ```{note}
# Text
# ```
#
# :::{tip} A *title*
# - one
# - two
# :::
#
# :::warning
# Short
# :::
#
# ```{admonition} Own title
# Text
# ```
