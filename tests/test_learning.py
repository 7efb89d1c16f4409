"The learner's loop: true progress, hints, skips, completing; what bad input gets; and no wrong line of any core exercise gets through"
import json, os, shutil, signal, subprocess, sys
from functools import lru_cache
from types import SimpleNamespace

import pytest

import tinytorch
from learner import body, change, core, put, reference, solve, stored
from notebooks import ROOT, pages
from tinytorch import checking, learning
from tinytorch.checking import Engine, Result
from tinytorch.course import PageError, is_unwritten
from tinytorch.exercises import reference_page
from tinytorch.learning import check, complete, hint, next_exercise, note, recheck, skip, solution, status
from tinytorch.workspace import HOUSE, Workspace, WorkspaceError, init

@pytest.fixture(scope='module')
def given(tmp_path_factory):
    "A workspace as it is given, in a path that has a space and other letters than ours"
    return init(tmp_path_factory.mktemp('Zoë')/'mein Kurs – 学', pages=['00', '02', '03', '05'])

@pytest.fixture
def ws(given, tmp_path):
    "A copy of it"
    shutil.copytree(given.folder, tmp_path/'mein Kurs – 学')
    return Workspace(tmp_path/'mein Kurs – 学')

def judged(page, reference, root, names, engine=None):
    "A stand-in for the engine: what is not the course's code is wrong, but for `# right`"
    for name in names:
        cell, = [cell for other, cell in page.exercises if other == name]
        code = cell.code.strip()
        fine = code == dict(reference.exercises)[name].code.strip() or '# right' in code
        try: state = 'not written yet' if is_unwritten(code, name) else 'passed' if fine else 'wrong'
        except SyntaxError: state = 'broken'
        yield Result(name, page.stem, state)

@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(learning, 'check_page', judged)
    monkeypatch.setattr(learning, 'behavior_tests', lambda ws, page: learning.counted([('test_it', 'passed', '')]))

def words(ws, stem): return next(row.words for row in status(ws).rows if row.page == stem)
def module(ws, *parts): return ws.folder.joinpath('tinytorch', *parts)
RELU = ('core', 'activations.py')

# progress

def test_a_cell_that_has_not_run_is_no_result(ws):
    result = checking.check_here(ws.page('05'), 'mul_vjp', reference_page('05_autograd'), {'In': []}, ws.folder)
    assert result.state == 'broken' and note(ws, result).results == [result]
    assert ws.state.get('page', '') == '' and 'mul_vjp' not in ws.state.get('exercises', {})

@pytest.mark.parametrize('notes', ['for i in range(3)\n  print(i)', 'relu?', '%%timeit\nrelu(', '!ls', 'to do: read on'])
def test_notes_that_are_no_python_are_in_nobodys_way(ws, notes):
    solve(ws, '02_activations', ['relu'])
    book = json.loads(ws.path('02_activations').read_text(encoding='utf-8'))
    book['cells'].insert(5, {'cell_type': 'code', 'id': 'notes', 'metadata': {}, 'outputs': [], 'execution_count': None, 'source': notes})
    ws.path('02_activations').write_text(json.dumps(book), encoding='utf-8')
    report = check(ws, 'relu')
    assert report.ok and report.exported and words(ws, '02_activations')['relu'] == 'passed'

def test_a_pass_belongs_to_the_cell_it_was_found_for(ws, quick):
    assert words(ws, '02_activations')['relu'] == 'not written yet'
    put(ws, 'relu', reference('02_activations', 'relu'))
    assert words(ws, '02_activations')['relu'] == 'not checked'
    report = check(ws, 'relu')
    assert report.ok and (report.done, report.total) == (1, len(core('02_activations'))) and words(ws, '02_activations')['relu'] == 'passed'
    put(ws, 'relu', stored('02_activations', 'relu', 'wrong')[0])
    assert words(ws, '02_activations')['relu'] == 'changed since'
    assert not check(ws, 'relu').ok and words(ws, '02_activations')['relu'] == 'wrong'
    put(ws, 'relu', reference('02_activations', 'relu') + '\n# right')
    assert words(ws, '02_activations')['relu'] == 'not checked'

def test_a_check_of_the_page_stops_at_the_first_that_fails(ws, quick):
    names = core('02_activations')
    solve(ws, '02_activations')
    put(ws, names[2], stored('02_activations', names[2], 'wrong')[0])
    assert [result.name for result in check(ws).results] == names[:3]
    assert [result.name for result in check(ws, all=True).results] == names
    assert [result.ok for result in check(ws, all=True).results] == [True, True, False, *[True]*(len(names) - 3)]

def test_the_page_is_the_one_at_work(ws, quick):
    assert check(ws).page == '00_start'
    body(ws, 'relu', 'return x')
    assert check(ws).page == '02_activations'
    body(ws, 'affine', 'return x')
    os.utime(ws.path('02_activations'), (2e9, 2e9))
    assert check(ws, 'relu').page == check(ws).page == '02_activations'
    os.utime(ws.path('03_layers'), (2.1e9, 2.1e9))
    assert check(ws, 'affine').earlier[-1].name == 'relu'  # page 02 comes first

def test_an_extra_counts_once_it_is_changed(ws, quick):
    name = next(name for name, cell in reference_page('02_activations').exercises if cell.extra == '')
    assert name not in words(ws, '02_activations')
    put(ws, name, reference('02_activations', name) + '\n# other')
    assert words(ws, '02_activations')[name] == 'not checked'
    solve(ws, '02_activations')
    assert [result.name for result in check(ws, all=True).results if not result.ok] == [name] and not complete(ws, '02').ok

def test_state_is_one_readable_file(ws, quick):
    solve(ws, '02_activations', ['relu'])
    check(ws, 'relu')
    state = json.loads((ws.folder/'.tito'/'progress.json').read_text(encoding='utf-8'))
    kept = state['exercises']['relu']
    assert state['version'] == 1 and kept['result'] == 'passed' and kept['cell'] == learning.fingerprint(ws.exercise('relu')[1].source)
    assert kept['hints'] == 0 and kept['solution_seen'] is False
    assert [p.name for p in (ws.folder/'.tito').iterdir() if p.suffix == '.tmp'] == []

@pytest.mark.parametrize('text', [b'', b'{', b'[]', b'\xff', b'{"exercises": 3}', b'{"exercises": {"relu": []}}', b'{"complete": null}', b'{"version": "2"}'], ids=range(8))
def test_a_state_that_cannot_be_read_says_so_and_stays(ws, text):
    file = ws.folder/'.tito'/'progress.json'
    file.write_bytes(text)
    for ask in (status, check, lambda ws: solution(ws, 'relu', True), lambda ws: complete(ws, '02')):
        with pytest.raises(WorkspaceError, match='progress.json'): ask(ws)
    assert file.read_bytes() == text

def kept(**changes): return json.dumps({'version': 1, 'exercises': {'relu': {'result': 'passed', 'cell': '', **changes}}})

@pytest.mark.parametrize('text', [kept(result=[1]), kept(hints='x'), kept(hints=-9), kept(hints=float('nan')), kept(hints=None), kept(cell=3), kept(solution_seen='no'),
                                  '{"version": 2}', '{"page": 3}', '['*100_000, 'NaN', '{"version": 1%s}' % ('0'*5000)], ids=range(12))
def test_a_state_of_other_types_changes_nothing(ws, text):
    file, page = ws.folder/'.tito'/'progress.json', ws.path('02_activations')
    file.write_text(text)
    before = page.read_bytes()
    for ask in (status, next_exercise, lambda ws: hint(ws, 'relu'), lambda ws: skip(ws, 'relu')):
        with pytest.raises(WorkspaceError, match='progress.json.*move it away'): ask(ws)
    assert page.read_bytes() == before and file.read_text() == text

def test_half_a_character_in_the_state_is_kept(ws):
    (ws.folder/'.tito'/'progress.json').write_text(r'{"version": 1, "exercises": {"\ud800": {"hints": 2}}}')
    hint(ws, 'relu')
    assert Workspace(ws.folder).state['exercises']['\ud800']['hints'] == 2

MANY = '''import sys
from tinytorch.learning import changing, keep
from tinytorch.workspace import Workspace
ws = Workspace(sys.argv[1])
for i in range(60):
    with changing(ws) as state: keep(state, f'{sys.argv[2]}{i}', hints=1)'''

def test_two_processes_that_write_at_once_lose_nothing(ws):
    writers = [subprocess.Popen([sys.executable, '-c', MANY, str(ws.folder), name], env={**os.environ, 'PYTHONPATH': str(ROOT)}) for name in 'ab']
    assert [writer.wait() for writer in writers] == [0, 0]
    assert len(ws.state['exercises']) == 120

def test_complete_is_not_believed_where_nothing_is_written(ws):
    page = ws.page('02')
    ws.write_state({'version': 1, 'exercises': {}, 'complete': {page.stem: learning.code_of(page)}})
    row, = [row for row in status(ws).rows if row.page == page.stem]
    assert not row.complete and not row.done

def test_a_page_without_cells_is_shown(ws, quick):
    solve(ws, '02_activations')
    check(ws, all=True)
    book = json.loads(ws.path('02_activations').read_bytes())
    ws.path('02_activations').write_text(json.dumps({**book, 'cells': []}))
    assert {*words(ws, '02_activations').values()} == {'gone'}

WRITER = '''import sys
from tinytorch.learning import changing, keep
from tinytorch.workspace import Workspace
ws, i = Workspace(sys.argv[1]), 0
print('ready', flush=True)
while True:
    i += 1
    with changing(ws) as state: keep(state, 'relu', hints=i, result='passed', cell='a'*64)'''

@pytest.mark.skipif(os.name == 'nt', reason='no kill -9 there')
def test_state_survives_kill_9(ws):
    for wait in (.05, .1, .15):
        child = subprocess.Popen([sys.executable, '-c', WRITER, str(ws.folder)], stdout=subprocess.PIPE, env={**os.environ, 'PYTHONPATH': str(ROOT)})
        assert child.stdout.readline() == b'ready\n'
        with pytest.raises(subprocess.TimeoutExpired): child.wait(timeout=wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        kept = Workspace(ws.folder).state['exercises'].get('relu', {'result': 'passed', 'cell': 'a'*64})
        assert kept['result'] == 'passed' and kept['cell'] == 'a'*64

def test_ctrl_c_in_a_check_leaves_the_state_whole(ws, quick, monkeypatch):
    solve(ws, '02_activations')
    check(ws, 'relu')
    before = ws.state
    def stopped(page, reference, root, names, engine=None):
        yield Result(names[0], page.stem, 'passed')
        raise KeyboardInterrupt
    monkeypatch.setattr(learning, 'check_page', stopped)
    with pytest.raises(KeyboardInterrupt): check(ws, all=True)
    assert ws.state == before

# export

def test_a_page_is_exported_when_all_that_is_written_has_passed(ws, quick):
    solve(ws, '02_activations', core('02_activations')[:2])
    first, second = core('02_activations')[:2]
    report = check(ws, first)
    assert report.ok and report.exported is None and second in report.note and not module(ws, *RELU).exists()
    report = check(ws)
    assert not report.ok and report.results[-1].state == 'not written yet' and report.exported.module == 'tinytorch.core.activations'
    text = module(ws, *RELU).read_text(encoding='utf-8')
    assert f"by_reference(globals(), '{core('02_activations')[2]}')  # not written yet" in text

def test_a_page_that_fails_keeps_its_last_good_module(ws, quick):
    solve(ws, '02_activations')
    check(ws, all=True)
    good = module(ws, *RELU).read_bytes()
    put(ws, 'relu', stored('02_activations', 'relu', 'wrong')[0])
    assert not check(ws, 'relu').ok and module(ws, *RELU).read_bytes() == good
    row, = [row for row in status(ws).rows if row.page == '02_activations']
    assert row.stale and 'older than the page' in str(row)

def test_a_later_check_exports_anew_what_was_changed_outside_of_exercises(ws, quick):
    solve(ws, '02_activations')
    check(ws, all=True)
    change(ws.path('02_activations'), lambda raw: raw if raw['cell_type'] != 'code' or '#| exporti' not in ''.join(raw['source']) or '#| exercise' in ''.join(raw['source']) else {**raw, 'source': ''.join(raw['source']) + '\n# mine'})
    assert check(ws, 'affine').results and '# mine' in module(ws, *RELU).read_text(encoding='utf-8')

def test_a_module_that_was_edited_by_hand_is_written_anew(ws, quick):
    solve(ws, '02_activations')
    check(ws, all=True)
    good = module(ws, *RELU).read_bytes()
    module(ws, *RELU).write_bytes(good + b'raise SystemExit')
    check(ws, 'affine')
    assert module(ws, *RELU).read_bytes() == good
    module(ws, *RELU).unlink()
    check(ws, 'affine')
    assert module(ws, *RELU).read_bytes() == good

def test_a_module_that_was_edited_by_hand_is_said(ws, quick):
    solve(ws, '02_activations')
    check(ws, all=True)
    for spoil in (lambda file: file.write_text('relu = 3'), lambda file: file.unlink()):
        spoil(module(ws, *RELU))
        row, = [row for row in status(ws).rows if row.page == '02_activations']
        assert row.edited and not row.complete and 'by hand' in str(row)

def test_what_is_wrong_on_an_earlier_page_ends_the_matter(ws, quick):
    solve(ws, '02_activations')
    check(ws, all=True)
    solve(ws, '03_layers')
    assert check(ws, 'affine').ok
    put(ws, 'relu', stored('02_activations', 'relu', 'wrong')[0])
    for ask in (lambda: check(ws, 'affine'), lambda: check(ws, 'affine')):  # it does not forget
        report = ask()
        assert report.exit_code == 1 and report.earlier[-1].name == 'relu' and not report.results and 'relu' in str(report)
    found = complete(ws, '03')
    assert not found.ok and 'page 02_activations fails' in str(found)
    skip(ws, 'relu')
    assert check(ws, 'affine').ok

def test_an_exercise_that_is_blank_again_is_by_reference_again(ws, quick):
    solve(ws, '02_activations')
    check(ws, all=True)
    ws.reset('relu')
    report = check(ws, 'affine')
    assert report.results and "by_reference(globals(), 'relu')  # not written yet" in module(ws, *RELU).read_text(encoding='utf-8')
    assert words(ws, '02_activations')['relu'] == 'not written yet'

# a notebook's kernel

def test_note_keeps_what_a_kernel_found(ws, quick):
    solve(ws, '02_activations', ['relu'])
    assert note(ws, Result('relu', '02_activations', 'passed')).exported and words(ws, '02_activations')['relu'] == 'passed'

def test_note_keeps_nothing_of_code_that_is_not_saved(ws, quick):
    solve(ws, '02_activations', ['relu'])
    note(ws, Result('relu', '02_activations', 'passed', unsaved=True))
    assert words(ws, '02_activations')['relu'] == 'not checked' and not module(ws, *RELU).exists()

# hints, solutions, skips

@pytest.fixture
def ladder(monkeypatch):
    found = SimpleNamespace(nudge='look', idea='think', skeleton='...')
    monkeypatch.setattr(learning, 'hints', lambda stem: {'relu': found})

def test_hints_come_one_at_a_time_and_are_counted(ws, ladder):
    assert [hint(ws, 'relu').text for _ in range(5)] == ['look', 'think', '...', '...', '...']
    assert ws.state['exercises']['relu']['hints'] == 3 and ws.state['exercises']['relu']['result'] == ''
    assert 'tito solution relu --show' in str(hint(ws, 'relu')) and 'solution' not in str(learning.Shown('relu', 'look', 2, 3))

def test_an_extra_without_hints_is_a_plain_word(ws, ladder):
    name = next(name for name, cell in reference_page('02_activations').exercises if cell.extra == '')
    assert 'extra' in hint(ws, name).text and name not in ws.state['exercises']

def test_a_solution_comes_after_the_pass_or_when_asked_for(ws, quick):
    with pytest.raises(learning.NotYet, match='--show'): solution(ws, 'relu')
    assert not ws.state['exercises'].get('relu', {}).get('solution_seen')
    assert solution(ws, 'relu', show=True).text == reference('02_activations', 'relu').strip('\n') and status(ws).seen == ['relu']
    solve(ws, '02_activations', ['sigmoid'])
    check(ws, 'sigmoid')
    assert solution(ws, 'sigmoid').text == reference('02_activations', 'sigmoid').strip('\n')
    body(ws, 'sigmoid', 'return 1')
    with pytest.raises(learning.NotYet): solution(ws, 'sigmoid')

def test_a_skip_is_said_everywhere(ws, quick):
    skip(ws, 'relu')
    assert status(ws).skipped == ['relu'] and words(ws, '02_activations')['relu'] == 'skipped'
    assert "by_reference(globals(), 'relu')  # skipped" in module(ws, *RELU).read_text(encoding='utf-8')
    solve(ws, '02_activations', [name for name in core('02_activations') if name != 'relu'])
    found = complete(ws, '02')
    assert found.ok and found.skipped == ['relu'] and 'relu' in str(found)

def test_a_skipped_page_is_not_older_than_its_module(ws, quick):
    skip(ws, 'relu')
    row, = [row for row in status(ws).rows if row.page == '02_activations']
    assert module(ws, *RELU).exists() and not row.stale

def test_who_calls_by_reference_has_skipped(ws, quick, monkeypatch):
    body(ws, 'relu', "from tinytorch.testing import by_reference\nby_reference(globals(), 'relu')\nreturn globals()['relu'](x)")
    assert words(ws, '02_activations')['relu'] == 'skipped'
    ws = Workspace(ws.folder)
    solve(ws, '02_activations', ['sigmoid'])
    monkeypatch.setattr(tinytorch, '__file__', str(module(ws, '__init__.py')))
    assert learning.provenance()['workspace']['written'] == 0, 'no module is exported yet'
    check(ws, 'sigmoid')
    assert learning.provenance()['workspace']['written'] == 1

def test_writing_ends_a_skip(ws, quick):
    skip(ws, 'relu')
    cell = ws.exercise('relu')[1]
    body(ws, 'relu', 'return x  # right')
    assert "# skipped" in ws.exercise('relu')[1].source and words(ws, '02_activations')['relu'] == 'not checked'
    assert check(ws, 'relu').ok and words(ws, '02_activations')['relu'] == 'passed' and status(ws).skipped == []

def test_a_skip_keeps_what_was_written(ws):
    body(ws, 'relu', 'return "half a thought"')
    said = skip(ws, 'relu').text
    backup, = (ws.folder/'.tito'/'backups').iterdir()
    assert backup.name in said and 'half a thought' in backup.read_text(encoding='utf-8')

# complete

def test_complete_needs_every_core_exercise(ws, quick):
    solve(ws, '02_activations', core('02_activations')[:-1])
    found = complete(ws, '02')
    assert not found.ok and found.open == {core('02_activations')[-1]: 'not written yet'} and found.tests is None and ws.state['complete'] == {}

def test_an_edit_takes_the_word_back(ws, quick):
    solve(ws, '02_activations')
    assert complete(ws, '02').ok and status(ws).as_dict()['complete'] == 1
    put(ws, 'relu', reference('02_activations', 'relu') + '\n')
    assert status(ws).as_dict()['complete'] == 0
    assert complete(ws, '02').ok and status(ws).as_dict()['complete'] == 1
    put(ws, 'relu', stored('02_activations', 'relu', 'wrong')[0])
    assert not complete(ws, '02').ok and ws.state['complete'] == {}

def test_complete_needs_the_tests(ws, quick, monkeypatch):
    solve(ws, '02_activations')
    monkeypatch.setattr(learning, 'behavior_tests', lambda ws, page: learning.counted([('test_it', 'failed', 'assert 1 == 2')]))
    found = complete(ws, '02')
    assert not found.ok and 'test_it' in str(found) and '1 == 2' in str(found) and ws.state['complete'] == {}

def test_a_page_without_tests_of_its_own_can_be_completed(ws, monkeypatch):
    "All tests of page 00 are the house's"
    found = learning.behavior_tests(ws, ws.page('00'))
    assert not found['failures'] and found['names'] == []
    solve(ws, '00_start')
    assert complete(ws, '00').ok

@pytest.mark.parametrize('how', ['a pytest.py', 'options of pytest', 'os._exit'])
def test_tests_that_did_not_run_complete_nothing(ws, how, monkeypatch):
    if how == 'a pytest.py': (ws.folder/'pytest.py').write_text('')
    if how == 'options of pytest': monkeypatch.setenv('PYTEST_ADDOPTS', '--collect-only')
    if how == 'os._exit': module(ws, *RELU).write_text('import os; os._exit(0)')
    found = learning.behavior_tests(ws, ws.page('02'))
    assert bool(found['failures']) == (how != 'options of pytest') and bool(found['passed']) == (how == 'options of pytest')

def test_the_tests_see_the_learners_package(ws):
    "Also where nothing but a test notices: the module is exported by hand here"
    solve(ws, '02_activations')
    ws.export('02_activations')
    page = ws.page('02')
    found = learning.behavior_tests(ws, page)
    assert found['passed'] > 100 and not found['failures']
    path = module(ws, *RELU)
    path.write_text(path.read_text(encoding='utf-8') + '\ndef softmax(*a, **k): raise ZeroDivisionError("mine")\n', encoding='utf-8')
    found = learning.behavior_tests(ws, page)
    assert found['failures'] and any('mine' in failure['said'] for failure in found['failures'])
    path.write_text('def', encoding='utf-8')
    assert any('SyntaxError' in failure['said'] for failure in learning.behavior_tests(ws, page)['failures'])

def test_nobody_is_judged_by_a_judge_they_wrote(ws):
    "Whatever stands in the learner's `tinytorch.testing`, the tests of another page use the course's"
    module(ws, 'testing.py').write_text('raise SystemExit("mine")', encoding='utf-8')
    found = learning.behavior_tests(ws, ws.page('03'))
    assert found['passed'] > 100 and not found['failures']

# what learners do to notebooks

def test_two_cells_of_one_name_are_both_named(ws, quick):
    change(ws.path('02_activations'), lambda raw: [raw, {**raw, 'id': 'twin0000'}] if '#| exercise relu\n' in ''.join(raw['source']) else raw)
    for ask in (lambda: check(ws, 'relu'), lambda: complete(ws, '02'), lambda: solution(ws, 'relu'), lambda: skip(ws, 'relu')):
        with pytest.raises(LookupError, match='twin0000'): ask()
    assert words(ws, '02_activations')['relu'] == 'twice'

def test_a_cell_that_is_gone_is_said(ws, quick):
    change(ws.path('02_activations'), lambda raw: None if '#| exercise relu\n' in ''.join(raw['source']) else raw)
    for ask in (lambda: check(ws, 'relu'), lambda: complete(ws, '02')):
        with pytest.raises(LookupError, match='tito reset relu'): ask()
    assert words(ws, '02_activations')['relu'] == 'gone'

def test_a_name_that_is_not_there_is_answered_by_a_near_one(ws):
    for ask in (check, hint, solution, skip):
        with pytest.raises(LookupError, match="'relu'"): ask(ws, 'rellu')

def test_a_notebook_that_is_no_json_is_said_and_kept(ws, quick):
    ws.path('02_activations').write_text('{"cells": [', encoding='utf-8')
    found = status(ws)
    assert not found.ok and '02_activations' in str(found)
    with pytest.raises(PageError, match='02_activations'): check(ws)
    with pytest.raises(PageError): complete(ws, '02')
    assert ws.path('02_activations').read_text(encoding='utf-8') == '{"cells": ['

def test_code_that_cannot_be_parsed_is_a_result(ws):
    body(ws, 'relu', 'return (')
    assert words(ws, '02_activations')['relu'] == 'not checked'
    report = check(ws, 'relu')
    assert not report.ok and report.results[0].state == 'broken' and 'line 6: return (' in str(report)
    assert not module(ws, *RELU).exists() and next_exercise(ws).name == 'relu'

def test_a_broken_module_breaks_no_command(ws, quick):
    (module(ws, 'testing.py')).write_text('raise SystemExit("mine")', encoding='utf-8')
    (module(ws, 'files.py')).write_text('def', encoding='utf-8')
    done = subprocess.run([sys.executable, '-c', 'from tinytorch.cli import main; main(["check", "relu"])'], cwd=ws.folder, capture_output=True, text=True)
    assert done.returncode == 1 and 'relu: not written yet' in done.stdout, done.stderr

# after an update

def test_what_had_passed_is_tried_again(ws, quick, monkeypatch):
    solve(ws, '02_activations')
    check(ws, all=True)
    assert recheck(ws) == []
    def stricter(page, reference, root, names, engine=None):
        for result in judged(page, reference, root, names):
            if result.name == 'relu': result.state = 'wrong'
            yield result
    monkeypatch.setattr(learning, 'check_page', stricter)
    assert [result.name for result in recheck(ws)] == ['relu'] and words(ws, '02_activations')['relu'] == 'wrong'

# whose work it is

def test_provenance_counts(ws, quick, monkeypatch):
    assert learning.provenance() == {}
    solve(ws, '02_activations')
    check(ws, all=True)
    skip(ws, 'affine')
    monkeypatch.setattr(tinytorch, '__file__', str(module(ws, '__init__.py')))
    counts = learning.provenance()['workspace']
    everything = [cell for stem in ('00_start', '02_activations', '03_layers', '05_autograd') for _, cell in reference_page(stem).exercises]
    assert counts['exercises'] == len(everything) and counts['written'] == len(core('02_activations'))
    assert counts['by_reference'] == sum(cell.extra != '' for cell in everything) - counts['written']

def test_a_capstone_writes_it_into_the_submission(monkeypatch):
    "A run that only pretends to train; the document is accepted by the rules, and the bundle keeps it"
    from submissions import complete as whole_document
    from tinytorch import capstone
    from tinytorch.competition import bundle
    from tinytorch.submission import has_errors, validate_submission
    counts = {'exercises': 335, 'written': 206, 'by_reference': 6}
    assert capstone.made_with() == {}
    monkeypatch.setattr(learning, 'provenance', lambda: {'workspace': counts})
    kept = SimpleNamespace(model=None, plan='as it is')
    pretended = {'train_baseline': None, 'quick_profile': '', 'optimize': [], 'choose_step': kept, 'measured': {}, 'search_section': {}, 'validate_submission': []}
    for name, value in pretended.items(): monkeypatch.setattr(capstone, name, lambda *args, value=value: value)
    submission = capstone.run_capstone().submission
    assert submission['extensions'] == {'workspace': counts}
    assert not has_errors(validate_submission({**whole_document(), 'extensions': submission['extensions']}))
    seen, side = {}, {'model_name': 'mlp'}
    monkeypatch.setattr(bundle, 'save_bundle', lambda *args, **settings: seen.update(settings))
    bundle.bundle_of_capstone(SimpleNamespace(submission={**submission, 'baseline': side, 'optimized': side}, baseline=None, optimized=None), 'x')
    assert seen['extensions'] == {'workspace': counts}

# no wrong line gets through

PAGES = [page.stem for page in pages() if page.stem not in HOUSE and page.core]

def done_with(stem, later, folder):
    "A workspace of a page on which all core exercises are written as the course has them, passed and exported, and a later page"
    ws = init(folder, pages=[stem, later] if later else [stem])
    solve(ws, stem)
    page = ws.page(stem)
    with learning.changing(ws) as state:
        for name in core(stem): learning.keep_result(state, page, Result(name, stem, 'passed'))
    learning.export(ws, page)
    return ws

@pytest.mark.parametrize('stem', PAGES)
def test_no_wrong_line_gets_through(stem, tmp_path, monkeypatch):
    "For each core exercise its first stored mistake: its check, the completion of its page and a check of a later page fail"
    later = next((other for other in PAGES[PAGES.index(stem) + 1:]), None)
    ws = done_with(stem, later, tmp_path/'ws')
    path, good, state = ws.path(stem), ws.path(stem).read_bytes(), ws.state
    module = ws.module_path(ws.page(stem).module)
    exported, missed = module.read_bytes(), []
    monkeypatch.setattr(checking, 'recognize', lambda *args: '')
    monkeypatch.setattr(checking, 'blame', lambda *args: '')
    monkeypatch.setattr(learning, 'behavior_tests', lambda ws, page: learning.counted([]))
    with Engine() as engine:
        @lru_cache(None)
        def found(name, sources): return checking.check_with(engine, learning.as_written(ws.page(stem)), name, reference_page(stem), ws.folder)
        def check_page(page, reference, root, names, engine=None):
            "What is the course's code passes, and what is not is asked once"
            for name in names:
                same = dict(page.exercises)[name].code.strip() == dict(reference.exercises)[name].code.strip()
                yield Result(name, page.stem, 'passed') if same else found(name, page.sources)
        monkeypatch.setattr(learning, 'check_page', check_page)
        for name in core(stem):
            put(ws, name, next(code for code in stored(stem, name, 'wrong') if not is_unwritten(code, name)))  # where nothing is written, the course's stands in
            asked = {'check': lambda: check(ws, name), 'complete': lambda: complete(ws, stem)}
            missed += [(name, what) for what, ask in asked.items() if ask().exit_code != 1]
            report = check(ws, core(later)[0]) if later else None
            if later and (report.results or [result.name for result in report.earlier if not result.ok] != [name]): missed.append((name, 'a later page'))
            assert module.read_bytes() == exported
            path.write_bytes(good)
            ws.write_state(state)
    assert not missed
