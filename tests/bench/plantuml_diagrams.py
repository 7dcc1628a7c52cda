"""Thirty diagrams of all kinds, by name, for the benchmark of the PlantUML plugin."""

from __future__ import annotations

_UML = {
    "sequence": """
title Ordering / Bestellung
actor Customer as C
participant "Web shop" as W
database Stock as S
C -> W: order
activate W
W -> S: reserve
alt in stock
  S --> W: yes
else sold out
  S --> W: no
  W --> C: sorry
end
note right of W: Prüfung läuft
W --> C: confirmation
deactivate W
""",
    "sequence_groups": """
autonumber
box "Inside" #LightBlue
participant A
participant B
end box
participant C
loop 3 times
  A -> B: ask
  opt sometimes
    B -> C: forward
    C --> B
  end
end
B -->> A: answer
== Second part ==
A ->x C: lost
...5 minutes later...
C -> A: found
""",
    "class": """
abstract class Shape {
  +area(): float
  #name: str
}
class Circle extends Shape {
  -radius: float
}
class Square extends Shape
interface Drawable
Circle ..|> Drawable
Square ..|> Drawable
Canvas "1" *-- "many" Shape : contains >
note top of Shape: Every figure has an area
""",
    "class_packages": """
package model {
  class Course
  class Section
  class Topic
  Course *-- Section
  Section *-- Topic
}
package build {
  class Planner
  class Runner
  Planner --> Course
  Runner --> Planner
}
enum Status {
  PENDING
  DONE
}
Runner --> Status
""",
    "use_case": """
left to right direction
actor Student
actor Lecturer
rectangle Course {
  Student -- (Read slides)
  (Read slides) .> (Run code) : include
  Lecturer -- (Write slides)
}
""",
    "activity": """
start
:read spec;
if (valid?) then (yes)
  fork
    :convert notebooks;
  fork again
    :draw diagrams;
  end fork
  while (files left?) is (yes)
    :write file;
  endwhile (no)
else (no)
  :report all problems;
  stop
endif
stop
""",
    "activity_lanes": """
|Author|
start
:write;
|#AntiqueWhite|CLM|
:build;
switch (kind)
case (code-along)
  :remove solutions;
case (completed)
  :keep all;
endswitch
|Author|
:publish;
stop
""",
    "state": """
[*] --> pending
pending --> processing : claim
processing --> completed
processing --> failed
processing --> pending : retry
state processing {
  [*] --> copy
  copy --> convert
  convert --> [*]
}
completed --> [*]
failed --> [*]
""",
    "component": """
package "Command line" {
  [cli]
}
node Worker {
  [converter] - Cache
}
database Queue
[cli] --> Queue
Queue --> [converter]
cloud Network
Network ..> [cli]
""",
    "deployment": """
node server {
  artifact app
  database db
}
node client {
  file page
}
client --> server : https
app --> db
storage backup
db ..> backup
""",
    "object": """
object first {
  name = "Ada"
  age = 36
}
object second {
  name = "Grace"
}
first --> second : knows
map capitals {
  Germany => Berlin
  France => Paris
}
""",
    "timing": """
robust "Browser" as B
concise "User" as U
@0
U is idle
B is off
@100
U is waiting
B is loading
@300
U is reading
B is on
""",
    "many_classes": "\n".join(f"class C{n}\nC{n // 3} --> C{n}" for n in range(1, 25)),
    "long_sequence": "\n".join(f"P{n % 7} -> P{(n * 3 + 1) % 7}: step {n}" for n in range(60)),
    "styled": """
<style>
classDiagram {
  class {
    BackgroundColor #E8F4FF
    FontName Serif
    RoundCorner 12
  }
}
</style>
class Styled {
  +run()
}
class Plain
Styled --> Plain : //italic// **bold** ""mono""
""",
    "theme": """
!theme plain
class A
class B
A --> B
""",
    "preprocessed": """
!function $twice($x)
!return $x + $x
!endfunction
!procedure $pair($a, $b)
$a -> $b: $twice("ha")
$b --> $a: ok
!endprocedure
$pair(Alice, Bob)
$pair(Bob, Carol)
""",
    "c4": """
!include <C4/C4_Container>
Person(student, "Student", "reads and runs")
System_Boundary(clm, "CLM") {
  Container(cli, "Command line", "Python")
  ContainerDb(cache, "Results cache", "SQLite")
}
Rel(student, cli, "builds with")
Rel(cli, cache, "reads and writes")
""",
    "umlauts": """
actor "Jürgen Groß" as J
participant "Größenänderung" as G
J -> G: prüfe „Übungsblätter“ für 3 €
G --> J: naïve façade, Ελληνικά, Кириллица
""",
    "cjk": """
actor 学生 as S
participant "講義" as K
S -> K: 質問する
K --> S: 답변 / 回答
""",
    "creole": """
rectangle R [
  **bold** //italic// --struck--
  ----
  * one
  ** two
  |= a |= b |
  | 1 | 2 |
]
""",
    "sprites": """
sprite $s [8x8/16] {
01234567
12345678
23456789
3456789A
456789AB
56789ABC
6789ABCD
789ABCDE
}
rectangle "<$s> with a sprite" as r
rectangle "<&heart> icon" as i
r --> i
""",
}
_OTHER = {
    "mind_map": "@startmindmap\n* Course\n** Week 1\n*** Introduction\n*** Loops\n** Week 2\n"
    "left side\n** Tools\n*** git\n@endmindmap\n",
    "work": "@startwbs\n* Project\n** Design\n*** Interfaces\n** Code\n***< Core\n***> Plugins\n"
    "@endwbs\n",
    "gantt": "@startgantt\n[Design] requires 10 days\n[Code] requires 20 days\n"
    "[Code] starts at [Design]'s end\n[Test] requires 5 days\n[Test] starts at [Code]'s end\n"
    "@endgantt\n",
    "json": '@startjson\n{"name": "Ada", "langs": ["de", "en"], "address": {"city": "Zürich"}}\n'
    "@endjson\n",
    "yaml": "@startyaml\nname: course\nsections:\n  - one\n  - two\n@endyaml\n",
    "salt": '@startsalt\n{+\nLogin | "name    "\nPassword | "****    "\n[Cancel] | [  OK  ]\n}\n'
    "@endsalt\n",
    "network": '@startnwdiag\nnwdiag {\n  network lan {\n    address = "10.x.x.x/8"\n    web;\n'
    "    db;\n  }\n  network net {\n    web;\n  }\n}\n@endnwdiag\n",
    "grammar": '@startebnf\nexpression = term, { ("+" | "-"), term };\nterm = number;\n@endebnf\n',
}

DIAGRAMS: dict[str, str] = {
    **{name: f"@startuml\n{text.strip()}\n@enduml\n" for name, text in _UML.items()},
    **_OTHER,
}
