# %% [markdown]
# a <b>bold</b> <kbd>Ctrl</kbd>+<kbd>C</kbd> x<sub>1</sub> <span style="color: red">red *em*</span>
