//! Reads through JSON's escapes, so that what is written with them is found as what it stands for.
//! Pure; knows no secret and judges no JSON.

/// How often JSON in JSON in JSON is looked through.
const MAX_LAYERS: usize = 3;

/// A text without its outermost escapes, and where in the first text each of its bytes was written.
pub struct Layer {
    pub text: String,
    /// One more than the text has bytes: the last is where the first text ends.
    starts: Vec<usize>,
}

impl Layer {
    /// The bytes of the first text that wrote `from..to` of this one. Whole escapes only.
    pub fn find_source(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        Some((*self.starts.get(from)?, *self.starts.get(to)?))
    }
}

/// The text with one, two and three layers of escapes taken off, as far as it has them.
pub fn peel_layers(text: &str) -> Vec<Layer> {
    let mut layers: Vec<Layer> = Vec::new();
    while layers.len() < MAX_LAYERS {
        let below = layers.last();
        let Some(mut layer) = peel(below.map_or(text, |below| below.text.as_str())) else { break };
        if let Some(below) = below {
            for start in &mut layer.starts {
                *start = below.starts.get(*start).copied().unwrap_or(text.len());
            }
        }
        layers.push(layer);
    }
    layers
}

/// One layer; `None` where there is no escape.
fn peel(text: &str) -> Option<Layer> {
    if !text.contains('\\') {
        return None;
    }
    let (mut plain, mut starts) = (String::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        let (meant, length) = read_escape(&text[at..]).unwrap_or((c, c.len_utf8()));
        plain.push(meant);
        starts.resize(plain.len(), at);
        at += length;
    }
    starts.push(at);
    // Every escape is longer than what it stands for.
    (plain.len() < text.len()).then_some(Layer { text: plain, starts })
}

/// What an escape at the text's beginning stands for, and its length. Control characters' short escapes stay as they are.
fn read_escape(text: &str) -> Option<(char, usize)> {
    let rest = text.strip_prefix('\\')?;
    match rest.chars().next()? {
        c @ ('"' | '\'' | '\\' | '/') => Some((c, 2)),
        'u' => {
            let first = read_unit(&rest[1..])?;
            if let Some(c) = char::from_u32(u32::from(first)) {
                return Some((c, 6));
            }
            let second = read_unit(text.get(6..)?.strip_prefix("\\u")?)?;
            Some((char::decode_utf16([first, second]).next()?.ok()?, 12))
        }
        _ => None,
    }
}

/// What backslashes at the text's beginning and the character behind them come to when every layer is read, and their
/// length. `None` where nothing follows them.
pub fn read_through(text: &str) -> Option<(char, usize)> {
    let rest = text.trim_start_matches('\\');
    let run = text.len() - rest.len();
    match rest.chars().next()? {
        'n' | 'r' | 't' | 'b' | 'f' if run == 1 => Some((' ', 2)),
        'u' => match read_unit(&rest[1..]) {
            Some(unit) => Some((char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER), run + 5)),
            None => Some(('u', run + 1)),
        },
        c => Some((c, run + c.len_utf8())),
    }
}

/// Four hexadecimal digits.
fn read_unit(text: &str) -> Option<u16> {
    let digits = text.get(..4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::peel_layers;

    #[test]
    fn a_find_in_any_layer_leads_back_to_whole_escapes_of_the_first_text() {
        let text = r#"x\"\ud83d\ude00\\u0026\/y\n\u12"#;
        let layers = peel_layers(text);
        assert_eq!(layers[0].text, "x\"😀\\u0026/y\\n\\u12");
        assert_eq!(layers[1].text, "x\"😀&/y\\n\\u12");
        assert_eq!(layers.len(), 2);
        let at = layers[1].text.find('&').unwrap();
        let (from, to) = layers[1].find_source(at, at + 1).unwrap();
        assert_eq!(&text[from..to], r"\\u0026");
        let (from, to) = layers[1].find_source(2, 6).unwrap();
        assert_eq!(&text[from..to], r"\ud83d\ude00");
        assert!(peel_layers("no escapes").is_empty());
    }
}
