"Reports and submissions filled in by hand, so that every number in them is known"
import json

from tinytorch.capstone import BenchmarkReport, generate_submission
from tinytorch.submission import data_by_hand

DATA = data_by_hand()

def metrics(parameters=19210, size=77136, right=352, latency=.02, batch=.5):
    "What `benchmark_model` would have found: parameters, bytes, samples put right out of 359, ms for one sample and for all"
    return {'parameter_count': parameters, 'model_size_mb': size/2**20, 'accuracy': right/359, 'latency_ms_mean': latency, 'latency_ms_std': latency/10,
            'throughput_samples_per_sec': 1000/latency, 'artifact_bytes': size, 'latency_ms_median': latency, 'batch_size': 359,
            'batch_throughput_samples_per_sec': 1000*359/batch}

def report(name='by hand', evidence=(0., 0.), **numbers):
    "A `BenchmarkReport` with those `metrics`; `evidence` is the share of zeros and that of int8"
    made = BenchmarkReport(name)
    made.metrics, made.data = metrics(**numbers), dict(DATA)
    made.evidence = {'parameters': made.metrics['parameter_count'], 'zero_share': evidence[0], 'int8_share': evidence[1]}
    return made

def compared(verdict='slower', speedup=.5, low=.45, high=.55, **more):
    "What a `Comparison` says of itself"
    return {'verdict': verdict, 'speedup': speedup, 'interval': [low, high], 'confidence': .95, 'smallest_effect': .01, 'pairs': 60, 'calls': [128, 64],
            'baseline_ms': .02, 'candidate_ms': .04, 'difference': .25, 'batch_size': 1, **more}

def errors(findings): return [str(f) for f in findings if f.severity == 'error']

def complete(**more):
    "A submission with everything in it, as it comes out of a file"
    small = report('small', evidence=(.5, 1.), parameters=9610, size=11000, right=349, latency=.04, batch=.25)
    small.techniques = [{'name': 'pruning', 'measured': {'bytes_before': 77136, 'bytes_after': 38736}}, {'name': 'quantization', 'bits': 8}]
    return json.loads(json.dumps(generate_submission(report('large'), small, 'A learner', ['pruning', 'quantization'], compared(**more))))

# The document's example of a submission, its numbers as they are there: of the first version, which had no number

EXAMPLE = '''{
  "tinytorch_version": "0.1.0",
  "submission_type": "capstone_benchmark",
  "timestamp": "2025-01-15 14:23:41",
  "system_info": {
    "platform": "macOS-14.2-arm64",
    "python_version": "3.11.6",
    "numpy_version": "1.24.3"
  },
  "baseline": {
    "model_name": "baseline_mlp",
    "metrics": {
      "parameter_count": 263,
      "model_size_mb": 0.001,
      "accuracy": 0.35,
      "latency_ms_mean": 0.042,
      "latency_ms_std": 0.008,
      "throughput_samples_per_sec": 23809.52
    }
  },
  "optimized": {
    "model_name": "optimized_mlp",
    "metrics": {
      "parameter_count": 198,
      "model_size_mb": 0.00075,
      "accuracy": 0.33,
      "latency_ms_mean": 0.031,
      "latency_ms_std": 0.006,
      "throughput_samples_per_sec": 32258.06
    },
    "techniques_applied": ["pruning", "quantization"]
  },
  "improvements": {
    "speedup": 1.35,
    "compression_ratio": 1.33,
    "accuracy_delta": -0.02
  }
}
'''
