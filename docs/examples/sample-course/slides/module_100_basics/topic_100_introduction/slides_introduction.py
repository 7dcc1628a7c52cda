# j2 from 'macros.j2' import header
# {{ header("Python kennenlernen", "Getting to Know Python") }}

# %% [markdown] lang="de" tags=["slide"]
#
# ## Was ist ein Programm?
#
# - Eine Folge von Anweisungen an den Computer
# - Der Computer führt sie der Reihe nach aus
# - Python zeigt uns das Ergebnis sofort
#
# <img src="img/dialogue.svg" alt="Wir schreiben 6 * 7, Python antwortet 42"
#      style="display: block; margin: auto; width: 60%"/>

# %% [markdown] lang="en" tags=["slide"]
#
# ## What Is a Program?
#
# - A sequence of instructions for the computer
# - The computer carries them out one after the other
# - Python shows us the result at once
#
# <img src="img/dialogue.svg" alt="We write 6 * 7, Python answers 42"
#      style="display: block; margin: auto; width: 60%"/>

# %% [markdown] lang="de" tags=["notes"]
#
# Fragen: Wer hat schon einmal programmiert? In welcher Sprache?
#
# Die erste Zelle gemeinsam eintippen und mit `Umschalt` + `Eingabe` ausführen.

# %% [markdown] lang="en" tags=["notes"]
#
# Ask: who has programmed before? In which language?
#
# Type the first cell together and run it with `Shift` + `Enter`.

# %%
6 * 7

# %% [markdown] lang="de" tags=["subslide"]
#
# ## Python als Taschenrechner
#
# | Zeichen | Bedeutung            |
# |:-------:|----------------------|
# | `+` `-` | plus und minus       |
# | `*` `/` | mal und geteilt      |
# | `//`    | ganzzahlig geteilt   |
# | `%`     | Rest der Division    |
# | `**`    | hoch                 |

# %% [markdown] lang="en" tags=["subslide"]
#
# ## Python as a Calculator
#
# |  Sign   | Meaning                     |
# |:-------:|-----------------------------|
# | `+` `-` | plus and minus              |
# | `*` `/` | times and divided by        |
# | `//`    | divided, without remainder  |
# | `%`     | the remainder               |
# | `**`    | to the power of             |

# %%
17 / 5

# %%
17 // 5

# %%
17 % 5

# %%
2**10

# %% [markdown] lang="de" tags=["slide"]
#
# ## Variablen
#
# Eine Variable gibt einem Wert einen Namen. Das Zeichen `=` heißt dabei nicht
# "ist gleich", sondern "soll ab jetzt heißen".

# %% [markdown] lang="en" tags=["slide"]
#
# ## Variables
#
# A variable gives a value a name. The sign `=` does not mean "is equal to"
# here, it means "shall be called from now on".

# %% lang="de"
preis = 12.50
anzahl = 4
print("Zusammen:", preis * anzahl)

# %% lang="en"
price = 12.50
count = 4
print("In total:", price * count)

# %% [markdown] lang="de"
#
# Was steht nach dem nächsten Schritt in der Variablen für die Anzahl?

# %% [markdown] lang="de" tags=["answer"]
#
# Eine 5: Python rechnet zuerst die rechte Seite aus und vergibt dann den Namen neu.

# %% [markdown] lang="en"
#
# What does the variable for the count hold after the next step?

# %% [markdown] lang="en" tags=["answer"]
#
# A 5: Python first works out the right-hand side and then moves the name.

# %% lang="de"
anzahl = anzahl + 1
anzahl

# %% lang="en"
count = count + 1
count

# %% [markdown] lang="de" tags=["subslide"]
#
# ## Texte
#
# Texte stehen in Anführungszeichen. In einem *f-String* werden Namen in
# geschweiften Klammern durch ihre Werte ersetzt.

# %% [markdown] lang="en" tags=["subslide"]
#
# ## Texts
#
# Texts stand in quotes. In an *f-string*, names in curly braces are replaced by
# their values.

# %% lang="de" tags=["keep"]
name = "Grace"

# %% lang="en" tags=["keep"]
name = "Grace"

# %% lang="de"
print(f"Guten Tag, {name}! Dein Name hat {len(name)} Buchstaben.")

# %% lang="en"
print(f"Good morning, {name}! Your name has {len(name)} letters.")

# %% tags=["del"]
# An idea for the next version of this deck; `del` cells are in no output at all.
print(name.upper().center(40, "*"))

# %% [markdown] lang="de" tags=["slide", "workshop"]
#
# ## Workshop: Der Kuchen
#
# Ein Kuchen hat 12 Stücke, 5 Gäste essen gleich viele ganze Stücke.
#
# - Wie viele Stücke bekommt jeder?
# - Wie viele bleiben übrig?

# %% [markdown] lang="en" tags=["slide", "workshop"]
#
# ## Workshop: The Cake
#
# A cake has 12 pieces, 5 guests eat the same number of whole pieces each.
#
# - How many pieces does each of them get?
# - How many are left?

# %% lang="de" tags=["start"]
stuecke = 12
gaeste = 5
# Dein Programm:

# %% lang="de" tags=["alt"]
stuecke = 12
gaeste = 5
print(f"Jeder bekommt {stuecke // gaeste}, es bleiben {stuecke % gaeste}.")

# %% lang="en" tags=["start"]
pieces = 12
guests = 5
# Your program:

# %% lang="en" tags=["alt"]
pieces = 12
guests = 5
print(f"Each gets {pieces // guests}, {pieces % guests} are left.")
