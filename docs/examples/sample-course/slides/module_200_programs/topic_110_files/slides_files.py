# j2 from 'macros.j2' import header
# {{ header("Dateien lesen", "Reading Files") }}

# %% [markdown] lang="de" tags=["slide"]
#
# ## Eine Datei öffnen
#
# Neben diesen Folien liegt `data/temperatures.csv` mit den mittleren
# Temperaturen zweier Städte. Nach dem `with`-Block ist die Datei wieder zu.

# %% [markdown] lang="en" tags=["slide"]
#
# ## Opening a File
#
# Beside these slides lies `data/temperatures.csv` with the mean temperatures of
# two cities. Behind the `with` block the file is closed again.

# %%
with open("data/temperatures.csv") as file:
    text = file.read()

print(text[:60])

# %% [markdown] lang="de" tags=["subslide"]
#
# ## Tabellen lesen
#
# Das Modul `csv` macht aus jeder Zeile ein *Dictionary*: Werte, die man über
# einen Schlüssel findet statt über einen Index.
#
# <img src="img/rows.png" alt="Aus jeder Zeile der Datei wird ein Dictionary"
#      style="display: block; margin: auto; width: 90%"/>

# %% [markdown] lang="en" tags=["subslide"]
#
# ## Reading Tables
#
# The module `csv` makes a *dictionary* of each row: values that are found by a
# key in place of an index.
#
# <img src="img/rows.png" alt="Each row of the file becomes a dictionary"
#      style="display: block; margin: auto; width: 90%"/>

# %% tags=["keep"]
import csv

# %%
with open("data/temperatures.csv", newline="") as file:
    rows = list(csv.DictReader(file))

rows[0]

# %%
rows[6]["lisbon"]

# %% [markdown] lang="de"
#
# Warum ist `rows[6]["lisbon"] + 1` ein Fehler?

# %% [markdown] lang="de" tags=["answer"]
#
# In einer Datei steht Text. Erst `int(...)` macht eine Zahl daraus.

# %% [markdown] lang="en"
#
# Why is `rows[6]["lisbon"] + 1` an error?

# %% [markdown] lang="en" tags=["answer"]
#
# A file holds text. Only `int(...)` makes a number of it.

# %%
int(rows[6]["lisbon"]) + 1

# %% [markdown] lang="de" tags=["slide"]
#
# ## Aus Listen neue Listen
#
# Eine *List Comprehension* schreibt eine Schleife, die eine Liste füllt, in eine Zeile.

# %% [markdown] lang="en" tags=["slide"]
#
# ## New Lists from Lists
#
# A *list comprehension* writes a loop that fills a list in one line.

# %%
lisbon = [int(row["lisbon"]) for row in rows]
munich = [int(row["munich"]) for row in rows]
print(f"{sum(lisbon) / 12:.1f} {sum(munich) / 12:.1f}")

# %% [markdown] lang="de" tags=["notes"]
#
# Zuerst die Schleife mit `append` schreiben, dann kürzen.

# %% [markdown] lang="en" tags=["notes"]
#
# Write the loop with `append` first, then shorten it.

# %% [markdown] lang="de" tags=["slide", "workshop"]
#
# ## Workshop: Der wärmste Monat
#
# Finden Sie für jede Stadt den wärmsten Monat.

# %% [markdown] lang="en" tags=["slide", "workshop"]
#
# ## Workshop: The Warmest Month
#
# Find the warmest month of each city.

# %% tags=["start"]
for city in ["munich", "lisbon"]:
    ...

# %% tags=["alt"]
for city in ["munich", "lisbon"]:
    warmest = rows[0]
    for row in rows:
        if int(row[city]) > int(warmest[city]):
            warmest = row
    print(city, warmest["month"])

# %% [markdown] lang="de" tags=["alt"]
#
# Kürzer geht es mit `max` und einer Funktion als Schlüssel:

# %% [markdown] lang="en" tags=["alt"]
#
# It is shorter with `max` and a function as the key:

# %% tags=["alt"]
for city in ["munich", "lisbon"]:
    print(city, max(rows, key=lambda row: int(row[city]))["month"])
