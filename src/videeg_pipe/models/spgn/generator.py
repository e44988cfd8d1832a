"""SPGN as a generator: evoked head, diffusion by the graph network, training and sampling."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Self

import torch
from torch import Tensor, nn

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.config import section
from videeg_pipe.config.condition import ConditionOptions
from videeg_pipe.config.sample import SampleOptions
from videeg_pipe.config.spgn import SpgnOptions
from videeg_pipe.config.train import TrainOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.base import FirstPhase, without_stimulus
from videeg_pipe.models.parts import losses
from videeg_pipe.models.parts.condition import EncodedCondition
from videeg_pipe.models.parts.diffusion import Diffusion, PredictionType, spread_steps
from videeg_pipe.models.parts.diffusion_generator import DiffusionGenerator
from videeg_pipe.models.parts.guidance import Predict
from videeg_pipe.models.spgn.adapt import adapt
from videeg_pipe.models.spgn.calibration import Calibration
from videeg_pipe.models.spgn.continuous import ContinuousSpgn
from videeg_pipe.models.spgn.coordinates import Coordinates
from videeg_pipe.models.spgn.graph_da import augment
from videeg_pipe.models.spgn.network import SpgnNetwork, rotate
from videeg_pipe.models.spgn.self_play import Discriminator, self_play_losses
from videeg_pipe.models.spgn.spectral_network import SpectralSpgnNetwork
from videeg_pipe.runtime.errors import UserError


class Spgn(DiffusionGenerator):
    """The default generator: an evoked head, and a diffusion of its whitened residual.

    It encodes the stimulus track, keeps the video beside the attended text, and predicts v. On data
    of unit variance, v is learned fastest: at no noise level must the network copy its input or
    amplify its own error. With x_0 instead, twelve epochs reached the error of one epoch with v.
    """

    prediction_type: ClassVar[PredictionType] = "v_prediction"
    uses_track: ClassVar[bool] = True
    keeps_video: ClassVar[bool] = True
    uses_coordinates: ClassVar[bool] = True

    def __init__(
        self,
        layout: EegLayout,
        adjacency: Tensor,
        *,
        spgn: SpgnOptions,
        condition: ConditionOptions,
        train: TrainOptions,
    ) -> None:
        """Make the generator.

        Args:
            layout: Electrodes, rate, window length, subjects and graphs.
            adjacency: Normalised adjacency of the layout's graphs, (G, C, C).
            spgn: Architecture.
            condition: Options of the condition.
            train: Length of the diffusion, weights of the losses, condition dropout.
        """
        super().__init__(layout, train)
        self.config, self.condition_config = spgn, condition
        kinds = {"electrode": spgn.electrode_graph, "signal": spgn.signal_graph}
        used = [i for i, name in enumerate(layout.graphs) if kinds[name.split("/")[0]]]
        whitened = self.uses_coordinates and spgn.whitening
        self.coordinates = Coordinates(
            layout,
            spgn,
            condition,
            evoked=self.uses_coordinates and spgn.evoked_head,
            whitened=whitened,
        )
        network = SpectralSpgnNetwork if whitened and spgn.spectral_gain else SpgnNetwork
        self.network = network(
            layout,
            spgn,
            condition,
            adjacency[used],
            n_points=self.coordinates.n_points,
            track=self.uses_track and condition.use_track,
            keep_video=self.keeps_video,
        )
        self.diffusion = Diffusion(train.diffusion_steps, self.prediction_type)
        plays = spgn.self_play and train.losses.adversarial > 0
        self.discriminator = Discriminator(spgn.hidden, spgn.hidden) if plays else None
        self._calibration = Calibration()

    @classmethod
    def from_config(cls, layout: EegLayout, adjacency: Tensor, config: dict[str, Any]) -> Self:
        """Make an untrained generator from the sections `condition`, `spgn` and `train`."""
        return cls(
            layout,
            adjacency,
            spgn=section(SpgnOptions, config["spgn"]),
            condition=section(ConditionOptions, config["condition"]),
            train=section(TrainOptions, config["train"]),
        )

    @property
    def protocol(self) -> str:
        """`reconstruction` with an EEG prior, else `generation`."""
        return "generation" if self.config.eeg_prior == "off" else "reconstruction"

    @property
    def first_phase(self) -> FirstPhase | None:
        """Training of the evoked head; None without it."""
        head, train = self.head_parameters(), self.train_config
        if not head:
            return None
        return FirstPhase(
            "evoked",
            "evoked_losses",
            head,
            epochs=train.evoked_epochs,
            learning_rate=train.evoked_learning_rate,
            weight_decay=train.evoked_weight_decay,
        )

    def head_parameters(self) -> list[nn.Parameter]:
        """Return the weights of the evoked head; none without it."""
        head = self.coordinates.head
        return [] if head is None else list(head.parameters())

    @torch.no_grad()
    def fit(self, x: Tensor, subject: Tensor, clip: Tensor, track: Tensor) -> None:
        """Fit the scales of stimulus and EEG; see `EegGenerator.fit`."""
        self.fit_stimuli(clip, track)
        self.coordinates.fit(x, subject)

    @torch.no_grad()
    def fit_stimuli(self, clip: Tensor, track: Tensor) -> None:
        """Fit the scales of CLIP features and track; see `EegGenerator.fit_stimuli`."""
        if self.coordinates.head is not None:
            self.coordinates.head.fit(clip, track)
        if self.network.encoder.track is not None:
            self.network.encoder.track.fit(track)

    def fit_residual(self, batches: Iterable[tuple[Tensor, Condition]]) -> None:
        """Fit the whitening of the trained head's residual; see `EegGenerator.fit_residual`."""
        self.coordinates.fit_residual(batches)

    def evoked_losses(
        self, x: Tensor, condition: Condition, rng: torch.Generator
    ) -> dict[str, Tensor]:
        """Compute the head's generalised least squares: its whitened residual, squared.

        In training mode a share of people is dropped, which trains the population's response.
        Arguments as those of `losses`.
        """
        dropped = condition
        if self.training:
            dropped = replace(condition, subject=self._drop_subject(condition.subject, rng))
        residual = x - self.coordinates.evoked(dropped)
        return {"evoked": self.coordinates.weighted(residual, condition.subject).square().mean()}

    def losses(self, x: Tensor, condition: Condition, rng: torch.Generator) -> dict[str, Tensor]:
        """Compute the losses of a batch; see `EegGenerator.losses`.

        Training mode adds Graph-DA, condition dropout and self-play (Eq. 5).
        """
        weights = self.train_config.losses
        in_float32 = partial(torch.autocast, x.device.type, enabled=False)
        with torch.no_grad(), in_float32():
            x0, _ = self.coordinates(x, condition)  # (B, C, K)
            subject, frame = condition.subject, self.coordinates.frame(condition.subject)
        if self.training:
            condition = self._drop(condition, rng)
        t = spread_steps(len(x0), self.diffusion.steps, rng).to(x.device)  # (B,)
        noise = torch.randn(x0.shape, generator=rng).to(x0)
        x_t = self.diffusion.add_noise(x0, noise, t)  # (B, C, K)
        nodes, augmented = self._augment(rotate(x_t, frame), rng)
        encoded = replace(self._encoded(condition), frame=frame)
        output, embedding = self.denoise(x_t, t, encoded, nodes)
        with in_float32():
            output = output + self.coordinates.burst_v(
                x_t, self.diffusion.signal_share(t), subject
            )  # (B, C, K)
        values: dict[str, Tensor] = {}
        if weights.diffusion:
            values["diffusion"] = self.diffusion.loss(output, x0, noise, t)
        if self.training and self.discriminator is not None:
            values["discriminator"], values["adversarial"] = self_play_losses(
                self.discriminator, embedding, encoded.c.float(), augmented
            )
        x0_hat = self.diffusion.denoised(output, x_t, t)  # (B, C, T)
        signal = self.diffusion.signal_share(t)  # (B,)
        with in_float32():
            if weights.frequency:
                sfreq = self.layout.sfreq
                values["frequency"] = losses.frequency_loss(x0_hat, x0, signal, sfreq)
            if weights.spatial:
                values["spatial"] = losses.spatial_loss(x0_hat, x0, signal)
            if weights.temporal:
                values["temporal"] = losses.temporal_loss(x0_hat, x0, signal)
        return values

    def denoise(
        self, x_t: Tensor, t: Tensor, encoded: EncodedCondition, nodes: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the prediction, (B, C, K), and the graph embedding, (B, hidden).

        Arguments as those of `SpgnNetwork`.
        """
        output, embedding = self.network(x_t, t, encoded, nodes)
        return output.float(), embedding.float()

    @property
    def shape(self) -> tuple[int, int]:
        """Sources, and diffused points followed by components that stay Gaussian."""
        return len(self.layout.channels), self.layout.n_samples

    @property
    def limit(self) -> float:
        """Largest diffused value in the training windows; infinite for whitened windows."""
        return self.coordinates.largest.item()

    def encode(self, x: Tensor, subject: Tensor) -> Tensor:
        """Map normalised EEG without its evoked part, (B, C, T), to coordinates, (B, C, T)."""
        return torch.cat(self.coordinates.split(x, subject), dim=-1)

    def decode(self, z: Tensor, subject: Tensor) -> Tensor:
        """Map coordinates back to normalised EEG without its evoked part, (B, C, T)."""
        K = self.coordinates.n_points
        return self.coordinates.inverse(z[..., :K], z[..., K:], subject)

    def encode_condition(self, condition: Condition) -> EncodedCondition:
        """Encode B conditions, with each person's frame."""
        frame = self.coordinates.frame(condition.subject)  # (B, C, C)
        return replace(self._encoded(condition), frame=frame)

    def _encoded(self, condition: Condition) -> EncodedCondition:
        """Encode B conditions as far as the diffusion may see them."""
        if self.coordinates.head is not None and not self.config.residual_uses_stimulus:
            condition = replace(without_stimulus(condition), eeg_prior=condition.eeg_prior)
        encoded: EncodedCondition = self.network.encoder(condition)
        return encoded

    def predict(self, x_t: Tensor, t: Tensor, encoded: EncodedCondition) -> Tensor:
        """Return the prediction, (B, C, K)."""
        return self.denoise(x_t, t, encoded)[0]

    def initial_noise(
        self, seeds: Sequence[int], settings: SampleOptions
    ) -> tuple[Tensor, list[torch.Generator]]:
        """Draw noise at the temperature, (B, C, T), and return the windows' generators."""
        noise, rngs = super().initial_noise(seeds, settings)
        return settings.temperature * noise, rngs

    def draw(
        self,
        predict: Predict,
        noise: Tensor,
        settings: SampleOptions,
        rngs: Sequence[torch.Generator],
        *,
        strength: float = 1.0,
    ) -> Tensor:
        """Take the noise off the diffused points; the other components are noise, and stay."""
        K = self.coordinates.n_points
        z = super().draw(predict, noise[..., :K], settings, rngs, strength=strength)
        return torch.cat([z, noise[..., K:]], dim=-1)  # (B, C, T)

    def train(self, mode: bool = True) -> Self:
        """Set training or evaluation mode; training changes the weights that gains belong to."""
        if mode:
            self._calibration.clear()
        return super().train(mode)

    def calibrated(
        self,
        z: Tensor,
        condition: Condition,
        settings: SampleOptions,
        continuous: ContinuousSpgn | None = None,
    ) -> Tensor:
        """Give z, (B, C, T), the energies of whitened training windows; see `Calibration`."""
        whitening, energies = self.coordinates.whitening, self.coordinates.energies
        if whitening is None or energies is None or not self._departure(settings):
            return z
        K = self.coordinates.n_points
        z, rest = z[..., :K], z[..., K:]
        y = z @ whitening.points.T  # (B, C, K), components
        gain = self._calibration.gain(self, energies.measure(y), condition, settings, continuous)
        z = (energies.per_component(gain) * y) @ whitening.points
        return torch.cat([z, rest], dim=-1)  # (B, C, T)

    def continuous(self, subject: int, seed: int) -> ContinuousSpgn:
        """Return a sampler of windows that agree where they overlap.

        Args:
            subject: Index of the person in the layout; the number of subjects for a new one.
            seed: Of the recording.

        Raises:
            UserError: without whitening.
        """
        if self.coordinates.whitening is None:
            raise UserError(
                "spgn.whitening",
                expected="true for continuous EEG: noise is made in whitened coordinates",
                found="false",
                next_step="train with spgn.whitening, or generate single windows",
            )
        return ContinuousSpgn(self, subject, seed)

    def predictor(self, condition: Condition, settings: SampleOptions) -> Predict:
        """Return the prediction with condition, guidance, precision and departure bound."""
        departure = self._departure(settings)
        if not departure:
            return lambda x_t, t: torch.zeros_like(x_t)
        predict = super().predictor(condition, settings)

        def departing(x_t: Tensor, t: Tensor) -> Tensor:
            done = 1 - t / (self.diffusion.steps - 1)  # (B,) from noise, 0, to data, 1
            v = (1 + (departure - 1) * done)[:, None, None] * predict(x_t, t)
            share = self.diffusion.signal_share(t)  # (B,)
            return v + self.coordinates.burst_v(x_t, share, condition.subject)

        return departing

    def n_evaluations(self, settings: SampleOptions) -> int:
        """Return the evaluations of the network per sample; a Gaussian needs none."""
        return settings.steps if self._departure(settings) else 0

    def _departure(self, settings: SampleOptions) -> float:
        """Multiplier on the network's output at the end of sampling; 1 at its beginning.

        For whitened windows, the v of a Gaussian is 0, and the network shrinks its output where it
        is uncertain. The multiplier moves samples away from that Gaussian, as autoguidance moves
        them away from a worse model (Karras et al. 2024, arXiv 2406.02507). At high noise, where
        it is decided whether a window has a blink, it would make too many and too large ones.
        """
        return 1.0 if self.coordinates.whitening is None else settings.departure

    def conditional_mean(self, condition: Condition, settings: SampleOptions) -> Tensor:
        """Return the head's mean, (B, C, T); guidance acts on it as on the diffusion."""
        conditional = self.coordinates.evoked(condition)
        if settings.guidance == 1:
            return conditional
        unconditional = self.coordinates.evoked(without_stimulus(condition))
        return unconditional + settings.guidance * (conditional - unconditional)

    @property
    def can_adapt(self) -> bool:
        """Whether `adapt` can fit one more person."""
        return True

    def adapt(
        self,
        x: Tensor,
        condition: Condition,
        *,
        name: str,
        rng: torch.Generator,
        resting: bool = False,
    ) -> "Spgn":
        """Fit one more person; see `EegGenerator.adapt`."""
        return adapt(self, x, condition, name=name, rng=rng, resting=resting)

    def _augment(self, x_t: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Apply Graph-DA to a share of the graphs' input; also return which windows, (B,) bool."""
        if not (self.training and self.config.graph_da):
            return x_t, torch.zeros(len(x_t), dtype=torch.bool, device=x_t.device)
        ratio, noise_sd = self.config.graph_da_ratio, self.config.graph_da_noise
        chosen = (torch.rand(len(x_t), generator=rng) < ratio).to(x_t.device)  # (B,)
        changed = augment(x_t, ratio=ratio, noise_sd=noise_sd, rng=rng)
        return torch.where(chosen[:, None, None], changed, x_t), chosen


class SpgnPaper(Spgn):
    """The paper's reading: predicts the noise, has no stimulus track, and fuses by Eqs. 2-3 as is.

    A skip connection adds the network's input to its output, with the schedule's own weights
    (Karras et al. 2022, arXiv 2206.00364): noise of C x K numbers does not fit through the tokens.
    Without the skip, samples have hundreds of times the power of EEG.
    """

    prediction_type: ClassVar[PredictionType] = "epsilon"
    uses_track: ClassVar[bool] = False
    keeps_video: ClassVar[bool] = False
    uses_coordinates: ClassVar[bool] = False

    def denoise(
        self, x_t: Tensor, t: Tensor, encoded: EncodedCondition, nodes: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Return the predicted noise and the graph embedding; see `Spgn.denoise`."""
        v, embedding = super().denoise(x_t, t, encoded, nodes)
        return self.diffusion.noise_of(v, x_t, t), embedding
