"The engine: what a check computes is told and nothing else changes; every kind of answer gets its state, and a learner's words"
import ast, json, os, subprocess, sys, textwrap

import numpy as np
import pytest

from notebooks import pages
from tinytorch import checking
from tinytorch.checking import COURSE, CannotCheck, Engine, Recorder, Result, attempt, break_page, check_exercise, check_here, check_page, check_with, difference, encode, recording, shown
from tinytorch.course import Cell, Page, blank
from tinytorch.exercises import Variant, reference_page

def page_of(*sources, stem='toy'):
    return Page(stem, [Cell({'cell_type': 'code', 'source': textwrap.dedent(source).strip(), 'id': f'c{i}'}) for i, source in enumerate(sources)])

MEAN = '#| export\n#| exercise mean\ndef mean(numbers):\n    "The mean"\n    return sum(numbers)/len(numbers)'
WIDE = '#| export\n#| exercise spread\ndef spread(numbers):\n    return [n - mean(numbers) for n in numbers]'
TOY = [MEAN, '#| check mean\nassert mean([1, 2, 6]) == 3', '#| check mean\nassert mean([4, 4]) > 3', WIDE, '#| check spread\nassert spread([1, 3]) == [-1, 1]']
toy = page_of(*TOY)

def learner(**bodies):
    "The toy page with other bodies"
    return page_of(*[source if (name := source.partition('exercise ')[2].split('\n')[0]) not in bodies else
                     source[:source.index('def')] + blank(source[source.index('def'):], name, bodies[name]) for source in TOY])

@pytest.fixture(scope='module')
def engine():
    with Engine(limit_s=.6) as engine: yield engine

@pytest.fixture
def mistakes(monkeypatch):
    monkeypatch.setattr(checking, 'variants', lambda stem: {'mean': [Variant('wrong', 'forgets to divide', 'python', 'return sum(numbers)\n'),
                                                                     Variant('wrong', 'divides by one too few', 'python', 'return sum(numbers)/(len(numbers) - 1)\n')]} if stem == 'toy' else {})

def check(engine, name='mean', reference=toy, root=COURSE, page=None, **bodies):
    return check_with(engine, page or learner(**bodies), name, reference, root)

# what is told

@pytest.mark.parametrize('page', [page for page in pages() if page.checks], ids=repr)
def test_recording_wraps_operands_and_changes_nothing_else(page):
    "With the wrappers taken off, the tree of each check is what it was"
    class Bare(ast.NodeTransformer):
        def visit_Call(self, node):
            self.generic_visit(node)
            return node.args[-1] if ast.unparse(node.func) in ('__record__', '__record__.caught') else node
    for _, cell in page.checks:
        told = recording(cell.code, cell.id)
        assert ast.dump(Bare().visit(told)) == ast.dump(ast.parse(cell.code))

@pytest.mark.parametrize('code', [
    'assert 1 < f(2) < f(1) < f(9)', 'assert f(1) == 1 or f(2) == 3', 'assert not f(0) and f(2) != 3', 'assert (y := f(3)) == 3 and y == 3', 'assert all(f(i) == i for i in range(3))',
    'assert f([1, 2]) == [1, 2], f("message")', 'assert f(iter([1])) is not None', 'class A:\n    assert f(1) == 1\n    __x = 3\n    assert __x == 3', 'def g():\n    for i in range(2): assert f(i) <= 1\ng()',
    'assert f(3) in [f(3)]', 'assert f(f) and f(1) is f(1)', 'if f(2) == 2: assert f(2)', 'assert (lambda x: x == 3)(f(3))', 'assert f(1) == 2', 'assert [x for x in [1, 2] if x == f(2)] == [2]'])
def test_recording_keeps_order_and_short_cuts(code):
    def run(tree):
        calls = []
        space = {'f': lambda x: calls.append(repr(x) if not hasattr(x, '__next__') else 'iterator') or x, '__record__': Recorder()}
        try: exec(compile(tree, 'x', 'exec'), space)
        except AssertionError as error: calls.append(('ended', str(error)))
        return [call if 'function' not in str(call) else 'f' for call in calls]
    assert run(ast.parse(code)) == run(recording(code, 'a')) != []

def test_what_raises_caught_is_told_and_still_judged():
    from tinytorch.testing import raises
    told = attempt([['a', 'with raises(ValueError, "no"): int("x")', True]], {'raises': raises})
    assert told['records'][0][3:5] == ['raises', 'left'] and told['records'][0][5]['error'] == 'ValueError'
    assert told['failed']['type'] == 'AssertionError' and 'no' in told['failed']['text']
    assert attempt([['a', 'with raises(ValueError): int("x")', True]], {'raises': raises})['failed'] is None
    silent = attempt([['a', 'with raises(ValueError): pass', True]], {'raises': raises})
    assert silent['records'] == [] and 'nothing was raised' in silent['failed']['text']

VALUES = [None, True, 3, 2.5, 'text', [1, (2, 'a')], {'a': [1], 2: None}, {3, 1}, np.arange(6.).reshape(2, 3), np.float32(2), np.array(5), np.array(['a']), range(3), ValueError('no'), int, 2 + 3j, np.zeros(0),
          float('nan'), 10**400, 'x'*5000, np.zeros(10_000), [[[[[[1]]]]]], object()]

@pytest.mark.parametrize('value', VALUES, ids=lambda value: type(value).__name__)
def test_values_go_through_json_and_agree_with_themselves(value):
    sent = json.loads(json.dumps(encode(value)))
    assert difference(sent, encode(value)) == ''
    assert isinstance(shown(sent), str) and len(shown(sent)) < 200

def test_a_tensor_is_told_by_its_numbers():
    from tinytorch.core.tensor import Tensor
    assert difference(encode(Tensor([1., 2])), encode(np.array([1, 2]))) == '' and shown(encode(Tensor([1., 2]))) == 'Tensor([1., 2.])'
    assert encode([Tensor([1., 2])])['list'][0]['tensor']['dtype'] == 'float32'

@pytest.mark.parametrize('got, expected, words', [
    (np.zeros((2, 3)), np.zeros((3, 2)), ['(2, 3)', '(3, 2)']), (np.array([1, 2, 3]), np.array([1, 2, 4]), ['[2]', '3', '4']), (3, 4, ['3', '4']), ([1, 2], [1], ['2 items', '1']), ([1, [2, 3]], [1, [2, 4]], ['[1]', '3', '4']),
    ({'a': 1}, {'b': 1}, ["'b'"]), ({'a': 1}, {'a': 2}, ["'a'", '1', '2']), ('a', 'b', ["'a'", "'b'"]), (None, 3, ['None', '3']), (np.array([1., np.nan]), np.array([1., 2]), ['[1]', 'nan']), (3, 'three', ['3', "'three'"]),
    (np.zeros(9000), np.eye(1, 9000)[0], ['9000']), (np.zeros(9000), np.zeros(9001), ['9000', '9001']), (ValueError(), TypeError(), ['ValueError', 'TypeError'])], ids=range(14))
def test_a_difference_is_told(got, expected, words):
    said = difference(encode(got), encode(expected))
    assert all(word in said for word in words), said

@pytest.mark.parametrize('a, b', [(1/3, np.float32(1)/np.float32(3)), (np.array([1e-9]), np.array([0.])), (True, 1), ([1, 2], (1, 2)), (np.float16(1000)*np.float16(1.003), np.float16(1000)), (ValueError('a'), ValueError('b'))], ids=range(6))
def test_what_only_rounds_or_words_differently_agrees(a, b): assert difference(encode(a), encode(b)) == ''

# states

def test_passed(engine):
    result = check(engine)
    assert result.ok and result.state == 'passed' and str(result) == 'mean: passed' and result.borrowed == [] and result.seconds > 0

@pytest.mark.parametrize('body', ['total = 0\nfor n in numbers: total += n\nreturn total/len(numbers)', 'import numpy as np\nreturn np.mean(numbers)', 'import numpy as np\nreturn np.float32(np.mean(numbers))', 'print("so far")\nreturn sum(numbers)/len(numbers)'], ids=range(4))
def test_a_right_answer_in_other_words_passes(engine, body): assert check(engine, mean=body).ok

def test_wrong_says_expected_got_the_line_and_the_mistake(engine, mistakes):
    result = check(engine, mean='return sum(numbers)*1')
    assert (result.state, result.expected, result.got, result.line, result.mistake) == ('wrong', '3.0', '9', 'assert mean([1, 2, 6]) == 3', 'forgets to divide')
    said = str(result)
    assert all(part in said for part in ('mean: wrong', 'expected 3.0', 'got 9', 'as if: forgets to divide', result.line)) and len(said.splitlines()) < 8
    assert check(engine, mean='return sum(numbers)/(len(numbers) - 1)').mistake == 'divides by one too few'
    assert check(engine, mean='return 8').mistake == '', 'a mistake nobody has stored'
    assert check(engine, mean='return None').mistake == 'returns None'

def test_an_order_is_told_with_its_sign(engine):
    result = check(engine, mean='return sum(numbers)/len(numbers) if len(numbers) > 2 else 2')
    assert (result.state, result.expected, result.got) == ('wrong', '> 3', '2')

def test_what_was_raised_is_told(engine):
    result = check(engine, mean='return numbers.mean()')
    assert result.state == 'wrong' and "AttributeError: 'list' object has no attribute 'mean'" in str(result) and result.line == 'assert mean([1, 2, 6]) == 3'

def test_a_statement_among_several_on_a_line_is_named_alone(engine):
    page = page_of(MEAN, '#| check mean\nassert mean([3]) == 3; assert mean([2, 4]) == 3; assert mean([1]) == 1')
    result = check(engine, page=page_of(MEAN.replace('/len(numbers)', '')), reference=page)
    assert result.line == 'assert mean([2, 4]) == 3'
    result = check(engine, page=page_of(MEAN.replace('/len(numbers)', '/(len(numbers) - 1)')), reference=page)
    assert result.line.count('assert') == 3, 'which of them raised is not known'

def test_an_exception_names_the_line_of_the_learner(engine):
    result = check(engine, mean='total = sum(numbers)\nreturn total/lenght(numbers)')
    assert result.state == 'wrong' and result.mine == 'line 6: return total/lenght(numbers)' and result.mine in str(result)
    assert check(engine, mean='return 8').mine == '', 'its code raised nothing'
    hidden = check(engine, mean='def inner():\n    return [][3]\ntry: return inner()\nexcept IndexError as error: raise ValueError("as an op does") from None')
    assert hidden.mine == 'line 6: return [][3]', 'where it came from'
    outside = check(engine, page=page_of(MEAN + '\nprint(mean([1]).foo)'))
    assert outside.state == 'broken' and outside.mine == 'line 6: print(mean([1]).foo)' and 'in the check' not in str(outside)

def test_a_dtype_is_told_by_its_name(engine):
    page = page_of('import numpy as np', MEAN, '#| check mean\nassert np.asarray(mean(np.ones(3))).dtype == np.float64')
    result = check(engine, page=page_of('import numpy as np', MEAN.replace('return sum(numbers)/len(numbers)', 'return np.float32(1)')), reference=page)
    assert (result.expected, result.got) == ('float64', 'float32')

def test_a_part_of_an_assert_that_compares_nothing_is_named(engine):
    page = page_of(MEAN, '#| check mean\nassert mean([2, 4]) == 3 and str(mean([1])).isdecimal() is not None and isinstance(mean([2]), float)')
    result = check(engine, page=page_of(MEAN.replace('sum(numbers)/', 'sum(numbers)//')), reference=page)
    assert result.where == 'isinstance(mean([2]), float) is False' and not result.expected and 'expected' not in str(result)

def test_an_error_alone_does_not_look_like_returning_the_input(engine):
    page = page_of(MEAN, '#| check mean\nmean([1, 2]).real')
    assert check(engine, page=page_of(MEAN.replace('sum(numbers)/len(numbers)', 'sorted(numbers)')), reference=page).mistake == ''
    assert check(engine, mean='return numbers').mistake == 'returns the input'

@pytest.mark.parametrize('helper, words', [('def total(x): return sum(x)', '#| export'), ('total = sum', '#| export'), ('class A: total = sum\ntotal = A.total', '#| export')])
def test_a_helper_in_a_cell_that_is_not_exported_is_pointed_at(engine, helper, words):
    mine = MEAN.replace('sum(numbers)', 'total(numbers)')
    result = check(engine, page=page_of(helper, mine))
    assert "name 'total' is not defined" in result.said and 'total is defined in a cell that is not exported' in result.said and words in str(result)
    assert check(engine, page=page_of('#| exporti\n' + helper, mine)).ok
    below = check(engine, page=page_of(mine, '#| exporti\n' + helper))
    assert 'further down' in below.said
    assert 'defined in' not in check(engine, page=page_of('other = 3', mine)).said

BAD = {'while True: pass': ('too slow', '0.6 seconds'), 'while True: print("and on" * 1000)': ('too slow', '0.6 seconds'), 'import sys; sys.exit(3)': ('wrong', 'SystemExit: 3'), 'import os; os._exit(0)': ('wrong', 'exit code 0'),
       'import os, signal; os.kill(os.getpid(), signal.SIGKILL)': ('wrong', 'SIGKILL'), 'import os; os.close(1); os.write(2, b"x"); return 0': ('wrong', ''), 'return mean(numbers)': ('wrong', 'RecursionError'), 'raise KeyboardInterrupt': ('wrong', 'KeyboardInterrupt'),
       'raise type("Odd", (Exception,), {"__str__": lambda self: 1/0})': ('wrong', 'Odd'), 'raise NotImplementedError("later")': ('wrong', 'later')}

@pytest.mark.parametrize('body', BAD)
def test_bad_code_is_told_and_harms_nobody(engine, body):
    state, said = BAD[body]
    result = check(engine, mean=body)
    assert result.state == state and said in str(result) and len(str(result)) < 3000, result
    assert check(engine).ok, 'the next one is judged as ever'

FETCHED = {'by_reference': "from tinytorch.testing import by_reference\nby_reference(globals(), 'polynomial')\nreturn globals()['polynomial'](z, terms)",
           'the page': "from tinytorch.exercises import reference_page\nexec(dict(reference_page('02_activations').exercises)['polynomial'].code, globals())\nreturn globals()['polynomial'](z, terms)",
           'the module': 'from tinytorch.core.activations import polynomial\nreturn polynomial(z, terms)'}

@pytest.mark.parametrize('how', FETCHED)
def test_the_courses_own_answer_is_no_answer(how):
    page, reference = reference_page('02_activations'), dict(reference_page('02_activations').exercises)['polynomial']
    assert check_exercise(page, 'polynomial', page, COURSE).ok
    changed = Cell({'cell_type': 'code', 'id': reference.id, 'source': '#| export\n#| exercise polynomial\n' + blank(reference.code, 'polynomial', FETCHED[how])})
    mine = Page(page.stem, [changed if cell is reference else cell for cell in page.cells], page.path)
    result = check_exercise(mine, 'polynomial', page, COURSE)
    assert result.state == 'wrong' and 'tito skip polynomial' in result.said

FORGED = ['[1]', '5', '{"ended": ""}\\n{"ended": ""}\\n{"done": 0}', '{"done": 0}']

@pytest.mark.parametrize('lines', FORGED)
def test_forged_lines_pass_nothing(engine, lines):
    "Whoever finds the way to the parent can say what he likes; neither a pass nor a crash comes of these"
    if not engine.forks: pytest.skip('needs fork')
    body = f"import os\nfor fd in range(3, 20):\n    try: os.write(fd, b'\\n{lines}\\n')\n    except OSError: pass\nreturn 0"
    with Engine(limit_s=.6) as apart: assert not check(apart, mean=body).ok
    assert check(engine).ok

def test_a_thread_left_behind_and_prints_do_no_harm(engine):
    assert check(engine, mean='import threading, time\nthreading.Thread(target=time.sleep, args=(60,)).start()\nreturn sum(numbers)/len(numbers)').ok
    result = check(engine, mean='print("I am here")\nreturn 1')
    assert result.printed.startswith('I am here') and 'printed: I am here' in str(result)

def test_a_change_to_numpy_stays_in_its_copy(engine):
    assert not check(engine, mean='import numpy\nnumpy.isclose = lambda *a, **k: True\nnumpy.ndarray = None\nreturn 7').ok
    assert check(engine).ok

@pytest.mark.parametrize('body', ['raise NotImplementedError', '...', 'pass', "raise NotImplementedError('not written yet: mean (page 1)')"])
def test_not_written_yet(engine, body):
    result = check(engine, mean=body)
    assert result.state == 'not written yet' and str(result).startswith('mean: not written yet')

def test_broken_pages(engine):
    def broken(*sources): return check(engine, page=page_of(*sources))
    assert broken(WIDE).state == 'no such cell'
    assert broken(MEAN, MEAN).state == 'broken' and '2 cells' in broken(MEAN, MEAN).said
    syntax = broken(MEAN.replace('return', 'retrun'))
    assert syntax.state == 'broken' and syntax.mine.startswith('line 5: retrun'), 'counted as the notebook counts'
    assert 'in the check' not in str(syntax) and syntax.mine in str(syntax)
    magic = broken(MEAN + '\n%timeit mean([1])')
    assert magic.state == 'broken' and 'line 6: %timeit' in magic.mine and '% and !' in magic.said
    before = broken('#| export\nhelp = 1/0', MEAN)
    assert before.state == 'broken' and 'ZeroDivisionError' in before.said
    assert 'line' in broken('#| export\nif True', MEAN).said
    assert broken('#| export\nwhile True: pass', MEAN).state == 'too slow'
    assert broken(MEAN.replace('def mean', 'def mena')).state == 'broken'

def test_the_checks_are_the_courses_wherever_the_learners_cells_stand(engine):
    assert not check(engine, page=page_of(MEAN.replace('/len', '*len'), '#| check mean\nassert True')).ok
    assert check(engine, 'spread', page=page_of(WIDE, MEAN)).ok, 'another order'
    assert check(engine, page=page_of('#| export\nimport math', MEAN.replace('sum(', 'math.fsum('), '#| export\n1/0')).ok, 'own cells run, those below do not'

def test_an_object_equal_to_everything_does_not_pass(engine):
    result = check(engine, mean='class Yes:\n    def __eq__(self, other): return True\n    __gt__ = __lt__ = __eq__\nreturn Yes()')
    assert result.state == 'wrong' and 'Yes' in result.got and result.expected == '3.0'

def test_the_truth_of_a_tensor_decides_nothing(engine):
    "On page 01 a tensor has no truth until later, so that an assert of one cannot fail"
    klass = '#| export\nclass Tensor:\n    def __init__(self, data): self.data = np.array(data)\n    def __eq__(self, other): return Tensor(self.data == other)'
    cells = ['#| export\nimport numpy as np', klass, '#| export\n#| exercise mean\ndef mean(x):\n    return Tensor(np.mean(x))', '#| check mean\nassert mean([1]*41) == 1']
    reference = page_of(*cells)
    assert check(engine, reference=reference, page=reference).ok
    result = check(engine, reference=reference, page=page_of(*cells[:2], cells[2].replace('np.mean(x)', '.9'), cells[3]))
    assert (result.state, result.expected, result.got) == ('wrong', 'Tensor(1.)', 'Tensor(0.9)')

def test_a_comparison_never_reached_is_noticed(engine):
    reference = page_of('#| export\n#| exercise f\ndef f():\n    return [1, 2]', '#| check f\nfor x in f(): assert x == x')
    assert check(engine, 'f', reference, page=reference).ok
    assert check(engine, 'f', reference, page=page_of('#| export\n#| exercise f\ndef f():\n    return []')).state == 'wrong'

def test_values_from_no_seed_make_nothing_wrong(engine):
    reference = page_of('#| export\n#| exercise f\ndef f():\n    import random\n    return random.random()', '#| check f\nx = f()\nassert x + 1 == 1 + x and 0 <= x < 1')
    assert check(engine, 'f', reference, page=reference).ok

# whose fault

def test_an_unwritten_exercise_is_borrowed(engine):
    result = check(engine, 'spread', mean='...')
    assert result.ok and result.borrowed == ['mean'] and 'mean' in str(result)
    assert check(engine, spread='...').borrowed == [], 'it comes later'

def test_another_exercise_is_blamed(engine):
    result = check(engine, 'spread', mean='return sum(numbers)')
    assert result.state == 'wrong' and result.blamed == 'mean' and "the course's mean in place of yours" in str(result)
    assert check(engine, 'spread', spread='return []').blamed == ''
    assert check(engine, 'spread', mean='return sum(numbers)', spread='return []').blamed == '', 'its own fault as well'

def test_a_course_that_fails_here_decides_nothing(engine):
    with pytest.raises(CannotCheck, match='mean'): check(engine, reference=page_of(MEAN, '#| check mean\nassert False'))

# where it runs

def test_a_browser_starts_no_process_and_says_what_to_do(monkeypatch):
    with monkeypatch.context() as browser:
        browser.setattr(sys, 'platform', 'emscripten')
        browser.setattr(subprocess, 'Popen', None)
        with pytest.raises(CannotCheck, match='browser.*check cells.*tito check'): check_exercise(toy, 'mean', toy, COURSE)
        with pytest.raises(CannotCheck, match='browser'): check_here(None, 'mean', toy, {'In': [MEAN]})

def test_without_forks_the_answers_are_the_same(mistakes):
    with Engine(1.5, forks=False) as engine:
        assert check(engine).ok
        assert check(engine, mean='return sum(numbers)').mistake == 'forgets to divide'
        assert check(engine, mean='while True: pass').state == 'too slow'
        assert 'exit code 5' in check(engine, mean='import os; os._exit(5)').said
        assert check(engine, 'spread', mean='...').borrowed == ['mean']

@pytest.fixture
def layer(tmp_path):
    "A folder with a `tinytorch` over the course's, as a workspace has it"
    folder = tmp_path/'Zoë s work'/'tinytorch'
    folder.mkdir(parents=True)
    (folder/'__init__.py').write_text(f'__path__.append({str(COURSE/"tinytorch")!r})\n', encoding='utf-8')
    return folder

USES = ['from tinytorch.testing import close', '#| export\nfrom tinytorch.mine import base', '#| export\n#| exercise f\ndef f(x):\n    return base + x', '#| check f\nclose(f(1), 3)']

def test_the_learners_modules_come_first(engine, layer):
    reference = page_of(USES[0], '#| export\nbase = 2', *USES[2:])
    for text, ok in ('base = 2', True), ('base = 3', False):
        (layer/'mine.py').write_text(text, encoding='utf-8')
        assert check(engine, 'f', reference, layer.parent, page=page_of(*USES)).ok == ok
    (layer/'mine.py').write_text('base = (', encoding='utf-8')
    result = check(engine, 'f', reference, layer.parent, page=page_of(*USES))
    assert result.state == 'broken' and 'SyntaxError' in result.said

def test_a_broken_module_does_not_break_the_engine(layer, monkeypatch):
    for name in 'checking.py', 'exercises.py', 'course.py', 'testing.py': (layer/name).write_text('raise SystemExit("broken")', encoding='utf-8')
    (layer.parent/'random.py').write_text('raise SystemExit("shadowed")', encoding='utf-8')
    (layer.parent/'json.py').write_text('raise SystemExit("shadowed")', encoding='utf-8')
    monkeypatch.chdir(layer.parent)
    monkeypatch.setenv('PYTHONPATH', str(layer.parent))
    monkeypatch.syspath_prepend(str(layer.parent))
    assert check_exercise(toy, 'mean', toy, layer.parent).ok

def test_a_page_is_checked_in_order(mistakes):
    results = list(check_page(learner(mean='return sum(numbers)'), toy, COURSE))
    assert [(result.name, result.state) for result in results] == [('mean', 'wrong'), ('spread', 'wrong')] and results[1].blamed == 'mean'
    assert [result.name for result in check_page(toy, toy, COURSE, ['spread'])] == ['spread']

def test_imports_that_nobody_needs_are_left_out():
    cells = [cell for cell in page_of('import matplotlib.pyplot as plt\nimport numpy as np', '#| export\nx = np.ones(2)', 'from tinytorch.core.autograd import gradcheck', 'import os.path').code]
    assert [code for _, code, _ in checking.as_job(cells, {})] == ['import numpy as np', 'x = np.ones(2)', 'from tinytorch.core.autograd import gradcheck', '']

# in a notebook

def ran(*sources): return {'In': ['', *sources]}

def test_check_here_judges_what_ran_last_and_leaves_nothing(mistakes):
    source = toy.exercises[0][1].source
    space = ran(source.replace('/len(numbers)', ''), source)
    before = dict(space)
    assert check_here(toy, 'mean', toy, space).ok and space == before
    space['In'].append(source.replace('/len(numbers)', ''))
    wrong = check_here(toy, 'mean', toy, space)
    assert wrong.state == 'wrong' and wrong.mistake == 'forgets to divide' and 'not what is saved' in str(wrong)
    alone = check_here(None, 'mean', toy, space)
    assert alone.state == 'wrong' and 'not what is saved' not in str(alone)

def test_check_here_wants_the_cell_to_have_run():
    assert 'run it first' in str(check_here(toy, 'mean', toy, {})) and check_here(toy, 'mean', toy, ran('x = 1')).state == 'broken'
    blanked = blank(toy.exercises[0][1].source, 'mean', "raise NotImplementedError('not written yet: mean (page 1)')")
    assert check_here(None, 'mean', toy, ran(blanked)).state == 'not written yet'

def test_check_here_finds_what_comes_further_down_the_page():
    "A check of mul_vjp needs `gradcheck`, which the page defines later and the notebook may not have yet"
    page = reference_page('05_autograd')
    source = dict(page.exercises)['mul_vjp'].source
    assert check_here(page, 'mul_vjp', page, ran(source)).ok
    swapped = check_here(page, 'mul_vjp', page, ran(source.replace('lambda: g*y, lambda: g*x', 'lambda: g*x, lambda: g*y')))
    assert swapped.state == 'wrong' and swapped.mistake

def test_the_exercise_that_ran_last_is_meant():
    assert checking.ran_last({'In': ['', '#| export\n#| exercise mean\ndef f(): 1', 'x = 1']}) == 'mean'
    with pytest.raises(LookupError, match='Give its name'): checking.ran_last({})

# what is shown

def test_html_escapes_and_says_the_same():
    result = Result('f', 'toy', 'wrong', '<b>', '[1]', said='<script>')
    assert '<script>' not in result._repr_html_() and '&lt;b&gt;' in result._repr_html_() and 'f: wrong' in result._repr_html_()
    assert json.loads(json.dumps(result.as_dict()))['state'] == 'wrong'

# the breaking of pages

def broken(monkeypatch, tmp_path, page, found=()):
    monkeypatch.setattr(checking, 'variants', lambda stem: dict(found))
    monkeypatch.setattr(checking, 'read_page', lambda path: page)
    return break_page(tmp_path)

def test_a_check_must_pass_unbroken_first(monkeypatch, tmp_path):
    "A check that uses what another's check defines notices everything, and proves nothing"
    said = broken(monkeypatch, tmp_path, page_of(*TOY[:4], '#| check mean\nhelper = [1, 3]', '#| check spread\nassert spread(helper) == [-1, 1]'))
    assert "NameError: name 'helper'" in said['spread']['unbroken'] and said['mean']['unbroken'] is None and '' not in said

def test_what_nobody_notices_is_reported(monkeypatch, tmp_path):
    wrong, right = Variant('wrong', 'always 3', 'python', 'return 3\n'), Variant('right', 'in a loop', 'python', 'return sum(n for n in numbers)/len(numbers)\n')
    old, bad = Variant('wrong', 'grown old', 'diff', '-no such line\n'), Variant('right', 'is wrong', 'python', 'return 8\n')
    said = broken(monkeypatch, tmp_path, page_of(MEAN, '#| check mean\nassert mean([1, 2, 6]) == 3', WIDE, TOY[4]), {'mean': [wrong, right, old, bad]})['mean']
    assert 'nobody noticed' in said['wrong: always 3'] and 'stand 0 times' in said['wrong: grown old'] and 'expected 3' in said['right: is wrong']
    assert said['right: in a loop'] is said['raises'] is said['returns None'] is said['returns the input'] is said['returns a constant'] is None
    later = Variant('right', 'breaks what follows', 'python', 'return 3 if len(numbers) == 3 else 0\n')
    assert 'spread' in str(broken(monkeypatch, tmp_path, page_of(MEAN, '#| check mean\nassert mean([1, 2, 6]) == 3', WIDE, TOY[4]), {'mean': [later]})['mean']['right: breaks what follows'])

def test_a_right_answer_that_returns_its_input_is_not_tried_as_a_mistake(monkeypatch, tmp_path):
    page = page_of('#| export\n#| exercise f\ndef f(x):\n    return x', '#| check f\nassert f(3) == 3')
    assert 'nobody noticed' in broken(monkeypatch, tmp_path, page)['f']['returns the input']
    assert 'returns the input' not in broken(monkeypatch, tmp_path, page, {'f': [Variant('right', 'as meant', 'python', 'return x\n')]})['f']

def test_a_page_that_fails_is_reported_whole(monkeypatch, tmp_path):
    assert 'ZeroDivisionError' in broken(monkeypatch, tmp_path, page_of(MEAN, TOY[1], '#| export\n1/0'))['']

# the doors on page 00

def in_notebook(folder, *ran, name='close'):
    "What `check` prints in a kernel that was started in `folder` and ran these cells"
    code = f'from tinytorch.testing import check\nIn = ["", *{list(ran)!r}]\nprint(check({name!r}))'
    done = subprocess.run([sys.executable, '-c', code], cwd=folder, env={**os.environ, 'PYTHONPATH': os.pathsep.join([str(folder), str(COURSE)])}, capture_output=True, text=True, encoding='utf-8')
    assert done.returncode == 0, done.stderr
    return done.stdout

def test_check_outside_a_workspace_says_so(tmp_path):
    said = in_notebook(tmp_path, reference_page('00_start').exercises[0][1].source)
    assert said.startswith('close: passed') and 'no workspace' in said and 'tito init' in said

def test_check_of_a_function_says_that_a_name_is_meant(tmp_path):
    from tinytorch.testing import check, close
    with pytest.raises(TypeError, match='a text'): check(close)

def test_check_in_a_workspace_records(tmp_path):
    from tinytorch.workspace import init
    workspace = init(tmp_path/'w', pages=['00_start'])
    blanked = dict(workspace.page('00_start').exercises)['close'].source
    assert in_notebook(workspace.folder, blanked).startswith('close: not written yet')
    written = reference_page('00_start').exercises[0][1].source
    unsaved = in_notebook(workspace.folder, blanked, written)
    assert unsaved.startswith('close: passed') and 'not what is saved' in unsaved
    assert workspace.state.get('exercises', {}).get('close', {}).get('result') != 'passed'
    path = workspace.page('00_start').path
    notebook = json.loads(path.read_text(encoding='utf-8'))
    for cell in notebook['cells']:
        if '#| exercise close' in ''.join(cell['source']): cell['source'] = written
    path.write_text(json.dumps(notebook), encoding='utf-8')
    assert in_notebook(workspace.folder, written) == 'close: passed\n'
    assert workspace.state['exercises']['close']['result'] == 'passed'

# compiled code

@pytest.mark.skipif(not sys.platform.startswith('linux'), reason='the folder for such files is named by another variable there')
def test_what_numba_compiled_is_kept_for_the_next_process(tmp_path, monkeypatch):
    "Also where other code went before; what has changed is compiled anew"
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))
    kernel = 'import numba\n@numba.njit(cache=True)\ndef f(x): return x + 1\nresult, hits = f(1), sum(f.stats.cache_hits.values())'
    def told(kernel):
        cells = [['k', kernel, False], ['c', 'assert (hits, result) == 0', True]]
        [(_, answer)] = engine.sweep(COURSE, cells, [checking.trial('', cells)])
        return [plain for *_, side, plain in answer['records'] if side == 'left']
    with Engine() as engine: found = [told(kernel), told(kernel), told(kernel.replace('+ 1', '+ 2')), told(kernel.replace('+ 1', '+ 2'))]
    assert found == [[encode(pair)] for pair in ((0, 2), (1, 2), (0, 3), (1, 3))]
