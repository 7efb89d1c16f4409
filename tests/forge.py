"""Honest bundles of many kinds, made without waiting for a clock, and what a forger takes them apart with

The models are real, and so is all that is computed of them; only the readings are drawn from a seed. `save_bundle` itself
does the rest, so that what it makes follows from models and readings by the library's own functions."""
import json
from contextlib import ExitStack
from copy import deepcopy
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
from safetensors.numpy import save

from tinytorch.benchmarking import Comparison, ProcessComparison, sides_of
from tinytorch.capstone import SimpleMLP, TrainingConfig, flat, train_baseline
from tinytorch.competition import bundle as b
from tinytorch.competition import detection  # its rules join the table
from tinytorch.core.activations import relu
from tinytorch.core.layers import Flatten, Linear, Module
from tinytorch.core.spatial import SimpleCNN
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import draw_objects, load
from tinytorch.files import portable
from tinytorch.machine import drift_of, grade
from tinytorch.perf.acceleration import accelerate
from tinytorch.perf.compression import low_rank_approximate, magnitude_prune, structured_prune, to_sparse
from tinytorch.perf.quantization import fold_batch_norms, quantize_model
from tinytorch.scenarios import SCENARIOS, comparison_section, scenario_section
from tinytorch.statistics import lag_one, paired_accuracy
from tinytorch.submission import COUNTED, counted, exactly, shares_shown

assert detection

# Readings

class Drawn:
    "Readings that were drawn, in place of `Readings`"
    def __init__(self, columns): self.drawn = columns
    def columns(self): return self.drawn
    def __add__(self, other): return self

def readings(us, seed, calls=480, processes=12, pairs=20, pilot=8):
    "Columns of samples.npz for two models that take `us` microseconds a call: noise, a little drift, processes that differ"
    rng, rows = np.random.default_rng(seed), {name: [] for name in b.COLUMNS}
    def add(scenario, side, process, order, loops, us_each):
        n = len(order)
        ns = us_each*1000*loops*(1 + .01*rng.gamma(2., 1., n)) + rng.integers(1, 90, n)
        said = dict(scenario=scenario, side=side, process=process, block=np.arange(n), order=order, loops=loops,
                    sample=rng.integers(0, 30, n) if scenario != 2 else 0, ns=np.rint(ns))
        for name, column in said.items(): rows[name].append(np.broadcast_to(column, n).astype(b.COLUMNS[name]))
    for side in (0, 1):
        for scenario, n, factor in ((0, calls, 1.), (1, calls//4, 3.), (2, 20, 40.)): add(scenario, side, 0, np.zeros(n), 1, factor*us[side])
    for scenario, runs in ((3, processes), (4, pilot)):
        times = us if scenario == 3 else (us[0], us[0])
        loops = [round(max(5000, 20*max(times))/t) for t in times]
        for process in range(runs):
            order, place = rng.permutation(np.arange(pairs) % 2), 1 + .004*rng.normal()
            for side in (0, 1): add(scenario, side, process, order ^ side, loops[side], times[side]*(place + .002*rng.normal()))
    return {name: np.concatenate(columns) for name, columns in rows.items()}

def compared(columns, design='processes'):
    "The comparison that the library makes of such columns"
    times = sides_of(Drawn(columns))
    rows = columns['scenario'] == SCENARIOS.index('comparison')
    calls = tuple(int(columns['loops'][rows & (columns['side'] == side)][0]) for side in (0, 1))
    facts = {'settled': True, 'collections': 0, 'apart': 0., 'rows': 20, 'asked': 20, 'threads': 1, 'loop_share': 0.}
    found = ProcessComparison(*times, calls, .25, readings=Drawn(columns), facts=facts)
    found.grade = grade(found.control['interval'], lag_one(found.section['process_medians']), 0., 1., .05, drift_of(found.baseline))
    return found

def drawn(us, seed=0, **effort):
    "In place of `timed` in the bundle page: no clock is asked"
    def timed(models, x, *more):
        columns = readings(us, seed, **effort)
        return b.Timed(columns, [scenario_section(columns, side, len(x)) for side in (0, 1)], compared(columns))
    return timed

ROOFLINE = {'bandwidth_bytes_per_s': 8e9, 'peak_flops_per_s': 4e10}

# Models

class Residual(Module):
    "Two layers with a way around the second"
    def __init__(self): self.flatten, self.first, self.second, self.last = Flatten(), Linear(768, 32, rng=0), Linear(32, 32, rng=1), Linear(32, 10, rng=2)
    def forward(self, x):
        h = relu(self.first(self.flatten(x)))
        return self.last(h + self.second(h))

@cache
def digits():
    "The test part, flat, its labels, and a baseline that was trained a little"
    data = load('digits')
    (x, y), part = data.test, data.train
    return flat(x[:, None]), y, train_baseline(part, TrainingConfig(epochs=2), 0)

@cache
def pictures():
    "Generated objects that nobody ships, and a convolution whose norms have seen them"
    images, labels, _ = draw_objects(120, 16, 'easy', np.random.default_rng(0))
    x, y = (images/255).astype(np.float32), labels.astype(np.int64)
    model = SimpleCNN(10, 3, 16, rng=0)
    model(Tensor(x))
    return x, y, model.eval()

def ten(make, second=None):
    "A pair of digit models: the baseline, and what is made of it"
    x, y, baseline = digits()
    return (baseline if second is None else second(baseline)), make(baseline), x, y

def cnn(make):
    x, y, model = pictures()
    return model, make(model), x, y

small = lambda m: quantize_model(structured_prune(m, .5), backend='float')

PAIRS = {  # kind: (the two models and their data, microseconds a call of each)
    'digits':        (lambda: ten(small), (20., 12.)),
    'slower':        (lambda: ten(small), (12., 20.)),
    'int8':          (lambda: ten(lambda m: quantize_model(m, backend='float')), (20., 31.)),
    'int4':          (lambda: ten(lambda m: quantize_model(m, bits=4, backend='float')), (20., 34.)),
    'half':          (lambda: ten(lambda m: magnitude_prune(m, .5)), (20., 20.)),
    'sparse':        (lambda: ten(lambda m: to_sparse(magnitude_prune(m, .9))), (20., 27.)),
    'low rank':      (lambda: ten(lambda m: low_rank_approximate(m, .5)), (20., 19.)),
    'plan':          (lambda: ten(lambda m: accelerate(m, 'numpy')), (20., 9.)),
    'all at once':   (lambda: ten(lambda m: accelerate(small(m), 'numpy')), (20., 4.)),
    'twin':          (lambda: ten(deepcopy), (20., 20.)),
    'student':       (lambda: ten(lambda m: SimpleMLP(64, 512, 10, rng=3)), (20., 55.)),
    'residual':      (lambda: cnn(lambda m: Residual()), (210., 24.)),
    'folded':        (lambda: cnn(lambda m: fold_batch_norms(m, pictures()[0])), (210., 170.)),
    'pictures':      (lambda: cnn(lambda m: quantize_model(m, backend='float')), (210., 260.)),
    'pruned filters': (lambda: cnn(lambda m: structured_prune(m, .5, inputs=pictures()[0])), (210., 130.))}

@cache
def contents(kind, seed=0, quick=False):
    "{path: bytes} of the honest bundle of such a pair"
    (make, us), effort = PAIRS[kind], dict(calls=60, processes=6, pairs=4, pilot=6) if quick else {}
    baseline, optimized, x, y = make()
    with ExitStack() as stack, TemporaryDirectory() as folder:
        for name, replaced in ('timed', drawn(us, seed, **effort)), ('measure_bandwidth', lambda *a: 8e9), ('measure_peak', lambda *a, **k: 4e10):
            stack.enter_context(patch.object(b, name, replaced))
        return b.save_bundle(Path(folder)/'run.zip', baseline, optimized, x, y, 'my pictures', 'A learner', quick=True).files

# Taking one apart

def with_manifest(files):
    "`files` with a manifest that is right"
    files = {name: data for name, data in files.items() if name != 'manifest.json'}
    return {**files, 'manifest.json': json.dumps(b.manifest_of(files)).encode()}

class Forge:
    "An honest bundle, your own to change; `files()` writes it down again, with every hash as it should be"
    def __init__(self, files):
        self.raw = {name: data for name, data in files.items() if name != 'manifest.json'}  # changed last, as bytes
        self.document = json.loads(files['submission.json'])
        self.samples, self.predictions = (self.arrays(f'{name}.npz') for name in ('samples', 'predictions'))
        self.data = self.arrays('data.npz') if 'data.npz' in files else None
        self.models = {side: [graph, dict(weights)] for side, (graph, weights) in b.pairs_in(files).items()}
        self.after = []  # functions of {path: bytes}, for what is done to the files themselves
        self.hashed = True

    def arrays(self, name): return {key: a.copy() for key, a in b.read_npz(self.raw[name], name).items()}

    def files(self):
        files = {**self.raw, 'samples.npz': b.npz_bytes(self.samples), 'predictions.npz': b.npz_bytes(self.predictions)}
        if self.data is not None: files['data.npz'] = b.npz_bytes(self.data)
        for side, (graph, weights) in self.models.items():
            files[f'models/{side}.json'] = json.dumps(graph, indent=1).encode()
            files[f'models/{side}.safetensors'] = save({name: portable(np.asarray(a)) for name, a in weights.items()})
        if self.hashed: self.document['artifacts'] = {name: b.sha256_of(data) for name, data in sorted(files.items()) if name != 'submission.json'}
        files['submission.json'] = json.dumps(self.document).encode()
        files = with_manifest(files)
        for change in self.after: files = change(files)
        return files

def told_again(forge):
    "A forger who is careful: all that follows from readings, predictions and models is worked out again, by the library"
    document = forge.document
    n = len(forge.predictions['labels'])
    for side, name in enumerate(b.MODELS):
        graph, weights = forge.models[name]
        metrics, section = document[name]['metrics'], scenario_section(forge.samples, side, n)
        single, found = section['single_stream'], counted(graph, weights)[0]
        right = float((forge.predictions['labels'] == forge.predictions[name]).mean())
        metrics.update({f'latency_ms_{key}': single[f'{key}_ms'] for key in ('mean', 'std', 'median')}, accuracy=right, parameter_count=found['parameters'],
                       batch_throughput_samples_per_sec=section['offline']['samples_per_second'],
                       artifact_bytes=len(save({key: portable(a) for key, a in weights.items() if key not in graph.get('constants', [])})))
        document[name]['evidence'] = {'parameters': found['parameters'], **{key: high for key, (_, high) in shares_shown(graph, weights).items()}}
        document['scenarios'][name] = section
        document['memory'][name].update(stored_bytes=metrics['artifact_bytes'])
    said = compared(forge.samples)
    keys = document['comparison'].keys() - {'difference', 'as_given', 'batch_size'}
    document['comparison'].update({key: value for key, value in said.as_dict().items() if key in keys})
    document['control'] = b.control_of(said)
    document['quality'] = said.grade.as_dict()
    document['accuracy'] = paired_accuracy(*(forge.predictions[name] for name in ('labels', *b.MODELS)), document['accuracy']['margin']).as_dict()
    exactly(document)
