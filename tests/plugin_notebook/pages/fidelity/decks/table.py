# %% [markdown]
# | Left | Center | Right |
# |:-----|:------:|------:|
# | a    | *b*    | `c`   |
# | [d](https://example.org) | ~~e~~ | |
