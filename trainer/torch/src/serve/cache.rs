//! Keys and values of a sequence, kept so that each token is computed once.

use crate::attention::Turn;
use crate::decoder::Decoder;
use tch::{Device, Kind, Tensor, no_grad};

/// Tokens that a cache has room for at first.
const ROOM_MIN: i64 = 256;

/// Keys and values of one sequence in every layer, `[room, kv_heads, head_dim]` each.
#[derive(Debug, Default)]
pub struct Cache {
    layers: Vec<(Tensor, Tensor)>,
    len: i64,
    room: i64,
}

impl Cache {
    /// Tokens in it.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Tokens that it takes memory for.
    #[must_use]
    pub fn room(&self) -> usize {
        self.room as usize
    }

    /// Bytes that a token takes.
    #[must_use]
    pub fn token_bytes(decoder: &Decoder) -> usize {
        let config = decoder.config();
        2 * config.layers * config.kv_heads * config.head_dim * decoder.kind().elt_size_in_bytes()
    }

    /// Forgets all tokens but the first `len`.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len as i64);
    }

    /// Makes room for `more` tokens, twice as much as there was.
    fn reserve(&mut self, more: i64, decoder: &Decoder) {
        let config = decoder.config();
        let needed = self.len + more;
        if needed <= self.room {
            return;
        }
        self.room = needed.max(self.room * 2).max(ROOM_MIN);
        let size = [self.room, config.kv_heads as i64, config.head_dim as i64];
        let grown = |old: Option<&Tensor>| {
            let new = Tensor::zeros(size, (decoder.kind(), decoder.device()));
            if let Some(old) = old {
                new.slice(0, 0, self.len, 1).copy_(&old.slice(0, 0, self.len, 1));
            }
            new
        };
        self.layers = (0..config.layers)
            .map(|layer| {
                let old = self.layers.get(layer);
                (grown(old.map(|(k, _)| k)), grown(old.map(|(_, v)| v)))
            })
            .collect();
    }
}

/// New tokens of a sequence.
#[derive(Debug)]
pub struct Part<'a> {
    /// What precedes them; they are added to it.
    pub cache: &'a mut Cache,
    /// Their ids, one at least.
    pub ids: &'a [u32],
}

/// Computes new tokens of several sequences at once, and gives the logits behind the last token of each, `[parts, vocabulary]` in 32 bits on the CPU.
pub fn extend(decoder: &Decoder, parts: &mut [Part<'_>]) -> Tensor {
    no_grad(|| {
        let device = decoder.device();
        let (mut ids, mut positions, mut lasts) = (Vec::new(), Vec::new(), Vec::new());
        let mut places = Vec::new();
        for part in &mut *parts {
            part.cache.reserve(part.ids.len() as i64, decoder);
            let (start, first) = (part.cache.len, ids.len() as i64);
            ids.extend(part.ids.iter().map(|id| i64::from(*id)));
            positions.extend(start..start + part.ids.len() as i64);
            lasts.push(ids.len() as i64 - 1);
            places.push(Place::new(first, start, part.ids.len() as i64, device));
        }
        let turn = Turn::new(&Tensor::from_slice(&positions).to_device(device), decoder.frequencies(), decoder.kind());
        let mut x = decoder.embed(&Tensor::from_slice(&ids).to_device(device));
        for layer in 0..decoder.config().layers {
            x = decoder.layer_by(layer, &x, &turn, |q, k, v| attend(q, k, v, layer, parts, &places));
        }
        for part in parts {
            part.cache.len += part.ids.len() as i64;
        }
        let last = x.index_select(0, &Tensor::from_slice(&lasts).to_device(device));
        decoder.logits_of(&last).to_kind(Kind::Float).to_device(Device::Cpu)
    })
}

/// Where the tokens of a part lie.
struct Place {
    /// The first of them in the row of all tokens.
    first: i64,
    /// Tokens of the sequence before them.
    start: i64,
    count: i64,
    /// Which keys each may see; none where a rule says it.
    mask: Option<Tensor>,
}

impl Place {
    fn new(first: i64, start: i64, count: i64, device: Device) -> Self {
        let ruled = count == 1 || start == 0;
        let mask = (!ruled).then(|| Tensor::ones([count, start + count], (Kind::Bool, device)).tril(start));
        Self { first, start, count, mask }
    }
}

/// Adds keys and values to the caches and attends to all that is in them. Shapes as in [`crate::Documents`].
fn attend(q: &Tensor, k: &Tensor, v: &Tensor, layer: usize, parts: &[Part<'_>], places: &[Place]) -> Tensor {
    let (heads, head_dim) = (q.size()[1], q.size()[2]);
    let shared = heads != k.size()[1];
    let scale = 1.0 / (head_dim as f64).sqrt();
    let one = |(part, place): (&Part<'_>, &Place)| {
        let new = |x: &Tensor| x.slice(0, place.first, place.first + place.count, 1);
        let all = |kept: &Tensor, x: &Tensor| {
            kept.slice(0, place.start, place.start + place.count, 1).copy_(&new(x));
            kept.slice(0, 0, place.start + place.count, 1).transpose(0, 1).unsqueeze(0)
        };
        let (keys, values) = &part.cache.layers[layer];
        let (keys, values) = (all(keys, k), all(values, v));
        let causal = place.count > 1 && place.start == 0;
        let q = new(q).transpose(0, 1).unsqueeze(0);
        Tensor::scaled_dot_product_attention(&q, &keys, &values, place.mask.as_ref(), 0.0, causal, Some(scale), shared)
            .squeeze_dim(0)
            .transpose(0, 1)
            .reshape([place.count, heads * head_dim])
    };
    let all: Vec<Tensor> = parts.iter().zip(places).map(one).collect();
    Tensor::cat(&all, 0)
}
