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
