# %% [markdown]
# ## Schleifen
#
# Eine **`for`-Schleife** läuft über Elemente:
#
# - Listen: `[1, 2, 3]`
# - Bereiche: `range(10)`
#
# > Merke: *Einrückung* zählt.
#
# | Ausdruck | Wert |
# |----------|------|
# | `len(x)` | 3    |

# %%
x = [1, 2, 3]

# %% [markdown] lang="de"
# Ergebnis: $\sum x = 6$

# %% [markdown] lang="en"
# Result: $\sum x = 6$
