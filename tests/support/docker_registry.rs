//! Debian's `docker-registry` (distribution 2.8), started by the test.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use oci_distribution::manifest::{
    OCI_IMAGE_INDEX_MEDIA_TYPE, OCI_IMAGE_MEDIA_TYPE, OciDescriptor, OciImageIndex,
    OciImageManifest,
};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use tokio::process::{Child, Command};

use super::digest;

/// What is missing where a program is.
const INSTALL: &str = "apt-get install docker-registry skopeo";

/// The user that [`DockerRegistry::with_login`] knows.
pub const USER: &str = "alice";
/// Her password.
pub const PASSWORD: &str = "wonderland";
/// Both, as htpasswd keeps them (bcrypt with its lowest cost).
const HTPASSWD: &str = "alice:$2y$05$SaltSaltSaltSaltSaltSu/F9TdK7fJ4tPEMNhnYk7RbQMgHDWJiK\n";

/// A running registry and its folder. Both go when it is dropped.
pub struct DockerRegistry {
    port: u16,
    login: bool,
    folder: tempfile::TempDir,
    _server: Child,
}

impl DockerRegistry {
    /// Starts an empty registry that everybody may read and write.
    pub async fn start() -> Self {
        Self::run(tempfile::tempdir().unwrap(), false, "").await
    }

    /// Starts one that [`USER`] alone may read and write, by Basic.
    pub async fn with_login() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("htpasswd");
        std::fs::write(&path, HTPASSWD).unwrap();
        let auth = format!("auth: {{htpasswd: {{realm: basic-realm, path: {}}}}}", path.display());
        Self::run(folder, true, &auth).await
    }

    /// Starts one that wants tokens of `issuer.test` for `registry.test`, got
    /// at the realm and signed by a key of the bundle. It can be filled
    /// through another registry on the same folder: see [`Self::folder`].
    pub async fn with_tokens(folder: tempfile::TempDir, realm: &str, bundle: &Path) -> Self {
        let auth = format!(
            "auth: {{token: {{realm: \"{realm}\", service: registry.test, issuer: issuer.test, rootcertbundle: {}}}}}",
            bundle.display()
        );
        Self::run(folder, false, &auth).await
    }

    /// Starts one that speaks TLS, with a key and a certificate in PEM. It can
    /// be filled before that, through another registry on the same folder.
    pub async fn with_certificate(
        folder: tempfile::TempDir,
        key: &Path,
        certificate: &Path,
    ) -> Self {
        let tls =
            format!("  tls: {{key: {}, certificate: {}}}", key.display(), certificate.display());
        Self::run(folder, false, &tls).await
    }

    async fn run(folder: tempfile::TempDir, login: bool, auth: &str) -> Self {
        let port = free_port();
        let config = folder.path().join("config.yml");
        let text = format!(
            "version: 0.1\nlog: {{level: error, accesslog: {{disabled: true}}}}\n\
             storage: {{filesystem: {{rootdirectory: {}}}}}\n\
             http:\n  addr: \"127.0.0.1:{port}\"\n{auth}\n",
            folder.path().join("data").display()
        );
        std::fs::write(&config, text).unwrap();
        let server = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("docker-registry: {error}: {INSTALL}"));
        let registry = Self { port, login, folder, _server: server };
        for _ in 0..200 {
            if client().get(registry.url("/v2/")).send().await.is_ok() {
                return registry;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("docker-registry did not start");
    }

    /// `127.0.0.1:PORT`, as an image names it.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Stops the registry and gives its folder to another one.
    pub fn into_folder(self) -> tempfile::TempDir {
        self.folder
    }

    /// Puts an image there, with content of its own for every tag, and
    /// returns the digest of its manifest.
    pub async fn push(&self, repository: &str, tag: &str) -> String {
        let manifest = self.image(repository, &format!("{repository}:{tag}")).await;
        self.put_manifest(repository, tag, OCI_IMAGE_MEDIA_TYPE, manifest).await.digest
    }

    /// Puts an index over two platforms there, and returns its digest.
    pub async fn push_index(&self, repository: &str, tag: &str) -> String {
        let mut manifests = Vec::new();
        for platform in ["amd64", "arm64"] {
            let manifest = self.image(repository, &format!("{repository}:{tag} {platform}")).await;
            let put = self
                .put_manifest(repository, &digest(&manifest), OCI_IMAGE_MEDIA_TYPE, manifest)
                .await;
            let mut entry: serde_json::Value = serde_json::to_value(&put).unwrap();
            entry["platform"] = serde_json::json!({"architecture": platform, "os": "linux"});
            manifests.push(serde_json::from_value(entry).unwrap());
        }
        let index = OciImageIndex {
            schema_version: 2,
            media_type: Some(OCI_IMAGE_INDEX_MEDIA_TYPE.to_owned()),
            manifests,
            artifact_type: None,
            annotations: None,
        };
        let index = serde_json::to_vec(&index).unwrap();
        self.put_manifest(repository, tag, OCI_IMAGE_INDEX_MEDIA_TYPE, index).await.digest
    }

    /// The manifest of an image whose configuration holds the text.
    async fn image(&self, repository: &str, text: &str) -> Vec<u8> {
        let config = serde_json::json!({
            "architecture": "amd64", "os": "linux", "author": text,
            "rootfs": {"type": "layers", "diff_ids": []},
        });
        let config = serde_json::to_vec(&config).unwrap();
        let config = self.put_blob(repository, "application/vnd.oci.image.config.v1+json", config);
        let manifest = OciImageManifest {
            media_type: Some(OCI_IMAGE_MEDIA_TYPE.to_owned()),
            config: config.await,
            layers: Vec::new(),
            ..OciImageManifest::default()
        };
        serde_json::to_vec(&manifest).unwrap()
    }

    async fn put_blob(
        &self,
        repository: &str,
        media_type: &str,
        content: Vec<u8>,
    ) -> OciDescriptor {
        let descriptor = descriptor(media_type, &content);
        let start = self.url(&format!("/v2/{repository}/blobs/uploads/"));
        let started = self.sent(client().post(start)).await;
        let location = started.headers()[LOCATION].to_str().unwrap().to_owned();
        let put = client().put(location).query(&[("digest", &descriptor.digest)]);
        self.sent(put.body(content)).await;
        descriptor
    }

    async fn put_manifest(
        &self,
        repository: &str,
        reference: &str,
        media_type: &str,
        content: Vec<u8>,
    ) -> OciDescriptor {
        let descriptor = descriptor(media_type, &content);
        let url = self.url(&format!("/v2/{repository}/manifests/{reference}"));
        self.sent(client().put(url).header(CONTENT_TYPE, media_type).body(content)).await;
        descriptor
    }

    /// Fills a tag by skopeo, from an image laid out in a folder.
    pub async fn push_by_skopeo(&self, repository: &str, tag: &str) -> String {
        let layout = self.folder.path().join("layout");
        let digest = lay_out(&layout, tag);
        let mut skopeo = Command::new("skopeo");
        skopeo.args(["--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false"]);
        if self.login {
            skopeo.arg(format!("--dest-creds={USER}:{PASSWORD}"));
        }
        let status = skopeo
            .arg(format!("oci:{}:{tag}", layout.display()))
            .arg(format!("docker://{}/{repository}:{tag}", self.host()))
            .stdin(Stdio::null())
            .status()
            .await
            .unwrap_or_else(|error| panic!("skopeo: {error}: {INSTALL}"));
        assert!(status.success(), "skopeo: {status}");
        digest
    }

    async fn sent(&self, request: reqwest::RequestBuilder) -> reqwest::Response {
        let request = if self.login { request.basic_auth(USER, Some(PASSWORD)) } else { request };
        request.send().await.unwrap().error_for_status().unwrap()
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host())
    }
}

fn client() -> reqwest::Client {
    flux_image_updates::http::client().unwrap()
}

/// A port that is free just now.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

fn descriptor(media_type: &str, content: &[u8]) -> OciDescriptor {
    OciDescriptor {
        media_type: media_type.to_owned(),
        digest: digest(content),
        size: i64::try_from(content.len()).unwrap(),
        ..OciDescriptor::default()
    }
}

/// Writes an OCI image layout with one image, and returns its manifest's digest.
fn lay_out(layout: &Path, tag: &str) -> String {
    let blobs: PathBuf = layout.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).unwrap();
    let put = |media_type: &str, content: Vec<u8>| {
        let descriptor = descriptor(media_type, &content);
        let hex = descriptor.digest.strip_prefix("sha256:").unwrap();
        std::fs::write(blobs.join(hex), content).unwrap();
        descriptor
    };
    let config = serde_json::json!({
        "architecture": "amd64", "os": "linux", "author": tag,
        "rootfs": {"type": "layers", "diff_ids": []},
    });
    let config =
        put("application/vnd.oci.image.config.v1+json", serde_json::to_vec(&config).unwrap());
    let manifest = serde_json::json!({
        "schemaVersion": 2, "mediaType": OCI_IMAGE_MEDIA_TYPE, "config": config, "layers": [],
    });
    let manifest = put(OCI_IMAGE_MEDIA_TYPE, serde_json::to_vec(&manifest).unwrap());
    let digest = manifest.digest.clone();
    let mut entry = serde_json::to_value(&manifest).unwrap();
    entry["annotations"] = serde_json::json!({"org.opencontainers.image.ref.name": tag});
    let index = serde_json::json!({"schemaVersion": 2, "manifests": [entry]});
    std::fs::write(layout.join("index.json"), index.to_string()).unwrap();
    std::fs::write(layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
    digest
}
