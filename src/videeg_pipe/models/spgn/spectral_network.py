"""SPGN's network with spectral gains, for windows over independent sources."""

import torch
from torch import Tensor, nn

from videeg_pipe.config.spgn import SpgnOptions
from videeg_pipe.contracts.layout import EegLayout
from videeg_pipe.models.spgn.network import SpgnNetwork
from videeg_pipe.models.spgn.spectral_gain import SpectralGain


class SpectralSpgnNetwork(SpgnNetwork):
    """Nodes and tokens also see local energy per band; tokens set gains on the noisy window.

    The gains filter x_t, and the result is added to the output. Tokens also see the slow course of
    each source: gains that follow energy alone make an odd function of x_t, for which an event and
    its negative are equally likely.
    """

    coverage: Tensor

    def _make_spectral_path(self, layout: EegLayout, config: SpgnOptions) -> None:
        hidden, C, K = config.hidden, len(layout.channels), self.patches.n_points
        self.gain = SpectralGain(self.patches.length, layout.sfreq * K / layout.n_samples)
        windows = self.patches.cut(torch.ones(1, 1, K)) * self.gain.window  # (1, 1, P, L)
        self.register_buffer("coverage", self.patches.join(windows), persistent=False)  # (1, 1, K)
        self.energy_in = nn.Linear(self.gain.n_bands, config.node_width)
        n_features = self.gain.n_bands + self.gain.n_slowest
        self.sources_in = nn.Linear(C * n_features, hidden)
        self.gain_out = nn.Linear(hidden, C * self.gain.n_bands)
        self.graph_gate = nn.Parameter(torch.zeros(hidden))  # the graphs' share starts at zero

    def _zero_layers(self) -> list[nn.Linear]:
        return [*super()._zero_layers(), self.gain_out]

    def _embed_nodes(self, patches: Tensor) -> Tensor:
        """Embed patches, positions and energies per band: (B, C, P, d)."""
        energy = self.gain.log_energy(self.gain.spectrum(patches))  # (B, C, P, bands)
        return super()._embed_nodes(patches) + self.energy_in(energy)

    def _spectra(self, x_t: Tensor) -> Tensor:
        """Return local spectra of the noisy window, (B, C, P, L)."""
        return self.gain.spectrum(self.patches.cut(x_t))

    def _add_sources(self, z: Tensor, spectra: Tensor) -> Tensor:
        """Add the sources' energies and slow course to the gated tokens, (B, P, hidden)."""
        features = [self.gain.log_energy(spectra), self.gain.slow_course(spectra)]
        sources = torch.cat(features, dim=-1).transpose(1, 2)  # (B, P, C, features)
        return self.graph_gate * z + self.sources_in(sources.flatten(2))

    def _add_filtered(self, output: Tensor, spectra: Tensor, z: Tensor) -> Tensor:
        """Add the noisy window, filtered by each token's gains, to the output (B, C, K)."""
        gain = self.gain_out(z).unflatten(-1, (spectra.shape[1], -1))  # (B, P, C, bands)
        filtered = self.gain(spectra, gain.transpose(1, 2))  # (B, C, P, L)
        return output + self.patches.join(filtered) / self.coverage
