//! `ImageUpdateAutomation`: where the latest images are written and pushed.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{
    GitReference, LabelSelector, ObjectError, SecretRef,
    decode::{Fault, Spec},
};

/// `ImageUpdateAutomation.spec`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageUpdateAutomationSpec {
    /// The repository that is edited.
    pub source_ref: SourceRef,
    /// How often Flux runs it; no meaning here.
    pub interval: String,
    /// Checkout, commit and push. The schema lets it out, Flux's code does not.
    pub git: GitSpec,
    /// Which policies it writes; without it, all of its namespace.
    pub policy_selector: Option<LabelSelector>,
    /// What it edits.
    #[serde(default)]
    pub update: Update,
    /// Whether it is left alone.
    #[serde(default)]
    pub suspend: bool,
}

/// The source that an automation edits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SourceRef {
    /// Its kind; Flux knows only `GitRepository`.
    #[serde(default)]
    pub kind: String,
    /// Its name.
    pub name: String,
    /// Its namespace, where it is not the automation's own.
    pub namespace: Option<String>,
}

/// `spec.git`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GitSpec {
    /// What is checked out, where it is not what the source says.
    pub checkout: Option<Checkout>,
    /// How the commit is made.
    pub commit: Commit,
    /// Where it goes.
    pub push: Option<Push>,
}

/// `spec.git.checkout`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Checkout {
    /// The reference.
    #[serde(rename = "ref")]
    pub reference: GitReference,
}

/// `spec.git.commit`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Commit {
    /// Author and committer.
    pub author: CommitUser,
    /// The key that signs it.
    pub signing_key: Option<SigningKey>,
    /// Its message, a Go template.
    pub message_template: Option<String>,
    /// `.Values` of the template.
    #[serde(default)]
    pub message_template_values: BTreeMap<String, String>,
}

/// Who commits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CommitUser {
    /// The name; Flux leaves it empty where there is none.
    #[serde(default)]
    pub name: String,
    /// The address.
    pub email: String,
}

/// `spec.git.commit.signingKey`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SigningKey {
    /// The Secret that holds it.
    pub secret_ref: SecretRef,
    /// `gpg` or `ssh`; empty is the first.
    #[serde(default, rename = "type")]
    pub kind: String,
}

/// `spec.git.push`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Push {
    /// The branch.
    pub branch: String,
    /// A refspec that is pushed as well.
    pub refspec: String,
    /// Options of the push.
    pub options: BTreeMap<String, String>,
}

/// `spec.update`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default)]
pub struct Update {
    /// `Setters`, the only one that Flux knows; so is an empty one.
    pub strategy: String,
    /// The folder or file that is edited, from the repository's root.
    pub path: String,
}

impl ImageUpdateAutomationSpec {
    /// `spec.git.push.branch`, `None` where it is empty or absent.
    pub fn push_branch(&self) -> Option<&str> {
        let branch = self.git.push.as_ref()?.branch.as_str();
        (!branch.is_empty()).then_some(branch)
    }
}

impl Spec for ImageUpdateAutomationSpec {
    fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(Fault::duration(&["spec", "interval"], Some(&self.interval), true));
        if !matches!(self.source_ref.kind.as_str(), "" | "GitRepository") {
            let route = &["spec", "sourceRef", "kind"];
            faults.push(Fault::choice(route, &self.source_ref.kind, "`GitRepository`"));
        }
        let signing = self.git.commit.signing_key.as_ref().map_or("", |key| key.kind.as_str());
        if !matches!(signing, "" | "gpg" | "ssh") {
            let route = &["spec", "git", "commit", "signingKey", "type"];
            faults.push(Fault::choice(route, signing, "`gpg` or `ssh`"));
        }
        if !matches!(self.update.strategy.as_str(), "" | "Setters") {
            faults.push(Fault {
                route: &["spec", "update", "strategy"],
                error: ObjectError::Strategy { strategy: self.update.strategy.clone() },
            });
        }
        for expression in self.policy_selector.iter().flat_map(|s| &s.match_expressions) {
            if !matches!(expression.operator.as_str(), "In" | "NotIn" | "Exists" | "DoesNotExist") {
                let route = &["spec", "policySelector", "matchExpressions"];
                let choices = "`In`, `NotIn`, `Exists` or `DoesNotExist`";
                let mut fault = Fault::choice(route, &expression.operator, choices);
                if let ObjectError::Choice { field, .. } = &mut fault.error {
                    field.push_str(".operator");
                }
                faults.push(fault);
            }
        }
        faults
    }
}
