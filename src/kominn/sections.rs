//! Several of our texts in one field over there, each under a heading, so that they can be told apart again.

/// A text under its heading.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Section {
    Results,
    Lessons,
    BuildsOn,
    About,
}

impl Section {
    const ALL: [Self; 4] = [Self::Results, Self::Lessons, Self::BuildsOn, Self::About];

    fn heading(self) -> &'static str {
        match self {
            Self::Results => "— Resultater —",
            Self::Lessons => "— Erfaringer —",
            Self::BuildsOn => "— Bygger på —",
            Self::About => "— Om prosjektet —",
        }
    }
}

/// A text, and those that follow it under their headings.
pub(super) fn join(text: Option<&str>, sections: &[(Section, String)]) -> Option<String> {
    let mut parts: Vec<String> = text.map(escape).into_iter().collect();
    parts.extend(sections.iter().map(|(section, text)| format!("{}\n{}", section.heading(), escape(text))));
    Some(parts.join("\n\n")).filter(|joined| !joined.is_empty())
}

/// The text before the first heading, and that under each.
pub(super) fn split(joined: &str) -> (Option<String>, Vec<(Section, String)>) {
    let (mut first, mut sections) = (String::new(), Vec::<(Section, String)>::new());
    for line in joined.lines() {
        let heading = Section::ALL.into_iter().find(|section| section.heading() == line);
        if let Some(section) = heading {
            sections.push((section, String::new()));
            continue;
        }
        let text = sections.last_mut().map_or(&mut first, |(_, text)| text);
        text.push_str(if is_like_a_heading(line) { line.strip_prefix(' ').unwrap_or(line) } else { line });
        text.push('\n');
    }
    let trimmed = |text: String| text.trim().to_owned();
    let sections = sections.into_iter().map(|(section, text)| (section, trimmed(text))).collect();
    (Some(trimmed(first)).filter(|text| !text.is_empty()), sections)
}

/// A line that looks like a heading gets a space before it, which is taken away again.
fn escape(text: &str) -> String {
    let line = |line: &str| if is_like_a_heading(line) { format!(" {line}") } else { line.to_owned() };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

fn is_like_a_heading(line: &str) -> bool {
    Section::ALL.iter().any(|section| section.heading() == line.trim_start_matches(' '))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Section, join, split};

    /// Lines that look like headings, and all else.
    fn text() -> impl Strategy<Value = String> {
        let line = prop_oneof![
            "[a-zæøå<>&;#'\"—]{0,12}",
            Just("— Resultater —".to_owned()),
            Just("  — Om prosjektet —".to_owned())
        ];
        proptest::collection::vec(line, 1..5).prop_map(|lines| format!("a\n{}\nz", lines.join("\n")))
    }

    proptest! {
        #[test]
        fn what_is_joined_is_split_into_the_same(first in proptest::option::of(text()), results in text(), about in text()) {
            let sections = vec![(Section::Results, results), (Section::About, about)];
            let joined = join(first.as_deref(), &sections).unwrap();
            prop_assert_eq!(split(&joined), (first, sections));
        }
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(join(None, &[]), None);
        assert_eq!(split(""), (None, Vec::new()));
    }
}
