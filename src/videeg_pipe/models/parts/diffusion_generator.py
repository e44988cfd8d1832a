"""Sampling and reconstruction, the same for all generators with a diffusion."""

from abc import abstractmethod
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from torch import Tensor

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.models.base import EegGenerator
from videeg_pipe.models.parts.diffusion import Diffusion
from videeg_pipe.models.parts.diffusion import mirrored as mirror
from videeg_pipe.models.parts.guidance import Predict, guided
from videeg_pipe.runtime.device import moved


class DiffusionGenerator(EegGenerator):
    """A generator of windows x = mean + decode(z), whose z comes from a diffusion.

    z has the shape (B, *shape). A subclass gives its shape, both maps between x and z, the encoded
    condition and the network's prediction. It replaces the rest where its paper differs.
    """

    diffusion: Diffusion

    @property
    @abstractmethod
    def shape(self) -> tuple[int, int]:
        """Shape of one window's z."""

    @property
    @abstractmethod
    def limit(self) -> float:
        """Largest absolute value of z in the training windows; infinite without one."""

    @abstractmethod
    def encode(self, x: Tensor, subject: Tensor) -> Tensor:
        """Map normalised EEG without its mean, (B, C, T), to z; subject (B,)."""

    @abstractmethod
    def decode(self, z: Tensor, subject: Tensor) -> Tensor:
        """Map z back to normalised EEG without its mean, (B, C, T)."""

    @abstractmethod
    def encode_condition(self, condition: Condition) -> Any:
        """Encode B conditions for `predict`."""

    @abstractmethod
    def predict(self, x_t: Tensor, t: Tensor, encoded: Any) -> Tensor:
        """Return the network's prediction for noisy z, x_t, at t (B,), of the shape of x_t."""

    def conditional_mean(self, condition: Condition, settings: SampleOptions) -> Tensor:
        """Return the conditional mean outside the diffusion, (B, C, T), or 0 without one."""
        return torch.zeros((), device=condition.subject.device)

    def sampling(self, settings: SampleOptions) -> SampleOptions:
        """Return the settings with the scheduler and the number of steps that are used."""
        return settings

    def initial_noise(
        self, seeds: Sequence[int], settings: SampleOptions
    ) -> tuple[Tensor, list[torch.Generator]]:
        """Draw z_T, (B, *shape), and return each window's generator for further noise, on CPU."""
        rngs = [torch.Generator().manual_seed(seed) for seed in seeds]
        noise = torch.empty(len(rngs), *self.shape)
        n_threads, inference = torch.get_num_threads(), torch.is_inference_mode_enabled()

        def fill(first: int) -> None:
            with torch.inference_mode(inference):  # a new thread does not inherit the mode
                for own, rng in zip(noise[first::n_threads], rngs[first::n_threads], strict=True):
                    torch.randn(self.shape, generator=rng, out=own)

        # noise of the CPU is a third or more of the time of sampling on a GPU
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(fill, range(n_threads)))  # a list, so that errors are raised
        return noise, rngs

    def predictor(self, condition: Condition, settings: SampleOptions) -> Predict:
        """Return the prediction with condition, guidance and precision bound."""
        return guided(self.encode_condition, self.predict, condition, settings)

    def noised(self, z: Tensor, noise: Tensor, settings: SampleOptions, strength: float) -> Tensor:
        """Add noise to z up to where the last steps begin; see `Diffusion.noised`."""
        return self.diffusion.noised(z, noise, settings, strength)

    def draw(
        self,
        predict: Predict,
        noise: Tensor,
        settings: SampleOptions,
        rngs: Sequence[torch.Generator],
        *,
        strength: float = 1.0,
    ) -> Tensor:
        """Take the noise off; see `Diffusion.sample`.

        x0_hat is clipped to the training windows' range on the way, as by Ho et al. 2020, arXiv
        2006.11239. Without the limit, samples of a briefly trained network grow without bound.
        """
        return self.diffusion.sample(
            predict, noise, settings, rngs, limit=self.limit, strength=strength
        )

    def calibrated(self, z: Tensor, condition: Condition, settings: SampleOptions) -> Tensor:
        """Correct the power of z drawn from noise, (B, *shape); unchanged without a calibration."""
        return z

    @torch.no_grad()
    def sample(
        self,
        condition: Condition,
        seeds: Sequence[int],
        settings: SampleOptions,
        *,
        mirrored: bool = False,
    ) -> Tensor:
        """Draw windows, (B, C, T); see `EegGenerator.sample`."""
        subject, steps = condition.subject, self.sampling(settings)
        predict = self.predictor(condition, settings)
        noise, rngs = self.initial_noise(seeds, settings)  # (B, *shape)
        noise = moved(noise, subject.device)
        if mirrored:
            z = -self.draw(mirror(predict), noise, steps, rngs)
        else:
            z = self.draw(predict, noise, steps, rngs)
        z = self.calibrated(z, condition, steps)
        return self.decode(z, subject) + self.conditional_mean(condition, settings)

    @torch.no_grad()
    def reconstruct(
        self,
        x: Tensor,
        condition: Condition,
        seeds: Sequence[int],
        settings: SampleOptions,
        *,
        strength: float,
        denoise: bool = True,
    ) -> Tensor:
        """Draw windows from noised real ones, (B, C, T); see `EegGenerator.reconstruct`."""
        subject, steps = condition.subject, self.sampling(settings)
        mean = torch.zeros_like(x)
        if denoise:
            mean = mean + self.conditional_mean(condition, settings)  # (B, C, T)
        noise, rngs = self.initial_noise(seeds, settings)  # (B, *shape)
        z = self.encode(x - mean, subject)
        z = self.noised(z, moved(noise, z.device), steps, strength)
        if denoise:
            predict = self.predictor(condition, settings)
            z = self.draw(predict, z, steps, rngs, strength=strength)
            if strength == 1:  # otherwise, z has the power of x
                z = self.calibrated(z, condition, steps)
        return mean + self.decode(z, subject)
