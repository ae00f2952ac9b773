//! The compatibility profile: WASI 0.2 for guests that insist on it, with nothing in it that could differ between two runs.
//!
//! The clock stands at the episode's time, random bytes are a hash of the episode's seed and the call, there are no files,
//! no arguments and no environment, input is at its end and output is discarded. Sockets and HTTP are not even linked. Nothing waits: what a guest
//! would wait for is ready at once, and the monotonic clock jumps to where the guest wanted to wait until.
//!
//! wasmtime-wasi gives the types of the interfaces, and the parts that are empty anyway (arguments, terminals, file system). What could
//! reach the machine or block it (clocks, random bytes, polling, streams) is done here.

use crate::contract::Call;
use wardian_format::Digest;
use wardian_state::Context;
use wasmtime::component::{HasData, Linker, Resource, ResourceTable, ResourceType};
use wasmtime::{Result, StoreContextMut, Trap};
use wasmtime_wasi::cli::{WasiCli, WasiCliCtxView, WasiCliView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemCtxView, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};
use wasmtime_wasi::p2::bindings::sync::io::{poll, streams};
use wasmtime_wasi::p2::bindings::{cli, filesystem, sync};
use wasmtime_wasi::p2::{DynInputStream, DynOutputStream, DynPollable, IoError, Pollable, StreamError, StreamResult};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

/// Resources of the host (streams, pollables) that a call may hold at once.
const RESOURCES_MAX: usize = wardian_format::limits::FIXED.wasi_resources_max;

/// Work of the host in one call: bytes made or taken, and [`CALL_WORK`] for each call. More is a stop for want of fuel.
const WORK_MAX: u64 = wardian_format::limits::FIXED.wasi_work_max;

/// Work that a call of the host costs beside its bytes.
const CALL_WORK: u64 = 64;

/// Nanoseconds that pass on the monotonic clock whenever it is read, so that a guest that waits for it to move is not stuck.
const TICK_NS: u64 = 1_000;

/// Bytes that may be written to a stream at once, as `check-write` says.
const WRITE_BYTES: u64 = 4_096;

/// Goes into every hash, so that a change of the scheme is a change of the tag.
const RANDOM_TAG: &[u8] = b"wardian compatibility random 1\0";

/// `wasi:io/error` is not among the bindings that can be linked one by one, so it is made by hand under their version.
const IO_ERROR: &str = "wasi:io/error@0.2.12";

/// What one call of a guest of this profile sees of WASI.
pub(crate) struct Wasi {
    empty: WasiCtx,
    table: ResourceTable,
    now_unix_s: i64,
    monotonic_ns: u64,
    random: Random,
    work_left: u64,
}

/// Block `i` of 32 bytes is SHA-256(key, `i` as eight bytes, little-endian); see [`Random::key`].
struct Random {
    key: Digest,
    block: Digest,
    used: usize,
    next: u64,
}

/// Ready whenever it is asked.
struct Now;

/// Picks [`Wasi`] out of a store.
struct Virtual;

impl HasData for Virtual {
    type Data<'a> = &'a mut Wasi;
}

/// Adds the interfaces to a linker that has the state already.
pub(crate) fn link(linker: &mut Linker<Call>) -> Result<()> {
    let l = linker;
    wall_clock::add_to_linker::<Call, Virtual>(l, Call::wasi)?;
    monotonic_clock::add_to_linker::<Call, Virtual>(l, Call::wasi)?;
    random::add_to_linker::<Call, Virtual>(l, Call::wasi)?;
    insecure::add_to_linker::<Call, Virtual>(l, Call::wasi)?;
    insecure_seed::add_to_linker::<Call, Virtual>(l, Call::wasi)?;
    poll::add_to_linker::<Call, Virtual>(l, Call::wasi)?;
    streams::add_to_linker::<Call, Virtual>(l, Call::wasi)?;
    io_error(l)?;
    cli::environment::add_to_linker::<Call, WasiCli>(l, command)?;
    cli::exit::add_to_linker::<Call, WasiCli>(l, command)?;
    cli::stdin::add_to_linker::<Call, WasiCli>(l, command)?;
    cli::stdout::add_to_linker::<Call, WasiCli>(l, command)?;
    cli::stderr::add_to_linker::<Call, WasiCli>(l, command)?;
    cli::terminal_input::add_to_linker::<Call, WasiCli>(l, command)?;
    cli::terminal_output::add_to_linker::<Call, WasiCli>(l, command)?;
    cli::terminal_stdin::add_to_linker::<Call, WasiCli>(l, command)?;
    cli::terminal_stdout::add_to_linker::<Call, WasiCli>(l, command)?;
    cli::terminal_stderr::add_to_linker::<Call, WasiCli>(l, command)?;
    filesystem::preopens::add_to_linker::<Call, WasiFilesystem>(l, files)?;
    sync::filesystem::types::add_to_linker::<Call, WasiFilesystem>(l, files)
}

fn command(call: &mut Call) -> WasiCliCtxView<'_> {
    call.wasi().cli()
}

fn files(call: &mut Call) -> WasiFilesystemCtxView<'_> {
    call.wasi().filesystem()
}

fn io_error(linker: &mut Linker<Call>) -> Result<()> {
    let mut error = linker.instance(IO_ERROR)?;
    error.resource("error", ResourceType::host::<IoError>(), |mut store, rep| {
        store.data_mut().wasi().table.delete(Resource::<IoError>::new_own(rep))?;
        Ok(())
    })?;
    error.func_wrap("[method]error.to-debug-string", |mut store: StoreContextMut<'_, Call>, (error,): (Resource<IoError>,)| {
        Ok((store.data_mut().wasi().table.get(&error)?.to_string(),))
    })
}

impl Wasi {
    /// For the call of `export` with `arguments` in an episode with this clock and seed.
    pub(crate) fn new(context: Context, export: &str, arguments: &str) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(RESOURCES_MAX);
        Self {
            empty: WasiCtx::builder().build(),
            table,
            now_unix_s: context.now_unix_s,
            monotonic_ns: 0,
            random: Random::new(context.seed, export, arguments),
            work_left: WORK_MAX,
        }
    }

    /// Counts one call of the host that makes or takes `bytes`.
    fn work(&mut self, bytes: u64) -> Result<()> {
        let cost = bytes.saturating_add(CALL_WORK);
        self.work_left = self.work_left.checked_sub(cost).ok_or(Trap::OutOfFuel)?;
        Ok(())
    }

    /// A pollable that is ready, after the monotonic clock jumped to `until_ns`.
    fn ready_at(&mut self, until_ns: u64) -> Result<Resource<DynPollable>> {
        self.work(0)?;
        self.monotonic_ns = self.monotonic_ns.max(until_ns);
        let now = self.table.push(Now)?;
        wasmtime_wasi::p2::subscribe(&mut self.table, now)
    }

    /// Takes `bytes` of output and forgets them.
    fn discard(&mut self, stream: &Resource<DynOutputStream>, bytes: u64) -> StreamResult<()> {
        self.table.get(stream)?;
        self.work(bytes).map_err(StreamError::Trap)
    }

    /// Input is at its end.
    fn end<T>(&mut self, stream: &Resource<DynInputStream>) -> StreamResult<T> {
        self.table.get(stream)?;
        self.work(0).map_err(StreamError::Trap)?;
        Err(StreamError::Closed)
    }

    fn random_bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        self.work(len)?;
        Ok((0..len).map(|_| self.random.byte()).collect())
    }

    fn random_u64(&mut self) -> Result<u64> {
        self.work(8)?;
        Ok(u64::from_le_bytes(std::array::from_fn(|_| self.random.byte())))
    }
}

impl Random {
    fn new(seed: u64, export: &str, arguments: &str) -> Self {
        let key = Self::key(seed, export, arguments);
        Self { key, block: key, used: 32, next: 0 }
    }

    /// SHA-256 of the tag, the seed, the length of the export's name (both eight bytes, little-endian), the name, and the
    /// arguments as the guest gets them. So a call gives the same whatever was called before it, and different calls of
    /// an episode do not make equal ids.
    fn key(seed: u64, export: &str, arguments: &str) -> Digest {
        let length = (export.len() as u64).to_le_bytes();
        Digest::of(&[RANDOM_TAG, &seed.to_le_bytes(), &length, export.as_bytes(), arguments.as_bytes()].concat())
    }

    fn byte(&mut self) -> u8 {
        if self.used == 32 {
            self.block = self.block_at(self.next);
            (self.used, self.next) = (0, self.next + 1);
        }
        self.used += 1;
        self.block.0[self.used - 1]
    }

    fn block_at(&self, index: u64) -> Digest {
        Digest::of(&[self.key.0.as_slice(), &index.to_le_bytes()].concat())
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Now {
    async fn ready(&mut self) {}
}

impl WasiView for Wasi {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView { ctx: &mut self.empty, table: &mut self.table }
    }
}

impl wall_clock::Host for Wasi {
    fn now(&mut self) -> Result<wall_clock::Datetime> {
        self.work(0)?;
        let seconds = u64::try_from(self.now_unix_s).map_err(|_| wasmtime::Error::msg("the episode's time is before 1970"))?;
        Ok(wall_clock::Datetime { seconds, nanoseconds: 0 })
    }

    fn resolution(&mut self) -> Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime { seconds: 1, nanoseconds: 0 })
    }
}

impl monotonic_clock::Host for Wasi {
    fn now(&mut self) -> Result<u64> {
        self.work(0)?;
        self.monotonic_ns = self.monotonic_ns.saturating_add(TICK_NS);
        Ok(self.monotonic_ns)
    }

    fn resolution(&mut self) -> Result<u64> {
        Ok(TICK_NS)
    }

    fn subscribe_instant(&mut self, when: u64) -> Result<Resource<DynPollable>> {
        self.ready_at(when)
    }

    fn subscribe_duration(&mut self, duration: u64) -> Result<Resource<DynPollable>> {
        self.ready_at(self.monotonic_ns.saturating_add(duration))
    }
}

impl random::Host for Wasi {
    fn get_random_bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        self.random_bytes(len)
    }

    fn get_random_u64(&mut self) -> Result<u64> {
        self.random_u64()
    }
}

impl insecure::Host for Wasi {
    fn get_insecure_random_bytes(&mut self, len: u64) -> Result<Vec<u8>> {
        self.random_bytes(len)
    }

    fn get_insecure_random_u64(&mut self) -> Result<u64> {
        self.random_u64()
    }
}

impl insecure_seed::Host for Wasi {
    fn insecure_seed(&mut self) -> Result<(u64, u64)> {
        Ok((self.random_u64()?, self.random_u64()?))
    }
}

impl poll::Host for Wasi {
    fn poll(&mut self, pollables: Vec<Resource<DynPollable>>) -> Result<Vec<u32>> {
        self.work(pollables.len() as u64)?;
        if pollables.is_empty() {
            return Err(wasmtime::Error::msg("nothing to poll"));
        }
        pollables.iter().try_for_each(|pollable| self.table.get(pollable).map(|_| ()))?;
        Ok((0..).take(pollables.len()).collect())
    }
}

impl poll::HostPollable for Wasi {
    fn ready(&mut self, pollable: Resource<DynPollable>) -> Result<bool> {
        self.work(0)?;
        self.table.get(&pollable)?;
        Ok(true)
    }

    fn block(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        self.work(0)?;
        self.table.get(&pollable)?;
        Ok(())
    }

    fn drop(&mut self, pollable: Resource<DynPollable>) -> Result<()> {
        poll::HostPollable::drop(&mut self.table, pollable)
    }
}

impl streams::Host for Wasi {
    fn convert_stream_error(&mut self, error: StreamError) -> Result<streams::StreamError> {
        streams::Host::convert_stream_error(&mut self.table, error)
    }
}

impl streams::HostInputStream for Wasi {
    fn drop(&mut self, stream: Resource<DynInputStream>) -> Result<()> {
        self.table.delete(stream)?;
        Ok(())
    }

    fn read(&mut self, stream: Resource<DynInputStream>, _len: u64) -> StreamResult<Vec<u8>> {
        self.end(&stream)
    }

    fn blocking_read(&mut self, stream: Resource<DynInputStream>, _len: u64) -> StreamResult<Vec<u8>> {
        self.end(&stream)
    }

    fn skip(&mut self, stream: Resource<DynInputStream>, _len: u64) -> StreamResult<u64> {
        self.end(&stream)
    }

    fn blocking_skip(&mut self, stream: Resource<DynInputStream>, _len: u64) -> StreamResult<u64> {
        self.end(&stream)
    }

    fn subscribe(&mut self, stream: Resource<DynInputStream>) -> Result<Resource<DynPollable>> {
        self.work(0)?;
        wasmtime_wasi::p2::subscribe(&mut self.table, stream)
    }
}

impl streams::HostOutputStream for Wasi {
    fn drop(&mut self, stream: Resource<DynOutputStream>) -> Result<()> {
        self.table.delete(stream)?;
        Ok(())
    }

    fn check_write(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<u64> {
        self.discard(&stream, 0)?;
        Ok(WRITE_BYTES)
    }

    fn write(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        self.discard(&stream, bytes.len() as u64)
    }

    fn blocking_write_and_flush(&mut self, stream: Resource<DynOutputStream>, bytes: Vec<u8>) -> StreamResult<()> {
        self.discard(&stream, bytes.len() as u64)
    }

    fn blocking_write_zeroes_and_flush(&mut self, stream: Resource<DynOutputStream>, len: u64) -> StreamResult<()> {
        self.discard(&stream, len)
    }

    fn subscribe(&mut self, stream: Resource<DynOutputStream>) -> Result<Resource<DynPollable>> {
        self.work(0)?;
        wasmtime_wasi::p2::subscribe(&mut self.table, stream)
    }

    fn write_zeroes(&mut self, stream: Resource<DynOutputStream>, len: u64) -> StreamResult<()> {
        self.discard(&stream, len)
    }

    fn flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        self.discard(&stream, 0)
    }

    fn blocking_flush(&mut self, stream: Resource<DynOutputStream>) -> StreamResult<()> {
        self.discard(&stream, 0)
    }

    fn splice(&mut self, _to: Resource<DynOutputStream>, from: Resource<DynInputStream>, _len: u64) -> StreamResult<u64> {
        self.end(&from)
    }

    fn blocking_splice(&mut self, _to: Resource<DynOutputStream>, from: Resource<DynInputStream>, _len: u64) -> StreamResult<u64> {
        self.end(&from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasmtime_wasi::p2::bindings::random::random::Host as _;

    /// The scheme is part of what a certificate means, so its first bytes are fixed. Computed apart, with Python's hashlib.
    #[test]
    fn random_bytes_are_those_of_the_published_scheme() {
        let mut wasi = Wasi::new(Context { seed: 7, now_unix_s: 0 }, "make-id", r#"{"name":"x"}"#);
        let bytes = wasi.get_random_bytes(40).expect("within the budget");
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, "f34cc966cf5a4a8e265ef0735cef3a7895337cea0a70c59fc00ea8f1e60a2877c7a718ebfd641afa");
    }
}
