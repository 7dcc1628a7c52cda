# %% [markdown]
# ```mermaid
# flowchart LR
#     %% the way in
#     A --> B
# ```
