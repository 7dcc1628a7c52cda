# %% [markdown]
# ![Größe](img/größe.png) ![Größe](<img/größe (2).png>)
