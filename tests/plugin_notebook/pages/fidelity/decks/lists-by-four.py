# %% [markdown]
# * one
#     * two
#         1. three
#         2. four
# * five
