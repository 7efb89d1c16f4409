"Boards by hand: of any size, open and closed, with names that would like to be obeyed"
from hashlib import sha256

from reports import HOSTILE
from tinytorch.competition.pareto import front_membership

NAMES = [*HOSTILE, 'a'*500, 'two\nlines', '\u200bzero', '\u2067right\u2069', '&amp;', '\U0001f600', '=1+1', 'Zoë']

def entry(i): return sha256(str(i).encode()).hexdigest()
def exactly(value): return {'value': value, 'low': value, 'high': value}

def ranked(i, team, speedup=None, accuracy=.9, **more):
    "The row at position i of a board"
    speed = 4 - .003*i if speedup is None else speedup
    found = {'value': speed, 'low': .96*speed, 'high': 1.05*speed}
    return {'position': i, 'rank': 1 + (i - 1)//3*3, 'ranks': [max(1, i - 2), i + 2], 'group': (i - 1)//3, **found, 'verdict': 'faster', 'pareto': ['certain', 'possible', 'no'][i % 3], 'entry': entry(i),
            'artifact': entry(-i), 'team': team, 'accepted_at': f'2026-12-01T10:{i % 60:02}:00Z', 'standing': ['confirmed', 'reproduced'][i % 2], 'grade': 'A', 'claimed': {}, 'evidence': entry(i), 'runs': 1,
            'metrics': {'speedup': found, 'artifact_bytes': exactly(5_000 + 7919*i % 90_001), **({'accuracy': {'value': accuracy, 'low': accuracy - .01, 'high': accuracy + .01}} if accuracy else {})},
            'decisions': [{'metric': 'accuracy', 'outcome': 'met', 'text': 'accuracy met', 'bound': None, 'needed': None}], **more}

def aside(i, team, why='speedup was not measured', **more):
    return {'entry': entry(1000 + i), 'team': team, 'accepted_at': '2026-12-01T11:00:00Z', 'standing': 'self-reported', 'kind': 'missing', 'why': why, 'claimed': {}, 'metrics': {}, 'decisions': [], **more}

def one_board(rows, not_ranked=(), **more):
    return {'tier': 'entry', 'division': 'closed', 'scenario': 'single_stream', 'hardware': 'x86_64, 2 cores', 'primary': 'speedup', 'ties': ['artifact_bytes', 'accuracy'],
            'pareto': ['speedup', 'artifact_bytes'], 'comparisons': max(50, len(rows)), 'rows': list(rows), 'not_ranked': list(not_ranked), **more}

def document(*boards, state='closed', **more):
    return {'format': 'tinytorch-board', 'version': 1, 'title': 'Autumn', 'rules': 'a'*64, 'head': 'b'*64, 'state': state, 'standings': {'confirmed': 'the verifier found numbers of its own'},
            'boards': list(boards), 'not_ranked': [], **more}

def large(n): return document(one_board([ranked(i, f'team {7*i % n}') for i in range(1, n + 1)]))

def usual(state='closed'):
    "Two boards, some not ranked"
    accuracy = None if state == 'open' else .9
    teams = ['marie', 'Zoë', 'someone'] + [f'team {i}' for i in range(4, 13)]
    rows = [ranked(i, team, 4*.86**i, accuracy and accuracy - .003*i) for i, team in enumerate(teams, 1)]
    ends = [[[row['metrics'][name][end] for name in ('speedup', 'artifact_bytes')] for row in rows] for end in ('low', 'high')]
    for row, member in zip(rows, front_membership(*ends, ['higher', 'lower'])): row['pareto'] = str(member)
    others = aside(1, 'team 20'), aside(2, 'team 21', 'latency_ms is not decidable with n = 359; n = 473 would decide')
    return document(one_board(rows, others), one_board([ranked(1, 'marie')], hardware='aarch64, 4 cores'), state=state, not_ranked=[aside(3, 'team 22', 'accepted under other rules')])

def hostile(): return document(one_board([ranked(i, name) for i, name in enumerate(NAMES, 1)], [aside(i, name, name, standing=name) for i, name in enumerate(NAMES)], tier=NAMES[0], hardware=NAMES[1]), title=NAMES[3], head=NAMES[4])
