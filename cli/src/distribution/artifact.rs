//! What a pack looks like in a registry: the CNCF Wasm OCI artifact layout, and a signature beside it.
//!
//! Pure: the same pack gives the same bytes, so it always has the same digest in a registry. The layout allows one layer,
//! and tells readers to refuse more; so a signature is an artifact of its own that names the pack's manifest as its subject,
//! under a tag that follows from that manifest's digest. Every registry can hold that, and signing leaves the pack's digest alone.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use wardian_format::limits::{AdmissionLimits, FIXED, Profile};
use wardian_format::names::{self, untrusted};
use wardian_format::{Digest, Manifest, json as canonical};
use wasmparser::{ComponentTypeRef, Parser, Payload};

/// Media type of every manifest here.
pub(crate) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// Media type of the configuration of a Wasm artifact.
pub(crate) const WASM_CONFIG_TYPE: &str = "application/vnd.wasm.config.v0+json";

/// Media type of a component.
pub(crate) const WASM_LAYER_TYPE: &str = "application/wasm";

/// Media type of a detached signature, and of the artifact that holds it.
pub(crate) const SIGNATURE_TYPE: &str = "application/vnd.wardian.minisign.v1";

/// Media type of the configuration of an artifact that has none: `{}`.
pub(crate) const EMPTY_TYPE: &str = "application/vnd.oci.empty.v1+json";

/// The configuration that says nothing.
pub(crate) const EMPTY_CONFIG: &[u8] = b"{}";

/// A manifest, and the two things that it speaks of.
pub(crate) struct Artifact {
    /// The manifest, as canonical JSON.
    pub(crate) manifest: Vec<u8>,
    /// Its configuration.
    pub(crate) config: Vec<u8>,
    /// Its one layer.
    pub(crate) layer: Vec<u8>,
}

/// What a manifest says of a configuration or a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    /// SHA-256 of the content.
    pub(crate) digest: Digest,
    /// Its size.
    pub(crate) bytes: usize,
}

/// Size and digest as a manifest writes them. Members that registries add are ignored.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawDescriptor {
    media_type: String,
    digest: String,
    size: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawManifest {
    schema_version: u64,
    media_type: Option<String>,
    config: RawDescriptor,
    layers: Vec<RawDescriptor>,
}

/// `sha256:…`, as registries write digests.
pub(crate) fn oci_digest(digest: Digest) -> String {
    format!("sha256:{digest}")
}

/// The artifact of a pack.
pub(crate) fn of_pack(bytes: &[u8], manifest: &Manifest) -> Result<Artifact> {
    let digest = oci_digest(Digest::of(bytes));
    let exports: Vec<&str> = manifest.tools.iter().map(|tool| tool.export.as_str()).collect();
    // The world that `pack build --wit` writes.
    let target = format!("wardian:env/{}@0.1.0", names::kebab(&manifest.name));
    let config = json!({
        // Readers insist on a time, and a real one would give the same pack another digest every day.
        "created": "1970-01-01T00:00:00Z",
        "author": manifest.provenance.author,
        "architecture": "wasm",
        "os": "wasip2",
        "layerDigests": [digest],
        "component": {"exports": exports, "imports": imports(bytes), "target": target},
    });
    let annotations = json!({
        "org.opencontainers.image.title": format!("{}.wasm", manifest.name),
        "org.opencontainers.image.description": untrusted(&manifest.title, 200),
        "org.opencontainers.image.licenses": manifest.provenance.license,
        "dev.wardian.pack.digest": digest,
        "dev.wardian.pack.name": manifest.name,
    });
    let config = canonical::canonical(&config)?.into_bytes();
    let document = json!({
        "schemaVersion": 2, "mediaType": MANIFEST_TYPE, "annotations": annotations,
        "config": descriptor(WASM_CONFIG_TYPE, &config), "layers": [descriptor(WASM_LAYER_TYPE, bytes)],
    });
    Ok(Artifact { manifest: canonical::canonical(&document)?.into_bytes(), config, layer: bytes.to_vec() })
}

/// The artifact of a signature of the pack whose manifest is `subject`.
pub(crate) fn of_signature(signature: &[u8], subject: &[u8]) -> Result<Artifact> {
    let document = json!({
        "schemaVersion": 2, "mediaType": MANIFEST_TYPE, "artifactType": SIGNATURE_TYPE,
        "config": descriptor(EMPTY_TYPE, EMPTY_CONFIG), "layers": [descriptor(SIGNATURE_TYPE, signature)],
        "subject": descriptor(MANIFEST_TYPE, subject),
    });
    Ok(Artifact { manifest: canonical::canonical(&document)?.into_bytes(), config: EMPTY_CONFIG.to_vec(), layer: signature.to_vec() })
}

/// The tag of a signature: it follows from the manifest that it speaks of.
pub(crate) fn signature_tag(manifest: Digest) -> String {
    format!("sha256-{manifest}.minisig")
}

fn descriptor(media_type: &str, content: &[u8]) -> Value {
    json!({"mediaType": media_type, "digest": oci_digest(Digest::of(content)), "size": content.len()})
}

/// Which configuration and layer the manifest of a pack names.
pub(crate) fn read_pack_manifest(manifest: &[u8]) -> Result<(Descriptor, Descriptor)> {
    let pack_bytes_max = AdmissionLimits::of(Profile::Guest).file_bytes_max;
    read_manifest(manifest, (WASM_CONFIG_TYPE, FIXED.registry_document_bytes_max), (WASM_LAYER_TYPE, pack_bytes_max))
        .context("this is no Wasm artifact")
}

/// Which layer the manifest of a signature names.
pub(crate) fn read_signature_manifest(manifest: &[u8]) -> Result<Descriptor> {
    let read = read_manifest(manifest, (EMPTY_TYPE, EMPTY_CONFIG.len()), (SIGNATURE_TYPE, FIXED.signature_bytes_max));
    Ok(read.context("this is no signature of a pack")?.1)
}

/// Reads a manifest with one layer. Each of the two has a type that must be, and a size that must not be exceeded.
fn read_manifest(manifest: &[u8], config: (&str, usize), layer: (&str, usize)) -> Result<(Descriptor, Descriptor)> {
    let read: RawManifest = serde_json::from_slice(manifest).context("its manifest cannot be read")?;
    ensure!(read.schema_version == 2, "its manifest has version {}, not 2", read.schema_version);
    let media_type = read.media_type.as_deref().unwrap_or(MANIFEST_TYPE);
    ensure!(media_type == MANIFEST_TYPE, "its manifest is of type `{}`, not `{MANIFEST_TYPE}`", untrusted(media_type, 100));
    ensure!(read.layers.len() == 1, "its manifest has {} layers, not one", read.layers.len());
    Ok((read.config.checked("configuration", config)?, read.layers[0].checked("layer", layer)?))
}

impl RawDescriptor {
    fn checked(&self, what: &str, (media_type, bytes_max): (&str, usize)) -> Result<Descriptor> {
        let found = untrusted(&self.media_type, 100);
        ensure!(self.media_type == media_type, "its {what} is of type `{found}`, not `{media_type}`");
        let digest = self.digest.strip_prefix("sha256:").and_then(|hex| hex.parse().ok());
        let digest =
            digest.with_context(|| format!("its {what} has the digest `{}`, which is no SHA-256", untrusted(&self.digest, 100)))?;
        let bytes = usize::try_from(self.size).unwrap_or(usize::MAX);
        ensure!(bytes <= bytes_max, "its {what} has {} bytes; the limit is {bytes_max}", self.size);
        Ok(Descriptor { digest, bytes })
    }
}

/// Fails where a configuration does not speak of the layer `digest`, or is not that of a component.
pub(crate) fn check_config(config: &[u8], layer: &Descriptor) -> Result<()> {
    let config: Value = serde_json::from_slice(config).context("its configuration is not JSON")?;
    let member = |name: &str| untrusted(&config[name].to_string(), 100);
    ensure!(config["architecture"] == "wasm", "its configuration is for {}, not for \"wasm\"", member("architecture"));
    ensure!(config["os"] == "wasip2", "its configuration is for {}, not for components (\"wasip2\")", member("os"));
    let digests = member("layerDigests");
    ensure!(config["layerDigests"] == json!([oci_digest(layer.digest)]), "its configuration speaks of the layers {digests}");
    Ok(())
}

/// Names of the interfaces and functions that a component imports, in order. Types that it names on the way are none.
pub(crate) fn imports(component: &[u8]) -> Vec<String> {
    let mut depth = 0;
    let mut names = BTreeSet::new();
    for payload in Parser::new(0).parse_all(component).map_while(Result::ok) {
        match payload {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth -= 1,
            Payload::ComponentImportSection(section) if depth == 0 => {
                let imports = section.into_iter().map_while(Result::ok);
                let real = imports.filter(|import| !matches!(import.ty, ComponentTypeRef::Type(_)));
                names.extend(real.map(|import| import.name.name.to_owned()));
            }
            _ => {}
        }
    }
    names.into_iter().collect()
}
