use super::*;
use crate::diagnostic::Code;

const SECRETS: &str = r#"
quay.io/team=alice:p:w=d
apps/quay=quay.io=bob:builder
apps/quay=ghcr.io=bob:token
---
apiVersion: v1
kind: Secret
metadata: {name: pull, namespace: apps}
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{"auths":{"*.azurecr.io":{"username":"u","password":"glob"},"x.azurecr.io/a":{"username":"u","password":"path"}}}'
---
apiVersion: v1
kind: List
items:
- kind: Secret
  metadata: {name: anywhere}
  type: kubernetes.io/dockercfg
  data: {.dockercfg: eyJoLmlvIjp7ImF1dGgiOiJkVHB3In19}
- kind: Secret
  metadata: {name: basic, namespace: apps}
  type: kubernetes.io/basic-auth
  data: {username: dQ==, password: cA==}
- kind: Secret
  metadata: {name: tls, namespace: apps}
  type: kubernetes.io/tls
"#;

const CONFIG: &str = r#"{
  "auths": {
    "https://index.docker.io/v1/": {"auth": "aHViOmh1YnB3"},
    "r.io": {"username": "field", "password": "pw", "auth": "YXV0aDpwdw"},
    "r.io/deep/er": {"username": "deep", "password": "pw"},
    "empty.io": {},
    "acr.io": {"username": "<token>", "password": "refresh"},
    "id.io": {"auth": "dTo=", "identitytoken": "identity"},
    "bear.io": {"registrytoken": "bearer"},
    "stored.io": {}
  },
  "credHelpers": {"gcr.io": "gcloud"},
  "credsStore": "desktop"
}"#;

fn keychain(configs: &[&str], token: Option<&str>) -> Keychain {
    let configs = configs
        .iter()
        .map(|text| ConfigText { name: "`config.json`".into(), text: Secret::new(*text) })
        .collect();
    let sources = Sources {
        secrets: Some(Secret::new(SECRETS)),
        configs,
        github_token: token.map(Secret::new),
    };
    let (keychain, problems) = Keychain::new(&sources);
    assert_eq!(problems, []);
    keychain
}

/// A credential as one word, for tables.
fn word(credential: &Credential) -> String {
    match credential {
        Credential::Anonymous => "-".to_owned(),
        Credential::Basic { username, password } => format!("{username}:{}", password.expose()),
        Credential::IdentityToken(token) => format!("identity {}", token.expose()),
        Credential::RegistryToken(token) => format!("bearer {}", token.expose()),
    }
}

#[test]
fn the_first_source_with_a_login_serves() {
    let keychain = keychain(&[CONFIG], Some("gh"));
    #[rustfmt::skip]
    let rows: &[(&str, &str, Option<&str>, &str, &str)] = &[
        // host            repository       secret             credential           from
        ("quay.io",        "team/app",      Some("quay"),      "bob:builder",       "the Secret `apps/quay` of `--secrets`"),
        ("quay.io",        "team/app",      None,              "alice:p:w=d",       "the entry `quay.io/team` of `--secrets`"),
        ("quay.io",        "teams/app",     None,              "-",                 "no login"),
        ("ghcr.io",        "a/b",           Some("quay"),      "bob:token",         "the Secret `apps/quay` of `--secrets`"),
        ("ghcr.io",        "a/b",           None,              "x-access-token:gh", "`GITHUB_TOKEN`"),
        ("GHCR.io",        "a/b",           None,              "x-access-token:gh", "`GITHUB_TOKEN`"),
        ("ghcr.io.evil.io", "a/b",          None,              "-",                 "no login"),
        ("y.azurecr.io",   "a",             Some("pull"),      "u:glob",            "the Secret `apps/pull` of `--secrets`"),
        ("x.azurecr.io",   "a/b",           Some("pull"),      "u:path",            "the Secret `apps/pull` of `--secrets`"),
        ("h.io",           "a",             Some("anywhere"),  "u:p",               "the Secret `apps/anywhere` of `--secrets`"),
        ("any.io",         "a",             Some("basic"),     "u:p",               "the Secret `apps/basic` of `--secrets`"),
        ("index.docker.io", "library/x",    None,              "hub:hubpw",         "the login `https://index.docker.io/v1/` of `config.json`"),
        ("r.io",           "a",             None,              "auth:pw",           "the login `r.io` of `config.json`"),
        ("r.io",           "deep/er/x",     None,              "deep:pw",           "the login `r.io/deep/er` of `config.json`"),
        ("acr.io",         "a",             None,              "identity refresh",  "the login `acr.io` of `config.json`"),
        ("id.io",          "a",             None,              "identity identity", "the login `id.io` of `config.json`"),
        ("bear.io",        "a",             None,              "bearer bearer",     "the login `bear.io` of `config.json`"),
        ("other.io",       "a",             None,              "-",                 "no login"),
    ];
    for (host, repository, secret, credential, from) in rows {
        let secret = secret.map(|name| NamespacedName::new("apps", name));
        let resolved = keychain.resolve(host, repository, secret.as_ref()).unwrap();
        let actual = (word(&resolved.credential), resolved.source.to_string());
        assert_eq!(actual, ((*credential).to_owned(), (*from).to_owned()), "{host}/{repository}");
        assert!(!format!("{resolved:?}").contains("pw"), "{resolved:?}");
    }
}

#[test]
fn what_is_unlike_flux_or_lacking_is_noted() {
    let keychain = keychain(&[r#"{"auths":{"docker.io":{"username":"u","password":"p"}}}"#], None);
    let name = |text: &str| NamespacedName::new("apps", text);
    #[rustfmt::skip]
    let rows: &[(&str, Option<&str>, &str, &str)] = &[
        ("index.docker.io", None,           "u:p", "the login is kept under `docker.io`, which Flux ignores; its key is `https://index.docker.io/v1/`"),
        ("h.io",            Some("nobody"), "-",   "the Secret `apps/nobody` is not given in `--secrets`"),
        ("index.docker.io", Some("nobody"), "u:p", "the Secret `apps/nobody` is not given in `--secrets`"),
        ("h.io",            Some("tls"),    "-",   "the Secret `apps/tls` holds no login for this image"),
        ("h.io",            Some("pull"),   "-",   "the Secret `apps/pull` holds no login for this image"),
        ("h.io",            Some("basic"),  "u:p", "the Secret `apps/basic` is of type `kubernetes.io/basic-auth`, which Flux ignores"),
    ];
    for (host, secret, credential, note) in rows {
        let secret = secret.map(name);
        let resolved = keychain.resolve(host, "a", secret.as_ref()).unwrap();
        assert_eq!(word(&resolved.credential), *credential, "{host}");
        assert_eq!(resolved.note.unwrap().to_string(), *note);
    }
    // A Secret of another namespace is another one.
    let other = NamespacedName::new("other", "pull");
    let resolved = keychain.resolve("x.azurecr.io", "a", Some(&other)).unwrap();
    assert_eq!(resolved.note, Some(Note::SecretNotGiven(other)));
}

#[test]
fn a_helper_is_named_and_not_run() {
    let keychain = keychain(&[CONFIG], None);
    let error = keychain.resolve("gcr.io", "a", None).unwrap_err();
    let diagnostic = Diagnostic::of(&error);
    assert_eq!(diagnostic.code, Code::RegistryCredentials);
    assert_eq!(
        diagnostic.message,
        "the login for `gcr.io` is kept by the credential helper `docker-credential-gcloud`, \
         named in `config.json`, which is not run"
    );
    assert_eq!(
        diagnostic.hint.unwrap(),
        "give the login itself: a line `gcr.io=USER:PASSWORD` in `--secrets`, or a docker config \
         with `auths` in `--registry-config`"
    );
    // A store is asked for hosts that somebody logged in to: there docker leaves `{}`.
    assert!(keychain.resolve("stored.io", "a", None).is_err());
    assert!(keychain.resolve("unknown.io", "a", None).is_ok());
}

#[test]
fn what_cannot_be_read_is_told_without_quoting_it() {
    #[rustfmt::skip]
    let secrets: &[(&str, &str)] = &[
        ("h.io=hunter2",                "line 1 of `--secrets` is neither YAML nor a login"),
        ("word=u:hunter2",              "line 1 of `--secrets` is neither YAML nor a login"),
        ("a/b=word=u:hunter2",          "line 1 of `--secrets` is neither YAML nor a login"),
        ("hunter2",                     "document 1 of `--secrets` is no YAML of a Secret"),
        ("kind: [hunter2",              "document 1 of `--secrets` is no YAML of a Secret"),
        ("kind: ConfigMap",             "document 1 of `--secrets` is no YAML of a Secret"),
        ("kind: Secret\nmetadata: {name: s}\nsops: {mac: x}", "the Secret `s` of `--secrets` is encrypted by SOPS"),
        ("kind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/dockerconfigjson\ndata: {.dockerconfigjson: '%'}",
         "the Secret `s` of `--secrets` holds no readable `.dockerconfigjson`"),
        ("kind: Secret\nmetadata: {name: s}\ntype: kubernetes.io/dockercfg\nstringData: {.dockercfg: '{\"a\":\"hunter2\"}'}",
         "the Secret `s` of `--secrets` cannot be read: line 1, column 14 is not as expected"),
    ];
    for (text, message) in secrets {
        let sources = Sources { secrets: Some(Secret::new(*text)), ..Sources::default() };
        let (_, problems) = Keychain::new(&sources);
        let messages: Vec<&str> = problems.iter().map(|it| it.message.as_str()).collect();
        assert_eq!(messages, [*message], "{text}");
    }
    #[rustfmt::skip]
    let configs: &[(&str, &str)] = &[
        (r#"{"auths":{"h.io":"hunter2"}}"#,              "`c` cannot be read: line 1, column 26 is not as expected"),
        (r#"{"auths":{"h.io":{"auth":"hunter2"}}}"#,     "the `auth` of `h.io` in `c` is not base64 of `user:password`"),
        (r#"{"auths":{"h.io":{"auth":"aHVudGVyMg=="}}}"#, "the `auth` of `h.io` in `c` is not base64 of `user:password`"),
    ];
    for (text, message) in configs {
        let config = ConfigText { name: "`c`".into(), text: Secret::new(*text) };
        let (_, problems) = Keychain::new(&Sources { configs: vec![config], ..Sources::default() });
        assert_eq!(problems[0].message, *message, "{text}");
        assert!(!format!("{problems:?}").contains("hunter2"));
    }
    let empty = ConfigText { name: "`c`".into(), text: Secret::new(" \n") };
    assert_eq!(Keychain::new(&Sources { configs: vec![empty], ..Sources::default() }).1, []);
}
