//! What is told to people: a problem with its code, its place and its mend.
//!
//! Errors are values that stay with their item; a [`Diagnostic`] is what one
//! becomes when a stage's record is written down. Nothing here prints.

use std::fmt;

/// How much a problem weighs. Only [`Severity::Error`] changes the exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Something that was asked for was not done.
    Error,
    /// Done, but a user would be surprised.
    Warning,
    /// Worth knowing.
    Info,
}

impl Severity {
    /// The word of the result document.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $variant:ident = $text:literal, $severity:ident;)+) => {
        /// The stable names of everything that can be told.
        ///
        /// The same in the result document, in annotations and in lint.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code { $($(#[doc = $doc])+ $variant,)+ }

        impl Code {
            /// Every code, in the order of the reference page.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name, `area/what`.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }

            /// What the code means, one sentence.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim_ascii(),)+ }
            }

            /// The severity that a problem of this code has.
            pub fn severity(self) -> Severity {
                match self { $(Self::$variant => Severity::$severity,)+ }
            }
        }
    };
}

codes! {
    /// A policy names an ImageRepository that is not in the tree.
    RepositoryNotFound = "repository/not-found", Error;
    /// `spec.image` is no image that Flux would scan.
    RepositoryInvalidImage = "repository/invalid-image", Error;
    /// The Secret that `secretRef` names is given nowhere; the registry configuration serves.
    RepositorySecretNotGiven = "repository/secret-not-given", Info;
    /// An entry of `exclusionList` is no pattern that RE2 accepts.
    RepositoryInvalidPattern = "repository/invalid-pattern", Error;
    /// The ImageRepository does not admit policies of this namespace.
    AccessDenied = "access/denied", Error;
    /// The registry refused the login, or wants one.
    RegistryUnauthorized = "registry/unauthorized", Error;
    /// The registry has no such repository, or does not show it.
    RegistryNotFound = "registry/not-found", Error;
    /// The registry wants fewer requests.
    RegistryRateLimited = "registry/rate-limited", Error;
    /// The registry did not answer in time.
    RegistryTimeout = "registry/timeout", Error;
    /// The registry cannot be reached: name, connection, certificate or server fault.
    RegistryUnreachable = "registry/unreachable", Error;
    /// The registry's answer is no list of tags, or leads where it must not.
    RegistryMalformed = "registry/malformed", Error;
    /// The credentials that were configured cannot be read.
    RegistryCredentials = "registry/credentials", Error;
    /// `spec.policy.semver.range` is no range.
    PolicyInvalidRange = "policy/invalid-range", Error;
    /// `spec.filterTags.pattern` is no pattern that RE2 accepts.
    PolicyInvalidPattern = "policy/invalid-pattern", Error;
    /// The policy cannot be evaluated.
    PolicyInvalid = "policy/invalid", Error;
    /// A numerical policy met a tag that is no number.
    PolicyNotANumber = "policy/not-a-number", Error;
    /// The policy accepts none of the tags.
    PolicyNoMatch = "policy/no-match", Error;
    /// The digest of the elected tag could not be had.
    PolicyDigestFailed = "policy/digest-failed", Error;
    /// The elected tag ranks below the one that stands in the manifests.
    PolicyDowngrade = "policy/downgrade", Warning;
    /// A pattern holds a doubled backslash; it is read as a single one.
    PolicyDoubledBackslash = "policy/doubled-backslash", Warning;
    /// Several kinds are set in one policy; Flux takes the first.
    PolicySeveralKinds = "policy/several-kinds", Warning;
    /// A marker names a policy that does not exist.
    MarkerUnknownPolicy = "marker/unknown-policy", Warning;
    /// A marker names a policy of another namespace than the automation's.
    MarkerOtherNamespace = "marker/other-namespace", Warning;
    /// A marker stands where no value can be set.
    MarkerNotEditable = "marker/not-editable", Warning;
    /// A `:digest` marker, but the policy reflects no digest.
    MarkerNoDigest = "marker/no-digest", Warning;
    /// A marker in a workflow file, which the token may never push.
    MarkerWorkflowFile = "marker/workflow-file", Warning;
    /// A marker that no automation's path covers.
    MarkerOutsidePath = "marker/outside-path", Warning;
    /// A marker whose policy name holds an unresolved variable.
    MarkerUnresolvedVariable = "marker/unresolved-variable", Warning;
    /// An ImageUpdateAutomation cannot be carried out.
    AutomationInvalid = "automation/invalid", Error;
    /// `--automation` names none that is declared.
    AutomationNotFound = "automation/not-found", Error;
    /// The automation's source is another repository.
    AutomationOtherRepository = "automation/other-repository", Info;
    /// The automation checks out a tag, a semver range or a commit.
    AutomationBaseNotABranch = "automation/base-not-a-branch", Error;
    /// The base branch is not on the remote.
    AutomationBaseNotFound = "automation/base-not-found", Error;
    /// Two automations would write one branch from different bases.
    AutomationBranchConflict = "automation/branch-conflict", Error;
    /// The push branch is no name that Git accepts.
    AutomationInvalidBranch = "automation/invalid-branch", Error;
    /// `spec.update.path` is not in the tree.
    AutomationPathNotFound = "automation/path-not-found", Error;
    /// The commit message template does not parse or fails while rendering.
    AutomationInvalidTemplate = "automation/invalid-template", Error;
    /// The template uses a field that Flux has removed; it is rendered all the same.
    AutomationRemovedTemplateField = "automation/removed-template-field", Warning;
    /// The signing key cannot be resolved.
    AutomationSigningKey = "automation/signing-key", Error;
    /// The commit could not be pushed.
    AutomationPushFailed = "automation/push-failed", Error;
    /// The pull request could not be made or changed.
    AutomationPullRequestFailed = "automation/pull-request-failed", Error;
    /// What the automation names is not supported yet.
    AutomationUnsupported = "automation/unsupported", Error;
    /// There is no automation in the tree; one is assumed.
    AutomationAssumed = "automation/assumed", Info;
    /// Flux would push to the base branch; here a pull request is made.
    AutomationPushesToBase = "automation/pushes-to-base", Info;
    /// A pull request is made from the branch alone; the refspec is not pushed.
    AutomationRefspecLeftOut = "automation/refspec-left-out", Info;
    /// GitHub's API takes no push options; the branch is moved without them.
    AutomationPushOptionsLeftOut = "automation/push-options-left-out", Warning;
    /// GitHub makes and signs the commits, not the automation's `signingKey`.
    AutomationSignedByGitHub = "automation/signed-by-github", Info;
    /// The branch or pull request holds other automations' work too.
    BranchShared = "branch/shared", Error;
    /// The branch holds values of a file that cannot be read on base, or whose markers cannot.
    BranchBaseUnreadable = "branch/base-unreadable", Error;
    /// GitHub does not verify the signature of a pushed commit.
    BranchNotVerified = "branch/not-verified", Warning;
    /// Somebody else committed to the branch.
    BranchForeignCommits = "branch/foreign-commits", Warning;
    /// The pull request waits in a merge queue, which a push would throw it out of.
    BranchInMergeQueue = "branch/in-merge-queue", Info;
    /// GitHub took the pull request, but not all of its metadata: labels, people, milestone.
    PullRequestIncomplete = "pull-request/incomplete", Warning;
    /// An object cannot be read.
    ObjectInvalid = "object/invalid", Error;
    /// One object is declared twice with different specs.
    ObjectDuplicate = "object/duplicate", Error;
    /// An object that no kustomization includes.
    ObjectNotApplied = "object/not-applied", Warning;
    /// A value holds a variable that is in no file.
    ObjectUnresolvedVariable = "object/unresolved-variable", Warning;
    /// An object's namespace is in no file; the markers' one is assumed.
    ObjectNamespaceAssumed = "object/namespace-assumed", Info;
    /// An API version that Flux no longer serves.
    ObjectOldVersion = "object/old-version", Warning;
    /// `--manifests` names a folder that holds no manifest.
    ManifestsNotFound = "manifests/not-found", Error;
    /// A file is larger than is read.
    FileTooLarge = "file/too-large", Warning;
    /// The remote wants a login, or the token may not do this.
    RemoteUnauthorized = "remote/unauthorized", Error;
    /// The remote has no such repository, or does not show it.
    RemoteNotFound = "remote/not-found", Error;
    /// The remote cannot be reached: name, connection, certificate or server fault.
    RemoteUnreachable = "remote/unreachable", Error;
    /// The remote's address or answer is not that of a Git server.
    RemoteMalformed = "remote/malformed", Error;
    /// A commit, or the store for it, cannot be read or written.
    RemoteUnreadable = "remote/unreadable", Error;
    /// An input is given that the command has no use for.
    InputNoEffect = "input/no-effect", Info;
    /// The event's token cannot write: everything is decided, nothing done.
    EventReadOnly = "event/read-only", Info;
    /// The work tree is planned without its remote.
    CheckoutOffline = "checkout/offline", Info;
    /// The checkout's HEAD differs from the remote's branch.
    CheckoutDiffers = "checkout/differs", Info;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A place in a file of the repository. Lines and columns count from 1;
/// columns and widths are characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// Path relative to the repository's root.
    pub file: String,
    /// The line.
    pub line: u32,
    /// The column of the first character.
    pub column: u32,
    /// How many characters are meant; 0 when only a point is known.
    pub width: u32,
    /// The line itself, for showing it; empty when it is not at hand.
    pub text: String,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One problem, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it weighs.
    pub severity: Severity,
    /// Its stable name.
    pub code: Code,
    /// One lower-case sentence without a full stop, the thing in backticks.
    pub message: String,
    /// The YAML that the user can edit.
    pub at: Option<Location>,
    /// What to do, as an order.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// A problem with its code's own severity.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { severity: code.severity(), code, message: message.into(), at: None, hint: None }
    }

    /// The problem that an error is, with its whole chain of causes.
    pub fn of(error: &impl Explain) -> Self {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.ends_with(&text) {
                message.push_str(": ");
                message.push_str(&text);
            }
            cause = error.source();
        }
        Self { hint: error.help(), ..Self::new(error.code(), message) }
    }

    /// The same at a place.
    #[must_use]
    pub fn at(self, at: impl Into<Option<Location>>) -> Self {
        Self { at: at.into(), ..self }
    }

    /// The same with advice.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// The same with another weight than its code's.
    #[must_use]
    pub fn severity(self, severity: Severity) -> Self {
        Self { severity, ..self }
    }
}

/// An error that knows its stable name and what to do about it.
pub trait Explain: std::error::Error {
    /// The stable name.
    fn code(&self) -> Code;
    /// What to do, as an order; none when there is nothing to advise.
    fn help(&self) -> Option<String>;
}
