"""Cases of page 17 and of decoding: keys and values kept, plain arrays, one kernel a token

`python benchmarks/memoized.py` prints the slope of the cost of a token, in µs a place."""
from time import perf_counter

import numpy as np

from gpt import NEW, PROMPT, ours, theirs
from harness import case, one_thread

ABOUT = f'greedy decode of {NEW} tokens, d 128, 4 layers, batch 1'

def torch_decode():
    torch = one_thread()
    model, prompt = theirs(torch, ours()).eval(), torch.tensor(PROMPT)
    def run():
        with torch.inference_mode(): run.out = model.generate(prompt, NEW)
    return run, lambda: [run.out.numpy()]

def written_by(decoder):
    def run(): run.out = decoder.generate(PROMPT, NEW, temperature=0)
    return run, lambda: [run.out]

# ---------------------------------------------------------------- keys and values kept, or not
kept = case('kv cache', f'{ABOUT}: with a cache, against reading all again', without=(1/7, 1/8))

@kept.side('ours')
def kept_ours():
    from tinytorch.perf.memoization import enable_kv_cache
    cache = enable_kv_cache(ours().eval())
    def run():
        cache.reset()
        run.out = cache.generate(PROMPT, NEW, temperature=0)
    return run, lambda: [run.out]

@kept.side('without')
def kept_without(): return written_by(ours().eval())

# ---------------------------------------------------------------- plain arrays, norms folded
arrays = case('decode arrays', f'{ABOUT}, norms folded, NumPy only', pytorch_inference_mode=(.40, .33))

@arrays.side('ours')
def arrays_ours():
    from tinytorch.perf.memoization import Decoder
    return written_by(Decoder(ours().eval()))

arrays.side('pytorch inference mode')(torch_decode)

# ---------------------------------------------------------------- one kernel a token
compiled = case('decode numba', f'{ABOUT}, one compiled kernel a token, float32', pytorch_inference_mode=(.20, .15))

@compiled.side('ours')
def compiled_ours():
    from tinytorch.perf.decoding import KernelDecoder
    return written_by(KernelDecoder(ours().eval()))

compiled.side('pytorch inference mode')(torch_decode)

coded = case('decode int8', f'{ABOUT}, one compiled kernel a token, int8 weights; the best token is the same in 99 % of the places', pytorch_inference_mode=(.14, .11))

def best_along(decoder, ids):
    "The best token after each of `ids`"
    cache = decoder.model.make_cache()
    best = [decoder.read_prompt(ids[:1], cache).argmax()]
    return np.array(best + [decoder.step(i, cache).argmax() for i in ids[1:]])

@coded.side('ours')
def coded_ours():
    from tinytorch.perf.decoding import KernelDecoder
    model = ours().eval()
    decoder = KernelDecoder(model, bits=8)
    def run(): decoder.generate(PROMPT, NEW, temperature=0)
    def result():
        exact = KernelDecoder(model)
        texts = [exact.generate([i], NEW, temperature=0).tolist() for i in range(0, 256, 16)]
        return [np.mean([best_along(decoder, ids) == best_along(exact, ids) for ids in texts]) > .99]
    return run, result

@coded.side('pytorch inference mode')
def coded_torch():
    run, _ = torch_decode()
    return run, lambda: [np.array(True)]  # that it writes what the float model writes is compared above

# ---------------------------------------------------------------- the slope
def slope(decoder, cache, places=range(0, 480, 32), repeat=200):
    "Microseconds by which a token becomes dearer with each place before it"
    least = np.full(len(places), np.inf)
    for _ in range(repeat):
        for i, t in enumerate(places):
            for layer in cache: layer.length = t
            start = perf_counter()
            decoder.step(7, cache)
            least[i] = min(least[i], perf_counter() - start)
    return np.polyfit(places, least, 1)[0]*1e6

def main():
    from tinytorch.perf.memoization import Decoder
    model = ours(positions=512).eval()
    print(f'slope: {slope(Decoder(model), model.make_cache()):.3f} µs a place (bar 0.2, stretch 0.12)')

if __name__ == '__main__': main()
