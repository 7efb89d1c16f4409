# Made by scripts/make_stubs.py from the module beside it; do not edit.
"From a trained model to a file that a stranger's machine can check."
from typing import Any
__all__ = ['SimpleMLP', 'BenchmarkReport', 'generate_submission', 'TrainingConfig', 'read_config', 'Step', 'optimize', 'CapstoneRun', 'run_capstone', 'run_optimization_workflow_example', 'SCHEMA_VERSION', 'Finding', 'SubmissionError', 'load_submission', 'save_submission', 'validate_submission']
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from time import strftime
import numpy as np
from . import __version__
from .benchmarking import Benchmark, compare
from .core.activations import ReLU
from .core.autograd import no_grad
from .core.dataloader import Compose, DataLoader, RandomCrop, TensorDataset, TransformDataset
from .core.layers import Linear, Module, evaluating
from .core.losses import CrossEntropyLoss
from .core.optimizers import AdamW, CosineAnnealingLR
from .core.tensor import Tensor, as_rng, patch
from .core.training import Trainer, accuracy
from .datasets import load
from .files import sha256_of
from .machine import system_info
from .perf.acceleration import accelerate, available_backends
from .perf.compression import structured_prune
from .perf.profiling import align_columns, check_count, quick_profile
from .perf.quantization import quantize_model
from .perf.techniques import record_technique, sparsity, stored_bytes, techniques_of, weight_dtypes
from .submission import MAX_BYTES, SCHEMA_VERSION, Finding, SubmissionError, abbreviate, check_metrics, check_writable, improvements, load_submission, read_bytes, save_submission, to_jsonable, validate_submission
_all_: list
class SimpleMLP(Module):
    'Two linear layers with a ReLU between: `(N, input_size)` in, scores `(N, output_size)` out\n\n    They are `fc1`, `relu` and `fc2`.'
    def __init__(self, input_size=10, hidden_size=20, output_size=3, rng=None):
        ...
    def forward(self, x) -> Tensor:
        ...
    fc1: Any
    relu: Any
    fc2: Any
    ...
def evidence(model):
    '`parameters`, and of its weights `zero_share` and `int8_share`, from 0 to 1\n\n    And `int4_share` if there are any, as `sparsity` and `weight_dtypes` count them.'
    ...
def as_array(x):
    ...
def data_facts(X_test, y_test, name=None):
    'What was measured on: its name, how many samples, and a SHA-256 of inputs and labels'
    ...
def check_labels(labels):
    '`labels` as an array; TypeError if they are no whole numbers, and none could ever be right'
    ...
def model_accuracy(model, X_test, y_test):
    'How much of `X_test` `model`, in eval mode, puts in the class that `y_test` says, from 0 to 1'
    ...
def machine_and_time():
    ...
class BenchmarkReport:
    'What was measured of one model\n\n    `metrics`, `data`, `techniques` and `evidence`, and the `system_info` and `timestamp` that go\n    with them.'
    def __init__(self, model_name='model'):
        ...
    def benchmark_model(self, model, X_test, y_test, num_runs=100, dataset=None) -> dict:
        'The metrics of `model`, a dict, also kept in `metrics`.\n\n    Its keys: parameter_count, model_size_mb, accuracy, latency_ms_mean, latency_ms_std,\n    throughput_samples_per_sec, artifact_bytes (or nominal_bytes), latency_ms_median, batch_size,\n    batch_throughput_samples_per_sec. `data`, `evidence` and `techniques` are filled in as well.\n\n    `model` gives scores (N, classes). Sizes are those of the stored artifact, `model_size_mb` in\n    MiB, or nominal, four bytes a parameter, if it has no `state_dict`. Latencies are ms for one\n    sample, over `num_runs` calibrated blocks, at least 2; `throughput_samples_per_sec` is 1000\n    over the mean latency, samples one by one, and `batch_throughput_samples_per_sec` takes all of\n    `X_test` at once. A `Module` is measured in eval mode. TypeError if `model` lacks a method,\n    ValueError if there is no data or a score is not finite; the report then stays as it was.'
        ...
    model_name: Any
    metrics: Any
    data: Any
    techniques: Any
    evidence: Any
    system_info: Any
    timestamp: Any
    ...
def too_few_runs(num_runs):
    ...
def check_runs(num_runs):
    '`num_runs` as an int; an error unless it is a whole number, at least 2'
    ...
def as_function(model):
    'What to call with a batch; TypeError if `model` cannot be called or counted'
    ...
def artifact_size(model, parameters):
    'Bytes under the name that says what they are: `artifact_bytes`, or `nominal_bytes`'
    ...
def report_section(report):
    'What a submission says of one report; ValueError if nothing was measured'
    ...
def not_measured(name):
    ...
def claimed_names(names):
    'A list of `names`; ValueError if it is one text'
    ...
def generate_submission(baseline_report, optimized_report=None, student_name=None, techniques_applied=None, comparison=None) -> dict:
    'The submission, a dictionary ready for JSON.\n\n    Its claims are checked by `validate_submission`, which compares them with what the model showed\n    when it was measured. ValueError if a report is empty, a number is not finite, or a latency or\n    size is not positive.'
    ...
COUNTS: tuple
SHARES: tuple
RATES: tuple
STORAGES: tuple
PLANS: tuple
CHOICES: dict
def check_config(config):
    'Raise an error unless all that `config` asks for can be done, before any of it is'
    ...
MOST: int
def check_whole(name, value, least=1):
    'Raise an error unless `value` is a whole number from `least` to `MOST`'
    ...
def check_tuple(name, value):
    'Raise TypeError unless `value` is a tuple or a list'
    ...
def check_choices(name, values, known):
    'Raise ValueError unless each of `values` is a `known` one'
    ...
def check_between(name, value, low, high):
    'Raise an error unless `value` is a number from `low` to `high`'
    ...
def check_points(points):
    'Raise an error unless `points` is a number, 0 or more'
    ...
@dataclass(frozen=True)
class TrainingConfig:
    'How the main job trains and what it tries; chosen on the validation part of Digits (8×8)'
    hidden: int = 256
    epochs: int = 150
    tuning_epochs: int = 150
    batch_size: int = 64
    lr: float = 0.005
    tuning_lr: float = 0.005
    weight_decay: float = 0.001
    label_smoothing: float = 0.1
    neurons: tuple = (128, 96, 64)
    storages: tuple = STORAGES
    plans: tuple = PLANS
    points_risked: float = 0.4
    search_pairs: int = 20
    pairs: int = 60
    def __post_init__(self):
        ...
    ...
def toml_reader():
    'The module that reads TOML; Python has one since 3.11'
    ...
def unknown_setting(path, name):
    ...
def read_config(path) -> TrainingConfig:
    'What the file asks for, the rest as by default; ValueError, naming `path`, if it cannot be'
    ...
def flat(images):
    ...
def digit_batches(part, config, rng):
    'A loader of (pixels (N, 64), labels), shuffled, each image moved by up to a pixel each way'
    ...
def on_one_thread():
    'A context in which products use one thread: those of small models are not worth dividing'
    ...
def trained(model, part, config, rng, epochs, lr, progress=False):
    '`model` itself, trained'
    ...
def train_baseline(part, config=TrainingConfig(), rng=None, progress=False):
    'A `SimpleMLP` trained on `part` of Digits (8×8)'
    ...
def moved_images(images):
    '(9·N, H, W): all of `images`, moved by -1, 0 or 1 pixels down and across; zeros move in'
    ...
@dataclass(eq=False)
class Step:
    'A model that was tried, and what it was found to be on the validation part'
    model: Module
    neurons: int
    storage: str
    plan: str
    bytes: int
    accuracy: float
    speed: dict
    @property
    def name(self):
        ...
    def as_dict(self) -> dict:
        'The step as a submission has it, without the model'
        ...
    ...
class Judge:
    'Makes a `Step` of a model: measures it on the validation part, beside the baseline'
    def __init__(self, baseline, part, config, rng):
        ...
    def step(self, model, neurons, storage='float32', plan='no'):
        ...
    baseline: Any
    rng: Any
    pairs: Any
    x: Any
    moved: Any
    labels: Any
    name: Any
    ...
RULE: str
def keeps_accuracy(step, baseline, points):
    'Does `step` lose at most `points` percentage points against `baseline`?'
    ...
def choose_step(steps, points):
    'The step with the smallest file of those that keep the accuracy; of equal files the fastest'
    ...
def plans_for(backend, config=TrainingConfig()):
    'The backends of plans to try; ValueError or ImportError for one that is not there'
    ...
def planned(model, backend):
    'A plan for `model`, on record'
    ...
def smaller_models(model, part, config, rng, progress=False):
    '(neurons, float32 model) of each size to try, pruned from `model` and tuned, one at a time'
    ...
def stored_as(small, storage):
    '`small` with its weights stored and used in one of the ways in `STORAGES`'
    ...
def optimize(model, digits, config=TrainingConfig(), rng=None, backend=None, progress=False) -> list:
    "The `Step`s that were tried, the baseline's first; `choose_step` says which one is kept"
    ...
@dataclass
class CapstoneRun:
    'What the main job found, where it was written, and the profile and the models behind it'
    submission: dict
    path: str | None
    findings: list
    profile: object
    baseline: Module
    optimized: Module
    backend: str
    steps: list = ()
    kept: Step = None
    def as_dict(self) -> dict:
        ...
    def verdict(self) -> str:
        'Faster or not, and by what; smaller by how much; accuracy kept or not: a few lines of text'
        ...
    def table(self) -> str:
        'What was tried, a line each: bytes, time of a call and times as fast, accuracy (validation)'
        ...
    ...
POINTS_KEPT: float
def speed_line(compared, backend):
    ...
def size_line(before, after, ratio):
    ...
def accuracy_line(before, after, samples):
    ...
def plan_alone(steps, kept):
    '{images at a time: (times as fast by the plan alone, by all the rest)}; {} without a plan'
    ...
def parts_line(steps, kept):
    'Text of how the speed comes about, or None if there is nothing to tell apart'
    ...
def step_texts(step, baseline, kept):
    'The texts of one row of the table of steps'
    ...
def measured(baseline, optimized, digits, student_name, pairs, seed):
    'The submission for two models, measured on the test part of `digits`'
    ...
def search_section(steps, kept, digits, points):
    'What a submission says of the search: its rule, its data, and each step'
    ...
def made_with():
    'The part of a submission that says whose exercises it was made with; {} but in a workspace'
    ...
def run_capstone(path=None, seed=0, backend=None, student_name=None, config=TrainingConfig(), progress=False) -> CapstoneRun:
    'A `CapstoneRun`: train on Digits (8×8), profile, search, compare in pairs, write, validate.\n\n    What is kept is chosen on the validation part (see `optimize`); the test part is looked at\n    once, at the end. The same seed, machine and libraries give the same accuracies and the same\n    model bytes. Before any work is done: OSError if `path` cannot be written, ValueError for\n    another `backend`, ImportError if it is not installed.'
    ...
def run_optimization_workflow_example(path='optimization_submission.json', seed=0, config=TrainingConfig(), progress=False) -> dict:
    'The submission of `run_capstone`, by plain NumPy, written to `path` unless that is None'
    ...
