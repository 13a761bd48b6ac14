//! How registries list tags.

use axum::http::{StatusCode, header};
use axum::response::Response;

use super::{error, json};

/// The way of one registry.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Paging {
    /// `n` is ignored, no Link: Docker Hub, distribution 2.
    #[default]
    AllAtOnce,
    /// `n` and `last`, a relative Link: distribution 3, Harbor, GitLab.
    Relative,
    /// The same with an absolute Link: GHCR.
    Absolute,
    /// At most 100, an opaque `next_page`: Quay before 2024.
    Quay,
    /// More than 1000 are refused; an opaque `last`, an absolute Link, `text/plain`: ECR.
    Ecr,
    /// A Link on every page that holds something: Gitea.
    Gitea,
    /// A Link whose path lacks the first part, and whose `last` is an offset: Artifactory.
    Artifactory,
    /// A Link whose path has a part too many: Nexus behind a connector port.
    Nexus,
    /// At most 100, and no Link, though `last` works: Nexus groups.
    CutSilently,
    /// More than 50 are refused, and the limit is named.
    Refusing,
    /// One body with a large map beside the tags: gcr.io.
    Google,
}

impl Paging {
    pub(super) fn list(
        self,
        address: &str,
        repository: &str,
        tags: &[&str],
        query: &str,
    ) -> Response {
        let get = |name: &str| {
            url::form_urlencoded::parse(query.as_bytes())
                .find(|(own, _)| own == name)
                .map(|(_, value)| value.into_owned())
        };
        let n: usize = get("n").map_or(100, |n| n.parse().unwrap());
        if self == Self::Ecr && n > 1000 {
            return error(
                StatusCode::METHOD_NOT_ALLOWED,
                "UNSUPPORTED",
                "Invalid parameter maxResults",
            );
        }
        if self == Self::Refusing && n > 50 {
            return error(StatusCode::BAD_REQUEST, "BAD", "n must not be larger than 50");
        }
        let size = match self {
            Self::AllAtOnce | Self::Google => tags.len(),
            Self::Quay | Self::CutSilently => n.min(100),
            _ => n,
        };
        let start = match (self, get("next_page").or_else(|| get("last"))) {
            (_, None) => 0,
            (Self::Quay | Self::Ecr, Some(opaque)) => {
                opaque.strip_prefix("b3BhcXVl/+=").unwrap().parse().unwrap()
            }
            (Self::Artifactory, Some(offset)) => offset.parse().unwrap(),
            (_, Some(last)) => tags.iter().filter(|tag| **tag <= last.as_str()).count(),
        };
        let end = (start + size).min(tags.len());
        let page = &tags[start..end];
        let more = end < tags.len() || (self == Self::Gitea && !page.is_empty());
        let mut list = serde_json::json!({"name": repository, "tags": page});
        if self == Self::Google {
            list["manifest"] = tags
                .iter()
                .map(|tag| {
                    (
                        format!("sha256:{tag}"),
                        serde_json::json!({"tag": [tag], "imageSizeBytes": "1"}),
                    )
                })
                .collect::<serde_json::Map<_, _>>()
                .into();
        }
        let mut response = json(StatusCode::OK, list.to_string());
        if self == Self::Ecr {
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, "text/plain; charset=utf-8".parse().unwrap());
        }
        if self == Self::Artifactory {
            response.headers_mut().insert("x-jfrog-version", "Artifactory/7".parse().unwrap());
        }
        if let Some(link) = self.link(address, repository, page, end, n).filter(|_| more) {
            response.headers_mut().insert(header::LINK, link.parse().unwrap());
        }
        response
    }

    fn link(
        self,
        address: &str,
        repository: &str,
        page: &[&str],
        end: usize,
        n: usize,
    ) -> Option<String> {
        let path = format!("/v2/{repository}/tags/list");
        let last = page.last().copied().unwrap_or_default();
        let opaque = format!("b3BhcXVl%2F%2B%3D{end}");
        let target = match self {
            Self::AllAtOnce | Self::CutSilently | Self::Google => return None,
            Self::Relative | Self::Refusing | Self::Gitea => format!("{path}?last={last}&n={n}"),
            Self::Absolute => format!("http://{address}{path}?last={last}&n={n}"),
            Self::Quay => format!("{path}?n={n}&next_page={opaque}"),
            Self::Ecr => format!("http://{address}{path}?last={opaque}&n={n}"),
            Self::Artifactory => {
                let (_, name) = repository.split_once('/').unwrap();
                format!("/v2/{name}/tags/list?last={end}&n={n}")
            }
            Self::Nexus => format!("/repository/docker{path}?last={last}&n={n}"),
        };
        Some(format!("<{target}>; rel=\"next\""))
    }
}
