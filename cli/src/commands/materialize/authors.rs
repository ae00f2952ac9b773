//! The model author at work on domains: who is asked, from how many threads, and what became of it.

use crate::model::ModelArgs;
use crate::{network, ui, ui::Ui};
use anyhow::{Context, Result, bail};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Mutex;
use wardian_author::{AuthorOptions, Desk, Prompts, author};
use wardian_env::Runtime;
use wardian_format::CatalogTool;
use wardian_format::graph::Domain;
use wardian_materialize::{AuthorReport, Materialized, Options, Rules};
use wardian_model::{ChatModel, ChatReply, ChatRequest, ModelError};
use wardian_openai::{Cached, Client};

/// A model at an endpoint, with its prompts.
pub(super) struct Authors {
    network: tokio::runtime::Runtime,
    model: Cached<Client>,
    concurrency: usize,
    prompts: Prompts,
    options: AuthorOptions,
    /// A failure after which asking on is of no use.
    over: Mutex<Option<ModelError>>,
}

/// What a model did, over all domains.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Authored {
    /// Domains that it was asked about.
    pub(crate) domains: usize,
    /// Domains in which something of it is.
    pub(crate) changed: usize,
    /// Domains whose work ended before everything was asked.
    pub(crate) stopped: usize,
    /// Answers, those of the cache among them.
    pub(crate) answers: usize,
    /// Answers to what was put to it again.
    pub(crate) repairs: usize,
    /// Pieces that are in the worlds.
    pub(crate) accepted: usize,
    /// Pieces that are not.
    pub(crate) refused: usize,
    /// Tools that the worlds have over the rules'.
    pub(crate) tools_added: usize,
    /// Tokens of all answers, as the endpoint counts them.
    pub(crate) tokens: u64,
    /// Requests that were sent in this run.
    pub(crate) requests: u64,
    /// Why the work stopped, of the domain whose name comes first.
    #[serde(skip)]
    pub(super) reason: Option<(String, String)>,
}

impl Authors {
    /// The model of `args`, whose answers lie in `folder` where the user names no other.
    pub(super) fn open(args: &ModelArgs, folder: &Path, options: AuthorOptions) -> Result<Self> {
        Self::with(args, folder, options, Prompts::default())
    }

    /// As [`Authors::open`], with other prompts.
    pub(super) fn with(args: &ModelArgs, folder: &Path, options: AuthorOptions, prompts: Prompts) -> Result<Self> {
        let network = network::shared()?;
        let model = {
            let _inside = network.enter();
            args.open(folder)?
        };
        Ok(Self { network, model, concurrency: args.concurrency().max(1), prompts, options, over: Mutex::new(None) })
    }

    /// What of it decides about a domain's world.
    pub(super) fn key(&self) -> Value {
        json!({
            "model": self.model.name(),
            "parameters": self.model.parameters(),
            "prompts": self.prompts.digest(),
            "options": self.options,
        })
    }

    /// Threads to wait on: one for each request that may be under way.
    pub(super) fn threads(&self) -> Result<rayon::ThreadPool> {
        rayon::ThreadPoolBuilder::new().num_threads(self.concurrency).build().context("cannot start threads")
    }

    /// The prompts in use.
    pub(super) fn prompts(&self) -> &Prompts {
        &self.prompts
    }

    /// Lets the model work on one domain.
    pub(super) fn work(
        &self,
        domain: &Domain,
        tools: &[CatalogTool],
        options: &Options,
        made: &Materialized,
        runtime: &Runtime,
    ) -> Result<Materialized> {
        let rules = Rules::new(domain, tools, options);
        let ask = |request: &ChatRequest| self.ask(request);
        let desk = Desk { name: self.model.name(), ask: &ask };
        let authored = author(domain, &rules, made, runtime, &desk, &self.prompts, &self.options)?;
        ui::check_interrupt()?;
        Ok(authored)
    }

    fn ask(&self, request: &ChatRequest) -> Result<ChatReply, ModelError> {
        if let Some(error) = self.over.lock().expect("nobody panics with it").clone() {
            return Err(error);
        }
        let asked = async { Ok(self.model.chat(request).await) };
        let answer = self.network.block_on(network::until_interrupt(asked));
        let answer = answer.unwrap_or_else(|_| Err(ModelError::Failed("interrupted".to_owned())));
        if let Err(error @ (ModelError::Refused { status: 401 | 403 | 404, .. } | ModelError::BudgetUsedUp { .. })) = &answer {
            *self.over.lock().expect("nobody panics with it") = Some(error.clone());
        }
        answer
    }

    /// The sum with what was sent; an error where the model answered nothing at all.
    pub(super) fn close(&self, mut sum: Authored, ui: &Ui) -> Result<Authored> {
        sum.requests = self.model.asked();
        if let Some((domain, reason)) = &sum.reason {
            if sum.answers == 0 {
                bail!("`{}` answered nothing; the domain `{domain}`: {reason}", self.model.name());
            }
            ui.warn(&format!("the model's work on {} of {} domains is not done; `{domain}`: {reason}", sum.stopped, sum.domains));
        }
        Ok(sum)
    }
}

impl Authored {
    /// Of one domain.
    pub(super) fn of(domain: &str, report: &AuthorReport) -> Self {
        Self {
            domains: 1,
            changed: usize::from(!report.accepted.is_empty()),
            stopped: usize::from(report.stopped.is_some()),
            answers: report.answers,
            repairs: report.repairs,
            accepted: report.accepted.len(),
            refused: report.refused.len(),
            tools_added: report.after.tools.saturating_sub(report.before.tools),
            tokens: report.tokens_read + report.tokens_written,
            requests: 0,
            reason: report.stopped.as_ref().map(|reason| (domain.to_owned(), reason.clone())),
        }
    }

    /// With another sum.
    pub(super) fn add(&mut self, other: &Self) {
        self.domains += other.domains;
        self.changed += other.changed;
        self.stopped += other.stopped;
        self.answers += other.answers;
        self.repairs += other.repairs;
        self.accepted += other.accepted;
        self.refused += other.refused;
        self.tools_added += other.tools_added;
        self.tokens += other.tokens;
        self.requests += other.requests;
        self.reason = [self.reason.take(), other.reason.clone()].into_iter().flatten().min();
    }

    /// In words.
    pub(super) fn text(&self) -> String {
        format!(
            "the model: {} pieces taken and {} refused in {} of {} domains, {} tools more; {} answers, {} of them repairs; {} requests, {} tokens\n",
            ui::count(self.accepted),
            ui::count(self.refused),
            ui::count(self.changed),
            ui::count(self.domains),
            ui::count(self.tools_added),
            ui::count(self.answers),
            ui::count(self.repairs),
            ui::count(self.requests as usize),
            ui::count(self.tokens as usize),
        )
    }
}
