# %% [markdown]
# Text[^1] and again[^1], more[^note].
#
# [^1]: First *note*.
# [^note]: Second
#     paragraph.
