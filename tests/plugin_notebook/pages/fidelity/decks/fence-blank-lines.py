# %% [markdown]
# ```text
#
#
#   two blank lines before
#
#   and one between
# ```
