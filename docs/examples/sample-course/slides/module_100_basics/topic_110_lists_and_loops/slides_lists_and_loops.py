# j2 from 'macros.j2' import header
# {{ header("Listen und Schleifen", "Lists and Loops") }}

# %% [markdown] lang="de" tags=["slide"]
#
# ## Listen
#
# Eine Liste hält viele Werte in einer festen Reihenfolge. Jeder hat einen
# *Index*, gezählt wird ab 0, von hinten ab -1.
#
# <img src="img/list_index.png" alt="Fünf Felder mit den Indizes 0 bis 4, darunter -5 bis -1"
#      style="display: block; margin: auto; width: 70%"/>

# %% [markdown] lang="en" tags=["slide"]
#
# ## Lists
#
# A list holds many values in a fixed order. Each has an *index*, counted from 0,
# or from -1 at the end.
#
# <img src="img/list_index.png" alt="Five boxes with the indices 0 to 4, and -5 to -1 below"
#      style="display: block; margin: auto; width: 70%"/>

# %% lang="de" tags=["keep"]
planeten = ["Merkur", "Venus", "Erde", "Mars", "Jupiter"]

# %% lang="de"
planeten[0], planeten[2], planeten[-1]

# %% lang="de"
planeten.append("Saturn")
len(planeten)

# %% lang="en" tags=["keep"]
planets = ["Mercury", "Venus", "Earth", "Mars", "Jupiter"]

# %% lang="en"
planets[0], planets[2], planets[-1]

# %% lang="en"
planets.append("Saturn")
len(planets)

# %% [markdown] lang="de"
#
# Was geschieht, wenn es zu einem Index keinen Wert gibt?

# %% [markdown] lang="de" tags=["answer"]
#
# Python meldet einen `IndexError`. Die letzte Zeile der Meldung sagt, was los ist.

# %% [markdown] lang="en"
#
# What happens when there is no value for an index?

# %% [markdown] lang="en" tags=["answer"]
#
# Python reports an `IndexError`. The last line of the message says what is wrong.

# %% lang="de" tags=["raises-exception"]
planeten[100]

# %% lang="en" tags=["raises-exception"]
planets[100]

# %% [markdown] lang="de" tags=["notes"]
#
# Die Fehlermeldung von unten nach oben lesen lassen. Fehler sind hier erwünscht!

# %% [markdown] lang="en" tags=["notes"]
#
# Let them read the error message from the bottom up. Errors are welcome here!

# %% [markdown] lang="de" tags=["subslide"]
#
# ## Warum beginnt es bei 0?
#
# Weil wir Stockwerke auch so zählen: Das Erdgeschoss liegt 0 Treppen hoch.
#
# <img src="img/stockwerke.de.png" alt="Ein Haus, dessen Erdgeschoss haus[0] heißt"
#      style="display: block; margin: auto; width: 50%"/>

# %% [markdown] lang="de" tags=["slide"]
#
# ## Die `for`-Schleife
#
# Sie tut etwas mit jedem Wert einer Liste. Was wiederholt wird, ist eingerückt.
#
# <img src="img/loop.de.png" alt="Solange es noch einen Planeten gibt, wird der nächste gedruckt"
#      style="display: block; margin: auto; width: 40%"/>

# %% [markdown] lang="en" tags=["slide"]
#
# ## The `for` Loop
#
# It does something with each value of a list. What is repeated is indented.
#
# <img src="img/loop.en.png" alt="While there is another planet, the next one is printed"
#      style="display: block; margin: auto; width: 40%"/>

# %% lang="de"
for planet in planeten:
    print(f"{planet} hat {len(planet)} Buchstaben.")

# %% lang="en"
for planet in planets:
    print(f"{planet} has {len(planet)} letters.")

# %% [markdown] lang="de" tags=["subslide"]
#
# ## Zählen mit `range`

# %% [markdown] lang="en" tags=["subslide"]
#
# ## Counting with `range`

# %%
for number in range(1, 6):
    print(number, number**2, number**3)

# %% [markdown] lang="de" tags=["slide"]
#
# ## Entscheiden mit `if`

# %% [markdown] lang="en" tags=["slide"]
#
# ## Deciding with `if`

# %% lang="de"
for planet in planeten:
    if planet == "Erde":
        print(f"{planet}: hier wohnen wir")
    else:
        print(planet)

# %% lang="en"
for planet in planets:
    if planet == "Earth":
        print(f"{planet}: this is where we live")
    else:
        print(planet)

# %% [markdown] lang="de" tags=["slide", "workshop"]
#
# ## Workshop: Fizz Buzz
#
# Zählen Sie von 1 bis 15. Sagen Sie statt einer Zahl, die durch 3 teilbar ist,
# *Fizz*, statt einer durch 5 teilbaren *Buzz*, und wenn beides gilt *Fizz Buzz*.

# %% [markdown] lang="en" tags=["slide", "workshop"]
#
# ## Workshop: Fizz Buzz
#
# Count from 1 to 15. In place of a number that is divisible by 3 say *Fizz*, in
# place of one divisible by 5 *Buzz*, and if both are true *Fizz Buzz*.

# %% tags=["start"]
for number in range(1, 16):
    print(number)

# %% tags=["alt"]
for number in range(1, 16):
    if number % 15 == 0:
        print("Fizz Buzz")
    elif number % 3 == 0:
        print("Fizz")
    elif number % 5 == 0:
        print("Buzz")
    else:
        print(number)

# %% [markdown] lang="de" tags=["notes"]
#
# Wer schnell fertig ist: Geht es auch ohne `elif`?

# %% [markdown] lang="en" tags=["notes"]
#
# For those who finish early: can you do it without `elif`?

# %% tags=["alt"]
for number in range(1, 16):
    words = "Fizz " * (number % 3 == 0) + "Buzz" * (number % 5 == 0)
    print(words.strip() or number)
