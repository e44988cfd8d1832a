"""Training with differential privacy, for each person whole: docs/privacy.md says what it promises.

A step draws people, not windows. The gradient of each is clipped as one, the sum gets Gaussian
noise, and nothing else of a recording reaches the weights (DP-SGD of Abadi et al. 2016, doi
10.1145/2976749.2978318, with the person as its unit after McMahan et al. 2018, arXiv 1710.06963).
Clipping, noise, sampling and accounting are those of opacus, which does not ask what the rows are
that it clips: here a row is a person.
"""

import math
import secrets
from typing import Any, cast

import numpy as np
import torch
from opacus.accountants import RDPAccountant
from opacus.accountants.utils import get_noise_multiplier
from opacus.optimizers import DPOptimizer
from opacus.utils.uniform_sampler import UniformWithReplacementSampler
from torch import Tensor, nn

from videeg_pipe.models.base import EegGenerator
from videeg_pipe.models.parts.losses import total_loss
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.train.data import TrainingWindows
from videeg_pipe.train.loop import Training

# Renyi orders: whole ones, as the series for others takes minutes where the noise is strong
_ORDERS = [*range(2, 65), 80, 96, 128, 192, 256, 512]


class PrivateTraining(Training):
    """A training whose steps are private; its seed is drawn in secret, and kept with its state.

    Whoever knows the seed can take the noise away again: that of the run is in every model.json.
    Losses and norms of gradients tell of recordings too, and are not in the history.
    """

    def privacy(self) -> dict[str, Any]:
        """Epsilon and delta spent so far, and what they hang on."""
        settings = self.config.privacy
        return {
            "epsilon": self.accountant.get_epsilon(settings.delta, alphas=_ORDERS),
            "delta": settings.delta,
            "unit": "subject",
            "covers": "weights and samples in normalised units, not their scale in microvolts",
            "adjacency": "zero-out: one person's recordings add nothing",
            "accountant": self.accountant.mechanism(),
            "noise_multiplier": self.optimizer.noise_multiplier,
            "sampling_rate": settings.sampling_rate,
            "steps": sum(steps for _, _, steps in self.accountant.history),
            "clip_norm": settings.clip_norm,
        }

    def _set_up(self, generator: EegGenerator, optimizer: torch.optim.Optimizer) -> None:
        settings, self.n_people = self.config.privacy, len(generator.layout.subjects)
        self.seed = secrets.randbits(256)
        self.n_steps = math.ceil(1 / settings.sampling_rate)  # a pass
        self.generator = self.fabric.setup(generator)
        for part in generator.modules():
            if isinstance(part, nn.Embedding):  # a row a person: under the noise, it says nothing
                part.requires_grad_(False)
        self.trained = [  # after the first phase, and in it
            [weight for weight in group["params"] if weight.requires_grad]
            for group in optimizer.param_groups
        ]
        n_epochs = self.config.epochs + (0 if self.first is None else self.first.epochs)
        self.optimizer = DPOptimizer(
            optimizer,
            noise_multiplier=self._noise_multiplier(n_epochs * self.n_steps),
            max_grad_norm=settings.clip_norm,
            expected_batch_size=settings.sampling_rate * self.n_people,
            generator=torch.Generator(self.fabric.device),
            secure_mode=True,  # against reading the sum from the last digits of the noise
        )
        self.accountant = RDPAccountant()
        hook = self.accountant.get_optimizer_hook_fn(settings.sampling_rate)
        self.optimizer.attach_step_hook(hook)

    def _noise_multiplier(self, steps: int) -> float:
        """SD of the noise over `clip_norm` with which so many steps spend epsilon."""
        settings = self.config.privacy
        epsilon = cast(float, settings.epsilon)
        try:
            return get_noise_multiplier(
                target_epsilon=epsilon,
                target_delta=settings.delta,
                sample_rate=settings.sampling_rate,
                steps=steps,
                accountant=RDPAccountant.mechanism(),
                epsilon_tolerance=epsilon / 1000,
                alphas=_ORDERS,
            )
        except ValueError:
            raise UserError(
                "train.privacy.epsilon",
                expected=f"as much as {steps} steps can keep to",
                found=str(epsilon),
                next_step="raise it or train.privacy.delta, or take fewer epochs",
            ) from None

    def _begin_diffusion(self, windows: TrainingWindows) -> None:
        self.generator.module.load_state_dict(self.averaged.state_dict())

    def _validate(self, epoch: int, windows: TrainingWindows) -> dict[str, float]:
        return {}

    def _epoch(self, epoch: int, windows: TrainingWindows) -> dict[str, float]:
        seed = derive_seed(self.seed, "epoch", str(epoch))
        rng = torch.Generator().manual_seed(derive_seed(seed, "noise"))
        torch.manual_seed(derive_seed(seed, "dropout"))
        self.optimizer.generator.manual_seed(derive_seed(seed, "privacy"))
        steps = UniformWithReplacementSampler(
            num_samples=self.n_people,
            sample_rate=self.config.privacy.sampling_rate,
            steps=self.n_steps,
            generator=torch.Generator().manual_seed(derive_seed(seed, "people")),
        )
        order = np.random.default_rng(derive_seed(seed, "windows"))
        own = [np.flatnonzero(windows.subject == person) for person in range(self.n_people)]
        self._open(epoch)
        self.generator.train()
        compute = self._losses_of(self.generator, epoch)
        rate, size = 0.0, self.config.batch_size
        for place, drawn in enumerate(steps):
            rate = self._learning_rate(epoch + place / self.n_steps)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            for person in drawn:
                rows = order.permutation(own[person])[:size]
                for x, condition in windows.batches(rows, size, self.fabric.device):
                    losses = compute(x, condition, rng)
                    self._contribute(total_loss(losses, self.config.losses))
            self._step()
        return {"learning_rate": rate}

    def _open(self, epoch: int) -> None:
        """Let only what the epoch trains take part: noise goes to every weight that does."""
        now = 0 if self._first_at(epoch) is None else 1
        for phase, weights in enumerate(self.trained):
            for weight in weights:
                weight.requires_grad_(phase == now)

    def _contribute(self, loss: Tensor) -> None:
        """Clip the gradient of one person's loss, and add it to the step's sum."""
        self.fabric.backward(loss)
        weights = self.optimizer.params
        gradients = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
        # NaN survives clipping, and an error would tell of the person: they add nothing
        finite = all(gradient.isfinite().all() for gradient in gradients)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad_sample = (gradient if finite else torch.zeros_like(gradient))[None]
        self.optimizer.signal_skip_step()  # clip and add alone
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def _step(self) -> None:
        """Add the noise, where nobody was drawn too, and step."""
        for weight in self.optimizer.params:
            weight.grad_sample = weight.new_zeros((0, *weight.shape))
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.ema.update_parameters(self.generator.module)

    def _parts(self) -> dict[str, Any]:
        own = {"seed": str(self.seed), "accountant": dict(self.accountant.state_dict())}
        return super()._parts() | own

    def _take_over(self, stored: dict[str, Any]) -> None:
        super()._take_over(stored)
        self.seed = int(stored["seed"])
        self.accountant.load_state_dict(stored["accountant"])
