# %% [markdown]
# - [x] erledigt
# - [ ] offen *bald*
#   - [X] darunter
#
# 1. [ ] nummeriert
