"A submission with everything a report can show, and names that would like to be obeyed"
import numpy as np

from submissions import complete
from tinytorch.competition.report import Work, report_html
from tinytorch.submission import Finding

HOSTILE = ['<script>alert(1)</script>', '"><img src=x onerror=alert(1)>', "' onload='alert(1)", '</title><h1>x', '</pre></details>', '<!--', ']]>', '&lt;b&gt;', 'a\u202eb', 'a\x00b', 'a\u2028b', '\ud800',
           'javascript:alert(1)', '{{7*7}}', '</style><style>*{display:none}', '\ufeff<svg onload=alert(1)>']

def readings(n=50):
    rng = np.random.default_rng(0)
    return {'scenario': np.zeros(2*n, np.uint8), 'side': np.repeat([0, 1], n).astype(np.uint8), 'loops': np.full(2*n, 100, np.uint32), 'ns': rng.integers(100_000, 900_000, 2*n)}

def a_step(name, size, speed, right, kept=False):
    return {'name': name, 'artifact_bytes': size, 'accuracy': right, 'kept': kept, 'timings': [{'batch_size': 1, 'latency_ms': .01, 'speedup': speed, 'interval': [speed, speed]}]}

SEARCH = {'rule': 'the smallest', 'data': {'name': 'a', 'samples': 10, 'sha256': 'a5'*32}, 'steps': [a_step('one', 100, 1., .9), a_step('two', 50, 2., .9, True)]}
WORKS = {'before': Work(38_000, 77_000, 7e-6), 'after': Work(14_400, 8_400, 2e-6)}
ACCURACY = {'samples': 359, 'interval': [-.012, .006], 'margin': .03, 'verdict': 'no worse'}

def full(**more):
    return {**complete(), 'search': SEARCH, 'accuracy': ACCURACY, 'roofline': {'bandwidth_bytes_per_s': 1e10, 'peak_flops_per_s': 5e10}, **more}

def everything(document): return report_html(document, readings(), [Finding('claims.pruning', '$.optimized', 'a', 'b', 'warning')], WORKS)

def strings_replaced(value, text):
    if isinstance(value, dict): return {key: strings_replaced(inside, text) for key, inside in value.items()}
    if isinstance(value, list): return [strings_replaced(inside, text) for inside in value]
    return text if isinstance(value, str) else value
