//! What libtorch has and tch does not bind: `native/shim.cpp`, and CUDA's half of libtorch, which is loaded where there is one.

#![expect(unsafe_code, reason = "functions of C++")]

use std::ffi::{CStr, c_char};
use tch::{Tensor, no_grad};
use torch_sys::C_tensor;

unsafe extern "C" {
    fn wardian_free(text: *mut c_char);
    fn wardian_backward(y: *mut C_tensor, gradient: *mut C_tensor) -> *mut c_char;
    fn wardian_fused_adamw(
        weights: *const *mut C_tensor,
        gradients: *const *mut C_tensor,
        first: *const *mut C_tensor,
        second: *const *mut C_tensor,
        count: usize,
        step: *mut C_tensor,
        scale: *mut C_tensor,
        rate: f64,
        beta1: f64,
        beta2: f64,
        decay: f64,
        eps: f64,
    ) -> *mut c_char;
    fn wardian_copy(to: *const *mut C_tensor, from: *const *mut C_tensor, count: usize) -> *mut c_char;
    fn wardian_flash(
        q: *mut C_tensor,
        k: *mut C_tensor,
        v: *mut C_tensor,
        bounds: *mut C_tensor,
        longest: i64,
        scale: f64,
        out: *mut *mut C_tensor,
    ) -> *mut c_char;
    fn wardian_switches(tf32: bool, deterministic: bool) -> *mut c_char;
    fn wardian_peak_bytes(device: i8, bytes: *mut u64) -> *mut c_char;
}

/// The words of an error, which are freed.
fn words(error: *mut c_char) -> Result<(), String> {
    if error.is_null() {
        return Ok(());
    }
    // SAFETY: the shim gives null or a text that ends with a zero, made by `strdup`, which nobody else has.
    let text = unsafe { CStr::from_ptr(error) }.to_string_lossy().into_owned();
    // SAFETY: as above, and it is not used after this.
    unsafe { wardian_free(error) };
    Err(text)
}

/// libtorch's errors are panics, as tch's are: the training's loop takes them apart.
fn or_panic(error: *mut c_char) {
    if let Err(text) = words(error) {
        panic!("Internal torch error: {text}");
    }
}

fn pointer(tensor: &Tensor) -> *mut C_tensor {
    tensor.as_ptr().cast_mut()
}

fn pointers(tensors: &[Tensor]) -> Vec<*mut C_tensor> {
    tensors.iter().map(pointer).collect()
}

/// Carries `gradient`, which is that of `y`, back to what `y` was made of.
pub(crate) fn backward(y: &Tensor, gradient: &Tensor) {
    // SAFETY: both point to tensors that live while the function runs; it keeps neither.
    or_panic(unsafe { wardian_backward(pointer(y), pointer(gradient)) });
}

/// What a step of AdamW is given. The lists are of the same length; all in 32 bits.
pub(crate) struct Group {
    pub(crate) weights: Vec<Tensor>,
    pub(crate) gradients: Vec<Tensor>,
    pub(crate) first: Vec<Tensor>,
    pub(crate) second: Vec<Tensor>,
}

/// Numbers of a step of AdamW.
pub(crate) struct Numbers<'a> {
    /// Which step it is, from 1: one number in 32 bits on the weights' device.
    pub(crate) step: &'a Tensor,
    /// What gradients are divided by, there too.
    pub(crate) scale: &'a Tensor,
    pub(crate) rate: f64,
    pub(crate) beta1: f64,
    pub(crate) beta2: f64,
    pub(crate) decay: f64,
    pub(crate) eps: f64,
}

/// One step of AdamW in one kernel.
pub(crate) fn fused_adamw(group: &Group, numbers: &Numbers<'_>) {
    let Group { weights, gradients, first, second } = group;
    let count = weights.len();
    assert!([gradients.len(), first.len(), second.len()] == [count; 3], "lists of one length");
    let [weights, gradients, first, second] = [weights, gradients, first, second].map(|list| pointers(list));
    let Numbers { step, scale, rate, beta1, beta2, decay, eps } = *numbers;
    // SAFETY: each list has `count` pointers to tensors that live while the function runs; it keeps none.
    or_panic(unsafe {
        wardian_fused_adamw(
            weights.as_ptr(),
            gradients.as_ptr(),
            first.as_ptr(),
            second.as_ptr(),
            count,
            pointer(step),
            pointer(scale),
            rate,
            beta1,
            beta2,
            decay,
            eps,
        )
    });
}

/// Copies each of `from` to the one of `to` at its place.
pub(crate) fn copy(to: &[Tensor], from: &[Tensor]) {
    assert_eq!(to.len(), from.len(), "lists of one length");
    let (to, from) = (pointers(to), pointers(from));
    // SAFETY: as above.
    or_panic(unsafe { wardian_copy(to.as_ptr(), from.as_ptr(), to.len()) });
}

/// Flash attention over documents that lie one behind the other; CUDA only. Shapes as in [`crate::Documents`].
///
/// # Errors
/// In libtorch's words, where no kernel fits the device, the kind of numbers or the heads.
pub(crate) fn flash(q: &Tensor, k: &Tensor, v: &Tensor, bounds: &Tensor, longest: i64, scale: f64) -> Result<Tensor, String> {
    let mut out = std::ptr::null_mut();
    // SAFETY: all point to tensors that live while the function runs, and `out` to a place for a pointer.
    words(unsafe { wardian_flash(pointer(q), pointer(k), pointer(v), pointer(bounds), longest, scale, &raw mut out) })?;
    // SAFETY: without an error `out` points to a tensor that the shim made for us.
    Ok(unsafe { Tensor::from_ptr(out) })
}

/// How CUDA computes.
pub(crate) fn switches(tf32: bool, deterministic: bool) -> Result<(), String> {
    // SAFETY: plain values.
    words(unsafe { wardian_switches(tf32, deterministic) })
}

/// The most bytes of a CUDA device that tensors ever had at once.
pub(crate) fn peak_bytes(device: usize) -> Option<u64> {
    let mut bytes = 0;
    // SAFETY: `bytes` is a place for a number.
    words(unsafe { wardian_peak_bytes(i8::try_from(device).ok()?, &raw mut bytes) }).ok()?;
    Some(bytes)
}

/// Loads CUDA's half of libtorch where it can be found; it registers itself. The library stays loaded.
pub(crate) fn load_cuda() -> Result<(), String> {
    // SAFETY: the name ends with a zero; what the library does when it is loaded is libtorch's own registration.
    let library = unsafe { libc::dlopen(c"libtorch_cuda.so".as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
    if !library.is_null() {
        return Ok(());
    }
    // SAFETY: after a failed `dlopen`, `dlerror` gives a text that ends with a zero, or null.
    let error = unsafe { libc::dlerror() };
    if error.is_null() {
        return Err("it cannot be loaded".to_owned());
    }
    // SAFETY: as above; it is copied at once.
    Err(unsafe { CStr::from_ptr(error) }.to_string_lossy().into_owned())
}

/// A number on `device`.
pub(crate) fn number(value: f64, device: tch::Device) -> Tensor {
    no_grad(|| Tensor::from_slice(&[value as f32]).reshape([]).to_device(device))
}
