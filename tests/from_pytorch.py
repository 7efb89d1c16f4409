"""What somebody who knows PyTorch types, and what it does here: the rows of docs/from-pytorch.md, each of which is run

A row has code as for PyTorch (`theirs`) and code for TinyTorch that gives what PyTorch gives (`ours`; None: the same code).
In the code `torch`, `nn`, `F`, `optim`, `lr_scheduler` and `data` are the modules of `PLACES`; `values` has the other names.
tests/test_from_pytorch.py runs the rows without PyTorch, oracle/test_from_pytorch.py beside it, scripts/notebook_table.py writes
them down."""
import ast, importlib
from io import BytesIO
from typing import NamedTuple

import numpy as np

from tinytorch.core.tensor import Tensor

class Row(NamedTuple):
    page: int         # Number of the page on which it is taught
    theirs: str       # As one types it for PyTorch; the value is that of the last expression
    ours: str = None  # What gives the same value here; None: the same code; '': nothing does
    note: str = ''    # One sentence
    says: str = None  # ABSENT: words of our error that name the way out; None: the error is Python's or NumPy's own
    after: str = ''   # The value to compare, if `theirs` and `ours` are statements; same on both sides
    before: str = ''  # What to run first, on both sides
    about: str = ''   # What the rows of one line of the table have in common

NETWORK = 'loss = F.mse_loss(net(x), y); loss.backward()'

def same(page, about, *codes, after=''): return [Row(page, code, after=after, about=about) for code in codes]

def trained(optimizer): return Row(6, f'opt = {optimizer}', after='fitted(opt)', about='optimizers')

def scheduled(schedule): return Row(6, f'scheduler = {schedule}', before='opt = optim.SGD(net.parameters(), lr=.1)', after='rates(opt, scheduler)', about='schedules')

# What means the same

SAME = [
    *same(1, 'making', 'torch.zeros(2, 3)', 'torch.ones(2, 3)', 'torch.full((2, 3), 7.)', 'torch.eye(3)', 'torch.arange(5)', 'torch.arange(0, 1, .25)', 'torch.tensor([1., 2.])',
          'torch.tensor([True, False])', 'torch.tensor([1.], requires_grad=True)', 'torch.randn(2, 3).shape', 'torch.rand((2, 3), requires_grad=True).shape'),
    *same(1, 'asking', 't.shape', 't.shape[0]', 't.ndim', 't.dim()', 't.dtype', 't.numel()', 'len(t)', 't.T', 't[0, 1].item()', 't.tolist()', 't.detach()', 't.clone()', 't.numpy()',
          't.detach().cpu().numpy()', 't.contiguous()', 't.requires_grad', 't.requires_grad_()', 'float(t[0, 0])', 'bool(t[0, 0] > 0)'),
    *same(1, 'operators', 't + u', '2*t - 1', 't/u', 't**2', 't // 2', 't % 2', '-t', 't @ m', 't > u', 't == u', '(t > 0) & (u > 0)', '~(t > 0)', 'ids/2', 'ids*0.5', 'ids + t[:, :2]'),
    *same(1, 'functions', 't.exp()', 't.abs().sqrt()', 't.abs().log()', 't.square()', 't.sin()', 't.floor()', 't.round()', 't.sign()', 'torch.exp(t)',
          'torch.maximum(t, u)', 'torch.log1p(t.abs())'),
    *same(1, 'reductions', 't.sum()', 't.sum(dim=1)', 't.sum(1, keepdim=True)', 't.mean(dim=(0, 1))', 't.max()', 't.min()', 't.argmax(dim=1)', 't.prod()',
          '(t > 0).any()', '(t > 0).all(dim=1)',
          't.cumsum(dim=1)', 't.var(dim=1, correction=1)', 't.std(correction=0)'),
    *same(1, 'shapes', 't.view(3, 2)', 't.view(-1)', 't.reshape(3, -1)', 't.flatten()', 't.permute(1, 0)', 't.transpose(0, 1)', 't.unsqueeze(0)', 't[:, None]', 't.unsqueeze(1).squeeze(1)',
          't.broadcast_to((4, 2, 3))', 'torch.cat([t, u], dim=1)', 'torch.stack([t, u])', 't.split(2, dim=1)', 't.chunk(3, dim=1)', 'torch.where(t > 0, t, u)', 'torch.tril(t)',
          'torch.triu(t, diagonal=1)', 't.sort(dim=1).values', 't.sort(dim=1, descending=True).indices', 't.argsort(dim=1)', 't.topk(2).indices', 'F.pad(t, (1, 1))'),
    *same(1, 'indexing', 't[0]', 't[:, 1:]', 't[..., -1]', 't[t > 0]', 't[[0, 1], [2, 0]]', 't[ids]'),
    *same(1, 'in place', 't += 1', 't *= u', 't[0] = 0', 't[t < 0] = 0', after='t'),
    *same(2, 'activations', 'F.relu(t)', 't.relu()', 'torch.sigmoid(t)', 't.sigmoid()', 'torch.tanh(t)', 't.tanh()', 'F.gelu(t)', "F.gelu(t, approximate='tanh')",
          'F.leaky_relu(t, .2)', 'F.elu(t)',
          'F.silu(t)', 'F.softplus(t)', 'F.softmax(t, dim=1)', 't.softmax(dim=-1)', 'F.log_softmax(t, dim=-1)', 'nn.ReLU()(t)', 'nn.Sigmoid()(t)', 'nn.Tanh()(t)', 'nn.GELU()(t)',
          'nn.LeakyReLU(.2)(t)', 'nn.SiLU()(t)', 'nn.Softmax(dim=1)(t)', 'nn.LogSoftmax(dim=1)(t)'),
    *same(3, 'layers', 'net(x)', 'net[0](x)', 'len(net)', 'nn.Sequential(nn.Flatten(), nn.Identity())(images)', 'nn.Linear(3, 4).bias.shape', 'nn.Linear(3, 4, bias=False).bias',
          'nn.Dropout(.5).eval()(t)', 'net.eval().training', 'net.train().training', 'sum(p.numel() for p in net.parameters())', '[name for name, _ in net.named_parameters()]',
          'list(net.state_dict())', 'net.load_state_dict(net.state_dict()); net(x)'),
    Row(3, 'net.zero_grad()', before=NETWORK, after='net[0].weight.grad', about='layers'),
    Row(3, 'class Net(nn.Module):\n    def __init__(self):\n        super().__init__()\n        self.body = net\n    def forward(self, x): return self.body(x)',
        after='[Net()(x), list(Net().state_dict())]', about='layers'),
    Row(3, 'net.zero_grad(set_to_none=False)', before=NETWORK, after='net[0].bias.grad', about='layers'),
    Row(3, "net.register_buffer('cache', None)", after="'cache' in net.state_dict()", about='layers'),
    *same(3, 'layers', 'nn.Parameter(t).requires_grad', 'nn.ModuleList([nn.Linear(3, 4), nn.Linear(4, 2)])[1].bias.shape', "nn.ModuleDict({'a': nn.Identity()})['a'](t)"),
    Row(3, "net.register_buffer('scale', t)", after="'scale' in net.state_dict()", about='layers'),
    *same(4, 'losses', 'F.mse_loss(t, u)', "F.mse_loss(t, u, reduction='sum')", 'nn.MSELoss()(t, u)', 'F.cross_entropy(t, labels)', "F.cross_entropy(t, labels, reduction='none')",
          'F.cross_entropy(t, labels, label_smoothing=.1)', 'F.cross_entropy(t, labels, ignore_index=2)', 'F.cross_entropy(t, u.softmax(dim=1))',
          'nn.CrossEntropyLoss(weight=torch.tensor([1., 2., 3.]))(t, labels)',
          'F.nll_loss(F.log_softmax(t, dim=1), labels)', 'F.l1_loss(t, u)', 'F.smooth_l1_loss(t, u, beta=.5)', 'F.huber_loss(t, u, delta=.5)', 'nn.L1Loss()(t, u)',
          'nn.NLLLoss()(F.log_softmax(t, dim=1), labels)',
          'F.binary_cross_entropy(torch.sigmoid(t), bits)', 'F.binary_cross_entropy_with_logits(t, bits)', 'nn.BCELoss()(torch.sigmoid(t), bits)', 'nn.BCEWithLogitsLoss()(t, bits)'),
    *same(5, 'gradients', '(w*w).sum().backward()', 'w.sum().backward(); (w*w).sum().backward()', '(w*w).backward(gradient=u)', after='w.grad'),
    *same(5, 'under `no_grad`', 'with torch.no_grad(): w -= .1*u', 'with torch.no_grad(): w[0] = 0', after='w'),
    Row(5, 'with torch.no_grad(): z = w*2', after='z.requires_grad', about='under `no_grad`'),
    Row(5, '@torch.no_grad()\ndef double(x): return x*2', after='double(w).requires_grad', about='under `no_grad`'),
    Row(5, 'w.grad = None', before='(w*w).sum().backward()', after='w.grad', about='gradients'),
    *map(trained, ['optim.SGD(net.parameters(), lr=.1)', 'optim.SGD(net.parameters(), lr=.1, momentum=.9, nesterov=True, weight_decay=1e-2)', 'optim.Adam(net.parameters())',
                   'optim.Adam(net.parameters(), lr=.01, betas=(.8, .99), weight_decay=.1)', 'optim.AdamW(net.parameters(), lr=.01, weight_decay=.1)',
          'optim.Adam(net.parameters(), amsgrad=True)', 'optim.SGD(net.parameters(), lr=.1, momentum=.9, dampening=.5)', 'optim.SGD(net.parameters(), lr=.1, maximize=True)',
                   "optim.SGD([{'params': net[0].parameters()}, {'params': net[2].parameters(), 'lr': .2, 'weight_decay': .1}], lr=.1)"]),
    Row(6, 'opt.zero_grad(set_to_none=True)', before=f'opt = optim.Adam(net.parameters()); {NETWORK}', after='net[0].bias.grad', about='optimizers'),
    Row(6, "opt.param_groups[0]['lr'] = .01", before='opt = optim.SGD(net.parameters(), lr=.1)', after='lr_of(opt)', about='optimizers'),
    *map(scheduled, ['lr_scheduler.StepLR(opt, step_size=2, gamma=.5)', 'lr_scheduler.CosineAnnealingLR(opt, T_max=10)', 'lr_scheduler.OneCycleLR(opt, max_lr=.1, total_steps=10)', 'lr_scheduler.LambdaLR(opt, lambda t: .5**t)']),
    Row(6, 'scheduler.get_last_lr()', before='opt = optim.SGD(net.parameters(), lr=.1); scheduler = lr_scheduler.StepLR(opt, 2)', about='schedules'),
    *same(8, 'data', 'list(data.DataLoader(data.TensorDataset(x, y), batch_size=3))', 'list(data.DataLoader(data.TensorDataset(x), batch_size=3, drop_last=True))',
          'data.TensorDataset(x, y)[1]',
          'len(data.DataLoader(data.TensorDataset(x, y), batch_size=3))', 'data.Subset(data.TensorDataset(x, y), [3, 1])[0]',
          '[len(part) for part in data.random_split(data.TensorDataset(x, y), [3, 1])]',
          '[len(part) for part in data.random_split(data.TensorDataset(x, y), [.5, .5])]', 'list(data.DataLoader(data.TensorDataset(x), batch_size=2, num_workers=0, pin_memory=False))',
          'list(data.DataLoader(data.TensorDataset(x), sampler=[2, 0]))'),
    *same(9, 'pictures', 'F.conv2d(images, kernels)', 'F.conv2d(images, kernels, stride=2, padding=1)', 'F.max_pool2d(images, 2)', 'F.avg_pool2d(images, 2)',
          'F.adaptive_avg_pool2d(images, 1)',
          "nn.Conv2d(3, 4, 3, padding='same')(images).shape", 'nn.Conv2d(3, 4, 3).weight.shape', 'nn.MaxPool2d(2)(images)', 'nn.AvgPool2d(2)(images)', 'nn.AdaptiveAvgPool2d((1, 1))(images)',
          'nn.BatchNorm2d(3)(images)', 'list(nn.BatchNorm2d(3).state_dict())[:4]'),
    *same(11, 'embeddings', 'nn.Embedding(5, 3).weight.shape', 'nn.Embedding(5, 3)(ids).shape', 'nn.Embedding(5, 3, padding_idx=0).weight[0]'),
    *same(12, 'attention', 'F.scaled_dot_product_attention(q, k, v)', 'F.scaled_dot_product_attention(q, k, v, is_causal=True)',
          'F.scaled_dot_product_attention(q, k, v, q[..., :3] > 0)', 'F.scaled_dot_product_attention(q, k, v, scale=.3)'),
    *same(13, 'norms', 'nn.LayerNorm(3)(t)', 'F.layer_norm(t, (3,))', 'nn.LayerNorm((2, 3))(t)', 'nn.LayerNorm(3, elementwise_affine=False)(t)')]

# What runs and gives something else, and how to get what PyTorch gives

DIFFERENT = [
    Row(1, 'v, i = t.max(1); v', 't.max(1)', 'One result, the values, as in NumPy; a tensor of two rows is then unpacked into them without a word.'),
    Row(1, 't.max(1)[1]', 't.argmax(1)', 'Element 1 of the values. Positions are `argmax`; `sort` and `topk` do return pairs.'),
    Row(1, 't.min(1)[1]', 't.argmin(1)', 'As with `max`.'),
    Row(1, 't.var(1)', 't.var(1, correction=1)', 'Divided by n, as in NumPy, not by n − 1.'),
    Row(1, 't.std()', 't.std(correction=1)', 'As with `var`.'),
    Row(1, 'torch.tensor([1, 2]).dtype', 'torch.tensor([1, 2], dtype=np.int64).dtype', 'Lists and numbers become float32, integers too; arrays keep their dtype.'),
    Row(5, 'type(w.grad).__name__', 'type(Tensor(w.grad)).__name__', 'A gradient is a NumPy array: `w.grad.max()` and `w -= .1*w.grad` work as they are.', before='(w*w).sum().backward()'),
    Row(3, 'nn.Linear(3, 4).weight.shape', 'nn.Linear(3, 4).weight.T.shape', '`(in, out)`, as one writes `x @ weight`. Take over weights with `load_state_dict(state, transpose=True)`.'),
    Row(3, 'len(list(net.modules()))', '1 + len(net)', 'A bare activation has nothing to learn and is no `Module`.'),
    Row(3, "net.state_dict()['0.bias'][:] = 0; net(x)", 'net[0].bias.data[:] = 0; net(x)', 'Copies, as arrays: what you write into them does not reach the model.'),
    Row(4, 'F.cross_entropy(scores, scores.softmax(dim=1))', 'F.cross_entropy(scores, scores.softmax(dim=1), axis=1)',
        'Classes are the last axis unless `axis=` names another. With scores `(N, C, T)` and class probabilities, or where C and T are equal, no shape gives the layout away.'),
]

# What is not there, and what to write

ABSENT = [
    Row(1, 't.size()', 't.shape', '`t.size` is the number of elements, as in NumPy.', says='t.shape'),
    Row(1, 't.size(0)', 't.shape[0]', says='t.shape[0]'),
    Row(1, 't.max(dim=1).values', 't.max(dim=1)', 'Values and positions are two calls.', says='t.max('),
    Row(1, 't.max(dim=1).indices', 't.argmax(dim=1)', says='t.argmax('),
    Row(1, 't.clamp(min=0)', 't.clip(min=0)', says='t.clip('), Row(1, 't.clamp(0, 2)', 't.clip(0, 2)', says='t.clip('),
    Row(1, 't.add(u)', 't + u', says='a + b'), Row(1, 't.mul(u)', 't*u', says='a * b'), Row(1, 't.pow(2)', 't**2', says='a ** b'),
    Row(1, 't.matmul(m)', 't @ m', says='a @ b'), Row(1, 't.mm(m)', 't @ m', says='a @ b'), Row(1, 'q.bmm(k.transpose(1, 2))', 'q @ k.transpose(1, 2)', says='a @ b'),
    Row(1, 't.eq(u)', 't == u', says='a == b'), Row(1, 't.gt(u)', 't > u', says='a > b'), Row(1, 't.logical_not()', 't == 0', says='~'),
    Row(1, 't.expand(4, 2, 3)', 't.broadcast_to(4, 2, 3)', says='t.broadcast_to('),
    Row(1, 't.expand_as(images[0, :, :2, :3])', 't.broadcast_to(images[0, :, :2, :3].shape)', says='t.broadcast_to('),
    Row(1, 't.repeat(2, 1)', 'torch.cat([t]*2, dim=0)', says='cat('), Row(1, 't.t()', 't.T', says='t.T'), Row(1, 't.mT', 't.transpose()', says='t.transpose('),
    Row(1, 't.flip(1)', 't[:, ::-1]', says='::-1'), Row(1, 't.unbind()', 'tuple(t)', says='tuple(t)'), Row(1, 't.view_as(u)', 't.view(u.shape)', says='t.reshape('),
    Row(1, 't.float()', 't.astype(np.float32)', says='astype(np.float32)'), Row(1, 't.long()', 't.astype(np.int64)', says='astype(np.int64)'),
    Row(1, 't.bool()', 't.astype(bool)', says='astype(bool)'), Row(1, 't.double()', 't.astype(np.float64)', says='astype(np.float64)'),
    Row(1, "t.to('cpu')", 't', 'There are no devices; nothing has to be moved.', says='no devices'),
    Row(1, 't.cuda()', 't', says='no devices'),
    Row(1, 't.to(torch.float64)', 't.astype(np.float64)', says=None),
    Row(1, 'torch.zeros(2, dtype=torch.float64)', 'torch.zeros(2, dtype=np.float64)', 'Dtypes are those of NumPy.'),
    Row(1, 't.masked_fill(t > 0, 0.)', 'torch.where(t > 0, 0., t)', says='where('), Row(1, 't.masked_select(t > 0)', 't[t > 0]', says='t[mask]'),
    Row(1, 't.gather(1, labels.unsqueeze(1))', 't[np.arange(2), labels].unsqueeze(1)', 'Rows and columns are broadcast, as in NumPy.', says='t[rows, columns]'),
    Row(1, 't.index_select(1, labels)', 't[:, labels]', says='t['),
    Row(1, 't.scatter(1, labels.unsqueeze(1), 9.)', 't[np.arange(2), labels] = 9.; t', 'Inside `no_grad()` if `t` wants gradients.', says='t[rows, columns]'),
    Row(1, 'F.one_hot(labels, 3)', 'torch.eye(3, dtype=np.int64)[labels]'),
    Row(1, 't.amax(1)', 't.max(1)', says='t.max('), Row(1, 't.norm()', '(t*t).sum().sqrt()', says='sqrt()'), Row(1, 't.isnan()', 'np.isnan(t.data)', says='np.isnan('),
    Row(1, 't.add_(1)', 't += 1; t', 'What ends in `_` writes in place; operators do it here.', says='no_grad()'), Row(1, 't.zero_()', 't.data[...] = 0; t', says='t.data['),
    Row(1, 't.copy_(u)', 't.data[...] = u.data; t', says='t.data['), Row(1, 'w.is_leaf', 'w.recipe is None', says='t.recipe'),
    Row(1, 'torch.zeros_like(t)', 'torch.zeros(*t.shape)'), Row(1, 'torch.ones_like(t)', 'torch.ones(*t.shape)'),
    Row(1, 'torch.linspace(0, 1, 5)', 'Tensor(np.linspace(0, 1, 5, dtype=np.float32))'), Row(1, 'torch.from_numpy(t.numpy())', 'Tensor(t.numpy())', 'The array is shared there and here.'),
    Row(1, "torch.einsum('ij,jk->ik', t, m)", 't @ m', 'With `permute` and `unsqueeze` a product says the same.'),
    Row(1, 'torch.matmul(t, m)', 't @ m'), Row(1, 'torch.clamp(t, 0, 1)', 't.clip(0, 1)'), Row(1, 'torch.abs(t)', 'abs(t)'), Row(1, 'torch.mean(t)', 't.mean()', 'Reductions are methods.'),
    Row(1, 'torch.allclose(t, t)', 'np.allclose(t.data, t.data)'),
    Row(1, 'torch.manual_seed(0)', 'torch.randn(2, rng=0)', 'Whatever draws takes `rng=`, a seed or a NumPy generator; there is no global state.', after='0'),
    Row(3, "net.to('cpu')(x)", 'net(x)', 'There are no devices.', says='no devices'), Row(3, 'net.cpu()(x)', 'net(x)', says='no devices'),
    Row(3, 'list(nn.Linear(3, 4, device="cpu").parameters())[1].shape', 'nn.Linear(3, 4).bias.shape', says='no devices'),
    Row(3, 'net.double()', 'for p in net.parameters(): p.data = p.data.astype(np.float64)', 'Weights start as float32.', says='p.data.astype(', after='net[0].bias'),
    Row(3, 'net.requires_grad_(False)', 'for p in net.parameters(): p.requires_grad = False', says='p.requires_grad = False', after='net[0].bias.requires_grad'),
    Row(4, 'F.cross_entropy(pixels, pixel_labels)', 'F.cross_entropy(pixels, pixel_labels, axis=1)', 'Classes on axis 1, as of `(N, C, H, W)`, are asked for by name.', says='axis=1'),
    Row(5, 'w.grad.zero_()', 'w.grad[...] = 0; Tensor(w.grad)', 'A gradient is an array; `w.grad = None` is as good.', before='(w*w).sum().backward()'),
    Row(5, '(w*w).sum().backward(retain_graph=True)', '(w*w).sum().backward()', 'A walk frees the graph: add the losses and walk once.', says='add the losses and walk once', after='w.grad'),
    Row(5, 'torch.autograd.grad((w*w).sum(), [w])[0]', '(w*w).sum().backward(); Tensor(w.grad)'),
    Row(5, 'w.retain_grad()', 'w = Tensor(w.data, requires_grad=True)', 'Gradients are kept for leaves only; start a second leaf in the middle.', says='requires_grad=True', after='0'),
    Row(5, 'w.register_hook(print)', '', 'Look at `w.grad` after `backward`, or write a rule with `vjp`.', says='t.grad', after='0'),
    Row(3, 'net[0].register_forward_hook(lambda *_: None)', '', '`with forward_hook([layer], note):` is told of each call, and leaves nothing behind.', says='with forward_hook(', after='0'),
    Row(3, 'nn.init.zeros_(net[0].bias); net(x)', 'net[0].bias.data[...] = 0; net(x)', 'First values are written into `p.data`.'),
    Row(3, "torch.save(net.state_dict(), path)", '', '`np.savez(path, **net.state_dict())`; a whole training is `trainer.save_checkpoint(path)`, [page 07](../nbs/07_training.ipynb).', after='0'),
    Row(7, 'nn.utils.clip_grad_norm_(net.parameters(), .1)', 'nn.clip_grad_norm(net.parameters(), .1)', '`clip_grad_norm` of `core.training`.', before=NETWORK, after='net[0].bias.grad'),
    Row(8, 'len(data.DataLoader(data.TensorDataset(x), num_workers=2))', 'len(data.DataLoader(data.TensorDataset(x)))', 'One indexing makes a batch; `num_workers=0` is taken, workers are not there.', says='num_workers'),
    Row(8, 'len(data.DataLoader(data.TensorDataset(x), shuffle=True, generator=0))', 'len(data.DataLoader(data.TensorDataset(x), shuffle=True, rng=0))', '`rng=` takes a seed or a NumPy generator.', says='rng=0'),
    Row(9, 'nn.Conv1d(3, 4, 3)', '', '`Conv2d` on pictures of height 1.', after='0'),
    Row(9, 'nn.ConvTranspose2d(3, 4, 3)', '', 'Not in the course.', after='0'),
    Row(9, 'nn.GroupNorm(1, 3)', '', '`BatchNorm2d` or `LayerNorm`.', after='0'),
    Row(9, 'nn.BatchNorm1d(3)(x)', 'nn.BatchNorm2d(3)(x[:, :, None, None]).squeeze((2, 3))', 'Two axes of size 1 make a picture of a row.'),
    Row(11, 'nn.LSTM(3, 4)', '', 'Ten lines by hand: [tests/programs/lstm.py](../tests/programs/lstm.py). The same for `RNN` and `GRU`.', after='0'),
    Row(12, 'nn.MultiheadAttention(4, 2)', '', '`MultiHeadAttention(4, 2)(x, mask=…)`: batch first, one input, a mask that is true where one may look.', after='0'),
    Row(13, 'nn.TransformerEncoderLayer(4, 2)', '', '`TransformerBlock`, norms first.', after='0'),
]

# The names in the code

PLACES = {  # as PyTorch spells the place → our modules
    'torch': ['tensor', 'activations', 'autograd'], 'nn': ['layers', 'activations', 'losses', 'spatial', 'embeddings', 'attention', 'transformers', 'training'],
    'F': ['tensor', 'activations', 'layers', 'losses', 'spatial', 'attention', 'transformers'], 'optim': ['optimizers'], 'lr_scheduler': ['optimizers'], 'data': ['dataloader']}

class Place:
    "The public names of some of our modules; asked for another it says who asked"
    def __init__(self, name): self.name, self.modules = name, [importlib.import_module(f'tinytorch.core.{module}') for module in PLACES[name]]
    def __getattr__(self, name):
        for module in self.modules:
            if name in module.__all__: return getattr(module, name)
        raise AttributeError(f'{name} is in none of {", ".join(module.__name__ for module in self.modules)}')

def values():
    "Arrays and numbers that both sides start from, new ones each time"
    rng = np.random.default_rng(0)
    draw = lambda *shape: rng.standard_normal(shape).astype(np.float32)
    return dict(t=np.array([[1, -2, 3], [4, 5, -6]], np.float32), u=np.array([[2, -2, .5], [1.5, 7, 3]], np.float32), m=draw(3, 4), x=draw(4, 3), y=draw(4, 2), ids=np.array([[0, 1], [1, 0]]),
                labels=np.array([2, 0]), bits=np.array([[0, 1, 1], [1, 0, 0]], np.float32), images=draw(2, 3, 6, 6), kernels=draw(4, 3, 3, 3), scores=draw(2, 3, 3),
                pixels=draw(2, 3, 4), pixel_labels=np.array([[0, 1, 2, 1], [2, 2, 0, 1]]),
                q=draw(2, 3, 4), k=draw(2, 3, 4), v=draw(2, 3, 4), w=draw(2, 3))

WEIGHTS = [np.random.default_rng(1).standard_normal(shape).astype(np.float32) for shape in [(3, 4), (4,), (4, 2), (2,)]]  # of `net`

def helpers(names, lr_of):
    "What rows ask for at their end: the outputs of `net` after three steps, the rates of four steps"
    def fitted(opt):
        for _ in range(3):
            opt.zero_grad()
            names['F'].mse_loss(names['net'](names['x']), names['y']).backward()
            opt.step()
        return names['net'](names['x'])
    def rates(opt, scheduler):
        found = []
        for _ in range(4):
            opt.step()
            scheduler.step()
            found.append(lr_of(opt))
        return found
    return dict(fitted=fitted, rates=rates, lr_of=lr_of, path=BytesIO())

def here():
    "The names as ours"
    names = {name: Place(name) for name in PLACES} | {name: Tensor(value) for name, value in values().items()} | {'np': np, 'Tensor': Tensor}
    names['w'] = Tensor(names['w'].data, requires_grad=True)
    nn = names['nn']
    names['net'] = net = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    for p, value in zip(net.parameters(), WEIGHTS): p.data[...] = value
    return names | helpers(names, lambda opt: opt.lr)

def run(code, names):
    "The value of the last expression of `code`, or None"
    *body, last = ast.parse(code).body or [None]
    if body: exec(compile(ast.Module(body, []), '<row>', 'exec'), names)
    if isinstance(last, ast.Expr): return eval(compile(ast.Expression(last.value), '<row>', 'eval'), names)
    if last: exec(compile(ast.Module([last], []), '<row>', 'exec'), names)

def value_of(row, code, names):
    "What a row gives with `code`: theirs or ours"
    run(row.before, names)
    found = run(code, names)
    return plain(run(row.after, names) if row.after else found)

def plain(value):
    "`value` as nested lists of arrays, and of what compares by itself"
    if hasattr(value, 'detach'): value = value.detach().numpy()
    if isinstance(value, np.ndarray): return value
    if isinstance(value, (list, tuple)): return [plain(v) for v in value]
    if value is None or isinstance(value, (bool, int, float, str)): return value
    return str(value).removeprefix('torch.')

def agree(a, b):
    if isinstance(a, list) or isinstance(b, list): return isinstance(a, list) and isinstance(b, list) and len(a) == len(b) and all(map(agree, a, b))
    if isinstance(a, (np.ndarray, float)) or isinstance(b, (np.ndarray, float)):
        a, b = np.asarray(a), np.asarray(b)
        return a.shape == b.shape and a.dtype.kind == b.dtype.kind and bool(np.allclose(a, b, 1e-5, 1e-6, equal_nan=True))
    return a == b
