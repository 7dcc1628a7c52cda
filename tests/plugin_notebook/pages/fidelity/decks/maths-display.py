# %% [markdown]
# Text:
# $$ \sum_{i=1}^n i * 2 $$
# more
#
# $$
# a
#
# b
# $$
#
# \begin{align}
# x &= 1 \\
# *y* &< 2
# \end{align}
