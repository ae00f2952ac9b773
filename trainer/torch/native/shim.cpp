// What libtorch has and tch 0.24 does not bind. Tensors are `at::Tensor*`, as tch's are. Each function gives null, or what went wrong, which the caller
// frees by `wardian_free`.

#include <ATen/Context.h>
#include <ATen/core/Tensor.h>
#include <ATen/ops/_flash_attention_forward.h>
#include <ATen/ops/_foreach_copy.h>
#include <ATen/ops/_fused_adamw.h>
#include <c10/core/GradMode.h>
#include <c10/core/CachingDeviceAllocator.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <vector>

namespace {

template <typename F>
char* guarded(F&& body) {
  try {
    body();
    return nullptr;
  } catch (const std::exception& error) {
    return strdup(error.what());
  } catch (...) {
    return strdup("an unknown C++ exception");
  }
}

std::vector<at::Tensor> list(at::Tensor* const* tensors, std::size_t count) {
  std::vector<at::Tensor> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; i++) out.push_back(*tensors[i]);
  return out;
}

}  // namespace

extern "C" {

void wardian_free(char* text) { std::free(text); }

// Adds to the gradients of what `y` was made of, where `gradient` is that of `y`.
char* wardian_backward(at::Tensor* y, at::Tensor* gradient) {
  return guarded([&] { y->backward(*gradient); });
}

// One step of AdamW for `count` weights in 32 bits. `step` is the number of this step, from 1; `scale` is what gradients are divided by.
char* wardian_fused_adamw(at::Tensor* const* weights, at::Tensor* const* gradients, at::Tensor* const* first, at::Tensor* const* second,
                          std::size_t count, at::Tensor* step, at::Tensor* scale, double rate, double beta1, double beta2,
                          double decay, double eps) {
  return guarded([&] {
    c10::NoGradGuard off;
    const std::vector<at::Tensor> steps(count, *step);
    at::_fused_adamw_(list(weights, count), list(gradients, count), list(first, count), list(second, count), {}, steps, rate, beta1,
                      beta2, decay, eps, /*amsgrad=*/false, /*maximize=*/false, *scale);
  });
}

// Copies each of `from` to the one of `to` at its place, rounding where the kinds differ.
char* wardian_copy(at::Tensor* const* to, at::Tensor* const* from, std::size_t count) {
  return guarded([&] {
    c10::NoGradGuard off;
    at::_foreach_copy_(list(to, count), list(from, count));
  });
}

// Causal attention of documents that lie one behind the other: `q` is [tokens, heads, head_dim], `k` and `v` [tokens, kv_heads, head_dim], `bounds` the
// 32-bit begins of the documents and the end of the last, on the same device.
char* wardian_flash(at::Tensor* q, at::Tensor* k, at::Tensor* v, at::Tensor* bounds, std::int64_t longest, double scale, at::Tensor** out) {
  return guarded([&] {
    auto all = at::_flash_attention_forward(*q, *k, *v, *bounds, *bounds, longest, longest, /*dropout_p=*/0.0, /*is_causal=*/true,
                                            /*return_debug_mask=*/false, scale);
    *out = new at::Tensor(std::get<0>(all));
  });
}

// How CUDA computes: 19-bit matrix products of 32-bit numbers, and only kernels that give the same bits again.
char* wardian_switches(bool tf32, bool deterministic) {
  return guarded([&] {
    at::globalContext().setAllowTF32CuBLAS(tf32);
    at::globalContext().setDeterministicAlgorithms(deterministic, /*warn_only=*/true);
  });
}

// The most bytes of a CUDA device that tensors ever had at once.
char* wardian_peak_bytes(std::int8_t device, std::uint64_t* bytes) {
  return guarded([&] {
    const auto stats = at::getDeviceAllocator(at::kCUDA)->getDeviceStats(device);
    *bytes = static_cast<std::uint64_t>(stats.allocated_bytes[0].peak);
  });
}

}  // extern "C"
