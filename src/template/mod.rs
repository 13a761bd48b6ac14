//! Commit messages, titles and bodies: Go's `text/template` over Flux's data.
//!
//! A template renders here as image-automation-controller 1.x renders it, to
//! the byte, with three exceptions: what Flux leaves to chance (the order of
//! changes over files, of sprig's `keys`) is sorted; the removed `.Updated` and
//! `.Changed.ImageResult` still render; and a rendering is bounded in steps and
//! bytes. Of sprig's hermetic functions those that make keys, encrypt, read the
//! clock or draw lots are refused by name.
//!
//! Parser and evaluator are ours. The crate `gotmpl` was to parse, but it drops
//! what follows a stray `{{end}}`, takes an `{{if}}` without its end, trims
//! after comments that ask for no trimming, and overflows the stack on a long
//! `{{else if}}` chain; and its values cannot hold Flux's data.

mod builtins;
mod call;
mod collections;
mod compare;
mod data;
mod eval;
mod float;
mod fuel;
mod functions;
mod images;
mod parse;
mod print;
mod printf;
mod spec;
mod sprig;
mod values;

use std::collections::BTreeMap;

use crate::{
    diagnostic::{Code, Explain},
    flux::NamespacedName,
    oci::ImageRef,
    setters::ObjectIdentifier,
};

/// The commit message where `spec.git.commit.messageTemplate` is empty.
pub const DEFAULT_MESSAGE: &str = "Update from image update automation";

/// What a template is rendered over.
#[derive(Debug, Clone)]
pub struct Data {
    /// `.AutomationObject`
    pub automation: NamespacedName,
    /// `.Values`, from `spec.git.commit.messageTemplateValues`.
    pub values: BTreeMap<String, String>,
    /// `.Changed`, in the order in which the values stand in each file.
    pub changes: Vec<Changed>,
    /// `.Commit`, for titles and bodies of pull requests; a commit message has none.
    pub commit: Option<CommitText>,
}

/// One value that an update sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changed {
    /// The file, relative to `spec.update.path`.
    pub file: String,
    /// The object that the value belongs to.
    pub object: ObjectIdentifier,
    /// `.OldValue`
    pub old_value: String,
    /// `.NewValue`
    pub new_value: String,
    /// `.Setter`, the marker's text, `ns:name[:name|:tag|:digest]`.
    pub setter: String,
    /// What the marker's policy has elected; the removed `.Updated` shows it.
    pub image: ImageRef,
}

/// A commit message as the title and body of a pull request see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitText {
    /// The first line.
    pub subject: String,
    /// What follows it.
    pub body: String,
}

/// What a template has rendered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// The text, not trimmed.
    pub text: String,
    /// The removed fields that it reads, as Flux's error names them:
    /// `.Updated`, `.Changed.ImageResult`.
    pub removed_fields: Vec<&'static str>,
}

/// Why a template does not render.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template does not render: {message}")]
pub struct TemplateError {
    /// What is wrong, mostly in the words of Go's `text/template`.
    pub message: String,
    /// The line in the template, from 1.
    pub line: u32,
    /// The column in that line, in characters, from 1.
    pub column: u32,
}

impl TemplateError {
    fn new(template: &str, (at, message): (usize, String)) -> Self {
        let before = template.get(..at).unwrap_or(template);
        let line_start = before.rfind('\n').map_or(0, |feed| feed + 1);
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self {
            message,
            line: count(1 + before.matches('\n').count()),
            column: count(1 + before[line_start..].chars().count()),
        }
    }
}

impl Explain for TemplateError {
    fn code(&self) -> Code {
        Code::AutomationInvalidTemplate
    }

    fn help(&self) -> Option<String> {
        Some(
            "mend the template: https://fluxcd.io/flux/components/image/imageupdateautomations/#message-template"
                .to_owned(),
        )
    }
}

/// Renders a template as Flux renders `spec.git.commit.messageTemplate`.
///
/// Fails where Go's `text/template` fails, on a function that is refused here,
/// and where a bound is met: 1,000,000 steps, 64 KiB in one text, 100,000
/// entries in one list.
pub fn render(template: &str, data: &Data) -> Result<Rendered, TemplateError> {
    let place = |failure| TemplateError::new(template, failure);
    let tree = parse::parse(template, functions::check).map_err(place)?;
    let mut evaluator = eval::Evaluator::new(&tree);
    evaluator.run(&data::root(data)).map_err(place)?;
    Ok(Rendered { text: evaluator.out, removed_fields: evaluator.removed })
}

#[cfg(test)]
mod tests;
