"""Made-up names from small lists; about 85 % Chinese, each with the letters of a sign-in name."""

from dataclasses import dataclass

import numpy as np

FAMILY = (
    "王 wang|李 li|张 zhang|刘 liu|陈 chen|杨 yang|赵 zhao|黄 huang|周 zhou|吴 wu|徐 xu|孙 sun|胡 hu|朱 zhu|高 gao|林 lin"
    "|何 he|郭 guo|马 ma|罗 luo|梁 liang|宋 song|郑 zheng|谢 xie|韩 han|唐 tang|冯 feng|于 yu|董 dong|萧 xiao|程 cheng"
    "|曹 cao|袁 yuan|邓 deng|许 xu|傅 fu|沈 shen|曾 zeng|彭 peng|吕 lv|苏 su|卢 lu|蒋 jiang|蔡 cai|欧阳 ouyang"
)
GIVEN = (
    "小 xiao|明 ming|文 wen|华 hua|志 zhi|强 qiang|伟 wei|俊 jun|杰 jie|宇 yu|浩 hao|然 ran|子 zi|涵 han|思 si|雨 yu|欣 xin"
    "|怡 yi|佳 jia|慧 hui|婷 ting|雪 xue|晨 chen|阳 yang|天 tian|博 bo|嘉 jia|诗 shi|梦 meng|瑶 yao|静 jing|云 yun|海 hai"
    "|涛 tao|建 jian|国 guo|春 chun|秋 qiu|晓 xiao|安 an|宁 ning|乐 le|一 yi|可 ke|心 xin|若 ruo|清 qing|远 yuan|星 xing"
)
WESTERN_GIVEN = (
    "Alice Ben Clara David Elena Felix Grace Henry Iris Jonas Karen Leo Maria Nadia Oscar Paula Quentin Rosa Simon"
    " Tara Victor Wendy Yusuf Zoe Amir Bruno Chiara Dmitri Emma Farah"
)
WESTERN_FAMILY = (
    "Adler Brook Carter Dalton Ellis Forster Garner Hale Irving Jensen Keller Lowell Mercer Norwood Ortega Parker"
    " Quill Ramsey Sorensen Thorne Ulrich Varga Whitfield Yates Zeller Okafor Petrov Rahman Silva Tanaka"
)
CHINESE_SHARE = 0.85


@dataclass(frozen=True)
class Name:
    """A made-up person."""

    family: str
    given: str
    username: str
    chinese: bool

    @property
    def shown(self) -> str:
        """The name as the campus writes it."""
        return f"{self.family}{self.given}" if self.chinese else f"{self.given} {self.family}"


def _pairs(words: str) -> list[tuple[str, str]]:
    return [(sign, letters) for sign, letters in (word.split() for word in words.split("|"))]


def names(rng: np.random.Generator, count: int, taken: dict[str, int]) -> list[Name]:
    """`count` names. `taken` counts the sign-in names given out so far and is kept up to date."""
    family, given = _pairs(FAMILY), _pairs(GIVEN)
    western_given, western_family = WESTERN_GIVEN.split(), WESTERN_FAMILY.split()
    chinese = rng.random(count) < CHINESE_SHARE
    two = rng.random(count) < 0.8
    first, second, last = (rng.integers(0, size, count) for size in (len(given), len(given), len(family)))
    found = []
    for row in range(count):
        if chinese[row]:
            signs = [given[first[row]], given[second[row]]] if two[row] else [given[first[row]]]
            surname = family[last[row] % len(family)]
            written, letters = "".join(sign for sign, _ in signs), "".join(sound for _, sound in signs)
            found.append(Name(surname[0], written, _unique(surname[1] + letters, taken), True))
        else:
            forename = western_given[first[row] % len(western_given)]
            western = western_family[last[row] % len(western_family)]
            found.append(Name(western, forename, _unique(f"{forename}{western}".lower(), taken), False))
    return found


def _unique(username: str, taken: dict[str, int]) -> str:
    taken[username] = taken.get(username, 0) + 1
    return username if taken[username] == 1 else f"{username}{taken[username]:02d}"
