//! Text that somebody else wrote.

/// Whether a character must not be printed as it is: it moves a cursor, ends a
/// line, turns the direction of reading, or is not seen at all.
///
/// C0 and C1, and what Unicode has for line ends, direction, joining and
/// annotation.
pub fn is_unseen(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{061c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_known() {
        for (text, unseen) in [
            ("aß日 \u{00a0}🚀", false),
            ("\u{1b}\u{9b}\n\t\0", true),
            ("\u{200e}\u{202e}\u{2066}\u{2028}\u{feff}\u{fff9}", true),
        ] {
            assert!(text.chars().all(|c| is_unseen(c) == unseen), "{text:?}");
        }
    }
}
