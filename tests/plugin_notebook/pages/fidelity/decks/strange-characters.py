# %% [markdown]
# a​b (zero width) café naïve 日本語 **太字** 👍🏽 tab	end nbsp end
