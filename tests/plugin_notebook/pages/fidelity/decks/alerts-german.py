# %% [markdown]
# > [!WARNING]
# > Vorsicht
# >
# > Zweiter Absatz
#
# > [!note] Eigener *Titel*
# > Text
