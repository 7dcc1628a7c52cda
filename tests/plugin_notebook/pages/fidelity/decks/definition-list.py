# %% [markdown]
# Term
# : Meaning *a*
#
# Other
# : One
# : Two
