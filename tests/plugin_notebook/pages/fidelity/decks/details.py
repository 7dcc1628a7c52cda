# %% [markdown]
# <details>
# <summary>More</summary>
#
# *hidden* text
#
# </details>
