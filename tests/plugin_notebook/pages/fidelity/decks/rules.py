# %% [markdown]
# a
#
# ---
#
# b
#
# ***
