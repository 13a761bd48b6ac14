//! `Link`: where a list goes on (RFC 8288), with the repairs that registries need.

use reqwest::header::{HeaderMap, LINK};
use url::Url;

use super::error::Problem;

/// The target of the first `rel=next`; a link without a `rel` counts. An empty
/// target is the end.
pub(super) fn next(headers: &HeaderMap) -> Option<String> {
    let lines = headers.get_all(LINK).iter().filter_map(|line| line.to_str().ok());
    for line in lines {
        let mut rest = line;
        while let Some((_, after)) = rest.split_once('<') {
            let (target, after) = after.split_once('>')?;
            let (parameters, after) = split_parameters(after);
            if is_next(parameters) {
                return (!target.trim().is_empty()).then(|| target.trim().to_owned());
            }
            rest = after;
        }
    }
    None
}

/// Splits at the comma that ends this link, not at one within quotes.
fn split_parameters(text: &str) -> (&str, &str) {
    let mut quoted = false;
    let end = text.find(|c| {
        quoted ^= c == '"';
        c == ',' && !quoted
    });
    end.map_or((text, ""), |end| text.split_at(end))
}

fn is_next(parameters: &str) -> bool {
    let rel = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim().eq_ignore_ascii_case("rel").then(|| value.trim().trim_matches('"'))
    });
    rel.is_none_or(|rel| rel.split_ascii_whitespace().any(|it| it.eq_ignore_ascii_case("next")))
}

/// Where a link leads, seen from the URL that answered.
///
/// It must stay at that URL's origin. Some registries write a wrong path:
/// Artifactory drops the repository's first part, Nexus behind a connector
/// port adds one. There the path that answered is kept, and the query taken.
pub(super) fn resolve(
    answered: &Url,
    target: &str,
    repository: &str,
    is_artifactory: bool,
) -> Result<Url, Problem> {
    let misled = |why| Problem::misled("link", target, why);
    let mut url = answered.join(target).map_err(|_| misled("it is no URL"))?;
    let downgraded = url.scheme() == "http" && answered.scheme() == "https";
    if downgraded && url.host() == answered.host() && url.port() == answered.port() {
        url.set_scheme("https").map_err(|()| misled("it is no URL"))?;
    }
    if url.origin() != answered.origin() {
        return Err(misled("it leads to another host"));
    }
    if url.path() != answered.path() {
        if !is_artifactory && !lists_tags_of(url.path(), repository) {
            return Err(misled("it leads to another path"));
        }
        url.set_path(answered.path());
    }
    url.set_fragment(None);
    Ok(url)
}

/// Whether a path ends in `/v2/<repository or its last parts>/tags/list`.
fn lists_tags_of(path: &str, repository: &str) -> bool {
    let Some((_, name)) = path.strip_suffix("/tags/list").and_then(|it| it.rsplit_once("/v2/"))
    else {
        return false;
    };
    repository.strip_suffix(name).is_some_and(|head| head.is_empty() || head.ends_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_next_page() {
        #[rustfmt::skip]
        let rows: &[(&str, Option<&str>)] = &[
            (r#"</v2/x/tags/list?last=b&n=2>; rel="next""#,           Some("/v2/x/tags/list?last=b&n=2")),
            (r"</next>; rel=next",                                    Some("/next")),
            (r#"</next>; title="a, b"; REL="prev Next""#,             Some("/next")),
            (r#"</first>; rel="first", </a,b>; rel="next""#,          Some("/a,b")),
            (r"</bare>",                                              Some("/bare")),
            (r#"<>; rel="next""#,                                     None),
            (r#"</last>; rel="last""#,                                None),
            ("nonsense",                                              None),
            ("<open",                                                 None),
        ];
        for (line, expected) in rows {
            let headers = HeaderMap::from_iter([(LINK, line.parse().unwrap())]);
            assert_eq!(next(&headers).as_deref(), *expected, "{line}");
        }
    }

    #[test]
    fn a_link_stays_where_it_was() {
        let at = "https://r.io/v2/key/a/b/tags/list?n=2";
        #[rustfmt::skip]
        let rows: &[(&str, &str, &str)] = &[
            // answered   link                                               goes on at, or the refusal
            (at, "/v2/key/a/b/tags/list?last=%2f%2F&n=2",    "https://r.io/v2/key/a/b/tags/list?last=%2f%2F&n=2"),
            (at, "list?last=x",                              "https://r.io/v2/key/a/b/tags/list?last=x"),
            (at, "?last=x",                                  "https://r.io/v2/key/a/b/tags/list?last=x"),
            (at, "https://r.io/v2/key/a/b/tags/list?last=x", "https://r.io/v2/key/a/b/tags/list?last=x"),
            (at, "http://r.io/v2/key/a/b/tags/list?last=x",  "https://r.io/v2/key/a/b/tags/list?last=x"),
            (at, "/v2/a/b/tags/list?last=2",                 "https://r.io/v2/key/a/b/tags/list?last=2"),
            (at, "/repository/q/v2/key/a/b/tags/list?last=2","https://r.io/v2/key/a/b/tags/list?last=2"),
            (at, "/v2/other/tags/list?last=2",               "it leads to another path"),
            (at, "https://evil.io/v2/key/a/b/tags/list",     "it leads to another host"),
            (at, "//169.254.169.254/latest",                 "it leads to another host"),
            (at, "https://r.io:8443/v2/key/a/b/tags/list",   "it leads to another host"),
            (at, "http://[",                                 "it is no URL"),
        ];
        for (answered, target, expected) in rows {
            let answered = Url::parse(answered).unwrap();
            match resolve(&answered, target, "key/a/b", false) {
                Ok(url) => assert_eq!(url.as_str(), *expected, "{target}"),
                Err(problem) => assert!(problem.to_string().ends_with(expected), "{problem}"),
            }
        }
        let answered = Url::parse(at).unwrap();
        assert_eq!(
            resolve(&answered, "/strange?last=7", "key/a/b", true).unwrap().as_str(),
            "https://r.io/v2/key/a/b/tags/list?last=7"
        );
    }
}
