# %% [markdown]
# [a](https://example.org/x_(1) "Title") <https://example.org> [ref] [text][ref] [up](#Title)
#
# [ref]: https://example.org/ref
#
# # Title
