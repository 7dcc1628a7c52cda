# %% [markdown]
# ```latex
# \begin{document}
# % comment $x$
# \end{document}
# ```
#
# Text
#
#     % indented code
#     more
