"What bad submissions get, that nothing a stranger sends can crash the reader, and that a file is written whole or not at all"
import json, os, random, subprocess, sys

import numpy as np
import pytest, rfc8785
from click.testing import CliRunner

from fuzz import mutate, scramble
from notebooks import ROOT
from submissions import EXAMPLE, complete
from tinytorch.cli import main
from tinytorch.submission import (SCHEMA_VERSION, MAX_BYTES, MAX_DEPTH, MAX_DIGITS, MAX_FINDINGS, MAX_VALUES, SubmissionError, load_submission,
    save_submission, validate_submission)

GOOD = json.dumps(complete(), indent=2)

def read(text, tmp_path):
    "What `load_submission` finds in a file that holds `text`: [] or the findings of its error"
    path = tmp_path/'x.json'
    path.write_bytes(text if isinstance(text, bytes) else text.encode('utf-8', 'surrogatepass'))
    try: load_submission(path)
    except SubmissionError as error: return error.findings
    return []

def child(code, folder):
    "`code` in a process of its own, in that folder"
    top = f'import json, os, sys, pathlib; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT/"tests")!r}]; from tinytorch.submission import load_submission, save_submission; import tinytorch.files as files\n'
    return subprocess.run([sys.executable, '-c', top + code], cwd=folder, capture_output=True, text=True)

def changed(*place, value):
    "The good document as text, with `value` (JSON text) at `place`; None takes it away"
    document = json.loads(GOOD)
    inside = document
    for key in place[:-1]: inside = inside[key]
    if value is None: del inside[place[-1]]
    else: inside[place[-1]] = '@'
    return json.dumps(document, indent=2).replace('"@"', str(value))

B, O = ('baseline', 'metrics'), ('optimized', 'metrics')

BAD = {  # name: (text, rule, path, part of what was found, part of what was expected)
    'empty':            ('', 'json.syntax', 'line 1, column 1', 'Expecting value', 'RFC 8259'),
    'cut':              (GOOD[:400], 'json.syntax', 'line 1', '', 'RFC 8259'),
    'two documents':    (GOOD + GOOD, 'json.syntax', 'line', 'Extra data', 'RFC 8259'),
    'single quotes':    (GOOD.replace('"', "'"), 'json.syntax', 'line 2, column 3', 'Expecting property name', 'RFC 8259'),
    'byte order mark':  ('\ufeff' + GOOD, 'json.syntax', 'line 1, column 1', 'BOM', 'RFC 8259'),
    'not UTF-8':        (GOOD.replace('A learner', 'Zoë').encode('latin-1', 'replace'), 'json.utf-8', '$', 'byte 0x', 'UTF-8'),
    'UTF-16':           (GOOD.encode('utf-16'), 'json.utf-8', '$', 'byte 0xff at position 0', 'UTF-8'),
    'surrogate bytes':  (GOOD.replace('A learner', '\ud800'), 'json.utf-8', '$', 'byte 0xed', 'UTF-8'),
    'surrogate escape': (changed('student_name', value='"\\ud800"'), 'json.unicode', '$.student_name', '\\ud800', 'surrogate'),
    'duplicate key':    (GOOD.replace('"speedup"', '"speedup": 9, "speedup"', 1), 'json.duplicate-key', '$.improvements', 'speedup twice', 'once'),
    'same key escaped': (GOOD.replace('"baseline":', '"base\\u006cine": 1, "baseline":', 1), 'json.duplicate-key', '$', 'baseline twice', 'once'),
    'NaN':              (changed(*B, 'accuracy', value='NaN'), 'json.number', '$.baseline.metrics.accuracy', 'nan', 'finite'),
    'Infinity':         (changed(*B, 'accuracy', value='Infinity'), 'json.number', '$.baseline.metrics.accuracy', 'inf', 'finite'),
    '-Infinity':        (changed(*B, 'accuracy', value='-Infinity'), 'json.number', '$.baseline.metrics.accuracy', '-inf', 'finite'),
    '1e999':            (changed('comparison', 'interval', value='[0.4, 1e999]'), 'json.number', '$.comparison.interval[1]', 'inf', 'finite'),
    'too many digits':  (changed(*B, 'parameter_count', value='1' + '0'*MAX_DIGITS), 'json.number', '$.baseline.metrics.parameter_count', 'over 30 digits', 'at most'),
    'a million digits': ('9'*(MAX_BYTES - 1), 'json.number', '$', 'over 30 digits', 'at most'),
    'too large':        (GOOD + ' '*MAX_BYTES, 'limits.size', '$', 'more than 1,000,000 bytes', 'at most'),
    'too deep':         (changed('system_info', 'x', value='['*MAX_DEPTH + ']'*MAX_DEPTH), 'limits.depth', '$.system_info.x[0]', 'more than 20 levels', 'at most'),
    'very deep':        ('[{"a":'*100_000, 'limits.depth', '$', 'more than 20 levels', 'at most'),
    'too much wrong':   ('{' + ','.join(f'"{i}": 1' for i in range(2*MAX_FINDINGS)) + '}', 'limits.findings', '$', 'more than 100 findings', 'at most'),
    'a list':           ('[]', 'schema.type', '$', '[]', 'an object'),
    'a number':         ('1', 'schema.type', '$', '1', 'an object'),
    'null':             ('null', 'schema.type', '$', 'null', 'an object'),
    'number as text':   (changed(*B, 'latency_ms_mean', value='"0.02"'), 'schema.type', '$.baseline.metrics.latency_ms_mean', '0.02', 'number'),
    'text as number':   (changed('student_name', value='1'), 'schema.type', '$.student_name', '1', 'string'),
    'null as number':   (changed(*B, 'accuracy', value='null'), 'schema.type', '$.baseline.metrics.accuracy', 'null', 'number'),
    'half a parameter': (changed(*B, 'parameter_count', value='282.5'), 'schema.type', '$.baseline.metrics.parameter_count', '282.5', 'integer'),
    'list as object':   (changed('baseline', value='[]'), 'schema.type', '$.baseline', '[]', 'object'),
    'text as list':     (changed('optimized', 'techniques_applied', value='"pruning"'), 'schema.type', '$.optimized.techniques_applied', 'pruning', 'array'),
    'true accuracy':    (changed(*B, 'accuracy', value='true'), 'schema.type', '$.baseline.metrics.accuracy', 'true', 'number'),
    'true count':       (changed(*B, 'parameter_count', value='true'), 'schema.type', '$.baseline.metrics.parameter_count', 'true', 'integer'),
    'true version':     (changed('schema_version', value='true'), 'schema.version', '$.schema_version', 'true', 'whole number up to 2'),
    'half a version':   (changed('schema_version', value='1.5'), 'schema.version', '$.schema_version', '1.5', 'whole number up to 2'),
    'later version':    (changed('schema_version', value='3'), 'schema.version', '$.schema_version', '3', 'later tinytorch'),
    'negative version': (changed('schema_version', value='-1'), 'schema.version', '$.schema_version', '-1', 'whole number up to 2'),
    'zero latency':     (changed(*B, 'latency_ms_mean', value='0'), 'schema.exclusiveMinimum', '$.baseline.metrics.latency_ms_mean', '0', 'more than 0'),
    'negative latency': (changed(*O, 'latency_ms_mean', value='-0.04'), 'schema.exclusiveMinimum', '$.optimized.metrics.latency_ms_mean', '-0.04', 'more than 0'),
    'negative spread':  (changed(*B, 'latency_ms_std', value='-1e-9'), 'schema.minimum', '$.baseline.metrics.latency_ms_std', '-1e-09', 'at least 0'),
    'zero size':        (changed(*B, 'model_size_mb', value='0.0'), 'schema.exclusiveMinimum', '$.baseline.metrics.model_size_mb', '0.0', 'more than 0'),
    'accuracy of 98':   (changed(*B, 'accuracy', value='98'), 'schema.maximum', '$.baseline.metrics.accuracy', '98', 'at most 1'),
    'no latency':       (changed(*B, 'latency_ms_mean', value=None), 'schema.required', '$.baseline.metrics', 'no latency_ms_mean', 'latency_ms_mean'),
    'no baseline':      (changed('baseline', value=None), 'schema.required', '$', 'no baseline', 'baseline'),
    'empty name':       (changed('baseline', 'model_name', value='""'), 'schema.minLength', '$.baseline.model_name', '', 'not empty'),
    'long name':        (changed('student_name', value='"' + 'x'*201 + '"'), 'schema.maxLength', '$.student_name', 'xxx...', 'at most 200'),
    'another type':     (changed('submission_type', value='"leaderboard"'), 'schema.const', '$.submission_type', 'leaderboard', 'capstone_benchmark'),
    'own words': (changed('comparison', 'verdict', value='"great"'), 'schema.enum', '$.comparison.verdict', 'great', 'one of'),
    'half an interval': (changed('comparison', 'interval', value='[0.4]'), 'schema.minItems', '$.comparison.interval', '[0.4]', 'at least 2 items'),
    'time of day':      (changed('timestamp', value='"yesterday"'), 'schema.pattern', '$.timestamp', 'yesterday', 'text of the form'),
    'line after time':  (changed('timestamp', value='"2025-01-15 14:23:41\\n"'), 'schema.maxLength', '$.timestamp', '2025-01-15', 'at most 19'),
    'February 30':      (changed('timestamp', value='"2025-02-30 14:23:41"'), 'consistency.timestamp', '$.timestamp', '2025-02-30', 'that exist'),
    'February 30, second': (changed('optimized', 'timestamp', value='"2025-02-30 14:23:41"'), 'consistency.timestamp', '$.optimized.timestamp', '2025-02-30', 'that exist'),
    'machine as text':  (changed('optimized', 'system_info', value='"a Mac"'), 'schema.type', '$.optimized.system_info', 'a Mac', 'object'),
    'unknown key':      (changed('prize', value='1'), 'schema.unknown-key', '$.prize', '1', 'known keys'),
    'speedup':          (changed('improvements', 'speedup', value='2.0'), 'consistency.speedup', '$.improvements.speedup', '2.0', '0.5, which follows'),
    'compression':      (changed('improvements', 'compression_ratio', value='4'), 'consistency.compression_ratio', '$.improvements.compression_ratio', '4', '7.01'),
    'accuracy delta':   (changed('improvements', 'accuracy_delta', value='0'), 'consistency.accuracy_delta', '$.improvements.accuracy_delta', '0', '-0.00835'),
    'throughput':       (changed(*O, 'throughput_samples_per_sec', value='50000'), 'consistency.throughput_samples_per_sec', '$.optimized.metrics.throughput_samples_per_sec', '50000', '25000'),
    'megabytes':        (changed(*B, 'model_size_mb', value='0.077136'), 'consistency.model_size_mb', '$.baseline.metrics.model_size_mb', '0.077136', '0.0735'),
    'other parameters': (changed(*B, 'parameter_count', value='263'), 'consistency.parameter_count', '$.baseline.metrics.parameter_count', '263', '19210, which follows from the evidence'),
    'half a sample':    (changed(*B, 'accuracy', value='0.98'), 'consistency.accuracy', '$.baseline.metrics.accuracy', '0.98', 'whole number of 359'),
    'another batch':  (changed(*B, 'batch_size', value='64'), 'consistency.batch_size', '$.baseline.metrics.batch_size', '64', '359, which follows from the samples'),
    'verdict':          (changed('comparison', 'verdict', value='"faster"'), 'consistency.verdict', '$.comparison.verdict', 'faster', 'slower, which follows'),
    'outside interval': (changed('comparison', 'speedup', value='0.6'), 'consistency.interval', '$.comparison.interval', '[0.45, 0.55]', 'holds the speed-up, 0.6'),
    'five pairs':       (changed('comparison', 'pairs', value='5'), 'consistency.pairs', '$.comparison.pairs', '5', 'confidence of 0.95'),
    'no improvements':  (changed('improvements', value=None), 'consistency.sides', '$', 'optimized', 'both'),
    'no optimized':     (changed('optimized', value=None), 'consistency.sides', '$', 'improvements and comparison', 'both'),
}

def test_capstone_offers_the_fixed_names():
    import tinytorch.capstone as capstone, tinytorch.submission as submission
    for name in 'SCHEMA_VERSION', 'Finding', 'SubmissionError', 'load_submission', 'save_submission', 'validate_submission':
        assert getattr(capstone, name) is getattr(submission, name) and name in capstone.__all__ and name in submission.__all__

def test_the_good_one_is_good(tmp_path):
    assert read(GOOD, tmp_path) == [] and validate_submission(json.loads(GOOD)) == []
    assert read(EXAMPLE, tmp_path) == [] and {f.severity for f in validate_submission(json.loads(EXAMPLE))} == {'warning'}

@pytest.mark.parametrize('name', BAD)
def test_bad_submission(name, tmp_path):
    text, rule, path, found, expected = BAD[name]
    findings = read(text, tmp_path)
    ours = [f for f in findings if f.rule == rule]
    assert len(ours) == 1, [str(f) for f in findings]
    assert ours[0].severity == 'error' and ours[0].path.startswith(path) and found in ours[0].found and expected in ours[0].expected, str(ours[0])
    assert len(set(findings)) == len(findings) <= MAX_FINDINGS + 1
    assert all(part and part.isascii() and '\n' not in part and len(part) < 300 for f in findings for part in (f.rule, f.path, f.expected))
    assert all(f.found.isascii() and '\n' not in f.found for f in findings)

@pytest.fixture(scope='module')
def folder(tmp_path_factory):
    "All the bad files, and two good ones"
    folder = tmp_path_factory.mktemp('submissions')
    for name, (text, *_) in BAD.items(): (folder/f'{name}.json').write_bytes(text if isinstance(text, bytes) else text.encode('utf-8', 'surrogatepass'))
    for name, text in ('good', GOOD), ('example', EXAMPLE): (folder/name).write_text(text, encoding='utf-8')
    return folder

def test_tito_validates_each_and_ends_in_one(folder):
    for name, (_, rule, path, _, _) in BAD.items():
        result = CliRunner().invoke(main, ['validate', str(folder/f'{name}.json')])
        assert result.exit_code == 1 and isinstance(result.exception, SystemExit) and 'Traceback' not in result.output, name
        assert f'{rule} at {path}' in result.output and ': found ' in result.output and ', expected ' in result.output, result.output
    for name in 'good', 'example': assert CliRunner().invoke(main, ['validate', str(folder/name)]).exit_code == 0

def test_checks_hold_without_assertions(folder):
    "The same answers under `python -O`, which takes `assert` away"
    files = sorted(map(str, folder.iterdir()))
    code = "from tinytorch.cli import main; print(__debug__, flush=True); main()"
    asked = [subprocess.run([sys.executable, *flags, '-c', code, 'validate', '--json', *files], env={**os.environ, 'PYTHONPATH': str(ROOT)}, capture_output=True) for flags in (['-O'], [])]
    assert all(done.returncode == 1 and b'Traceback' not in done.stderr for done in asked), asked[0].stderr
    assert [done.stdout.split(None, 1)[0] for done in asked] == [b'False', b'True']
    answers = [json.loads(done.stdout.split(None, 1)[1])['files'] for done in asked]
    assert answers[0] == answers[1] and [row['valid'] for row in answers[0]] == [os.path.basename(file) in ('good', 'example') for file in files]

def test_files_that_cannot_be_read(tmp_path):
    for path in tmp_path, tmp_path/'missing.json', f'{tmp_path}/a\0b', f'{tmp_path}/{"x"*300}':
        with pytest.raises(SubmissionError) as caught: load_submission(path)
        assert [f.rule for f in caught.value.findings] == ['file.read'] and str(caught.value).count('\n') == 0

def test_limits_are_where_they_are_said_to_be(tmp_path):
    small = changed('system_info', 'x', value='['*(MAX_DEPTH - 2) + ']'*(MAX_DEPTH - 2))
    assert read(small, tmp_path) == [] and read(GOOD + ' '*(MAX_BYTES - len(GOOD)), tmp_path) == []
    assert read(changed(*B, 'batch_size', value='1' + '0'*(MAX_DIGITS - 1)), tmp_path)[0].rule == 'consistency.batch_size'
    assert [f.rule for f in read(changed('system_info', 'x', value='['*(MAX_DEPTH - 1) + ']'*(MAX_DEPTH - 1)), tmp_path)] == ['limits.depth']

SLOW = {'escaped quotes': '"' + '\\"'*400_000, 'half of the keys twice': '{' + ','.join(f'"{i%40000}":1' for i in range(80_000)) + '}', 'long interval': changed('comparison', 'interval', value='[' + '0,'*489_999 + '0]'),
        'interval within the limit': changed('comparison', 'interval', value='[' + '0,'*89_999 + '0]'), 'techniques within the limit': changed('optimized', 'techniques_applied', value='[' + '0,'*89_999 + '0]'),
        'small duplicates': '[' + '{"a":1,"a":2},'*60_000 + '1]',
        'many infinities': '[' + ','.join(['NaN']*200_000) + ']', 'surrogates': '"' + '\\ud800'*150_000 + '"', 'unknown keys': '{' + ','.join(f'"{i}":{{}}' for i in range(80_000)) + '}'}

@pytest.mark.skipif(os.name == 'nt', reason='there is no limit on processor time')
def test_no_file_keeps_the_reader_busy(tmp_path):
    "Made to take a careless reader minutes or hours, by looking at each part again for every other; the process is ended if it hangs"
    for name, text in SLOW.items():
        assert len(text) < MAX_BYTES
        (tmp_path/name).write_text(text)
    done = child('import resource; resource.setrlimit(resource.RLIMIT_CPU, (40, 40))\nfor path in sorted(pathlib.Path().iterdir()):\n'
                 '    try: load_submission(path)\n    except ValueError as error: print(path.name, len(error.findings), flush=True)', tmp_path)
    found = dict(line.rsplit(' ', 1) for line in done.stdout.splitlines())
    assert found.keys() == SLOW.keys() and all(1 <= int(n) <= MAX_FINDINGS + 1 for n in found.values()), (found, done.stderr)


def test_no_more_items_are_looked_at_than_there_may_be():
    "Of ninety thousand, each of which is wrong, the schema tries none"
    from tinytorch import submission
    asked = submission.validator(SCHEMA_VERSION).iter_errors
    document = complete()
    document['comparison']['interval'] = [0]*90_000
    errors = list(asked(document))
    assert [e.validator for e in errors] == ['maxItems']
    document = complete()
    document['optimized']['techniques_applied'] = [0]*90_000
    assert [e.validator for e in asked(document)] == ['maxItems']
    document['optimized']['techniques_applied'] = [0]*50
    assert [e.validator for e in asked(document)] == ['type']*50

# Documents that come from Python, not from a file

def test_python_objects_get_findings_too():
    cyclic, deep = complete(), complete()
    cyclic['system_info']['self'] = cyclic
    deep['system_info']['x'] = inside = []
    for _ in range(5000): inside.append([]); inside = inside[0]
    with_value = lambda value: {**complete(), 'student_name': value}
    for document, rule in [(cyclic, 'limits.depth'), (deep, 'limits.depth'), ({**complete(), 1: 2}, 'json.key'), ({**complete(), ('a',): 2, None: 3}, 'json.key'),
                           *[(with_value(value), 'json.type') for value in ({1}, b'x', (1, 2), object(), 1j, np.ones(2), np.int64(1))],
                           (with_value(10**5000), 'json.number'), (with_value(np.float64('nan')), 'json.number'), (object(), 'json.type'), ((), 'json.type')]:
        findings = validate_submission(document)
        assert rule in {f.rule for f in findings} and all(f.severity == 'error' for f in findings), (rule, findings)

class Unreadable(dict):
    def items(self): return 1/0

def test_dictionary_that_cannot_be_read_is_a_finding(old, tmp_path):
    for document, path in (Unreadable(complete()), '$'), ({**complete(), 'system_info': Unreadable(platform='here')}, '$.system_info'):
        found, = validate_submission(document)
        assert (found.rule, found.path, found.severity) == ('json.type', path, 'error') and 'ZeroDivisionError' in found.found
        with pytest.raises(SubmissionError) as caught: save_submission(document, tmp_path/'mine.json')
        assert caught.value.findings == [found] and (tmp_path/'mine.json').read_bytes() == old

def nested(item, levels, width):
    for _ in range(levels): item = [item]*width
    return item

@pytest.mark.skipif(os.name == 'nt', reason='there is no limit on processor time')
def test_lists_that_share_their_items_come_to_an_end(tmp_path):
    "Ten to the fifteenth values in a few hundred bytes, and a million in one list; the process is ended if it hangs"
    done = child("""import resource; resource.setrlimit(resource.RLIMIT_CPU, (40, 40))
from tinytorch.submission import validate_submission
from submissions import complete
from test_submissions import nested
for shared in nested(1, 15, 10), nested(1, 1, 10**6), nested({}, 18, 2):
    for document in {**complete(), 'baseline': shared}, shared:
        print(*[f.rule for f in validate_submission(document)], flush=True)
        try: save_submission(document, 'x.json')
        except ValueError as error: print('100,000 values' in str(error))
""", tmp_path)
    assert done.returncode == 0 and done.stdout.split() == ['limits.values', 'True']*6, done.stdout + done.stderr

def test_numpy_floats_are_numbers():
    for document in complete(), json.loads(EXAMPLE):
        before = validate_submission(document)
        document['improvements'] = {name: np.float64(value) for name, value in document['improvements'].items()}
        assert validate_submission(document) == before

def with_floats(value):
    "`value` with each whole number as a float"
    if isinstance(value, dict): return {key: with_floats(item) for key, item in value.items()}
    if isinstance(value, list): return [with_floats(item) for item in value]
    return float(value) if type(value) is int else value

def test_whole_numbers_as_floats_mean_the_same_and_have_one_canonical_form(tmp_path):
    document, floats = complete(), with_floats(complete())
    assert type(floats['baseline']['metrics']['parameter_count']) is float and read(json.dumps(floats), tmp_path) == validate_submission(floats) == []
    assert rfc8785.dumps(floats) == rfc8785.dumps(document) and b'"parameter_count":19210,' in rfc8785.dumps(floats)

# What should be doubted, though it is no contradiction

def warnings_of(document): return [(f.rule, f.path) for f in validate_submission(document) if f.severity == 'warning']

def test_warnings():
    document = complete()
    document['optimized']['data'] = {**document['optimized']['data'], 'sha256': '0'*64}
    assert warnings_of(document) == [('measurement.data', '$.optimized.data.sha256')]
    document = complete(verdict='faster', speedup=10., low=9., high=11.)
    assert warnings_of(document) == [('measurement.speedups', '$.comparison.speedup')]
    document = complete()
    del document['comparison']
    assert warnings_of(document) == [('measurement.unpaired', '$')]

@pytest.mark.parametrize('first, second, warned', [
    ('2025-01-15 14:23:41', '2025-01-15 14:23:59', False), ('2025-01-15 14:23:41', '2025-01-16 14:23:41', False),
    ('2025-01-15 14:23:41', '2025-01-16 14:23:42', True), ('2025-01-16 14:23:42', '2025-01-15 14:23:41', True), ('2018-01-15 14:23:41', '2025-01-15 14:23:41', True)])
def test_models_measured_on_different_days(first, second, warned):
    document = complete()
    document['timestamp'], document['optimized']['timestamp'] = first, second
    assert warnings_of(document) == [('measurement.time', '$.optimized.timestamp')]*warned

def test_models_measured_on_different_machines():
    for change in {'cpu': 'another'}, {'numpy_version': '1.24.3'}, {'blas_threads': None}, {'gpu': 'one more'}:
        document = complete()
        document['optimized']['system_info'].update(change)
        found, = validate_submission(document)
        assert (found.rule, found.path, found.severity) == ('measurement.machine', '$.optimized.system_info', 'warning') and list(change)[0] in found.found
    document = complete()
    del document['optimized']['system_info'], document['optimized']['timestamp']
    assert warnings_of(document) == [('measurement.no-machine', '$.optimized')]
    document['schema_version'] = 1
    assert validate_submission(document) == [], 'documents of before have neither'

@pytest.mark.parametrize('name, zeros, int8, fewer, fits', [
    ('pruning', .5, 0, False, True), ('pruning', 0, 0, True, True), ('pruning', .04, 1, False, False), ('pruning', 0, 0, False, False), ('Magnitude-Pruned', .05, 0, False, True),
    ('quantization', 0, 1, False, True), ('INT8', 0, .5, False, True), ('quantization', .5, 0, True, False), ('distillation', .5, 1, True, False)])
def test_claims_need_traces(name, zeros, int8, fewer, fits):
    document = complete()
    optimized = document['optimized']
    optimized['techniques_applied'], parameters = [name], 9610 if fewer else 19210
    optimized['evidence'] = {'parameters': parameters, 'zero_share': zeros, 'int8_share': int8}
    optimized['metrics']['parameter_count'] = parameters
    findings = validate_submission(document)
    assert [f.rule.split('.')[0] for f in findings] == ([] if fits else ['claims']) and all(f.severity == 'warning' and f.path == '$.optimized.techniques_applied[0]' for f in findings)

# Every figure is bound to another, or is known to be free

FREE = {'latency_ms_std': 'the spread of blocks that are not in the file', 'latency_ms_median': 'likewise, their median',
        'batch_throughput_samples_per_sec': 'measured by itself', 'zero_share': 'read off arrays that are not in the file', 'int8_share': 'likewise',
        'confidence': 'chosen', 'calls': 'calibrated', 'baseline_ms': 'a median over pairs, as the speed-up is', 'candidate_ms': 'likewise',
        'difference': 'between arrays that are not in the file', 'system_info': 'what the machine says of itself',
        'techniques_recorded': 'what the techniques say of themselves', 'schema_version': 'there is one'}
BOUNDED = [  # (place, a value that may be, one that may not)
    (('comparison', 'speedup'), .46, .56), (('comparison', 'interval', 0), .4, .51), (('comparison', 'interval', 1), .6, .49), (('comparison', 'interval', 1), .9, 1.1),
    (('comparison', 'smallest_effect'), .5, .9), (('comparison', 'pairs'), 6, 5), (('comparison', 'batch_size'), 359, 0)]

def leaves(value, place=()):
    "(place, number) of every number in a document"
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inside: yield from leaves(item, (*place, key))
    if type(value) in (int, float): yield place, value

def errors_with(place, value):
    document = complete()
    inside = document
    for key in place[:-1]: inside = inside[key]
    inside[place[-1]] = value
    return [f.rule for f in validate_submission(document) if f.severity == 'error']

EXACT = [(place, value) for place, value in leaves(complete()) if not FREE.keys() & set(map(str, place)) and place not in {place for place, *_ in BOUNDED}]

@pytest.mark.parametrize('place, value', EXACT, ids=['.'.join(map(str, place)) for place, _ in EXACT])
def test_changed_figure_is_noticed(place, value):
    for other in (value*1.0001, value*.9999, value*2, value/2) if type(value) is float else (value + 1, value - 1, value*2, value//2):
        rules = errors_with(place, other)
        assert rules and all(rule.startswith(('consistency.', 'schema.maximum')) for rule in rules), f'{other} for {value}: {rules}'

def test_every_figure_is_looked_at():
    assert {place[-1] for place, _ in EXACT} == {'parameter_count', 'model_size_mb', 'accuracy', 'latency_ms_mean', 'throughput_samples_per_sec', 'artifact_bytes', 'batch_size',
        'samples', 'parameters', 'speedup', 'compression_ratio', 'accuracy_delta'} and len(EXACT) == 21

@pytest.mark.parametrize('place, may, may_not', BOUNDED, ids=['.'.join(map(str, place)) for place, *_ in BOUNDED])
def test_figure_out_of_bounds_is_noticed(place, may, may_not): assert errors_with(place, may) == [] and errors_with(place, may_not) != []


def test_nominal_size_is_bound_to_the_parameters():
    for nominal, size, rules in [(4*19210, 4*19210/2**20, []), (4*19210 + 4, (4*19210 + 4)/2**20, ['consistency.nominal_bytes']), (4*19210, 1., ['consistency.model_size_mb'])]:
        document = complete()
        metrics = document['baseline']['metrics']
        del metrics['artifact_bytes']
        metrics.update(nominal_bytes=nominal, model_size_mb=size)
        document['improvements']['compression_ratio'] = size/document['optimized']['metrics']['model_size_mb']
        findings = validate_submission(document)
        assert [f.rule for f in findings if f.severity == 'error'] == rules and 'measurement.nominal-size' in {f.rule for f in findings}

# Anything at all

def check_findings(findings):
    assert isinstance(findings, list) and len(findings) <= MAX_FINDINGS + 1
    for f in findings: assert f.severity in ('error', 'warning') and f.rule and f.path and str(f).isascii()

@pytest.mark.parametrize('text', [GOOD, EXAMPLE], ids=['version 1', 'version 0'])
def test_any_change_of_a_document_gets_findings(text):
    rng, accepted = random.Random(20), 0
    for _ in range(1500):
        document = json.loads(text)
        for _ in range(rng.choice([1, 1, 1, 2, 5])): mutate(document, rng)
        findings = validate_submission(document)
        check_findings(findings)
        accepted += not any(f.severity == 'error' for f in findings)
    assert 0 < accepted < 750, f'{accepted} of 1500 changed documents were accepted'

@pytest.mark.parametrize('text', [GOOD, EXAMPLE], ids=['version 1', 'version 0'])
def test_any_change_of_a_file_is_an_error_with_findings_or_a_document(text, tmp_path):
    rng, path, refused = random.Random(21), tmp_path/'x.json', 0
    for _ in range(1500):
        data = text.encode()
        for _ in range(rng.choice([1, 1, 2, 4])): data = scramble(data, rng) or b' '
        path.write_bytes(data)
        try: document = load_submission(path)
        except SubmissionError as error:
            check_findings(error.findings)
            assert any(f.severity == 'error' for f in error.findings)
            refused += 1
        else: save_submission(document, tmp_path/'again.json')
    assert 1000 < refused < 1500

# Writing

SAVE = "save_submission({'name': 'x'*100_000}, 'mine.json')"

@pytest.fixture
def old(tmp_path):
    "A file that must not be harmed"
    save_submission(complete(), tmp_path/'mine.json')
    return (tmp_path/'mine.json').read_bytes()

def test_saving_replaces_the_old_file(old, tmp_path):
    done = child(SAVE, tmp_path)
    assert done.returncode == 0 and json.loads((tmp_path/'mine.json').read_text()) == {'name': 'x'*100_000}
    assert done.stdout == '' and [p.name for p in tmp_path.iterdir()] == ['mine.json']

@pytest.mark.skipif(os.name == 'nt', reason='there is no limit on the size of files')
def test_full_disk_leaves_the_old_file(old, tmp_path):
    done = child(f'import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\ntry: {SAVE}\nexcept OSError as error: print("OSError", error.strerror)', tmp_path)
    assert done.stdout.startswith('OSError'), done.stderr
    assert (tmp_path/'mine.json').read_bytes() == old and [p.name for p in tmp_path.iterdir()] == ['mine.json']

@pytest.mark.parametrize('moment', ['fsync', 'replace'])
def test_crash_leaves_the_old_file(old, tmp_path, moment):
    "The process ends between writing and replacing, without a chance to tidy up"
    done = child(f'files.os.{moment} = lambda *a: os._exit(9)\n{SAVE}', tmp_path)
    assert done.returncode == 9 and (tmp_path/'mine.json').read_bytes() == old
    assert load_submission(tmp_path/'mine.json')['student_name'] == 'A learner'

@pytest.mark.parametrize('broken', [{'x': float('nan')}, {'x': object()}, {'x': '\ud800'}], ids=range(3))
def test_what_cannot_be_written_leaves_the_old_file(old, tmp_path, broken):
    with pytest.raises(ValueError): save_submission(broken, tmp_path/'mine.json')
    assert (tmp_path/'mine.json').read_bytes() == old and [p.name for p in tmp_path.iterdir()] == ['mine.json']

def with_itself():
    document = complete()
    document['system_info']['all'] = [document]
    return document

def levels(n):
    inside = 1
    for _ in range(n): inside = [inside]
    return {'x': inside}

@pytest.mark.parametrize('make, words', [(with_itself, '20 levels'), (lambda: levels(MAX_DEPTH), '20 levels'), (lambda: levels(100_000), '20 levels'), (lambda: {'x': [0]*MAX_VALUES}, '100,000 values'),
    (lambda: {('a', 1): 2}, 'key of type tuple'), (lambda: {1: 2, '1': 3}, 'key of type int'), (lambda: {'x': {None: 1}}, r'\$\.x .*key of type NoneType'), (lambda: {'x': {True: 1}}, 'key of type bool'),
    (lambda: {'x': np.clongdouble(1)}, r'\$\.x is of type'), (lambda: {'x': np.longdouble('nan')}, r'\$\.x is nan')], ids=range(10))
def test_what_json_would_lose_or_never_end_is_a_clear_error(old, tmp_path, make, words):
    with pytest.raises(ValueError, match=words): save_submission(make(), tmp_path/'mine.json')
    assert (tmp_path/'mine.json').read_bytes() == old and [p.name for p in tmp_path.iterdir()] == ['mine.json']

def test_what_json_can_hold_is_written(tmp_path):
    for value in levels(MAX_DEPTH - 1), {'x': np.longdouble(.5), 'é': np.arange(3), 'z': (np.str_('a'), np.bool_(True), None)}:
        save_submission(value, tmp_path/'mine.json')
    assert json.loads((tmp_path/'mine.json').read_text(encoding='utf-8')) == {'x': .5, 'é': [0, 1, 2], 'z': ['a', True, None]}

@pytest.mark.parametrize('path, error, words', [('mine.json/x.json', NotADirectoryError, 'is a file, not a folder'), ('nowhere/x.json', FileNotFoundError, 'there is no folder'),
    ('.', IsADirectoryError, 'is a folder'), ('x'*300, OSError, 'cannot be written'), ('a\0b', OSError, 'cannot be written')], ids=range(5))
def test_unwritable_path_is_a_clear_error(old, tmp_path, path, error, words):
    with pytest.raises(error, match=words) as caught: save_submission(complete(), tmp_path/path)
    assert 'elsewhere' in str(caught.value) or 'give the name' in str(caught.value)
    assert (tmp_path/'mine.json').read_bytes() == old and [p.name for p in tmp_path.iterdir()] == ['mine.json']

@pytest.mark.skipif(os.name == 'nt', reason='there are no special files')
def test_special_file_is_refused_at_once(tmp_path):
    "A pipe into which nobody writes, and a device: the reader would wait for ever"
    os.mkfifo(tmp_path/'pipe')
    for path in tmp_path/'pipe', '/dev/zero':
        code = f'from tinytorch.cli import main; main(["validate", {str(path)!r}])'
        done = subprocess.run([sys.executable, '-c', code], env={**os.environ, 'PYTHONPATH': str(ROOT)}, capture_output=True, text=True, timeout=60)
        assert done.returncode == 1 and 'file.read' in done.stdout and 'not an ordinary file' in done.stdout and done.stderr == ''

@pytest.mark.skipif(os.name == 'nt', reason='there are no special files')
def test_special_file_is_not_replaced(tmp_path):
    os.mkfifo(tmp_path/'pipe')
    with pytest.raises(OSError, match='not an ordinary file'): save_submission(complete(), tmp_path/'pipe')
    assert (tmp_path/'pipe').is_fifo()

# what was tried on the way

def tried(name, size, accuracy, latency, speedup, kept):
    timing = {'batch_size': 1, 'latency_ms': latency, 'speedup': speedup, 'interval': [.9*speedup, 1.1*speedup]}
    return {'name': name, 'artifact_bytes': size, 'accuracy': accuracy, 'kept': kept, 'timings': [timing]}

FIRST, TRIED = tried('all', 77136, .95, .02, 1., False), tried('half', 11000, .9, .04, .5, True)
OTHER_DATA = {'name': 'validation part', 'samples': 100, 'sha256': 'b6'*32}

def with_search(**change): return searched({**TRIED, **change})
def searched(*steps, first=FIRST, data=OTHER_DATA): return {**complete(), 'search': {'rule': 'the smallest', 'data': data, 'steps': [first, *steps]}}

def test_a_search_may_be_told(): assert validate_submission(with_search()) == validate_submission(complete())

@pytest.mark.parametrize('change, rule, path', [
    ({'kept': 1}, 'schema.type', '$.search.steps[1].kept'), ({'accuracy': 1.1}, 'schema.maximum', '$.search.steps[1].accuracy'), ({'prize': 1}, 'schema.unknown-key', '$.search.steps[1].prize'),
    ({'timings': [{**TRIED['timings'][0], 'speedup': 0}]}, 'schema.exclusiveMinimum', '$.search.steps[1].timings[0].speedup'), ({'timings': TRIED['timings']*11}, 'schema.maxItems', '$.search.steps[1].timings'),
    ({'kept': False}, 'consistency.search', '$.search.steps'), ({'artifact_bytes': 11001}, 'consistency.search', '$.search.steps'),
    ({'accuracy': .905}, 'consistency.accuracy', '$.search.steps[1].accuracy'), ({'timings': TRIED['timings']*2}, 'consistency.search', '$.search.steps[1].timings'),
    ({'timings': [{**TRIED['timings'][0], 'interval': [.55, .45]}]}, 'consistency.interval', '$.search.steps[1].timings[0].interval'),
    ({'timings': [{**TRIED['timings'][0], 'speedup': .6}]}, 'consistency.interval', '$.search.steps[1].timings[0].interval')], ids=range(11))
def test_a_search_is_checked(change, rule, path):
    assert (rule, path, 'error') in {(f.rule, f.path, f.severity) for f in validate_submission(with_search(**change))}

@pytest.mark.parametrize('document, place', [
    (searched({**TRIED, 'accuracy': 323/359}, first={**FIRST, 'accuracy': 341/359}, data=complete()['baseline']['data']), 'data'),  # chosen on the test part
    (searched(TRIED, first={**FIRST, 'artifact_bytes': 99999}), 'steps[0]'), (searched(TRIED, tried('best', 10999, .9, .03, .6, False)), 'steps[2]'),
    (searched(tried('half', 11000, .9, .001, 20., True)), 'steps'), (searched(tried('half', 11000, .9, 1e9, .5, True)), 'steps[1]')], ids=range(5))
def test_what_is_odd_in_a_search(document, place):
    assert {(f.rule, f.path, f.severity) for f in validate_submission(document)} == {('measurement.search', f'$.search.{place}', 'warning')}

def test_smaller_but_slower_or_less_accurate_is_no_reproach():
    for other in tried('slow', 9000, .9, .2, .1, False), tried('poor', 9000, .8, .02, 1., False): assert validate_submission(searched(TRIED, other)) == []

@pytest.mark.parametrize('more, rule, path, severity', [
    ({'block_ratio': 7.}, 'consistency.block_ratio', 'block_ratio', 'error'), ({'block_ratio': 2., 'calls': [256, 64]}, 'measurement.blocks', 'block_ratio', 'warning'),
    ({'as_given': ['candidate']}, 'measurement.as-given', 'as_given', 'warning'), ({'as_given': ['all']}, 'schema.enum', 'as_given[0]', 'error'), ({'calls': []}, 'schema.minItems', 'calls', 'error')], ids=range(5))
def test_a_comparison_that_doubts_itself(more, rule, path, severity):
    assert [(f.rule, f.path, f.severity) for f in validate_submission(complete(**more))] == [(rule, f'$.comparison.{path}', severity)]
    assert validate_submission(complete(block_ratio=1., as_given=[])) == []

def test_shares_of_codes_are_shares_of_all():
    document = complete()
    document['optimized']['evidence']['int4_share'] = .5
    assert [f.rule for f in validate_submission(document)] == ['consistency.evidence']

@pytest.mark.parametrize('verdict, low, high, found', [('faster', 1.9, 2.1, []), ('slower', .4, .6, ['claims.acceleration']), ('no difference shown', .9, 2.2, ['claims.acceleration'])])
def test_acceleration_shows_in_the_comparison(verdict, low, high, found):
    document = complete(verdict=verdict, low=low, high=high, speedup=(low + high)/2)
    document['optimized']['techniques_applied'] = ['Acceleration']
    assert [f.rule for f in validate_submission(document) if f.rule.startswith('claims')] == found

@pytest.mark.parametrize('shown, rules', [({'int4_share': 1., 'int8_share': 0., 'zero_share': .07}, ['claims.pruning']), ({'int4_share': 1., 'int8_share': 0., 'zero_share': .3}, []),
                                          ({'int4_share': 0., 'int8_share': 0., 'zero_share': .3}, ['claims.quantization'])], ids=['rounded', 'pruned', 'neither'])
def test_four_bits_are_evidence(shown, rules):
    document = complete()
    parameters = document['baseline']['evidence']['parameters']
    document['optimized']['evidence'] = {'parameters': parameters, **shown}
    document['optimized']['metrics']['parameter_count'] = parameters
    assert [f.rule for f in validate_submission(document)] == rules

@pytest.mark.parametrize('value, words', [('\ud800', 'a text with half'), ({'a\udc80': 1}, 'a text with half'), (10**30, 'over 30 digits'), (-10**5000, 'over 30 digits'), ({'a': [1, '\udfff']}, r'\$\.x\.a\[1\] is')], ids=range(5))
def test_what_the_reader_refuses_is_not_written(value, words, tmp_path):
    with pytest.raises(ValueError, match=words): save_submission({'x': value}, tmp_path/'a.json')
    assert not [*tmp_path.iterdir()]
