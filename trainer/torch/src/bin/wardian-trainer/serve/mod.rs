//! `wardian-trainer serve`

mod answer;
mod ask;
mod http;
mod stop;

use super::model::ModelArgs;
use super::ui::Ui;
use anyhow::{Context, Result, bail};
use serde::Serialize;
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use wardian_torch::serve::{Cache, EngineLimits, Event, Request, Sink, serve};
use wardian_trainer::chat::ChatTokenizer;
use wardian_trainer::checkpoint::ends;
use wardian_trainer::template::Date;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    model: ModelArgs,
    /// The model's name in requests and answers [default: the folder's]
    #[arg(long)]
    name: Option<String>,
    /// Address to listen at
    #[arg(long, default_value = "127.0.0.1")]
    host: String,
    /// Port to listen at; 0 takes a free one
    #[arg(long, default_value_t = 8000)]
    port: u16,
    /// Requests that are answered at once; others wait
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=1024))]
    batch: u32,
    /// Tokens of a prompt with its answer at most [default: what the model knows]
    #[arg(long, value_parser = clap::value_parser!(u32).range(2..))]
    context: Option<u32>,
    /// GiB of memory for keys and values, of running and finished requests together; one context at least
    #[arg(long, default_value_t = 4.0)]
    cache_gib: f64,
}

/// What is printed once the server listens.
#[derive(Debug, Serialize)]
struct Listening {
    url: String,
    model: String,
    device: String,
    context: usize,
}

/// What every request needs.
pub(crate) struct Server {
    name: String,
    chat: ChatTokenizer,
    /// Tokens that end an answer.
    ends: Vec<u32>,
    context: usize,
    vocabulary: usize,
    date: Option<Date>,
    requests: Mutex<Sender<Request<Told>>>,
}

/// Carries events from the model's thread.
pub(crate) struct Told(tokio::sync::mpsc::UnboundedSender<Event>);

impl Sink for Told {
    fn send(&self, event: Event) -> bool {
        self.0.send(event).is_ok()
    }
}

pub(crate) fn run(args: &Args, ui: &Ui) -> Result<()> {
    let (compute, chat, decoder) = args.model.open(false)?;
    let config = decoder.config().clone();
    let context = args.context.map_or(config.positions_max, |context| context as usize);
    if context > config.positions_max {
        bail!("`--context` is {context}, and the model knows {} positions", config.positions_max);
    }
    let limits = EngineLimits {
        batch: args.batch as usize,
        prompt_tokens_max: if compute.device.is_cuda() { 4096 } else { 512 },
        cached_tokens_max: ((args.cache_gib * f64::from(1 << 30)) as usize / Cache::token_bytes(&decoder)).max(context),
    };
    let (sender, receiver) = channel();
    let server = Server {
        name: args.name.clone().unwrap_or_else(|| name(&args.model.model)),
        ends: ends(&chat, &config),
        chat,
        context,
        vocabulary: config.vocabulary,
        date: args.model.date,
        requests: Mutex::new(sender),
    };
    if let Err(e) = server.chat.calls() {
        ui.note(&format!("calls in answers are not parsed: {e}"));
    }
    std::thread::Builder::new().name("model".to_owned()).spawn(move || serve(decoder, limits, &receiver))?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(listen(args, ui, &compute.name, Arc::new(server)))
}

async fn listen(args: &Args, ui: &Ui, device: &str, server: Arc<Server>) -> Result<()> {
    let address = (args.host.as_str(), args.port);
    let listener = tokio::net::TcpListener::bind(address).await.with_context(|| format!("cannot listen at {}:{}", args.host, args.port))?;
    let listening = Listening {
        url: format!("http://{}/v1", listener.local_addr()?),
        model: server.name.clone(),
        device: device.to_owned(),
        context: server.context,
    };
    ui.result(&listening, || {
        let Listening { url, model, device, context } = &listening;
        format!("{model} at {url} ({device}; {context} tokens of context)\n")
    })?;
    let stop = async {
        // Where signals cannot be had, Ctrl-C kills.
        let _ = tokio::signal::ctrl_c().await;
    };
    Ok(axum::serve(listener, http::router(server)).with_graceful_shutdown(stop).await?)
}

fn name(model: &std::path::Path) -> String {
    let whole = std::path::absolute(model).unwrap_or_else(|_| model.to_owned());
    whole
        .file_stem()
        .filter(|_| whole.is_file())
        .or(whole.file_name())
        .map_or_else(|| "model".to_owned(), |name| name.to_string_lossy().into_owned())
}
