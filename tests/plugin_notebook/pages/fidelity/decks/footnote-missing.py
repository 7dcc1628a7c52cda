# %% [markdown]
# Text[^fehlt].
#
# [^unbenutzt]: Steht da.
