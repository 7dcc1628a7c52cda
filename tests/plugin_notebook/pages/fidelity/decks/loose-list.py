# %% [markdown]
# - one
#
#   more
# - two
#
#   ```
#   code
#   ```
