//! Reads query strings: strictly, and every fault at once.

use crate::web::error::ApiError;
use app::model::error::{AppError, ErrorCode, FieldFault};
use app::model::filter::TrainingFilter;
use app::model::page::PageQuery;
use axum::http::Uri;
use percent_encoding::percent_decode_str;

/// The decoded pairs of a query string. Broken percent encoding, text that is no UTF-8 and control characters are
/// refused: no filter needs them, and a database may not take them.
pub fn read_pairs(uri: &Uri) -> Result<Vec<(String, String)>, ApiError> {
    let query = uri.query().unwrap_or_default();
    let mut pairs = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        match (decode(name), decode(value)) {
            (Some(name), Some(value)) => pairs.push((name, value)),
            _ => return Err(ApiError::new(ErrorCode::BadRequest, "The query string cannot be read as UTF-8 text.")),
        }
    }
    Ok(pairs)
}

/// The list's filters.
pub fn read_filter(uri: &Uri) -> Result<TrainingFilter, ApiError> {
    let pairs = read_pairs(uri)?;
    TrainingFilter::from_pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
        .map_err(|faults| AppError::invalid(faults).into())
}

/// `after` and `limit`.
pub fn read_page(uri: &Uri) -> Result<PageQuery, ApiError> {
    let mut page = PageQuery::default();
    let mut faults = Vec::new();
    for (name, value) in read_pairs(uri)? {
        match name.as_str() {
            "after" => page.after = Some(value).filter(|value| !value.is_empty()),
            "limit" => match value.parse().ok().filter(|limit| (1..=200).contains(limit)) {
                Some(limit) => page.limit = Some(limit),
                None => faults.push(FieldFault::new("limit", "The limit is a number from 1 to 200.")),
            },
            _ => faults.push(FieldFault::new(name, "There is no such parameter; `after` and `limit` are.")),
        }
    }
    if faults.is_empty() { Ok(page) } else { Err(AppError::invalid(faults).into()) }
}

/// Refuses a query string on a route that has none to read.
pub fn refuse_query(uri: &Uri) -> Result<(), ApiError> {
    let faults: Vec<_> =
        read_pairs(uri)?.into_iter().map(|(name, _)| FieldFault::new(name, "There is no such parameter.")).collect();
    if faults.is_empty() { Ok(()) } else { Err(AppError::invalid(faults).into()) }
}

fn decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let broken = |at: usize| bytes[at] == b'%' && !bytes.get(at + 1..at + 3).is_some_and(is_hex);
    if (0..bytes.len()).any(broken) {
        return None;
    }
    let spaced = text.replace('+', " ");
    let decoded = percent_decode_str(&spaced).decode_utf8().ok()?;
    (!decoded.chars().any(char::is_control)).then(|| decoded.into_owned())
}

fn is_hex(pair: &[u8]) -> bool {
    pair.iter().all(u8::is_ascii_hexdigit)
}

#[cfg(test)]
mod tests {
    use super::{read_page, read_pairs};
    use axum::http::Uri;

    #[test]
    fn pairs_are_decoded_as_a_form_writes_them() {
        let uri: Uri = "/x?q=M%C3%BC%C5%9Fteri+%26+co&&a&b=".parse().unwrap();
        let pairs = read_pairs(&uri).unwrap();
        let expected = [("q", "Müşteri & co"), ("a", ""), ("b", "")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        for query in ["q=%", "q=%4", "q=%zz", "q=%ff", "q=%c0%af", "q=%00", "%0a=1", "q=%ed%a0%80"] {
            let uri: Uri = format!("/x?{query}").parse().unwrap();
            assert!(read_pairs(&uri).is_err(), "{query}");
        }
    }

    #[test]
    fn every_bad_parameter_is_named_at_once() {
        let uri: Uri = "/x?limit=0&colour=red".parse().unwrap();
        let fault = read_page(&uri).unwrap_err();
        let paths: Vec<_> = fault.0.fields.iter().map(|field| field.path.as_str()).collect();
        assert_eq!(paths, ["limit", "colour"]);
    }
}
