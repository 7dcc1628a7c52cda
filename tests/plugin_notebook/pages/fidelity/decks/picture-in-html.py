# %% [markdown]
# <div class="x">
# ![x](img/bild.png)
# </div>
#
# <div class="x">
#
# ![x](img/bild.png)
#
# </div>
