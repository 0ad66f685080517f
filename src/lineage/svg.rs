//! A lineage as a picture that can be shown as it is: every state is written and not only coloured, text has a contrast of
//! at least 7 to 1, and screen readers are told in words what there is to see.

use std::fmt::Write;

use chrono::{DateTime, Datelike, Utc};
use quick_xml::escape::escape;

use super::{
    layout::{Layout, NODE},
    model::{Edge, Lineage, Node},
};
use crate::{
    adoption::AdoptionState,
    platform::{id::ProjectId, language::Language},
    projects::Visibility,
};

/// How many characters fit on a line of a title.
const LINE: usize = 30;
/// How many edges are told in words.
const TOLD: usize = 60;

const INK: &str = "#1b1f24";
const GREY: &str = "#454c54";

/// The words of the picture, in a language.
struct Words {
    of: &'static str,
    publications: &'static str,
    municipalities: &'static str,
    withdrawn: &'static str,
    draft: &'static str,
    unrecorded: &'static str,
    left: &'static str,
    truncated: &'static str,
    states: [&'static str; 5],
}

fn words(language: Language) -> &'static Words {
    match language {
        Language::Nb => &Words {
            of: "Slektskap for",
            publications: "publikasjoner",
            municipalities: "kommuner",
            withdrawn: "trukket tilbake",
            draft: "utkast",
            unrecorded: "bruk ikke registrert",
            left: "frakoblet",
            truncated: "Bildet viser ikke alt: de nærmeste er med.",
            states: ["planlagt", "prøves ut", "i bruk", "evaluert", "avsluttet"],
        },
        Language::Nn => &Words {
            of: "Slektskap for",
            publications: "publikasjonar",
            municipalities: "kommunar",
            withdrawn: "trekt tilbake",
            draft: "utkast",
            unrecorded: "bruk ikkje registrert",
            left: "fråkopla",
            truncated: "Biletet viser ikkje alt: dei næraste er med.",
            states: ["planlagt", "blir prøvd ut", "i bruk", "evaluert", "avslutta"],
        },
        Language::En => &Words {
            of: "Lineage of",
            publications: "publications",
            municipalities: "municipalities",
            withdrawn: "withdrawn",
            draft: "draft",
            unrecorded: "use not recorded",
            left: "detached",
            truncated: "The picture does not show everything: the nearest are there.",
            states: ["planned", "piloting", "in use", "evaluated", "discontinued"],
        },
    }
}

impl Words {
    fn state(&self, state: AdoptionState) -> &'static str {
        let [planned, piloting, in_use, evaluated, discontinued] = self.states;
        match state {
            AdoptionState::Planned => planned,
            AdoptionState::Piloting => piloting,
            AdoptionState::InUse => in_use,
            AdoptionState::Evaluated => evaluated,
            AdoptionState::Discontinued => discontinued,
        }
    }
}

/// What a node stands for, in a word and a colour.
fn standing(node: &Node, words: &Words) -> (String, &'static str) {
    const NEUTRAL: &str = "#6e7781";
    let recorded = node.adoption.map(|state| words.state(state));
    match (node.state, node.adoption) {
        (Visibility::Withdrawn, _) => (words.withdrawn.to_owned(), NEUTRAL),
        (Visibility::Draft, _) => {
            let told = [Some(words.draft), recorded].into_iter().flatten().collect::<Vec<_>>();
            (told.join(", "), NEUTRAL)
        }
        (Visibility::Published, None) => (words.unrecorded.to_owned(), NEUTRAL),
        (Visibility::Published, Some(state)) => (words.state(state).to_owned(), colour(state)),
    }
}

fn colour(state: AdoptionState) -> &'static str {
    match state {
        AdoptionState::Planned => "#0550ae",
        AdoptionState::Piloting => "#9a6700",
        AdoptionState::InUse => "#1a7f37",
        AdoptionState::Evaluated => "#116329",
        AdoptionState::Discontinued => "#a40e26",
    }
}

/// The picture, as SVG 1.1.
pub(super) fn svg(lineage: &Lineage, language: Language) -> String {
    let (words, layout) = (words(language), Layout::of(lineage));
    let mut svg = String::new();
    let (width, height) = (layout.width, layout.height + if lineage.truncated { 28 } else { 0 });
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" role=\"img\" aria-labelledby=\"title-{id} desc-{id}\" xml:lang=\"{}\" \
         font-family=\"system-ui, 'Segoe UI', Roboto, 'Noto Sans', sans-serif\" fill=\"{INK}\">\
         <title id=\"title-{id}\">{}</title><desc id=\"desc-{id}\">{}</desc>\
         <defs><marker id=\"arrow-{id}\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" \
         orient=\"auto\"><path d=\"M0 0 8 4 0 8z\" fill=\"{GREY}\"/></marker></defs>\
         <rect width=\"{width}\" height=\"{height}\" fill=\"#ffffff\"/>",
        language.code(),
        escape(title(lineage, words)),
        escape(description(lineage, words)),
        // Several pictures can stand in one page.
        id = lineage.id,
    );
    lineage.edges.iter().for_each(|edge| draw_edge(&mut svg, edge, &layout, lineage.id));
    lineage.nodes.iter().for_each(|node| draw_node(&mut svg, node, node.id == lineage.id, &layout, words));
    if lineage.truncated {
        let _ = write!(
            svg,
            "<text x=\"24\" y=\"{}\" font-size=\"13\">{}</text>",
            height - 16,
            escape(words.truncated)
        );
    }
    svg.push_str("</svg>");
    svg
}

fn title(lineage: &Lineage, words: &Words) -> String {
    let subject = lineage.nodes.iter().find(|node| node.id == lineage.id);
    let name = subject.map_or("", |node| node.title.as_deref().unwrap_or(words.withdrawn));
    format!("{} «{name}»", words.of)
}

/// What there is to see, in words: how much, and what was made from what.
fn description(lineage: &Lineage, words: &Words) -> String {
    let mut owners: Vec<&str> = lineage.nodes.iter().map(|node| node.municipality.name.as_str()).collect();
    owners.sort_unstable();
    owners.dedup();
    let mut told =
        format!("{} {}, {} {}.", lineage.nodes.len(), words.publications, owners.len(), words.municipalities);
    let named = |id| {
        let node = lineage.nodes.iter().find(|node| node.id == id)?;
        let year = year(node.first_published_at).map(|year| format!(" {year}")).unwrap_or_default();
        Some(format!("{}{year} ({})", node.municipality.name, standing(node, words).0))
    };
    for edge in lineage.edges.iter().take(TOLD) {
        if let (Some(from), Some(to)) = (named(edge.from), named(edge.to)) {
            let left = edge.detached_at.map(|_| format!(", {}", words.left)).unwrap_or_default();
            let _ = write!(told, " {from} → {to}{left}.");
        }
    }
    told
}

fn year(at: Option<DateTime<Utc>>) -> Option<i32> {
    at.map(|at| at.year())
}

fn draw_edge(svg: &mut String, edge: &Edge, layout: &Layout, id: ProjectId) {
    let ((from_x, from_y), (to_x, to_y)) = (layout.place(edge.from), layout.place(edge.to));
    let (from_y, to_y) = (from_y + NODE.1 / 2, to_y + NODE.1 / 2);
    let from_x = from_x + NODE.0;
    let bend = ((to_x - from_x) / 2).max(36);
    let dashes = edge.detached_at.map(|_| " stroke-dasharray=\"5 4\"").unwrap_or_default();
    let _ = write!(
        svg,
        "<path d=\"M{from_x} {from_y} C{} {from_y} {} {to_y} {} {to_y}\" fill=\"none\" stroke=\"{GREY}\" \
         stroke-width=\"1.5\" marker-end=\"url(#arrow-{id})\"{dashes}/>",
        from_x + bend,
        to_x - bend,
        to_x - 2,
    );
}

fn draw_node(svg: &mut String, node: &Node, is_subject: bool, layout: &Layout, words: &Words) {
    let ((x, y), (state, colour)) = (layout.place(node.id), standing(node, words));
    let (width, height) = NODE;
    let stroke = if is_subject { 3 } else { 1 };
    let title = node.title.as_deref().unwrap_or(words.withdrawn);
    let _ = write!(
        svg,
        "<g><title>{}</title><rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"6\" fill=\"#ffffff\" \
         stroke=\"{GREY}\" stroke-width=\"{stroke}\"/><rect x=\"{x}\" y=\"{y}\" width=\"7\" height=\"{height}\" rx=\"3\" \
         fill=\"{colour}\"/>",
        escape(title),
    );
    for (nth, line) in (0..).zip(lines(title)) {
        let _ = write!(
            svg,
            "<text x=\"{}\" y=\"{}\" font-size=\"14\" font-weight=\"600\">{}</text>",
            x + 18,
            y + 22 + nth * 18,
            escape(line),
        );
    }
    let year = year(node.first_published_at).map(|year| format!(" · {year}")).unwrap_or_default();
    let _ = write!(
        svg,
        "<text x=\"{left}\" y=\"{}\" font-size=\"12.5\">{}{year}</text>\
         <text x=\"{left}\" y=\"{}\" font-size=\"12.5\" fill=\"{GREY}\">{}</text></g>",
        y + 62,
        escape(node.municipality.name.as_str()),
        y + 80,
        escape(state),
        left = x + 18,
    );
}

/// A title on at most two lines, by words; cut with an ellipsis.
fn lines(title: &str) -> Vec<String> {
    let mut lines: Vec<String> = vec![String::new()];
    let mut cut = false;
    for word in title.split_whitespace() {
        let length = |line: &String| line.chars().count() + word.chars().count() + 1;
        let (many, last) = (lines.len(), lines.last_mut());
        match last {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if length(line) <= LINE => {
                line.push(' ');
                line.push_str(word);
            }
            _ if many < 2 => lines.push(word.to_owned()),
            _ => {
                cut = true;
                break;
            }
        }
    }
    let shorten = |line: String, cut: bool| {
        if cut || line.chars().count() > LINE {
            let line: String = line.chars().take(LINE - 1).collect();
            format!("{}…", line.trim_end())
        } else {
            line
        }
    };
    let last = lines.len();
    (1..).zip(lines).map(|(nth, line)| shorten(line, cut && nth == last)).collect()
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn a_title_has_two_lines_at_most_and_says_when_it_is_cut() {
        assert_eq!(lines("Fallsensorer"), ["Fallsensorer"]);
        assert_eq!(
            lines("Fallsensorer for eldre som bor alene"),
            ["Fallsensorer for eldre som bor", "alene"]
        );
        let long = "Digital hjemmeoppfølging av mennesker med kronisk sykdom i fire kommuner i Østfold";
        assert_eq!(lines(long), ["Digital hjemmeoppfølging av", "mennesker med kronisk sykdom…"]);
        assert_eq!(lines(&"x".repeat(40)), [format!("{}…", "x".repeat(29))]);
    }
}
