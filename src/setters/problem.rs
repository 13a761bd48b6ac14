//! What keeps a marker from being set, each with its mend.

use super::find::SIZE_LIMIT;
use crate::{
    diagnostic::{Code, Explain},
    tree::RepoPath,
    yaml::SyntaxError,
};

/// Why a marker is not set, or not as its writer would think.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The file is beyond [`SIZE_LIMIT`].
    #[error("`{path}` is larger than {} MiB, its markers are not read", SIZE_LIMIT >> 20)]
    TooLarge {
        /// The file.
        path: RepoPath,
    },
    /// The file holds a marker and is no YAML.
    #[error("the markers of this file are not read, it is no YAML: {0}")]
    NoYaml(SyntaxError),
    /// The file is YAML, but Flux passes over it.
    #[error("the markers of this file are not read: {0}")]
    PassedOver(Unread),
    /// A comment that is meant as a marker and is none.
    #[error("the comment {0}, it marks nothing")]
    Broken(&'static str),
    /// A marker where Flux sees none.
    #[error("the marker {0}, it marks nothing")]
    Misplaced(Misplaced),
    /// A `:digest` marker whose policy reflects no digest.
    #[error("`{marker}` is set to an empty value: its policy reflects no digest")]
    NoDigest {
        /// The marker's text.
        marker: String,
    },
}

/// Why Flux passes over a file that is YAML.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// `%YAML` or `%TAG`.
    #[error("a directive stands in it")]
    Directive,
    /// `--- text`.
    #[error("something other than a comment stands behind `---`")]
    Separator,
    /// A document is a sequence or a scalar.
    #[error("a document of it is no mapping")]
    NoMapping,
    /// `metadata` is there and no mapping.
    #[error("`metadata` is no mapping")]
    Metadata,
    /// `metadata.annotations` is there and no mapping.
    #[error("`metadata.annotations` is no mapping")]
    Annotations,
}

/// Why a marker's place is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Misplaced {
    /// A line of its own that is not right above a value.
    #[error("stands on a line of its own, and not alone above a list item")]
    Line,
    /// For a value that has another comment, which counts.
    #[error("stands above a value that has another comment")]
    Shadowed,
    /// Behind a key whose value is not on the line.
    #[error("stands behind a key whose value is not on its line")]
    Key,
    /// Behind a closing bracket.
    #[error("stands behind a list or a mapping")]
    Collection,
    /// Behind `*name`.
    #[error("stands behind an alias")]
    Alias,
    /// On a value with a tag such as `!!int`, that an image reference is not.
    #[error("stands on a value whose tag makes it no string")]
    Typed,
    /// On the value of a key that stands twice in its mapping.
    #[error("stands on the second value of a key, of which Flux sets the first")]
    Again,
    /// On something that is no value.
    #[error("stands on no value")]
    Nothing,
}

impl Explain for Problem {
    fn code(&self) -> Code {
        match self {
            Self::TooLarge { .. } => Code::FileTooLarge,
            Self::NoDigest { .. } => Code::MarkerNoDigest,
            Self::NoYaml(_) | Self::PassedOver(_) | Self::Broken(_) | Self::Misplaced(_) => {
                Code::MarkerNotEditable
            }
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::TooLarge { .. } => "split the file",
            Self::NoYaml(_) => "mend the YAML, or take the markers out",
            Self::PassedOver(why) => match why {
                Unread::Directive => "take the `%` line out",
                Unread::Separator => "begin the document on the line after `---`",
                Unread::NoMapping => {
                    "move the marked values into a file whose documents are mappings"
                }
                Unread::Metadata | Unread::Annotations => "write it as a mapping, or leave it out",
            },
            Self::Broken(_) => {
                r#"write `# {"$imagepolicy": "NAMESPACE:NAME"}`, the name alone or with `:tag`, `:name` or `:digest`"#
            }
            Self::Misplaced(why) => match why {
                Misplaced::Alias => "put it behind the value that the anchor stands on",
                Misplaced::Again => "keep one of the keys",
                Misplaced::Typed => "take the tag out",
                Misplaced::Shadowed => "put it in the place of that comment",
                Misplaced::Line | Misplaced::Key | Misplaced::Collection | Misplaced::Nothing => {
                    "put it behind the value, on the same line"
                }
            },
            Self::NoDigest { .. } => {
                "set `spec.digestReflectionPolicy` on the policy, or take the marker out"
            }
        };
        Some(help.to_owned())
    }
}
