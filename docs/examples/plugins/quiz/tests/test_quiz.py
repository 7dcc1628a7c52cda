from xml.etree.ElementTree import fromstring

from clm.testing import MakeProject, RunJob

QUIZ = "? Which are even?\n+ 2\n+ 4\n- 3 & 5\n\n? 1 + 1\n+ 2\n- 3\n"


def test_answers_share_the_grade(run_job: RunJob) -> None:
    quiz = fromstring(run_job("quiz", {"intro/a.en.quiz": QUIZ}).outputs["xml"])
    category, even, _ = quiz
    assert category.findtext("category/text") == "$course$/top/Week"
    answers = [(a.findtext("text"), a.get("fraction")) for a in even.iter("answer")]
    assert answers == [("2", "50.00000"), ("4", "50.00000"), ("3 & 5", "0")]
    assert [q.findtext("single") for q in quiz] == [None, "false", "true"]


def test_students_get_no_answers(course_project: MakeProject) -> None:
    course = course_project({"intro/a.quiz": QUIZ, "loops/b.quiz": QUIZ}, plugins=["quiz"])
    assert course.build().ok
    paths = sorted(course.outputs())
    assert [path.split("/")[0] for path in paths] == ["speaker", "speaker"]
    assert all(text.count('"multichoice"') == 4 for text in course.texts("Quiz.xml"))
