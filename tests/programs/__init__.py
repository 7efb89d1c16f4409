"""Small programs of the kinds that public courses teach, written for TinyTorch as somebody who knows PyTorch writes them

Each module has `start(rng)`, the model (or models) and the data, and `train(model, data)`, the losses of a short training.
tests/test_programs.py runs them; oracle/test_programs.py trains the same model in PyTorch and compares the curves."""
