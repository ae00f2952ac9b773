//! The engine: one configuration for all of Wardian, and the thread that ticks its epoch.

use crate::contract::Call;
use crate::watchdog::Watchdog;
use crate::{SandboxError, contract, text_of, wasi};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use wardian_format::limits::{FIXED, Limits, Profile};
use wasmtime::component::Linker;
use wasmtime::{Config, InstanceAllocationStrategy, OptLevel, PoolingAllocationConfig, RegallocAlgorithm, Strategy, WasmBacktraceDetails};

/// Length of one epoch tick in milliseconds; a stop by wall time is late by one tick at most.
pub(crate) const TICK_MS: u64 = 10;

/// Instances of components that may exist at once in one process.
const INSTANCES_MAX: u32 = FIXED.instances_max;

/// Instances that may wait for reuse: half of all, so that calls always find room.
pub(crate) const IDLE_MAX: usize = FIXED.instances_idle_max;

/// Bytes of a linear memory that stay resident in a free slot, so that the next instance need not fault them in.
const RESIDENT_BYTES: usize = 128 << 10;

/// How machine code is made. What a tool does is the same either way, but for what depends on machine code: how much
/// fuel a loop takes, how deep a stack goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codegen {
    /// Optimised.
    Speed,
    /// As it comes: other instructions, other registers, other stack frames. For checking that nothing else depends on them.
    Plain,
}

/// wasmtime, configured. Cheap to clone; one a process is enough.
#[derive(Clone)]
pub struct Engine {
    inner: Arc<Inner>,
}

struct Inner {
    wasmtime: wasmtime::Engine,
    codegen: Codegen,
    linker: Linker<Call>,
    /// The linker of the compatibility profile, made when it is first needed.
    compatible: OnceLock<Linker<Call>>,
    /// Instances that wait for reuse, of all programs.
    idle: AtomicUsize,
    watchdog: Arc<Watchdog>,
    _ticker: Ticker,
}

impl Engine {
    /// As [`Engine::with`], for speed.
    ///
    /// # Errors
    /// When wasmtime does not start on this machine.
    pub fn new() -> Result<Self, SandboxError> {
        Self::with(Codegen::Speed)
    }

    /// Starts wasmtime with the deterministic configuration. Instances come from a pool where the address space
    /// allows one, which changes how fast they are made and nothing else.
    ///
    /// # Errors
    /// When wasmtime does not start on this machine.
    pub fn with(codegen: Codegen) -> Result<Self, SandboxError> {
        let pooled = || wasmtime::Engine::new(config(codegen).allocation_strategy(InstanceAllocationStrategy::Pooling(pool())));
        let wasmtime =
            pooled().or_else(|_| wasmtime::Engine::new(&config(codegen))).map_err(|error| SandboxError::Engine(text_of(&error)))?;
        let linker = contract::linker(&wasmtime).map_err(|error| SandboxError::Engine(text_of(&error)))?;
        let watchdog = Arc::new(Watchdog::default());
        let ticker = Ticker::start(wasmtime.clone(), Arc::clone(&watchdog))?;
        let (compatible, idle) = (OnceLock::new(), AtomicUsize::new(0));
        Ok(Self { inner: Arc::new(Inner { wasmtime, codegen, linker, compatible, idle, watchdog, _ticker: ticker }) })
    }

    /// How its machine code is made.
    pub fn codegen(&self) -> Codegen {
        self.inner.codegen
    }

    pub(crate) fn wasmtime(&self) -> &wasmtime::Engine {
        &self.inner.wasmtime
    }

    pub(crate) fn watchdog(&self) -> &Watchdog {
        &self.inner.watchdog
    }

    pub(crate) fn idle(&self) -> &AtomicUsize {
        &self.inner.idle
    }

    /// The state; and WASI where `profile` has it, and only there.
    pub(crate) fn linker(&self, profile: Profile) -> wasmtime::Result<&Linker<Call>> {
        if profile != Profile::Compatibility {
            return Ok(&self.inner.linker);
        }
        if let Some(linker) = self.inner.compatible.get() {
            return Ok(linker);
        }
        let mut linker = contract::linker(&self.inner.wasmtime)?;
        wasi::link(&mut linker)?;
        Ok(self.inner.compatible.get_or_init(|| linker))
    }
}

/// Everything that can differ between machines or runs is off or made canonical; what tools do not need is off.
pub(crate) fn config(codegen: Codegen) -> Config {
    let (level, registers) = match codegen {
        Codegen::Speed => (OptLevel::Speed, RegallocAlgorithm::Backtracking),
        Codegen::Plain => (OptLevel::None, RegallocAlgorithm::SinglePass),
    };
    let mut config = Config::new();
    config
        .strategy(Strategy::Cranelift)
        .cranelift_opt_level(level)
        .cranelift_regalloc_algorithm(registers)
        .cranelift_nan_canonicalization(true)
        .relaxed_simd_deterministic(true)
        .consume_fuel(true)
        .epoch_interruption(true)
        .max_wasm_stack(Limits::of(Profile::Sql).stack_bytes_max)
        .memory_init_cow(true)
        .wasm_backtrace_max_frames(None)
        .wasm_backtrace_details(WasmBacktraceDetails::Disable)
        .wasm_component_model(true)
        .wasm_relaxed_simd(false)
        .wasm_multi_memory(false)
        .wasm_memory64(false)
        .wasm_gc(false)
        .wasm_function_references(false)
        .wasm_exceptions(false)
        .wasm_custom_page_sizes(false)
        .wasm_wide_arithmetic(false)
        .gc_support(false);
    config
}

fn pool() -> PoolingAllocationConfig {
    let limits = Limits::of(Profile::LanguageRuntime);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(INSTANCES_MAX)
        .total_core_instances(4 * INSTANCES_MAX)
        .total_memories(INSTANCES_MAX)
        .total_tables(2 * INSTANCES_MAX)
        // Nothing here is asynchronous, and preparing a thousand stacks would take most of the time that the engine starts in.
        .total_stacks(0)
        .max_memory_size(limits.memory_bytes_max)
        .table_elements(limits.table_elements_max)
        .max_tables_per_module(8)
        .linear_memory_keep_resident(RESIDENT_BYTES);
    pool
}

/// Raises the epoch and feeds the watchdog every [`TICK_MS`] until the engine is dropped.
struct Ticker {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Ticker {
    fn start(engine: wasmtime::Engine, watchdog: Arc<Watchdog>) -> Result<Self, SandboxError> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let tick = move || {
            while !stopped.load(Ordering::Acquire) {
                thread::park_timeout(Duration::from_millis(TICK_MS));
                engine.increment_epoch();
                watchdog.tick();
            }
        };
        let thread = thread::Builder::new().name("wardian-epoch".to_owned()).spawn(tick);
        let thread = thread.map_err(|error| SandboxError::Engine(format!("the epoch thread: {error}")))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic of the ticker has nothing to tell us any more.
            let _ = thread.join();
        }
    }
}
