# %% [markdown]
# > [!FOO]
# > text
