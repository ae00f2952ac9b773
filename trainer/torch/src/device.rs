//! What computes: the CPU, or a CUDA device where CUDA's half of libtorch can be loaded.

use crate::attention::{self, Documents};
use crate::native;
use std::fmt;
use tch::{Cuda, Device, Kind, Tensor, no_grad};

/// What a user asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wanted {
    /// CUDA's first device where there is one, else the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// This CUDA device, from 0.
    Cuda(usize),
}

impl std::str::FromStr for Wanted {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda(0)),
            other => {
                let number = other.strip_prefix("cuda:").and_then(|number| number.parse().ok());
                number.map(Self::Cuda).ok_or_else(|| "auto, cpu, cuda, or a device such as cuda:1 belongs there".to_owned())
            }
        }
    }
}

/// Why there is no such device.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DeviceError {
    /// CUDA's half of libtorch was not loaded.
    #[error("there is no CUDA here: {0}; name the folder of `libtorch_cuda.so` in LD_LIBRARY_PATH (docs/trainer.md)")]
    Load(String),
    /// It was loaded and finds no device.
    #[error("CUDA is here, and has {devices} devices; cuda:{wanted} is none of them")]
    Missing {
        /// The device that was asked for.
        wanted: usize,
        /// Devices.
        devices: i64,
    },
    /// libtorch refused a setting.
    #[error("libtorch: {0}")]
    Torch(String),
}

/// What computes.
#[derive(Clone, Debug, PartialEq)]
pub struct Compute {
    /// libtorch's device.
    pub device: Device,
    /// Its name: `NVIDIA H100 80GB HBM3`, `CPU, 2 threads`.
    pub name: String,
    /// How attention is computed.
    pub attention: Attention,
    /// 10^12 operations a second that the device can do at best in 16 bits; none where that is not known.
    pub peak_tflops: Option<f64>,
}

/// How attention is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// Document by document, by libtorch's scaled dot product.
    Documents,
    /// All documents of a sequence in one flash kernel.
    Flash,
}

impl fmt::Display for Attention {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Documents => "document by document",
            Self::Flash => "one flash kernel for all documents",
        })
    }
}

/// Dense 16-bit peaks in 10^12 operations a second, by what the driver calls the device. Source: NVIDIA's data sheets, without sparsity.
const PEAKS: [(&str, f64); 9] = [
    ("H100 PCIe", 756.0),
    ("H100 NVL", 835.0),
    ("H100", 989.4),
    ("H200", 989.4),
    ("A100", 311.9),
    ("L40S", 362.0),
    ("L4", 121.0),
    ("RTX 4090", 165.2),
    ("A10", 125.0),
];

/// Chooses a device, sets how it computes, and tries its attention. `deterministic` lets CUDA take only kernels that give the same bits again.
///
/// # Errors
/// Where the device is not there.
pub fn open(wanted: Wanted, threads: Option<i32>, deterministic: bool) -> Result<Compute, DeviceError> {
    if let Some(threads) = threads {
        tch::set_num_threads(threads);
    }
    let index = match wanted {
        Wanted::Cpu => None,
        Wanted::Auto => native::load_cuda().ok().filter(|()| Cuda::device_count() > 0).map(|()| 0),
        Wanted::Cuda(wanted) => {
            native::load_cuda().map_err(DeviceError::Load)?;
            let devices = Cuda::device_count();
            if wanted as i64 >= devices {
                return Err(DeviceError::Missing { wanted, devices });
            }
            Some(wanted)
        }
    };
    let Some(index) = index else {
        let name = format!("CPU, {} threads", tch::get_num_threads());
        return Ok(Compute { device: Device::Cpu, name, attention: Attention::Documents, peak_tflops: None });
    };
    native::switches(true, deterministic).map_err(DeviceError::Torch)?;
    let device = Device::Cuda(index);
    let name = cuda_name(index);
    let peak_tflops = PEAKS.iter().find(|(part, _)| name.contains(part)).map(|(_, peak)| *peak);
    let attention = if flash_is_right(device) { Attention::Flash } else { Attention::Documents };
    attention::use_flash(attention == Attention::Flash);
    Ok(Compute { device, name, attention, peak_tflops })
}

/// The most bytes that tensors had at once: of the device, or of the process on the CPU.
#[must_use]
pub fn peak_bytes(device: Device) -> Option<u64> {
    match device {
        Device::Cuda(index) => native::peak_bytes(index),
        _ => {
            let status = std::fs::read_to_string("/proc/self/status").ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            Some(line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()? * 1024)
        }
    }
}

/// What the driver calls the device; devices are numbered by their place on the bus, as CUDA_DEVICE_ORDER=PCI_BUS_ID does.
fn cuda_name(index: usize) -> String {
    let mut folders: Vec<_> =
        std::fs::read_dir("/proc/driver/nvidia/gpus").into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path())).collect();
    folders.sort_unstable();
    let text = folders.get(index).and_then(|folder| std::fs::read_to_string(folder.join("information")).ok());
    let model = text.as_deref().and_then(|text| text.lines().find_map(|line| line.strip_prefix("Model:")));
    model.map_or_else(|| format!("CUDA device {index}"), |model| model.trim().to_owned())
}

/// Whether the flash kernel gives what attention document by document gives, forwards and backwards, on small numbers.
fn flash_is_right(device: Device) -> bool {
    let tried = std::panic::catch_unwind(|| {
        let make = |heads: i64| {
            let x = no_grad(|| Tensor::randn([48, heads, 64], (Kind::Float, Device::Cpu)).to_kind(Kind::BFloat16).to_device(device));
            x.set_requires_grad(true)
        };
        let (q, k, v) = (make(4), make(2), make(2));
        let documents = Documents::new(vec![0, 7, 31, 48], device);
        let mut both = Vec::new();
        for flash in [false, true] {
            let y = documents.attend_by(&q, &k, &v, flash);
            let gradients = Tensor::run_backward(&[y.to_kind(Kind::Float).square().sum(Kind::Float)], &[&q, &k, &v], false, false);
            let all: Vec<Tensor> = std::iter::once(&y).chain(&gradients).map(|x| x.detach().to_kind(Kind::Float).reshape(-1)).collect();
            both.push(Tensor::cat(&all, 0));
        }
        let off = (&both[0] - &both[1]).abs().max().double_value(&[]);
        let most = both[0].abs().max().double_value(&[]);
        off <= 0.02 * most
    });
    tried.unwrap_or(false)
}
