# %% [markdown]
# *a* _b_ **c** __d__ ***e*** ~~f~~ snake_case_name 2*3*4 a\*b
#
# **Bold: `code`** and *[link](https://example.org)*
