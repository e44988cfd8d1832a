"""Forward diffusion (Eq. 6) and sampling, by the schedulers of diffusers; default cosine."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Literal

import torch
from diffusers.schedulers.scheduling_ddim import DDIMScheduler
from diffusers.schedulers.scheduling_ddpm import DDPMScheduler
from diffusers.schedulers.scheduling_dpmsolver_multistep import DPMSolverMultistepScheduler
from diffusers.schedulers.scheduling_flow_match_euler_discrete import (
    FlowMatchEulerDiscreteScheduler,
)
from torch import Tensor

from videeg_pipe.config.sample import SampleOptions

PredictionType = Literal["v_prediction", "epsilon"]
Schedule = Literal["squaredcos_cap_v2", "linear", "scaled_linear"]

_COSINE: Schedule = "squaredcos_cap_v2"
_STOCHASTIC = ("ddpm", "dpm-solver++")
_LAMBDA_MIN = -5.1  # half the log SNR below which the cosine schedule is numerically all noise


class Diffusion:
    """Forward process, training target and sampling of one prediction type.

    Symbols: x_t = alpha_t x_0 + sigma_t noise, alpha_t^2 the cumulative product of 1 - beta.
    """

    def __init__(
        self,
        steps: int,
        prediction_type: PredictionType,
        *,
        schedule: Schedule = _COSINE,
        betas: tuple[float, float] = (1e-4, 0.02),
    ) -> None:
        """Set up the schedule.

        Args:
            steps: T.
            prediction_type: Output of the network: v = alpha noise - sigma x_0, or the noise.
            schedule: Schedule of beta: cosine, linear, or linear in its square root.
            betas: First and last beta; unused by the cosine schedule.
        """
        self.prediction_type = prediction_type
        self.steps = steps
        self._schedule = {
            "num_train_timesteps": steps,
            "beta_schedule": schedule,
            "beta_start": betas[0],
            "beta_end": betas[1],
            "prediction_type": prediction_type,
        }
        self._scheduler = DDPMScheduler(**self._schedule, clip_sample=False)

    def signal_share(self, t: Tensor) -> Tensor:
        """Return alpha_t^2, (B,), on the device of t."""
        return self._scheduler.alphas_cumprod.to(t.device)[t]

    def add_noise(self, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """Return x_t by Eq. 6's closed form, (B, C, T)."""
        return self._scheduler.add_noise(x0, noise, t)

    def denoised(self, output: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
        """Return x0_hat, (B, C, T), from the network's output."""
        alpha, sigma = self._alpha_sigma(t)
        match self.prediction_type:
            case "v_prediction":
                return alpha * x_t - sigma * output
            case "epsilon":
                return (x_t - sigma * output) / alpha

    def noise_of(self, v: Tensor, x_t: Tensor, t: Tensor) -> Tensor:
        """Return the noise in x_t, (B, C, T), that corresponds to v = alpha noise - sigma x_0."""
        alpha, sigma = self._alpha_sigma(t)
        return sigma * x_t + alpha * v

    def loss(self, output: Tensor, x0: Tensor, noise: Tensor, t: Tensor) -> Tensor:
        """Return the mean squared error of the output, (B, C, T), at steps t (B,)."""
        alpha, sigma = self._alpha_sigma(t)
        match self.prediction_type:
            case "v_prediction":
                return (output - (alpha * noise - sigma * x0)).square().mean()
            case "epsilon":
                return (output - noise).square().mean()

    def noised(self, x0: Tensor, noise: Tensor, settings: SampleOptions, strength: float) -> Tensor:
        """Return x_t where the last steps of a sampler begin, (B, C, K).

        Args:
            x0: Data, (B, C, K).
            noise: Of unit variance, (B, C, K).
            settings: Scheduler and number of steps.
            strength: Share of the steps that remain: 0 returns x0, 1 returns the noise.
        """
        times = self._times(settings)
        coming = last_steps(times, strength)
        if len(coming) == len(times):
            return noise
        if not len(coming):
            return x0
        return self.add_noise(x0, noise, coming[0].expand(len(x0)))

    def sample(
        self,
        predict: Callable[[Tensor, Tensor], Tensor],
        noise: Tensor,
        settings: SampleOptions,
        rngs: Sequence[torch.Generator],
        *,
        limit: float = math.inf,
        strength: float = 1.0,
    ) -> Tensor:
        """Remove the noise step by step.

        Args:
            predict: Returns the network's output (B, C, K) for x_t (B, C, K) and t (B,).
            noise: x_T, (B, C, K), of unit variance, or the result of `noised`.
            settings: Scheduler and number of steps.
            rngs: B CPU generators of the noise that a stochastic scheduler adds.
            strength: Share of the steps to run, the last ones.
            limit: Largest absolute x_0; x0_hat is clipped to it, as by Ho et al. (2020). An
                error in a predicted noise is divided by alpha, and grows from step to step.

        Returns:
            (B, C, K).
        """
        if limit < math.inf:
            predict = self._limited(predict, limit)
        if self._turns(settings):
            return self._turn(predict, noise, last_steps(self._times(settings), strength))
        scheduler = self._sampler(settings.scheduler)
        scheduler.set_timesteps(settings.steps)
        draws = {"generator": list(rngs)} if settings.scheduler in _STOCHASTIC else {}
        x = noise
        for t in last_steps(scheduler.timesteps, strength):
            output = predict(x, t.expand(len(x)).to(x.device))
            x = scheduler.step(output, t, x, **draws).prev_sample  # (B, C, K)
        return x

    def _limited(
        self, predict: Callable[[Tensor, Tensor], Tensor], limit: float
    ) -> Callable[[Tensor, Tensor], Tensor]:
        """Return a prediction that corresponds to a clipped x0_hat."""

        def limited(x_t: Tensor, t: Tensor) -> Tensor:
            alpha, sigma = self._alpha_sigma(t)
            x0_hat = self.denoised(predict(x_t, t), x_t, t)  # (B, C, K)
            x0_hat, noise = clip_estimate(x0_hat, x_t, alpha, sigma, limit)
            return noise if self.prediction_type == "epsilon" else alpha * noise - sigma * x0_hat

        return limited

    def _turns(self, settings: SampleOptions) -> bool:
        return settings.scheduler == "angle" and self.prediction_type == "v_prediction"

    def _times(self, settings: SampleOptions) -> Tensor:
        """Return the steps t of a sampler, (steps,), falling."""
        if self._turns(settings):
            return torch.linspace(self.steps - 1, 0, settings.steps + 1).round().long()[:-1]
        scheduler = self._sampler(settings.scheduler)
        scheduler.set_timesteps(settings.steps)
        return scheduler.timesteps

    def _turn(
        self, predict: Callable[[Tensor, Tensor], Tensor], x: Tensor, times: Tensor
    ) -> Tensor:
        """Integrate dx / dphi = v from the phi of times[0] to phi = 0, the data; pi / 2 is noise.

        tan(phi) = sigma / alpha. A Gaussian of unit variance has v = 0 and keeps its power at any
        number of steps; DDIM with 50 steps loses 5 % of it. Euler's method is diffusers'.
        """
        if not len(times):
            return x
        phi = self._scheduler.alphas_cumprod.sqrt().clamp(max=1).arccos()  # (T,)
        scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1)
        scheduler.set_timesteps(sigmas=phi[times].tolist())  # it ends at 0
        for t, label in zip(times, scheduler.timesteps, strict=True):
            v = predict(x, t.expand(len(x)).to(x.device))
            x = scheduler.step(v, label, x).prev_sample  # (B, C, K)
        return x

    def _sampler(self, name: str) -> Any:
        # Trailing steps start from pure noise at t = T - 1. There, x_0 from a predicted noise is
        # undetermined (a difference divided by alpha near 0): leading steps start one step later.
        # DPM-Solver++ skips such steps itself, below _LAMBDA_MIN.
        spacing = "leading" if self.prediction_type == "epsilon" else "trailing"
        match name:
            case "ddpm":
                return DDPMScheduler(**self._schedule, timestep_spacing=spacing, clip_sample=False)
            case "ddim" | "angle":
                return DDIMScheduler(**self._schedule, timestep_spacing=spacing, clip_sample=False)
            case _:
                return DPMSolverMultistepScheduler(
                    **self._schedule,
                    timestep_spacing="trailing",
                    algorithm_type="dpmsolver++",
                    lambda_min_clipped=_LAMBDA_MIN,
                )

    def _alpha_sigma(self, t: Tensor) -> tuple[Tensor, Tensor]:
        share = self.signal_share(t)[:, None, None]  # (B, 1, 1)
        return share.sqrt(), (1 - share).sqrt()


def spread_steps(n: int, steps: int, rng: torch.Generator) -> Tensor:
    """Draw n diffusion steps, (n,): uniform, and stratified over a batch for a steadier loss."""
    places = (torch.randperm(n, generator=rng) + torch.rand(n, generator=rng)) / n
    return (places * steps).long().clamp_max(steps - 1)


def clip_estimate(
    x0_hat: Tensor, x_t: Tensor, alpha: Tensor | float, sigma: Tensor | float, limit: float
) -> tuple[Tensor, Tensor]:
    """Clip x0_hat, of the shape of x_t, to the limit; return it and the noise that x_t then has."""
    x0_hat = x0_hat.clamp(-limit, limit)
    return x0_hat, (x_t - alpha * x0_hat) / sigma


def last_steps(times: Tensor, strength: float) -> Tensor:
    """Return the last steps of a sampler's (N,): the share `strength` of them."""
    return times[len(times) - round(strength * len(times)) :]


def mirrored(predict: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the prediction with x_t and output negated.

    A step is linear in x_t, output and noise. Hence `-sample(mirrored(predict), noise, ...)` equals
    sampling with all noise negated.
    """
    return lambda x_t, t: -predict(-x_t, t)
