# j2 from 'macros.j2' import header
# {{ header("Projekt: Der Wetterbericht", "Project: The Weather Report") }}

# %% [markdown] lang="de" tags=["slide"]
#
# ## Die Aufgabe
#
# Aus den Temperaturen von letzter Stunde wird ein Diagramm aus Zeichen: eine
# Zeile je Monat, ein `#` je Grad.
#
# 1. Lesen Sie die Datei
# 2. Schreiben Sie eine Funktion, die aus einer Temperatur einen Balken macht
# 3. Geben Sie für jeden Monat eine Zeile aus

# %% [markdown] lang="en" tags=["slide"]
#
# ## The Task
#
# The temperatures of the last lesson become a chart made of characters: a row
# for each month, a `#` for each degree.
#
# 1. Read the file
# 2. Write a function that turns a temperature into a bar
# 3. Print a row for each month

# %% [markdown] lang="de" tags=["notes"]
#
# 30 Minuten Zeit geben, am besten zu zweit. Wer fertig ist, nimmt Lissabon dazu.

# %% [markdown] lang="en" tags=["notes"]
#
# Give them 30 minutes, best in pairs. Those who finish early add Lisbon.

# %% [markdown] lang="de" tags=["subslide"]
#
# ## Schritt 1: Die Datei

# %% [markdown] lang="en" tags=["subslide"]
#
# ## Step 1: The File

# %% tags=["keep"]
import csv

# %% tags=["start"]
rows = []

# %% tags=["alt"]
with open("data/weather.csv", newline="") as file:
    rows = list(csv.DictReader(file))

len(rows)

# %% [markdown] lang="de" tags=["subslide"]
#
# ## Schritt 2: Ein Balken
#
# Was soll bei Minusgraden geschehen?

# %% [markdown] lang="en" tags=["subslide"]
#
# ## Step 2: A Bar
#
# What shall happen below zero?

# %% [markdown] lang="de" tags=["answer"]
#
# Das entscheiden Sie. Hier wird der Balken blass: `-` statt `#`.

# %% [markdown] lang="en" tags=["answer"]
#
# That is for you to decide. Here the bar becomes pale: `-` in place of `#`.

# %% tags=["start"]
def bar(degrees):
    return ""


# %% tags=["alt"]
def bar(degrees):
    return "#" * degrees if degrees >= 0 else "-" * -degrees


# %%
print(bar(5))
print(bar(-3))

# %% [markdown] lang="de" tags=["subslide"]
#
# ## Schritt 3: Der Bericht

# %% [markdown] lang="en" tags=["subslide"]
#
# ## Step 3: The Report

# %% tags=["alt"]
for row in rows:
    degrees = int(row["munich"])
    print(f"{row['month']} {degrees:3} {bar(degrees)}")

# %% [markdown] lang="de" tags=["slide"]
#
# ## Und weiter?
#
# - Der Bericht als Funktion mit der Stadt als Argument
# - Beide Städte nebeneinander
# - Eigene Daten: Was messen Sie?

# %% [markdown] lang="en" tags=["slide"]
#
# ## What Next?
#
# - The report as a function that takes the city
# - Both cities side by side
# - Data of your own: what do you measure?

# %% [markdown] lang="en" tags=["private"]
#
# For us: collect the nicest charts for the next course.

# %% [markdown] lang="de" tags=["private"]
#
# Für uns: die schönsten Diagramme für den nächsten Kurs sammeln.
