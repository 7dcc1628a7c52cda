# %% [markdown]
# # Über uns & mehr
#
# [nach oben](#Über-uns-&-mehr)
#
# # Über uns & mehr
