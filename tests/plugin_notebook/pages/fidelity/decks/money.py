# %% [markdown]
# Das kostet 5 $ und 10 $, oder \$3 bis \$4, also $5 bis 10$ im Monat.
