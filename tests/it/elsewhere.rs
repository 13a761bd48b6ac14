//! `examples/elsewhere`, for machines that are no runners: a `CronJob` whose fields
//! are those of Kubernetes and whose parts fit, a crontab that cron reads, and in
//! both arguments and variables that the program takes.

use std::{collections::BTreeMap, path::PathBuf};

use flux_image_updates::cli::{self, Environment, Settings};
use serde::Deserialize;
use serde_yaml::Value;

use crate::action::variables_read;

fn text(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(path).unwrap()
}

const IMAGE: &str = "ghcr.io/OWNER/flux-image-updates";

/// Zeros, which no image has: the reader puts in what `action/release.txt` says.
fn no_digest() -> String {
    format!("sha256:{}", "0".repeat(64))
}

/// The program takes these arguments with these variables, all of which it reads.
fn assert_taken(arguments: &[&str], variables: &BTreeMap<&str, String>) {
    let read = variables_read();
    for name in variables.keys() {
        assert!(read.contains(*name), "the program reads no `{name}`");
    }
    let environment: Environment =
        variables.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let typed = std::iter::once("flux-image-updates").chain(arguments.iter().copied());
    let args = cli::parse(typed.map(Into::into), &environment).unwrap();
    let settings = Settings::new(args, environment).unwrap();
    assert!(settings.token.is_some() && settings.repository.is_some(), "{settings:?}");
    assert_eq!(settings.server_url, "https://github.com");
}

/// Five fields, each a list of numbers within its bounds, or any.
fn assert_schedule(fields: &[&str]) {
    let bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 7)];
    assert_eq!(fields.len(), bounds.len(), "{fields:?}");
    for (field, (least, most)) in fields.iter().zip(bounds) {
        let is_within = |n: &str| n.parse::<u8>().is_ok_and(|n| n >= least && n <= most);
        assert!(*field == "*" || field.split(',').all(is_within), "{fields:?}");
    }
}

// The fields of batch/v1 and core/v1 that the example needs, and no others: a
// name that Kubernetes does not know is one that is not here.
macro_rules! fields {
    ($($name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {$(
        #[derive(Debug, Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        #[allow(clippy::struct_field_names, reason = "Kubernetes names them")]
        struct $name { $($field: $kind),* }
    )*};
}
fields! {
    CronJob { api_version: String, kind: String, metadata: Value, spec: CronJobSpec }
    CronJobSpec { schedule: String, concurrency_policy: String, job_template: JobTemplate }
    JobTemplate { spec: JobSpec }
    JobSpec { backoff_limit: u8, template: PodTemplate }
    PodTemplate { spec: PodSpec }
    PodSpec {
        restart_policy: String,
        automount_service_account_token: bool,
        security_context: PodSecurity,
        containers: Vec<Container>,
        volumes: Vec<Volume>,
    }
    PodSecurity {
        run_as_non_root: bool,
        run_as_user: u32,
        run_as_group: u32,
        fs_group: u32,
        seccomp_profile: Value,
    }
    Container {
        name: String,
        image: String,
        args: Vec<String>,
        env: Vec<Variable>,
        security_context: ContainerSecurity,
        resources: Value,
        volume_mounts: Vec<Mount>,
    }
    Variable { name: String, value: Option<String>, value_from: Option<ValueFrom> }
    ValueFrom { secret_key_ref: SecretKey }
    SecretKey { name: String, key: String }
    ContainerSecurity {
        allow_privilege_escalation: bool,
        read_only_root_filesystem: bool,
        capabilities: Value,
    }
    Mount { name: String, mount_path: String, read_only: Option<bool> }
    Volume { name: String, empty_dir: Option<Value>, secret: Option<SecretVolume> }
    SecretVolume { secret_name: String, optional: bool, items: Vec<Item> }
    Item { key: String, path: String }
}

#[test]
fn the_cron_job_starts_the_program_as_it_wants_to_be_started() {
    let job: CronJob = serde_yaml::from_str(&text("examples/elsewhere/cronjob.yaml")).unwrap();
    assert_eq!((&*job.api_version, &*job.kind), ("batch/v1", "CronJob"));
    assert_schedule(&job.spec.schedule.split(' ').collect::<Vec<_>>());
    assert_eq!(job.spec.concurrency_policy, "Forbid");
    assert_eq!(job.spec.job_template.spec.backoff_limit, 0);
    let pod = job.spec.job_template.spec.template.spec;
    assert_eq!(pod.restart_policy, "Never");
    assert!(!pod.automount_service_account_token && pod.security_context.run_as_non_root);
    assert!(pod.security_context.run_as_user > 0 && pod.security_context.run_as_group > 0);
    // What lies in `scratch` and in the Secret is the group's.
    assert_eq!(pod.security_context.fs_group, pod.security_context.run_as_group);
    let [container] = &pod.containers[..] else { panic!("{:?}", pod.containers) };
    assert_eq!(container.image, format!("{IMAGE}@{}", no_digest()));
    let security = &container.security_context;
    assert!(security.read_only_root_filesystem && !security.allow_privilege_escalation);

    let variables: BTreeMap<&str, String> = container
        .env
        .iter()
        .map(|variable| match (&variable.value, &variable.value_from) {
            (Some(value), None) => (&*variable.name, value.clone()),
            (None, Some(from)) => {
                let SecretKey { name, key } = &from.secret_key_ref;
                assert_eq!((&**name, &**key), ("flux-image-updates", "token"));
                (&*variable.name, "a token".to_owned())
            }
            _ => panic!("{variable:?}"),
        })
        .collect();
    let arguments: Vec<&str> = container.args.iter().map(String::as_str).collect();
    assert_taken(&arguments, &variables);

    // The root is read-only: what is written and read is a mounted volume.
    let mounted = |path: &str| {
        let mount = container.volume_mounts.iter().find(|mount| mount.mount_path == path).unwrap();
        (mount, pod.volumes.iter().find(|volume| volume.name == mount.name).unwrap())
    };
    let (scratch, volume) = mounted(arguments.last().unwrap());
    assert!(scratch.read_only.is_none() && volume.empty_dir.is_some());
    let (logins, volume) = mounted(&variables["DOCKER_CONFIG"]);
    assert_eq!(logins.read_only, Some(true));
    let secret = volume.secret.as_ref().unwrap();
    assert!(secret.optional && secret.secret_name == "flux-image-updates-registries");
    let [item] = &secret.items[..] else { panic!("{:?}", secret.items) };
    assert_eq!((&*item.key, &*item.path), (".dockerconfigjson", "config.json"));
    assert_eq!((container.volume_mounts.len(), pod.volumes.len()), (2, 2));
}

/// `tests/packaging/image` runs its command; here is what cron makes of the file.
#[test]
fn the_crontab_is_one_that_cron_reads() {
    let crontab = text("examples/elsewhere/crontab");
    let (comments, lines): (Vec<&str>, Vec<&str>) =
        crontab.lines().partition(|line| line.starts_with('#'));
    let [digest, job] = lines[..] else { panic!("{lines:?}") };
    assert_eq!(digest, format!("DIGEST={}", no_digest()));
    let fields: Vec<&str> = job.splitn(6, ' ').collect();
    assert_schedule(&fields[..5]);
    let command = fields[5];
    // cron ends the command at a percent sign, and reads no more than 1000 bytes.
    assert!(!command.contains('%') && command.len() < 1000, "{command}");
    assert!(crontab.ends_with('\n'), "cron leaves out a last line that has no end");

    let (options, arguments) = command.split_once(&format!(" \"{IMAGE}@$DIGEST\" ")).unwrap();
    let comments = comments.join(" ").replace("# ", "");
    let mut variables: BTreeMap<&str, String> = comments
        .split([' ', ','])
        .filter_map(|word| word.split_once('='))
        .map(|(name, value)| (name, value.trim_end_matches('.').replace('…', "a token")))
        .collect();
    assert_eq!(variables.len(), 3, "the environment file: {variables:?}");
    let docker_config = options.split_once("--env DOCKER_CONFIG=").unwrap().1;
    assert!(options.contains(&format!(":{docker_config}/config.json:ro\"")), "{options}");
    variables.insert("DOCKER_CONFIG", docker_config.to_owned());
    assert_taken(&arguments.split(' ').collect::<Vec<_>>(), &variables);
    assert!(options.contains("--tmpfs /tmp ") && arguments.ends_with("--path /tmp"), "{command}");
}
