# %% [markdown]
# Things:
# - a
# - b
#
# Steps:
# 1. c
# 2. d
