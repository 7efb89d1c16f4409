"The programs of tests/programs, written once more in PyTorch: from the same weights on the same data, the same curve of losses"
import importlib, sys
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

sys.path.insert(0, str(Path(__file__).parent.parent/'tests'))

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)

def tensors(arrays): return [torch.tensor(np.asarray(a)) for a in arrays]

def linear(layer):
    made = nn.Linear(layer.in_features, layer.out_features, bias=layer.bias is not None)
    made.weight.data = torch.tensor(layer.weight.data.T.copy())
    if layer.bias is not None: made.bias.data = torch.tensor(layer.bias.data.copy())
    return made

def embedding(layer): return nn.Embedding.from_pretrained(torch.tensor(layer.weight.data.copy()), freeze=False)

def conv(layer):
    out, into, *kernel = layer.weight.shape
    made = nn.Conv2d(into*layer.groups, out, tuple(kernel), stride=layer.stride, padding=layer.padding, bias=layer.bias is not None)
    made.weight.data = torch.tensor(layer.weight.data.copy())
    return made

def step(optimizer, loss):
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()

def polynomial(model, data, steps=150, lr=1e-3):
    [weights] = tensors(t.data.copy() for t in model)
    weights.requires_grad_()
    x, y = tensors(data)
    powers = torch.stack([x**0, x, x**2/3, x**3/9], dim=1)
    losses = []
    for _ in range(steps):
        loss = (powers @ weights - y).square().mean()
        loss.backward()
        with torch.no_grad():
            weights -= weights.grad*lr*10
            weights.grad = None
        losses.append(loss.item())
    return losses

def characters(model, data, epochs=60, lr=.5):
    parameters = [p.requires_grad_() for p in tensors(t.data.copy() for t in model)]
    C, W1, b1, W2, b2 = parameters
    contexts, targets = tensors(data)
    losses = []
    for _ in range(epochs):
        hidden = (C[contexts].view(len(contexts), -1) @ W1 + b1).tanh()
        loss = F.cross_entropy(hidden @ W2 + b2, targets)
        for p in parameters: p.grad = None
        loss.backward()
        with torch.no_grad():
            for p in parameters: p -= lr*p.grad
        losses.append(loss.item())
    return losses

def digits(model, data, epochs=6):
    net = nn.Sequential(linear(model.fc1), nn.ReLU(), linear(model.fc2))
    x, y = tensors(data)
    optimizer = torch.optim.SGD(net.parameters(), lr=.1, momentum=.9, nesterov=True, weight_decay=1e-4)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 3, .5)
    losses = []
    for _ in range(epochs):
        for i in range(0, len(x), 64): losses.append(step(optimizer, F.cross_entropy(net(x[i:i+64]), y[i:i+64])))
        scheduler.step()
    return losses

class Block(nn.Module):
    def __init__(self, b):
        super().__init__()
        self.conv1, self.bn1, self.conv2, self.bn2 = conv(b.conv1), nn.BatchNorm2d(len(b.bn1.weight)), conv(b.conv2), nn.BatchNorm2d(len(b.bn2.weight))
        self.shortcut = nn.Sequential(conv(b.shortcut[0]), nn.BatchNorm2d(len(b.shortcut[1].weight))) if len(b.shortcut) else nn.Identity()

    def forward(self, x):
        out = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(out + self.shortcut(x))

def resnet(model, data, epochs=4):
    net = nn.Sequential(conv(model.stem[0]), nn.BatchNorm2d(8), nn.ReLU(), Block(model.layer1), Block(model.layer2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), linear(model.fc))
    x, y = tensors(data)
    optimizer, losses = torch.optim.AdamW(net.parameters(), lr=3e-3), []
    for _ in range(epochs):
        for i in range(0, len(x), 32): losses.append(step(optimizer, F.cross_entropy(net(x[i:i+32]), y[i:i+32], label_smoothing=.1)))
    return losses

def lstm(model, data, steps=40):
    embed, gates, head = embedding(model.embed), linear(model.gates), linear(model.head)
    parameters = [*embed.parameters(), *gates.parameters(), *head.parameters()]
    x, y = tensors(data)
    optimizer, losses = torch.optim.Adam(parameters, lr=.02), []
    for _ in range(steps):
        h = c = torch.zeros(len(x), model.hidden)
        outputs = []
        for t in range(x.shape[1]):
            i, f, g, o = gates(torch.cat([embed(x[:, t]), h], 1)).chunk(4, 1)
            c = torch.sigmoid(f)*c + torch.sigmoid(i)*torch.tanh(g)
            h = torch.sigmoid(o)*torch.tanh(c)
            outputs.append(h)
        loss = F.cross_entropy(head(torch.stack(outputs, 1)).flatten(0, 1), y.flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.)
        optimizer.step()
        losses.append(loss.item())
    return losses

def vae(model, data, epochs=12):
    encoder = nn.Sequential(linear(model.encoder[0]), nn.ReLU())
    decoder = nn.Sequential(linear(model.decoder[0]), nn.ReLU(), linear(model.decoder[2]))
    mu_head, logvar_head = linear(model.mu), linear(model.logvar)
    x, noises = tensors(data)
    optimizer = torch.optim.Adam([p for m in (encoder, mu_head, logvar_head, decoder) for p in m.parameters()], lr=3e-3)
    losses = []
    for i in range(epochs*5):
        batch = x[i % 5*64:][:64]
        h = encoder(batch)
        mu, logvar = mu_head(h), logvar_head(h)
        logits = decoder(mu + (logvar*.5).exp()*noises[i])
        reconstruction = F.binary_cross_entropy_with_logits(logits, batch, reduction='sum')
        losses.append(step(optimizer, (reconstruction - .5*(1 + logvar - mu**2 - logvar.exp()).sum())/len(batch)))
    return losses

def reinforce(model, draws):
    program = importlib.import_module('programs.reinforce')
    policy = nn.Sequential(linear(model[0]), nn.Tanh(), linear(model[2]))
    optimizer, rewarded = torch.optim.Adam(policy.parameters(), lr=.03), []
    one_hot = lambda s: torch.tensor(program.one_hot(s))
    for draw in draws:
        with torch.no_grad(): states, actions, rewards = program.walk(lambda s: policy(one_hot(s)).softmax(-1)[:, 1].numpy(), draw)
        log_probs = policy(one_hot(states.reshape(-1))).log_softmax(-1)
        chosen = log_probs[torch.arange(actions.size), torch.tensor(actions.reshape(-1))]
        step(optimizer, -(chosen*torch.tensor(program.returns_of(rewards).reshape(-1))).mean())
        rewarded.append(-float(rewards.sum(0).mean()))
    return rewarded

def words(model, data, steps=60):
    center, context = embedding(model.center), embedding(model.context)
    centers, contexts, labels = tensors(data)
    optimizer = torch.optim.Adam([center.weight, context.weight], lr=.03)
    return [step(optimizer, F.binary_cross_entropy_with_logits((center(centers)*context(contexts)).sum(-1), labels)) for _ in range(steps)]

class TorchGPT(nn.Module):
    "A GPT as page 13 builds it: norms first, one table for tokens and scores"
    def __init__(self, model):
        super().__init__()
        w = {name: torch.tensor(a) for name, a in model.state_dict().items()}
        self.names = list(w)
        self.heads = model.blocks[0].attention.num_heads
        self.layers = len(model.blocks)
        self.weights = nn.ParameterList([nn.Parameter(a) for a in w.values()])

    def forward(self, ids):
        w = dict(zip(self.names, self.weights))
        B, T = ids.shape
        x = w['embedding.weight'][ids] + w['positions.weight'][:T]
        for i in range(self.layers):
            g = lambda part: w[f'blocks.{i}.{part}']
            h = F.layer_norm(x, x.shape[-1:], g('norm1.weight'), g('norm1.bias'))
            q, k, v = (h @ g('attention.qkv.weight') + g('attention.qkv.bias')).view(B, T, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
            a = F.scaled_dot_product_attention(q, k, v, is_causal=True).transpose(1, 2).reshape(x.shape)
            x = x + a @ g('attention.out.weight') + g('attention.out.bias')
            h = F.layer_norm(x, x.shape[-1:], g('norm2.weight'), g('norm2.bias'))
            x = x + F.gelu(h @ g('mlp.up.weight') + g('mlp.up.bias'), approximate='tanh') @ g('mlp.down.weight') + g('mlp.down.bias')
        x = F.layer_norm(x, x.shape[-1:], w['norm.weight'], w['norm.bias'])
        return x @ w['embedding.weight'].T

def gpt(model, data, steps=40):
    net = TorchGPT(model)
    x, y = tensors(data)
    optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2, betas=(.9, .95), weight_decay=.1)
    scheduler = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda t: min(1., .2 + .8*t/5))
    losses = []
    for _ in range(steps):
        losses.append(step(optimizer, F.cross_entropy(net(x).flatten(0, 1), y.flatten())))
        scheduler.step()
    return losses

def gan(model, data):
    generator = nn.Sequential(linear(model[0][0]), nn.ReLU(), linear(model[0][2]))
    discriminator = nn.Sequential(linear(model[1][0]), nn.LeakyReLU(.2), linear(model[1][2]))
    opt_g, opt_d = (torch.optim.Adam(m.parameters(), lr=2e-3, betas=(.5, .999)) for m in (generator, discriminator))
    criterion, losses = nn.BCEWithLogitsLoss(), []
    for real, noise in zip(*tensors(data)):
        fake = generator(noise)
        losses.append(step(opt_d, criterion(discriminator(real), torch.ones(64, 1)) + criterion(discriminator(fake.detach()), torch.zeros(64, 1))))
        step(opt_g, criterion(discriminator(fake), torch.ones(64, 1)))
    return losses

def ratings(model, data, steps=120):
    people, films, bias_p, bias_f = map(embedding, (model.people, model.films, model.bias_p, model.bias_f))
    p, f, stars = tensors(data)
    optimizer = torch.optim.SGD([t.weight for t in (people, films, bias_p, bias_f)], lr=1., momentum=.9)
    losses = []
    for _ in range(steps):
        dot = (people(p)*films(f)).sum(1, keepdim=True)
        losses.append(step(optimizer, F.mse_loss(torch.sigmoid(dot + bias_p(p) + bias_f(f)).squeeze(1)*4 + 1, stars)))
    return losses

class TorchTagger(nn.Module):
    def __init__(self, model):
        super().__init__()
        self.embed = nn.Embedding.from_pretrained(torch.tensor(model.embed.weight.data.copy()), freeze=False, padding_idx=0)
        self.rnn = nn.RNN(model.embed.weight.shape[1], model.hidden, batch_first=True, bidirectional=True)
        for cell, end in ((model.forth, '_l0'), (model.back, '_l0_reverse')):
            weight = torch.tensor(cell.weight.data.T.copy())
            width = self.rnn.input_size
            for name, value in (('weight_ih', weight[:, :width]), ('weight_hh', weight[:, width:]), ('bias_ih', torch.tensor(cell.bias.data.copy())), ('bias_hh', torch.zeros(model.hidden))):
                getattr(self.rnn, name + end).data = value.clone()
            getattr(self.rnn, 'bias_hh' + end).requires_grad_(False)  # ours has one bias
        self.head = linear(model.head)

    def forward(self, ids):
        there = (ids != 0).float().unsqueeze(-1)
        outputs, _ = self.rnn(self.embed(ids))
        return self.head((outputs*there).sum(1)/there.sum(1)).squeeze(-1)

def sentences(model, data, steps=40):
    net, (ids, y) = TorchTagger(model), tensors(data)
    optimizer = torch.optim.Adam([p for p in net.parameters() if p.requires_grad], lr=.01)
    return [step(optimizer, F.binary_cross_entropy_with_logits(net(ids), y)) for _ in range(steps)]

def contrastive(model, data, epochs=8, temperature=.2):
    net = nn.Sequential(linear(model[0]), nn.ReLU(), linear(model[2]))
    optimizer, losses = torch.optim.AdamW(net.parameters(), lr=3e-3), []
    for i in range(epochs*5):
        a, b = (F.normalize(net(view[i % 5*64:][:64]), dim=-1) for view in tensors(data))
        logits, labels = a @ b.T/temperature, torch.arange(64)
        losses.append(step(optimizer, (F.cross_entropy(logits, labels) + F.cross_entropy(logits.T, labels))/2))
    return losses

def folds(model, data, epochs=6):
    program, (x, y) = importlib.import_module('programs.folds'), tensors(data)
    found = np.zeros((epochs, program.FOLDS))
    for fold in range(program.FOLDS):
        inside = torch.arange(len(x)) % program.FOLDS == fold
        net = nn.Sequential(linear(model[0]), nn.Tanh(), linear(model[2]))
        optimizer = torch.optim.SGD(net.parameters(), lr=.5, momentum=.9)
        for epoch in range(epochs):
            for i, (a, b) in enumerate(zip(x[~inside].split(16), y[~inside].split(16))):
                (F.cross_entropy(net(a), b)/program.ADDED).backward()
                if (i + 1) % program.ADDED == 0 or i + 1 == -(-int((~inside).sum())//16):
                    optimizer.step()
                    optimizer.zero_grad()
            with torch.no_grad(): found[epoch, fold] = F.cross_entropy(net(x[inside]), y[inside]).item()
    return found.reshape(-1).tolist()

TWINS = [polynomial, characters, digits, resnet, lstm, vae, reinforce, words, gpt, gan, ratings, sentences, contrastive, folds]

@pytest.mark.parametrize('twin', TWINS, ids=lambda f: f.__name__)
def test_same_curve(twin):
    program = importlib.import_module(f'programs.{twin.__name__}')
    model, data = program.start(np.random.default_rng(0))
    theirs = twin(model, data)
    np.testing.assert_allclose(program.train(model, data), theirs, rtol=2e-3, atol=2e-4)

def test_every_program_has_a_twin():
    names = {p.stem for p in (Path(__file__).parent.parent/'tests'/'programs').glob('*.py')} - {'__init__'}
    assert names == {f.__name__ for f in TWINS}
