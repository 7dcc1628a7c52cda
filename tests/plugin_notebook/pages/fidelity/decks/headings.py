# %% [markdown]
# # First
#
# Text
#
# Second
# ======
#
# Third *level*
# ---
#
# #### Four `code` ####
#
# #Tight
