//! Sentence embeddings for `wardian graph build`: a model on this machine, or a service.

use crate::model::EndpointArgs;
use crate::{engine, network, ui, ui::Ui};
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use wardian_embed::{Cache, EmbedError, Embedder, Embeddings, LocalModel, ModelFiles, embed_all, nearest, text};
use wardian_format::CatalogTool;
use wardian_format::graph::EmbeddingSettings;
use wardian_graph::{GraphOptions, Meaning, ToolGraph, build_with, in_order};
use wardian_openai::{Client, Endpoint};

/// What a model on this machine is called in the cache and in `graph.json`, before the digest of its files.
const LOCAL: &str = "local";
/// A text whose vector says how long a service's vectors are.
const PROBE: &str = "list users";
/// Neighbours by meaning that are weighed for each one that a tool may have.
const AROUND_FACTOR: usize = 3;

/// Where embeddings come from.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Embeddings")]
pub(crate) struct EmbedArgs {
    /// Folder of a sentence model that runs here: `model.safetensors`, `tokenizer.json`, `config.json`
    #[arg(long, value_name = "FOLDER", conflicts_with = "paper")]
    embed_model: Option<PathBuf>,
    /// A service instead: what `/embeddings` is appended to, such as `http://localhost:8000/v1`
    #[arg(long, value_name = "URL", conflicts_with_all = ["paper", "embed_model"], requires = "embed_name")]
    embed_url: Option<String>,
    /// The service's model
    #[arg(long, value_name = "NAME", requires = "embed_url")]
    embed_name: Option<String>,
    /// Length of the vectors, where the service lets one choose
    #[arg(long, value_name = "N", requires = "embed_url")]
    embed_dimensions: Option<usize>,
    /// Share of the embeddings in a similarity, percent
    #[arg(long, value_name = "PERCENT", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=100))]
    embed_share: u32,
    /// Folder of the cached vectors [default: in Wardian's cache]
    #[arg(long, value_name = "FOLDER")]
    embed_cache: Option<PathBuf>,
    #[command(flatten)]
    endpoint: EndpointArgs,
}

/// A service as an embedder. Its vectors are of no known weights, so its name alone tells it from others.
struct Service {
    client: Client,
    runtime: tokio::runtime::Runtime,
    name: String,
    dimensions: usize,
}

impl Embedder for Service {
    fn model(&self) -> &str {
        &self.name
    }

    fn dimensions(&self) -> usize {
        self.dimensions
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        self.ask(texts).map_err(|error| EmbedError::Embedder { model: self.name.clone(), source: error.into() })
    }
}

impl Service {
    fn ask(&self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        self.runtime.block_on(network::until_interrupt(async { Ok(self.client.embeddings(texts).await?) }))
    }
}

/// A model on this machine that stops between two batches once the user pressed Ctrl-C.
struct Local(LocalModel);

impl Embedder for Local {
    fn model(&self) -> &str {
        self.0.model()
    }

    fn dimensions(&self) -> usize {
        self.0.dimensions()
    }

    fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>, EmbedError> {
        ui::check_interrupt().map_err(|stop| EmbedError::Embedder { model: self.model().to_owned(), source: stop.into() })?;
        self.0.embed(texts)
    }
}

/// The graph of `tools` with `embeddings`, which are in the order of [`in_order`].
pub(crate) fn build(tools: &[CatalogTool], options: &GraphOptions, embeddings: &Embeddings, share_percent: u32) -> ToolGraph {
    let around = nearest(embeddings, options.neighbours.saturating_mul(AROUND_FACTOR), 1);
    let settings = EmbeddingSettings { model: embeddings.model().to_owned(), digest: embeddings.digest(), share_percent };
    let cosine = |a: u32, b: u32| embeddings.cosine_millionths(a as usize, b as usize);
    build_with(tools, options, Some(&Meaning { settings, nearest: &around, cosine: &cosine }))
}

impl EmbedArgs {
    /// Percent of a similarity.
    pub(crate) fn share(&self) -> u32 {
        self.embed_share
    }

    /// True where the user named a source of embeddings.
    pub(crate) fn are_wanted(&self) -> bool {
        self.embed_model.is_some() || self.embed_url.is_some()
    }

    /// The embeddings of `tools` in the order of [`in_order`].
    pub(crate) fn embeddings(&self, tools: &[CatalogTool], ui: &Ui) -> Result<Embeddings> {
        let texts: Vec<String> = in_order(tools).into_iter().map(text).collect();
        ensure!(!texts.is_empty(), "the catalogue has no tool to embed");
        let embedder = self.embedder()?;
        let mut cache = Cache::open(&self.cache()?, embedder.model(), embedder.dimensions())?;
        if cache.damaged() > 0 {
            let path = cache.path().map(|path| path.display().to_string()).unwrap_or_default();
            ui.warn(&format!("{} damaged vectors in `{path}` are computed again", cache.damaged()));
        }
        let bar = ui.bar("embeddings", texts.len());
        let embeddings = embed_all(embedder.as_ref(), &mut cache, &texts, &mut |done, all| bar.set(done, all));
        // What an interruption leaves is in the cache.
        ui::check_interrupt()?;
        Ok(embeddings?)
    }

    fn cache(&self) -> Result<PathBuf> {
        let below = || engine::cache_path().map(|path| path.join("embeddings"));
        let place = self.embed_cache.clone().or_else(below);
        place.context("there is no place for a cache of embeddings; set --embed-cache")
    }

    fn embedder(&self) -> Result<Box<dyn Embedder>> {
        match (&self.embed_model, &self.embed_url, &self.embed_name) {
            (Some(folder), _, _) => Ok(Box::new(Local(LocalModel::new(LOCAL, &ModelFiles::read(folder)?)?))),
            (None, Some(url), Some(name)) => Ok(Box::new(self.service(url, name)?)),
            _ => anyhow::bail!("embeddings need --embed-model, or --embed-url and --embed-name"),
        }
    }

    fn service(&self, url: &str, name: &str) -> Result<Service> {
        let endpoint = Endpoint { embedding_dimensions: self.embed_dimensions, ..self.endpoint.endpoint(url, name)? };
        let runtime = network::runtime()?;
        let client = runtime.block_on(async { Client::new(endpoint) })?;
        let name = match self.embed_dimensions {
            Some(dimensions) => format!("openai:{name}/{dimensions}"),
            None => format!("openai:{name}"),
        };
        let mut service = Service { client, runtime, name, dimensions: self.embed_dimensions.unwrap_or(0) };
        if service.dimensions == 0 {
            service.dimensions = match self.known_dimensions(&service.name)? {
                Some(dimensions) => dimensions,
                // Only an answer tells.
                None => service.ask(&[PROBE.to_owned()])?.first().map_or(0, Vec::len),
            };
        }
        Ok(service)
    }

    /// The length of the vectors that the cache has of `model`, so that a full cache needs no service.
    fn known_dimensions(&self, model: &str) -> Result<Option<usize>> {
        let folder = self.cache()?;
        if !folder.is_dir() {
            return Ok(None);
        }
        let listing = wardian_embed::list(&folder, usize::MAX)?;
        Ok(listing.files.iter().find(|file| file.model == model).map(|file| file.dimensions))
    }
}
