//! `spec.image` as Flux reads it: `image_ref_cases` of `scan.json`.

use flux_image_updates::oci::Image;

#[test]
fn image_references() {
    let cases = super::load("scan.json");
    let rows = cases["image_ref_cases"].as_array().unwrap();
    assert!(!rows.is_empty(), "no case was run");
    for row in rows {
        let id = row["id"].as_str().unwrap();
        let text = row["image"].as_str().unwrap();
        let insecure = row["insecure"].as_bool().unwrap_or_default();
        let image = Image::parse(text);
        if row["error"].is_string() {
            assert!(image.is_err(), "{id}: Flux refuses {text:?}: {}", row["error"]);
            continue;
        }
        let image = image.unwrap_or_else(|e| panic!("{id}: {e}"));
        let seen = serde_json::json!({
            "registry": image.registry(),
            "repository": image.repository(),
            "canonical": image.canonical(),
            "scheme": image.scheme(insecure).as_str(),
        });
        for (field, value) in seen.as_object().unwrap() {
            assert_eq!(value, &row[field], "{id}: {field} of {text:?}");
        }
        assert_eq!(image.verbatim(), text, "{id}");
    }
}

/// Made-up names and what go-containerregistry said of them, recorded by
/// `tests/oracle/reference`. With `REFERENCE_ORACLE` in the environment another
/// recording is replayed.
#[test]
fn recorded_references() {
    let path = std::env::var("REFERENCE_ORACLE").unwrap_or_else(|_| {
        format!("{}/tests/oracle/recorded/reference.jsonl", env!("CARGO_MANIFEST_DIR"))
    });
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let mut differences = Vec::new();
    let mut count = 0;
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let name = row["image"].as_str().unwrap();
        let insecure = row["insecure"].as_bool().unwrap();
        let ours = Image::parse(name).ok().map(|image| {
            let scheme = image.scheme(insecure).as_str();
            (image.registry().to_owned(), image.repository().to_owned(), scheme.to_owned())
        });
        let text = |field: &str| row[field].as_str().unwrap_or_default().to_owned();
        let flux = row["ok"]
            .as_bool()
            .unwrap()
            .then(|| (text("registry"), text("repository"), text("scheme")));
        count += 1;
        if ours != flux && !(ours.is_none() && cannot_answer(name)) {
            differences.push(format!("{line}: {ours:?}"));
        }
    }
    assert!(count > 0, "no case was run");
    assert!(
        differences.is_empty(),
        "{} of {count}:\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// Names that Flux takes and no registry could serve; here they are refused
/// where they stand, not by the network.
fn cannot_answer(name: &str) -> bool {
    let (host, path) = name.split_once('/').unwrap_or(("", name));
    let port = host.rsplit_once(':').map(|(_, port)| port.parse::<u16>());
    path.split('/').any(|part| matches!(part, "." | ".."))
        || matches!(port, Some(Err(_)))
        || host.contains("..")
}
