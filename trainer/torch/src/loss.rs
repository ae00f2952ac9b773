//! Cross-entropy over the rows that have a label, a few at a time: the logits of a whole sequence would take more memory than the model.

use tch::{Device, Kind, Reduction, Tensor};
use wardian_trainer::pack::IGNORED;

/// The rows of `states`, `[tokens, hidden]`, whose label is not ignored, and those labels.
pub(super) fn supervised(states: &Tensor, labels: &Tensor) -> (Tensor, Tensor) {
    let chosen = labels.ne(IGNORED).nonzero().squeeze_dim(-1);
    (states.index_select(0, &chosen), labels.index_select(0, &chosen))
}

/// How a token was predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Guess {
    /// Its loss, in nats.
    pub loss: f32,
    /// Whether it was the likeliest.
    pub right: bool,
}

/// How each row's label is predicted.
pub(super) fn guesses(rows: &Tensor, head: &Tensor, labels: &Tensor, rows_max: usize) -> Vec<Guess> {
    let one = |(start, end)| {
        let labels = labels.slice(0, start, end, 1);
        let logits = rows.slice(0, start, end, 1).linear(head, None::<&Tensor>).to_kind(Kind::Float);
        let losses = logits.cross_entropy_loss(&labels, None::<&Tensor>, Reduction::None, IGNORED, 0.0);
        let right = logits.argmax(-1, false).eq_tensor(&labels).to_kind(Kind::Float);
        let numbers = |tensor: &Tensor| Vec::<f32>::try_from(tensor.to_device(Device::Cpu)).expect("a row of numbers in 32 bits");
        let (losses, right) = (numbers(&losses), numbers(&right));
        losses.into_iter().zip(right).map(|(loss, right)| Guess { loss, right: right > 0.5 }).collect::<Vec<_>>()
    };
    pieces(rows.size()[0], rows_max).flat_map(one).collect()
}

/// The sum of the losses.
pub(super) fn sum(rows: &Tensor, head: &Tensor, labels: &Tensor, rows_max: usize) -> f64 {
    pieces(rows.size()[0], rows_max)
        .map(|(start, end)| piece(&rows.slice(0, start, end, 1), head, &labels.slice(0, start, end, 1)).double_value(&[]))
        .sum()
}

/// The sum of the losses divided by `denominator`, and its gradient by `rows`; that by `head` is added to `head`'s.
pub(super) fn backward(rows: &Tensor, head: &Tensor, labels: &Tensor, rows_max: usize, denominator: f64) -> (f64, Tensor) {
    let apart = rows.detach().set_requires_grad(true);
    let mut total = Tensor::zeros([], (Kind::Float, rows.device()));
    for (start, end) in pieces(rows.size()[0], rows_max) {
        let loss = piece(&apart.slice(0, start, end, 1), head, &labels.slice(0, start, end, 1)) / denominator;
        loss.backward();
        total += loss.detach();
    }
    (total.double_value(&[]), apart.grad())
}

fn piece(rows: &Tensor, head: &Tensor, labels: &Tensor) -> Tensor {
    let logits = rows.linear(head, None::<&Tensor>).to_kind(Kind::Float);
    logits.cross_entropy_loss(labels, None::<&Tensor>, Reduction::Sum, IGNORED, 0.0)
}

fn pieces(rows: i64, rows_max: usize) -> impl Iterator<Item = (i64, i64)> {
    let step = rows_max.max(1);
    (0..rows).step_by(step).map(move |start| (start, (start + step as i64).min(rows)))
}
