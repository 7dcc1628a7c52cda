# %% [markdown]
# <div class="alert alert-info">
# <b>Achtung</b> *kein* Markdown
# </div>
#
# <div style="text-align: center">
#
# **fett** und
#
# - Liste
#
# </div>
