"The private part: what is promised binds and hides, what is revealed is compared, and what is told in between says little"
import hashlib, os, stat
from dataclasses import dataclass, replace

import numpy as np
import pytest

from tinytorch.competition.log import append, read_log
from tinytorch.competition.private import (
    Ladder, check_reveal, commitment_of, ladder_of, ladder_step, new_secret, private_seed, read_secret, sealed, simulate_guesses, write_secret)
from tinytorch.submission import canonical_bytes

SECRET, N = bytes(range(32)), 10_000

# promises

def test_a_commitment_is_the_hash_of_salt_and_data():
    assert commitment_of(b'data', SECRET) == hashlib.sha256(SECRET + b'data').hexdigest() == commitment_of(b'data', SECRET.hex())
    assert private_seed('a', SECRET) == int(hashlib.sha256(b'a' + SECRET).hexdigest(), 16)
    assert len({private_seed(name, secret) for name in 'ab' for secret in (SECRET, bytes(32))}) == 4
    assert sealed({'x': 1.0}, SECRET) == hashlib.sha256(canonical_bytes({'metrics': {'x': 1}, 'salt': SECRET.hex()})).hexdigest()

def test_an_unsalted_hash_of_few_values_is_guessed_and_a_salted_one_is_not():
    scores = [f'{right/N:.4f}' for right in range(N + 1)]
    published = hashlib.sha256(b'0.8531').hexdigest()
    assert [score for score in scores if hashlib.sha256(score.encode()).hexdigest() == published] == ['0.8531']
    promised = commitment_of(b'0.8531', new_secret())
    assert not any(hashlib.sha256(score.encode()).hexdigest() == promised for score in scores)

def test_secrets_are_32_bytes_and_none_is_like_another():
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100 and {len(secret) for secret in made} == {32}

@pytest.mark.parametrize('wrong', [b'', bytes(31), bytes(33), 'ab', 'A'*64, '0'*63, None, 7, bytearray(32)], ids=range(9))
def test_what_is_no_salt_is_refused(wrong):
    for act in (lambda: commitment_of(b'', wrong), lambda: private_seed('a', wrong), lambda: sealed({}, wrong)):
        with pytest.raises(ValueError): act()

def test_measurements_that_json_cannot_hold_are_not_sealed():
    with pytest.raises(ValueError): sealed({'accuracy': {'value': float('nan')}}, SECRET)

# the secret's file

def test_the_secrets_file_is_its_owners_and_whole(tmp_path, monkeypatch):
    path, modes, real = tmp_path/'secret.toml', [], os.fsync
    def look(number):  # before the secret is moved into its place, its bytes are in a file that nobody else can read
        modes.append(stat.S_IMODE(os.fstat(number).st_mode))
        real(number)
    monkeypatch.setattr(os, 'fsync', look)
    before = os.umask(0)
    try: write_secret(path, SECRET)
    finally: os.umask(before)
    assert read_secret(path) == SECRET and modes
    if os.name != 'nt': assert stat.S_IMODE(path.stat().st_mode) == 0o600 and set(modes) == {0o600}

def test_a_secret_is_never_written_over(tmp_path):
    write_secret(tmp_path/'secret.toml', SECRET)
    with pytest.raises(FileExistsError) as caught: write_secret(tmp_path/'secret.toml', new_secret())
    assert caught.value.filename and read_secret(tmp_path/'secret.toml') == SECRET

@pytest.mark.parametrize('step', ['fsync', 'replace'])
def test_a_full_disk_leaves_no_half_secret(tmp_path, monkeypatch, step):
    def fails(*given): raise OSError(28, 'No space left on device')
    monkeypatch.setattr(os, step, fails)
    with pytest.raises(OSError) as caught: write_secret(tmp_path/'secret.toml', SECRET)
    assert caught.value.filename == str(tmp_path/'secret.toml') and not list(tmp_path.iterdir())

def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(FileNotFoundError): write_secret(tmp_path/'none'/'secret.toml', SECRET)
    with pytest.raises(FileNotFoundError): read_secret(tmp_path/'secret.toml')

@pytest.mark.parametrize('data', [b'', b'# only a comment\n', b'secret = ""\n', b'secret = "' + b'a'*63 + b'"\n', (b'secret = "' + b'a'*64 + b'"\n')*2,
                                  b'secret = "' + b'a'*64 + b'"\nmore = 1\n', b'\xff\xfe'], ids=range(7))
def test_a_file_that_holds_no_secret_is_named(tmp_path, data):
    (tmp_path/'secret.toml').write_bytes(data)
    with pytest.raises(ValueError) as caught: read_secret(tmp_path/'secret.toml')
    assert str(tmp_path/'secret.toml') in str(caught.value)

# the reveal

STEP = ladder_step(N)

def measured(right): return {'accuracy': {'value': right/N, 'right': right, 'n': N}}

@pytest.fixture
def closed():
    "(commitment, body of the close, rows) of an honest competition"
    rows, private = [], {}
    for entry, team, right in (('a', 'marie', 8531), ('b', 'Zoë', 8790), ('c', 'marie', 8602), ('d', 'marie', 8799)):
        salt, told = new_secret().hex(), ladder_of(rows, team, STEP).release(right/N)
        rows.append({'entry': entry, 'team': team, 'sealed': sealed(measured(right), salt), **({} if told is None else {'released': {'accuracy': told}})})
        private[entry] = {'metrics': measured(right), 'salt': salt}
    rows.append({'entry': 'e', 'team': 'someone'})  # its measurements are no secret
    return commitment_of(b'labels', SECRET), {'at': '2027-01-31T00:00:00Z', 'secret': SECRET.hex(), 'private': private}, rows

def found(closed, data=b'labels', step=STEP, **changes):
    commitment, close, rows = closed
    return [(each.rule, each.path) for each in check_reveal(commitment, close | changes, rows, data, step)]

def test_an_honest_close_has_no_findings(closed):
    assert found(closed) == [] and [row.get('released') for row in closed[2]] == [{'accuracy': .85}, {'accuracy': .875}, None, {'accuracy': .875}, None]

@pytest.mark.parametrize('secret', [None, '', 'ab', 7, 'A'*64])
def test_a_secret_that_is_none(closed, secret): assert found(closed, secret=secret) == [('reveal.secret', '$.secret')]

def test_another_secret_or_other_data(closed):
    assert found(closed, secret='00'*32) == found(closed, data=b'Labels') == [('reveal.commitment', '$.secret')]

@pytest.mark.parametrize('change, rule', [
    (lambda private: private.pop('b'), 'missing'), (lambda private: private['b'].update(metrics=measured(8791)), 'sealed'), (lambda private: private['b'].update(salt='00'*32), 'sealed'),
    (lambda private: private['b'].update(more=1), 'form'), (lambda private: private['b'].pop('salt'), 'form'), (lambda private: private.update(b='x'), 'form'),
    (lambda private: private['b'].update(salt='short'), 'form'), (lambda private: private['b'].update(metrics=[1]), 'form')], ids=range(8))
def test_what_is_not_as_it_was_sealed(closed, change, rule):
    change(closed[1]['private'])
    assert found(closed) == [(f'reveal.{rule}', '$.private.b')]

def test_two_openings_exchanged(closed):
    private = closed[1]['private']
    private['a'], private['b'] = private['b'], private['a']
    assert found(closed) == [('reveal.sealed', '$.private.a'), ('reveal.sealed', '$.private.b')]

def test_an_entry_nobody_logged_and_one_without_a_seal(closed):
    private = closed[1]['private']
    private |= {'e': private['a'], 'f': private['a']}
    assert found(closed) == [('reveal.unsealed', '$.private.e'), ('reveal.unknown', '$.private.f')]

@pytest.mark.parametrize('private', [None, [], 'x', 7])
def test_a_reveal_of_another_form(closed, private): assert found(closed, private=private) == [('reveal.form', '$.private')]

@pytest.mark.parametrize('entry, told', [(0, .875), (0, None), (2, .85), (3, None), (3, .9)])
def test_an_answer_the_ladder_would_not_have_given(closed, entry, told):
    row = closed[2][entry]
    row.pop('released', None)
    if told is not None: row['released'] = {'accuracy': told}
    assert found(closed) == [('reveal.released', f'$.private.{row["entry"]}')] and found(closed, step=None) == []

def test_sealed_rubbish_is_no_crash(closed):
    for metrics in ({'accuracy': 7}, {'accuracy': {'value': 'high'}}, {}):
        salt = new_secret().hex()
        closed[1]['private']['b'], closed[2][1]['sealed'] = {'metrics': metrics, 'salt': salt}, sealed(metrics, salt)
        assert found(closed) == [('reveal.released', '$.private.b')]

# the Ladder

def by_the_paper(scores, step):
    "Blum and Hardt (2015), figure 1, in errors as they have it: R falls when a loss is below it by more than the step"
    best, told = float('inf'), []
    for loss in (1 - score for score in scores):
        if loss < best - step:
            best = round(loss/step)*step
            told.append(1 - best)
        else: told.append(None)
    return told

@pytest.mark.parametrize('step', [.01, .02, .025])
def test_the_ladder_is_that_of_the_paper(step):
    rng, ladder, told = np.random.default_rng(0), Ladder(step), []
    scores = np.clip(np.cumsum(rng.normal(.0002, .01, 2000)) + .5, .01, .99) + 1e-7  # on no boundary
    for score in scores:
        told.append(ladder.release(score))
        ladder = ladder.after(score)
    expected = by_the_paper(scores, step)
    assert [said is None for said in told] == [said is None for said in expected]
    assert [said for said in told if said] == pytest.approx([said for said in expected if said], abs=1e-8) and sum(said is not None for said in told) > 5

def test_the_state_follows_from_the_log_alone(tmp_path):
    "A host who begins anew before every entry answers as one who never stopped"
    rng, log, going = np.random.default_rng(1), tmp_path/'log.jsonl', {}
    for i in range(40):
        team, score = ('marie', 'Zoë')[i % 2], float(rng.integers(4000, 9000))/N
        rows = [event['body'] for event in read_log(log)] if log.exists() else []
        told, ladder = ladder_of(rows, team, STEP).release(score), going.get(team, Ladder(STEP))
        assert told == ladder.release(score)
        going[team] = ladder.after(score)
        append(log, 'entry', {'team': team, 'released': {} if told is None else {'accuracy': told}})
    assert all(ladder_of([event['body'] for event in read_log(log)], team, STEP) == going[team] for team in going)

@pytest.mark.parametrize('step', [0, -.1, 1, 2, float('nan')])
def test_a_step_that_is_none(step):
    with pytest.raises(ValueError): Ladder(step)

def test_an_improvement_under_the_step_is_unseen():
    ladder = Ladder(STEP).after(.85)
    assert ladder.release(.85 + STEP - .0001) is None and ladder.release(.85 + STEP + .0001) == round(.85 + STEP, 9)

@pytest.mark.parametrize('n', [0, -1])
def test_a_part_of_no_labels_has_no_step(n):
    with pytest.raises(ValueError): ladder_step(n)

# simulations

def gains(ladder=None, queries=1000, seeds=200):
    "Mean gain on the labels that answers were about, and on others, in points, and its standard error"
    rng = np.random.default_rng(7)
    found = np.array([simulate_guesses(queries, N, ladder, rng) for _ in range(seeds)])*100
    return *found.mean(0), found[:, 0].std()/seeds**.5

@dataclass(frozen=True)
class Moved:
    "The Ladder for scores that lie `by` higher: 1 is a step upwards"
    ladder: Ladder
    by: float
    def release(self, score):
        told = self.ladder.release(score + self.by)
        return None if told is None else float(self.ladder.told is not None)
    def after(self, score): return replace(self, ladder=self.ladder.after(score + self.by))

@dataclass(frozen=True)
class Decided:
    "Met, not met or not decidable, and nothing else; with a `ladder`, of those alone of which it tells something"
    ladder: Ladder = None
    def release(self, score):
        if self.ladder and self.ladder.release(score) is None or abs(score - .5) < 1.645*.5/N**.5: return None
        return float(score > .5)
    def after(self, score): return self if self.ladder is None else replace(self, ladder=self.ladder.after(score))

def test_exact_scores_give_the_labels_away_and_teach_nothing():
    gain, elsewhere, _ = gains()
    assert 6.5 < gain < 7.7 and abs(elsewhere) < .2  # sqrt(2*1000/pi/1e4)/sqrt(2*pi)... about 7.1

def test_the_ladder_gives_less_than_one_point():
    gain, elsewhere, error = gains(Ladder(STEP))
    assert gain + 3*error < 1 and abs(elsewhere) < .2

@pytest.mark.parametrize('by', [.375, .5])
def test_wherever_the_grid_lies(by):
    gain, elsewhere, error = gains(Moved(Ladder(STEP), by*STEP), seeds=200)
    assert gain + 3*error < 1 and abs(elsewhere) < .2

def test_decisions_are_answers_too_unless_the_ladder_is_asked_first():
    assert gains(Decided(), seeds=50)[0] > 5 and gains(Decided(), 50)[0] > 1
    gain, elsewhere, error = gains(Decided(Ladder(STEP)))
    assert gain + 3*error < 1 and abs(elsewhere) < .2

def climbed(ladder, rng, queries=1000, n=N):
    "Gain of one who turns ten labels after ten over, and keeps what is told to be better"
    right = rng.integers(0, 2, (queries, n//queries)).sum(1)
    score = right.sum()
    told, state = score, ladder and ladder.after(score/n)
    for block in right:
        tried = score + n//queries - 2*block
        if ladder is None: better = tried > told
        else:
            better = state.release(tried/n) is not None
            state = state.after(tried/n)
        if better: score = told = tried
    return 100*(score/n - .5)

def test_one_who_learns_from_each_answer_climbs_no_ladder():
    rng = np.random.default_rng(3)
    exact, laddered = (np.array([climbed(ladder, rng) for _ in range(200)]) for ladder in (None, Ladder(STEP)))
    assert exact.mean() > 10 and abs(laddered.mean()) < .3

def test_a_thousand_names_are_not_guarded_against():
    @dataclass(frozen=True)
    class Names:
        def release(self, score): return Ladder(STEP).release(score)
        def after(self, score): return self
    assert gains(Names(), seeds=50)[0] > 2
