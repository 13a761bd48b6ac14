//! Commit message templates, against what Go's text/template with sprig gave.

use std::collections::BTreeMap;

use flux_image_updates::{
    flux::NamespacedName,
    oci::{ImageRef, Tag},
    setters::ObjectIdentifier,
    template::{self, Changed, Data, Rendered, TemplateError},
};
use serde_json::Value;

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

/// The data of a case; the changes are those that Flux's update code made.
fn data(case: &Value) -> Data {
    let (namespace, name) = case["automation"].as_str().unwrap().split_once('/').unwrap();
    let values = case["values"].as_object().into_iter().flatten();
    let changes = case["changes_input"].as_array().into_iter().flatten().map(|change| {
        let new_value = text(change, "new");
        let (name, tag) = new_value.rsplit_once(':').unwrap_or((&new_value, "latest"));
        Changed {
            file: text(change, "file"),
            object: ObjectIdentifier {
                api_version: text(change, "apiVersion"),
                kind: text(change, "kind"),
                namespace: text(change, "namespace"),
                name: text(change, "name"),
            },
            image: ImageRef {
                name: name.to_owned(),
                tag: Tag::new(tag).unwrap_or_else(|| Tag::new("latest").unwrap()),
                digest: None,
            },
            old_value: text(change, "old"),
            setter: text(change, "setter"),
            new_value,
        }
    });
    Data {
        automation: NamespacedName::new(namespace, name),
        values: values.map(|(k, v)| (k.clone(), v.as_str().unwrap().to_owned())).collect(),
        changes: changes.collect(),
        commit: None,
    }
}

fn render(case: &Value) -> Result<Rendered, TemplateError> {
    let template = case["template"].as_str().unwrap();
    let template = if template.is_empty() { template::DEFAULT_MESSAGE } else { template };
    template::render(template, &data(case))
}

/// What is wrong with a result, if anything.
fn complaint(case: &Value, result: &Result<Rendered, TemplateError>) -> Option<String> {
    let removed = text(case, "flux_error").contains("uses removed");
    match (result, case["output"].as_str()) {
        (Ok(rendered), Some(output)) if rendered.text == output => None,
        (Ok(rendered), Some(output)) => {
            Some(format!("\n  ours {:?}\n  Go   {output:?}", rendered.text))
        }
        (Err(error), Some(output)) => Some(format!("\n  ours {error}\n  Go   {output:?}")),
        (Ok(rendered), None) if removed && !rendered.removed_fields.is_empty() => None,
        (Ok(rendered), None) => {
            let error = case["parse_error"].as_str().or(case["exec_error"].as_str());
            Some(format!("\n  ours {:?}\n  Go   fails: {error:?}", rendered.text))
        }
        (Err(_), None) => None,
    }
}

#[test]
fn renders_as_flux_does() {
    let file = super::load("templates.json");
    let cases = file["cases"].as_array().unwrap();
    // A case without its changes needs the update code to make them.
    let has_changes = |case: &&Value| case["changes_input"].is_array() || case["files"].is_null();
    let cases: Vec<_> = cases.iter().filter(has_changes).collect();
    assert!(!cases.is_empty(), "templates.json holds no case that can be run");
    let complaints: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let complaint = complaint(case, &render(case))?;
            Some(format!("{} {}: {}{complaint}", case["id"], case["name"], case["template"]))
        })
        .collect();
    assert!(
        complaints.is_empty(),
        "{} of {}:\n{}",
        complaints.len(),
        cases.len(),
        complaints.join("\n")
    );
}

/// Every hermetic function of sprig renders, or is refused by its name.
#[test]
fn knows_every_hermetic_function() {
    let file = super::load("templates.json");
    let mut counts = BTreeMap::from([("works", 0), ("refused", 0)]);
    for name in file["hermetic_functions"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap();
        // Behind `if false` only the parser meets it.
        let template = format!("{{{{ if false }}}}{{{{ {name} }}}}{{{{ end }}}}");
        let data = data(&serde_json::json!({"automation": "a/b"}));
        match template::render(&template, &data) {
            Ok(_) => *counts.get_mut("works").unwrap() += 1,
            Err(error) => {
                assert!(
                    error.message.contains(&format!("function `{name}` is not supported")),
                    "{error}"
                );
                *counts.get_mut("refused").unwrap() += 1;
            }
        }
    }
    assert!(counts["works"] >= 90, "{counts:?}");
}

/// Generated templates, recorded by `tests/oracle/template/run`. With
/// `TEMPLATE_ORACLE` in the environment, another recording is replayed.
#[test]
fn renders_generated_templates_as_go_does() {
    let path = std::env::var("TEMPLATE_ORACLE").unwrap_or_else(|_| {
        format!("{}/tests/oracle/template/sample.json", env!("CARGO_MANIFEST_DIR"))
    });
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{path}: {e}"));
    let recording: Value = serde_json::from_str(&text).unwrap();
    let data: Vec<&Value> = recording["data"].as_array().unwrap().iter().collect();
    let cases = recording["cases"].as_array().unwrap();
    assert!(!cases.is_empty());
    let mut complaints = Vec::new();
    for case in cases {
        let mut whole = data[usize::try_from(case["data"].as_u64().unwrap()).unwrap()].clone();
        for key in ["template", "output", "parse_error", "exec_error"] {
            whole[key] = case[key].clone();
        }
        if let Some(complaint) = complaint(&whole, &render(&whole)) {
            complaints.push(format!("{}{complaint}", case["template"]));
        }
    }
    assert!(
        complaints.is_empty(),
        "{} of {} differ:\n{}",
        complaints.len(),
        cases.len(),
        complaints.join("\n")
    );
}
