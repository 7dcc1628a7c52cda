# j2 from 'macros.j2' import header
# {{ header("Funktionen: Bausteine mit Namen",
#           "Functions: Building Blocks with Names") }}

# %% [markdown] lang="de" tags=["slide"]
#
# ## Was ist eine Funktion?
#
# Eine Funktion bekommt *Argumente*, rechnet etwas aus und gibt ein *Ergebnis*
# zurück. Einmal geschrieben, lässt sie sich immer wieder aufrufen.
#
# <img src="img/function.svg" alt="Zwei Argumente gehen in eine Funktion, ein Ergebnis kommt heraus"
#      style="display: block; margin: auto; width: 60%"/>

# %% [markdown] lang="en" tags=["slide"]
#
# ## What Is a Function?
#
# A function takes *arguments*, works something out and returns a *result*.
# Written once, it can be called again and again.
#
# <img src="img/function.svg" alt="Two arguments go into a function, one result comes out"
#      style="display: block; margin: auto; width: 60%"/>

# %% lang="de"
def mittelwert(zahlen):
    return sum(zahlen) / len(zahlen)


# %% lang="de"
mittelwert([2, 4, 9])

# %% lang="en"
def mean(numbers):
    return sum(numbers) / len(numbers)


# %% lang="en"
mean([2, 4, 9])

# %% [markdown] lang="de"
#
# Warum schreibt man die Rechnung nicht einfach jedes Mal hin?

# %% [markdown] lang="de" tags=["answer"]
#
# Der Name sagt, *was* geschieht, und ein Fehler ist nur an einer Stelle zu beheben.

# %% [markdown] lang="en"
#
# Why not simply write the calculation down each time?

# %% [markdown] lang="en" tags=["answer"]
#
# The name says *what* is done, and a mistake needs mending in one place only.

# %% [markdown] lang="de" tags=["subslide"]
#
# ## Vorgaben
#
# Ein Argument mit einer Vorgabe darf beim Aufruf fehlen.

# %% [markdown] lang="en" tags=["subslide"]
#
# ## Defaults
#
# An argument with a default may be left out of the call.

# %% lang="de"
def gruss(name, anrede="Hallo"):
    return f"{anrede}, {name}!"


print(gruss("Ada"))
print(gruss("Ada", anrede="Guten Abend"))

# %% lang="en"
def greeting(name, salutation="Hello"):
    return f"{salutation}, {name}!"


print(greeting("Ada"))
print(greeting("Ada", salutation="Good evening"))

# %% [markdown] lang="de" tags=["slide"]
#
# ## Module
#
# Funktionen, die zusammengehören, stehen in einer Datei: einem *Modul*. Neben
# diesen Folien liegt das Modul `geometry.py`.

# %% [markdown] lang="en" tags=["slide"]
#
# ## Modules
#
# Functions that belong together stand in one file: a *module*. Beside these
# slides lies the module `geometry.py`.

# %% tags=["keep"]
from geometry import circle_area, rectangle_area

# %%
rectangle_area(3, 4)

# %%
round(circle_area(1), 4)

# %% [markdown] lang="de" tags=["notes"]
#
# Die Datei `geometry.py` öffnen und zeigen. Auf die Docstrings hinweisen:
# `help(circle_area)`.

# %% [markdown] lang="en" tags=["notes"]
#
# Open the file `geometry.py` and show it. Point out the docstrings:
# `help(circle_area)`.

# %% [markdown] lang="de" tags=["slide", "workshop"]
#
# ## Workshop: Pizza
#
# Eine Pizza mit 26 cm Durchmesser kostet 9 Euro, eine mit 40 cm kostet 17 Euro.
#
# Schreiben Sie eine Funktion für den Preis von 100 Quadratzentimetern Pizza.
# Welche Größe ist günstiger?

# %% [markdown] lang="en" tags=["slide", "workshop"]
#
# ## Workshop: Pizza
#
# A pizza of 26 cm across costs 9 euros, one of 40 cm costs 17 euros.
#
# Write a function for the price of 100 square centimetres of pizza. Which size
# is the better bargain?

# %% lang="de" tags=["start"]
def preis_pro_100(durchmesser, preis):
    ...


# %% lang="de" tags=["alt"]
def preis_pro_100(durchmesser, preis):
    return preis / circle_area(durchmesser / 2) * 100


for durchmesser, preis in [(26, 9), (40, 17)]:
    print(f"{durchmesser} cm: {preis_pro_100(durchmesser, preis):.2f} Euro")

# %% lang="en" tags=["start"]
def price_per_100(diameter, price):
    ...


# %% lang="en" tags=["alt"]
def price_per_100(diameter, price):
    return price / circle_area(diameter / 2) * 100


for diameter, price in [(26, 9), (40, 17)]:
    print(f"{diameter} cm: {price_per_100(diameter, price):.2f} euros")
