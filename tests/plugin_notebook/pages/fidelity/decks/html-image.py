# %% [markdown]
# <img src="img/bild.png" alt="Bild" width="50">
#
# <img src="img/bild.png" alt="Bild" />
