# %% [markdown]
# ![Alt *text*](img/bild.png "Title") ![x](<img/Screenshot 1.png>) ![y](img/Screenshot%201.png)
