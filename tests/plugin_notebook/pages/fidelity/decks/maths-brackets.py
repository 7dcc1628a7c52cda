# %% [markdown]
# \(x_1 * y * z\) and \\(a_b\\) and see \[1\]
#
# \[ e^{i\pi} \]
