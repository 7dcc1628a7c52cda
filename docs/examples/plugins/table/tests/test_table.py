from clm.testing import MakeProject, RunJob


def test_cells_are_escaped(run_job: RunJob) -> None:
    page = run_job("table", {"intro/a.csv": "x\n<b>&\n"}).outputs["html"].decode()
    assert "<tr><th>x</th></tr>\n<tr><td>&lt;b&gt;&amp;</td></tr>\n" in page


def test_students_get_table_and_data(course_project: MakeProject) -> None:
    deck = '# j2 from "macros.j2" import header\n# {{ header("Zahlen", "Numbers") }}\n'
    files = {"intro/slides_a.py": deck, "intro/data/a.csv": "x\n1\n"}
    course = course_project(files, plugins=["table", "notebook"])
    assert course.build().ok
    assert course.texts("Completed/Week/data/a.csv") == {"x\n1\n"}
    (page,) = course.texts("Completed/Week/data/a.html")
    assert "<td>1</td>" in page
