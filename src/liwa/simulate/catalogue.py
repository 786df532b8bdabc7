"""Schools, departments and courses of the make-believe campus."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from liwa.simulate.terms import EXAM_WEEK, Floats, Ints, generator

UNIVERSITY = ("org-liwa", "丽娃示范大学 Liwa Demo University")
HONOURS = ("org-honours", "致远书院 Honours College")

# School code, title; its two departments.
SCHOOLS = (
    ("SCI", "理学院 School of Science", (("MATH", "数学系 Mathematics"), ("PHYS", "物理系 Physics"))),
    (
        "INF",
        "信息学院 School of Informatics",
        (("COMP", "计算机系 Computing"), ("ELEC", "电子系 Electronics")),
    ),
    ("EDU", "教育学院 School of Education", (("EDUC", "教育系 Education"), ("PSYC", "心理系 Psychology"))),
    ("ECO", "经管学院 School of Business", (("ECON", "经济系 Economics"), ("MGMT", "管理系 Management"))),
    ("LAN", "外语学院 School of Languages", (("ENGL", "英语系 English"), ("JAPN", "日语系 Japanese"))),
    ("HUM", "人文学院 School of Humanities", (("CHIN", "中文系 Chinese"), ("HIST", "历史系 History"))),
)

# Code, title, credits. The first digit of the number is the year of study it is meant for.
COURSES = (
    ("MATH101", "高等数学 Calculus", 5),
    ("ENGL101", "大学英语 College English", 3),
    ("COMP101", "程序设计 Programming", 4),
    ("PHYS101", "大学物理 General Physics", 4),
    ("CHIN101", "大学语文 College Chinese", 2),
    ("ECON101", "经济学原理 Principles of Economics", 3),
    ("EDUC101", "教育学基础 Foundations of Education", 3),
    ("HIST101", "中国通史 History of China", 3),
    ("PSYC101", "普通心理学 General Psychology", 3),
    ("MGMT101", "管理学 Principles of Management", 3),
    ("ELEC101", "电路分析 Circuit Analysis", 4),
    ("JAPN101", "基础日语 Elementary Japanese", 4),
    ("MATH102", "线性代数 Linear Algebra", 3),
    ("COMP201", "数据结构 Data Structures", 4),
    ("PHYS201", "力学 Mechanics", 4),
    ("ENGL201", "英语写作 English Writing", 2),
    ("ECON201", "微观经济学 Microeconomics", 3),
    ("EDUC201", "教育心理学 Educational Psychology", 3),
    ("CHIN201", "古代汉语 Classical Chinese", 3),
    ("HIST201", "世界史 World History", 3),
    ("PSYC201", "发展心理学 Developmental Psychology", 3),
    ("MGMT201", "会计学 Accounting", 3),
    ("ELEC201", "数字电路 Digital Circuits", 4),
    ("JAPN201", "日语会话 Japanese Conversation", 2),
    ("MATH201", "概率论与数理统计 Probability and Statistics", 4),
    ("COMP202", "操作系统 Operating Systems", 4),
    ("PHYS202", "电磁学 Electromagnetism", 4),
    ("ENGL202", "英语听说 Listening and Speaking", 2),
    ("ECON202", "宏观经济学 Macroeconomics", 3),
    ("EDUC202", "课程与教学论 Curriculum and Teaching", 3),
    ("CHIN202", "现代文学 Modern Chinese Literature", 3),
    ("HIST202", "史学导论 Introduction to Historiography", 2),
    ("PSYC202", "心理统计 Statistics for Psychology", 3),
    ("MGMT202", "市场营销 Marketing", 3),
    ("ELEC301", "信号与系统 Signals and Systems", 4),
    ("JAPN301", "日本文化 Japanese Culture", 2),
    ("MATH301", "数学分析选讲 Topics in Analysis", 4),
    ("COMP301", "机器学习 Machine Learning", 4),
    ("PHYS301", "量子力学 Quantum Mechanics", 4),
    ("ENGL301", "翻译理论与实践 Translation", 3),
    ("ECON301", "计量经济学 Econometrics", 4),
    ("EDUC301", "教育技术 Educational Technology", 2),
    ("CHIN301", "语言学概论 Linguistics", 3),
    ("HIST301", "近代社会史 Modern Social History", 3),
    ("PSYC301", "社会心理学 Social Psychology", 3),
    ("MGMT301", "人力资源管理 Human Resources", 3),
    ("MATH302", "数学建模 Mathematical Modelling", 3),
    ("COMP302", "计算机网络 Computer Networks", 3),
    ("COMP303", "数据库系统 Database Systems", 3),
    ("ECON302", "金融学 Finance", 3),
    ("EDUC302", "教育研究方法 Research Methods in Education", 3),
    ("ENGL302", "英美文学 English and American Literature", 3),
    ("CHIN302", "写作实践 Creative Writing", 2),
    ("HIST302", "文化遗产 Cultural Heritage", 2),
)
FEWEST_COURSES = 24

HOMEWORK, QUIZ, REPORT, MIDTERM, FINAL = range(5)
KINDS = ("homework", "quiz", "report", "midterm", "final")
KIND_TITLES = ("作业 Assignment", "测验 Quiz", "报告 Report", "期中考试 Midterm", "期末考试 Final exam")
KIND_MAXIMA = (100, 20, 100, 100, 100)


@dataclass(frozen=True)
class Department:
    """A department, which offers courses and to which students belong."""

    code: str
    title: str
    school: int  # place in SCHOOLS


DEPARTMENTS = tuple(
    Department(code, title, place) for place, school in enumerate(SCHOOLS) for code, title in school[2]
)
DEPARTMENT_CODES = tuple(department.code for department in DEPARTMENTS)
SCHOOL_OF = np.array([department.school for department in DEPARTMENTS])


@dataclass(frozen=True)
class Item:
    """One assessment of a course; `day` of the term it is due or held, `weight` percent of the mark."""

    kind: int
    number: int
    day: int
    weight: int

    @property
    def title(self) -> str:
        title = KIND_TITLES[self.kind]
        return title if self.kind in (MIDTERM, FINAL) else f"{title} {self.number}"


@dataclass(frozen=True)
class Catalogue:
    """The courses on offer, one entry of each array a course."""

    difficulty: Floats  # higher is harder; standard deviation 0.5
    lms: Floats  # study-platform sessions a week of an average student; 0 where the course does not use it
    weekdays: Floats  # courses × 7: share of the week's activity on each day, Monday first
    pages: Floats  # courses × kinds of page: share of sessions
    items: tuple[tuple[Item, ...], ...]  # the last is the final exam

    @property
    def size(self) -> int:
        return len(self.items)

    @cached_property
    def department(self) -> Ints:
        return np.array([DEPARTMENT_CODES.index(code[:4]) for code, _, _ in COURSES[: self.size]])

    @cached_property
    def level(self) -> Ints:
        return np.array([int(code[4]) for code, _, _ in COURSES[: self.size]])

    @cached_property
    def credits(self) -> Ints:
        return np.array([credits for _, _, credits in COURSES[: self.size]])

    @cached_property
    def item_count(self) -> Ints:
        return np.array([len(items) for items in self.items])

    @cached_property
    def item_start(self) -> Ints:
        """Where each course's items begin when all are laid end to end."""
        return np.concatenate([[0], np.cumsum(self.item_count)[:-1]])


PAGES = ("content", "video", "forum", "quiz")
PAGE_TITLES = ("讲义 Lecture notes", "视频 Videos", "讨论区 Forum", "练习 Exercises")


def catalogue(seed: int, students: int) -> Catalogue:
    """Courses for a campus of this size: 24 for a small one, 54 from 1,350 students on."""
    rng = generator(seed, "catalogue")
    count = min(len(COURSES), max(FEWEST_COURSES, students // 25))
    every = len(COURSES)  # draw for all, so that a course is the same on campuses of any size
    difficulty = rng.normal(0.0, 0.5, every)
    lms = np.where(rng.random(every) < 0.06, 0.0, rng.uniform(0.7, 1.3, every))
    lms[:3] = 1.2  # the three largest courses always use it
    weekdays = rng.dirichlet([3, 3, 3, 3, 2, 1, 1.5], every)
    pages = rng.dirichlet([6, 3, 1, 2], every)
    items = tuple(_items(rng) for _ in range(every))
    return Catalogue(difficulty[:count], lms[:count], weekdays[:count], pages[:count], items[:count])


def _items(rng: np.random.Generator) -> tuple[Item, ...]:
    """Three to six pieces of coursework, evenly spread from week 3 to 15, and a final exam."""
    count = int(rng.integers(3, 7))
    exam = int(rng.choice([40, 50, 60]))
    kinds = rng.choice([HOMEWORK, QUIZ, REPORT], count, p=[0.6, 0.25, 0.15])
    if count >= 4:
        kinds[count // 2] = MIDTERM
    weights = _shares(100 - exam, np.where(kinds == MIDTERM, 2.0, 1.0))
    weeks = np.linspace(2, 14, count).round().astype(int)
    days = weeks * 7 + rng.integers(0, 6, count)
    numbers = [int((kinds[: place + 1] == kind).sum()) for place, kind in enumerate(kinds)]
    work = tuple(
        Item(int(kind), number, int(day), int(weight))
        for kind, number, day, weight in zip(kinds, numbers, days, weights, strict=True)
    )
    return (*work, Item(FINAL, 1, EXAM_WEEK * 7 + int(rng.integers(0, 4)), exam))


def _shares(total: int, parts: Floats) -> Ints:
    """Whole percentages in proportion to `parts` that add up to `total`."""
    edges = np.round(np.concatenate([[0.0], np.cumsum(parts)]) / parts.sum() * total)
    return np.diff(edges).astype(np.int64)
