use super::*;

fn anonymous() -> CredentialSource {
    CredentialSource::Anonymous
}

fn config() -> CredentialSource {
    CredentialSource::RegistryConfig { name: "`~/.docker/config.json`".into(), key: "r.io".into() }
}

fn told(registry: &str, secret: Option<&str>, problem: Problem) -> String {
    let scan = Scan {
        registry: registry.to_owned(),
        repository: "team/app".to_owned(),
        insecure: false,
        secret: secret.map(|name| NamespacedName::new("apps", name)),
        timeout: None,
    };
    let error = RegistryError::new(&scan, problem);
    format!("{}: {error}\nhelp: {}\n", error.code(), error.help().unwrap_or_default())
}

#[test]
fn refusals_name_the_login_and_the_mend() {
    let refused = |login| Problem::Unauthorized {
        by: "r.io".into(),
        login,
        anonymous_too: false,
        status: 401,
        words: "denied".into(),
    };
    let secret = CredentialSource::Secret(NamespacedName::new("apps", "pull"));
    let entry = CredentialSource::HostEntry { key: "r.io/team".into() };
    let missing = Problem::NotFound {
        missing: Missing::Tag(Tag::new("1.0").unwrap()),
        login: config(),
        words: "".into(),
    };
    let text = [
        told("r.io", None, refused(anonymous())),
        told("r.io", Some("pull"), refused(anonymous())),
        told("ghcr.io", None, refused(anonymous())),
        told("ghcr.io", None, refused(CredentialSource::GithubToken)),
        told("r.io", Some("pull"), refused(secret)),
        told("r.io", None, refused(entry)),
        told("r.io", None, refused(config())),
        told("1.dkr.ecr.eu-west-1.amazonaws.com", None, refused(config())),
        told("r.io", None, missing),
    ]
    .join("\n");
    insta::assert_snapshot!(text, @r"
    registry/unauthorized: cannot read `r.io/team/app`: `r.io` wants a login, or has no such repository (401): denied
    help: log in to `r.io` first: `docker/login-action`, or a line `r.io=USER:PASSWORD` in `--secrets`

    registry/unauthorized: cannot read `r.io/team/app`: `r.io` wants a login, or has no such repository (401): denied
    help: give the Secret `apps/pull` in `--secrets`, or log in to `r.io` first: `docker/login-action`, or a line `r.io=USER:PASSWORD` in `--secrets`

    registry/unauthorized: cannot read `ghcr.io/team/app`: `r.io` wants a login, or has no such repository (401): denied
    help: log in to `ghcr.io` first: set `GITHUB_TOKEN` and `permissions: packages: read`

    registry/unauthorized: cannot read `ghcr.io/team/app`: `r.io` refuses `GITHUB_TOKEN` (401): denied
    help: set `permissions: packages: read`, and let the package admit this repository (package settings, Manage Actions access); a package of somebody else needs a personal access token with `read:packages` in `--secrets`

    registry/unauthorized: cannot read `r.io/team/app`: `r.io` refuses the Secret `apps/pull` of `--secrets` (401): denied
    help: renew what `--secrets` gives for `apps/pull`: it must be let in at `r.io`

    registry/unauthorized: cannot read `r.io/team/app`: `r.io` refuses the entry `r.io/team` of `--secrets` (401): denied
    help: renew the entry for `r.io` in `--secrets`

    registry/unauthorized: cannot read `r.io/team/app`: `r.io` refuses the login `r.io` of `~/.docker/config.json` (401): denied
    help: log in again to `r.io`, with a login that may read the repository

    registry/unauthorized: cannot read `1.dkr.ecr.eu-west-1.amazonaws.com/team/app`: `r.io` refuses the login `r.io` of `~/.docker/config.json` (401): denied
    help: log in again with `aws-actions/amazon-ecr-login`: its tokens live for 12 hours

    registry/not-found: cannot read `r.io/team/app`: the tag `1.0` does not exist, or may not be read with the login `r.io` of `~/.docker/config.json`
    help: correct `spec.image`, or if it is private: log in again to `r.io`, with a login that may read the repository
    ");
}

#[test]
fn faults_are_told_with_the_mend() {
    let host = || Box::from("r.io");
    let limited = |wait| Problem::RateLimited { by: host(), wait, words: "slow down".into() };
    let text = [
        told("r.io", None, limited(Some(Duration::from_millis(90_500)))),
        told("docker.io", None, limited(None)),
        told("r.io", None, Problem::Timeout { step: Step::Token, after: Duration::from_mins(5) }),
        told("r.io", None, Problem::Slow { by: host(), after: Duration::from_secs(30) }),
        told("r.io", None, Problem::Unresolvable { host: host(), temporary: false }),
        told("r.io", None, Problem::ConnectionRefused { host: host() }),
        told("r.io", None, Problem::Certificate { host: host(), detail: "UnknownIssuer".into() }),
        told("r.io", None, Problem::NotTls { host: host() }),
        told("r.io", None, Problem::Broken { host: host(), detail: "connection reset".into() }),
        told("r.io", None, Problem::ServerFault { by: host(), status: 503, words: "".into() }),
        told(
            "r.io",
            None,
            Problem::misled("token service", "http://evil/\n", "it is not encrypted"),
        ),
        told("r.io", None, Problem::misled("redirect", "http://evil/", "it is not encrypted")),
        told("r.io", None, Problem::ForbiddenAddress { host: host() }),
        told("r.io", None, Problem::malformed("r.io", "it is no JSON")),
        told("r.io", None, Problem::Unexpected { by: host(), status: 418, words: "".into() }),
        told(
            "r.io",
            None,
            Problem::Digest {
                tag: Tag::new("1.0").unwrap(),
                detail: "it is not that of the manifest that came with it".into(),
            },
        ),
        told("r io", None, Problem::InvalidHost { host: "r io".into() }),
    ]
    .join("\n");
    insta::assert_snapshot!(text, @r"
    registry/rate-limited: cannot read `r.io/team/app`: `r.io` wants fewer requests, and a pause of 90 s: slow down
    help: run less often, or lower `--concurrency`

    registry/rate-limited: cannot read `docker.io/team/app`: `r.io` wants fewer requests: slow down
    help: log in to Docker Hub first, e.g. with `docker/login-action`: pulls without a login are counted per address, and runners share theirs

    registry/timeout: cannot read `r.io/team/app`: it was not done within 300 s, while a token was being fetched
    help: raise `--scan-timeout`, and `spec.timeout` of the ImageRepository where it is set

    registry/timeout: cannot read `r.io/team/app`: `r.io` did not answer within 30 s
    help: try again later, or raise `--timeout`

    registry/unreachable: cannot read `r.io/team/app`: the name `r.io` cannot be resolved
    help: correct the host in `spec.image`; a registry inside a cluster's network needs a runner there

    registry/unreachable: cannot read `r.io/team/app`: `r.io` refused the connection
    help: correct the port in `spec.image`, or run where the registry can be reached

    registry/unreachable: cannot read `r.io/team/app`: the certificate of `r.io` is not trusted: UnknownIssuer
    help: name the registry's authority in `SSL_CERT_FILE`, or correct the certificate

    registry/unreachable: cannot read `r.io/team/app`: `r.io` does not speak TLS
    help: set `spec.insecure: true` on the ImageRepository, or give the registry a certificate

    registry/unreachable: cannot read `r.io/team/app`: the connection to `r.io` broke: connection reset
    help: try again later; the fault is the registry's, or a proxy's before it

    registry/unreachable: cannot read `r.io/team/app`: `r.io` answered with a fault (503)
    help: try again later; the fault is the registry's, or a proxy's before it

    registry/malformed: cannot read `r.io/team/app`: the registry's token service `http://evil/` is not followed: it is not encrypted
    help: see whether `r.io` is a registry, and tell its operator

    registry/malformed: cannot read `r.io/team/app`: the registry's redirect `http://evil/` is not followed: it is not encrypted
    help: name the host that is redirected to in `spec.image`

    registry/malformed: cannot read `r.io/team/app`: `r.io` lies at an address that is not asked
    help: correct `spec.image`

    registry/malformed: cannot read `r.io/team/app`: the answer of `r.io` is unusable: it is no JSON
    help: see whether `r.io` is a registry, and tell its operator

    registry/malformed: cannot read `r.io/team/app`: `r.io` answered 418
    help: see whether `r.io` is a registry, and tell its operator

    policy/digest-failed: cannot read `r.io/team/app`: the digest of tag `1.0` is refused: it is not that of the manifest that came with it
    help: do not deploy this tag; tell the registry's operator what it answers

    registry/malformed: cannot read `r io/team/app`: `r io` is no host that a registry can have
    help: correct `spec.image`
    ");
}
