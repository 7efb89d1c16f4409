"REINFORCE on a corridor: walk right to the end; a policy network, sampled actions, returns, a baseline"
import numpy as np

from tinytorch.core.activations import Tanh, log_softmax, softmax
from tinytorch.core.autograd import no_grad
from tinytorch.core.layers import Linear, Sequential
from tinytorch.core.optimizers import Adam
from tinytorch.core.tensor import Tensor

CELLS, STEPS, EPISODES = 6, 12, 16

def start(rng):
    policy = Sequential(Linear(CELLS, 16, rng=rng), Tanh(), Linear(16, 2, rng=rng))
    return policy, rng.random((40, STEPS, EPISODES))

def walk(probabilities, draws):
    "States, actions and rewards (STEPS, EPISODES) of walks whose chance to go right is `probabilities(states)`"
    place, states, actions, rewards = np.zeros(EPISODES, int), [], [], []
    for draw in draws:
        states.append(place.copy())
        action = (draw < probabilities(place)).astype(int)
        place = np.clip(place + 2*action - 1, 0, CELLS - 1)
        actions.append(action)
        rewards.append((place == CELLS - 1).astype(np.float32))
    return np.stack(states), np.stack(actions), np.stack(rewards)

def returns_of(rewards, discount=.95):
    returns, ahead = np.zeros_like(rewards), 0.
    for t in reversed(range(len(rewards))): returns[t] = ahead = rewards[t] + discount*ahead
    return (returns - returns.mean())/(returns.std() + 1e-8)

def one_hot(states): return np.eye(CELLS, dtype=np.float32)[states]

def train(policy, draws):
    optimizer, rewarded = Adam(policy.parameters(), lr=.03), []
    for draw in draws:
        with no_grad():
            states, actions, rewards = walk(lambda s: softmax(policy(Tensor(one_hot(s))), dim=-1)[:, 1].numpy(), draw)
        log_probs = log_softmax(policy(Tensor(one_hot(states.reshape(-1)))), dim=-1)
        chosen = log_probs[np.arange(actions.size), actions.reshape(-1)]
        loss = -(chosen*returns_of(rewards).reshape(-1)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rewarded.append(-float(rewards.sum(0).mean()))  # falls like a loss
    return rewarded
