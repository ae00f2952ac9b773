//! Packs to and from a registry that speaks the OCI distribution protocol.
//!
//! Pushing goes through the `oci-client` crate. Pulling does not: it reads answers of any length into memory, and a registry
//! is not trusted here. What is pulled is compared with the digests of its manifest before anybody looks at it.

use super::artifact::{self, Artifact, Descriptor, MANIFEST_TYPE};
use super::credentials::Credentials;
use super::http::{Answer, Http, Reach};
use crate::network;
use anyhow::{Context, Result, bail, ensure};
use oci_client::client::{ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_client::{Client, Reference, RegistryOperation};
use reqwest::Url;
use reqwest::header::HeaderValue;
use std::future::Future;
use std::time::Duration;
use wardian_format::limits::FIXED;
use wardian_format::names::untrusted;
use wardian_format::{Digest, Manifest};

/// Options of the commands that speak to a registry.
#[derive(clap::Args)]
pub(crate) struct RegistryArgs {
    /// Speak HTTP without TLS, to a registry on this machine
    #[arg(long)]
    plain_http: bool,
    /// Speak HTTP without TLS to any registry; no password is sent
    #[arg(long)]
    plain_http_anywhere: bool,
}

/// A place in a registry, and how to get there.
pub(crate) struct Place {
    reference: Reference,
    plain: bool,
    loopback: bool,
    credentials: Option<Credentials>,
}

/// What came from a registry. Nothing but its digests was checked.
pub(crate) struct Pulled {
    /// The pack.
    pub(crate) pack: Vec<u8>,
    /// Its signature, where the registry has one.
    pub(crate) signature: Option<Vec<u8>>,
    /// Digest of the manifest.
    pub(crate) manifest: Digest,
}

/// What went to a registry.
pub(crate) struct Pushed {
    /// Digest of the pack's manifest.
    pub(crate) manifest: Digest,
    /// Digest of the signature's, where one went along.
    pub(crate) signature: Option<Digest>,
}

impl Place {
    /// Reads `REGISTRY/REPO:TAG` or `REGISTRY/REPO@sha256:DIGEST`; the tag is `latest` where there is none.
    pub(crate) fn parse(text: &str, args: &RegistryArgs) -> Result<Self> {
        let shown = untrusted(text, 200);
        ensure!(text.len() <= FIXED.reference_bytes_max, "`{shown}` is longer than {} bytes", FIXED.reference_bytes_max);
        let host = text.split_once('/').map_or("", |(host, _)| host);
        let is_host = host.contains(['.', ':']) || host == "localhost";
        ensure!(is_host, "`{shown}` names no registry; write it first, as in `ghcr.io/owner/packs/library:1`");
        let reference: Reference = text.parse().with_context(|| format!("`{shown}` is no reference to a registry"))?;
        let loopback = is_loopback(reference.resolve_registry());
        if args.plain_http && !loopback && !args.plain_http_anywhere {
            bail!("`{host}` is not on this machine; `--plain-http-anywhere` speaks HTTP without TLS to it");
        }
        let plain = args.plain_http || args.plain_http_anywhere;
        let mut credentials = Credentials::of_environment()?;
        if plain && !loopback {
            credentials = None;
        }
        Ok(Self { reference, plain, loopback, credentials })
    }

    /// As it is written in full.
    pub(crate) fn name(&self) -> String {
        self.reference.whole()
    }

    fn url(&self, kind: &str, name: &str) -> Result<Url> {
        let scheme = if self.plain { "http" } else { "https" };
        let (registry, repository) = (self.reference.resolve_registry(), self.reference.repository());
        Url::parse(&format!("{scheme}://{registry}/v2/{repository}/{kind}/{name}")).context("this is no address of a registry")
    }

    fn http(&self) -> Result<Http> {
        Http::new(Reach { plain: self.plain, loopback: self.loopback, credentials: self.credentials.clone() })
    }

    /// Fetches the pack that lies here.
    pub(crate) fn pull(&self) -> Result<Pulled> {
        bounded(self.fetch()).with_context(|| format!("cannot pull `{}`", self.name()))
    }

    async fn fetch(&self) -> Result<Pulled> {
        let mut http = self.http()?;
        let name = self.reference.digest().or(self.reference.tag()).unwrap_or("latest");
        let manifest = self.manifest(&mut http, name).await?.context("the registry does not have it")?;
        let digest = Digest::of(&manifest);
        if let Some(wanted) = self.reference.digest() {
            ensure!(wanted == artifact::oci_digest(digest), "the registry sends a manifest with digest sha256:{digest}");
        }
        let (config, layer) = artifact::read_pack_manifest(&manifest)?;
        artifact::check_config(&self.blob(&mut http, &config).await?, &layer)?;
        let pack = self.blob(&mut http, &layer).await?;
        let signature = match self.manifest(&mut http, &artifact::signature_tag(digest)).await? {
            Some(manifest) => Some(self.blob(&mut http, &artifact::read_signature_manifest(&manifest)?).await?),
            None => None,
        };
        Ok(Pulled { pack, signature, manifest: digest })
    }

    async fn manifest(&self, http: &mut Http, name: &str) -> Result<Option<Vec<u8>>> {
        let url = self.url("manifests", name)?;
        let Some(answer) = http.get(&url, MANIFEST_TYPE, FIXED.registry_document_bytes_max).await? else { return Ok(None) };
        let found = answer.media_type();
        ensure!(found == MANIFEST_TYPE, "`{url}` is of type `{}`, not `{MANIFEST_TYPE}`", untrusted(found, 100));
        Ok(Some(answer.body))
    }

    async fn blob(&self, http: &mut Http, descriptor: &Descriptor) -> Result<Vec<u8>> {
        let url = self.url("blobs", &artifact::oci_digest(descriptor.digest))?;
        let Answer { body, .. } = http.get(&url, "*/*", descriptor.bytes).await?.context("the registry lacks a part of it")?;
        ensure!(body.len() == descriptor.bytes, "`{url}` has {} bytes, and its manifest says {}", body.len(), descriptor.bytes);
        let found = Digest::of(&body);
        ensure!(found == descriptor.digest, "`{url}` has the digest sha256:{found}");
        Ok(body)
    }

    /// Sends a pack here, and its signature where there is one, and looks whether it arrived.
    pub(crate) fn push(&self, pack: &[u8], manifest: &Manifest, signature: Option<&[u8]>) -> Result<Pushed> {
        ensure!(self.reference.digest().is_none(), "`{}` is a digest; a pack is pushed to a tag", self.name());
        let artifact = artifact::of_pack(pack, manifest)?;
        bounded(self.send_all(&artifact, signature)).with_context(|| format!("cannot push to `{}`", self.name()))
    }

    async fn send_all(&self, pack: &Artifact, signature: Option<&[u8]>) -> Result<Pushed> {
        let client = self.client()?;
        let auth = match &self.credentials {
            Some(credentials) => RegistryAuth::Basic(credentials.user.clone(), credentials.password.clone()),
            None => RegistryAuth::Anonymous,
        };
        client.auth(&self.reference, &auth, RegistryOperation::Push).await.context("the registry does not let us in")?;
        let manifest = self.send(&client, &self.reference, pack).await?;
        let mut sent = Pushed { manifest, signature: None };
        if let Some(signature) = signature {
            let tag = artifact::signature_tag(manifest);
            let reference = Reference::with_tag(self.reference.registry().to_owned(), self.reference.repository().to_owned(), tag);
            let artifact = artifact::of_signature(signature, &pack.manifest)?;
            sent.signature = Some(self.send(&client, &reference, &artifact).await.context("cannot push the signature")?);
        }
        let arrived = self.manifest(&mut self.http()?, &artifact::oci_digest(manifest)).await?;
        ensure!(arrived.as_ref() == Some(&pack.manifest), "the registry took the pack and does not give it back");
        Ok(sent)
    }

    async fn send(&self, client: &Client, to: &Reference, artifact: &Artifact) -> Result<Digest> {
        for content in [&artifact.config, &artifact.layer] {
            let digest = artifact::oci_digest(Digest::of(content));
            if !client.blob_exists(to, &digest).await.unwrap_or(false) {
                client.push_blob(to, content.clone(), &digest).await.with_context(|| format!("cannot send {digest}"))?;
            }
        }
        let media_type = HeaderValue::from_static(MANIFEST_TYPE);
        client.push_manifest_raw(to, artifact.manifest.clone(), media_type).await.context("cannot send the manifest")?;
        Ok(Digest::of(&artifact.manifest))
    }

    fn client(&self) -> Result<Client> {
        let silence = Some(Duration::from_millis(FIXED.registry_silence_ms_max));
        let protocol = if self.plain { ClientProtocol::Http } else { ClientProtocol::Https };
        let config = ClientConfig {
            protocol,
            read_timeout: silence,
            connect_timeout: silence,
            user_agent: concat!("wardian/", env!("CARGO_PKG_VERSION")),
            ..ClientConfig::default()
        };
        Client::try_from(config).context("cannot set up HTTP")
    }
}

/// True where a registry's address is this machine.
fn is_loopback(registry: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{registry}/")) else { return false };
    let host = url.host_str().unwrap_or_default();
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Runs `work` to its end, to the limit on its time, or to Ctrl-C.
fn bounded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let limit = Duration::from_millis(FIXED.registry_transfer_ms_max);
    let work = async { tokio::time::timeout(limit, work).await.context("it takes too long")? };
    network::runtime()?.block_on(network::until_interrupt(work))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECURE: RegistryArgs = RegistryArgs { plain_http: false, plain_http_anywhere: false };
    const PLAIN: RegistryArgs = RegistryArgs { plain_http: true, plain_http_anywhere: false };
    const ANYWHERE: RegistryArgs = RegistryArgs { plain_http: false, plain_http_anywhere: true };

    #[test]
    fn plain_http_stays_on_this_machine() {
        for here in ["localhost:5000/a/b:1", "127.0.0.1:5000/a/b"] {
            let place = Place::parse(here, &PLAIN).unwrap_or_else(|error| panic!("{here}: {error:#}"));
            assert!(place.plain && place.loopback, "{here}");
        }
        for there in ["ghcr.io/a/b:1", "localhost.example:5000/a/b", "127.0.0.1.example/a/b", "10.0.0.1:5000/a/b"] {
            assert!(Place::parse(there, &PLAIN).is_err(), "{there}");
            assert!(Place::parse(there, &ANYWHERE).is_ok_and(|place| place.plain && place.credentials.is_none()), "{there}");
            assert!(Place::parse(there, &SECURE).is_ok_and(|place| !place.plain), "{there}");
        }
    }

    #[test]
    fn a_registry_must_be_named() {
        for wrong in ["library", "library:1", "owner/library:1", "", "localhost:5000", "localhost:5000/A/b", "http://localhost/a/b"] {
            assert!(Place::parse(wrong, &SECURE).is_err(), "`{wrong}`");
        }
        let place = Place::parse("ghcr.io/owner/library", &SECURE).expect("a place");
        assert_eq!(place.name(), "ghcr.io/owner/library:latest");
    }
}
