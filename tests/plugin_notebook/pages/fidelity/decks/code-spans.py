# %% [markdown]
# `a*b*c` ``a`b`` `$x$` `<b>` `a | b` ` x `
