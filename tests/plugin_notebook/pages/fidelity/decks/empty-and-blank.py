# %% [markdown]
#

# %% [markdown]
# 

# %% [markdown]
# Text
