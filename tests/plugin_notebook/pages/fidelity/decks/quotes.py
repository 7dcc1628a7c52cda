# %% [markdown]
# > quote *a*
# > still
#
# > > nested
