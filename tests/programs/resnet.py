"A small residual network on digits: convolutions, batch norm, shortcuts, AdamW"
from tinytorch.core.activations import ReLU
from tinytorch.core.layers import Linear, Module, Sequential
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import AdamW
from tinytorch.core.spatial import AdaptiveAvgPool2d, BatchNorm2d, Conv2d
from tinytorch.core.tensor import Tensor
from tinytorch.datasets import load

class Block(Module):
    def __init__(self, inputs, outputs, stride, rng):
        self.conv1 = Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False, rng=rng)
        self.bn1 = BatchNorm2d(outputs)
        self.conv2 = Conv2d(outputs, outputs, 3, padding=1, bias=False, rng=rng)
        self.bn2 = BatchNorm2d(outputs)
        self.relu = ReLU()
        self.shortcut = Sequential()
        if stride != 1 or inputs != outputs:
            self.shortcut = Sequential(Conv2d(inputs, outputs, 1, stride=stride, bias=False, rng=rng), BatchNorm2d(outputs))

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + self.shortcut(x))

class ResNet(Module):
    def __init__(self, rng):
        self.stem = Sequential(Conv2d(1, 8, 3, padding=1, bias=False, rng=rng), BatchNorm2d(8), ReLU())
        self.layer1 = Block(8, 8, 1, rng)
        self.layer2 = Block(8, 16, 2, rng)
        self.pool = AdaptiveAvgPool2d((1, 1))
        self.fc = Linear(16, 10, rng=rng)

    def forward(self, x): return self.fc(self.pool(self.layer2(self.layer1(self.stem(x)))).flatten(1))

def start(rng):
    x, y = load('digits').train
    return ResNet(rng), (x[:256, None], y[:256])

def train(model, data, epochs=4):
    x, y = data
    criterion, optimizer = CrossEntropyLoss(label_smoothing=.1), AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(epochs):
        for i in range(0, len(x), 32):
            optimizer.zero_grad()
            loss = criterion(model(Tensor(x[i:i+32])), y[i:i+32])
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses
