"The rows of docs/from-pytorch.md beside PyTorch: what ours gives is what PyTorch gives"
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn, optim

sys.path.insert(0, str(Path(__file__).parent.parent/'tests'))
from from_pytorch import ABSENT, DIFFERENT, SAME, WEIGHTS, agree, helpers, here, value_of, values

def there():
    "The names as PyTorch's"
    names = dict(torch=torch, nn=nn, F=F, optim=optim, lr_scheduler=optim.lr_scheduler, data=torch.utils.data, np=np)
    names |= {name: torch.tensor(value) for name, value in values().items()}
    names['w'].requires_grad_()
    names['net'] = net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    for p, value in zip(net.parameters(), WEIGHTS): p.data = torch.tensor(value.T.copy())
    return names | helpers(names, lambda opt: opt.param_groups[0]['lr'])

@pytest.mark.filterwarnings('ignore::UserWarning')
@pytest.mark.parametrize('row', [*SAME, *DIFFERENT, *ABSENT], ids=lambda row: row.theirs)
def test_ours_gives_what_pytorch_gives(row):
    if '.cuda(' in row.theirs: return  # needs such a device
    if row.ours == '': return value_of(row, row.theirs, there())  # PyTorch has it, we do not
    theirs, ours = value_of(row, row.theirs, there()), value_of(row, row.ours or row.theirs, here())
    assert agree(ours, theirs), (ours, theirs)
