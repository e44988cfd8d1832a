"""Training with differential privacy per person; docs/privacy.md states the guarantee.

A step samples people, not windows. Each person's gradient is clipped as a whole and the sum gets
Gaussian noise. Nothing else of a recording reaches the weights (DP-SGD of Abadi et al. 2016, doi
10.1145/2976749.2978318, with the person as its unit after McMahan et al. 2018, arXiv 1710.06963).
Clipping, noise, sampling and accounting come from opacus, which clips rows; here a row is a person.
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
from videeg_pipe.train.loop import Training
from videeg_pipe.train.windows import TrainingWindows

# Renyi orders: integers, because fractional orders take minutes under strong noise
_ORDERS = [*range(2, 65), 80, 96, 128, 192, 256, 512]


class PrivateTraining(Training):
    """A training with private steps. Its seed is secret and stored only in the state of a training.

    Noise of a known seed can be subtracted, and model.json publishes the seed of the run. Losses
    and gradient norms depend on recordings without noise, so the history has neither.
    """

    def privacy(self) -> dict[str, Any]:
        """Return epsilon and delta spent so far, with the quantities that they depend on."""
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
        self.n_steps = math.ceil(1 / settings.sampling_rate)  # per epoch
        self.generator = self.fabric.setup(generator)
        for part in generator.modules():
            if isinstance(part, nn.Embedding):  # one row per person, lost in the noise
                part.requires_grad_(False)
        self.trained = [  # of the diffusion, then of the first phase
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
        """Return the noise SD over `clip_norm` with which `steps` spend epsilon."""
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
                expected=f"a budget that {steps} steps can keep",
                found=str(epsilon),
                next_step="raise it or train.privacy.delta, or set fewer epochs",
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
        windows_of = [np.flatnonzero(windows.subject == person) for person in range(self.n_people)]
        self._enable(epoch)
        self.generator.train()
        compute = self._losses_of(self.generator, epoch)
        rate, size = 0.0, self.config.batch_size
        for step, sampled in enumerate(steps):
            rate = self._learning_rate(epoch + step / self.n_steps)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            for person in sampled:
                rows = order.permutation(windows_of[person])[:size]
                for x, condition in windows.batches(rows, size, self.fabric.device):
                    losses = compute(x, condition, rng)
                    self._accumulate(total_loss(losses, self.config.losses))
            self._step()
        return {"learning_rate": rate}

    def _enable(self, epoch: int) -> None:
        """Enable only the weights that the epoch trains: every enabled weight gets noise."""
        current = 0 if self._first_at(epoch) is None else 1
        for phase, weights in enumerate(self.trained):
            for weight in weights:
                weight.requires_grad_(phase == current)

    def _accumulate(self, loss: Tensor) -> None:
        """Clip the gradient of one person's loss and add it to the sum of the step."""
        self.fabric.backward(loss)
        weights = self.optimizer.params
        gradients = [torch.zeros_like(w) if w.grad is None else w.grad for w in weights]
        # NaN survives clipping, and an error would reveal the person: add zeros instead
        finite = all(gradient.isfinite().all() for gradient in gradients)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.grad_sample = (gradient if finite else torch.zeros_like(gradient))[None]
        self.optimizer.signal_skip_step()  # clip and add, without a step
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)

    def _step(self) -> None:
        """Add the noise, even if no person was sampled, and step."""
        for weight in self.optimizer.params:
            weight.grad_sample = weight.new_zeros((0, *weight.shape))
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.ema.update_parameters(self.generator.module)

    def _parts(self) -> dict[str, Any]:
        return super()._parts() | {
            "seed": str(self.seed),
            "accountant": dict(self.accountant.state_dict()),
        }

    def _restore(self, stored: dict[str, Any]) -> None:
        super()._restore(stored)
        self.seed = int(stored["seed"])
        self.accountant.load_state_dict(stored["accountant"])
