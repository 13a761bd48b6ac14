//! The classes of Unicode that Go knows by name.
//!
//! Since Go 1.25 a name is looked up without its blanks, `_` and `-`, and
//! without regard to case; by that very rule scripts of several words, such
//! as `Old_Italic`, are not found. What a class holds is left to the engine,
//! whose Unicode is newer than Go's 15.0.

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Property {
    /// A category (`gc`) or a script (`sc`).
    Named { kind: &'static str, name: &'static str },
    /// All from one code point to another.
    Range(u32, u32),
    /// The surrogates: no text holds one.
    Nothing,
}

/// Looks a name up.
pub(super) fn property(name: &str) -> Option<Property> {
    let name = canonical(name);
    match name.as_str() {
        "Any" => return Some(Property::Range(0, 0x10_ffff)),
        "Ascii" => return Some(Property::Range(0, 0x7f)),
        "Cs" | "Surrogate" => return Some(Property::Nothing),
        _ => {}
    }
    let is_name = |known: &&&str| **known == name;
    let category = CATEGORIES.iter().find(is_name).map(|&name| ("gc", name));
    let script = || SCRIPTS.iter().find(is_name).map(|&name| ("sc", name));
    let (kind, name) = category.or_else(script)?;
    Some(Property::Named { kind, name })
}

/// One capital, then small letters.
fn canonical(name: &str) -> String {
    let mut canonical: String = name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect();
    canonical.make_ascii_lowercase();
    if let Some(first) = canonical.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    canonical
}

/// Categories by their short and long names, spelt canonically.
#[rustfmt::skip]
const CATEGORIES: &[&str] = &[
    "Assigned", "C", "Casedletter", "Cc", "Cf", "Closepunctuation", "Cn", "Cntrl", "Co",
    "Combiningmark", "Connectorpunctuation", "Control", "Currencysymbol",
    "Dashpunctuation", "Decimalnumber", "Digit", "Enclosingmark", "Finalpunctuation",
    "Format", "Initialpunctuation", "L", "Lc", "Letter", "Letternumber", "Lineseparator",
    "Ll", "Lm", "Lo", "Lowercaseletter", "Lt", "Lu", "M", "Mark", "Mathsymbol", "Mc", "Me",
    "Mn", "Modifierletter", "Modifiersymbol", "N", "Nd", "Nl", "No", "Nonspacingmark",
    "Number", "Openpunctuation", "Other", "Otherletter", "Othernumber", "Otherpunctuation",
    "Othersymbol", "P", "Paragraphseparator", "Pc", "Pd", "Pe", "Pf", "Pi", "Po",
    "Privateuse", "Ps", "Punct", "Punctuation", "S", "Sc", "Separator", "Sk", "Sm", "So",
    "Spaceseparator", "Spacingmark", "Symbol", "Titlecaseletter", "Unassigned",
    "Uppercaseletter", "Z", "Zl", "Zp", "Zs",
];

/// Scripts of one word.
#[rustfmt::skip]
const SCRIPTS: &[&str] = &[
    "Adlam", "Ahom", "Arabic", "Armenian", "Avestan", "Balinese", "Bamum", "Batak",
    "Bengali", "Bhaiksuki", "Bopomofo", "Brahmi", "Braille", "Buginese", "Buhid", "Carian",
    "Chakma", "Cham", "Cherokee", "Chorasmian", "Common", "Coptic", "Cuneiform", "Cypriot",
    "Cyrillic", "Deseret", "Devanagari", "Dogra", "Duployan", "Elbasan", "Elymaic",
    "Ethiopic", "Georgian", "Glagolitic", "Gothic", "Grantha", "Greek", "Gujarati",
    "Gurmukhi", "Han", "Hangul", "Hanunoo", "Hatran", "Hebrew", "Hiragana", "Inherited",
    "Javanese", "Kaithi", "Kannada", "Katakana", "Kawi", "Kharoshthi", "Khmer", "Khojki",
    "Khudawadi", "Lao", "Latin", "Lepcha", "Limbu", "Lisu", "Lycian", "Lydian", "Mahajani",
    "Makasar", "Malayalam", "Mandaic", "Manichaean", "Marchen", "Medefaidrin", "Miao",
    "Modi", "Mongolian", "Mro", "Multani", "Myanmar", "Nabataean", "Nandinagari", "Newa",
    "Nko", "Nushu", "Ogham", "Oriya", "Osage", "Osmanya", "Palmyrene", "Phoenician",
    "Rejang", "Runic", "Samaritan", "Saurashtra", "Sharada", "Shavian", "Siddham",
    "Sinhala", "Sogdian", "Soyombo", "Sundanese", "Syriac", "Tagalog", "Tagbanwa", "Takri",
    "Tamil", "Tangsa", "Tangut", "Telugu", "Thaana", "Thai", "Tibetan", "Tifinagh",
    "Tirhuta", "Toto", "Ugaritic", "Vai", "Vithkuqi", "Wancho", "Yezidi", "Yi",
];
