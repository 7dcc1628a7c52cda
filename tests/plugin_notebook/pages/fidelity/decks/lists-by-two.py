# %% [markdown]
# - eins
#   - zwei
#     - drei
# - vier
#   Fortsetzung
# - fünf
