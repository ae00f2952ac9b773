//! A helper executable as an embedder would write it.

fn main() -> std::process::ExitCode {
    wardian_compile::serve_child()
}
