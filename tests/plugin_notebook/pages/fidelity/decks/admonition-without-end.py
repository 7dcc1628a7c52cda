# %% [markdown]
# Text
#
# :::{note}
# No end
