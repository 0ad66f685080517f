use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, get, http::header, web::Data};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    check_api,
    clause::Reach,
    criteria::Criteria,
    engine::{Engine, Hits},
    facet::Facet,
    hit::{Hit, correction, hit},
    matcher::Matcher,
    parse::Question,
    query::{Bookmark, Search, Sort},
    similar_api, suggest_api,
    viewer::Viewer,
};
use crate::{
    platform::{
        auth::Reader,
        closed::closed,
        directory::Directory,
        error::{Error, Result},
        extract::Query,
        id::MunicipalityId,
        language::Language,
        page::{Limit, PageLinks},
        state::State,
        text::Text,
    },
    projects::Phase,
};

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(find);
    cfg.configure(suggest_api::routes).configure(similar_api::routes).configure(check_api::routes);
}

/// What to search for.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchQuery {
    /// Words, in any of their forms; `"a phrase"` whose words must follow each other; `-word` or `-"a phrase"` for
    /// what must not be there; `member:word` for where it must stand (`title`, `summary`, `need`, `solution`,
    /// `results`, `lessons`, `transfer_notes`, `target_groups`, `tags`, `municipality`). The first 16 words count.
    /// Without any, everything is found.
    #[serde(default)]
    #[param(inline)]
    q: Text<0, 200>,
    /// Only these strategic areas (repeat for several; one of them is enough).
    #[serde(default)]
    area: Vec<String>,
    /// Only these kinds of innovation.
    #[serde(default)]
    kind: Vec<String>,
    /// Only these degrees of innovation.
    #[serde(default)]
    degree: Vec<String>,
    /// Only these phases.
    #[serde(default)]
    #[param(inline)]
    phase: Vec<Phase>,
    /// Only these municipalities, by organisation number.
    #[serde(default)]
    #[param(inline)]
    municipality: Vec<MunicipalityId>,
    /// Only these sustainable development goals, 1 to 17.
    #[serde(default)]
    sdg: Vec<u8>,
    /// Only with these tags.
    #[serde(default)]
    tag: Vec<String>,
    /// Only in these languages.
    #[serde(default)]
    #[param(inline)]
    language: Vec<Language>,
    /// What to count hits by (repeat for several). Counts of a facet ignore the filter on that facet.
    #[serde(default)]
    #[param(inline)]
    facets: Vec<Facet>,
    /// `relevance` (the default with words), `newest` (the default without), `most_imitated` or `most_adopted`
    /// (in use in most other municipalities).
    #[param(inline)]
    sort: Option<Sort>,
    /// How many hits a page holds.
    #[serde(default)]
    #[param(inline)]
    limit: Limit,
    /// From `page.next`; opaque.
    cursor: Option<String>,
}

/// A page of hits.
#[derive(Serialize, ToSchema)]
struct SearchResult {
    items: Vec<Hit>,
    /// How many there are in all, of those that you may see.
    total: usize,
    /// Whether every hit has all words (`all`), or some have only most of them, because few have all (`some`).
    matching: Matching,
    /// The query with its typing errors mended as hits have the words; null when none was mended.
    did_you_mean: Option<String>,
    /// Hits by facet value: the 50 most frequent, and those that are filtered by; only the facets that were asked for.
    facets: BTreeMap<&'static str, Vec<FacetCount>>,
    page: PageLinks,
}

closed! {
    /// How much of the query every hit has.
    pub enum Matching {
        /// All of it.
        All = "all",
        /// Some have only a part.
        Some = "some",
    }
}

/// How many hits have a value.
#[derive(Serialize, ToSchema)]
struct FacetCount {
    /// What the filter takes.
    value: String,
    /// In the language of `Accept-Language`.
    label: String,
    count: u32,
    /// Whether it is filtered by.
    selected: bool,
}

impl SearchQuery {
    fn criteria(&self) -> Criteria {
        Criteria {
            q: self.q.clone(),
            area: self.area.clone(),
            kind: self.kind.clone(),
            degree: self.degree.clone(),
            phase: self.phase.clone(),
            municipality: self.municipality.clone(),
            sdg: self.sdg.clone(),
            tag: self.tag.clone(),
            language: self.language.clone(),
        }
    }

    /// What a cursor is bound to.
    fn scope(&self, criteria: &Criteria, reader: &Reader) -> Result<String> {
        let scope = (criteria, self.sort, reader.municipality());
        Ok(serde_json::to_string(&scope).map_err(anyhow::Error::from)?)
    }

    fn search(&self, criteria: &Criteria, reader: &Reader, state: &State, scope: &str) -> Result<Search> {
        let after: Option<Bookmark> =
            self.cursor.as_deref().map(|cursor| state.cursors.open(scope, cursor)).transpose()?;
        let checked = criteria.check(&state.directory());
        checked.map_err(|(parameter, rule)| Error::parameter(parameter, rule))?;
        let mut facets = self.facets.clone();
        facets.sort();
        facets.dedup();
        let question = Question::parse(self.q.as_str());
        let sort = if question.wanted.is_empty() { Sort::Newest } else { Sort::Relevance };
        Ok(Search {
            question,
            filters: criteria.filters(),
            facets,
            sort: self.sort.unwrap_or(sort),
            after,
            limit: self.limit.get(),
            viewer: Viewer::on_the_day_of(after, reader, state),
        })
    }
}

/// Search publications
///
/// "Has someone already done this?" Finds words in title, summary, need, solution, results, lessons, advice, target
/// groups, tags and municipality, whatever the form: bokmål or nynorsk, compounds by their parts and the other way
/// round, other names of the same, the last word unfinished, without æ, ø and å, and with typing errors when nothing
/// has the word as it stands. The closer, the higher; each hit tells in `matched` which words answered and how. When
/// few hits have all words, those with most of them follow, and `matching` is `some`.
///
/// Filters on one member are alternatives; those on different members must all hold. Without a token you find what is
/// public; with one, also what is published for your region. A publication is found within a second of its publishing.
#[utoipa::path(operation_id = "search_publications", tag = "search", params(SearchQuery),
    responses((status = 200, body = SearchResult, headers(("Link" = String)))),
    security((), ("token" = ["publications:read"])))]
#[get("/publications")]
async fn find(
    reader: Reader,
    state: Data<State>,
    engine: Data<Engine>,
    request: HttpRequest,
    Query(query): Query<SearchQuery>,
) -> Result<HttpResponse> {
    let criteria = query.criteria();
    let scope = query.scope(&criteria, &reader)?;
    let search = query.search(&criteria, &reader, &state, &scope)?;
    let found = engine.search(&search)?;
    let next = found.next(&search.viewer).map(|next| state.cursors.seal(&scope, &next)).transpose()?;
    let directory = state.directory();
    let page = PageLinks::new(&request, query.limit, next.as_deref());
    let link = page.header();
    let result = result(&directory, Language::of(&request), &search, query.q.as_str(), found, page);
    Ok(HttpResponse::Ok().insert_header((header::LINK, link)).json(result))
}

fn result(
    directory: &Directory,
    language: Language,
    search: &Search,
    asked: &str,
    found: Hits,
    page: PageLinks,
) -> SearchResult {
    let matcher = Matcher::new(&found.clauses);
    let items = found
        .hits
        .into_iter()
        .map(|(stored, uptake, _)| hit(directory, &found.clauses, &matcher, stored, uptake));
    let items: Vec<Hit> = items.collect();
    let wanted = found.clauses.iter().filter(|clause| !clause.demanded).count();
    SearchResult {
        did_you_mean: correction(asked, &items),
        items,
        total: found.total,
        matching: if found.demand.clauses < wanted || found.demand.reach == Reach::Loose {
            Matching::Some
        } else {
            Matching::All
        },
        facets: facets(directory, language, search, found.counts),
        page,
    }
}

fn facets(
    directory: &Directory,
    language: Language,
    search: &Search,
    counts: Vec<(Facet, Vec<(String, u32)>)>,
) -> BTreeMap<&'static str, Vec<FacetCount>> {
    let chosen = |facet: Facet, value: &String| {
        search.filters.iter().any(|(of, values)| *of == facet && values.contains(value))
    };
    let counted = counts.into_iter().map(|(facet, counts)| {
        let counts = counts.into_iter().map(|(value, count)| FacetCount {
            label: facet.label(directory, &value, language),
            selected: chosen(facet, &value),
            value,
            count,
        });
        (facet.code(), counts.collect())
    });
    counted.collect()
}
