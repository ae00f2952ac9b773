//! Answering gives what the whole computation gives.

use crate::small::decoder;
use crate::training::config;
use std::sync::mpsc::{Sender, channel};
use tch::{Device, Kind, Tensor};
use wardian_format::Rng;
use wardian_torch::serve::{Cache, EngineLimits, Event, Part, Request, Sampler, Sampling, Sink, extend, serve};
use wardian_torch::{Decoder, Documents};

fn ids(rng: &mut Rng, count: usize) -> Vec<u32> {
    (0..count).map(|_| rng.below(32) as u32).collect()
}

/// Logits behind the last token, computed without a cache.
fn whole(model: &Decoder, ids: &[u32]) -> Tensor {
    let ids: Vec<i64> = ids.iter().map(|id| i64::from(*id)).collect();
    let documents = Documents::new(vec![0, ids.len() as i64], Device::Cpu);
    tch::no_grad(|| model.logits(&Tensor::from_slice(&ids), &documents)).get(ids.len() as i64 - 1)
}

/// Sequences that grow by random pieces, several at once, some cut back on the way: the logits are those of the whole sequence.
#[test]
fn tokens_that_are_added_bit_by_bit_have_the_same_logits() {
    let model = decoder(config(), Kind::Float);
    let mut rng = Rng::of(3, &["cache"]);
    let mut caches: Vec<(Cache, Vec<u32>)> = (0..4).map(|_| (Cache::default(), Vec::new())).collect();
    let mut off: f64 = 0.0;
    for _ in 0..60 {
        let chosen: Vec<usize> = (0..caches.len()).filter(|_| rng.chance(60)).collect();
        let mut news = Vec::new();
        for at in &chosen {
            let (cache, all) = &mut caches[*at];
            if rng.chance(10) || all.len() > 400 {
                let keep = rng.below(all.len() + 1);
                cache.truncate(keep);
                all.truncate(keep);
            }
            let count = if rng.chance(50) { 1 } else { 1 + rng.below(40) };
            let new = ids(&mut rng, count);
            all.extend(&new);
            news.push(new);
        }
        let mut parts = Vec::new();
        for (at, (cache, _)) in caches.iter_mut().enumerate() {
            if let Some(place) = chosen.iter().position(|one| *one == at) {
                parts.push(Part { cache, ids: &news[place] });
            }
        }
        if parts.is_empty() {
            continue;
        }
        let logits = extend(&model, &mut parts);
        for (row, at) in chosen.iter().enumerate() {
            let (cache, all) = &caches[*at];
            assert_eq!(cache.len(), all.len());
            off = off.max((logits.get(row as i64) - whole(&model, all)).abs().max().double_value(&[]));
        }
    }
    println!("largest difference of a logit: {off:.1e}");
    assert!(off < 1e-4);
}

struct Told(usize, Sender<(usize, Event)>);

impl Sink for Told {
    fn send(&self, event: Event) -> bool {
        self.1.send((self.0, event)).is_ok()
    }
}

/// Greedy tokens, one by one, without a cache.
fn greedy(model: &Decoder, prompt: &[u32], tokens_max: usize, end: u32) -> (Vec<u32>, bool) {
    let mut all = prompt.to_vec();
    while all.len() < prompt.len() + tokens_max {
        let next = whole(model, &all).argmax(-1, false).int64_value(&[]) as u32;
        if next == end {
            return (all.split_off(prompt.len()), true);
        }
        all.push(next);
    }
    (all.split_off(prompt.len()), false)
}

/// Many requests at once, more than there are places, with prompts that begin alike: each has the answer that it has alone.
#[test]
fn answers_that_are_computed_together_are_those_that_are_computed_alone() {
    let model = decoder(config(), Kind::Float);
    let mut rng = Rng::of(9, &["engine"]);
    let common = ids(&mut rng, 30);
    let prompts: Vec<Vec<u32>> = (0..24)
        .map(|i| {
            let count = 1 + rng.below(50);
            let own = ids(&mut rng, count);
            if i % 2 == 0 { [common.clone(), own].concat() } else { own }
        })
        .collect();
    let expected: Vec<(Vec<u32>, bool)> = prompts.iter().map(|prompt| greedy(&model, prompt, 12, 5)).collect();
    let (events, told) = channel();
    let (sender, receiver) = channel();
    let limits = EngineLimits { batch: 5, prompt_tokens_max: 16, cached_tokens_max: 800 };
    let thread = std::thread::spawn(move || serve(model, limits, &receiver));
    let sampling = Sampling { temperature: 0.0, top_p: 1.0, top_k: 0, seed: 0 };
    for (at, prompt) in prompts.iter().enumerate() {
        let request = Request {
            ids: prompt.clone(),
            tokens_max: 12,
            ends: vec![5],
            sampler: Sampler::new(sampling, 0),
            sink: Told(at, events.clone()),
        };
        sender.send(request).expect("an engine");
    }
    // A prompt that no cache can hold is refused, and nobody waits for an answer that nobody hears.
    let long =
        Request { ids: vec![1; 900], tokens_max: 1, ends: vec![], sampler: Sampler::new(sampling, 0), sink: Told(99, events.clone()) };
    sender.send(long).expect("an engine");
    let (nobody, gone) = channel();
    drop(gone);
    let unheard =
        Request { ids: vec![1; 9], tokens_max: 1 << 30, ends: vec![], sampler: Sampler::new(sampling, 0), sink: Told(98, nobody) };
    sender.send(unheard).expect("an engine");
    drop((sender, events));
    thread.join().expect("no panic");
    let mut answers = vec![(Vec::new(), None); prompts.len()];
    let (mut cached, mut refused) = (0, 0);
    for (at, event) in told {
        match event {
            Event::Begun { cached: tokens } => cached += tokens,
            Event::Token(id) => answers[at].0.push(id),
            Event::Done(ended) => answers[at].1 = Some(ended),
            Event::Failed(what) => {
                assert!(at == 99 && what.contains("900 tokens"), "{at}: {what}");
                refused += 1;
            }
        }
    }
    let answers: Vec<(Vec<u32>, bool)> = answers.into_iter().map(|(ids, ended)| (ids, ended.expect("every answer ends"))).collect();
    assert_eq!(answers, expected);
    println!("{cached} tokens of prompts were cached");
    assert!(refused == 1 && cached >= 30, "{cached}");
}
