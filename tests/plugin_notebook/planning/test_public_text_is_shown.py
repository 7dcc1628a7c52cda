"""Text that planning takes for public: nothing that a conversion hides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import count
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clm import ConversionError, SourceFile, Variant
from clm_plugin_notebook.plugin import clm_job_types

HEADERS = (
    "# %%",
    '# %% tags=["keep"]',
    '# %% tags=["private"]',
    "# %% [markdown]",
    '# %% [markdown] lang="de" tags=["slide"]',
    '# %% [markdown] tags=["notes"]',
    '#%%[markdown] tags=["voiceover"]',
    '# %% [markdown] tags=["del", "slide"]',
    '# %% {"tags": ["private"]}',
    '# %% tags=["notes"] active="ipynb"',
    '    # %% [markdown] tags=["notes"]',
)
TEXTS = (
    "NAME",
    "# NAME",
    "",
    "# NAME {{ lang }} NAME",
    'x = """NAME\n# %%\n# NAME\n"""',
    'x = """\n# %% tags=["private"]\nNAME\n"""\nNAME',
    "y = '''a''' + \"\"\"\nNAME\"\"\"",
    '# """\n# NAME',
    "# '''\nx = '''\n# %% [markdown]\nNAME'''",
    "# ```\n# NAME\n# ```",
    '# {% if lang == "fr" %}\n# NAME\n# {% endif %}\n# NAME',
    '# {% if lang == "fr" %}\n# %%\n# NAME\n# {% endif %}',
    "# {{ cell() }}\n# NAME",
    "{#\n# %%\n# NAME\n#}\n# NAME",
    "# {% raw %}{# NAME #}{% endraw %}",
    '# j2 include "part.py"\n# NAME',
    "# j2 if lang == 'fr'\n# NAME\n# j2 endif",
)
ODD = ('"""', "# '''", '"\\""', "# {% endif %}", "{#", '# % [markdown] tags=["notes"]')
MACRO = '# {% macro cell() %}\n# %% tags=["private"]\n# {% endmacro %}\n'
PART = b'# %% [markdown] tags=["notes"]\n# part\n'
VARIANTS = tuple(
    Variant("de", kind, form, PurePosixPath(form, kind), True)
    for kind in ("code-along", "completed", "partial")
    for form in ("notebook", "code")
)

texts = st.integers(0, 40).flatmap(lambda n: st.sampled_from(TEXTS if n else ODD))
cells = st.tuples(st.sampled_from(HEADERS), st.lists(texts, max_size=3))


def deck_of(cells: Sequence[tuple[str, Sequence[str]]], start: str) -> str:
    """A script in which each name of a file is another one."""
    text = "\n".join(line for header, body in cells for line in (header, *body))
    numbers = count()
    return start + re.sub("NAME", lambda _: f"file{next(numbers)}.csv", text) + "\n"


@pytest.fixture(scope="module")
def shared_topic(topic_in: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    topic = topic_in(tmp_path_factory.mktemp("public"))
    topic.files = {"part.py": PART}
    topic.context = evolve(topic.context, variants=VARIANTS, course_name={"de": "Kurs"})
    return topic


def public_names(topic: Any, deck: str, path: Path) -> set[str]:
    path.write_text(deck, encoding="utf-8")
    source = SourceFile(path, PurePosixPath("slides_deck.py"), "slides/slides_deck.py", "")
    try:
        texts = list(clm_job_types()[0].public_text(source, topic.context))
    except ConversionError:
        return set()
    return set(re.findall(r"file\d+\.csv", "\n".join(texts)))


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(cells, min_size=1, max_size=5), st.sampled_from(("", MACRO)))
@example([("# %%", ["NAME"]), ("# %%", ['x = """\n# %% tags=["private"]\nNAME\n"""\nNAME'])], "")
def test_public_names_are_shown(shared_topic: Any, tmp_path: Path, found: Any, start: str) -> None:
    deck = deck_of(found, start)
    names = public_names(shared_topic, deck, tmp_path / "slides_deck.py")
    if not names:
        return
    try:
        outputs = shared_topic.outputs(deck)
    except ConversionError:
        # What cannot be converted names nothing, unless only its templates are wrong.
        assert "{" in deck or "j2" in deck
        return
    assert all(any(name in text for text in outputs.values()) for name in names)
