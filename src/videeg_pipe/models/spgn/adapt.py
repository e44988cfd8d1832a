"""One more person for a trained generator, from a few of their windows.

What is the person's own is fitted, all else stays: how their evoked responses differ from the
population's, the whitening of what these leave, and what they add to their sentence. Each is drawn
to the population as far as the trained people were, so that the fit gets freer with more windows:
maximum a posteriori, with the spread between trained people as the prior's.
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

_STEP = 0.1  # of the optimiser at first, over the spread between people
_LEAST_SPREAD = 1e-3  # between people, where one alone was trained or all are alike


def adapt(
    generator: "Spgn",
    x: Tensor,
    condition: Condition,
    *,
    name: str,
    rng: torch.Generator,
    steps: int = 100,
) -> "Spgn":
    """Teach a generator one more person.

    Args:
        generator: A trained one, which stays as it is.
        x: The person's EEG, (n, C, T), divided by a scale of their own; n may be 0, which gives
            what the generator has for someone unknown.
        condition: What was shown, and the person's sentence; `subject` does not matter.
        name: Name that the person gets in the layout, after those that are known.
        rng: CPU generator of batches and noise.
        steps: Steps of the optimiser, once for the evoked head and once for the network.

    Returns:
        A copy in evaluation mode. Known people keep their index, and their samples.

    Raises:
        UserError: if the generator knows somebody of that name.
    """
    layout, s = generator.layout, len(generator.layout.subjects)
    if name in layout.subjects:
        raise UserError(
            "name",
            expected="somebody whom the generator does not know yet",
            found=name,
            next_step="take another name",
        )
    adapted = _with_person(generator, name)
    if not len(x):
        return adapted
    told = replace(condition, subject=torch.full_like(condition.subject, s))
    n_values = x[..., 0].numel() * adapted.coordinates.n_points  # what the losses average over

    def fit(*own: nn.Embedding, loss: Callable[[Tensor, Condition], Tensor]) -> None:
        """Fit the person's row, and no other: only their windows are seen."""
        weights = [part.weight for part in own]
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
            # of Gaussian errors whose power is not known
            posterior = loss(x[rows], told.take(rows)).log() + distance / n_values
            optimizer.zero_grad()
            posterior.backward()
            optimizer.step()
            decay.step()

    adapted.requires_grad_(False)
    head = adapted.coordinates.head
    if head is not None:
        fit(
            head.k_person,
            head.M_person,
            loss=lambda x, told: adapted.evoked_losses(x, told, rng)["evoked"],
        )
    adapted.coordinates.fit_person(s, x, told)
    fit(
        adapted.network.encoder.subject,
        loss=lambda x, told: total_loss(adapted.losses(x, told, rng), adapted.train_config.losses),
    )
    return adapted.requires_grad_(True)


def _with_person(generator: "Spgn", name: str) -> "Spgn":
    """A copy that knows one more person, who is the population so far."""
    layout = generator.layout
    layout = replace(layout, subjects=(*layout.subjects, name))
    C = len(layout.channels)
    with torch.random.fork_rng(devices=[]):
        grown = type(generator)(
            layout,
            torch.zeros(len(layout.graphs), C, C),  # the weights hold the real one
            spgn=generator.config,
            condition=generator.condition_config,
            train=generator.train_config,
        )
    old, shapes = generator.state_dict(), {k: v.shape for k, v in grown.state_dict().items()}
    # what has a row a person has the population in the last
    rows = {
        key: value if value.shape == shapes[key] else torch.cat([value, value[-1:]])
        for key, value in old.items()
    }
    grown.load_state_dict(rows)
    return grown.to(generator.coordinates.sd.device).eval()
