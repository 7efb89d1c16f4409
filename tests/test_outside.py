"The clock outside: every exploit wins with its guards off and is caught by name with them on; a worker leaves nothing behind"
import errno, gc, os, signal, subprocess, sys, time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE/'exploits'))

import table
from honest import WEIGHT
from table import EXPLOITS, names
from tinytorch.competition.outside import (
    COLUMNS, GUARD_NOTES, GUARDS, Caught, Pool, Worker, calls_for, environment_of, on_one_core, one_at_a_time, order_invariance,
    perturbed_weights, plausible_time, repeated_sample, row_equals_batch, time_outside, timed_equals_accuracy)

pytestmark = pytest.mark.skipif(os.name != 'posix', reason='pipes and memory as Linux and macOS hand them to a child')

# exploits

@pytest.fixture(scope='module')
def outcomes(request):
    "Of all exploits that are asked about in this run"
    asked = {item.callspec.params.get('name') for item in request.session.items if hasattr(item, 'callspec') and item.path == request.path}
    return table.outcomes([name for name in names if name in asked])

@pytest.mark.house  # what an exploit gains is measured: a busy machine hides it
@pytest.mark.parametrize('name', names)
def test_with_its_guards_off_the_exploit_wins(outcomes, name):
    off = outcomes[name][0]
    assert off.finding is None and off.lie, off

@pytest.mark.parametrize('name', [name if i % 5 == 0 else pytest.param(name, marks=pytest.mark.house) for i, name in enumerate(names)])  # a fifth is enough for a learner's lines
def test_with_all_guards_on_it_is_caught_by_name(outcomes, name):
    exploit, on = EXPLOITS[name], outcomes[name][1]
    most = 3 if exploit.how == 'pair' else 1.5  # two sides are noisy; one alone that sleeps is never faster
    if on.finding is None: assert exploit.caught in exploit.off.split() and not on.lie and on.claim < most, on
    else: assert on.caught == exploit.caught, on

def test_there_are_forty_and_every_guard_is_needed():
    "Each guard is among those that an exploit needs off; each program is in the table"
    assert len(EXPLOITS) >= 40
    assert set().union(*(e.off.split() for e in EXPLOITS.values())) == GUARDS == set(GUARD_NOTES)
    assert {path.stem for path in (HERE/'exploits').glob('*.py')} == {*EXPLOITS, 'table', 'honest', 'plain'}
    used = [*(e.caught for e in EXPLOITS.values()), *(g for e in EXPLOITS.values() for g in e.still_off.split())]
    assert set(used) <= GUARDS

# an honest model passes

def honest_at(folder):
    path = folder/'honest_module.py'
    path.write_text('from tinytorch.core.activations import ReLU\nfrom tinytorch.core.layers import Linear, Sequential\n'
                    'def model(): return Sequential(Linear(8, 16, rng=0), ReLU(), Linear(16, 4, rng=1))\n')
    return path

def reference(x):
    from tinytorch.core.activations import ReLU
    from tinytorch.core.layers import Linear, Sequential
    from tinytorch.core.tensor import Tensor
    return Sequential(Linear(8, 16, rng=0), ReLU(), Linear(16, 4, rng=1))(Tensor(x)).data

def samples(n, seed=0): return np.random.default_rng(seed).standard_normal((n, 8), np.float32)

def test_no_check_accuses_an_honest_model(tmp_path):
    "One that sleeps 4 ms a call: its times are what they are on any machine"
    x = samples(80)
    with on_one_core(), Worker(HERE/'exploits'/'plain.py', paths=[HERE/'exploits']) as worker:
        assert repeated_sample(worker, 0, x, x @ WEIGHT, limit=1.5) == []
        assert one_at_a_time(worker, 0, x, x @ WEIGHT, slack_ns=2*10**6) == []
        assert row_equals_batch(worker, 0, x[:8], (4,)) == order_invariance(worker, 0, x[:8], (4,), np.random.default_rng(0)) == []
        assert timed_equals_accuracy(worker, 0, x[:4], x[:4] @ WEIGHT) == []
    assert plausible_time(1e6, 1e4, 1e6, 1e10, 1e10) == []

def test_other_weights_make_other_answers(tmp_path):
    x = samples(200)
    with Worker(honest_at(tmp_path)) as worker:
        assert np.allclose(worker.answer(0, x, (4,)), reference(x), atol=1e-5)
        assert perturbed_weights(worker, 0, x, (4,)) == []
        assert not np.allclose(worker.answer(0, x, (4,)), reference(x), atol=1e-2)  # they are the worker's own

@pytest.mark.parametrize('check', ['repeated_sample', 'one_at_a_time', 'row_equals_batch', 'order_invariance', 'timed_equals_accuracy', 'perturbed_weights'])
def test_a_check_whose_guard_is_off_asks_nothing(check):
    class Nobody: on = staticmethod((GUARDS - {check}).__contains__)
    assert getattr(table, check)(Nobody, 0, *[None]*(3 if check == 'order_invariance' else 2)) == []

# what a worker is

def test_a_worker_is_confined_and_clean(tmp_path, monkeypatch):
    monkeypatch.setenv('SECRET', 'label')
    path = tmp_path/'tells.py'
    path.write_text('import os, numpy as np\ndef model():\n    found = [len(os.listdir()), "SECRET" in os.environ, os.environ["OMP_NUM_THREADS"] == "1", os.getcwd() == os.environ["HOME"]]\n'
                    '    return lambda x: np.array([found], np.float32)\n')
    with Worker(path) as worker:
        assert worker.answer(0, samples(1), (4,)).tolist() == [[0, 0, 1, 1]]
        assert not {'expected', 'labels'} & worker.config_of(0, 0).keys()
        if sys.platform == 'linux':
            limits = Path(f'/proc/{worker.process.pid}/limits').read_text()
            rows = {line[:25].strip(): line[25:].split()[0] for line in limits.splitlines()}
            assert (rows['Max cpu time'], rows['Max address space'], rows['Max file size'], rows['Max processes']) == ('120', str(1 << 32), str(1 << 20), '0')

@pytest.mark.skipif(sys.platform != 'linux', reason='namespaces are Linux')
def test_the_network_is_another_where_the_system_allows_that():
    permitted = subprocess.run([sys.executable, '-c', 'import ctypes; raise SystemExit(ctypes.CDLL(None).unshare(0x50000000) != 0)']).returncode == 0
    with Worker(HERE/'exploits'/'plain.py', paths=[HERE/'exploits']) as worker:
        theirs, ours = [os.readlink(f'/proc/{pid}/ns/net') for pid in (worker.process.pid, os.getpid())] if permitted else (1, 2)
    assert theirs != ours

def descriptors(): return set(os.listdir('/dev/fd'))

@pytest.mark.parametrize('text, ending', [('def model(): return lambda x: x[:, :4]*0', None), ('def model(): return lambda x: 1//0', 'crash'), ('nothing', 'crash'), ('def model(): raise SystemExit', 'exit')])
def test_nothing_is_left_behind(tmp_path, text, ending):
    before, path = descriptors(), tmp_path/'some.py'
    path.write_text(text)
    worker = Worker(path)
    with pytest.raises(Caught) if ending else nullcontext() as caught:
        with worker: worker.answer(0, samples(2), (4,))
    assert (caught.value.guard if ending else None) == ending
    del caught  # it holds the frames, and they the memory
    gc.collect()
    assert worker.process.poll() is not None and not os.path.exists(worker.folder) and descriptors() == before

HELPER = '''
import os, time
def model():
    child = os.fork()
    if not child: time.sleep(60)
    return lambda x: x[:, :1]*0 + child
'''

def test_what_a_worker_has_started_ends_with_it(tmp_path):
    path = tmp_path/'helper.py'
    path.write_text(HELPER)
    with Worker(path, guards=GUARDS - {'no_processes'}) as worker: child = int(worker.answer(0, samples(1), (1,))[0, 0])
    deadline = time.monotonic() + 20
    while is_running(child) and time.monotonic() < deadline: time.sleep(.02)
    assert child > 1 and not is_running(child)

AT_EXIT = '''
import atexit, os, sys
from tinytorch.competition.outside import GUARDS, LIMITS, open_memory, serve
atexit.register(lambda: print('a handler ran'))
(requests, close), (_, replies) = os.pipe(), os.pipe()
os.close(close)
serve({'guards': sorted(GUARDS - set(sys.argv[2:])), 'room': 4096, 'memory': open_memory(3*4096), 'requests': requests, 'replies': replies,
       'targets': ['import:honest:model'], 'reverse': False, 'limits': LIMITS})
'''

@pytest.mark.parametrize('off, words', [([], ''), (['hard_exit'], 'a handler ran\n')])
def test_no_handler_runs_at_the_end(off, words):
    environment = {**os.environ, 'PYTHONPATH': os.pathsep.join([str(HERE/'exploits'), str(HERE.parent)])}
    done = subprocess.run([sys.executable, '-c', AT_EXIT, '', *off], capture_output=True, text=True, env=environment)
    assert (done.returncode, done.stdout, done.stderr) == (0, words, '')

KILLED = '''
import sys, numpy as np
from tinytorch.competition.outside import Worker
with Worker(sys.argv[1], limits={'cpu': 5}) as worker:
    print(worker.process.pid, flush=True)
    worker.answer(0, np.zeros((1, 8), np.float32), (4,))
'''

def is_running(pid):
    try: os.kill(pid, 0)
    except ProcessLookupError: return False
    state = subprocess.run(['ps', '-o', 'stat=', '-p', str(pid)], capture_output=True, text=True).stdout.strip()
    return bool(state) and not state.startswith('Z')

@pytest.mark.parametrize('body', ['time.sleep(60)' if sys.platform == 'linux' else '0', '0'])
def test_a_worker_ends_with_the_one_who_asks(tmp_path, body):
    "After kill -9 of the parent: one that sleeps (Linux kills it), one that waits for a request (its pipe is closed)"
    path = tmp_path/'sleeps.py'
    path.write_text(f'import time\ndef model():\n    def forward(x):\n        {body}\n        return x[:, :4]\n    return forward\n')
    parent = subprocess.Popen([sys.executable, '-c', KILLED + '    import time; time.sleep(60)\n', str(path)], stdout=subprocess.PIPE, text=True, cwd=HERE.parent)
    pid = int(parent.stdout.readline())
    assert is_running(pid)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    deadline = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < deadline: time.sleep(.02)
    assert not is_running(pid)

@pytest.mark.parametrize('text, guard, words', [
    ('def model(): return lambda x: 1//0', 'crash', 'ZeroDivisionError'), ('1//0', 'crash', 'ZeroDivisionError'), ('def model(: pass', 'crash', 'SyntaxError'), ('x = 1', 'crash', 'KeyError'),
    ('def model(): return lambda x: __import__("os")._exit(0)', 'exit', 'ended by itself'), ('def model(): return lambda x: __import__("os")._exit(7)', 'crash', 'exit code 7'),
    ('def model(): return lambda x: __import__("os").kill(__import__("os").getpid(), 11)', 'crash', '-11'),
    ('import os, sys\ndef model():\n    def forward(x):\n        f = sys._getframe()\n        while "request" not in f.f_locals: f = f.f_back\n        os.write(f.f_locals["self"].replies, b"fast")\n        os._exit(0)\n    return forward', 'reply', '4 bytes'),
    ('def model(): return lambda x: "fast"', 'crash', 'ValueError'), ('def model(): return lambda x: None', 'check_number', ''), pytest.param('def model(): return lambda x: None', 'check_number', '1', marks=pytest.mark.house), ('import os\nwhile True: pass', 'time_limit', 'no reply')])
def test_what_is_broken_has_a_name(tmp_path, text, guard, words):
    path = tmp_path/'broken.py'
    path.write_text(text)
    limits = {'start': 1.} if guard == 'time_limit' else {}
    with pytest.raises(Caught) as caught:
        with Worker(path, limits=limits) as worker: worker.answer(0, samples(2), (4,))
    assert caught.value.guard == guard and words in caught.value.finding.found
    assert caught.value.finding.rule == f'outside.{guard}'

def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(Caught, match='nowhere') as caught:
        with Worker(tmp_path/'nowhere.py'): pass
    assert caught.value.guard == 'crash'

def test_what_is_asked_wrongly_is_an_error(tmp_path):
    with pytest.raises(ValueError, match='outside_clok'): Worker('x.py', guards={'outside_clok'})
    with Worker(honest_at(tmp_path), room=1 << 12) as worker:
        with pytest.raises(ValueError, match='8192 bytes.*room=4096'): worker.answer(0, np.zeros((256, 8), np.float32), (1,))
        with pytest.raises(ValueError, match='complex'): worker.answer(0, np.zeros((2, 8), complex), (4,))
        assert worker.answer(0, samples(2), (4,)).shape == (2, 4)  # and the worker is as before
    with pytest.raises(ValueError, match='16 calls of 400 samples'):
        time_outside([honest_at(tmp_path)]*2, samples(20), reference, batch=400, room=1 << 12)

# comparisons

def test_samples_are_fresh():
    x, rng = samples(10), np.random.default_rng(0)
    pool = Pool(x, np.arange(10), rng)
    assert sorted(np.concatenate([pool.take(3)[2], pool.take(7)[2]]).tolist()) == list(range(10))  # each once
    drawn = [Pool(x, reference, rng).take(25) for _ in range(2)]
    for first, new, wanted in drawn:
        assert np.allclose(wanted, reference(new), atol=1e-5) and np.allclose(new[0], x[first], rtol=.01) and new.dtype == x.dtype
    rows = {row.tobytes() for _, new, _ in drawn for row in new}
    assert len(rows) == 50 and not rows & {row.tobytes() for row in x}
    stale = Pool(x, np.arange(10), rng, fresh=False)
    assert stale.take(3)[2].tolist() == stale.take(3)[2].tolist() == [0, 1, 2]

def test_a_comparison_has_the_columns_of_samples(tmp_path):
    path, x = honest_at(tmp_path), samples(50)
    kept = x.copy()
    columns, findings = time_outside((path, path), x, reference(x), processes=2, pairs=5, batch=2, rng=0)
    assert findings == [] and (x == kept).all()
    assert {name: column.dtype for name, column in columns.items()} == COLUMNS and {len(c) for c in columns.values()} == {20}
    assert (columns['scenario'] == 3).all() and (columns['ns'] > 0).all() and (columns['sample'] < 50).all()
    for side in 0, 1:
        of = columns['side'] == side
        assert len(set(columns['loops'][of])) == 1 and columns['loops'][of][0] >= 16
        assert np.bincount(columns['process'][of]).tolist() == [5, 5] and set(columns['block'][of]) == set(range(5))
    for process in 0, 1:
        first = (columns['order'] == 0) & (columns['process'] == process) & (columns['side'] == 0)
        assert first.sum() in (2, 3)

def test_the_draws_follow_the_seed(tmp_path):
    path, x = honest_at(tmp_path), samples(50)
    def drawn(seed):
        columns, _ = time_outside((path, path), x, reference, processes=1, pairs=8, rng=seed, block_ns=1)
        return columns['side'].tolist()
    assert drawn(1) == drawn(1)

def test_a_comparison_stops_at_what_is_caught_and_keeps_what_was_read(tmp_path):
    "Both sleep, so that a block has about as many calls whatever else the machine does"
    path, bad = HERE/'exploits'/'plain.py', tmp_path/'turns.py'
    bad.write_text('from honest import honest\ndef model():\n    calls = [0]\n    def forward(x):\n        calls[0] += 1\n'
                   '        return honest(x)*(1 if calls[0] < 160 else 2)\n    return forward\n')
    columns, findings = time_outside((path, bad), samples(50), lambda x: x @ WEIGHT, 1, rng=0, block_ns=1, paths=[HERE/'exploits'])
    assert [(f.rule, f.path) for f in findings] == [('outside.check_values', '$.optimized')]
    assert 0 < len(columns['ns']) < 40

@pytest.mark.parametrize('seed', [0, 1, 2])  # whichever is started first
def test_a_candidate_that_does_not_start_is_told_from_the_baseline(tmp_path, seed):
    bad = tmp_path/'bad.py'
    bad.write_text('1//0')
    columns, findings = time_outside((honest_at(tmp_path), bad), samples(50), reference, rng=seed)
    assert [(f.rule, f.path) for f in findings] == [('outside.crash', '$.optimized')] and len(columns['ns']) == 0

def test_two_sides_may_have_their_own_answers(tmp_path):
    path, other = honest_at(tmp_path), HERE/'exploits'/'plain.py'
    x = samples(20)
    columns, findings = time_outside((path, other), x, (reference(x), x @ WEIGHT), 1, 1, rng=0, block_ns=1, paths=[HERE/'exploits'])
    assert findings == [] and len(columns['ns']) == 2

def test_stored_models_share_a_worker_and_no_submitted_code_runs(tmp_path):
    from tinytorch.core.layers import Linear, Sequential
    from tinytorch.core.tensor import Tensor
    from tinytorch.perf.stored import save_model
    model, x = Sequential(Linear(8, 4, rng=0)), samples(20)
    save_model(model, tmp_path/'stored', Tensor(x[:2]))
    with Worker(tmp_path/'stored', tmp_path/'stored') as worker:
        for side in 0, 1: assert (worker.answer(side, x, (4,)) == model(Tensor(x)).data).all()
        assert worker.time(1, x, model(Tensor(x)).data) > 0

def test_a_builder_is_an_import(tmp_path, monkeypatch):
    with Worker('import:honest:model', paths=[HERE/'exploits']) as worker:
        assert np.allclose(worker.answer(0, x := samples(3), (4,)), x @ WEIGHT, atol=1e-5)

def test_whole_numbers_are_inputs_too(tmp_path):
    path = tmp_path/'tokens.py'
    path.write_text('def model(): return lambda x: x.sum(1, keepdims=True)')
    tokens = np.arange(12).reshape(3, 4)
    with Worker(path) as worker: assert worker.answer(0, tokens, (1,)).ravel().tolist() == [6, 22, 38]

def test_calls_make_blocks_equally_long():
    for ns in [(1e3, 1e5), (5e6, 4e6), (300., 300.)]:
        calls = calls_for(ns, 16, 500_000, 10**7)
        lengths = [n*t for n, t in zip(calls, ns)]
        assert min(calls) >= 16 and min(lengths) >= 5e5 and max(lengths) < 1.15*min(lengths)
        assert all(n & (n - 1) for n in calls)
    assert calls_for((1., 1e6), 16, 500_000, 99) == [99, 17]

def test_one_core_is_given_back():
    if not hasattr(os, 'sched_getaffinity'): return
    before = os.sched_getaffinity(0)
    with pytest.raises(KeyError):
        with on_one_core() as core:
            assert os.sched_getaffinity(0) == {core}
            raise KeyError
    assert os.sched_getaffinity(0) == before

def test_threads_are_one_and_what_a_confined_worker_compiles_is_kept_in_its_folder():
    threads = {name for name in environment_of('here') if name.endswith('_THREADS')}
    assert threads >= {'OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'}
    assert environment_of('here', confined=True)['NUMBA_CACHE_DIR'] == 'here' and 'NUMBA_CACHE_DIR' not in environment_of('here')

def test_a_submitted_file_may_use_the_course(tmp_path):
    path = tmp_path/'plan.py'
    path.write_text(honest_at(tmp_path).read_text() + 'from tinytorch.perf.acceleration import accelerate\ndef model(net=model): return accelerate(net(), "numpy")\n')
    with Worker(path) as worker: assert np.allclose(worker.answer(0, x := samples(5), (4,), calls=5), reference(x), atol=1e-5)
