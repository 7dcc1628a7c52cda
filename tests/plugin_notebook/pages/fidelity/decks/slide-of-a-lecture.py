# %% [markdown]
# # Linear models
#
# Given $x_i$ and $y_i$, we minimise
# \begin{equation}
# L(\theta) = \sum_i (y_i - \theta^T x_i)^2
# \end{equation}
# with $\theta \in \mathbb{R}^n$[^1].
#
# ```{warning}
# Don't divide by $n$ **twice**.
# ```
#
# [^1]: See [the book](https://example.org).
