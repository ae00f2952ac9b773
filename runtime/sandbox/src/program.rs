//! A compiled component and its calls.

use crate::answer::{self, Returned};
use crate::code::Code;
use crate::contract::{Call, Database, ToolError};
use crate::engine::{Engine, IDLE_MAX, TICK_MS};
use crate::limiter::Limiter;
use crate::wasi::Wasi;
use crate::watchdog::Post;
use crate::{SandboxError, text_of};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use wardian_format::limits::{FIXED, Limits, Profile};
use wardian_format::{Digest, Outcome};
use wardian_state::{Context, Tx};
use wasmtime::component::{ComponentExportIndex, Instance, InstancePre, Resource, TypedFunc};
use wasmtime::{PoolConcurrencyLimitError, Store};

/// Bytes that may be copied from a guest to the host in one call of either: parameters of a statement, a result.
const COPY_BYTES_MAX: usize = FIXED.copy_bytes_max;

/// Clock and seed of the trial instantiation.
const NOWHERE: Context = Context { seed: 0, now_unix_s: 0 };

type Tool = TypedFunc<(Resource<Database>, String), (Result<String, ToolError>,)>;

/// May an instance serve a second call?
///
/// The memory of an instance is state that a fork does not carry and a replay does not see. Only a component
/// that is byte for byte what our own compiler makes is known to keep nothing there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// A fresh store and instance for every call.
    Never,
    /// Instances are kept until a call of theirs ends other than by returning.
    OwnCompiler,
}

/// A compiled component, linked and ready to be instantiated.
pub struct Program {
    engine: Engine,
    instance: InstancePre<Call>,
    exports: Vec<ComponentExportIndex>,
    reuse: Reuse,
    /// Names of the exports where the profile is the compatibility profile.
    compatible: Option<Vec<String>>,
    /// Idle instances; at most as many as calls ran at once. The last one used is warmest.
    idle: Mutex<Vec<Live>>,
}

/// What a call gives back.
pub struct Reply {
    /// The transaction, still open. Absent only where the host lost it.
    pub tx: Option<Tx>,
    /// What the call came to, or how the host failed.
    pub outcome: Result<Outcome, SandboxError>,
    /// Digest of the canonical result of an `Ok`.
    pub digest: Option<Digest>,
}

/// An instance with its store, and its exports as far as they were called.
struct Live {
    store: Store<Call>,
    instance: Instance,
    tools: Vec<Option<Tool>>,
    post: Arc<Post>,
}

/// Why there is no instance. The limiter knows whether memory was the reason.
struct Failed {
    limiter: Limiter,
    error: wasmtime::Error,
}

impl From<wasmtime::Error> for Failed {
    fn from(error: wasmtime::Error) -> Self {
        Self { limiter: Limiter::default(), error }
    }
}

impl Program {
    /// Links `code` and finds its `exports`, whose types are checked by one trial instantiation.
    ///
    /// # Errors
    /// When the import or an export does not fit the contract, or an instance cannot be made within the limits
    /// of a guest.
    pub fn new(engine: &Engine, code: &Code, exports: &[&str], profile: Profile, reuse: Reuse) -> Result<Self, SandboxError> {
        let linker = engine.linker(profile).map_err(|error| SandboxError::Engine(text_of(&error)))?;
        let instance = linker.instantiate_pre(&code.component).map_err(|error| SandboxError::Link(text_of(&error)))?;
        let missing = |name: &str| SandboxError::Export { name: name.to_owned(), reason: "the component lacks it".to_owned() };
        let find = |name: &&str| code.component.get_export_index(None, *name).ok_or_else(|| missing(name));
        let indexes = exports.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        let reuse = if profile == Profile::Sql { reuse } else { Reuse::Never };
        let names = || exports.iter().map(|name| (*name).to_owned()).collect();
        let compatible = (profile == Profile::Compatibility).then(names);
        let program = Self { engine: engine.clone(), instance, exports: indexes, reuse, compatible, idle: Mutex::default() };
        program.try_out(exports, &Limits::of(profile))?;
        Ok(program)
    }

    fn try_out(&self, exports: &[&str], limits: &Limits) -> Result<(), SandboxError> {
        let mut live = self.instantiate(self.store(limits, NOWHERE, 0, "")).map_err(|failed| SandboxError::Link(text_of(&failed.error)))?;
        let fit = |(index, name): (usize, &&str)| {
            let tool = live.tool(self, index);
            tool.map(|_| ()).map_err(|error| SandboxError::Export { name: (*name).to_owned(), reason: text_of(&error) })
        };
        exports.iter().enumerate().try_for_each(fit)
    }

    /// Bytes of its native code, mapped once for all instances.
    pub fn code_bytes(&self) -> usize {
        let range = self.instance.component().image_range();
        (range.end as usize).saturating_sub(range.start as usize)
    }

    /// Calls the export that is `export`-th in the list given to [`Program::new`] with `arguments`, a JSON
    /// document. The transaction goes in and comes back; to commit it or not is the caller's business.
    pub fn call(&self, export: usize, tx: Tx, arguments: String, limits: &Limits) -> Reply {
        let started = match self.idle() {
            Some(mut live) => prepare(&mut live.store, limits).map(|()| live).map_err(Failed::from),
            None => self.instantiate(self.store(limits, tx.context(), export, &arguments)),
        };
        match started {
            Ok(live) => self.run(live, export, tx, arguments, limits),
            Err(Failed { error, .. }) if error.is::<PoolConcurrencyLimitError>() => {
                Reply { tx: Some(tx), outcome: Err(SandboxError::Busy(text_of(&error))), digest: None }
            }
            Err(Failed { limiter, error }) => {
                let call = Call { tx: Some(tx), limiter, ..Call::default() };
                let (outcome, digest) = answer::outcome(&call, Err(error), limits);
                Reply { tx: call.tx, outcome: Ok(outcome), digest }
            }
        }
    }

    fn run(&self, mut live: Live, export: usize, mut tx: Tx, arguments: String, limits: &Limits) -> Reply {
        if tx.has_free_sql() {
            tx.random_of([&(export as u64).to_le_bytes(), arguments.as_bytes()].concat());
        }
        let post = Arc::clone(&live.post);
        let watch = self.engine.watchdog().watch(&post, deadline_ticks(limits), tx.interrupter());
        live.store.data_mut().tx = Some(tx);
        let returned: Returned = match live.tool(self, export) {
            Ok(tool) => tool.call(&mut live.store, (Resource::new_borrow(0), arguments)).map(|(returned,)| returned),
            Err(error) => Err(error),
        };
        drop(watch);
        let clean = returned.is_ok();
        let (outcome, digest) = answer::outcome(live.store.data(), returned, limits);
        let tx = live.store.data_mut().tx.take();
        if clean && self.reuse == Reuse::OwnCompiler {
            self.keep(live);
        }
        let outcome = if tx.is_some() { Ok(outcome) } else { Err(SandboxError::StateLost) };
        Reply { tx, outcome, digest }
    }

    /// An idle instance, if there is one.
    fn idle(&self) -> Option<Live> {
        if self.reuse == Reuse::Never {
            return None;
        }
        let live = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()?;
        self.engine.idle().fetch_sub(1, Ordering::Relaxed);
        Some(live)
    }

    /// Keeps `live` for a later call, unless enough idle instances wait already in the whole process.
    fn keep(&self, live: Live) {
        if self.engine.idle().fetch_add(1, Ordering::Relaxed) < IDLE_MAX {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(live);
        } else {
            self.engine.idle().fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn store(&self, limits: &Limits, context: Context, export: usize, arguments: &str) -> wasmtime::Result<Store<Call>> {
        let name = |names: &Vec<String>| names.get(export).cloned().unwrap_or_default();
        let wasi = self.compatible.as_ref().map(|names| Box::new(Wasi::new(context, &name(names), arguments)));
        let mut store = Store::new(self.engine.wasmtime(), Call { wasi, ..Call::default() });
        store.limiter(|call| &mut call.limiter);
        store.set_hostcall_fuel(COPY_BYTES_MAX);
        prepare(&mut store, limits)?;
        Ok(store)
    }

    fn instantiate(&self, store: wasmtime::Result<Store<Call>>) -> Result<Live, Failed> {
        let mut store = store?;
        match self.instance.instantiate(&mut store) {
            Ok(instance) => Ok(Live { store, instance, tools: vec![None; self.exports.len()], post: self.engine.watchdog().post() }),
            Err(error) => Err(Failed { limiter: store.into_data().limiter, error }),
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let idle = self.idle.get_mut().unwrap_or_else(PoisonError::into_inner).len();
        self.engine.idle().fetch_sub(idle, Ordering::Relaxed);
    }
}

impl Live {
    /// The export at `index`, found once an instance.
    fn tool(&mut self, program: &Program, index: usize) -> wasmtime::Result<Tool> {
        if let Some(Some(tool)) = self.tools.get(index) {
            return Ok(*tool);
        }
        let export = program.exports.get(index).ok_or_else(|| wasmtime::Error::msg("no such export"))?;
        let tool = self.instance.get_typed_func(&mut self.store, export)?;
        self.tools[index] = Some(tool);
        Ok(tool)
    }
}

/// Sets a store up for one call.
fn prepare(store: &mut Store<Call>, limits: &Limits) -> wasmtime::Result<()> {
    store.data_mut().limiter.start(limits);
    store.set_fuel(limits.fuel_max)?;
    store.set_epoch_deadline(deadline_ticks(limits));
    Ok(())
}

/// Ticks after which the wall time of a call is surely over.
fn deadline_ticks(limits: &Limits) -> u64 {
    limits.wall_ms_max.div_ceil(TICK_MS).saturating_add(1)
}
