//! The rules of a model id, and the composer that makes one from a name.
//! Never mends an id in silence: checking refuses, composing is a suggestion that people see.

/// The longest id (contract 5): the id is a DNS label.
pub const MAX_LENGTH: usize = 63;

/// The first thing that is wrong with a model id, as a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelIdFault {
    #[error("Give the model an id.")]
    Empty,
    #[error("A model id has no spaces or line breaks, not at its ends either.")]
    Space,
    #[error("A model id is written without quotes.")]
    Quoted,
    #[error("Use small letters: \"{0}\" is a capital.")]
    Capital(char),
    #[error("Use the letters a to z without dots, tails and accents: \"{0}\" is not one of them.")]
    Foreign(char),
    #[error("Use only a to z, 0 to 9 and the hyphen: \"{0}\" is none of these.")]
    Illegal(char),
    #[error("A model id does not begin with a hyphen.")]
    HyphenFirst,
    #[error("A model id does not end with a hyphen.")]
    HyphenLast,
    #[error("A model id has at most 63 characters; this one has {0}.")]
    TooLong(usize),
}

/// Checks an id that is to be created, exactly as given: `a-z`, `0-9`, `-`, 1 to 63, no hyphen at either end.
///
/// # Errors
/// The first rule it breaks.
pub fn check_model_id(id: &str) -> Result<(), ModelIdFault> {
    for letter in id.chars() {
        match letter {
            'a'..='z' | '0'..='9' | '-' => {}
            _ if letter.is_whitespace() || letter.is_control() => return Err(ModelIdFault::Space),
            '"' | '\'' => return Err(ModelIdFault::Quoted),
            'A'..='Z' => return Err(ModelIdFault::Capital(letter)),
            _ if letter.is_alphabetic() => return Err(ModelIdFault::Foreign(letter)),
            _ => return Err(ModelIdFault::Illegal(letter)),
        }
    }
    match id.len() {
        0 => Err(ModelIdFault::Empty),
        _ if id.starts_with('-') => Err(ModelIdFault::HyphenFirst),
        _ if id.ends_with('-') => Err(ModelIdFault::HyphenLast),
        length if length > MAX_LENGTH => Err(ModelIdFault::TooLong(length)),
        _ => Ok(()),
    }
}

/// Suggests an id for a name: Turkish and other Latin letters lose their marks, the rest becomes single hyphens, cut
/// at 63. A legal id comes back unchanged. Empty where nothing of the name can stand in an id.
pub fn compose_model_id(name: &str) -> String {
    if check_model_id(name).is_ok() {
        return name.to_owned();
    }
    let mut id = String::new();
    for letter in name.chars() {
        let plain = spell_plainly(letter);
        if plain.is_some_and(str::is_empty) {
            continue;
        }
        match plain {
            Some(plain) => id.push_str(plain),
            // `to_ascii_lowercase`: the Unicode one would make an i with a combining dot of the Turkish capital İ.
            None if letter.is_ascii_alphanumeric() => id.push(letter.to_ascii_lowercase()),
            None if !id.is_empty() && !id.ends_with('-') => id.push('-'),
            None => {}
        }
    }
    id.truncate(MAX_LENGTH);
    id.truncate(id.trim_end_matches('-').len());
    id
}

/// The letter without its marks, in small ASCII letters; empty for a combining mark; `None` for everything else.
fn spell_plainly(letter: char) -> Option<&'static str> {
    if letter.is_ascii() {
        return None;
    }
    if ('\u{300}'..='\u{36f}').contains(&letter) {
        return Some("");
    }
    LETTERS.iter().find(|(_, variants)| variants.contains(letter)).map(|(plain, _)| *plain)
}

/// Turkish letters first, then Latin-1, Latin Extended-A and the Romanian and Azerbaijani letters beyond it.
const LETTERS: &[(&str, &str)] = &[
    ("i", "ıİìíîïĩīĭįÌÍÎÏĨĪĬĮǐǏ"),
    ("s", "şŞśŝšŚŜŠșȘſ"),
    ("g", "ğĞĝġģĜĠĢǧǦ"),
    ("u", "üÜùúûũūŭůűųÙÚÛŨŪŬŮŰŲǔǓ"),
    ("o", "öÖòóôõøōŏőÒÓÔÕØŌŎŐǒǑ"),
    ("c", "çÇćĉċčĆĈĊČ"),
    ("a", "àáâãäåāăąÀÁÂÃÄÅĀĂĄǎǍ"),
    ("e", "èéêëēĕėęěÈÉÊËĒĔĖĘĚəƏ"),
    ("d", "ďđðĎĐÐ"),
    ("h", "ĥħĤĦ"),
    ("j", "ĵĴ"),
    ("k", "ķĸĶ"),
    ("l", "ĺļľŀłĹĻĽĿŁ"),
    ("n", "ñńņňŉŋÑŃŅŇŊ"),
    ("r", "ŕŗřŔŖŘ"),
    ("t", "ţťŧțŢŤŦȚ"),
    ("w", "ŵŴ"),
    ("y", "ýÿŷÝŶŸ"),
    ("z", "źżžŹŻŽ"),
    ("ae", "æÆ"),
    ("oe", "œŒ"),
    ("ij", "ĳĲ"),
    ("ss", "ßẞ"),
    ("th", "þÞ"),
];

#[cfg(test)]
mod tests {
    use super::{ModelIdFault, check_model_id, compose_model_id};
    use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};

    #[test]
    fn the_ids_of_the_contract_are_accepted() {
        let longest = "a".repeat(63);
        for id in ["a", "0", "a-b", "a--b", "2026", longest.as_str()] {
            assert_eq!(check_model_id(id), Ok(()), "{id:?}");
        }
    }

    #[test]
    fn the_ids_of_the_contract_are_refused_each_with_its_reason() {
        for (id, fault) in [
            ("", ModelIdFault::Empty),
            ("-", ModelIdFault::HyphenFirst),
            ("-a", ModelIdFault::HyphenFirst),
            ("a-", ModelIdFault::HyphenLast),
            ("A1", ModelIdFault::Capital('A')),
            ("a_b", ModelIdFault::Illegal('_')),
            ("a.b", ModelIdFault::Illegal('.')),
            ("müşteri", ModelIdFault::Foreign('ü')),
            ("ı", ModelIdFault::Foreign('ı')),
            ("\"abc\"", ModelIdFault::Quoted),
            ("abc\n", ModelIdFault::Space),
            (" abc", ModelIdFault::Space),
            ("abc\u{a0}", ModelIdFault::Space),
            (&"a".repeat(64), ModelIdFault::TooLong(64)),
        ] {
            assert_eq!(check_model_id(id), Err(fault), "{id:?}");
        }
    }

    #[test]
    fn a_name_becomes_an_id_as_a_turkish_reader_expects() {
        for (name, id) in [
            ("Müşteri niyetleri 2026", "musteri-niyetleri-2026"),
            ("İstanbul ILIK ığdır ÇĞÖŞÜ", "istanbul-ilik-igdir-cgosu"),
            ("I\u{307}zmir", "izmir"),
            ("Straße & Œuvre", "strasse-oeuvre"),
            ("Žīle, ķēde", "zile-kede"),
            ("--a__b--", "a-b"),
            ("a--b", "a--b"),
            ("", ""),
            ("مرحبا", ""),
            ("?!", ""),
        ] {
            assert_eq!(compose_model_id(name), id, "{name:?}");
        }
    }

    #[test]
    fn a_long_name_is_cut_without_a_hyphen_at_its_end() {
        let id = compose_model_id(&format!("{} rest", "a".repeat(62)));
        assert_eq!(id, "a".repeat(62));
        assert_eq!(compose_model_id(&"ß".repeat(40)).len(), 63);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn a_composed_id_is_legal_or_empty(name in "\\PC{0,80}") {
            let id = compose_model_id(&name);
            prop_assert!(id.is_empty() || check_model_id(&id).is_ok(), "{:?}", id);
        }

        #[test]
        fn composing_again_changes_nothing(name in "[A-Za-zığüşöçİĞÜŞÖÇ0-9 _.-]{0,90}") {
            let id = compose_model_id(&name);
            prop_assert_eq!(compose_model_id(&id), id);
        }

        #[test]
        fn a_legal_id_is_its_own_suggestion(id in "[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?") {
            prop_assert_eq!(check_model_id(&id), Ok(()));
            prop_assert_eq!(compose_model_id(&id), id);
        }

        #[test]
        fn checking_agrees_with_the_stated_rule(id in "[a-c0-1A_ é-]{0,66}") {
            let inner = id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
            let legal = inner && (1..=63).contains(&id.len()) && !id.starts_with('-') && !id.ends_with('-');
            prop_assert_eq!(check_model_id(&id).is_ok(), legal);
        }
    }
}
