# %% [markdown]
# a <!-- hidden --> b
#
# <!--
# # hidden heading
# -->
#
# c
