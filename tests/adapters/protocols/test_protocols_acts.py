"""The acts: values, each of them in the union."""

import pickle
from typing import get_args

import pytest
from streamfold.adapters.protocols import acts


@pytest.mark.parametrize("act", get_args(acts.Act))
def test_each_act_is_a_value_that_says_what_it_is(act: type) -> None:
    names = list(act.__annotations__)
    made = act(*names)
    assert made == act(*names)
    assert pickle.loads(pickle.dumps(made)) == made
    assert act.__doc__


def test_every_act_of_the_module_is_in_the_union() -> None:
    classes = {one for one in vars(acts).values() if isinstance(one, type) and one.__module__ == acts.__name__}
    assert classes == set(get_args(acts.Act))
