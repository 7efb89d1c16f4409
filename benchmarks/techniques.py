"""What each technique makes of a model that works: `python benchmarks/techniques.py [mlp] [cnn] [gpt] [--pairs N]`

Prints one table each for the network of the capstone, trained here on real digits; the network for objects of the
milestone of 1998, with its stored weights; and the GPT of the milestone of 2017 that turns digits round, with its own.
A line is a technique: bytes in the file, bytes in memory, times as fast at 1 and at 64 with the interval, and the
difference in accuracy, on samples that no training saw. One thread; the two sides are timed in interleaved pairs.
"""
import argparse, os
from copy import deepcopy

for name in ('OMP_NUM_THREADS', 'OPENBLAS_NUM_THREADS', 'MKL_NUM_THREADS', 'VECLIB_MAXIMUM_THREADS'): os.environ[name] = '1'

import numpy as np

from tinytorch.benchmarking import system_info, technique_table
from tinytorch.capstone import TrainingConfig, flat, train_baseline, trained
from tinytorch.core.layers import Module
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load
from tinytorch.milestones import cnn as cnn_page, gpt as gpt_page
from tinytorch.perf.acceleration import accelerate
from tinytorch.perf.compression import low_rank_approximate, magnitude_prune, structured_prune
from tinytorch.perf.decoding import KernelDecoder
from tinytorch.perf.memoization import Decoder, enable_kv_cache
from tinytorch.perf.onnx_graph import OnnxModel
from tinytorch.perf.quantization import quantize_model

def common(model, inputs):
    "What can be done to any model, without training it again"
    return {
        'int8, decoded at load': quantize_model(model, backend='float'),
        'int8 codes, NumPy': quantize_model(model, backend='numpy'),
        'int8 codes, Numba': quantize_model(model, backend='numba'),
        'int8, one ONNX session': quantize_model(model, backend='onnxruntime'),
        'int8 inputs, one session': quantize_model(model, calibration_data=inputs, backend='onnxruntime'),
        'int4, decoded at load': quantize_model(model, bits=4, backend='float'),
        'half the weights zero': magnitude_prune(model, .5),
        'float32, one ONNX session': OnnxModel(model),
        'plan, NumPy': accelerate(model, 'numpy'),
        'plan, Numba': accelerate(model, 'numba')}

def mlp(pairs):
    digits, config = load('digits'), TrainingConfig()
    def tuned(model): return trained(model, digits.train, config, np.random.default_rng(1), config.tuning_epochs, config.tuning_lr)
    baseline = train_baseline(digits.train, config, np.random.default_rng(0))
    small = tuned(structured_prune(baseline, 1 - 96/256))
    stored = quantize_model(small, backend='float')
    images, labels = digits.validation
    x = flat(images[:, None])
    models = {**common(baseline, flat(digits.train[0][:256, None])),
              'low rank, 90 % of the energy': low_rank_approximate(baseline, energy=.9),
              '96 of 256 neurons, tuned': small,
              '96 neurons, int8': stored,
              '96 neurons, int8, plan, NumPy': accelerate(stored, 'numpy'),
              '96 neurons, int8, plan, Numba': accelerate(stored, 'numba')}
    return 'MLP 64-256-10, digits, validation part', technique_table(baseline, models, x, labels, pairs=pairs, rng=0)

def cnn(pairs):
    objects = load('generated-objects-32')
    baseline = cnn_page.restored()[0]
    images, labels = objects.test
    half = structured_prune(baseline, .5, inputs=images[:16])
    tuned = cnn_page.fit(deepcopy(half), objects.train, np.random.default_rng(0), epochs=2)
    models = {**common(baseline, objects.train[0][:64]), 'half the channels': half, 'half, tuned for 2 epochs': tuned,
              'half, tuned, plan, NumPy': accelerate(tuned, 'numpy'), 'half, tuned, one ONNX session': OnnxModel(tuned)}
    x, y = images[:512], labels[:512]
    return 'CNN 3-8-16-16 at 32×32, generated objects, test part', technique_table(baseline, models, x, y, pairs=pairs, rng=0)

class Writes(Module):
    "A model of language as a function from questions (N, T) to what it says for each place of the answers, (N, T', V) ones and zeros"
    def __init__(self, model, new, generate): self.model, self.new, self.generate = model, new, generate
    def attributes(self): return self.model.attributes()
    def forward(self, ids):
        T = ids.shape[1]
        said = np.asarray(self.generate(ids.data, self.new))[:, T:]
        return Tensor((said[..., None] == np.arange(self.model.embedding.num_embeddings)).astype(np.float32))

def gpt(pairs):
    task, model = gpt_page.TASKS['reversal'], gpt_page.stored_models()['reversal']
    ids = task.write(gpt_page.split(task)[1][:256])
    questions, answers = ids[:, :task.asked], ids[:, task.asked:]
    new = answers.shape[1]
    def writes(model, writer=None, **settings):
        def plainly(prompt, new): return model.generate(prompt, new, temperature=0)
        def cached(prompt, new): return model.generate(prompt, new, temperature=0, cache=model.make_cache(len(prompt)))
        def by_writer(prompt, new): return writer.generate(prompt, new, temperature=0)
        return Writes(model, new, by_writer if writer else cached if settings.get('cache') else plainly)
    eight, four = quantize_model(model, backend='float'), quantize_model(model, bits=4, backend='float')
    models = {
        'cache': writes(model, cache=True),
        'int8, decoded at load, cache': writes(eight, cache=True),
        'int4, decoded at load, cache': writes(four, cache=True),
        'half the weights zero, cache': writes(magnitude_prune(model, .5), cache=True),
        'folded arrays, NumPy': writes(model, Decoder(model)),
        'one kernel a token, float32': writes(model, KernelDecoder(model)),
        'one kernel a token, int8': writes(model, KernelDecoder(model, bits=8))}
    table = technique_table(writes(model), models, questions, answers, pairs=pairs, rng=0)
    return f'GPT, 2 blocks of 32 features: writes {new} digits, turned round; 1 and 64 questions at a time', table

TABLES = {'mlp': mlp, 'cnn': cnn, 'gpt': gpt}

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('models', nargs='*', help=f'{", ".join(TABLES)}; none: all')
    parser.add_argument('--pairs', type=int, default=30, help='of each comparison')
    args = parser.parse_args()
    unknown = set(args.models) - TABLES.keys()
    if unknown: parser.error(f'no model {", ".join(sorted(unknown))}; there are {", ".join(TABLES)}')
    for name in args.models or TABLES:
        title, table = TABLES[name](args.pairs)
        print(f'{title}\n{table}\n', flush=True)
    print(', '.join(f'{k} {v}' for k, v in system_info().items()))

if __name__ == '__main__': main()
