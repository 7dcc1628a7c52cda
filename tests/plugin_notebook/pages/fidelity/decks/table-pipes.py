# %% [markdown]
# | Betrag | Norm |
# |---|---|
# | norm | $|x|$ |
# | code | `a|b` |
# | GFM | `a\|b` |
