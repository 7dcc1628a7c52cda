# %% [markdown]
# > [!NOTE]
# > One `a`
#
# > [!TIP]
# > Two
#
# > [!IMPORTANT]
# > Three
#
# > [!WARNING]
# > Four
#
# > [!CAUTION]
# > - Five
