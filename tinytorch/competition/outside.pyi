# Made by scripts/make_stubs.py from the module beside it; do not edit.
'A model is timed in another process while the clock stays here, and each guard against a lie can be switched off to watch the number lie.'
from typing import Any
__all__ = ['GUARD_NOTES', 'GUARDS', 'LIMITS', 'Caught', 'on_one_core', 'Worker', 'repeated_sample', 'one_at_a_time', 'row_equals_batch', 'order_invariance', 'timed_equals_accuracy', 'perturbed_weights', 'plausible_time', 'own_baseline', 'time_outside']
import errno
import json
import math
import mmap
import os
import secrets
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager, suppress
from struct import Struct
import numpy as np
from ..core.autograd import no_grad
from ..core.layers import Module
from ..core.tensor import Tensor, patch
from ..submission import Finding
PROTOCOL: dict
CHECKS: dict
CONFINEMENT: dict
COMPLIANCE: dict
GUARD_NOTES: dict
GUARDS: Any
class Caught(Exception):
    "A guard has noticed something; `finding` says what, under the rule 'outside.' and its name"
    def __init__(self, guard, found, expected, where='worker'):
        ...
    guard: Any
    finding: Any
    ...
def open_memory(size):
    'File descriptor of `size` bytes of memory without a name; it ends with those who hold it'
    ...
def view(memory, offset, shape, dtype=np.float32):
    'An array of `shape` over the bytes of `memory` from `offset` on'
    ...
MARK: Any
def mark(slots):
    'Fill `slots` (float32) with the mark'
    ...
def unwritten(results):
    'How many of `results` (float32) still hold the mark; other NaN do not count'
    ...
DTYPES: tuple
def request_bytes(number, what, side, calls, x):
    'The bytes of a request for the inputs `x`, an array of at most six axes'
    ...
def load_file(path):
    'What the function `model` of the Python file `path` gives'
    ...
def is_open(target):
    'Is `target` a Python file, which the open division takes?'
    ...
def load_target(target):
    "The model of a Python file ('….py'), of a builder ('import:module:function'), or a stored one"
    ...
def call_model(model, x):
    'What `model` returns for the array `x`'
    ...
def plain(result):
    'The numbers of `result`, a tensor or an array, as one row of float32'
    ...
class Server:
    "The worker's side: it answers requests about `models` until the pipe is closed"
    def __init__(self, config):
        ...
    def copy(self, result, done):
        'Copy the numbers of `result` to the slots after `done`; how many there are'
        ...
    def run(self, model, x, calls):
        'Compute `calls` equal parts of `x`, each copied to the slots; how many numbers there are'
        ...
    def keep(self, result, done):
        'With the guard `copied_in_window` off: put `result` aside until it is asked for'
        ...
    def run_timed(self, model, x, calls):
        'As `run`, with the clock and the statistics on this side: (numbers, nanoseconds)'
        ...
    def judge(self, done):
        'Are the results right? Said by the worker, from labels that it should not have'
        ...
    def hand_over(self):
        'Copy what was kept; how many numbers there are'
        ...
    def task(self, request):
        'What `request` asks for, worked out once for all that differ only in their number'
        ...
    def reply_to(self, request):
        'The reply to `request`, as bytes'
        ...
    def serve(self):
        'Answer until the pipe is closed'
        ...
    on: Any
    room: Any
    memory: Any
    slots: Any
    requests: Any
    replies: Any
    kept: Any
    times: Any
    models: Any
    tasks: Any
    ...
def perturb(model, seed):
    'Replace each parameter of `model` by noise of its own spread; how many there were'
    ...
LIMITS: dict
def limit_resources(on, limits):
    'Hold this process to `limits` for good; where the system has no such limit, go on without'
    ...
def leave_network():
    'Move this process into a network without connections (Linux); if that is refused, go on'
    ...
def end_with_parent():
    'Ask to be killed when the parent ends (Linux)'
    ...
FORBIDDEN: dict
def stop(guard, what):
    'End this process at once; the last line on stderr says why'
    ...
def inside(path, roots):
    'Is `path`, with links followed, in one of the folders `roots`, or one of them itself?'
    ...
CHANGES: Any
def paths_of(event, args):
    '(paths that `event` is about, whether it changes them)'
    ...
def tripwire(on, folder, readable):
    'A hook for `sys.addaudithook` that ends the process at what the guards forbid'
    ...
def readable_folders(folder, config):
    "Where a confined worker may read: its own folder, Python, the system's libraries and devices"
    ...
def confine(config):
    'Confine this process before a submitted file is loaded'
    ...
def load_models(config):
    'The models of a worker by side; the side that is loaded first was tossed by the parent'
    ...
def serve(config):
    'The whole life of a worker'
    ...
def leave_last_word(server):
    'With the guard `hard_exit` off: write the times that were kept when the process ends'
    ...
THREADS: list
START: str
def environment_of(folder, clean=True, confined=False):
    'The environment of a worker whose folder is `folder`; what it compiles it keeps there, too'
    ...
@contextmanager
def on_one_core():
    'A block in which this thread, and each process it starts, stays on one core; the core, or None'
    ...
class Worker:
    "A process that holds one or two models and answers for them; this side of it\n\n    A target is a Python file ('….py') that gives `model()`, a stored model's path without its\n    ending, or a builder 'import:module:function'. Needs Linux or macOS."
    def __init__(self, *targets, guards=GUARDS, limits=None, room=1 << 24, pause=0.0, paths=(), reverse=False):
        ...
    def config_of(self, requests, replies):
        'What the worker is told: never an answer, never a label'
        ...
    def __enter__(self):
        ...
    def start(self, theirs, answers):
        'Start the process'
        ...
    def kill(self):
        'End the worker, and all that it started in its group'
        ...
    def __exit__(self, *error):
        ...
    def last_word(self):
        'The times that the worker says it has kept, for a protocol that would believe it'
        ...
    def ended(self):
        'What to raise about a worker that has closed its pipe'
        ...
    def wait(self, seconds):
        'The bytes of a reply; Caught if none comes'
        ...
    def understood(self, reply, number):
        '(how many numbers, nanoseconds, right) as the worker says in `reply`; Caught if it is no reply'
        ...
    def ask(self, what, side, calls, x, clock=time.perf_counter_ns):
        'Send one request about `x`; (results, what the worker says, nanoseconds outside)'
        ...
    def send(self, request):
        'Send `request`; Caught if the worker is no longer there'
        ...
    def next_number(self):
        ...
    def prepare(self, x, size):
        '`x` as an array that can be sent, `size` results expected; ValueError if there is no room'
        ...
    def answer(self, side, x, shape, calls=1):
        'Results (samples, *shape) of an accuracy run; Caught unless there are as many as samples'
        ...
    def collect(self):
        'With the guard `copied_in_window` off: the results, after the clock has stopped'
        ...
    def time(self, side, x, expected, batch=1, tolerance=0.001) -> int:
        'Nanoseconds of one request for `len(x)//batch` calls, read here; Caught if a guard notices'
        ...
    def give_away(self, labels):
        'Write the right answers where the worker can see them'
        ...
    def empty_request(self, side):
        'Nanoseconds of a request that asks for nothing'
        ...
    def check_core(self):
        'Raise Caught if a thread of the worker may run on cores where this one may not'
        ...
    def perturb(self, side, seed):
        'Replace the weights of a model over there by noise; how many arrays that were'
        ...
    targets: Any
    on: Any
    guards: Any
    limits: Any
    room: Any
    pause: Any
    paths: Any
    reverse: Any
    ...
def no_platform():
    ...
def absolute(target):
    '`target` for a process in another folder'
    ...
def ending_of(code, text):
    '(guard or kind of ending, what is known) of a process that left with `code`, `text` on stderr'
    ...
def no_room(x, size, room):
    ...
def check_results(on, results, said, expected, tolerance):
    'Raise Caught, by the name of the first guard that is `on` and notices something'
    ...
def mostly(flags):
    'Are all `flags` true, or all but one of nine, two of eighteen …? None is not enough'
    ...
def noticed(guard, seen, found, expected):
    '[the finding] if it was `seen`, else []'
    ...
def repeated_sample(worker, side, x, expected, rounds=9, limit=1.1) -> list:
    'Findings if a sample seen before is answered faster than a fresh one, beyond `limit`'
    ...
def one_at_a_time(worker, side, x, expected, rounds=9, limit=3.0, slack_ns=200000) -> list:
    'Findings if samples alone take over `limit` times what they take many to a request\n\n    The shortest of each is compared. `slack_ns` allows for the round trip. `x` as above.'
    ...
def same_answers(guard, a, b, tolerance, expected):
    '[the finding] if the results `a` and `b` differ, else []'
    ...
def row_equals_batch(worker, side, x, shape, tolerance=0.0001) -> list:
    'Findings if samples one by one give other results than in one batch'
    ...
def order_invariance(worker, side, x, shape, rng, tolerance=0.0001) -> list:
    'Findings if results depend on the order in which samples are sent'
    ...
def timed_equals_accuracy(worker, side, x, expected, rounds=5, tolerance=1e-05) -> list:
    'Findings if timed requests give other results than an accuracy run, however close to right'
    ...
def perturbed_weights(worker, side, x, shape, seed=0, limit=0.9) -> list:
    "Findings if answers stay as they are when all weights become noise; the last check of all\n\n    The worker's model is useless afterwards. `x` are samples whose answers differ."
    ...
def plausible_time(ns, bytes_moved, flops, bandwidth, peak, margin=2.0) -> list:
    'Findings if a call took less than 1/`margin` of what bytes and FLOPs need on this machine'
    ...
def own_baseline(submitted_ns, own_ns, limit=1.1) -> list:
    "Findings if most of a submitted baseline's times are over `limit` times our own baseline's"
    ...
def unseen(x, rng):
    'Inputs like `x`, but new: floats a thousandth off, others with rows mixed at each place'
    ...
class Pool:
    'Samples for requests, each used once before any comes again'
    def __init__(self, inputs, expected, rng, fresh=True):
        ...
    def take(self, rows):
        '(index of the first, inputs, their results) of `rows` samples'
        ...
    inputs: Any
    expected: Any
    rng: Any
    fresh: Any
    waiting: Any
    ...
def calls_for(ns_per_call, k, block_ns, most):
    'Calls in a block of each side, at least `k` and at most `most`, for blocks of equal length'
    ...
SIDES: tuple
class Session:
    'One comparison with the clock here: what is drawn, and what was read'
    def __init__(self, pools, batch, tolerance):
        ...
    def block(self, workers, side, calls):
        '(index of the first sample, nanoseconds) of a request for `calls` calls'
        ...
    def calibrate(self, workers, k, block_ns, most):
        'Fix the calls of a block for each side, from the best of three requests'
        ...
    def process(self, workers, number, order):
        'Time a pair of blocks for each entry of `order`, the side that goes first'
        ...
    def columns(self):
        'What was read, as columns of equal length; `order` 0 was timed first in its pair'
        ...
    pools: Any
    batch: Any
    tolerance: Any
    rows: Any
    calls: Any
    side: Any
    ...
COLUMNS: Any
def start_workers(stack, session, targets, reverse, guards, **settings):
    '[(worker, its number for the model)] of baseline and candidate, started in a tossed order'
    ...
def time_outside(targets, inputs, expected, processes=12, pairs=20, k=16, batch=1, rng=None, guards=GUARDS, tolerance=0.001, block_ns=500000, room=1 << 24, **settings):
    '(columns as in samples.npz, findings) of a comparison timed from outside\n\n    It stops at the first finding, with what was read until then.'
    ...
def most_calls(pools, batch, room, k):
    "How many calls of `batch` samples fit into a worker's room; ValueError if fewer than `k`"
    ...
def placed(caught, path):
    'The finding of `caught`, at `path`'
    ...
def one_process(session, targets, number, order, rng, plan, settings):
    "Start workers, and time one process's pairs"
    ...
