"Milestones: figures with bounds, the list against the pages, and what the command line says of a run"
import inspect, json
from importlib import import_module

import numpy as np
import pytest
from click.testing import CliRunner

from notebooks import pages
from tinytorch.cli import main
from tinytorch.milestones import perceptron, xor
from tinytorch.milestones.record import MILESTONES, Figure, Milestone, Outcome, find_milestone

milestone_of = pytest.mark.parametrize('milestone', MILESTONES, ids=lambda m: m.name)

@pytest.mark.parametrize('found, sign, bound, met', [(1., '>=', 1., True), (.99, '>=', 1., False), (1., '<=', 1., True), (1.1, '<=', 1., False),
                                                     (1., '<', 1., False), (.9, '<', 1., True), (np.nan, '<', 1., False), (np.nan, '>=', 1., False)])
def test_a_figure_is_met_or_not(found, sign, bound, met):
    figure = Figure('what', found, sign, bound)
    assert figure.met is met
    assert str(figure).startswith('met' if met else 'MISSED')

def test_an_outcome_needs_all_its_figures():
    good, bad = Figure('good', 1., '>=', 1.), Figure('bad', 0., '>=', 1.)
    assert Outcome('t', (good,), '').reached and not Outcome('t', (good, bad), '').reached and not Outcome('t', (), '').reached
    assert 'NOT REACHED' in str(Outcome('t', (good, bad), 'how'))

def test_the_list_is_that_of_the_pages():
    folder = [p for p in pages() if p.path.parent.name == 'milestones' and p.name != 'milestones']
    assert {p.name for p in folder} == {m.name for m in MILESTONES} and len(MILESTONES) == len(folder)
    assert {p.module for p in folder} == {f'tinytorch.milestones.{m.name}' for m in MILESTONES}
    assert [m.number for m in MILESTONES] == list(range(1, len(MILESTONES) + 1))
    assert [m.year for m in MILESTONES] == sorted(m.year for m in MILESTONES)

@milestone_of
def test_each_page_has_its_year_and_a_run(milestone):
    page, = [p for p in pages() if p.module == f'tinytorch.milestones.{milestone.name}']
    assert page.title.startswith(f'{milestone.year}: ')
    signature = inspect.signature(import_module(page.module).run)
    assert {name: p.default for name, p in signature.parameters.items()} == {'retrain': False, 'progress': False}

def tito(*words): return CliRunner().invoke(main, words, catch_exceptions=False)

def test_the_command_lists_them():
    document = json.loads(tito('milestone', 'list', '--json').stdout)
    assert [row['name'] for row in document['milestones']] == [m.name for m in MILESTONES]
    assert all(m.claim in tito('milestone', 'list').stdout for m in MILESTONES)

@pytest.mark.parametrize('found, code', [(.97, 0), (.969, 1)])
def test_a_run_that_misses_ends_with_one(monkeypatch, found, code):
    asked = []
    def run(self, retrain, progress):
        asked.append((self.number, retrain, progress))
        return Outcome('1986', (Figure('accuracy', found, '>=', .97, '.1%'),), 'nothing was trained')
    monkeypatch.setattr(Milestone, 'run', run)
    said = tito('milestone', 'run', '3', '--retrain', '--quiet')
    assert said.exit_code == code and ('NOT REACHED' in said.stdout) is bool(code)
    document = tito('milestone', 'run', '3', '--json')
    assert document.exit_code == code and json.loads(document.stdout)['reached'] is (not code)
    assert asked == [(3, True, False), (3, False, True)]

def test_an_unknown_milestone_is_a_clear_error():
    said = tito('milestone', 'run', '99')
    assert said.exit_code == 2 and 'there is no milestone 99' in said.stderr
    with pytest.raises(ValueError, match='expected 1, 2, 3'): find_milestone(0)

# The first two take seconds, and run here as they are

@pytest.mark.parametrize('module', [perceptron, xor], ids=lambda m: m.__name__.rpartition('.')[2])
def test_it_is_reached(module):
    outcome = module.run()
    assert outcome.reached, outcome

def test_the_perceptron_rule_is_a_gradient_step():
    rng = np.random.default_rng(3)
    x, y = perceptron.clouds(50, rng)
    layer, _ = perceptron.fit_perceptron(x, y, np.random.default_rng(0), passes=1)
    rule_rng = np.random.default_rng(0)
    first, _ = perceptron.fit_perceptron(x, y, rule_rng, passes=0)
    w, b = first.weight.data[:, 0].copy(), first.bias.data.copy()
    for i in rule_rng.permutation(len(x)):
        if y[i]*(x[i] @ w + b) < 0: w, b = w + y[i]*x[i], b + y[i]
    np.testing.assert_allclose(layer.weight.data[:, 0], w, rtol=1e-5)
    np.testing.assert_allclose(layer.bias.data, b, rtol=1e-5)

def test_no_point_lies_in_the_gap():
    x, y = perceptron.clouds(400, np.random.default_rng(0), gap=.3)
    layer, track = perceptron.fit_perceptron(x, y, np.random.default_rng(0))
    assert len(x) == 400 and set(y) == {-1, 1} and track[-1, -1] == 0 and perceptron.share_right(layer, x, y) == 1

def test_a_label_turned_round_is_never_learnt():
    x, y = perceptron.clouds(60, np.random.default_rng(1))
    y[np.abs(x).sum(axis=1).argmax()] *= -1
    _, track = perceptron.fit_perceptron(x, y, np.random.default_rng(0), passes=10)
    assert len(track) == 10 and (track[:, -1] > 0).all()
