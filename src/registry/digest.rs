//! The digest that a tag stands for.

use oci_distribution::manifest::{
    IMAGE_MANIFEST_LIST_MEDIA_TYPE, IMAGE_MANIFEST_MEDIA_TYPE, OCI_IMAGE_INDEX_MEDIA_TYPE,
    OCI_IMAGE_MEDIA_TYPE,
};
use reqwest::header::HeaderValue;
use reqwest::{Method, StatusCode};
use sha2::{Digest as _, Sha256, Sha512};

use super::answer::{Ask, Reply};
use super::error::{Missing, Problem, Step};
use super::mend::is_docker_hub;
use super::visit::Visit;
use crate::http::shown;
use crate::oci::{Digest, Tag};

/// The largest manifest that is read (distribution's own limit).
const MANIFEST: usize = 4 * 1024 * 1024;

const SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+json";
/// The signed form: its digest is not that of its bytes.
const SIGNED_SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

/// Asks for a tag's digest: by HEAD, which Docker Hub does not count as a
/// pull, and by GET where that says too little.
pub(super) async fn fetch(visit: &Visit<'_>, tag: &Tag) -> Result<Digest, Problem> {
    visit.at(Step::Digest);
    let path = format!("v2/{}/manifests/{tag}", visit.scan.repository);
    let url = visit
        .origin()
        .await?
        .join(&path)
        .map_err(|_| Problem::InvalidHost { host: visit.host.name.clone() })?;
    visit.at(Step::Digest);
    let ask = Ask { accept: accept()?, ..Ask::get(url, MANIFEST) };
    let head = visit.ask(Ask { method: Method::HEAD, ..ask.clone() }).await?;
    if head.status.is_success() {
        if let Some(digest) = announced(&head) {
            return Ok(digest);
        }
    } else if is_docker_hub(&visit.scan.registry) && head.status != StatusCode::METHOD_NOT_ALLOWED {
        return Err(visit.refusal(&head, Missing::Tag(tag.clone())));
    }
    // A refused HEAD has no words; the same as GET has them.
    let reply = visit.ask(ask).await?;
    if !reply.status.is_success() {
        return Err(visit.refusal(&reply, Missing::Tag(tag.clone())));
    }
    measured(&reply, tag)
}

/// The types that are understood, in go-containerregistry's order. Without the
/// index types a registry says 404, or picks one platform's manifest.
fn accept() -> Result<HeaderValue, Problem> {
    let types = [
        SCHEMA_1,
        SIGNED_SCHEMA_1,
        IMAGE_MANIFEST_MEDIA_TYPE,
        OCI_IMAGE_MEDIA_TYPE,
        IMAGE_MANIFEST_LIST_MEDIA_TYPE,
        OCI_IMAGE_INDEX_MEDIA_TYPE,
    ];
    HeaderValue::from_str(&types.join(","))
        .map_err(|_| Problem::malformed("this program", "the media types are no header"))
}

fn announced(reply: &Reply) -> Option<Digest> {
    Digest::new(reply.header("docker-content-digest")?.trim())
}

/// The digest of the bytes, which must agree with the one that is announced.
fn measured(reply: &Reply, tag: &Tag) -> Result<Digest, Problem> {
    let announced = announced(reply);
    if reply.kind().starts_with(SIGNED_SCHEMA_1) {
        return announced.ok_or_else(|| Problem::Digest {
            tag: tag.clone(),
            detail: "a signed manifest came without its digest".into(),
        });
    }
    if serde_json::from_slice::<serde::de::IgnoredAny>(&reply.body).is_err() {
        let detail = format!("it is no manifest, but {}", shown(&reply.kind()));
        return Err(Problem::malformed(reply.by(), detail));
    }
    let is_sha512 = announced.as_ref().is_some_and(|it| it.as_str().starts_with("sha512:"));
    let measured = if is_sha512 {
        of_bytes("sha512", &Sha512::digest(&reply.body))
    } else {
        of_bytes("sha256", &Sha256::digest(&reply.body))
    };
    match (measured, announced) {
        (Some(measured), None) => Ok(measured),
        (Some(measured), Some(announced)) if measured == announced => Ok(measured),
        _ => Err(Problem::Digest {
            tag: tag.clone(),
            detail: "it is not that of the manifest that came with it".into(),
        }),
    }
}

fn of_bytes(algorithm: &str, hash: &[u8]) -> Option<Digest> {
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    Digest::new(&format!("{algorithm}:{hex}"))
}
