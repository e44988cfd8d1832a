"""The training loop: the first phase of a generator, if it has one, then its diffusion."""

import logging
import math
import time
from collections import defaultdict
from collections.abc import Callable
from typing import Any, cast

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from videeg_pipe.config.train import TrainOptions
from videeg_pipe.models.base import EegGenerator, FirstPhase
from videeg_pipe.models.parts.compiled import compile_network
from videeg_pipe.models.parts.losses import total_loss
from videeg_pipe.runtime.errors import UserError
from videeg_pipe.runtime.progress import progress
from videeg_pipe.runtime.seeds import derive_seed
from videeg_pipe.train.resume import ResumeFile
from videeg_pipe.train.windows import TrainingWindows

logger = logging.getLogger(__name__)

_WARM_UP = 0.05  # share of a phase in which the learning rate rises


class Training:
    """A generator in training: its optimiser, averaged weights and history."""

    def __init__(
        self,
        generator: EegGenerator,
        *,
        fabric: Fabric,
        config: TrainOptions,
        seed: int,
        state: ResumeFile,
    ) -> None:
        """Set up the training; resume an interrupted one if `state` holds it."""
        self.fabric, self.config, self.seed, self.state = fabric, config, seed, state
        average = get_ema_multi_avg_fn(config.ema_decay)
        self.ema = AveragedModel(generator, multi_avg_fn=average).to(fabric.device)
        self.averaged = cast(EegGenerator, self.ema.module)
        if config.compile:
            for one in (generator, self.averaged):
                compile_network(one, "train.compile")
        optimizers = {"adamw": torch.optim.AdamW, "adam": torch.optim.Adam}
        self.first = generator.first_phase
        early = [] if self.first is None else self.first.parameters
        rest = [weight for weight in generator.parameters() if not any(weight is w for w in early)]
        groups: list[dict[str, Any]] = [{"params": rest, "weight_decay": config.weight_decay}]
        if self.first is not None:
            groups.append({"params": early, "weight_decay": self.first.weight_decay})
        optimizer = optimizers[config.optimizer](groups, lr=config.learning_rate)
        self._set_up(generator, optimizer)
        self.generator.mark_forward_method("losses")
        if self.first is not None:
            self.generator.mark_forward_method(self.first.losses)
        self.first_epochs = 0 if self.first is None else self.first.epochs
        self.history: list[dict[str, Any]] = []
        self._began = self._running_s = 0.0  # of the current epoch
        self._resume()

    def run(self, train: TrainingWindows, validation: TrainingWindows) -> EegGenerator:
        """Train to the end.

        Returns:
            The generator with averaged weights, in evaluation mode.

        Raises:
            UserError: if a loss stops being finite.
        """
        done = self.history[-1]["epoch"] if self.history else 0
        n_epochs = self.first_epochs + self.config.epochs
        for epochs in (
            range(done, self.first_epochs),
            range(max(done, self.first_epochs), n_epochs),
        ):
            if epochs:
                self._phase(epochs, train, validation)
        return self.averaged.eval()

    def _phase(self, epochs: range, train: TrainingWindows, validation: TrainingWindows) -> None:
        """Train the epochs of one phase, or as many as fit into its share of `max_minutes`."""
        phase, every = _name(self._first_at(epochs.start)), self.config.checkpoint_every
        title = f"train: epochs of {phase}"
        if self.first is not None:
            title += f" (phase {1 if epochs.start < self.first_epochs else 2} of 2)"
        if self.config.max_minutes is not None:  # the time left at this speed may be longer
            title += f", within train.max_minutes {self.config.max_minutes:g}"
        begin = 0 if epochs.start < self.first_epochs else self.first_epochs
        for epoch in progress(epochs, title, before=epochs.start - begin):
            if self._time_used(epoch) >= 1:
                logger.info("phase %s ends after its share of train.max_minutes", phase)
                break
            self._began = time.monotonic()
            if epoch == self.first_epochs:
                self._begin_diffusion(train)
            losses = self._epoch(epoch, train) | self._validate(epoch, validation)
            self._running_s, seconds = 0.0, self._since_began()
            self.history.append(
                {"epoch": epoch + 1, "phase": phase} | losses | {"seconds": seconds}
            )
            line = (
                f"{name} {value if isinstance(value, str) else format(value, '.4g')}"
                for name, value in self.history[-1].items()
            )
            logger.info("%s", ", ".join(line))
            if (epoch + 1) % every == 0 and epoch + 1 < self.first_epochs + self.config.epochs:
                self._save()

    def privacy(self) -> dict[str, Any] | None:
        """Return the privacy guarantee of this training: none."""
        return None

    def _set_up(self, generator: EegGenerator, optimizer: torch.optim.Optimizer) -> None:
        """Move generator and optimiser to their devices."""
        self.generator, self.optimizer = self.fabric.setup(generator, optimizer)

    @torch.no_grad()
    def _begin_diffusion(self, windows: TrainingWindows) -> None:
        """Keep the averaged weights of the first phase, and fit statistics that depend on them."""
        generator: EegGenerator = self.generator.module
        generator.load_state_dict(self.averaged.state_dict())
        generator.eval()
        batches = windows.batches(
            windows.statistics_rows(), self.config.batch_size, self.fabric.device
        )
        generator.fit_residual(batches)
        self.averaged.load_state_dict(generator.state_dict())

    def _epoch(self, epoch: int, windows: TrainingWindows) -> dict[str, float]:
        rank, n_ranks = self.fabric.global_rank, self.fabric.world_size
        seed = derive_seed(self.seed, "epoch", str(epoch))
        order = np.random.default_rng(seed).permutation(len(windows))
        order = order[: len(order) - len(order) % n_ranks][rank::n_ranks]
        rng = torch.Generator().manual_seed(derive_seed(seed, "noise", str(rank)))
        torch.manual_seed(derive_seed(seed, "dropout", str(rank)))
        self.generator.train()
        sums: dict[str, float] = defaultdict(float)
        n_batches = math.ceil(len(order) / self.config.batch_size)
        compute = self._losses_of(self.generator, epoch)
        rate, n_seen = 0.0, 0
        batches = progress(
            windows.batches(order, self.config.batch_size, self.fabric.device),
            f"train: batches of epoch {epoch + 1}",
            n_batches,
            part=True,
        )
        for batch, (x, condition) in enumerate(batches):
            if self.config.max_minutes is not None:
                self._running_s = self._since_began()
                if batch and self._time_used(epoch) >= 1:
                    break
            rate = self._learning_rate(epoch + batch / n_batches)
            for group in self.optimizer.param_groups:
                group["lr"] = rate
            losses = compute(x, condition, rng)
            loss = total_loss(losses, self.config.losses)
            self.fabric.backward(loss)
            norm = self.fabric.clip_gradients(
                self.generator,
                self.optimizer,
                max_norm=self.config.gradient_clip,
                error_if_nonfinite=False,  # checked below, with a clearer message
            )
            self._check(loss, norm, epoch)
            self.optimizer.step()
            self.optimizer.zero_grad()
            self.ema.update_parameters(self.generator.module)
            for name, value in losses.items():
                sums[f"train_{name}"] += value.item() * len(x)
            sums["gradient_norm"] += norm.item() * len(x)
            n_seen += len(x)
        n_seen, sums = self._over_ranks(n_seen, sums)
        means = {name: value / n_seen for name, value in sums.items()}
        return means | {"learning_rate": rate, "windows": n_seen}

    def _over_ranks(self, n_seen: int, sums: dict[str, float]) -> tuple[int, dict[str, float]]:
        """Add the windows of all ranks, and their sums of losses."""
        if self.fabric.world_size == 1:
            return n_seen, sums
        own = torch.tensor([n_seen, *sums.values()], dtype=torch.float64)
        total, *values = cast(Tensor, self.fabric.all_reduce(own, reduce_op="sum")).tolist()
        return int(total), dict(zip(sums, values, strict=True))

    @torch.no_grad()
    def _validate(self, epoch: int, windows: TrainingWindows) -> dict[str, float]:
        """Compute the losses of the averaged weights, with the same noise in every epoch."""
        rng = torch.Generator().manual_seed(derive_seed(self.seed, "validation"))
        compute = self._losses_of(self.averaged.eval(), epoch)
        sums: dict[str, float] = defaultdict(float)
        order = np.arange(len(windows))
        for x, condition in windows.batches(order, self.config.batch_size, self.fabric.device):
            for name, value in compute(x, condition, rng).items():
                sums[f"validation_{name}"] += value.item() * len(x) / len(windows)
        return dict(sums)

    def _losses_of(self, generator: Any, epoch: int) -> Callable[..., dict[str, Tensor]]:
        """Return the function that computes the losses of an epoch, in `precision`.

        A first phase is a least-squares fit, which stays in float32.
        """
        first = self._first_at(epoch)
        if first is not None:
            return cast(Callable[..., dict[str, Tensor]], getattr(generator, first.losses))
        # not Fabric's precision: on one device it covers `forward` alone
        mixed = self.config.precision == "bf16-mixed"
        arithmetic = torch.autocast(self.fabric.device.type, torch.bfloat16, enabled=mixed)
        return cast(Callable[..., dict[str, Tensor]], arithmetic(generator.losses))

    def _first_at(self, epochs: float) -> FirstPhase | None:
        """Return the first phase while it lasts, then None."""
        return self.first if epochs < self.first_epochs else None

    def _learning_rate(self, epochs: float) -> float:
        """Warm up linearly, then decay by a cosine to zero over the epochs or time of a phase."""
        first = self._first_at(epochs)
        if first is not None:
            peak, done = first.learning_rate, epochs / first.epochs
        else:
            peak = self.config.learning_rate
            done = (epochs - self.first_epochs) / self.config.epochs
        done = max(done, self._time_used(epochs))
        if done < _WARM_UP:
            return peak * max(done, 1e-3) / _WARM_UP
        late = min(1.0, (done - _WARM_UP) / (1 - _WARM_UP))
        return peak * 0.5 * (1 + math.cos(math.pi * late))

    def _since_began(self) -> float:
        """Elapsed epoch time, broadcast so that all ranks share the rate and stop together, s."""
        return self.fabric.broadcast(time.monotonic() - self._began)

    def _time_used(self, epochs: float) -> float:
        """Share of a phase's time that its epochs have used so far; 0 without a limit.

        Each of two phases has half of `max_minutes`.
        """
        if self.config.max_minutes is None:
            return 0.0
        phase = _name(self._first_at(epochs))
        spent = sum(row["seconds"] for row in self.history if row["phase"] == phase)
        spent += self._running_s
        return spent / (60 * self.config.max_minutes) * (1 if self.first is None else 2)

    def _check(self, loss: Tensor, norm: Tensor, epoch: int) -> None:
        if not (loss.isfinite() and norm.isfinite()):
            raise UserError(
                f"train: epoch {epoch + 1}",
                expected="a finite loss and gradient",
                found=f"loss {loss.item()}, gradient norm {norm.item()}",
                next_step="lower train.learning_rate, or look for NaN in the EEG and the features",
            )

    def _save(self) -> None:
        if self.fabric.is_global_zero:
            self.state.save(self._parts())
        self.fabric.barrier()

    def _parts(self) -> dict[str, Any]:
        """Return the state from which another process can resume."""
        return {
            "generator": self.generator.module.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "ema": self.ema.state_dict(),
            "history": self.history,
        }

    def _resume(self) -> None:
        stored: dict[str, Any] | None = self.state.load(self.fabric.device)
        if stored is None:
            return
        self._restore(stored)
        logger.info("resuming after epoch %d", self.history[-1]["epoch"])

    def _restore(self, stored: dict[str, Any]) -> None:
        """Restore a state that `_parts` returned."""
        self.generator.module.load_state_dict(stored["generator"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.ema.load_state_dict(stored["ema"])
        self.history = stored["history"]


def _name(first: FirstPhase | None) -> str:
    """Return the name of a phase in the history."""
    return "diffusion" if first is None else first.name
