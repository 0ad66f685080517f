use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, get, http::header, web::Data};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_actix_web::service_config::ServiceConfig;

use super::{
    analysis::{Matcher, query_terms},
    document::{Card, Stored},
    facet::Facet,
    highlight::highlight,
    index::Engine,
    query::{Search, Sort},
};
use crate::{
    municipalities::MunicipalityRef,
    platform::{
        auth::Reader,
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

/// How many values can be chosen for one facet.
const MOST_VALUES: usize = 50;

pub fn routes(cfg: &mut ServiceConfig<'_>) {
    cfg.service(find);
}

/// What to search for. What is serialised binds a cursor.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct SearchQuery {
    /// Words, all of which must be found, in any of their forms; the first 16 different ones count. Without any,
    /// everything is found.
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
    #[serde(default, skip_serializing)]
    #[param(inline)]
    facets: Vec<Facet>,
    /// `relevance` (the default with words), `newest` (the default without) or `most_imitated`.
    #[param(inline)]
    sort: Option<Sort>,
    /// How many hits a page holds.
    #[serde(default, skip_serializing)]
    #[param(inline)]
    limit: Limit,
    /// From `page.next`; opaque.
    #[serde(skip_serializing)]
    cursor: Option<String>,
}

/// A page of hits.
#[derive(Serialize, ToSchema)]
struct SearchResult {
    items: Vec<Hit>,
    /// How many there are in all, of those that you may see.
    total: usize,
    /// Hits by facet value: the 50 most frequent, and those that are filtered by; only the facets that were asked for.
    facets: BTreeMap<&'static str, Vec<FacetCount>>,
    page: PageLinks,
}

/// A publication that was found.
#[derive(Serialize, ToSchema)]
struct Hit {
    #[serde(flatten)]
    card: Card,
    municipality: MunicipalityRef,
    /// Imitations that you may see.
    imitations: u32,
    /// Where words matched, by member: HTML with `<mark>`, everything else escaped.
    highlights: BTreeMap<String, String>,
    /// Which members matched, and which words of the query.
    matched: Vec<Matched>,
}

/// Why a hit is one.
#[derive(Serialize, ToSchema)]
struct Matched {
    /// The member of the publication.
    field: String,
    /// The words of the query, as the index knows them.
    terms: Vec<String>,
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
    fn filters(&self, directory: &Directory) -> Result<Vec<(Facet, Vec<String>)>> {
        let filters = vec![
            (Facet::Area, self.area.clone()),
            (Facet::Kind, self.kind.clone()),
            (Facet::Degree, self.degree.clone()),
            (Facet::Phase, self.phase.iter().map(|phase| phase.code().to_owned()).collect()),
            (Facet::Municipality, self.municipality.iter().map(ToString::to_string).collect()),
            (Facet::Sdg, self.sdg.iter().map(ToString::to_string).collect()),
            (Facet::Tag, self.tag.iter().map(|tag| tag.to_lowercase()).collect()),
            (Facet::Language, self.language.iter().map(|language| language.code().to_owned()).collect()),
        ];
        if let Some((facet, _)) = filters.iter().find(|(_, values)| values.len() > MOST_VALUES) {
            return Err(Error::parameter(facet.code(), format!("must be at most {MOST_VALUES} values")));
        }
        for (facet, values) in &filters {
            let Some(vocabulary) = facet.vocabulary() else { continue };
            if !values.iter().all(|value| directory.knows(vocabulary, value)) {
                let rule = format!("must be one of {}", directory.codes(vocabulary));
                return Err(Error::parameter(facet.code(), rule));
            }
        }
        Ok(filters)
    }

    fn search(&self, reader: &Reader, state: &State, scope: &str) -> Result<Search> {
        let terms = query_terms(self.q.as_str());
        let sort = self.sort.unwrap_or(if terms.is_empty() { Sort::Newest } else { Sort::Relevance });
        let directory = state.directory();
        let mut facets = self.facets.clone();
        facets.sort();
        facets.dedup();
        Ok(Search {
            terms,
            filters: self.filters(&directory)?,
            facets,
            sort,
            after: self.cursor.as_deref().map(|cursor| state.cursors.open(scope, cursor)).transpose()?,
            limit: self.limit.get(),
            neighbours: reader.municipality().map(|id| directory.neighbours(id)).unwrap_or_default(),
        })
    }
}

/// Search publications
///
/// "Has someone already done this?" Finds words in title, summary, need, solution, results, lessons, advice, tags
/// and municipality, in bokmål and nynorsk forms alike. Filters on one member are alternatives; those on different
/// members must all hold. Without a token you find what is public; with one, also what is published for your
/// region. A publication is found within a second of its publishing.
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
    let scope = serde_json::to_string(&(reader.municipality(), &query)).map_err(anyhow::Error::from)?;
    let search = query.search(&reader, &state, &scope)?;
    let found = engine.search(&search)?;
    let last = found.hits.last().filter(|_| found.more);
    let next = last.map(|(_, _, place)| state.cursors.seal(&scope, place)).transpose()?;
    let directory = state.directory();
    let mut matcher = Matcher::new(&search.terms);
    let hits = found
        .hits
        .into_iter()
        .map(|(stored, imitations, _)| hit(&directory, &mut matcher, stored, imitations));
    let items = hits.collect();
    let facets = facets(&directory, Language::of(&request), &search, found.counts);
    let page = PageLinks::new(&request, query.limit, next.as_deref());
    let link = page.header();
    let result = SearchResult { items, total: found.total, facets, page };
    Ok(HttpResponse::Ok().insert_header((header::LINK, link)).json(result))
}

fn hit(directory: &Directory, matcher: &mut Matcher<'_>, stored: Stored, imitations: u32) -> Hit {
    let Stored { municipality, card, texts } = stored;
    let municipality = MunicipalityRef::of(directory, municipality);
    let tags = card.tags.join(", ");
    let named = [
        ("title", card.title.as_str()),
        ("summary", card.summary.as_deref().unwrap_or_default()),
        ("tags", tags.as_str()),
        ("municipality", municipality.name.as_str()),
    ];
    let texts = texts.iter().map(|(name, text)| (name.as_str(), text.as_str()));
    let (mut highlights, mut matched) = (BTreeMap::new(), Vec::new());
    for (name, text) in named.into_iter().chain(texts) {
        if let Some(found) = highlight(matcher, text) {
            highlights.insert(name.to_owned(), found.html);
            let terms = found.terms.into_iter().map(ToOwned::to_owned).collect();
            matched.push(Matched { field: name.to_owned(), terms });
        }
    }
    Hit { card, municipality, imitations, highlights, matched }
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
