"What a machine tells of itself, what disturbed a run and its grade, its limits, energy from counters, memory: mostly on fake systems"
import getpass, json, os, platform, socket, subprocess, sys
from math import inf, nan
from types import SimpleNamespace

import numpy as np
import pytest

from tinytorch import machine
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.tensor import is_recording
from tinytorch.machine import (
    ENERGY_REASONS, LIMITS, Energy, Grade, Watch, drift_of, grade, measure_bandwidth, measure_energy, measure_peak, memory_section,
    personal_traces, resident_peak, system_info)
from tinytorch.perf.quantization import quantize_model

def write(root, files):
    "Write {path: text} under `root`, which is returned"
    for path, text in files.items():
        (root/path).parent.mkdir(parents=True, exist_ok=True)
        (root/path).write_text(text)
    return root

# which machine

def test_system_info():
    info = system_info()
    assert list(info)[:3] == ['platform', 'python_version', 'numpy_version']
    assert {'cpu', 'cores_physical', 'cores_logical', 'cores_usable', 'blas', 'blas_version', 'blas_threads', 'architecture'} <= set(info)
    assert {'cpu_quota', 'governor', 'container'} <= set(info)
    assert info['numpy_version'] == np.__version__ and info['cpu'] and info['blas'] and 1 <= info['cores_usable'] <= info['cores_logical']
    assert all(value is None or type(value) in (str, int, float, bool) for value in info.values()) and json.loads(json.dumps(info)) == info

def test_no_name_of_host_or_user():
    text = json.dumps(system_info()).lower()
    for name in {getpass.getuser(), socket.gethostname()} - {'root', 'localhost', 'runner', 'user', 'main'}:
        assert len(name) < 4 or name.lower() not in text

def test_blas_threads_are_those_in_use():
    from threadpoolctl import threadpool_limits
    with threadpool_limits(1, 'blas'): assert system_info()['blas_threads'] in (1, None)

@pytest.mark.parametrize('trouble', [OSError, ValueError])
def test_a_system_that_does_not_tell(monkeypatch, trouble):
    def silent(root): raise trouble('nothing to read')
    for ask in ('linux_cpu', 'mac_cpu'): monkeypatch.setattr(machine, ask, silent)
    info = system_info()
    assert info['cores_physical'] is None and info['cpu']

def test_blas_that_cannot_be_asked(monkeypatch):
    import threadpoolctl
    monkeypatch.setattr(threadpoolctl, 'threadpool_info', lambda: [])
    info = system_info()
    assert info['blas_threads'] is None and info['blas']

def test_an_empty_system_tells_nothing(tmp_path):
    info = system_info(tmp_path)
    assert [info[key] for key in ('cpu_quota', 'governor', 'container')] == [None]*3 and info['cpu']

def test_processor_by_its_file(tmp_path, monkeypatch):
    cores = [f'processor\t: {i}\nmodel name\t: Some 9000\nphysical id\t: 0\ncore id\t: {i//2}\n' for i in range(8)]
    monkeypatch.setattr(machine.sys, 'platform', 'linux')
    assert machine.cpu_facts(write(tmp_path, {'proc/cpuinfo': '\n'.join(cores)})) == ('Some 9000', 4)

V2, TOP = 'sys/fs/cgroup/cgroup.controllers', 'sys/fs/cgroup'
def v1(group, quota, folder='cpu,cpuacct'):
    return {f'{TOP}/{folder}/{group}cpu.cfs_quota_us': f'{quota}\n', f'{TOP}/{folder}/{group}cpu.cfs_period_us': '100000\n'}

@pytest.mark.parametrize('files, expected', [
    ({'proc/self/cgroup': '0::/\n', V2: 'cpu', f'{TOP}/cpu.max': '50000 100000\n'}, .5),
    ({'proc/self/cgroup': '0::/\n', V2: 'cpu', f'{TOP}/cpu.max': 'max 100000\n'}, 'unlimited'),
    ({'proc/self/cgroup': '0::/\n', V2: 'cpu'}, 'unlimited'),
    ({'proc/self/cgroup': '0::/a/b\n', V2: 'cpu', f'{TOP}/a/cpu.max': '300000 100000\n', f'{TOP}/a/b/cpu.max': '400000 100000\n'}, 3),
    ({'proc/self/cgroup': '0::/a/b\n', V2: 'cpu', f'{TOP}/a/cpu.max': '300000 100000\n', f'{TOP}/a/b/cpu.max': '1 100000\n'}, 0),
    ({'proc/self/cgroup': '0::/not/seen/here\n', V2: 'cpu', f'{TOP}/cpu.max': '150000 100000\n'}, 1.5),
    ({'proc/self/cgroup': '0::/../other\n', V2: 'cpu', f'{TOP}/cpu.max': '150000 100000\n'}, 1.5),
    ({'proc/self/cgroup': '4:cpu,cpuacct:/job\n0::/\n', **v1('job/', 25000), **v1('', -1)}, .25),
    ({'proc/self/cgroup': '4:cpu,cpuacct:/job\n3:memory:/\n', **v1('', 200000)}, 2),
    ({'proc/self/cgroup': '4:cpu:/\n2:cpuset:/\n', **v1('', -1, 'cpu')}, 'unlimited'),
    ({'proc/self/cgroup': '2:cpuset:/\n', f'{TOP}/cpuset/cpus': '0'}, None),       # no group that tells of time
    ({'proc/self/cgroup': '0::/\n'}, None),                                       # nothing is mounted
    ({'proc/self/cgroup': '0::/\n', V2: 'cpu', f'{TOP}/cpu.max': 'lots\n'}, None),
    ({'proc/self/cgroup': '0::/\n', V2: 'cpu', f'{TOP}/cpu.max': '5 0\n'}, None),
    ({'proc/self/cgroup': 'nonsense\n', V2: 'cpu'}, None), ({}, None)])
def test_quota(files, expected, tmp_path):
    assert machine.cpu_quota(write(tmp_path, files)) == expected

@pytest.mark.parametrize('files, expected', [
    ({'.dockerenv': ''}, True), ({'run/.containerenv': ''}, True), ({'run/systemd/container': 'lxc', 'proc/1/comm': 'systemd\n'}, True),
    ({'proc/1/cgroup': '4:cpu:/docker/0f3a\n', 'proc/1/comm': 'init\n'}, True), ({'proc/1/cgroup': '0::/kubepods.slice/x\n'}, True),
    ({'proc/1/cgroup': '0::/init.scope\n', 'proc/1/comm': 'systemd\n'}, False), ({'proc/1/cgroup': '0::/\n', 'proc/1/comm': 'bash\n'}, None), ({}, None)])
def test_container(files, expected, tmp_path): assert machine.in_container(write(tmp_path, files)) is expected

def test_governor(tmp_path):
    cores = {f'sys/devices/system/cpu/cpu{i}/cpufreq/scaling_governor': 'powersave\n' for i in range(3)}
    assert machine.governor(write(tmp_path, cores)) == 'powersave'
    cores['sys/devices/system/cpu/cpu1/cpufreq/scaling_governor'] = 'performance\n'
    assert machine.governor(write(tmp_path, cores)) == 'performance, powersave'

# not who

@pytest.fixture
def marie(monkeypatch):
    "A machine called plum.example.org, used by Marie, whose home folder has her name"
    monkeypatch.setattr(getpass, 'getuser', lambda: 'marie')
    monkeypatch.setattr(platform, 'node', lambda: 'Plum.example.org')
    monkeypatch.setattr(machine.os.path, 'expanduser', lambda path: '/home/marie')

@pytest.mark.parametrize('text, kinds', [
    ('/home/marie/models/a.npz', ['home path', 'user name']), ('file:///home/marie', ['home path', 'user name']), ('saved by MARIE', ['user name']),
    ('marie_2024', ['user name']), ('mariette and rosemarie', []), ('/mnt/home/mariette', []), ('on plum:', ['host name']), ('plumage', []),
    ('plum.example.org', ['host name']), ('', []), ('Linux-6.1-x86_64', [])])
def test_personal_traces(marie, text, kinds):
    assert personal_traces(text.encode()) == kinds
    assert personal_traces(b'\x00\xff' + text.encode() + b'\x00\xfe') == kinds

@pytest.mark.parametrize('name', ['root', 'user', 'runner', 'ann', 'vm'])
def test_common_and_short_names_count_as_part_of_the_home_path_only(monkeypatch, name):
    monkeypatch.setattr(getpass, 'getuser', lambda: name)
    monkeypatch.setattr(platform, 'node', lambda: 'localhost')
    monkeypatch.setattr(machine.os.path, 'expanduser', lambda path: f'/home/{name}')
    assert personal_traces(f'"{name}" localhost $.{name} {name}'.encode()) == []
    assert personal_traces(f'at /home/{name}/x'.encode()) == ['home path']

def test_a_short_home(monkeypatch, marie):
    monkeypatch.setattr(machine.os.path, 'expanduser', lambda path: '/root')
    assert personal_traces(b'</root> $.x/root https://a.org/root /rooted') == []
    assert personal_traces(b'"/%s/a"' % b'root') == personal_traces(b'in /root') == ['home path']
    monkeypatch.setattr(machine.os.path, 'expanduser', lambda path: '/')
    assert personal_traces(b'/a / b') == []

def test_traces_as_json_writes_them(monkeypatch, marie):
    monkeypatch.setattr(machine.os.path, 'expanduser', lambda path: 'C:\\Users\\Zoë')
    monkeypatch.setattr(getpass, 'getuser', lambda: 'Zoë Müller')
    text = json.dumps('C:\\Users\\Zoë\\a by Zoë Müller').encode()
    assert b'\\\\Users' in text and b'\\u00fc' in text
    assert personal_traces(text) == personal_traces('C:\\Users\\Zoë\\a by Zoë Müller'.encode()) == ['home path', 'user name']

def test_a_user_without_a_name(monkeypatch, marie):
    def nameless(): raise KeyError('uid not found')
    monkeypatch.setattr(getpass, 'getuser', nameless)
    assert personal_traces(b'marie') == [] and personal_traces(b'plum') == ['host name']

def test_traces_give_nothing_away(marie):
    assert 'marie' not in repr(personal_traces(b'/home/marie on plum')).lower()
    assert personal_traces(json.dumps(system_info()).encode()) == []

# what disturbed a run

STAT = 'cpu  {} 0 0 {} 0 0 0 {} 0 0\ncpu0 1 1 1 1 1 1 1 1 1 1\n'

def test_watch_on_a_fake_system(tmp_path):
    write(tmp_path, {'proc/stat': STAT.format(100, 100, 5), 'proc/loadavg': '0.50 0.4 0.3 1/94 26608\n'})
    with Watch(tmp_path) as watch: write(tmp_path, {'proc/stat': STAT.format(150, 145, 10), 'proc/loadavg': '3.50 0.4 0.3 1/94 26608\n'})
    assert watch.steal_share == .05 and watch.load == 3.5 and watch.load_per_core == 3.5/machine.usable_cores() and watch.seconds > 0
    assert watch.facts().keys() == {'steal_share', 'switches_per_second', 'load_per_core'} and watch.facts()['steal_share'] == .05

@pytest.mark.parametrize('stat', ['', 'nonsense\n', 'cpu  1 2 3 4\n', 'intr 5 6 7\n'])
def test_steal_that_is_not_told(stat, tmp_path):
    with Watch(write(tmp_path, {'proc/stat': stat})) as watch: pass
    assert watch.steal_share is None

def test_a_platform_that_tells_nothing(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, 'resource', None)
    monkeypatch.delattr(os, 'getloadavg', raising=False)
    with Watch(tmp_path) as watch: pass
    assert watch.facts() == dict.fromkeys(watch.facts()) and watch.load is watch.involuntary_switches is None and watch.seconds >= 0

def counting(monkeypatch, own, workers):
    "Let the system say that `own()` and `workers()` were switched so often, as (voluntarily, involuntarily)"
    def getrusage(who): return SimpleNamespace(**dict(zip(('ru_nvcsw', 'ru_nivcsw'), (own, workers)[who]())))
    monkeypatch.setitem(sys.modules, 'resource', SimpleNamespace(RUSAGE_SELF=0, RUSAGE_CHILDREN=1, getrusage=getrusage))

def test_a_system_that_does_not_count_switches(monkeypatch):
    counting(monkeypatch, lambda: (0, 0), lambda: (0, 0))
    assert machine.switches_so_far() is None

def test_switches_of_workers_count(monkeypatch):
    workers = [10]
    counting(monkeypatch, lambda: (1, 2), lambda: (1, workers[0]))
    with Watch() as watch: workers[0] = 15
    assert watch.involuntary_switches == 5 and watch.switches_per_second == 5/watch.seconds

def test_watch_lets_errors_through_and_measures_them():
    with pytest.raises(KeyError, match='x'):
        with Watch() as watch: {}['x']
    assert watch.seconds >= 0

# the grade

GOOD = dict(control_interval=(.996, 1.006), lag_one=.1, steal_share=0, switches_per_second=10, load_per_core=.2, drift=.01)

@pytest.mark.parametrize('change, letter', [
    ({}, 'A'), ({'control_interval': (.98, 1.02)}, 'B'), ({'control_interval': (.97, 1.06)}, 'C'), ({'control_interval': (.91, 1.07)}, 'D'),
    ({'control_interval': (.88, 1.08)}, 'F'), ({'control_interval': (1.002, 1.008)}, 'B'), ({'control_interval': (.99, .995)}, 'C'), ({'control_interval': (1.008, 1.012)}, 'D'),
    ({'control_interval': (1.011, 1.012)}, 'F'), ({'control_interval': (.98, .989)}, 'F'), ({'lag_one': .45}, 'B'), ({'lag_one': .6}, 'C'), ({'lag_one': .9}, 'D'),
    ({'lag_one': -.9}, 'A'), ({'steal_share': .02}, 'B'), ({'steal_share': .05}, 'C'), ({'steal_share': .5}, 'D'), ({'switches_per_second': 100}, 'B'),
    ({'switches_per_second': 1000}, 'D'), ({'load_per_core': .9}, 'B'), ({'load_per_core': 1.5}, 'C'), ({'load_per_core': 9}, 'D'), ({'drift': -.08}, 'B'), ({'drift': .2}, 'C'),
    ({'drift': 5}, 'D'), ({'drift': -.5}, 'D'), ({'drift': .08, 'steal_share': .05}, 'C'), ({'control_interval': (.5, 2), 'drift': 5}, 'F')])
def test_noise_gets_the_stated_grade(change, letter):
    found = grade(**{**GOOD, **change})
    assert found.letter == letter and bool(found.reasons) == (letter != 'A')
    for fact in change:
        if letter != 'A': assert any(fact.replace('interval', '') in reason for reason in found.reasons)

@pytest.mark.parametrize('fact', [name for name in GOOD if name != 'control_interval'])
@pytest.mark.parametrize('unknown', [None, nan, inf, -inf, np.float64('nan')])
def test_the_unknown_is_named_and_is_no_help(fact, unknown):
    found = grade(**{**GOOD, fact: unknown})
    assert found.letter == 'B' and f'{fact} unknown' in found.reasons[0] and found.facts[fact] is None
    worse = grade(**{**GOOD, 'drift': .2, 'steal_share': .05, fact: unknown})
    assert worse.letter == 'C', 'one of the two is still known'

@pytest.mark.parametrize('interval', [None, (nan, 1), (.99, inf), (None, None), (0, 1), (-1, 1), (1.1, .9)])
def test_without_a_control_nothing_vouches(interval):
    found = grade(**{**GOOD, 'control_interval': interval})
    assert found.letter == 'F' and found.facts['control_interval'] is None and found.reasons == ['control_width unknown: F']

@pytest.mark.parametrize('change, words', [({'drift': 'a bit'}, "drift is a number or None, got 'a bit'"), ({'lag_one': True}, 'lag_one'), ({'control_interval': ('x', 1)}, 'control_interval')])
def test_grade_of_no_number(change, words):
    with pytest.raises(TypeError, match=words): grade(**{**GOOD, **change})

def test_a_grade_is_its_facts():
    found = grade(**{**GOOD, 'drift': np.float32(.25), 'steal_share': nan})
    again = json.loads(json.dumps(found.as_dict()))
    assert again == found.as_dict() and list(again) == ['letter', 'reasons', 'facts']
    assert grade(**again['facts']) == found and str(found).startswith(f'{found.letter}: drift') and str(grade(**GOOD)).startswith('A: ')
    assert isinstance(found, Grade)

def test_more_noise_is_never_a_better_grade():
    rng = np.random.default_rng(0)
    for _ in range(500):
        facts = {name: rng.uniform(0, 2*min(limits[2], .9) if limits[2] < 1 else 2*limits[2]) for name, limits in LIMITS.items() if not name.startswith('control')}
        low = 1/rng.uniform(1, 1.15)
        before = grade((low, rng.uniform(1, 1.1)), **facts).letter
        fact = rng.choice(list(facts))
        facts[fact] *= 1 + rng.exponential()
        assert grade((low*.99, 1.11), **facts).letter >= before

def test_limits_are_ordered_and_have_reasons():
    for *limits, why in LIMITS.values(): assert limits == sorted(limits) and len(limits) == 4 and len(why) > 20

def test_chance_alone_exceeds_the_first_limit_of_lag_one_seldom():
    x = np.random.default_rng(0).normal(size=(20_000, 12))
    x -= x.mean(1, keepdims=True)
    found = (x[:, 1:]*x[:, :-1]).sum(1)/(x*x).sum(1)
    assert .02 < (found > LIMITS['lag_one'][0]).mean() < .04  # the table says 3 %

def test_drift():
    assert drift_of(np.r_[np.ones(10), np.full(10, 7), np.full(10, 1.5)]) == .5
    assert drift_of([2, 2, 2, 1, 1, 1]) == -.5 and drift_of([[1, 1, 5], [5, 2, 2]]) == 1
    assert drift_of([]) is drift_of([1]*5) is drift_of([nan]*9) is drift_of([0]*9) is drift_of([inf]*9) is drift_of([-1]*9) is None
    assert abs(drift_of(np.random.default_rng(0).lognormal(0, .05, 480))) < .05

# limits of the machine

CACHE = 'sys/devices/system/cpu/cpu0/cache'

@pytest.mark.parametrize('sizes, cache, total', [
    (['32K', '512K', '32768K'], 2**25, 2**27), (['8M'], 2**23, 2**26), (['1G'], 2**30, 2**29), (['300M'], 300*2**20, 2**29), (['what'], None, 2**28), ([], None, 2**28), (['0K'], None, 2**28)])
def test_arrays_outgrow_the_cache(sizes, cache, total, tmp_path):
    write(tmp_path, {f'{CACHE}/index{i}/size': f'{size}\n' for i, size in enumerate(sizes)})
    assert machine.last_level_cache(tmp_path) == cache and machine.triad_bytes(tmp_path) == total

def test_triad_allocates_nothing():
    import tracemalloc
    a, b, c = np.ones((3, 2**18), np.float32)
    buffer = np.empty(machine.PIECE, np.float32)
    tracemalloc.start()
    try:
        machine.triad(a, b, c, np.float32(3), buffer)
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        machine.triad(a, b, c, np.float32(3), buffer)
        assert tracemalloc.get_traced_memory()[1] - before < 4096
    finally: tracemalloc.stop()

def test_bandwidth_counts_three_arrays(monkeypatch):
    monkeypatch.setattr(machine, 'least_seconds', lambda work, budget: (work(), .5)[1])
    assert measure_bandwidth(nbytes=12_000) == 24_000 and type(measure_bandwidth(nbytes=1200)) is float
    with pytest.raises(ValueError, match='got 3'): measure_bandwidth(nbytes=3)

def test_peak_is_the_best_size(monkeypatch):
    from threadpoolctl import threadpool_info, threadpool_limits
    seen = []
    def fake(size, dtype, budget):
        seen.append({pool['num_threads'] for pool in threadpool_info() if pool['user_api'] == 'blas'})
        return {256: 1., 512: 7., 1024: 3.}[size]
    monkeypatch.setattr(machine, 'product_speed', fake)
    with threadpool_limits(2, 'blas'):
        assert measure_peak() == 7 and all(threads <= {1} for threads in seen) and len(seen) == 3
        before = {pool['num_threads'] for pool in threadpool_info() if pool['user_api'] == 'blas'}
        assert measure_peak(threads=None) == 7 and seen[3:] == [before]*3

@pytest.mark.parametrize('dtype', ['int8', 'float16', np.int32])
def test_peak_of_what_blas_does_not_multiply(dtype):
    with pytest.raises(ValueError, match='float32 and float64'): measure_peak(dtype)

def test_limits_are_plain_numbers():
    for found in (measure_bandwidth(.01, 2**20), measure_peak(budget=.01, sizes=(32,)), measure_peak('float64', None, .01, (32,))):
        assert type(found) is float and 0 < found < inf

def test_the_fastest_call_counts(monkeypatch):
    stamps = iter([0, 0, 5, 5, 7, 7, 10, 99])
    monkeypatch.setattr(machine, 'perf_counter', lambda: next(stamps))
    assert machine.least_seconds(lambda: None, 0) == 2

# energy, on trees whose counters a function moves

LIMIT = 262_143_328_850

class Tree:
    "A powercap tree; `zones` are (folder, name, reading in µJ)"
    def __init__(self, root, *zones, limit=LIMIT):
        self.root, self.limit = root, limit
        for folder, name, reading in zones:
            write(root, {f'{folder}/name': f'{name}\n', f'{folder}/max_energy_range_uj': f'{limit}\n', f'{folder}/energy_uj': f'{reading}\n'})

    def use(self, **joules):
        for folder, amount in joules.items():
            path = self.root/folder/'energy_uj'
            path.write_text(f'{(int(path.read_text()) + round(amount*1e6)) % self.limit}\n')

P0, P1 = 'intel-rapl_0', 'intel-rapl_1'

def test_one_package(tmp_path):
    tree = Tree(tmp_path, (P0, 'package-0', 10))
    found = measure_energy(lambda: tree.use(**{P0: .25}), seconds=0, root=tmp_path)
    assert found == Energy('E1', .25, 'measured', (.25,)*5, (0., 0.))
    assert found.as_dict() == {'tier': 'E1', 'joules': .25, 'reason': 'measured', 'windows': [.25]*5, 'idle_watts': [0., 0.]}
    assert json.loads(json.dumps(found.as_dict())) == found.as_dict() and '0.25 J' in str(found)

def test_the_median_of_the_windows_counts(tmp_path):
    tree, joules = Tree(tmp_path, (P0, 'package-0', 0)), iter([1, 9, 2, 3, 100, 4, 5])
    assert measure_energy(lambda: tree.use(**{P0: next(joules)}), windows=7, seconds=0, root=tmp_path).joules == 4

def test_packages_add_up_and_nothing_else_counts(tmp_path):
    zones = [(P0, 'package-0', 0), (P1, 'package-1', 7), ('intel-rapl_0_0', 'core', 0), ('intel-rapl_0_1', 'dram', 0), ('intel-rapl_2', 'psys', 0),
             ('intel-rapl-mmio_0', 'package-0', 0), ('intel-rapl', 'package', 0), ('dtpm', 'package', 0)]
    tree = Tree(tmp_path, *zones)
    assert measure_energy(lambda: tree.use(**{folder: 1 for folder, *_ in zones}), seconds=0, root=tmp_path).joules == 2

@pytest.mark.skipif(os.name == 'nt', reason='Windows has no colon in names')
def test_zones_as_linux_names_them(tmp_path):
    tree = Tree(tmp_path, ('intel-rapl:0', 'package-0-die-0', 0), ('intel-rapl:0:0', 'core', 0), ('intel-rapl:1', 'package-0-die-1', 0))
    found = measure_energy(lambda: tree.use(**{'intel-rapl:0': 1, 'intel-rapl:0:0': 1, 'intel-rapl:1': 2}), seconds=0, root=tmp_path)
    assert found.joules == 3

@pytest.mark.parametrize('start', [0, LIMIT - 1, LIMIT - 1_000_000, LIMIT - 2_500_000])
def test_a_count_that_begins_anew(start, tmp_path):
    tree = Tree(tmp_path, (P0, 'package-0', start), (P1, 'package-1', LIMIT - 3_100_000))
    found = measure_energy(lambda: tree.use(**{P0: 1, P1: 1}), seconds=0, root=tmp_path)
    np.testing.assert_allclose(found.windows, [2]*5)

def test_calls_in_a_window_share_its_energy(tmp_path, monkeypatch):
    tree, now = Tree(tmp_path, (P0, 'package-0', 0)), [0.]
    monkeypatch.setattr(machine, 'perf_counter', lambda: now[0])
    def idle(seconds):
        now[0] += seconds
        tree.use(**{P0: 10*seconds})
    monkeypatch.setattr(machine, 'sleep', idle)
    def f():
        now[0] += .25
        tree.use(**{P0: 5})
    found = measure_energy(f, seconds=1, root=tmp_path)
    assert found.joules == 5 and found.idle_watts == (10, 10)

@pytest.mark.parametrize('spoil, reason', [
    (lambda root: (root/P0/'energy_uj').write_text('many'), 'unreadable'), (lambda root: (root/P0/'energy_uj').unlink(), 'unreadable'),
    (lambda root: (root/P0/'max_energy_range_uj').unlink(), 'unreadable'), (lambda root: (root/P0/'name').write_text('psys'), 'no-counter'),
    (lambda root: (root/P0).rename(root/'other'), 'no-counter')])
def test_reasons(spoil, reason, tmp_path):
    tree = Tree(tmp_path, (P0, 'package-0', 0))
    spoil(tmp_path)
    found = measure_energy(lambda: None, seconds=0, root=tmp_path)
    assert found == Energy('none', None, reason) and found.as_dict() == {'tier': 'none', 'joules': None, 'reason': reason}
    assert ENERGY_REASONS[reason] in str(found)

def test_a_counter_that_is_denied(tmp_path, monkeypatch):
    tree, read = Tree(tmp_path, (P0, 'package-0', 0)), machine.Path.read_text
    def denied(path, *settings, **more):
        if path.name == 'energy_uj': raise PermissionError(13, 'Permission denied', str(path))
        return read(path, *settings, **more)
    monkeypatch.setattr(machine.Path, 'read_text', denied)
    called = []
    assert measure_energy(lambda: called.append(1), seconds=0, root=tmp_path) == Energy('none', None, 'permission-denied') and not called

def test_a_counter_that_stands_still(tmp_path):
    tree, joules = Tree(tmp_path, (P0, 'package-0', 0)), iter([1, 1, 0, 1, 1])
    assert measure_energy(lambda: tree.use(**{P0: next(joules)}), seconds=0, root=tmp_path) == Energy('none', None, 'counter-stands-still')

@pytest.mark.parametrize('system, reason', [('linux', 'no-counter'), ('darwin', 'platform'), ('win32', 'platform')])
def test_no_tree(system, reason, tmp_path, monkeypatch):
    monkeypatch.setattr(machine.sys, 'platform', system)
    assert measure_energy(lambda: None, root=tmp_path/'none') == Energy('none', None, reason)

def test_an_error_of_a_fresh_process_is_plain_text(monkeypatch):
    "A notebook's kernel asks Python for color, which 3.13 gives"
    monkeypatch.setenv('FORCE_COLOR', '1')
    with pytest.raises(RuntimeError, match='failed: ZeroDivisionError: division by zero$'): resident_peak('1/0')

def test_errors_of_the_function_come_through(tmp_path):
    Tree(tmp_path, (P0, 'package-0', 0))
    with pytest.raises(ZeroDivisionError): measure_energy(lambda: 1/0, seconds=0, root=tmp_path)
    with pytest.raises(ValueError, match='got 4'): measure_energy(lambda: None, windows=4, root=tmp_path)

def test_an_estimate_has_no_place(): assert {'none', 'E1'} == {Energy(tier, None).tier for tier in ('none', 'E1')} and not any('estimate' in reason for reason in ENERGY_REASONS)

# memory

def test_resident_peak_of_a_fresh_process():
    mine = np.ones(2*10**7)  # what this process holds does not count
    found = resident_peak('import numpy; a = numpy.ones(4*10**6); del a; print("noise")', 'import numpy')
    assert mine.size and (found is None or 3e7 < found < 4e7)

def test_a_system_without_resident_memory(monkeypatch):
    monkeypatch.setattr(machine, 'peak_in_process', lambda code, timeout: None)
    assert resident_peak('pass') is None

def test_less_than_nothing_is_nothing(monkeypatch):
    monkeypatch.setattr(machine, 'peak_in_process', lambda code, timeout: {'model': 100, 'imports': 130}[code])
    assert resident_peak('model', 'imports') == 0 and resident_peak('imports', 'model') == 30

def test_a_process_that_fails_or_hangs():
    with pytest.raises(RuntimeError, match="failed: ModuleNotFoundError.*no_such"): resident_peak('import no_such')
    with pytest.raises(RuntimeError, match='exit code 3'): resident_peak('import os; os._exit(3)')
    with pytest.raises(subprocess.TimeoutExpired): resident_peak('while True: pass', timeout=1)

def test_memory_section():
    model = Sequential(Linear(64, 256, rng=0), Linear(256, 10, rng=1))
    before = {name: array.copy() for name, array in model.state_dict().items()}
    x = np.ones((8, 64), np.float32)
    found = memory_section(model, x)
    assert list(found) == ['stored_bytes', 'parameter_bytes', 'traced_peak_bytes', 'resident_peak_bytes'] and found['resident_peak_bytes'] is None
    assert found['parameter_bytes'] == 4*model.count_parameters() < found['stored_bytes'] and found['traced_peak_bytes'] >= 8*256*4
    assert model.training and all(np.array_equal(before[name], array) for name, array in model.state_dict().items())
    small = memory_section(quantize_model(model), x)
    assert small['stored_bytes'] < found['stored_bytes']/3 and json.loads(json.dumps(small)) == small

class Noting(Linear):
    seen = ()
    def forward(self, x):
        self.seen += (self.training, is_recording()),
        return super().forward(x)

def test_memory_is_that_of_inference():
    model = Noting(2, 2)
    memory_section(model, np.ones((1, 2)))
    assert set(model.seen) == {(False, False)} and model.training

def test_memory_section_with_a_fresh_process(monkeypatch):
    asked = []
    monkeypatch.setattr(machine, 'resident_peak', lambda *code: asked.append(code) or 7)
    assert memory_section(Linear(2, 2), np.ones((1, 2)), 'run', 'imports')['resident_peak_bytes'] == 7 and asked == [('run', 'imports')]

# what it stands on

def test_the_module_is_light():
    code = 'import sys, tinytorch.machine; print(*sorted(m for m in sys.modules if m.startswith(("tinytorch", "jsonschema", "threadpoolctl", "safetensors"))))'
    assert subprocess.run([sys.executable, '-c', code], capture_output=True, text=True).stdout.split() == ['tinytorch', 'tinytorch.machine']

@pytest.mark.parametrize('name', ['steal_share', 'switches_per_second', 'load_per_core'])
def test_what_cannot_be_below_zero_is_unknown_there(name):
    facts = dict(lag_one=0., steal_share=0., switches_per_second=0., load_per_core=0., drift=0.)
    assert grade((1., 1.001), **facts).letter == 'A'
    found = grade((1., 1.001), **{**facts, name: -1.})
    assert found.letter == 'B' and found.facts[name] is None and grade(**found.facts) == found
