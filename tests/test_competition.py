"Each template runs from `new` to a board, by the script that shows how"
import json, os, sys
from pathlib import Path

import pytest

from tinytorch.competition.log import read_log
from tinytorch.competition.rules import read_competition

sys.path.insert(0, str(Path(__file__).parents[1]/'scripts'))
import competition_demo

posix = pytest.mark.skipif(os.name != 'posix', reason='workers need pipes and memory as Linux and macOS hand them to a child')

TIERS = {'class': ['class'], 'community': ['community'], 'research': ['no worse', 'small'],
         'wake-vision': ['document', 'edge', 'micro']}

@posix
@pytest.mark.parametrize('template', TIERS)
def test_a_template_runs_from_new_to_a_board(template, tmp_path):
    folder = tmp_path/'run'
    assert competition_demo.main(template, folder) == []
    rules, events = read_competition(folder), read_log(folder/'log.jsonl')
    teams = ['Zoë', 'someone'] if template == 'class' else ['Zoë']
    assert [event['kind'] for event in events] == ['open', *['entry']*len(teams), 'close']
    document = json.loads((folder/'board.json').read_bytes())
    assert document['state'] == 'closed' and document['rules'] == rules.digest and document['not_ranked'] == []
    assert [board['tier'] for board in document['boards']] == TIERS[template]
    for board in document['boards']:
        assert sorted(row['team'] for row in board['rows'] + board['not_ranked']) == teams
    row = events[1]['body']
    assert row['standing'] == 'confirmed' and row['metrics']['artifact_bytes']['value'] > 0
    measured = set(row['metrics']) | ({'accuracy'} if template == 'wake-vision' else set())
    untimed = {'speedup', 'latency_ratio'} & set(rules.metrics) - measured  # a machine that was disturbed
    assert measured | untimed == set(rules.metrics)
    assert not untimed or row['grade'] == 'E'
    assert (folder/'board.html').read_text(encoding='utf-8').count('Zoë') >= 1
    assert (folder/'entries'/f"{row['entry']}.html").exists()
    if template != 'wake-vision': return
    assert row['released'] and not any(name.startswith('accuracy') for name in row['metrics'])
    told = events[-1]['body']['private'][row['entry']]['metrics']['accuracy']
    assert told['n'] == competition_demo.FEW and (folder/'secret.toml').stat().st_mode & 0o77 == 0
