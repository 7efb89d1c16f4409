"Optimizers and schedules against PyTorch's, step for step over hundreds of steps"
import numpy as np
import pytest
import torch

from tinytorch.core.optimizers import SGD, Adam, AdamW, CosineAnnealingLR, LambdaLR, LinearWarmup, OneCycleLR, StepLR
from tinytorch.core.tensor import Tensor

SHAPES = [(), (1,), (5,), (7, 3), (2, 3, 4)]
S = torch.optim.lr_scheduler
TOLERANCE = {np.float64: dict(rtol=1e-11, atol=1e-12), np.float32: dict(rtol=2e-5, atol=2e-6)}

def pair(dtype, seed=0):
    "The same parameters twice: ours and theirs"
    arrays = [np.asarray(np.random.default_rng(seed + i).standard_normal(s), dtype) for i, s in enumerate(SHAPES)]
    ours = [Tensor(a.copy(), requires_grad=True) for a in arrays]
    theirs = [torch.nn.Parameter(torch.from_numpy(a.copy())) for a in arrays]
    return ours, theirs

def give_gradients(ours, theirs, rng, skip=0.):
    "The same gradients to both, of very different sizes; a parameter gets none with probability `skip`"
    for p, q in zip(ours, theirs):
        g = np.asarray(rng.standard_normal(p.shape) * 10.**rng.integers(-4, 3), p.dtype)
        absent = rng.random() < skip
        p.grad, q.grad = (None, None) if absent else (g, torch.from_numpy(g.copy()))

def same(ours, theirs, dtype):
    for p, q in zip(ours, theirs): np.testing.assert_allclose(p.data, q.detach().numpy(), **TOLERANCE[dtype])

OPTIMIZERS = [(SGD, torch.optim.SGD, dict(lr=.01)),
              (SGD, torch.optim.SGD, dict(lr=.01, weight_decay=.1)),
              (SGD, torch.optim.SGD, dict(lr=.01, momentum=.9)),
              (SGD, torch.optim.SGD, dict(lr=.01, momentum=.9, weight_decay=.1)),
              (SGD, torch.optim.SGD, dict(lr=.01, momentum=.9, nesterov=True)),
              (SGD, torch.optim.SGD, dict(lr=.01, momentum=.5, nesterov=True, weight_decay=.1)),
              (SGD, torch.optim.SGD, dict(lr=.01, momentum=.9, dampening=.3)),
              (SGD, torch.optim.SGD, dict(lr=.01, momentum=.9, dampening=.5, weight_decay=.1, maximize=True)),
              (SGD, torch.optim.SGD, dict(lr=.01, momentum=.5, nesterov=True, weight_decay=.1, maximize=True)),
              (Adam, torch.optim.Adam, dict()),
              (Adam, torch.optim.Adam, dict(amsgrad=True)),
              (Adam, torch.optim.Adam, dict(lr=.1, betas=(.5, .9), weight_decay=.1, amsgrad=True, maximize=True)),
              (Adam, torch.optim.Adam, dict(maximize=True)),
              (AdamW, torch.optim.AdamW, dict(lr=.1, weight_decay=.1, amsgrad=True, maximize=True)),
              (Adam, torch.optim.Adam, dict(lr=.1, betas=(.5, .9), eps=1e-3)),
              (Adam, torch.optim.Adam, dict(lr=.1, betas=(0., .99), weight_decay=.1)),
              (Adam, torch.optim.Adam, dict(lr=.1, betas=(.9, 0.))),
              (AdamW, torch.optim.AdamW, dict()),
              (AdamW, torch.optim.AdamW, dict(lr=.1, weight_decay=.5)),
              (AdamW, torch.optim.AdamW, dict(lr=.1, weight_decay=0))]

@pytest.mark.parametrize('dtype', [np.float64, np.float32])
@pytest.mark.parametrize('skip', [0., .3])
@pytest.mark.parametrize('ours, theirs, settings', OPTIMIZERS, ids=lambda v: str(v) if isinstance(v, dict) else v.__name__)
def test_steps(ours, theirs, settings, skip, dtype):
    p, q = pair(dtype)
    mine, peer, rng = ours(p, **settings), theirs(q, **settings), np.random.default_rng(1)
    for _ in range(300):
        give_gradients(p, q, rng, skip)
        mine.step(); peer.step()
    same(p, q, dtype)

GROUPS = [(SGD, torch.optim.SGD, dict(lr=.01, momentum=.9), dict(lr=.1, weight_decay=.1)), (SGD, torch.optim.SGD, dict(lr=.01), dict(momentum=.5, dampening=.2)),
          (Adam, torch.optim.Adam, dict(lr=.01), dict(lr=.1, betas=(.5, .9), weight_decay=.1)), (AdamW, torch.optim.AdamW, dict(lr=.01, weight_decay=.1), dict(weight_decay=0., eps=1e-3)),
          (AdamW, torch.optim.AdamW, dict(lr=.01), dict(amsgrad=True, maximize=True))]

@pytest.mark.parametrize('dtype', [np.float64, np.float32])
@pytest.mark.parametrize('ours, theirs, settings, own', GROUPS, ids=lambda v: str(v) if isinstance(v, dict) else v.__name__)
def test_groups(ours, theirs, settings, own, dtype):
    "Groups with settings of their own, one of them added later, under a schedule"
    p, q = pair(dtype)
    mine, peer = [make([{'params': ps[:2]}, {'params': ps[2:4], **own}], **settings) for make, ps in ((ours, p), (theirs, q))]
    schedules, rng = [StepLR(mine, 40, .5), S.StepLR(peer, 40, .5)], np.random.default_rng(1)
    for i in range(120):
        if i == 60:
            for optimizer, ps in ((mine, p), (peer, q)): optimizer.add_param_group({'params': ps[4:], 'lr': .02})
            schedules = [StepLR(mine, 40, .5), S.StepLR(peer, 40, .5)]
        for a, b in zip(mine.param_groups, peer.param_groups): assert a['lr'] == pytest.approx(b['lr'], rel=1e-12)
        give_gradients(p, q, rng, .2)
        mine.step(); peer.step()
        for schedule in schedules: schedule.step()
    same(p, q, dtype)

@pytest.mark.parametrize('set_to_none', [True, False])
@pytest.mark.parametrize('ours, theirs, settings', OPTIMIZERS, ids=lambda v: str(v) if isinstance(v, dict) else v.__name__)
def test_zero_grad(ours, theirs, settings, set_to_none):
    "Gradients of zero let momentum and decay go on, none do not"
    p, q = pair(np.float64)
    mine, peer, rng = ours(p, **settings), theirs(q, **settings), np.random.default_rng(1)
    for i in range(20):
        give_gradients(p, q, rng)
        mine.step(); peer.step()
        for optimizer in mine, peer: optimizer.zero_grad(set_to_none=set_to_none)
        mine.step(); peer.step()
    same(p, q, np.float64)

def test_blocks_give_the_same():
    rng = np.random.default_rng(0)
    w, g = rng.standard_normal((301, 97)), rng.standard_normal((301, 97))
    p, q = Tensor(w.copy(), requires_grad=True), torch.nn.Parameter(torch.from_numpy(w.copy()))
    mine, peer = AdamW([p], weight_decay=.1), torch.optim.AdamW([q], weight_decay=.1)
    mine.block = 1000
    for _ in range(20):
        p.grad, q.grad = g, torch.from_numpy(g)
        mine.step(); peer.step()
    np.testing.assert_allclose(p.data, q.detach().numpy(), rtol=1e-12)

SCHEDULES = {
    'step':            (lambda o: StepLR(o, 7, .3), lambda o: S.StepLR(o, 7, .3)),
    'lambda':          (lambda o: LambdaLR(o, lambda t: .9**t), lambda o: S.LambdaLR(o, lambda t: .9**t)),
    'cosine':          (lambda o: CosineAnnealingLR(o, 20, 1e-4), lambda o: S.CosineAnnealingLR(o, 20, 1e-4)),
    'warmup':          (lambda o: LinearWarmup(o, 12), lambda o: S.LinearLR(o, total_iters=12)),
    'warmup from .01': (lambda o: LinearWarmup(o, 9, .01), lambda o: S.LinearLR(o, .01, total_iters=9)),
    'warmup, cosine':  (lambda o: LinearWarmup(o, 9, .1, then=CosineAnnealingLR(o, 30)),
                        lambda o: S.SequentialLR(o, [S.LinearLR(o, .1, total_iters=9), S.CosineAnnealingLR(o, 30)], [9])),
    'one cycle':       (lambda o: OneCycleLR(o, .5, 80), lambda o: S.OneCycleLR(o, .5, 80)),
    'one cycle, high': (lambda o: OneCycleLR(o, .5, 80, .47, 10, 100, base_momentum=.6, max_momentum=.9),
                        lambda o: S.OneCycleLR(o, .5, 80, pct_start=.47, div_factor=10, final_div_factor=100, base_momentum=.6, max_momentum=.9)),
    'one cycle, lr':   (lambda o: OneCycleLR(o, .5, 81, cycle_momentum=False), lambda o: S.OneCycleLR(o, .5, 81, cycle_momentum=False)),
}

@pytest.mark.parametrize('ours, theirs, settings', [o for o in OPTIMIZERS if o[2].get('momentum') or o[0] is not SGD], ids=lambda v: str(v) if isinstance(v, dict) else v.__name__)
@pytest.mark.parametrize('name', SCHEDULES)
def test_schedules(name, ours, theirs, settings):
    "The learning rate after each step, and the weights it leads to; with momentum moving too"
    p, q = pair(np.float64)
    mine, peer, rng = ours(p, **settings), theirs(q, **settings), np.random.default_rng(1)
    schedule, theirs = [make(o) for make, o in zip(SCHEDULES[name], (mine, peer))]
    for _ in range(80):
        np.testing.assert_allclose(schedule.get_last_lr(), theirs.get_last_lr(), rtol=1e-10, atol=1e-16)
        give_gradients(p, q, rng, .1)
        mine.step(); peer.step()
        schedule.step(); theirs.step()
    same(p, q, np.float64)
