# %% [markdown]
# ````
# ```python
# # **not bold** <b>not</b> $x$ | a | ![x](y)
# ```
# ````
#
# ~~~
# # no heading
# ~~~
