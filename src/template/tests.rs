//! What people write in `messageTemplate`, and what it renders.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::oci::Tag;

fn changed(file: &str, kind: &str, name: &str, values: [&str; 2], setter: &str) -> Changed {
    Changed {
        file: file.to_owned(),
        object: ObjectIdentifier {
            api_version: "apps/v1".to_owned(),
            kind: kind.to_owned(),
            namespace: "prod".to_owned(),
            name: name.to_owned(),
        },
        old_value: values[0].to_owned(),
        new_value: values[1].to_owned(),
        setter: setter.to_owned(),
        image: ImageRef {
            name: "ghcr.io/acme/api".to_owned(),
            tag: Tag::new("1.1.0").unwrap(),
            digest: None,
        },
    }
}

fn data() -> Data {
    let image = ["ghcr.io/acme/api:1.0.0", "ghcr.io/acme/api:1.1.0"];
    Data {
        automation: NamespacedName::new("flux-system", "apps"),
        values: BTreeMap::from([("cluster".to_owned(), "prod".to_owned())]),
        changes: vec![
            changed("b.yaml", "Deployment", "api", image, "flux-system:api"),
            changed("a.yaml", "Deployment", "api", image, "flux-system:api"),
            changed("a.yaml", "CronJob", "job", ["1.0.0", "1.1.0"], "flux-system:api:tag"),
        ],
        commit: None,
    }
}

#[test]
fn renders_what_people_write() {
    #[rustfmt::skip]
    let rows: &[(&str, &str, &str)] = &[
        ("fixed text", "chore: update images [ci skip]\n", "chore: update images [ci skip]\n"),
        ("the automation", "{{ .AutomationObject }} {{ .AutomationObject.Name }}", "flux-system/apps apps"),
        ("every change once", "{{ range .Changed.Changes -}}\n- {{ .OldValue }} -> {{ .NewValue }}\n{{ end -}}",
         "- 1.0.0 -> 1.1.0\n- ghcr.io/acme/api:1.0.0 -> ghcr.io/acme/api:1.1.0\n"),
        ("print and println", "{{ range .Changed.Changes }}{{ print .OldValue \" -> \" .NewValue | println }}{{ end }}",
         "1.0.0 -> 1.1.0\nghcr.io/acme/api:1.0.0 -> ghcr.io/acme/api:1.1.0\n"),
        ("files", "{{ range $filename, $_ := .Changed.FileChanges }}- {{ $filename }}\n{{ end }}", "- a.yaml\n- b.yaml\n"),
        ("objects", "{{ range $resource, $changes := .Changed.Objects }}{{ $resource.Kind }} {{ $resource.Namespace }}/{{ $resource.Name }}: {{ range $_, $change := $changes }}{{ $change.NewValue }} {{ end }}\n{{ end }}",
         "CronJob prod/job: 1.1.0 \nDeployment prod/api: ghcr.io/acme/api:1.1.0 ghcr.io/acme/api:1.1.0 \n"),
        ("maps printed whole", "{{ range .Changed.Objects }}{{ . }}{{ end }}",
         "[{1.0.0 1.1.0 flux-system:api:tag}][{ghcr.io/acme/api:1.0.0 ghcr.io/acme/api:1.1.0 flux-system:api} {ghcr.io/acme/api:1.0.0 ghcr.io/acme/api:1.1.0 flux-system:api}]"),
        ("a separator that is assigned", "{{ $sep := \"\" }}{{ range .Changed.Changes }}{{ $sep }}{{ .NewValue }}{{ $sep = \", \" }}{{ end }}",
         "1.1.0, ghcr.io/acme/api:1.1.0"),
        ("sprig on a value", "{{ range .Changed.Changes }}{{ .NewValue | splitList \":\" | last | title | replace \".\" \"-\" }} {{ end }}", "1-1-0 1-1-0 "),
        ("a value that is missing", "{{ .Values.cluster }} {{ .Values.nope }} {{ .Values.nope | default \"none\" }}", "prod <no value> none"),
        ("the setter", "{{ (index .Changed.Changes 0).Setter }}", "flux-system:api:tag"),
        ("the removed images", "{{ range .Updated.Images }}{{ println . }}{{ end }}", "ghcr.io/acme/api:1.1.0\n"),
        ("parts of a removed image", "{{ range .Updated.Images }}{{ .Registry }} {{ .Repository }} {{ .Identifier }} {{ .Name }} {{ .Policy }}{{ end }}",
         "ghcr.io acme/api 1.1.0 ghcr.io/acme/api:1.1.0 flux-system/api"),
        ("the removed files", "{{ range $file, $_ := .Updated.Files }}{{ $file }} {{ end }}", "a.yaml b.yaml "),
        ("the removed objects", "{{ range $o, $images := .Updated.Objects }}{{ $o.Kind }}: {{ range $images }}{{ . }} {{ end }}{{ end }}",
         "CronJob: ghcr.io/acme/api:1.1.0 Deployment: ghcr.io/acme/api:1.1.0 ghcr.io/acme/api:1.1.0 "),
        ("the removed result", "{{ range $f, $r := .Changed.ImageResult.Files }}{{ $f }}{{ range $r.Objects }}{{ . }}{{ end }} {{ end }}",
         "a.yaml[ghcr.io/acme/api:1.1.0][ghcr.io/acme/api:1.1.0] b.yaml[ghcr.io/acme/api:1.1.0] "),
    ];
    for (shows, template, expected) in rows {
        let rendered = render(template, &data()).unwrap_or_else(|e| panic!("{shows}: {e}"));
        assert_eq!(rendered.text, *expected, "{shows}");
        let removed: &[&str] = match template {
            _ if template.contains(".Updated") => &[".Updated"],
            _ if template.contains("ImageResult") => &[".Changed.ImageResult"],
            _ => &[],
        };
        assert_eq!(rendered.removed_fields, removed, "{shows}");
    }
}

#[test]
fn only_titles_and_bodies_see_the_commit() {
    let template = "{{ .Commit.Subject }}|{{ .Commit.Body }}";
    let error = render(template, &data()).unwrap_err();
    assert_eq!(
        error.message,
        "`.Commit.Subject`: can't evaluate field Commit in type source.TemplateData"
    );
    let commit = Some(CommitText { subject: "Update".to_owned(), body: "- api".to_owned() });
    let rendered = render(template, &Data { commit, ..data() }).unwrap();
    assert_eq!(rendered.text, "Update|- api");
}

#[test]
fn tells_what_is_wrong_and_where() {
    let chain = format!("{{{{ if 1 }}}}{}{{{{ end }}}}", "{{ else if 1 }}".repeat(50_000));
    #[rustfmt::skip]
    let rows: &[(&str, (u32, u32), &str)] = &[
        ("a\n  {{ .Nope }}", (2, 6), "`.Nope`: can't evaluate field Nope in type source.TemplateData"),
        ("é{{ now }}", (1, 5), "function `now` not defined"),
        ("{{ genCA \"x\" 1 }}", (1, 4), "function `genCA` is not supported here: a message holds no keys, passwords or certificates"),
        ("{{ $x }}", (1, 4), "undefined variable `$x`"),
        ("{{ if true }}x", (1, 15), "unexpected end of the template, an `{{end}}` is missing"),
        ("a{{ end }}b", (1, 2), "unexpected `{{end}}`"),
        ("{{ upper 1 }}", (1, 10), "`1`: expected string"),
        ("{{ repeat (add 1 2) \"x\" }}", (1, 11), "`(add 1 2)`: wrong type for value; expected int; got int64"),
        ("{{ template \"t\" }}", (1, 13), "template \"t\" not defined"),
        ("{{ fail \"no\" }}", (1, 4), "`fail`: error calling fail: no"),
        ("{{ repeat 70000 \"x\" }}", (1, 4), "`repeat`: error calling repeat: the template makes a text of more than 65536 bytes"),
        ("{{ until 200000 }}", (1, 4), "`until`: error calling until: the template makes a list of more than 100000 entries"),
        ("{{ range 2000000 }}{{ end }}", (1, 10), "the template takes more than 1000000 steps"),
        ("{{ $d := dict }}{{ set $d \"d\" $d }}", (1, 20), "a value nests more than 100 levels"),
        ("{{ define \"t\" }}{{ template \"t\" }}{{ end }}{{ template \"t\" }}", (1, 29), "blocks and templates nest more than 100 levels"),
        (&chain, (1, 756), "the template nests more than 50 levels"),
    ];
    for (template, place, message) in rows {
        let shown = &template[..template.len().min(60)];
        let error = render(template, &data()).expect_err(shown);
        assert_eq!(
            (error.line, error.column, error.message.as_str()),
            (place.0, place.1, *message),
            "{shown}"
        );
        assert_eq!(error.code(), Code::AutomationInvalidTemplate);
        assert!(error.help().is_some());
    }
}

/// Lists in lists, as deep as the steps reach, are dropped without recursion.
#[test]
fn drops_deep_values() {
    let nest = "{{ $l := list }}{{ range until 60000 }}{{ $l = list $l }}{{ end }}ok";
    assert_eq!(render(nest, &data()).unwrap().text, "ok");
    let chain = "{{ $p := list }}{{ range until 40000 }}{{ $m := dict }}{{ $l := list $m }}\
                 {{ $_ := set $m \"p\" $p }}{{ $p = $l }}{{ end }}ok";
    assert_eq!(render(chain, &data()).unwrap().text, "ok");
}

proptest! {
    #[test]
    fn never_panics(pieces in proptest::collection::vec(proptest::sample::select(&[
        "{{", "{{- ", "}}", " -}}", "if ", "range ", "with ", "else", "end", "define \"t\"", "template \"t\" .",
        "break", "$x", " := ", " = ", ".Changed.Changes", ".Changed.Objects", ".Values", ".", "nil", "(", ")", " | ",
        "list 1 2", "dict \"a\" .", "printf \"%+8.3q%[2]*d\" ", "until 9", "index ", "toJson ", "join \",\" ", "'", "\"",
        "`", "1.5", "0x1p-2", "é", "\\", "\n", " ", "regexReplaceAll \"(a)|\" ", "semver \"1.2\"", "slice ", "substr 1 2 ",
        "/* c */", "merge ", "set ", "$d", "block \"b\" .", "wrapWith 3 \"-\" ", "kebabcase ", "b32dec ", "round 1.5 ",
    ][..]), 0..24)) {
        let template = pieces.concat();
        if let Ok(rendered) = render(&template, &data()) {
            prop_assert!(rendered.text.len() <= 64 * 1024);
            prop_assert_eq!(rendered, render(&template, &data()).unwrap());
        }
    }
}
