# %% [markdown]
# ```{figure} img/bild.png
# :alt: A picture
#
# The *caption*
# ```
