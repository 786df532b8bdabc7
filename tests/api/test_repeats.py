"""Properties that come twice."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from liwa.statements.errors import Malformed
from liwa.statements.validation.repeats import refuse_repeats

texts = st.text(st.sampled_from('a":\\ \n,{}'), max_size=4)
values = st.recursive(
    texts | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)


@given(values, st.sampled_from([None, 1]), st.sampled_from([(",", ":"), (", ", ": "), (" ,", "\n:")]))
def test_what_is_well_formed_passes(value: object, indent: int | None, marks: tuple[str, str]) -> None:
    body = json.dumps(value, indent=indent, separators=marks).encode()
    refuse_repeats(body, msgspec.json.decode(body))


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":1,"a":2}',
        b'{"a" :1,"a":2}',
        b'{"a"\n:":x","a"\t:2}',
        b'[{"b":[{"a":1,"c":":\\":","\\u0061":2}]}]',
        b'{"":1,"":1}',
    ],
)
def test_repeats_are_refused(body: bytes) -> None:
    with pytest.raises(Malformed, match="twice"):
        refuse_repeats(body, msgspec.json.decode(body))
