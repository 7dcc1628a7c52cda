# %% [markdown]
# 3. three
# 4. four
#
# text
#
# 7) seven
