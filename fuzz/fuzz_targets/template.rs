//! Any text as a message template: it renders within its bounds, or says why not.
#![no_main]

use std::collections::BTreeMap;

use flux_image_updates::{
    flux::NamespacedName,
    oci::{ImageRef, Tag},
    setters::ObjectIdentifier,
    template::{Changed, Data, render},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|template: &str| {
    let Some(tag) = Tag::new("1.1.0") else { return };
    let data = Data {
        automation: NamespacedName::new("flux-system", "apps"),
        values: BTreeMap::from([("cluster".to_owned(), "prod".to_owned())]),
        changes: vec![Changed {
            file: "a.yaml".to_owned(),
            object: ObjectIdentifier::default(),
            old_value: "1.0.0".to_owned(),
            new_value: "1.1.0".to_owned(),
            setter: "flux-system:api:tag".to_owned(),
            image: ImageRef { name: "ghcr.io/acme/api".to_owned(), tag, digest: None },
        }],
        commit: None,
    };
    match render(template, &data) {
        Ok(rendered) => assert!(rendered.text.len() <= 64 * 1024),
        Err(error) => assert!(error.line >= 1 && error.column >= 1),
    }
});
