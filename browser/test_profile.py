"HTML that notebooks show: complete without a network, quiet, and with the numbers of the text"
import re

import numpy as np

from tinytorch.capstone import SimpleMLP
from tinytorch.core.tensor import Tensor
from tinytorch.perf.profiling import quick_profile

def test_profile_in_html_shows_the_numbers_of_its_text(show, tmp_path):
    profile = quick_profile(SimpleMLP(64, 32, 10), Tensor(np.zeros((1, 64), np.float32)))
    (tmp_path/'profile.html').write_text(f'<!doctype html><meta charset="utf-8">{profile._repr_html_()}', encoding='utf-8')
    page = show(tmp_path/'profile.html')
    numbers = set(re.findall(r'\d[\d,]{3,}', str(profile)))
    assert numbers and all(number in page.inner_text('body') for number in numbers)
    assert page.said == [] and page.asked == []
