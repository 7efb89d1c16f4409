"A log: every byte that was changed is found, two writers lose nothing, and a crash tears no more than the last line"
import json, os, random, signal, string, subprocess, sys
from itertools import combinations
from pathlib import Path

import pytest

from tinytorch.competition import log as module
from tinytorch.competition.log import LogError, append, read_log, repair, verify_log
from tinytorch.submission import MAX_BYTES, canonical_bytes, digest, parse_strictly

posix = pytest.mark.skipif(os.name == 'nt', reason='Windows has no such files, limits and signals')
BODIES = [('open', {'rules': 'a'}), ('entry', {'team': 'marie', 'accuracy': .8531}), ('refusal', {'team': 'Zoë'}), ('close', {'n': 2})]

@pytest.fixture
def log(tmp_path):
    path = tmp_path/'log.jsonl'
    for kind, body in BODIES: append(path, kind, body)
    return path

def head(log): return log.with_name('log.head')

def errors(log, given=None): return [found.rule for found in verify_log(log, given).errors]

def content(folder): return {path.name: path.read_bytes() for path in folder.iterdir()}

# what is written

def test_events_are_chained_canonical_lines(log):
    lines, previous = log.read_bytes().splitlines(keepends=True), '0'*64
    for n, (line, (kind, body)) in enumerate(zip(lines, BODIES, strict=True)):
        event = json.loads(line)
        rest = {'seq': n, 'previous': previous, 'kind': kind, 'body': body}
        assert event == {**rest, 'hash': digest(rest)} and canonical_bytes(event) + b'\n' == line
        previous = event['hash']
    assert head(log).read_text() == f'{previous}\n' and verify_log(log).head == previous
    assert [(event['kind'], event['body']) for event in read_log(log, previous)] == BODIES and not verify_log(log).findings

def test_an_empty_log_is_whole(tmp_path):
    (tmp_path/'log.jsonl').write_bytes(b'')
    check = verify_log(tmp_path/'log.jsonl')
    assert (check.events, check.findings, check.torn, check.head) == ([], [], b'', '0'*64) and repair(tmp_path/'log.jsonl') == b''

@pytest.mark.parametrize('kind, body, kind_of_error', [
    ('entree', {}, ValueError), (None, {}, ValueError), ('entry', [1], TypeError), ('entry', 'x', TypeError), ('entry', {'x': float('nan')}, ValueError),
    ('entry', {'x': float('inf')}, ValueError), ('entry', {1: 2}, ValueError), ('entry', {'x': '\ud800'}, ValueError), ('entry', {'x': object()}, ValueError),
    ('entry', {'x': 'a'*MAX_BYTES}, LogError)], ids=range(10))
def test_what_is_no_event_is_refused_and_nothing_written(tmp_path, log, kind, body, kind_of_error):
    before = content(tmp_path)
    with pytest.raises(kind_of_error): append(log, kind, body)
    assert content(tmp_path) == before

# what is found

def test_every_byte_changed_removed_or_added_is_found(log):
    data = log.read_bytes()
    for i, byte in enumerate(data):
        for other in {byte ^ 1, byte ^ 32, 10, 32, 48, 255} - {byte}:
            assert module.check_log(data[:i] + bytes([other]) + data[i + 1:], log, None).errors, (i, other)
        assert module.check_log(data[:i] + data[i + 1:], log, None).errors, i
        assert module.check_log(data[:i] + data[i:i + 1] + data[i:], log, None).errors, i

def test_every_byte_of_a_line_to_every_other_value_is_found_in_that_line_alone():
    event = module.event_after(None, 'entry', {'team': 'marie', 'accuracy': .85})
    line = canonical_bytes(event)
    assert module.read_line(line, 'line 1') == (event, [])
    for i in range(len(line)):
        for other in set(range(256)) - {line[i]}:
            changed, found = module.read_line(line[:i] + bytes([other]) + line[i + 1:], 'line 1')
            # the number and the hash before are asked of the chain, and are in the line's hash too
            assert found, (i, other)

def test_every_line_removed_doubled_or_exchanged_is_found(log):
    lines = log.read_bytes().splitlines(keepends=True)
    for i in range(len(lines)):
        assert module.check_log(b''.join(lines[:i] + lines[i + 1:]), log, None).errors, i
        assert module.check_log(b''.join(lines[:i + 1] + lines[i:]), log, None).errors, i
    for i, j in combinations(range(len(lines)), 2):
        moved = lines.copy()
        moved[i], moved[j] = lines[j], lines[i]
        assert module.check_log(b''.join(moved), log, None).errors, (i, j)

def test_the_last_line_removed_is_found_by_either_head(log):
    last, lines = verify_log(log).head, log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b''.join(lines[:-1]))
    assert errors(log) == ['log.head']
    head(log).unlink()
    assert errors(log) == [] and [found.rule for found in verify_log(log).findings] == ['log.head-missing']
    assert errors(log, last) == ['log.head']
    with pytest.raises(LogError): read_log(log, last)

def test_a_published_head_stays_good_while_the_log_grows_and_finds_another_log(tmp_path, log):
    heads = [event['hash'] for event in read_log(log)]
    assert all(errors(log, given) == [] for given in heads)
    other = tmp_path/'other.jsonl'
    for kind, body in BODIES: append(other, kind, body | {'team': 'someone'})
    assert errors(other) == [] and all(errors(other, given) == ['log.head'] for given in heads)

@pytest.mark.parametrize('given', ['', 'abc', 'A'*64, '0'*63, 7, b'0'*64])
def test_a_head_that_is_no_hash_is_wrong_usage(log, given):
    with pytest.raises((ValueError, TypeError)) as caught: verify_log(log, given)
    assert not isinstance(caught.value, LogError)

def test_a_forger_who_hashes_anew_is_found_at_the_next_line(log):
    lines, events = log.read_bytes().splitlines(keepends=True), read_log(log)
    forged = module.event_after(events[0], 'entry', {'team': 'marie', 'accuracy': .99})
    log.write_bytes(b''.join([lines[0], canonical_bytes(forged) + b'\n', *lines[2:]]))
    assert [(found.rule, found.path) for found in verify_log(log).errors] == [('log.previous', 'line 3')]

def test_findings_are_capped_and_a_file_of_rubbish_ends(log):
    log.write_bytes(b'rubbish\n'*100_000)
    assert 100 <= len(verify_log(log).findings) <= 102

# the quick look

def plain_or_canonical(line):
    document, found = parse_strictly(line)
    return module.read_plain(line) is not None, not found and canonical_bytes(document) == line

def random_value(rng, deep=3):
    kind = rng.randrange(8 if deep else 6)
    if kind < 2: return rng.choice([0, 1, -1, 7, 10**14, 10**15, 10**16, 2**53, 2**53 + 1, -10**20, rng.randrange(10**6)])
    if kind == 2: return rng.choice([0., -0., 1., 1e-5, 1e-7, 1e21, 123456789012345680., .1 + .2, rng.random(), rng.gauss(0, 1)*10.**rng.randint(-12, 20)])
    if kind < 5: return ''.join(rng.choice(string.printable + 'é\u2028😀\x7f') for _ in range(rng.randrange(6)))
    if kind == 5: return rng.choice([None, True, False])
    if kind == 6: return [random_value(rng, deep - 1) for _ in range(rng.randrange(4))]
    return {random_value_key(rng): random_value(rng, deep - 1) for _ in range(rng.randrange(4))}

def random_value_key(rng): return ''.join(rng.choice('abAB"\\é\uffff😀 ') for _ in range(rng.randrange(3)))

def test_the_quick_look_lets_nothing_through_that_the_slow_one_would_not():
    "Of canonical lines, of those that Python writes, and of both with a byte changed"
    rng, plain = random.Random(0), 0
    for _ in range(1500):
        value = {'a': random_value(rng)}
        made = {json.dumps(value, separators=(',', ':'), sort_keys=rng.random() < .8, ensure_ascii=rng.random() < .5).encode('utf-8')}
        try: made.add(canonical_bytes(value))
        except ValueError: made = made  # a text with half of a pair
        for line in list(made):
            i = rng.randrange(len(line))
            made |= {line[:i] + bytes([rng.choice(b'0159.eE-+,:[]{}"\\ \nau')]) + line[i + 1:], line[:i] + line[i + 1:]}
        for line in made:
            quick, slow = plain_or_canonical(line)
            assert slow or not quick, line
            plain += quick
    assert plain > 500  # or this tests nothing

@pytest.mark.parametrize('deep', [19, 20, 21, 900, 100_000])
def test_levels_and_values_are_limited_in_the_quick_look_too(deep):
    line = b'{"a":' + b'['*deep + b']'*deep + b'}'
    quick, slow = plain_or_canonical(line)
    assert quick <= slow and slow == (deep < 20)

def test_rows_of_a_board_take_the_quick_look():
    row = {'entry': 'a'*64, 'team': 'marie', 'metrics': {'accuracy': {'value': .8531, 'right': 8531, 'n': 10_000}, 'artifact_bytes': {'value': 12345},
           'speedup': {'value': 3.41, 'process_medians': [[.1 + .2, -1.0123456789012345, 17.5]]*2}}, 'reason': ''}
    assert module.read_plain(canonical_bytes(module.event_after(None, 'entry', row))) is not None

# torn lines

def test_every_cut_of_the_last_line_is_named_and_repaired(tmp_path, log):
    whole = log.read_bytes()
    start = whole[:-1].rindex(b'\n') + 1
    for noted, step in ((read_log(log)[-2]['hash'] + '\n', 1), (None, 20)):
        for cut in range(start + 1, len(whole), step):
            if noted: head(log).write_text(noted)
            else: head(log).unlink(missing_ok=True)
            log.write_bytes(whole[:cut])
            check = verify_log(log)
            assert [found.rule for found in check.errors] == ['log.torn'] and check.torn == whole[start:cut] and len(check.events) == len(BODIES) - 1
            with pytest.raises(LogError): append(log, 'entry', {})
            with pytest.raises(LogError): read_log(log)
            assert log.read_bytes() == whole[:cut]
            assert repair(log) == whole[start:cut] and log.read_bytes() == whole[:start] and not verify_log(log).findings
    kept = [path.read_bytes() for path in tmp_path.glob('log.torn-*')]
    assert sorted(kept, key=len) == [whole[start:cut] for cut in range(start + 1, len(whole))]
    assert repair(log) == b''
    append(log, 'entry', {})
    assert not verify_log(log).findings

def test_the_first_line_may_tear_too(tmp_path):
    log = tmp_path/'log.jsonl'
    log.write_bytes(b'{"body"')
    assert errors(log) == ['log.torn'] and repair(log) == b'{"body"' and log.read_bytes() == b''
    append(log, 'open', {})
    assert not verify_log(log).findings

@pytest.mark.parametrize('damage', [
    lambda data: data.replace(b'marie', b'Marie') + b'{', lambda data: data[:-1], lambda data: data.split(b'\n', 1)[1] + b'{', lambda data: b''], ids=range(4))
def test_what_no_crash_did_is_not_repaired(tmp_path, log, damage):
    log.write_bytes(damage(log.read_bytes()))
    before = content(tmp_path)
    with pytest.raises(LogError): repair(log)
    assert content(tmp_path) == before

def test_a_head_that_is_behind_or_lost_is_named_and_put_right(log):
    events = read_log(log)
    for noted, rule in ((events[-2]['hash'], 'log.head-behind'), (None, 'log.head-missing')):
        if noted: head(log).write_text(f'{noted}\n')
        else: head(log).unlink()
        assert errors(log) == [] and [found.rule for found in verify_log(log).findings] == [rule]
        assert repair(log) == b'' and head(log).read_text() == f'{events[-1]["hash"]}\n' and not verify_log(log).findings

@pytest.mark.parametrize('noted', [b'', b'\xff\xfe', b'0'*64, b'a'*64 + b'\n', b'a'*5000])
def test_a_strange_head_is_an_error(tmp_path, log, noted):
    head(log).write_bytes(noted)
    before = content(tmp_path)
    assert errors(log) == ['log.head']
    for act in (lambda: append(log, 'entry', {}), lambda: repair(log)):
        with pytest.raises(LogError): act()
    assert content(tmp_path) == before

# writers

WRITER = '''import sys
from tinytorch.competition.log import append
path, name, n = sys.argv[1], sys.argv[2], int(sys.argv[3])
for i in range(n):
    append(path, 'entry', {'writer': name, 'i': i, 'ballast': 'x'*500})
    print(i, flush=True)
'''

def writer(log, name, n=100): return subprocess.Popen([sys.executable, '-c', WRITER, log, name, str(n)], stdout=subprocess.PIPE, text=True)

def test_two_processes_at_once_lose_nothing(tmp_path):
    log = tmp_path/'log.jsonl'
    both = [writer(log, name) for name in ('a', 'b')]
    assert [one.communicate()[0].split() for one in both] == [[str(i) for i in range(100)]]*2 and [one.returncode for one in both] == [0, 0]
    assert not verify_log(log).findings
    for name in 'a', 'b': assert [event['body']['i'] for event in read_log(log) if event['body']['writer'] == name] == list(range(100))
    assert sorted(path.name for path in tmp_path.iterdir()) == ['log.head', 'log.jsonl']

@posix
def test_kill_loses_nothing_that_was_promised(tmp_path):
    log, told = tmp_path/'log.jsonl', 0
    for n in range(5):
        one = writer(log, str(n), 10**6)
        said = [one.stdout.readline() for _ in range(5 + 3*n)]
        one.send_signal(signal.SIGKILL)
        said += one.communicate()[0].splitlines(keepends=True)
        told += sum(line.endswith('\n') for line in said)
        if errors(log): assert errors(log) == ['log.torn'] and repair(log)
        assert told <= len(read_log(log)) <= told + n + 1
    append(log, 'close', {})
    assert not verify_log(log).findings

# disks and other things

LIMITED = '''import resource, sys
from pathlib import Path
from tinytorch.competition.log import append
log = Path(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (len(log.read_bytes()) + 100,)*2)
try: append(log, 'entry', {'team': 'x'*500})
except OSError as error: print(error.filename)
'''

@posix
def test_a_full_disk_leaves_the_log_as_it_was(tmp_path, log):
    "The limit lets a part of the line through, and then fails, as a full disk does"
    before = content(tmp_path)
    done = subprocess.run([sys.executable, '-c', LIMITED, log], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == (f'{log}\n', '') and content(tmp_path) == before
    append(log, 'entry', {})

@posix
@pytest.mark.parametrize('failing', ['write', 'fsync', 'replace'])
def test_whatever_fails_names_the_path(tmp_path, log, monkeypatch, failing):
    before = content(tmp_path)
    def fails(*given): raise OSError(28, 'No space left on device')
    monkeypatch.setattr(os, failing, fails)
    with pytest.raises(OSError) as caught: append(log, 'entry', {})
    assert caught.value.filename == str(log) and content(tmp_path) == before

def test_a_folder_that_cannot_be_written(tmp_path, log, monkeypatch):
    before, real = content(tmp_path), os.open
    def denied(path, flags, *rest):
        if flags & (os.O_RDWR | os.O_WRONLY): raise PermissionError(13, 'Permission denied', str(path))
        return real(path, flags, *rest)
    monkeypatch.setattr(os, 'open', denied)
    for act in (lambda: append(log, 'entry', {}), lambda: append(tmp_path/'new.jsonl', 'open', {}), lambda: repair(log)):
        with pytest.raises(PermissionError) as caught: act()
        assert Path(caught.value.filename).parent == tmp_path
    assert len(read_log(log)) == len(BODIES) and content(tmp_path) == before

def test_a_log_that_is_not_there(tmp_path):
    for act in (verify_log, read_log, repair):
        with pytest.raises(FileNotFoundError) as caught: act(tmp_path/'log.jsonl')
        assert caught.value.filename == str(tmp_path/'log.jsonl')
    with pytest.raises(FileNotFoundError): append(tmp_path/'none'/'log.jsonl', 'open', {})
    assert not list(tmp_path.iterdir())

def test_the_name_of_a_head_is_no_name_of_a_log(tmp_path):
    with pytest.raises(ValueError): append(tmp_path/'log.head', 'open', {})

def test_a_folder_is_no_log(tmp_path):
    for act in (verify_log, read_log, repair, lambda path: append(path, 'open', {})):
        with pytest.raises(LogError) as caught: act(tmp_path)
        assert caught.value.findings[0].rule == 'log.read' and str(tmp_path) in str(caught.value)

@posix
def test_pipes_links_and_devices_are_no_logs(tmp_path, log):
    pipe, link, lost = (tmp_path/name for name in ('pipe', 'link.jsonl', 'lost.jsonl'))
    os.mkfifo(pipe)
    link.symlink_to(log)
    lost.symlink_to(tmp_path/'nowhere')
    before = log.read_bytes()
    for path in (pipe, link, lost, Path('/dev/full' if Path('/dev/full').exists() else '/dev/null')):
        for act in (verify_log, read_log, repair, lambda path: append(path, 'open', {})):
            with pytest.raises(LogError) as caught: act(path)
            assert caught.value.findings[0].rule == 'log.read' and str(path) in str(caught.value)
    assert log.read_bytes() == before and not (tmp_path/'nowhere').exists()

@posix
def test_a_pipe_in_the_place_of_the_head(log):
    head(log).unlink()
    os.mkfifo(head(log))
    with pytest.raises(LogError): verify_log(log)
    with pytest.raises(LogError): append(log, 'entry', {})

def test_a_file_of_a_gigabyte_is_refused_unread(tmp_path):
    log = tmp_path/'log.jsonl'
    with log.open('wb') as file: file.truncate(1 << 30)  # holes: it takes no room
    for act in (verify_log, read_log, repair, lambda path: append(path, 'open', {})):
        with pytest.raises(LogError) as caught: act(log)
        assert caught.value.findings[0].rule == 'log.size' and '1,073,741,824' in str(caught.value)
    assert log.stat().st_size == 1 << 30

def test_a_log_does_not_grow_beyond_what_is_read(tmp_path, log, monkeypatch):
    monkeypatch.setattr(module, 'MOST', log.stat().st_size + 10)
    before = content(tmp_path)
    with pytest.raises(LogError) as caught: append(log, 'entry', {})
    assert caught.value.findings[0].rule == 'log.size' and content(tmp_path) == before

def test_ten_thousand_events_are_read_once_each(tmp_path, monkeypatch):
    "No wall clock: each line is looked at once, and none of them slowly"
    events, slow = [None], []
    for i in range(10_000):
        rest = {'body': {'i': i}, 'kind': 'entry', 'previous': events[-1]['hash'] if i else module.START, 'seq': i}
        events.append({**rest, 'hash': module.sha256_of(module.encode(rest))})
    log = tmp_path/'log.jsonl'
    log.write_text(''.join(module.encode(event) + '\n' for event in events[1:]))
    monkeypatch.setattr(module, 'read_strictly', lambda *given: slow.append(given))
    assert len(read_log(log)) == 10_000 and not slow

@pytest.mark.parametrize('n', [2**53 - 1, 2**53, -2**53, 2**53 + 1, 10**20])
def test_whole_numbers_around_the_largest_have_canonical_bytes_and_are_read_back(log, n):
    assert canonical_bytes(n) == canonical_bytes(float(n))
    append(log, 'entry', {'n': n})
    assert read_log(log)[-1]['body'] == {'n': float(n)}
