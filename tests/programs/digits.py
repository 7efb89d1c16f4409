"Digits through a Module of one's own: DataLoader, SGD with momentum, a schedule, train and eval mode"
from tinytorch.core.activations import relu
from tinytorch.core.dataloader import DataLoader, TensorDataset
from tinytorch.core.layers import Dropout, Linear, Module
from tinytorch.core.losses import CrossEntropyLoss
from tinytorch.core.optimizers import SGD, StepLR
from tinytorch.datasets import load

class Net(Module):
    def __init__(self, rng):
        self.fc1 = Linear(64, 32, rng=rng)
        self.drop = Dropout(0.)
        self.fc2 = Linear(32, 10, rng=rng)

    def forward(self, x):
        x = x.view(x.shape[0], -1)
        return self.fc2(self.drop(relu(self.fc1(x))))

def start(rng):
    x, y = load('digits', flat=True).train
    return Net(rng), (x[:640], y[:640])

def train(model, data, epochs=6):
    loader = DataLoader(TensorDataset(*data), batch_size=64)
    criterion, optimizer = CrossEntropyLoss(), SGD(model.parameters(), lr=.1, momentum=.9, nesterov=True, weight_decay=1e-4)
    scheduler = StepLR(optimizer, 3, .5)
    losses = []
    for _ in range(epochs):
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = criterion(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        scheduler.step()
    return losses
