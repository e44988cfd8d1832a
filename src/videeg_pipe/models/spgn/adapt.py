"""Adaptation of a trained SPGN to one more person, from a few of their windows.

Only the person's own parameters are fitted: the deviation of their evoked responses from the
population's, the whitening of the residual, and their subject embedding. The fit is maximum a
posteriori. The prior is centred on the population, with the spread between the trained people.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from videeg_pipe.conditions.condition import Condition
from videeg_pipe.models.parts.losses import total_loss
from videeg_pipe.runtime.errors import UserError

if TYPE_CHECKING:
    from videeg_pipe.models.spgn.generator import Spgn

_STEP = 0.1  # initial learning rate over the spread between people
_LEAST_SPREAD = 1e-3  # between people, for one trained person or equal people


def adapt(
    generator: "Spgn",
    x: Tensor,
    condition: Condition,
    *,
    name: str,
    rng: torch.Generator,
    resting: bool = False,
    steps: int = 100,
) -> "Spgn":
    """Adapt a generator to one more person.

    Args:
        generator: A trained generator, which stays as it is.
        x: The person's EEG, (n, C, T), divided by a scale of their own. With n = 0, the new person
            is the population.
        condition: Conditions of these windows; `subject` is ignored.
        name: The person's name in the layout, after the known subjects.
        rng: CPU generator of batches and noise.
        resting: Whether the person saw no stimulus. Then x is the residual, and the deviation of
            the evoked responses stays 0; the stimulus of `condition` must be blank.
        steps: Steps of the optimiser, for the evoked head and again for the network.

    Returns:
        A copy in evaluation mode. Known people keep their index, and their samples.

    Raises:
        UserError: if the name is taken.
    """
    layout, s = generator.layout, len(generator.layout.subjects)
    if name in layout.subjects:
        raise UserError(
            "name",
            expected="a name that is not among the generator's subjects",
            found=name,
            next_step="choose another name",
        )
    adapted = _with_person(generator, name)
    if not len(x):
        return adapted
    own = replace(condition, subject=torch.full_like(condition.subject, s))
    n_values = x[..., 0].numel() * adapted.coordinates.n_points  # averaged over by the losses

    def fit(*embeddings: nn.Embedding, loss: Callable[[Tensor, Condition], Tensor]) -> None:
        """Fit the person's row; other rows have no gradient from this person's windows."""
        weights = [part.weight for part in embeddings]
        spreads = [weight[:s].detach().square().mean().sqrt() for weight in weights]
        spreads = [spread.clamp_min(_LEAST_SPREAD) for spread in spreads]
        for weight in weights:
            weight.requires_grad_(True)
        optimizer = torch.optim.Adam(
            {"params": [weight], "lr": _STEP * spread.item()}
            for weight, spread in zip(weights, spreads, strict=True)
        )
        decay = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.0, total_iters=steps)
        for _ in range(steps):
            rows = torch.randperm(len(x), generator=rng)[: adapted.train_config.batch_size]
            rows = rows.to(x.device)
            distance = sum(
                (weight[s] / spread).square().sum()
                for weight, spread in zip(weights, spreads, strict=True)
            )
            # negative log posterior over n / 2, for Gaussian errors of unknown power
            posterior = loss(x[rows], own.take(rows)).log() + distance / n_values
            optimizer.zero_grad()
            posterior.backward()
            optimizer.step()
            decay.step()

    adapted.requires_grad_(False)
    head = adapted.coordinates.head
    if resting:
        with torch.no_grad():  # what follows subtracts the mean that a blank stimulus has
            x = x + adapted.coordinates.evoked(own)
    elif head is not None:
        fit(
            head.k_person,
            head.M_person,
            loss=lambda x, c: adapted.evoked_losses(x, c, rng)["evoked"],
        )
    adapted.coordinates.fit_person(s, x, own)
    fit(
        adapted.network.encoder.subject,
        loss=lambda x, c: total_loss(adapted.losses(x, c, rng), adapted.train_config.losses),
    )
    return adapted.requires_grad_(True)


def _with_person(generator: "Spgn", name: str) -> "Spgn":
    """Return a copy with one more person, initialised as the population."""
    layout = generator.layout
    layout = replace(layout, subjects=(*layout.subjects, name))
    C = len(layout.channels)
    with torch.random.fork_rng(devices=[]):
        copy = type(generator)(
            layout,
            torch.zeros(len(layout.graphs), C, C),  # replaced by the stored weights
            spgn=generator.config,
            condition=generator.condition_config,
            train=generator.train_config,
        )
    old, shapes = generator.state_dict(), {k: v.shape for k, v in copy.state_dict().items()}
    # in tables with a row per person, the last row is the population
    rows = {
        key: value if value.shape == shapes[key] else torch.cat([value, value[-1:]])
        for key, value in old.items()
    }
    copy.load_state_dict(rows)
    return copy.to(generator.coordinates.sd.device).eval()
