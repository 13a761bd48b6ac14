//! The tags of a repository, over all pages.
//!
//! The list ends where the registry says so, not where it is convenient: some
//! registries cut it without a word, and tags would go missing silently.

use std::collections::HashSet;

use url::Url;

use super::answer::{Ask, Reply};
use super::error::{Missing, Problem, Step};
use super::link;
use super::page::Page;
use super::tags::Tags;
use super::visit::Visit;
use crate::http::shown;

/// What is asked for per page, as Flux does.
const PER_PAGE: usize = 1000;

/// The page size of registries that end a list there without a word.
const USUAL_CUT: usize = 100;

/// More pages than any list has (GHCR lists with 160 thousand tags exist).
const PAGES: usize = 10_000;

/// More tags than any repository has.
const TAGS: usize = 1_000_000;

/// The largest page: Google's older registry sends everything in one.
const PAGE_BYTES: usize = 64 * 1024 * 1024;

/// The most that is read for one repository.
const ALL_BYTES: usize = 256 * 1024 * 1024;

/// Reads all pages. A list that breaks in the middle, because a tag was
/// deleted meanwhile, is read once more from the start.
pub(super) async fn read(visit: &Visit<'_>) -> Result<Tags, Problem> {
    match Walk::default().run(visit).await {
        Err((Problem::NotFound { .. }, pages)) if pages > 0 => {
            Walk::default().run(visit).await.map_err(|(problem, _)| problem)
        }
        outcome => outcome.map_err(|(problem, _)| problem),
    }
}

#[derive(Default)]
struct Walk {
    tags: HashSet<Box<str>>,
    asked: HashSet<Url>,
    illegal: usize,
    pages: usize,
    bytes: usize,
    /// How many pages running brought nothing new.
    barren: usize,
    /// Whether we go on by `last`, because the registry does not say how.
    guessing: bool,
    cut_short: bool,
}

impl Walk {
    /// The tags, or the problem and how many pages came before it.
    async fn run(mut self, visit: &Visit<'_>) -> Result<Tags, (Problem, usize)> {
        match self.walk(visit).await {
            Ok(()) => Ok(Tags::new(self.tags, self.illegal, self.cut_short)),
            Err(problem) => Err((problem, self.pages)),
        }
    }

    async fn walk(&mut self, visit: &Visit<'_>) -> Result<(), Problem> {
        let base = visit.origin().await?;
        let path = format!("v2/{}/tags/list", visit.scan.repository);
        let first =
            base.join(&path).map_err(|_| Problem::InvalidHost { host: visit.host.name.clone() })?;
        let mut per_page = Some(PER_PAGE);
        let mut url = with_size(&first, per_page);
        loop {
            if !self.asked.insert(url.clone()) {
                return Err(self.malformed(visit, "its pages go in a circle"));
            }
            visit.at(Step::Page(self.pages + 1));
            let reply = visit.ask(Ask::get(url.clone(), PAGE_BYTES)).await?;
            let status = reply.status.as_u16();
            if self.guessing && (400..500).contains(&status) && status != 429 {
                return Ok(());
            }
            if self.pages == 0 && per_page.is_some() && matches!(status, 400 | 405 | 422) {
                per_page = smaller_size(&reply);
                url = with_size(&first, per_page);
                continue;
            }
            if !reply.status.is_success() {
                return Err(visit.refusal(&reply, Missing::Repository));
            }
            let page = Self::page(&reply)?;
            let fresh = self.take(visit, &reply, &page)?;
            url = match link::next(&reply.headers) {
                Some(target) => {
                    let is_artifactory = reply.headers.contains_key("x-jfrog-version");
                    link::resolve(&reply.url, &target, &visit.scan.repository, is_artifactory)?
                }
                None if self.guessing && fresh == 0 => return Ok(()),
                None => match self.guess(&page, per_page, &first) {
                    Some(url) => url,
                    None => return Ok(()),
                },
            };
        }
    }

    fn page(reply: &Reply) -> Result<Page, Problem> {
        Page::parse(&reply.body).map_err(|detail| {
            let detail = format!("no list of tags, but {}: {detail}", shown(&reply.kind()));
            Problem::malformed(reply.by(), detail)
        })
    }

    /// Adds a page and returns how many of its tags are new.
    fn take(&mut self, visit: &Visit<'_>, reply: &Reply, page: &Page) -> Result<usize, Problem> {
        let before = self.tags.len();
        self.tags.extend(page.tags.iter().cloned());
        let fresh = self.tags.len() - before;
        self.illegal += page.illegal;
        self.pages += 1;
        self.bytes += reply.body.len();
        self.barren = if fresh == 0 { self.barren + 1 } else { 0 };
        self.cut_short |= self.guessing && fresh > 0;
        let fault = if self.pages >= PAGES {
            Some(format!("it has more than {PAGES} pages"))
        } else if self.tags.len() > TAGS {
            Some(format!("it has more than {TAGS} tags"))
        } else if self.bytes > ALL_BYTES {
            Some(format!("its pages are larger than {ALL_BYTES} bytes"))
        } else if self.barren >= 2 {
            Some("two pages running bring nothing new".to_owned())
        } else {
            None
        };
        fault.map_or(Ok(fresh), |detail| Err(self.malformed(visit, &detail)))
    }

    /// Where a list may go on that ended at a suspicious size.
    fn guess(&mut self, page: &Page, per_page: Option<usize>, first: &Url) -> Option<Url> {
        let suspicious = Some(page.len()) == per_page || page.len() == USUAL_CUT;
        let last = page.last.as_deref().filter(|_| suspicious)?;
        self.guessing = true;
        let mut url = with_size(first, per_page);
        url.query_pairs_mut().append_pair("last", last);
        Some(url)
    }

    fn malformed(&self, visit: &Visit<'_>, detail: &str) -> Problem {
        Problem::malformed(&visit.host.name, format!("{detail}, after {} tags", self.tags.len()))
    }
}

fn with_size(first: &Url, per_page: Option<usize>) -> Url {
    let mut url = first.clone();
    if let Some(size) = per_page {
        url.query_pairs_mut().append_pair("n", &size.to_string());
    }
    url
}

/// The page size that a refusal names, if it is smaller; else the registry's own.
fn smaller_size(reply: &Reply) -> Option<usize> {
    if String::from_utf8_lossy(&reply.body).contains("PAGINATION_NUMBER_INVALID") {
        return None;
    }
    reply
        .words()
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .find(|size| (1..PER_PAGE).contains(size))
}
