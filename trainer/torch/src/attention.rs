//! Causal attention within documents.

use crate::native;
use std::sync::atomic::{AtomicBool, Ordering};
use tch::{Device, Kind, Tensor};
use wardian_trainer::pack::Sequence;

/// Whether CUDA's flash kernel was found to be right here.
static FLASH: AtomicBool = AtomicBool::new(false);

/// Says whether attention in 16 bits on CUDA takes the flash kernel.
pub(crate) fn use_flash(yes: bool) {
    FLASH.store(yes, Ordering::Relaxed);
}

/// Where documents begin and end in a row of tokens.
#[derive(Debug)]
pub struct Documents {
    /// Begins, and the end of the last.
    bounds: Vec<i64>,
    /// The same in 32 bits on the device, as the flash kernel reads them.
    bounds_there: Tensor,
    /// The place of each token in its document.
    positions: Tensor,
}

impl Documents {
    /// Of these bounds: `[0, 5, 9]` for two documents of 5 and 4 tokens.
    #[must_use]
    pub fn new(bounds: Vec<i64>, device: Device) -> Self {
        let positions: Vec<i64> = bounds.windows(2).flat_map(|pair| 0..pair[1] - pair[0]).collect();
        let small: Vec<i32> = bounds.iter().map(|bound| i32::try_from(*bound).expect("fewer tokens than 2^31")).collect();
        let bounds_there = Tensor::from_slice(&small).to_device(device);
        Self { bounds, bounds_there, positions: Tensor::from_slice(&positions).to_device(device) }
    }

    /// Of several sequences, one behind the other.
    #[must_use]
    pub fn of(sequences: &[Sequence], device: Device) -> Self {
        let mut bounds = vec![0];
        for sequence in sequences {
            let start = bounds.last().copied().unwrap_or_default();
            bounds.extend(sequence.bounds.iter().skip(1).map(|bound| start + i64::from(*bound)));
        }
        Self::new(bounds, device)
    }

    /// The place of each token in its document, `[tokens]`.
    pub fn positions(&self) -> &Tensor {
        &self.positions
    }

    /// `q` of `[tokens, heads, head_dim]`, `k` and `v` of `[tokens, kv_heads, head_dim]` → `[tokens, heads * head_dim]`.
    pub(super) fn attend(&self, q: &Tensor, k: &Tensor, v: &Tensor) -> Tensor {
        let flash = FLASH.load(Ordering::Relaxed) && q.device().is_cuda() && matches!(q.kind(), Kind::BFloat16 | Kind::Half);
        self.attend_by(q, k, v, flash)
    }

    /// The same by the flash kernel, or document by document.
    pub(crate) fn attend_by(&self, q: &Tensor, k: &Tensor, v: &Tensor, flash: bool) -> Tensor {
        let (heads, head_dim) = (q.size()[1], q.size()[2]);
        let shared = heads != k.size()[1];
        let scale = 1.0 / (head_dim as f64).sqrt();
        if flash {
            let longest = self.bounds.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
            let out = native::flash(&q.contiguous(), &k.contiguous(), &v.contiguous(), &self.bounds_there, longest, scale);
            return out.unwrap_or_else(|e| panic!("Internal torch error: {e}")).reshape([-1, heads * head_dim]);
        }
        let one = |pair: &[i64]| {
            let part = |x: &Tensor| x.slice(0, pair[0], pair[1], 1).transpose(0, 1).unsqueeze(0);
            // `is_causal` without a mask: with one, the flash kernels are out of the question.
            Tensor::scaled_dot_product_attention(&part(q), &part(k), &part(v), None::<&Tensor>, 0.0, true, Some(scale), shared)
                .squeeze_dim(0)
                .transpose(0, 1)
        };
        let parts: Vec<Tensor> = self.bounds.windows(2).map(one).collect();
        let whole = if let [one] = &parts[..] { one.shallow_clone() } else { Tensor::cat(&parts, 0) };
        whole.reshape([-1, heads * head_dim])
    }
}

/// Cosines and sines of positions, `[tokens, 1, head_dim]`.
pub(crate) struct Turn {
    cos: Tensor,
    sin: Tensor,
}

impl Turn {
    /// `frequencies` are those of the halves of a head, in radians a position. Computed in 32 bits, as transformers does it.
    pub(crate) fn new(positions: &Tensor, frequencies: &Tensor, kind: Kind) -> Self {
        let angles = positions.to_kind(Kind::Float).unsqueeze(-1) * frequencies;
        let both = Tensor::cat(&[&angles, &angles], -1).unsqueeze(1);
        Self { cos: both.cos().to_kind(kind), sin: both.sin().to_kind(kind) }
    }

    /// `x` of `[tokens, heads, head_dim]`, turned.
    pub(super) fn of(&self, x: &Tensor) -> Tensor {
        let halves = x.chunk(2, -1);
        let across = Tensor::cat(&[&halves[1].neg(), &halves[0]], -1);
        x * &self.cos + across * &self.sin
    }
}
