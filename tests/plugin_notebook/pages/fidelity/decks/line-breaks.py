# %% [markdown]
# one  
# two\
# three
# four<br>five
