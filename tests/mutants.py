"""Falsified submissions, each with the rules that must speak: `python tests/mutants.py` prints rule × mutants

A mutant is made by a small function from an honest submission: of version 0 (the user's document), 1 or 2, or a bundle. What
must be found is written as ids of rules, those of warnings with a question mark before. The ones that only a second run of
the models could tell are in `UNSEEN`, each with the reason."""
import json, sys
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

if __name__ == '__main__': sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parent)]

import numpy as np

from forge import Forge, contents, told_again, with_manifest
from submissions import EXAMPLE
from tinytorch.competition import bundle as b
from tinytorch.submission import COUNTED, data_by_hand, exactly, honest, inside, paired_accuracy_of, parse_strictly, place_of, validate_parts, validate_submission

GOLDEN = Path(__file__).resolve().parent/'golden'

@dataclass(frozen=True)
class Mutant:
    "One falsified submission"
    name: str
    base: str         # '0', '1', '2': a document of that version; else a kind of honest bundle
    change: object    # Of a document, of the text of one (`on_text`), or of a `Forge`
    expected: tuple   # (rule, severity) of each that must be found

    def findings(self):
        if self.base == 'parts': return parts_findings(self)
        return (document_findings if self.base.isdigit() else bundle_findings)(self)

def parse(said): return tuple((id.lstrip('?'), 'warning' if id[0] == '?' else 'error') for id in said.split())

def document_text(version): return EXAMPLE if version == '0' else (GOLDEN/f'{version}.json').read_text(encoding='utf-8')

def on_text(change):
    "A change of the text of a document, not of what it says"
    change.on_text = True
    return change

def document_findings(mutant):
    "What a reader of the file finds"
    text = document_text(mutant.base)
    if getattr(mutant.change, 'on_text', False): data = mutant.change(text)
    else:
        document = json.loads(text)
        mutant.change(document)
        data = json.dumps(document)
    document, found = parse_strictly(data if isinstance(data, bytes) else data.encode('utf-8', 'surrogatepass'))
    return found or validate_submission(document)

@cache
def scratch(): return TemporaryDirectory()

def read(files, name='run.zip'):
    "The bundle of these files, as a reader gets it"
    path = Path(scratch().name)/name
    path.write_bytes(files if isinstance(files, bytes) else b.zip_bytes(files))
    return b.load_bundle(path)

def bundle_findings(mutant):
    forge = Forge(contents(mutant.base))
    mutant.change(forge)
    return read(forge.files()).findings

def parts_findings(mutant):
    parts = honest()
    mutant.change(parts)
    return validate_parts(parts)

# Ways to change a document

def put(path, value):
    *place, last = place_of(path)
    return lambda document: inside(document, place).__setitem__(last, value)

def drop(*paths):
    def change(document):
        for path in paths:
            *place, last = place_of(path)
            del inside(document, place)[last]
    return change

def times(path, factor):
    *place, last = place_of(path)
    def change(document): inside(document, place)[last] *= factor
    return change

def all_of(*changes):
    def change(document):
        for each in changes: each(document)
    return change

def consistently(*changes):
    "What follows from the changed numbers is changed too"
    return all_of(*changes, exactly)

def replaced(old, new, count=1):
    @on_text
    def change(text):
        assert old in text
        return text.replace(old, new, count)
    return change

def encoded(encoding, before=b''):
    return on_text(lambda text: before + text.encode(encoding))

def latency(side, factor):
    "One model's times, all of them"
    return all_of(*[times(f'{side}.metrics.latency_ms_{name}', factor) for name in ('mean', 'std', 'median')])

def swap_sides(document):
    first, second = document['baseline'], document['optimized']
    for key in 'model_name', 'metrics', 'data', 'evidence': first[key], second[key] = second[key], first[key]

BASE = 'baseline.metrics.'
OPT = 'optimized.metrics.'

# Version 0: what the upstream validator was tried with (31 it accepts, 9 it refuses), and what no JSON is

VERSION_0 = {
    'speed-up 135 beside 1.35':          (put('improvements.speedup', 135), 'consistency.speedup'),
    'ten times the compression':         (put('improvements.compression_ratio', 13.3), 'consistency.compression_ratio'),
    'accuracy said to rise':             (put('improvements.accuracy_delta', .02), 'consistency.accuracy_delta'),
    'improvements left out':             (drop('improvements'), 'consistency.sides'),
    'improvements of nothing':           (drop('optimized'), 'consistency.sides'),
    'accuracy 7':                        (put(OPT + 'accuracy', 7), 'schema.maximum'),
    'negative time':                     (put(OPT + 'latency_ms_mean', -.031), 'schema.exclusiveMinimum'),
    'time is no number':                 (put(OPT + 'latency_ms_mean', float('nan')), 'json.number'),
    'no metrics of the second':          (put('optimized.metrics', {}), 'schema.required'),
    'endless time':                      (put(BASE + 'latency_ms_mean', float('inf')), 'json.number'),
    'accuracy true':                     (put(BASE + 'accuracy', True), 'schema.type'),
    'half a parameter':                  (put(BASE + 'parameter_count', 263.5), 'schema.type'),
    'a size for a thousandth':           (consistently(put(OPT + 'parameter_count', 198_000)), 'plausible.bytes'),
    'throughput times a hundred':        (times(BASE + 'throughput_samples_per_sec', 100), 'consistency.throughput_samples_per_sec'),
    'negative deviation':                (put(BASE + 'latency_ms_std', -.008), 'schema.minimum'),
    'no deviation':                      (drop(BASE + 'latency_ms_std'), 'schema.required'),
    'no throughput':                     (drop(OPT + 'throughput_samples_per_sec'), 'schema.required'),
    'NumPy of no version':               (drop('system_info.numpy_version'), 'schema.required'),
    'no platform':                       (put('system_info.platform', ''), 'schema.minLength'),
    'platform is a list':                (put('system_info.platform', ['Linux']), 'schema.type'),
    'Python banana':                     (put('system_info.python_version', 'banana'), 'plausible.versions'),
    'NumPy n/a':                         (put('system_info.numpy_version', 'n/a'), 'plausible.versions'),
    'TinyTorch x':                       (put('tinytorch_version', 'x'), 'plausible.versions'),
    'yesterday':                         (put('timestamp', 'yesterday'), 'schema.pattern'),
    'in a thousand years':               (put('timestamp', '2999-01-15 14:23:41'), 'plausible.calendar'),
    'the thirtieth of February':         (put('timestamp', '2025-02-30 14:23:41'), 'consistency.timestamp'),
    'another submission type':           (put('submission_type', 'milestone'), 'schema.const'),
    'techniques nobody can see':         (put('optimized.techniques_applied', ['quantum pruning']), '?claims.evidence'),
    'techniques in one text':            (put('optimized.techniques_applied', 'pruning, quantization'), 'schema.type'),
    'a model without a name':            (put('baseline.model_name', None), 'schema.type'),
    'a misspelled key beside':             (put(BASE + 'acuracy', .99), '?schema.unknown-key'),
    'a key nobody knows':                (put('prize', 'first'), '?schema.unknown-key'),
    'accuracy is no number':             (put(BASE + 'accuracy', float('nan')), 'json.number'),
    'accuracy 1.5':                      (put(BASE + 'accuracy', 1.5), 'schema.maximum'),
    'accuracy in words':                 (put(BASE + 'accuracy', '35 %'), 'schema.type'),
    'no parameters':                     (put(BASE + 'parameter_count', 0), 'schema.minimum'),
    'no baseline':                       (drop('baseline'), 'schema.required'),
    'no machine':                        (drop('system_info'), 'schema.required'),
    'no metrics':                        (drop('baseline.metrics'), 'schema.required'),
    'the time as a number':              (put('timestamp', 1736951021), 'schema.type'),
    'in no time':                        (consistently(put(OPT + 'latency_ms_mean', 1e-9), put(OPT + 'latency_ms_std', 0)), 'plausible.latency'),
    'two accuracies':                    (replaced('"accuracy": 0.35', '"accuracy": 0.35, "accuracy": 0.99'), 'json.duplicate-key'),
    'a speed-up put first':              (replaced('"improvements": {', '"improvements": {"speedup": 9.9,'), 'json.duplicate-key'),
    'overflow':                          (replaced('23809.52', '1e999'), 'json.number'),
    'forty digits':                      (replaced('263', '9'*40), 'json.number'),
    'half a character':                  (replaced('baseline_mlp', '\\ud800'), 'json.unicode'),
    'bytes that are no text':            (on_text(lambda text: text.encode().replace(b'macOS', b'\xff\xfe')), 'json.utf-8'),
    'sixteen bits a character':          (encoded('utf-16'), 'json.utf-8'),
    'a mark before it all':              (encoded('utf-8', b'\xef\xbb\xbf'), 'json.syntax'),
    'two documents':                     (on_text(lambda text: text + text), 'json.syntax'),
    'a comment':                         (replaced('{', '{ // mine\n'), 'json.syntax'),
    'a comma too many':                  (replaced('-0.02', '-0.02,'), 'json.syntax'),
    'cut in two':                        (on_text(lambda text: text[:len(text)//2]), 'json.syntax'),
    'nothing at all':                    (on_text(lambda text: ''), 'json.syntax'),
    'a list of it':                      (on_text(lambda text: f'[{text}]'), 'schema.type'),
    'a thousand levels':                 (put('student_name', json.loads('['*400 + ']'*400)), 'limits.depth'),
    'a megabyte':                        (on_text(lambda text: text + ' '*10**6), 'limits.size'),
    'a hundred thousand values':         (put('prize', [0]*100_001), 'limits.values'),
}

# Version 1: numbers that agree with each other and were not measured

VERSION_1 = {
    'a version from the future':         (put('schema_version', 3), 'schema.version'),
    'version true':                      (put('schema_version', True), 'schema.version'),
    'version "1"':                       (put('schema_version', '1'), 'schema.version'),
    'a section of version 2':            (put('energy', {'tier': 'none', 'joules': None, 'reason': 'none'}), 'schema.unknown-key'),
    'a key of its own':                  (put('prize', 'first'), 'schema.unknown-key'),
    'another size than its file':        (times(OPT + 'model_size_mb', .1), 'consistency.model_size_mb consistency.compression_ratio'),
    'a parameter less than there are':   (put(OPT + 'parameter_count', 7209), 'consistency.parameter_count'),
    'a share of no whole samples':       (put(OPT + 'accuracy', .9787), 'consistency.accuracy'),
    'accuracy to the next sample':       (put(OPT + 'accuracy', 352/359), 'consistency.accuracy_delta'),
    'a batch of less than all':          (put(BASE + 'batch_size', 32), 'consistency.batch_size'),
    'a nominal size':                    (consistently(lambda d: (d['optimized']['metrics'].pop('artifact_bytes'), d['optimized']['metrics'].update(nominal_bytes=28840))), '?measurement.nominal-size'),
    'a nominal size to taste':           (put(OPT + 'nominal_bytes', 100), 'consistency.nominal_bytes'),
    'a size of nobody knows what':       (drop(BASE + 'artifact_bytes'), '?measurement.no-size'),
    'data on nobody knows what':         (drop('optimized.data'), '?measurement.no-data'),
    'plain arrays, so 65 bytes':         (consistently(put(OPT + 'artifact_bytes', 65)), 'plausible.bytes'),
    'one byte':                          (consistently(put(OPT + 'artifact_bytes', 1)), 'plausible.bytes consistency.search'),
    'a hundred times as fast':           (consistently(latency('optimized', 1/100)), '?measurement.speedups'),
    'a median far away':                 (put(BASE + 'latency_ms_median', 5.), 'consistency.latency_ms_median'),
    'no spread':                         (all_of(put(BASE + 'latency_ms_std', 0), lambda d: d['baseline']['metrics'].update(latency_ms_median=d['baseline']['metrics']['latency_ms_mean'])), '?plausible.spread'),
    'for ever':                          (consistently(latency('baseline', 1e300)), 'plausible.latency'),
    'a verdict to taste':                (put('comparison.verdict', 'slower'), 'consistency.verdict'),
    'an interval beside its speed-up':   (put('comparison.speedup', 3.6), 'consistency.interval consistency.block_ratio'),
    'an interval turned round':          (lambda d: d['comparison']['interval'].reverse(), 'plausible.interval consistency.interval'),
    'an interval without width':         (lambda d: d['comparison'].update(interval=[d['comparison']['speedup']]*2), 'plausible.interval'),
    'an interval out of the air':        (consistently(lambda d: d['comparison'].update(speedup=9., interval=[8.9, 9.1])), '?measurement.speedups ?measurement.blocks'),
    'blocks of one side longer':         (consistently(put('comparison.calls', [76, 76])), '?measurement.blocks'),
    'objects as they were given':        (put('comparison.as_given', ['candidate']), '?measurement.as-given'),
    'five pairs':                        (put('comparison.pairs', 5), 'consistency.pairs'),
    'no calls':                          (consistently(lambda d: (d['comparison'].pop('calls'), d['comparison'].pop('block_ratio'))), '?measurement.incomplete'),
    'calls of nothing':                  (put('comparison.calls', []), 'schema.minItems'),
    'a batch of a million':              (put('comparison.batch_size', 10**6), 'plausible.batch-size'),
    'a batch of nobody knows what':      (drop('comparison.batch_size'), '?measurement.incomplete'),
    'anything counts':                   (put('comparison.smallest_effect', 0), '?plausible.smallest-effect'),
    'only five hundred percent count':   (all_of(put('comparison.smallest_effect', 5), put('comparison.verdict', 'no difference shown')), '?plausible.smallest-effect'),
    'sure of nothing':                   (put('comparison.confidence', 0), 'plausible.confidence'),
    'sure of all':                       (put('comparison.confidence', 1), 'plausible.confidence'),
    'own milliseconds':                  (put('comparison.baseline_ms', 1e18), 'consistency.milliseconds'),
    'the year 1':                        (put('timestamp', '0001-01-01 00:00:00'), 'plausible.calendar'),
    'seven years apart':                 (put('optimized.timestamp', '2019-01-15 14:23:58'), '?measurement.time'),
    'on another machine':                (put('optimized.system_info.cpu', 'A faster processor'), '?measurement.machine'),
    'minus five cores':                  (put('system_info.cores_usable', -5), 'plausible.cores'),
    'minus seven cores, in words':       (put('system_info.cores_physical', 'minus seven'), 'plausible.cores'),
    'other data for the second':         (put('optimized.data', {'name': 'my photos', 'samples': 359, 'sha256': 'b6'*32}), '?measurement.data'),
    'photos by the name of digits':      (lambda d: [d[side]['data'].update(sha256='b6'*32) for side in ('baseline', 'optimized')], 'consistency.fingerprint'),
    'the training part, named test':     (lambda d: [d[side]['data'].update(sha256=data_by_hand('Digits (8×8), training part')['sha256']) for side in ('baseline', 'optimized')], 'consistency.fingerprint'),
    'the test part under a name of its own': (put('baseline.data.name', 'my digits'), 'consistency.data-name'),
    'never wrong':                       (consistently(put(OPT + 'accuracy', 1)), '?plausible.accuracy'),
    'not pruned':                        (put('optimized.techniques_applied', ['not pruned']), '?claims.unknown'),
    'one bit':                           (put('optimized.techniques_applied', ['1-bit quantization']), '?claims.unknown'),
    'pruned twice':                      (put('optimized.techniques_applied', ['pruning', 'magnitude-pruned']), '?claims.twice'),
    'one parameter fewer is pruning':    (lambda d: (d['optimized']['metrics'].update(parameter_count=19209), d['optimized']['evidence'].update(parameters=19209, zero_share=0)), '?claims.pruning'),
    'quantized without a code':          (put('optimized.evidence.int8_share', 0), '?claims.quantization'),
    'accelerated, and slower':           (consistently(lambda d: (d['comparison'].update(speedup=.5, interval=[.49, .51], verdict='slower', calls=[76, 38]), swap_latency(d))), '?claims.acceleration'),
    'techniques, and the same numbers':  (consistently(lambda d: (d['optimized'].update({key: deepcopy(d['baseline'][key]) for key in ('metrics', 'evidence')}), d.pop('search'))), '?claims.quantization ?claims.pruning ?measurement.speedups'),
    'timed one after the other':         (drop('comparison'), '?measurement.unpaired'),
    'no evidence':                       (drop('baseline.evidence'), '?claims.evidence'),
    'more codes than weights':           (put('optimized.evidence.int4_share', .5), 'consistency.evidence'),
    'garbage on record':                 (put('optimized.techniques_recorded', ['abc', 5, {}]), '?claims.recorded'),
    'a comparison of one model':         (drop('optimized', 'improvements'), 'consistency.sides'),
    'nothing kept in the search':        (lambda d: [step.update(kept=False) for step in d['search']['steps']], 'consistency.search'),
    'chosen on the test part':           (lambda d: d['search'].update(data=d['baseline']['data']), '?measurement.search'),
    'the better step was not kept':      (lambda d: next(s for s in d['search']['steps'] if not s['kept']).update(artifact_bytes=10, accuracy=.999, timings=[]), '?measurement.search'),
    'a hundred and one findings':        (lambda d: d['search'].update(steps=[{}]*40), 'limits.findings'),
}

def swap_latency(d):
    "Times that go with a slower candidate"
    first, second = (d[side]['metrics'] for side in ('baseline', 'optimized'))
    for name in 'latency_ms_mean', 'latency_ms_std', 'latency_ms_median': first[name], second[name] = second[name], first[name]
    d['comparison'].update(baseline_ms=.002, candidate_ms=.004)

# Version 2: the sections that it adds

VERSION_2 = {
    'five processes':                    (put('comparison.processes', 5), 'consistency.processes'),
    'no control':                        (drop('control'), '?measurement.no-control'),
    'a control that finds':              (lambda d: d['control'].update(estimate=1.03, interval=[1.02, 1.04], verdict='faster'), '?measurement.control'),
    'a control beside its interval':     (put('control.estimate', 2.), 'consistency.interval'),
    'blind to a half':                   (put('comparison.minimum_detectable', .5), '?measurement.detectable'),
    'a run marked invalid':              (put('quality.letter', 'F'), '?measurement.quality'),
    'a grade without reasons':           (put('quality.reasons', []), 'consistency.quality'),
    'joules out of the air':             (put('energy.joules', 1.), 'consistency.energy'),
    'measured, and no joules':           (put('energy.tier', 'E1'), 'consistency.energy'),
    'an estimate as a measurement':      (put('energy.tier', 'E3'), 'schema.enum'),
    'another size in memory':            (put('memory.optimized.stored_bytes', 5), 'consistency.stored-bytes'),
    'a roof of a toy':                   (put('roofline.peak_flops_per_s', 1.), 'plausible.roofline'),
    'nobody lost':                       (lambda d: d['accuracy'].update(both=352, lost=0), 'accuracy.counts accuracy.follows'),
    'samples that nobody counted':       (put('accuracy.samples', 1000), 'accuracy.counts'),
    'a margin to taste':                 (put('accuracy.margin', .5), '?plausible.margin'),
    'a margin that it misses':           (put('accuracy.margin', .001), 'accuracy.follows'),
    'no worse, they say':                (put('accuracy.verdict', 'worse'), 'accuracy.follows'),
    'a p of nobody knows what':          (put('accuracy.mcnemar_p', .9), 'accuracy.follows'),
    'nobody can be so sure':             (put('accuracy.confidence', 1.), 'plausible.confidence'),
    'a p99 below the p90':               (put('scenarios.baseline.single_stream.p99_ms', 1e-6), 'scenarios.order'),
    'a negative p99':                    (put('scenarios.baseline.single_stream.p99_ms', -1.), 'schema.exclusiveMinimum'),
    'a bound from twenty calls':         (put('scenarios.baseline.offline.p99_bound_ms', 99.), 'scenarios.calls'),
    'two kinds of latency':              (put('scenarios.baseline.single_stream.mean_ms', .001), 'scenarios.latency'),
    'two kinds of throughput':           (put('scenarios.optimized.offline.samples_per_second', 1e9), 'scenarios.throughput'),
    'more requests than fit':            (put('scenarios.baseline.server.rate_per_second', 1e9), 'scenarios.server'),
    'nowhere and never':                 (drop('optimized.system_info', 'optimized.timestamp'), '?measurement.no-machine'),
    'minus three threads':               (put('optimized.system_info.blas_threads', -3), 'plausible.cores'),
    'a third division':                  (put('division', 'won'), 'schema.enum'),
    'sides swapped':                     (swap_sides, 'consistency.speedup consistency.compression_ratio consistency.accuracy_delta scenarios.latency accuracy.counts consistency.stored-bytes'),
    'a hash in capitals':                (put('artifacts', {'samples.npz': 'A5'*32}), 'schema.pattern'),
}

# Bundles. Every hash is as it should be, unless it is the hash that was falsified

def says(*changes):
    "The document alone says something else"
    return lambda forge: [change(forge.document) for change in changes]

def carefully(*changes):
    "Readings, predictions or models are changed, and the document is worked out again from them"
    def change(forge):
        for each in changes: each(forge)
        told_again(forge)
    return change

def on_files(change):
    "The files as they lie there, after all hashes"
    return lambda forge: forge.after.append(change)

def without(name): return on_files(lambda files: {path: data for path, data in files.items() if path != name})

def with_bytes(name, make, hashed=True):
    "Other bytes in one file; the hashes in manifest and document are theirs"
    def change(forge):
        def write(files):
            files = {**files, name: make(files[name])}
            if not hashed: return files
            document = json.loads(files['submission.json'])
            if name not in ('submission.json', 'manifest.json'): document['artifacts'][name] = b.sha256_of(files[name])
            return with_manifest({**files, 'submission.json': files['submission.json'] if name == 'submission.json' else json.dumps(document).encode()})
        forge.after.append(write)
    return change

def of_another(name, kind, hashed=True): return with_bytes(name, lambda data: contents(kind)[name], hashed)

def rows_of(forge, scenario, side=None):
    samples = forge.samples
    return (samples['scenario'] == scenario) & (True if side is None else samples['side'] == side)

def column(name, change): return lambda forge: forge.samples.update({name: change(forge.samples[name])})

def without_rows(scenario):
    def change(forge):
        kept = ~rows_of(forge, scenario)
        forge.samples = {name: column[kept] for name, column in forge.samples.items()}
    return change

def faster(factor, *scenarios, side=1):
    "Readings of one side divided"
    def change(forge):
        for scenario in scenarios or range(4):
            rows = rows_of(forge, scenario, side)
            forge.samples['ns'][rows] = np.maximum(1, forge.samples['ns'][rows]//factor)
    return change

def copy_run(forge):
    "One run of the comparison as the result of two"
    rows = forge.samples
    first, second = ((rows['scenario'] == 3) & (rows['process'] == process) for process in (0, 1))
    rows['ns'][second], rows['order'][second] = rows['ns'][first], rows['order'][first]

def copy_sides(forge):
    "The latencies of the candidate are those of the baseline: one run as two results"
    forge.samples['ns'][rows_of(forge, 0, 1)] = forge.samples['ns'][rows_of(forge, 0, 0)]

def slow_rows(forge):
    "The baseline is made slow: its slowest tenth of pairs, over and over"
    for process in range(12):
        rows = np.flatnonzero(rows_of(forge, 3, 0) & (forge.samples['process'] == process))
        forge.samples['ns'][rows] = 3*forge.samples['ns'][rows].max()

def first_always(forge):
    side = forge.samples['side']
    forge.samples['order'] = np.where(forge.samples['scenario'] >= 3, side, forge.samples['order']).astype(np.uint8)

def halves_left(forge):
    "Only the pairs in which the candidate was the faster one: the other side of the others is left out"
    rows = np.flatnonzero(rows_of(forge, 3, 0))[::7]
    keep = ~np.isin(np.arange(len(forge.samples['ns'])), rows)
    forge.samples = {name: column[keep] for name, column in forge.samples.items()}

def right_answers(forge, side='optimized'):
    "Every answer is the label"
    labels = forge.predictions['labels']
    forge.predictions[side] = labels.copy()
    forge.predictions[f'{side}_scores'] = np.eye(10, dtype=np.float32)[labels]

def labels_as_answered(forge): forge.predictions['labels'] = forge.predictions['optimized'].copy()

def one_more_right(forge):
    answers, labels = forge.predictions['optimized'], forge.predictions['labels']
    wrong = np.flatnonzero(answers != labels)[0]
    answers[wrong] = labels[wrong]

def dead_codes(forge):
    "int8 arrays that nothing reads: the weights are the floats they were"
    graph, weights = forge.models['optimized']
    for name in 'fc1', 'fc2': weights[f'{name}.codes'] = np.ones((200, 200), np.int8)
    graph['weights'] = [*weights]

def padding(side, n=50_000):
    "Weights that nothing reads, so that the other file is so much smaller"
    def change(forge):
        graph, weights = forge.models[side]
        weights['padding'] = np.arange(n, dtype=np.float32) + 1
        graph['weights'] = [*graph['weights'], 'padding']
    return change

def zero_layer(forge):
    weights = forge.models['optimized'][1]
    weights['fc1.weight'] = np.zeros_like(weights['fc1.weight'])

def of_the_baseline(factor):
    "The first matrix of the baseline, each column times a factor"
    def change(forge):
        weights = forge.models['baseline'][1]
        weights['fc1.weight'] = weights['fc1.weight']*factor(np.arange(weights['fc1.weight'].shape[1])).astype(np.float32)
    return change

def swap_weights(forge):
    "Each model's weights under the other's name"
    forge.models['baseline'], forge.models['optimized'] = forge.models['optimized'], forge.models['baseline']

def swap_only_weights(forge):
    first, second = forge.models['baseline'], forge.models['optimized']
    first[1], second[1] = second[1], first[1]

def graph_of(change, side='optimized'):
    return lambda forge: change(forge.models[side][0])

def a_cycle(graph): graph['nodes'][0]['inputs'] = [len(graph['nodes'])]
def too_wide(graph): graph['nodes'][0]['settings'].update(out_features=2**30)

def floats_for_codes(forge):
    "The codes as floats: not the file that was measured"
    weights = forge.models['optimized'][1]
    weights['fc1.weight'] = weights['fc1.weight'].astype(np.float32)

def prune_quietly(forge):
    weights = forge.models['optimized'][1]
    weights['fc1.weight'][::2] = 0

def fill_zeros(forge):
    "No weight is zero any more, and all is as fast as before"
    for name in 'fc1.weight', 'fc2.weight': forge.models['optimized'][1][name] += np.float32(1e-9)

def other_weights(forge):
    "The first model's weights are those of another one, of the same shapes"
    for name, array in forge.models['baseline'][1].items(): forge.models['baseline'][1][name] = array[::-1].copy()

def quantize_quietly(forge):
    "The second model is replaced by an int8 one, and nobody says so"
    forge.models['optimized'] = deepcopy(Forge(contents('int8')).models['optimized'])

def scores(change): return lambda forge: forge.predictions.update(optimized_scores=change(forge.predictions['optimized_scores']))

def other_part(forge):
    "Another part of the digits, named as the one that was measured"
    for side in b.MODELS: forge.document[side]['data']['sha256'] = data_by_hand('Digits (8×8), validation part')['sha256']

def named_test(forge):
    "Pictures of one's own, by the name of a part that is shipped"
    for side in b.MODELS: forge.document[side]['data']['name'] = 'Digits (8×8), test part'

def with_document(change, hashed=False):
    "The document changed in the file, with the old manifest"
    def edit(data):
        document = json.loads(data)
        change(document)
        return json.dumps(document).encode()
    return with_bytes('submission.json', edit, hashed)

def manifest_says(change):
    def edit(data):
        manifest = json.loads(data)
        change(manifest)
        return json.dumps(manifest).encode()
    return with_bytes('manifest.json', edit, hashed=False)

DIGITS = {
    # MLPerf's checker: what it accepts
    'throughput times a hundred':        (says(times(BASE + 'throughput_samples_per_sec', 100)), 'consistency.throughput_samples_per_sec'),
    'a run marked invalid':              (says(lambda d: d['quality'].update(letter='F', reasons=['the control is broken'])), '?measurement.quality'),
    'an error in the log':               (with_bytes('environment.txt', lambda data: data + b'ERROR: run failed\n'), 'bundle.environment'),
    'detail and summary disagree':       (says(put('scenarios.optimized.single_stream.mean_ms', .001)), 'scenarios.latency samples.scenarios'),
    'a mode that was not measured':      (column('scenario', lambda s: np.where(s == 0, 1, s).astype(np.uint8)), 'samples.latency samples.scenarios'),
    'readings of a second that fit no more': (column('ns', lambda ns: ns//10), 'samples.latency samples.scenarios samples.comparison'),
    'accuracy raised by hand':           (says(put(OPT + 'accuracy', 350/359), exactly), 'predictions.accuracy accuracy.counts'),
    'accuracy and its counts raised by hand': (says(lambda d: (d['accuracy'].update(counts_with(d, 5)), d['optimized']['metrics'].update(accuracy=(d['accuracy']['both'] + d['accuracy']['gained'])/359), exactly(d))), 'predictions.accuracy predictions.paired'),
    'a false hash':                      (all_of(says(lambda d: d['artifacts'].update({'predictions.npz': 'a5'*32})), lambda forge: setattr(forge, 'hashed', False)), 'bundle.artifacts'),
    'predictions of one byte':           (with_bytes('predictions.npz', lambda data: b'1'), 'bundle.zip'),
    'predictions emptied':               (with_bytes('predictions.npz', lambda data: b''), 'bundle.zip'),
    'a control without its readings':    (without_rows(4), 'samples.control'),
    'a processor of no version':         (says(put('system_info.python_version', 'n/a')), 'plausible.versions'),
    'another\'s first weights':          (of_another('models/baseline.safetensors', 'pictures', hashed=False), 'bundle.artifacts bundle.manifest'),
    'models of another bundle':          (lambda forge: setattr(forge, 'models', deepcopy(Forge(contents('residual')).models)), 'models.parameters models.bytes'),
    'weights said to be floats':         (says(put('optimized.evidence.int8_share', 0.)), 'models.evidence ?claims.quantization'),
    'the forged result first':           (with_bytes('submission.json', lambda data: data.replace(b'"speedup":', b'"speedup": 99, "speedup":', 1)), 'json.duplicate-key'),
    'one process as two':                (carefully(copy_run), 'samples.copied'),
    'one run as both sides':             (carefully(copy_sides), 'samples.copied'),
    'no models':                         (on_files(lambda files: {name: data for name, data in files.items() if not name.startswith('models/')}), 'bundle.missing bundle.manifest'),
    'all times zero':                    (column('ns', np.zeros_like), 'samples.clock samples.constant'),
    # and what it catches
    'another seed':                      (says(put('scenarios.baseline.server.seed', 7)), 'samples.scenarios'),
    'blocks of no calls':                (column('loops', np.zeros_like), 'samples.clock'),
    'queries of one sample':             (says(put('scenarios.baseline.multi_stream.samples_per_query', 1)), 'samples.scenarios'),
    'one sample in the data':            (says(put(BASE + 'batch_size', 1)), 'consistency.batch_size'),
    'percentiles off':                   (says(times('scenarios.baseline.single_stream.p95_ms', 1.001)), 'samples.scenarios'),
    'more requests than there are':      (says(times('scenarios.baseline.server.rate_per_second', 1.01)), 'samples.scenarios'),
    'a bound that needs more calls':     (says(lambda d: d['scenarios']['baseline']['offline'].update(p99_bound_ms=d['scenarios']['baseline']['offline']['p99_ms'] or 99.)), 'scenarios.calls samples.scenarios'),
    'no worse by decree':                (says(lambda d: d['accuracy'].update(verdict='worse' if d['accuracy']['verdict'] == 'no worse' else 'no worse')), 'accuracy.follows'),
    'a control that finds':              (carefully(faster(2, 4)), '?measurement.control'),
    'all the candidate\'s readings halved': (carefully(faster(2)), '?measurement.blocks'),
    'the baseline slowed down evenly':   (carefully(faster(1/3, side=0)), '?measurement.blocks'),
    'no control':                        (says(drop('control')), 'bundle.sections ?measurement.no-control'),
    'no name of the platform':           (says(put('system_info.platform', '')), 'schema.minLength'),
    'no NumPy':                          (says(drop('system_info.numpy_version')), 'schema.required'),
    'no first weights':                  (without('models/baseline.safetensors'), 'bundle.missing bundle.manifest'),
    'readings cut short':                (with_bytes('samples.npz', lambda data: data[:len(data)//2]), 'bundle.zip'),
    'no environment':                    (without('environment.txt'), 'bundle.missing'),
    # files and hashes
    'a document edited, the hashes old': (with_document(put('improvements.speedup', 9.)), 'bundle.manifest'),
    'a document edited, the manifest made anew': (with_document(put('improvements.speedup', 9.), True), 'consistency.speedup'),
    'one bit of a weight':               (with_bytes('models/optimized.safetensors', lambda data: data[:-1] + bytes([data[-1] ^ 64]), hashed=False), 'bundle.manifest bundle.artifacts'),
    'one bit of a weight, the manifest made anew': (all_of(with_bytes('models/optimized.safetensors', lambda data: data[:-1] + bytes([data[-1] ^ 64]), hashed=False), on_files(with_manifest)), 'bundle.artifacts'),
    'readings of another bundle':        (of_another('samples.npz', 'slower', hashed=False), 'bundle.manifest bundle.artifacts'),
    'readings of another bundle, all hashes made anew': (of_another('samples.npz', 'slower'), 'samples.latency samples.comparison samples.control'),
    'predictions of another bundle':     (of_another('predictions.npz', 'student'), 'predictions.accuracy predictions.paired'),
    'weights of another bundle':         (of_another('models/optimized.safetensors', 'half'), 'model.graph'),
    'somebody else\'s document':         (of_another('submission.json', 'slower'), 'bundle.artifacts samples.latency'),
    'sizes in the manifest':             (manifest_says(lambda m: m['files'][0].update(bytes=1)), 'bundle.manifest'),
    'a manifest of version 2':           (manifest_says(lambda m: m.update(version=2)), 'bundle.manifest'),
    'no manifest':                       (without('manifest.json'), 'bundle.missing'),
    'no document':                       (without('submission.json'), 'bundle.missing'),
    'a file more':                       (on_files(lambda files: {**files, 'cheat.py': b'import os'}), 'bundle.name'),
    'a document of version 1':           (with_bytes('submission.json', lambda data: document_text('1').encode()), 'bundle.sections bundle.artifacts'),
    'a document of version 0':           (with_bytes('submission.json', lambda data: document_text('0').encode()), 'bundle.sections'),
    'a document from the future':        (says(put('schema_version', 3)), 'schema.version'),
    'a section less':                    (says(drop('energy')), 'bundle.sections'),
    'hashes of nothing':                 (with_document(drop('artifacts'), True), 'bundle.artifacts bundle.sections'),
    'a path of this machine':            (with_bytes('environment.txt', lambda data: data + b'numpy @ file:///home/someone/numpy\n'), 'bundle.environment'),
    # readings
    'the candidate\'s comparison halved': (faster(2, 3), 'samples.comparison'),
    'only the baseline slowed down':     (slow_rows, 'samples.comparison'),
    'the baseline slowed down with care': (carefully(slow_rows), 'samples.constant'),
    'all readings the same':             (carefully(column('ns', lambda ns: np.full_like(ns, 20_000))), 'samples.constant'),
    'always the same side first':        (carefully(first_always), 'samples.order'),
    'a pair with one side':              (halves_left, 'samples.pairs samples.comparison'),
    'a side of its own':                 (column('side', lambda side: np.where(np.arange(len(side)) == 0, 7, side).astype(np.uint8)), 'samples.codes'),
    'samples that the data has not':     (column('sample', lambda sample: sample + np.int32(359)), 'samples.codes'),
    'time runs backward':                (column('ns', np.negative), 'samples.clock'),
    'a day in each block':               (column('ns', lambda ns: ns + 10**14), 'samples.clock'),
    'readings as floats':                (column('ns', lambda ns: ns.astype(float)), 'bundle.dtype'),
    'a column less':                     (lambda forge: forge.samples.pop('order'), 'bundle.missing'),
    'an interval by hand':               (says(lambda d: d['comparison'].update(interval=[1.6, 1.7])), 'samples.comparison'),
    'a control by hand':                 (says(lambda d: d['control'].update(interval=[.999, 1.001])), 'samples.control'),
    'a latency by hand':                 (says(latency('optimized', .5), lambda d: d['scenarios'].pop('optimized'), exactly), 'samples.latency ?measurement.speedups'),
    'a deviation by hand':               (says(times('baseline.metrics.latency_ms_std', 2)), 'samples.latency scenarios.latency'),
    'a throughput by hand':              (says(times(OPT + 'batch_throughput_samples_per_sec', 3)), 'samples.latency scenarios.throughput'),
    'processes that nobody ran':         (says(put('comparison.processes', 20)), 'samples.comparison'),
    'pairs that nobody ran':             (says(put('comparison.pairs', 2400)), 'samples.comparison'),
    'a smaller effect could be seen':    (says(put('comparison.minimum_detectable', .0001)), 'bundle.detectable'),
    'an A for an F':                     (says(lambda d: d['quality']['facts'].update(steal_share=.5)), 'bundle.quality'),
    'an A for everything':               (says(put('quality', {'letter': 'A', 'reasons': [], 'facts': {}})), 'bundle.quality'),
    'facts that nobody can grade':       (says(put('quality.facts', {'luck': 'good'})), 'bundle.quality'),
    'no drift, they say':                (says(put('quality.facts.drift', 0.)), 'bundle.quality'),
    # predictions
    'all right':                         (right_answers, 'predictions.accuracy predictions.paired'),
    'all right, with care':              (carefully(right_answers), '?plausible.accuracy'),
    'the predictions as labels':         (labels_as_answered, 'predictions.accuracy predictions.paired'),
    'the predictions as labels, with care': (carefully(labels_as_answered), 'bundle.labels ?plausible.accuracy'),
    'one answer put right':              (one_more_right, 'predictions.classes predictions.accuracy'),
    'one answer put right, with care':   (carefully(one_more_right), 'predictions.classes'),
    'scores of nothing':                 (scores(np.zeros_like), 'predictions.classes'),
    'endless scores':                    (scores(lambda s: np.full_like(s, np.inf)), 'predictions.arrays'),
    'scores as doubles':                 (scores(lambda s: s.astype(float)), 'bundle.dtype'),
    'answers for fewer samples':         (carefully(lambda forge: forge.predictions.update({name: a[:300] for name, a in forge.predictions.items()})), 'predictions.accuracy'),
    'counts by hand':                    (says(lambda d: d['accuracy'].update(counts_with(d, 3))), 'predictions.paired accuracy.counts'),
    # models
    'weights under the other\'s name':   (swap_weights, 'models.parameters models.evidence models.bytes claims.absent'),
    'only the weights swapped':          (swap_only_weights, 'model.graph'),
    'both models the same one':          (lambda forge: forge.models.update(optimized=deepcopy(forge.models['baseline'])), 'models.parameters models.evidence claims.absent'),
    'both models the same one, with care': (carefully(lambda forge: forge.models.update(optimized=deepcopy(forge.models['baseline']))), 'claims.absent ?claims.quantization ?claims.pruning'),
    'an unknown layer':                  (graph_of(lambda g: g['nodes'][0].update(layer='Exec')), 'model.graph'),
    'an unknown op':                     (graph_of(lambda g: g['nodes'].__setitem__(1, {'op': 'exec', 'inputs': [1], 'settings': {}})), 'model.graph'),
    'a cycle':                           (graph_of(a_cycle), 'model.graph'),
    'a layer as wide as the sea':        (graph_of(too_wide), 'model.graph'),
    'a node less':                       (graph_of(lambda g: g['nodes'].pop(0)), 'model.graph'),
    'a graph of another format':         (graph_of(lambda g: g.update(version=99)), 'model.graph'),
    'a weight too many':                 (lambda forge: forge.models['optimized'][1].update(extra=np.ones(3, np.float32)), 'model.graph'),
    'a weight that is no number':        (lambda forge: forge.models['baseline'][1]['fc1.bias'].__setitem__(0, np.nan), 'model.graph'),
    'padding in the baseline':           (padding('baseline'), 'claims.unused models.parameters models.bytes'),
    'padding in the baseline, with care': (carefully(padding('baseline')), 'claims.unused'),
    'a layer of zeros, with care':       (carefully(zero_layer), '?claims.dead'),
    'a baseline that is mostly zeros, with care': (carefully(of_the_baseline(lambda n: n < 1)), '?claims.padded'),
    'a baseline of tiny numbers, with care': (carefully(of_the_baseline(lambda n: 1e-40 + 0*n)), '?claims.subnormal'),
    'nodes that nothing comes of, with care': (carefully(graph_of(lambda g: g['nodes'].append({'layer': 'ReLU', 'name': 'idle', 'inputs': [1], 'settings': {}}), 'baseline')), '?claims.idle'),
    'floats for codes':                  (floats_for_codes, 'model.graph'),
    'pruned after it was measured':      (prune_quietly, 'models.evidence'),
    'a plan that was not timed':         (graph_of(lambda g: g.update(plan='numpy')), '?claims.unclaimed'),
    'parameters by hand':                (says(all_of(put(OPT + 'parameter_count', 100), put('optimized.evidence.parameters', 100))), 'models.parameters'),
    'a size by hand':                    (says(all_of(put(OPT + 'artifact_bytes', 8000), put('memory.optimized.stored_bytes', 8000)), exactly), 'models.bytes'),
    'low rank, they say':                (says(put('optimized.techniques_applied', ['low rank'])), 'claims.absent ?claims.unclaimed'),
    'quantization is not told':          (says(put('optimized.techniques_applied', ['pruning'])), '?claims.unclaimed'),
    'nothing is told':                   (says(put('optimized.techniques_applied', [])), '?claims.unclaimed'),
    # data
    'another part, by that name':        (other_part, 'consistency.fingerprint'),
    'the test part under another name':  (says(lambda d: [d[side]['data'].update(name='my digits') for side in b.MODELS]), 'consistency.data-name'),
    'photos that nobody has':            (says(lambda d: [d[side]['data'].update(name='photos', sha256='b6'*32) for side in b.MODELS]), 'bundle.data'),
    'no word of the data':               (says(lambda d: [d[side].pop('data') for side in b.MODELS]), 'bundle.data ?measurement.no-data'),
    'batches larger than the data':      (says(put('comparison.batch_size', 100_000)), 'plausible.batch-size'),
}

def counts_with(document, n):
    "Counts in which `n` samples more were put right by the second model"
    said = document['accuracy']
    moved = {**said, 'neither': said['neither'] - n, 'gained': said['gained'] + n} if said['neither'] >= n else {**said, 'lost': said['lost'] - n, 'both': said['both'] + n}
    return {**paired_accuracy_of(moved), **{name: moved[name] for name in COUNTED}}

HALF = {  # pruned, as floats
    'dead int8 arrays as quantization':  (carefully(dead_codes, says(put('optimized.techniques_applied', ['pruning', 'quantization']))), 'claims.absent claims.unused'),
    'an int8 model instead, not told':   (quantize_quietly, 'models.evidence models.bytes claims.absent ?claims.unclaimed'),
    'an int8 model instead, with care':  (carefully(quantize_quietly), 'claims.absent ?claims.unclaimed'),
    'zeros that were filled again':      (carefully(fill_zeros), 'claims.absent'),
}

PICTURES = {  # data of one's own, which comes along
    'no data':                           (without('data.npz'), 'bundle.manifest bundle.artifacts'),
    'no data, all hashes made anew':     (lambda forge: (forge.raw.pop('data.npz'), setattr(forge, 'data', None)), 'bundle.data'),
    'other inputs':                      (lambda forge: forge.data['inputs'].__setitem__(0, 0), 'bundle.data-hash'),
    'other labels in the data':          (lambda forge: forge.data['labels'].__setitem__(0, 9), 'bundle.data-hash predictions.labels'),
    'labels as predicted':               (carefully(labels_as_answered), 'predictions.labels'),
    'by the name of the digits':         (named_test, 'consistency.fingerprint'),
    'data of text':                      (with_bytes('data.npz', lambda data: b'images'), 'bundle.zip'),
}


# What only came with a document: arrays that no file of a bundle could hold

PARTS = {
    'a column too short':                (lambda parts: parts.samples.update(ns=parts.samples['ns'][:-1]), 'samples.columns'),
    'a column more':                     (lambda parts: parts.samples.update(luck=parts.samples['ns']), 'samples.columns'),
    'two axes':                          (lambda parts: parts.samples.update(ns=parts.samples['ns'][:, None]), 'samples.columns'),
    'no predictions at all':             (lambda parts: parts.predictions.clear(), 'predictions.arrays'),
    'labels that came along changed':    (lambda parts: parts.data['labels'].fill(0), 'predictions.labels'),
}

TABLES = {'0': VERSION_0, '1': VERSION_1, '2': VERSION_2, 'digits': DIGITS, 'half': HALF, 'residual': PICTURES, 'parts': PARTS}
MUTANTS = {f'{base}: {name}': Mutant(f'{base}: {name}', base, change, parse(expected))
           for base, table in TABLES.items() for name, (change, expected) in table.items()}

# What nothing here can tell: who runs the models again sees it, or nobody does

def answers_with_scores(forge):
    "One wrong answer is right now, and its scores say so"
    one_more_right(forge)
    found = forge.predictions
    n = np.flatnonzero(found['optimized_scores'].argmax(1) != found['optimized'])[0]
    found['optimized_scores'][n, found['optimized'][n]] = found['optimized_scores'][n].max() + 1

def worse_baseline(forge):
    "The first model's answers are made worse, so that the second loses nothing"
    found = forge.predictions
    for n in np.flatnonzero(found['baseline'] == found['labels'])[:20]:
        found['baseline_scores'][n] = np.roll(found['baseline_scores'][n], 1)
        found['baseline'][n] = found['baseline_scores'][n].argmax()

def as_if(factor, side=1):
    "All readings of one side as of a model so many times as fast, its blocks as long as before"
    def change(forge):
        rows = rows_of(forge, 3, side)
        forge.samples['loops'][rows] = np.rint(forge.samples['loops'][rows]*factor)
        faster(factor, 0, 1, 2, side=side)(forge)
    return change

UNSEEN = {  # name: (base, change, who sees it)
    'the candidate\'s readings halved, with care':  ('digits', carefully(as_if(2)), 'timing again'),
    'all readings scaled, with care':               ('digits', carefully(column('ns', lambda ns: ns//2)), 'timing again'),
    'the baseline slowed down evenly, with care':   ('digits', carefully(as_if(1/3, side=0)), 'timing again'),
    'a memoizing model\'s readings':                ('digits', carefully(as_if(12)), 'timing again with fresh samples'),
    'answers put right, scores too, with care':     ('digits', carefully(answers_with_scores), 'answering again'),
    'the baseline\'s answers made worse, with care': ('digits', carefully(worse_baseline), 'answering again'),
    'other weights of the same shapes, with care':  ('digits', carefully(other_weights), 'answering again'),
    'a plan for another engine':                    ('plan', graph_of(lambda g: g.update(plan='numba')), 'timing again'),
    'what is told of a difference':                 ('digits', says(put('comparison.difference', 0.)), 'answering again'),
    'a peak of memory by hand':                     ('digits', says(put('memory.optimized.traced_peak_bytes', 1)), 'tracing again'),
    'another machine\'s roofs':                     ('digits', says(put('roofline.peak_flops_per_s', 8e10)), 'a machine of that kind'),
    'another machine\'s facts':                     ('digits', says(lambda d: [about['system_info'].update(cpu='A faster processor') for about in (d, d['optimized'])]), 'nobody'),
    'somebody else\'s name':                        ('digits', says(put('student_name', 'Somebody else')), 'nobody, without a signature'),
    'another day':                                  ('digits', says(lambda d: [about.update(timestamp='2024-05-05 05:05:05') for about in (d, d['optimized'])]), 'nobody, without a log'),
}

def unseen_findings(name):
    base, change, _ = UNSEEN[name]
    return bundle_findings(Mutant(name, base, change, ()))

# The table

@cache
def honest_findings(base): return frozenset(Mutant('', base, lambda honest: None, ()).findings())

@cache
def found_in(name):
    "(rule, severity) of what is found in a mutant, and not in the honest submission it was made of"
    mutant = MUTANTS[name]
    return frozenset((f.rule, f.severity) for f in mutant.findings() if f not in honest_findings(mutant.base))

def missed(name):
    "What should have been found in a mutant, and was not"
    return set(MUTANTS[name].expected) - found_in(name)

def lines():
    "rule × mutants: in how many mutants it speaks, in how many it has to, and in how many of these nothing else is an error"
    from tinytorch.submission import rules
    names = sorted({rule for name in MUTANTS for rule, _ in found_in(name)} | set(rules))
    speaks = Counter(rule for name in MUTANTS for rule in {rule for rule, _ in found_in(name)})
    must = Counter(rule for mutant in MUTANTS.values() for rule, _ in mutant.expected)
    alone = Counter(next(iter(found)) for name in MUTANTS for found in [{rule for rule, severity in found_in(name) if severity == 'error'}] if len(found) == 1)
    yield f'{"":38}{"speaks":>8}{"must":>8}{"alone":>8}'
    for name in names: yield f'{name:38}{speaks[name]:8}{must[name]:8}{alone[name]:8}'

if __name__ == '__main__':
    for line in lines(): print(line)
    kinds = Counter('rejected' if any(severity == 'error' for _, severity in found_in(name)) else 'flagged' if found_in(name) else 'passed' for name in MUTANTS)
    lost = {name: missed(name) for name in MUTANTS if missed(name)}
    print(f'{len(MUTANTS)} mutants: ' + ', '.join(f'{n} {kind}' for kind, n in kinds.items()) + f'; {len(lost)} without what must be found', *lost.items(), sep='\n')
    for name, (_, _, who) in UNSEEN.items(): print(f'not seen here, but by {who}: {name}', *unseen_findings(name))
