//! Texts that must fit.

/// The text in at most `most` UTF-16 units, as `SharePoint` counts; what is cut off ends with an ellipsis. Says whether it was.
pub(super) fn shorten(text: &str, most: usize) -> (String, bool) {
    if text.encode_utf16().count() <= most {
        return (text.to_owned(), false);
    }
    let (mut kept, mut units) = (String::new(), 0);
    for character in text.chars() {
        units += character.len_utf16();
        if units + 1 > most {
            break;
        }
        kept.push(character);
    }
    (format!("{}…", kept.trim_end()), true)
}

/// A text from over there as ours may be: without what no reader can see, without the markup of rich text, of at most `most`
/// characters; none when nothing is left.
pub(super) fn clean(text: &str, most: usize) -> Option<String> {
    let rich = text.trim_start().starts_with("<div class=\"ExternalClass");
    let text = if rich { plain(text) } else { text.to_owned() };
    let seen = |c: char| !matches!(c, '\u{FFFE}' | '\u{FFFF}') && (!c.is_control() || c == '\n' || c == '\t');
    let text: String = text.replace("\r\n", "\n").chars().filter(|c| seen(*c)).collect();
    let text = text.trim();
    if text.chars().count() <= most {
        return Some(text.to_owned()).filter(|text| !text.is_empty());
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    Some(format!("{}…", kept.trim_end()))
}

/// A text as it is compared: by its words, whatever markup and line breaks they came in; none when there are none.
pub(super) fn words(text: &str) -> Option<String> {
    clean(text, usize::MAX)
}

/// The words of rich text, which `SharePoint` wraps into an element of its own.
fn plain(html: &str) -> String {
    let (mut text, mut within) = (String::with_capacity(html.len()), false);
    for (at, character) in html.char_indices() {
        match character {
            '<' => {
                within = true;
                let rest = html.get(at..).unwrap_or_default();
                if ["<br", "</p", "</div", "</li"].iter().any(|ends| rest.starts_with(ends)) {
                    text.push('\n');
                }
            }
            '>' if within => within = false,
            _ if within => {}
            _ => text.push(character),
        }
    }
    let text = text.replace("&nbsp;", " ").replace("&#160;", " ");
    quick_xml::escape::unescape(&text).map_or_else(|_cause| text.clone(), std::borrow::Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::{clean, shorten};

    #[test]
    fn a_text_is_cut_between_characters_and_says_so() {
        assert_eq!(shorten("blåbær", 6), ("blåbær".to_owned(), false));
        assert_eq!(shorten("blåbær", 5), ("blåb…".to_owned(), true));
        assert_eq!(shorten("🛶🛶🛶", 5), ("🛶🛶…".to_owned(), true));
    }

    #[test]
    fn rich_text_becomes_words_and_plain_text_with_markup_stays() {
        let rich = "<div class=\"ExternalClass1\"><p>Én &amp; to</p><p>tre&nbsp;fire</p></div>";
        assert_eq!(clean(rich, 100).unwrap(), "Én & to\ntre fire");
        assert_eq!(clean("a <b>b</b> & c", 100).unwrap(), "a <b>b</b> & c");
        assert_eq!(clean(" \u{0}\u{FFFF} ", 100), None);
        assert_eq!(clean("12345", 4).unwrap(), "123…");
    }
}
