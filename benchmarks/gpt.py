"""Cases of the transformer: a block's training step, and greedy decoding with a cache"""
import numpy as np

from harness import case, normal, one_thread

D, HEADS, LAYERS, VOCABULARY, POSITIONS = 128, 4, 4, 256, 160

def ours(layers=LAYERS, positions=POSITIONS):
    "Our GPT with first weights that both sides take; norms and biases moved off 1 and 0 so that they count"
    from tinytorch.core.transformers import GPT
    rng = np.random.default_rng(0)
    model = GPT(VOCABULARY, D, layers, HEADS, positions, rng=rng)
    for p in model.parameters(): p.data += rng.standard_normal(p.shape, np.float32)*.05
    return model

def theirs(torch, model):
    "The same model in PyTorch: fused QKV, `scaled_dot_product_attention`, tanh GELU, tied head, preallocated cache"
    import torch.nn.functional as F

    class Block(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.norm1, self.norm2 = torch.nn.LayerNorm(D), torch.nn.LayerNorm(D)
            self.qkv, self.out = torch.nn.Linear(D, 3*D), torch.nn.Linear(D, D)
            self.up, self.down = torch.nn.Linear(D, 4*D), torch.nn.Linear(4*D, D)

        def forward(self, x, cache=None, done=0, is_causal=True):
            B,T,_ = x.shape
            q,k,v = self.qkv(self.norm1(x)).view(B, T, 3, HEADS, D//HEADS).permute(2, 0, 3, 1, 4).unbind(0)
            if cache is not None:
                keys, values = cache
                keys[:, :, done:done+T], values[:, :, done:done+T] = k, v
                k, v = keys[:, :, :done+T], values[:, :, :done+T]
            y = F.scaled_dot_product_attention(q, k, v, is_causal=is_causal)
            x = x + self.out(y.transpose(1, 2).reshape(B, T, D))
            return x + self.down(F.gelu(self.up(self.norm2(x)), approximate='tanh'))

    class Model(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.embedding, self.positions = torch.nn.Embedding(VOCABULARY, D), torch.nn.Embedding(len(model.positions.weight), D)
            self.blocks = torch.nn.ModuleList(Block() for _ in model.blocks)
            self.norm = torch.nn.LayerNorm(D)

        def generate(self, ids, new):
            B,T = ids.shape
            shape = B, HEADS, len(self.positions.weight), D//HEADS
            caches = [(torch.empty(shape), torch.empty(shape)) for _ in self.blocks]
            out, done = torch.empty((B, T + new), dtype=torch.long), 0
            out[:, :T] = ids
            for t in range(T, T + new):
                x = self.embedding(out[:, done:t]) + self.positions.weight[done:t]
                for block, cache in zip(self.blocks, caches): x = block(x, cache, done, is_causal=t - done > 1)
                out[:, t] = F.linear(self.norm(x[:, -1]), self.embedding.weight).argmax(-1)
                done = t
            return out

    made = Model()
    names = {'attention.qkv': 'qkv', 'attention.out': 'out', 'mlp.up': 'up', 'mlp.down': 'down'}
    state = {}
    for name, array in model.state_dict().items():
        linear = any(part in name for part in names)
        for part, short in names.items(): name = name.replace(part, short)
        state[name] = torch.tensor(array.T.copy() if linear and array.ndim == 2 else array)
    made.load_state_dict(state)
    return made

# ---------------------------------------------------------------- a training step of one block
BATCH, T = 8, 64
step = case('block step', f'transformer block, d {D}, {HEADS} heads, B {BATCH}, T {T}, causal: forward and backward', rtol=2e-4, pytorch=(1.1, .95))

@step.side('ours')
def block_ours(change=lambda block: block):
    "A step of our block, or of what `change` makes of it"
    from tinytorch.core.tensor import Tensor
    block = change(ours(layers=1).blocks[0])
    x, g, parameters = Tensor(normal(BATCH, T, D), requires_grad=True), normal(BATCH, T, D, seed=1), block.parameters()
    def run():
        x.grad = None
        for p in parameters: p.grad = None
        run.out = block(x, is_causal=True)
        run.out.backward(g)
    def result():
        found = {name: p.grad for name, p in block.named_parameters()}
        return [run.out.data, x.grad, *[found[n] for n in ('attention.qkv.weight', 'mlp.down.bias', 'norm1.weight')]]
    return run, result

def block_torch():
    torch = one_thread()
    block = theirs(torch, ours(layers=1)).blocks[0]
    x, g, parameters = torch.tensor(normal(BATCH, T, D), requires_grad=True), torch.tensor(normal(BATCH, T, D, seed=1)), list(block.parameters())
    def run():
        x.grad = None
        for p in parameters: p.grad = None
        run.out = block(x)
        run.out.backward(g)
    def result(): return [t.detach().numpy() for t in (run.out, x.grad, block.qkv.weight.grad.T, block.down.bias.grad, block.norm1.weight.grad)]
    return run, result

step.side('pytorch')(block_torch)

# ---------------------------------------------------------------- decoding
NEW = 128
decode = case('decode', f'greedy decode of {NEW} tokens with a cache, d {D}, {LAYERS} layers, {HEADS} heads, vocabulary {VOCABULARY}, batch 1', pytorch_inference_mode=(.65, .55))
PROMPT = np.arange(8)[None]*31 % VOCABULARY

@decode.side('ours')
def decode_ours():
    model = ours().eval()
    def run(): run.out = model.generate(PROMPT, NEW, temperature=0, cache=model.make_cache())
    return run, lambda: [run.out]

@decode.side('pytorch inference mode')
def decode_torch():
    torch = one_thread()
    model = theirs(torch, ours()).eval()
    prompt = torch.tensor(PROMPT)
    def run():
        with torch.inference_mode(): run.out = model.generate(prompt, NEW)
    return run, lambda: [run.out.numpy()]
