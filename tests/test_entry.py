"Who may enter, what is written down, and that nothing is lost or half written: on verdicts that are made up, so that no clock decides"
import json, os, shutil, threading
from copy import deepcopy
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from tinytorch.competition import entry as e
from tinytorch.competition.board import recompute
from tinytorch.competition.bundle import load_bundle, save_bundle, with_artifacts, write_bundle
from tinytorch.competition.entry import (
    bundle_for, check_competition, close_competition, enter, hardware_class, make_board, new_competition, open_competition,
    used_entries, within_dates)
from tinytorch.competition.log import LogError, append, read_log, verify_log
from tinytorch.competition.rules import CompetitionError, read_competition
from tinytorch.competition.verify import FAIL, PASS, UNDECIDED, Step, Verdict, read_rules
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Flatten, Linear, Sequential
from tinytorch.core.spatial import Conv2d

OPENS, DURING, CLOSES = '2026-12-01T00:00:00Z', '2026-12-05T12:00:00Z', '2027-02-01T00:00:00Z'

def network(hidden, seed=0): return Sequential(Linear(16, hidden, rng=seed), ReLU(), Linear(hidden, 3, rng=1)).eval()

def data(count=120):
    x = np.random.default_rng(0).normal(size=(count, 16)).astype(np.float32)
    return x, network(8)(e.Tensor(x)).data.argmax(1)

@pytest.fixture(scope='session')
def first_bundle(tmp_path_factory):
    path = tmp_path_factory.mktemp('entry')/'own'
    save_bundle(path, network(32), network(8), *data(), dataset='Ours', quick=True)
    return path

@pytest.fixture(scope='session')
def made(first_bundle, tmp_path_factory):
    folder = tmp_path_factory.mktemp('made')/'competition'
    new_competition('community', folder, OPENS, CLOSES, baseline=first_bundle)
    return folder

@pytest.fixture
def here(made, tmp_path): return Path(shutil.copytree(made, tmp_path/'competition'))

def rewritten(path, to, change):
    "The bundle with another document, so another digest"
    bundle = load_bundle(path)
    document = deepcopy(bundle.document)
    document.pop('artifacts', None)
    change(document)
    files = {name: d for name, d in bundle.files.items() if name not in ('submission.json', 'manifest.json')}
    write_bundle(to, with_artifacts(document, files))
    return to

@pytest.fixture
def another(first_bundle, tmp_path):
    "A function that makes one more bundle that differs in a name only"
    def make(name): return rewritten(first_bundle, tmp_path/name, lambda document: document.update(student_name=name))
    return make

def verdict(path, kind='confirmed', letter='B', medians=(.7, .71, .69, .7, .72, .7)):
    bundle = load_bundle(path)
    n, lost = len(bundle.predictions['labels']), 0
    right = [bundle.predictions[side] == bundle.predictions['labels'] for side in ('baseline', 'optimized')]
    pairs = {'samples': n, 'both': int((right[0] & right[1]).sum()), 'lost': int((right[0] & ~right[1]).sum()),
             'gained': int((~right[0] & right[1]).sum()), 'neither': int((~right[0] & ~right[1]).sum())}
    facts = {'reproduced': {'process_medians': list(medians), 'speedup': float(np.exp(np.median(medians)))},
             'quality': {'letter': letter, 'reasons': []}}
    outcome = {'confirmed': PASS, 'refuted': FAIL, 'not decided': UNDECIDED}[kind]
    steps = [Step('integrity', PASS), Step('accuracy', PASS, '', [], {'paired': pairs}), Step('engine', PASS),
             Step('compliance', PASS), Step('timing', outcome, 'made up', [], facts)]
    machine = {'architecture': 'x86_64', 'cores_usable': 2, 'cpu_quota': 'unlimited'}
    return Verdict(bundle.digest, 'closed', steps, read_rules(), 0, machine)

@pytest.fixture
def ruling(monkeypatch):
    "Verdicts that are made up; settings of the next ones; how often anything was verified"
    told = {'calls': 0}
    def verify(path, *given, **more):
        told['calls'] += 1
        return verdict(path, **{k: v for k, v in told.items() if k not in ('calls', 'also')})
    monkeypatch.setattr(e, 'verify', verify)
    return told

def rules_of(findings): return [finding.rule for finding in findings]
def files_in(folder): return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob('*')) if p.is_file()}

# a new competition

def test_a_new_folder_has_what_it_needs(made, first_bundle):
    names = {'.gitignore', 'README.md', 'baseline/model.json', 'baseline/model.safetensors', 'competition.toml', 'data.npz', 'log.head', 'log.jsonl'}
    assert set(files_in(made)) == names and (made/'entries').is_dir()
    rules, bundle = read_competition(made), load_bundle(first_bundle)
    assert (made/'baseline'/'model.json').read_bytes() == bundle.files['models/baseline.json']
    assert (made/'baseline'/'model.safetensors').read_bytes() == bundle.files['models/baseline.safetensors']
    assert read_log(made/'log.jsonl')[0]['body'] == {'rules': rules.digest} and check_competition(made) == []
    assert 'secret.toml' in (made/'.gitignore').read_text() and 'bundle_for' in (made/'README.md').read_text()

@pytest.mark.parametrize('given, error, said', [
    ({'name': 'klass'}, ValueError, 'class'), ({'closes': '2026-11-30'}, CompetitionError, 'after'),
    ({'opens': 'tomorrow'}, ValueError, 'tomorrow'), ({'baseline': None, 'data': 'x.npz'}, ValueError, 'baseline of their own'),
    ({'baseline': 'nothing'}, CompetitionError, 'nothing'), ({'edit': lambda text: text + 'surplus = 1\n'}, CompetitionError, 'surplus'),
    ({'data': (np.zeros((9, 5), np.float32), np.zeros(9, int))}, ValueError, '5')])
def test_what_cannot_be_made_leaves_nothing(given, error, said, tmp_path, first_bundle):
    settings = {'name': 'community', 'opens': OPENS, 'closes': CLOSES, 'baseline': first_bundle} | given
    with pytest.raises(error, match=said): new_competition(folder=tmp_path/'new', **settings)
    assert list(tmp_path.iterdir()) == []

def test_a_folder_with_something_in_it_is_left_alone(tmp_path, first_bundle):
    (tmp_path/'mine').mkdir()
    (tmp_path/'mine'/'letter').write_text('dear')
    with pytest.raises(FileExistsError, match='mine is not empty'): new_competition('community', tmp_path/'mine', baseline=first_bundle)
    assert files_in(tmp_path) == {'mine/letter': b'dear'}

def test_a_full_disk_leaves_no_half_folder(tmp_path, first_bundle, monkeypatch):
    def full(*given, **more): raise OSError(28, 'No space left on device')
    monkeypatch.setattr(e, 'append', full)
    with pytest.raises(OSError, match='No space'): new_competition('community', tmp_path/'new', baseline=first_bundle)
    assert list(tmp_path.iterdir()) == []

def test_rules_may_change_until_there_is_an_entry(here, first_bundle, ruling):
    text = (here/'competition.toml').read_text(encoding='utf-8')
    (here/'competition.toml').write_text(text.replace('total = 50', 'total = 7'), encoding='utf-8')
    with pytest.raises(CompetitionError, match='open anew'): enter(first_bundle, here, 'marie', now=DURING)
    assert rules_of(check_competition(here)) == ['entry.rules'] and ruling['calls'] == 0
    open_competition(here)
    assert enter(first_bundle, here, 'marie', now=DURING).exit_code == 0
    with pytest.raises(CompetitionError, match='entry.begun'): open_competition(here)

# entries

def test_an_entry_is_measured_logged_and_shown(here, first_bundle, ruling):
    done = enter(first_bundle, here, ' Zoe\u0308 ', now=DURING)
    assert done.exit_code == 0 and done.findings == [] and done.head == verify_log(here/'log.jsonl').head
    events, row = read_log(here/'log.jsonl'), done.row
    assert events[-1]['body'] == json.loads(json.dumps(row)) and row['team'] == 'Zo\u00eb'
    assert (row['standing'], row['grade'], row['division'], row['scenario']) == ('confirmed', 'B', 'closed', 'single_stream')
    assert row['hardware'] == 'x86_64, 2 cores' and row['accepted_at'] == DURING
    assert row['metrics']['accuracy']['right'] == 120 and row['metrics']['accuracy']['n'] == 120
    assert set(row['metrics']) == {'accuracy', 'accuracy_change', 'speedup', 'artifact_bytes'}
    assert row['metrics']['artifact_bytes']['value'] == len(load_bundle(first_bundle).files['models/optimized.safetensors'])
    assert abs(row['metrics']['speedup']['value'] - np.exp(.7)) < 1e-6
    evidence = here/'entries'/f"{row['entry']}.json"
    assert e.sha256_of(evidence.read_bytes()) == row['evidence'] and json.loads(evidence.read_bytes())['format'] == 'tinytorch-entry'
    assert evidence.with_suffix('.html').exists()
    board = make_board(here)
    assert [line['team'] for line in board.document['boards'][0]['rows']] == ['Zo\u00eb'] and recompute(here/'board.json') == []

def test_lost_and_gained_are_told_apart(first_bundle):
    found = e.change_of(np.array([1, 1, 0, 0, 1], bool), np.array([1, 0, 0, 1, 0], bool))
    assert found == {'value': -.2, 'lost': 2, 'gained': 1, 'n': 5}

def test_the_same_bundle_counts_once(here, first_bundle, ruling):
    enter(first_bundle, here, 'marie', now=DURING)
    before = files_in(here)
    again, copied = [enter(first_bundle, here, team, now=DURING) for team in ('marie', 'someone')]
    assert files_in(here) == before and ruling['calls'] == 1
    assert again.row['team'] == copied.row['team'] == 'marie' and (again.exit_code, copied.exit_code) == (0, 1)
    assert rules_of(again.findings) == ['entry.duplicate'] and again.findings[0].severity == 'warning'

@pytest.mark.parametrize('when, rule', [('2026-11-30T23:59:59Z', 'entry.early'), (CLOSES, 'entry.late'), ('2027-01-31T23:30:00-05:00', 'entry.late')])
def test_before_and_after_is_refused(when, rule, here, first_bundle, ruling):
    before = files_in(here)
    done = enter(first_bundle, here, 'marie', now=when)
    assert rules_of(done.findings) == [rule] and done.exit_code == 1 and done.row is None
    assert files_in(here) == before and ruling['calls'] == 0

def test_quotas_count_a_teams_entries_refuted_ones_too(here, another, ruling):
    for i in range(5):
        ruling['kind'] = 'refuted' if i else 'confirmed'
        done = enter(another(f'b{i}'), here, 'marie', now=DURING)
        assert done.exit_code == (1 if i else 0)
    assert done.row['standing'] == 'refuted' and done.row['metrics'] == {} and 'timing: made up' in done.row['reason']
    ruling['kind'] = 'confirmed'
    done = enter(another('b5'), here, 'marie', now='2026-12-05T23:59:59Z')
    assert rules_of(done.findings) == ['entry.quota'] and ruling['calls'] == 5
    assert enter(another('b6'), here, 'Zoë', now=DURING).exit_code == 0
    assert enter(another('b7'), here, 'marie', now='2026-12-06T00:00:00Z').exit_code == 0

def test_the_total_quota(here, another, ruling):
    text = (here/'competition.toml').read_text(encoding='utf-8')
    (here/'competition.toml').write_text(text.replace('total = 50', 'total = 1'), encoding='utf-8')
    open_competition(here)
    assert enter(another('a'), here, 'marie', now=DURING).exit_code == 0
    done = enter(another('b'), here, 'marie', now='2026-12-08T00:00:00Z')
    assert [f.path for f in done.findings] == ['$.quotas.total']

def at_once(paths, folder, monkeypatch):
    "What came of bundles that are entered side by side: none is logged before all are verified"
    both, results, slow = threading.Barrier(len(paths)), [], e.verify
    def verify(*given, **more):
        both.wait(60)
        return slow(*given, **more)
    monkeypatch.setattr(e, 'verify', verify)
    threads = [threading.Thread(target=lambda p=p: results.append(enter(p, folder, 'marie', now=DURING))) for p in paths]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    return results

def test_two_at_once_do_not_pass_the_quota(here, another, ruling, monkeypatch):
    "Both were admitted before either was logged: under the lock the second is not"
    text = (here/'competition.toml').read_text(encoding='utf-8')
    (here/'competition.toml').write_text(text.replace('total = 50', 'total = 1'), encoding='utf-8')
    open_competition(here)
    results = at_once([another('a'), another('b')], here, monkeypatch)
    assert sorted(done.exit_code for done in results) == [0, 1] and verify_log(here/'log.jsonl').errors == []
    rows = [event for event in read_log(here/'log.jsonl') if event['kind'] == 'entry']
    assert len(rows) == 1 and len(list((here/'entries').glob('*.json'))) == 1 and check_competition(here) == []

def test_two_at_once_do_not_hear_the_ladder_twice(private, another, ruling, monkeypatch):
    "Both were worked out before either was logged: the second would be told what the first was"
    results = at_once([another('a'), another('b')], private, monkeypatch)
    assert sorted(done.exit_code for done in results) == [0, 1]
    assert [f.rule for done in results for f in done.findings] == ['entry.meanwhile']
    assert len([event for event in read_log(private/'log.jsonl') if event['kind'] == 'entry']) == 1

@pytest.mark.parametrize('kind, letter, outcome', [
    ('confirmed', 'B', ('confirmed', 'B')), ('not decided', 'C', ('reproduced', 'C')), ('refuted', 'B', ('refuted', 'B')), ('not decided', 'F', None)])
def test_standings(kind, letter, outcome, here, first_bundle, ruling):
    ruling |= {'kind': kind, 'letter': letter}
    before, done = files_in(here), enter(first_bundle, here, 'marie', now=DURING)
    if outcome: assert (done.row['standing'], done.row['grade']) == outcome
    else: assert done.row is None and done.exit_code == 3 and files_in(here) == before
    ranked = [row for board in make_board(here).document['boards'] for row in board['rows']]
    assert len(ranked) == (outcome is not None and outcome[0] != 'refuted')

def test_faster_than_a_machine_can_be_is_no_number(first_bundle):
    odd = verdict(first_bundle, 'not decided')
    odd.steps[-1].findings = [e.Finding('outside.plausible_time', '$', '1 ns', 'more', 'warning')]
    assert e.standing_of(odd) is None and e.times_found(odd) == {}

# what is no entry here

def refusal_of(done, here, rule):
    assert rule in rules_of(done.findings) and done.exit_code == 1 and done.row is None
    kinds = [event['kind'] for event in read_log(here/'log.jsonl')]
    assert kinds == ['open', 'refusal'] and check_competition(here) == []

def test_other_data(here, first_bundle, ruling):
    text, rules = (here/'competition.toml').read_text(encoding='utf-8'), read_competition(here)
    (here/'competition.toml').write_text(text.replace(rules.data['sha256'], 'ab'*32), encoding='utf-8')
    open_competition(here)
    for _ in range(2):  # a refusal is noted but once
        refusal_of(enter(first_bundle, here, 'marie', now=DURING), here, 'entry.data')
    assert ruling['calls'] == 0

def test_another_baseline(here, tmp_path, ruling):
    save_bundle(tmp_path/'b', network(32, seed=5), network(8), *data(), quick=True)
    refusal_of(enter(tmp_path/'b', here, 'marie', now=DURING), here, 'entry.baseline')

@pytest.mark.parametrize('division', ['open', 'data-centric', 'nonsense'])
def test_a_division_that_is_not_offered(division, here, first_bundle, ruling):
    refusal_of(enter(first_bundle, here, 'marie', division, now=DURING), here, 'entry.division')

def test_data_centric_keeps_the_network(here, first_bundle, tmp_path, ruling):
    text = (here/'competition.toml').read_text(encoding='utf-8')
    (here/'competition.toml').write_text(text.replace('["closed"]', '["closed", "data-centric"]'), encoding='utf-8')
    open_competition(here)
    refusal_of(enter(first_bundle, here, 'marie', 'data-centric', now=DURING), here, 'entry.network')
    bundle_for(here, network(32, seed=9), tmp_path/'same', quick=True)
    assert enter(tmp_path/'same', here, 'marie', 'data-centric', now=DURING).row['division'] == 'data-centric'

def test_a_bundle_with_errors(here, first_bundle, tmp_path, ruling):
    shutil.copytree(first_bundle, tmp_path/'b')
    (tmp_path/'b'/'models'/'optimized.safetensors').write_bytes(b'nothing')
    done = enter(tmp_path/'b', here, 'marie', now=DURING)
    assert done.exit_code == 1 and ruling['calls'] == 0 and done.findings[0].rule.startswith(('bundle.', 'model.'))

def test_what_is_no_bundle_is_not_logged(here, tmp_path, ruling):
    (tmp_path/'empty').mkdir()
    before = files_in(here)
    assert enter(tmp_path/'empty', here, 'marie', now=DURING).exit_code == 1 and files_in(here) == before
    with pytest.raises(FileNotFoundError): enter(tmp_path/'no such', here, 'marie', now=DURING)

@pytest.mark.parametrize('team', ['', ' ', 'a\nb', 'x'*101, 'a\u202eb', 'a\x00', 'marie\u200b', 'mar\u3164ie', 'marie\ufe0f'])
def test_names_of_teams(team, here, first_bundle):
    with pytest.raises(ValueError, match='team'): enter(first_bundle, here, team, now=DURING)

@pytest.mark.parametrize('team', ['Marie', '\uff4darie', 'mar ie', 'MARIE'])
def test_a_name_that_imitates_another_is_refused(team, here, first_bundle, another, ruling):
    enter(first_bundle, here, 'marie', now=DURING)
    before = files_in(here)
    assert rules_of(enter(another('b'), here, team, now=DURING).findings) == ['entry.team'] and files_in(here) == before
    assert enter(another('b'), here, 'someone', now=DURING).exit_code == 0

def test_a_time_without_offset(here, first_bundle):
    with pytest.raises(ValueError, match='offset'): enter(first_bundle, here, 'marie', now='2026-12-05T12:00:00')

# logs and disks

def test_a_torn_log_takes_no_entry(here, first_bundle, ruling):
    with open(here/'log.jsonl', 'ab') as file: file.write(b'{"seq":')
    before = files_in(here)
    with pytest.raises(LogError, match='torn'): enter(first_bundle, here, 'marie', now=DURING)
    with pytest.raises(CompetitionError, match='torn'): make_board(here)
    assert files_in(here) == before and rules_of(check_competition(here)) == ['log.torn']

def test_a_disk_that_fills_up_loses_nothing(here, first_bundle, ruling, monkeypatch):
    before = files_in(here)
    import tinytorch.competition.log as log
    def full(file, line): raise OSError(28, 'No space left on device')
    monkeypatch.setattr(log, 'write_through', full)
    with pytest.raises(OSError, match='No space'): enter(first_bundle, here, 'marie', now=DURING)
    assert files_in(here) == before
    monkeypatch.undo()

@pytest.mark.parametrize('after', ['write_through', 'write_atomically'])
def test_a_key_pressed_at_the_worst_moment_keeps_the_evidence_of_what_is_logged(after, here, first_bundle, ruling, monkeypatch):
    import tinytorch.competition.log as log
    real = getattr(log, after)
    def stop(*given):
        real(*given)
        raise KeyboardInterrupt
    monkeypatch.setattr(log, after, stop)
    with pytest.raises(KeyboardInterrupt): enter(first_bundle, here, 'marie', now=DURING)
    monkeypatch.undo()
    assert [f for f in check_competition(here) if f.severity == 'error'] == []
    assert len(make_board(here).document['boards']) == 1

@pytest.mark.skipif(os.name != 'posix' or os.geteuid() == 0, reason='root writes anywhere')
def test_a_read_only_folder_is_found_out_before_anything_is_measured(here, first_bundle, ruling):
    here.chmod(0o555)
    try:
        with pytest.raises(OSError): enter(first_bundle, here, 'marie', now=DURING)
    finally: here.chmod(0o755)
    assert ruling['calls'] == 0

def test_nothing_can_be_written_is_found_out_before_anything_is_measured(here, first_bundle, ruling, monkeypatch):
    def no(path): raise OSError(30, 'Read-only file system', str(path))
    monkeypatch.setattr(e, 'check_writable', no)
    with pytest.raises(OSError, match='Read-only'): enter(first_bundle, here, 'marie', now=DURING)
    assert ruling['calls'] == 0

def test_evidence_that_was_changed_makes_no_board(here, first_bundle, ruling):
    row = enter(first_bundle, here, 'marie', now=DURING).row
    path = here/'entries'/f"{row['entry']}.json"
    path.write_bytes(path.read_bytes().replace(b'"marie"', b'"Marie"'))
    with pytest.raises(CompetitionError, match='board.evidence'): make_board(here)

def test_a_board_by_other_rules(here, first_bundle, ruling, tmp_path):
    text = (here/'competition.toml').read_text(encoding='utf-8')
    (tmp_path/'other.toml').write_text(text.replace('total = 50', 'total = 49'), encoding='utf-8')
    with pytest.raises(CompetitionError, match='entry.rules'): make_board(here, tmp_path/'b.json', tmp_path/'other.toml')
    assert not (tmp_path/'b.json').exists()

def test_a_board_elsewhere_has_no_links_that_lead_nowhere(here, first_bundle, ruling, tmp_path):
    entry = enter(first_bundle, here, 'marie', now=DURING).row['entry']
    make_board(here), make_board(here, tmp_path/'b.json')
    assert f'entries/{entry}.html' in (here/'board.html').read_text(encoding='utf-8')
    assert f'entries/{entry}.html' not in (tmp_path/'b.html').read_text(encoding='utf-8')
    assert (tmp_path/'b.json').read_bytes() == (here/'board.json').read_bytes()

# the close and the private part

def test_the_close(here, first_bundle, another, ruling):
    enter(first_bundle, here, 'marie', now=DURING)
    before = files_in(here)
    with pytest.raises(CompetitionError, match='too-early'): close_competition(here, now=DURING)
    assert files_in(here) == before
    close_competition(here, now=CLOSES)
    with pytest.raises(CompetitionError, match='entry.closed'): close_competition(here, now=CLOSES)
    assert rules_of(enter(another('late'), here, 'marie', now=DURING).findings) == ['entry.closed']
    assert make_board(here).document['state'] == 'closed' and recompute(here/'board.json') == []

@pytest.fixture
def private(here):
    "The competition with a private part in a file"
    x, y = data(900)
    part, secret = e.npz_bytes({'inputs': x[120:], 'labels': y[120:]}), e.new_secret()
    (here/'private.npz').write_bytes(part)
    e.write_secret(here/'secret.toml', secret)
    said = f'\n[private]\nkind = "file"\nsamples = 780\ncommitment = "{e.commitment_of(part, secret)}"\n\n[baseline]'
    text = (here/'competition.toml').read_text(encoding='utf-8')
    (here/'competition.toml').write_text(text.replace('\n[baseline]', said, 1), encoding='utf-8')
    open_competition(here)
    return here

def test_private_accuracy_is_sealed_until_the_close(private, first_bundle, ruling):
    row = enter(first_bundle, private, 'marie', now=DURING).row
    assert not {'accuracy', 'accuracy_change'} & set(row['metrics']) and len(row['sealed']) == 64
    assert row['decisions'] == {'community': {'accuracy_change': 'met'}}
    assert abs(row['released']['accuracy'] - 1) < 2.5/780**.5
    assert not {'right', '780'} & set((private/'entries'/f"{row['entry']}.json").read_text().split('"'))
    board = make_board(private).document['boards'][0]
    assert abs(board['rows'][0]['value'] - row['released']['accuracy']) < 1/780  # what the Ladder let out, until the close
    assert [line['provisional'] for line in board['rows']] == [True]  # by what the Ladder told
    assert (private/'sealed.jsonl').stat().st_mode & 0o77 == 0 or os.name != 'posix'
    close_competition(private, now=CLOSES)
    told = read_log(private/'log.jsonl')[-1]['body']
    assert told['private'][row['entry']]['metrics']['accuracy'] == {'value': 1, 'right': 780, 'n': 780}
    assert make_board(private).document['boards'][0]['rows'][0]['value'] == 1 and recompute(private/'board.json') == []

def test_a_decision_on_what_is_sealed_comes_only_with_a_release(private, first_bundle, another, ruling):
    "A yes or no for each entry tells nearly as much as its score"
    assert {'decisions', 'released'} <= set(enter(first_bundle, private, 'marie', now=DURING).row)
    row = enter(another('again'), private, 'marie', now=DURING).row
    assert row['sealed'] and not {'decisions', 'released'} & set(row)
    board = make_board(private).document['boards'][0]
    assert [line['kind'] for line in board['not_ranked']] == ['sealed'] and len(board['rows']) == 1
    assert 'decisions' not in e.private_row({'accuracy': {'value': .5, 'right': 1, 'n': 2}}, [], 'marie', Unranked, e.new_secret())

class Unranked: tiers, quotas = (), {'total': 5}

def test_another_private_file_than_was_promised(private, first_bundle, ruling):
    (private/'private.npz').write_bytes(e.npz_bytes(dict(zip(('inputs', 'labels'), data(50)))))
    with pytest.raises(CompetitionError, match='entry.private'): enter(first_bundle, private, 'marie', now=DURING)
    assert [event['kind'] for event in read_log(private/'log.jsonl')] == ['open']

def test_sealed_measurements_that_are_lost_stop_the_close(private, first_bundle, ruling):
    enter(first_bundle, private, 'marie', now=DURING)
    (private/'sealed.jsonl').write_bytes(b'{"torn')
    with pytest.raises(CompetitionError, match='reveal.missing'): close_competition(private, now=CLOSES)

# the rest

def test_calls_of_a_percentile_are_enough_and_stricter_with_the_quota():
    class Asked: percentile, quotas, tiers = .99, {'total': 50}, ()
    n = e.calls_wanted(Asked)
    found = e.measured_percentile(np.r_[np.ones(n - 2), 50, 60], .99, e.sure_enough(Asked))
    assert found['high'] == 1 and abs(e.sure_enough(Asked) - .999) < 1e-12
    assert 'high' not in e.measured_percentile(np.ones(e.calls_needed(.99, .999) - 1), .99, .999)

def test_macs_are_products_alone():
    assert e.macs_of(network(8), np.zeros((5, 16), np.float32)) == 16*8 + 8*3
    pictures = Sequential(Conv2d(3, 4, 3, 1, 1, rng=0), ReLU(), Flatten(), Linear(4*36, 2, rng=0)).eval()
    assert e.macs_of(pictures, np.zeros((5, 3, 6, 6), np.float32)) == 4*36*27 + 4*36*2

def test_the_class_baseline_is_the_capstones(monkeypatch):
    import tinytorch.capstone as capstone
    class Trained(Exception): "As far as the capstone has to get"
    def stop(model, *given): raise Trained(model)
    monkeypatch.setattr(capstone, 'optimize', stop)
    with pytest.raises(Trained) as found: capstone.run_capstone(backend='numpy')
    model, x, y, names = e.capstone_baseline()
    theirs, (images, labels) = found.value.args[0].state_dict(), capstone.load('digits').test
    assert all((value == theirs[name]).all() for name, value in model.state_dict().items()) and len(theirs) == 4
    assert (x == capstone.flat(images[:, None])).all() and (y == labels).all() and names[0] == 'baseline_mlp'

# logs that a host wrote by hand

@pytest.mark.parametrize('bad', [{}, {'entry': 5}, {'released': 5}, {'decisions': [1]}, {'team': ['x']}, {'accepted_at': '9999-99-99'}])
def test_a_row_that_is_none_is_a_finding(bad, here, first_bundle, ruling):
    row = enter(first_bundle, here, 'marie', now=DURING).row
    append(here/'log.jsonl', 'entry', {**row, 'entry': '1'*64, **bad} if bad else {})
    assert rules_of(check_competition(here)) == ['board.row']
    with pytest.raises(CompetitionError, match='line 3'): make_board(here)

def test_nothing_is_entered_after_the_close_nor_opened_twice(here, first_bundle, ruling):
    row = enter(first_bundle, here, 'marie', now=DURING).row
    append(here/'log.jsonl', 'close', {'at': CLOSES, 'private': {}})
    make_board(here)
    for kind, body in ('entry', row), ('open', {'rules': row['rules']}), ('close', {}): append(here/'log.jsonl', kind, body)
    assert rules_of(check_competition(here)) == ['board.order']*3

def test_a_report_that_cannot_be_written_is_a_warning(here, first_bundle, ruling, monkeypatch):
    def full(*given): raise OSError(28, 'No space left on device')
    monkeypatch.setattr(e, 'write_report', full)
    done = enter(first_bundle, here, 'marie', now=DURING)
    assert rules_of(done.findings) == ['entry.report'] and done.exit_code == 0 and done.head and check_competition(here) == []

# the commands

def ask(*words):
    "(exit code, the document) of a command of `tito`"
    from click.testing import CliRunner
    from tinytorch.cli import main
    result, plain = [CliRunner().invoke(main, [*map(str, words), *more]) for more in (['--json'], [])]
    return result.exit_code, json.loads(result.stdout), plain

def test_commands_from_new_to_board(first_bundle, tmp_path, ruling):
    folder = tmp_path/'spring'
    code, said, plain = ask('competition', 'new', '--template', 'community', folder, '--closes', '2999-01-01', '--baseline', first_bundle)
    assert code == 0 and said['rules'] == read_competition(folder).digest
    assert plain.exit_code == 2 and 'not empty' in plain.stderr  # the second time
    for words in ('check', folder), ('show', folder), ('open', folder): assert ask('competition', *words)[0] == 0
    code, said, plain = ask('enter', first_bundle, '--competition', folder, '--team', 'Zoë')
    assert code == 0 and said['row']['team'] == 'Zoë' and said['exit_code'] == 0 and 'entry.duplicate' in plain.output
    code, said, plain = ask('board', folder/'competition.toml', folder)
    assert code == 0 and said['document']['head'] == verify_log(folder/'log.jsonl').head and 'Zoë' in plain.output
    assert ask('board', '--check', folder/'board.json')[:2] == (0, {'board': str(folder/'board.json'), 'findings': []})
    code, said, plain = ask('log', 'verify', folder/'log.jsonl', '--head', said['document']['head'])
    assert code == 0 and said['events'] == 2
    code, said, plain = ask('competition', 'close', folder)
    assert code == 1 and [f['rule'] for f in said['findings']] == ['entry.too-early'] and 'entry.too-early' in plain.output
    code, said, plain = ask('competition', 'close', folder, '--early')
    assert code == 0 and plain.exit_code == 1 and 'entry.closed' in plain.output  # the second time

def test_commands_on_what_is_broken(here, first_bundle, ruling):
    make_board(here)
    with open(here/'log.jsonl', 'ab') as file: file.write(b'{"seq":')
    for words in (('competition', 'check', here), ('enter', first_bundle, '--competition', here, '--team', 'marie'), ('log', 'verify', here/'log.jsonl'),
                  ('board', here/'competition.toml', here), ('board', '--check', here/'board.json')):
        code, said, plain = ask(*words)
        assert code == plain.exit_code == 1 and 'log.torn' in [f['rule'] for f in said['findings']] and 'log.torn' in plain.output
    assert ask('log', 'repair', here/'log.jsonl')[:2] == (0, {'log': str(here/'log.jsonl'), 'cut': 7, 'findings': []})
    assert ask('board', '--check', here/'board.json')[0] == 0
    board = (here/'board.json').read_bytes()
    (here/'board.json').write_bytes(board.replace(b'"open"', b'"closed"'))
    assert ask('board', '--check', here/'board.json')[0] == 1
    (here/'competition.toml').write_text('title = 5', encoding='utf-8')
    for words in (('check', here), ('show', here), ('open', here)):
        code, said, plain = ask('competition', *words)
        assert code == 1 and said['findings'][0]['rule'].startswith('rules.') and 'rules.' in plain.output

def test_not_decided_is_three(here, first_bundle, ruling):
    ruling |= {'kind': 'not decided', 'letter': 'F'}
    code, said, plain = ask('enter', first_bundle, '--competition', here, '--team', 'marie')
    assert (code, said['row'], said['verdict']) == (1, None, None) and 'entry.early' in plain.output  # it opens in December
    text = (here/'competition.toml').read_text(encoding='utf-8')
    (here/'competition.toml').write_text(text.replace(OPENS, '2020-01-01T00:00:00Z').replace(CLOSES, '2999-01-01T00:00:00Z'), encoding='utf-8')
    open_competition(here)
    code, said, plain = ask('enter', first_bundle, '--competition', here, '--team', 'marie')
    assert (code, said['row'], said['verdict'], plain.exit_code) == (3, None, 'not decided', 3) and 'try again' in plain.output
