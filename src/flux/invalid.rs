//! Why an object cannot be read.

use crate::diagnostic::{Code, Explain};

/// What is wrong with an object. Fields are named by their whole path.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// The file that declares it is no YAML.
    #[error("the file declares {declares}, but is no YAML: {message}")]
    Syntax {
        /// The kinds of its objects, as the sentence names them.
        declares: String,
        /// What the parser says.
        message: String,
    },
    /// The file is not in UTF-8.
    #[error("the file declares {declares}, but is not in UTF-8")]
    Encoding {
        /// The kinds of its objects, as the sentence names them.
        declares: String,
    },
    /// A field without which Flux refuses the object.
    #[error("`{field}` is missing")]
    Missing {
        /// The field.
        field: String,
    },
    /// A value of another type.
    #[error("`{field}` must be {wanted}, not {found}")]
    Type {
        /// The field.
        field: String,
        /// What the schema asks for, with its article.
        wanted: String,
        /// What stands there.
        found: String,
    },
    /// A key that stands twice in one mapping.
    #[error("`{field}` stands twice")]
    Twice {
        /// The field.
        field: String,
    },
    /// Text that is no duration.
    #[error("`{field}` must be a duration, not `{value}`")]
    Duration {
        /// The field.
        field: String,
        /// What stands there.
        value: String,
        /// The units that the schema admits here.
        units: &'static str,
    },
    /// Text that is none of a few words.
    #[error("`{field}` must be {choices}, not `{value}`")]
    Choice {
        /// The field.
        field: String,
        /// What stands there.
        value: String,
        /// The words.
        choices: String,
    },
    /// A list that is too long.
    #[error("`{field}` has {count} entries, at most {limit} are admitted")]
    TooMany {
        /// The field.
        field: String,
        /// How many there are.
        count: usize,
        /// How many may be.
        limit: usize,
    },
    /// An update strategy that is not known.
    #[error("the update strategy `{strategy}` is not supported")]
    Strategy {
        /// `spec.update.strategy`.
        strategy: String,
    },
    /// A version of the API that is not known, or that is long gone.
    #[error("the {kind} is written in `{version}`, which is not read")]
    Version {
        /// The object's kind.
        kind: &'static str,
        /// `apiVersion`.
        version: String,
    },
}

impl Explain for ObjectError {
    fn code(&self) -> Code {
        match self {
            Self::Strategy { .. } => Code::AutomationUnsupported,
            _ => Code::ObjectInvalid,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Syntax { .. } => "mend the YAML".to_owned(),
            Self::Encoding { .. } => "save the file in UTF-8".to_owned(),
            Self::Missing { field } => format!("add `{}`", field.rsplit('.').next()?),
            Self::Type { wanted, found, .. }
                if wanted == "a string" && found != "a mapping" && found != "a list" =>
            {
                "quote it".to_owned()
            }
            Self::Type { wanted, .. } => format!("write {wanted}"),
            Self::Twice { .. } => "remove one of the two".to_owned(),
            Self::Duration { units, .. } => {
                format!("write numbers with units ({units}), for example `5m`")
            }
            Self::Choice { choices, .. } => format!("write {choices}"),
            Self::TooMany { limit, .. } => format!("keep at most {limit}"),
            Self::Strategy { .. } => "write `strategy: Setters`".to_owned(),
            Self::Version { .. } => {
                "rewrite it for `image.toolkit.fluxcd.io/v1`; its fields have other names there"
                    .to_owned()
            }
        })
    }
}
