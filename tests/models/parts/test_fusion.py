"""The fusion of video, sentence and EEG prior is Eqs. 2 and 3."""

import torch
from torch.nn.functional import gelu, scaled_dot_product_attention

from videeg_pipe.models.parts.fusion import Fusion


def test_fusion_is_cross_attention_with_the_video_as_query():
    torch.manual_seed(0)
    fusion = Fusion(32, 4, keep_video=False)
    v, text = torch.randn(2, 4, 768), torch.randn(2, 77, 768)
    tokens = fusion.norm_text(text)
    q, k, value = (
        x.unflatten(-1, (4, -1)).transpose(1, 2)
        for x in (fusion.W_Q(fusion.norm_v(v)), fusion.W_K(tokens), fusion.W_V(tokens))
    )
    plain = scaled_dot_product_attention(q, k, value).transpose(1, 2).flatten(2)
    torch.testing.assert_close(fusion(v, text), fusion.project(gelu(plain)))


def test_fusion_takes_the_prior_along():
    fusion = Fusion(32, 4, prior=16, keep_video=True)
    v, text = torch.randn(2, 4, 768), torch.randn(2, 77, 768)
    one, other = fusion(v, text, torch.zeros(2, 16)), fusion(v, text, torch.ones(2, 16))
    assert one.shape == (2, 4, 32)
    assert not torch.allclose(one, other)
