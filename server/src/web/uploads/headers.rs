//! Reads the headers of tus. Everything malformed is refused with a sentence; nothing is guessed.

use super::answer::Refusal;
use crate::datasets::Checksum;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The only version we speak.
pub(super) const VERSION: &str = "1.0.0";
/// The type of a chunk.
const CHUNK_TYPE: &str = "application/offset+octet-stream";
/// `Upload-Metadata` may be this long.
const METADATA_BYTES: usize = 8 * 1024;

/// 412 for a client that does not speak our version.
pub(super) fn require_version(headers: &HeaderMap) -> Result<(), Refusal> {
    match read_one(headers, "tus-resumable")? {
        Some(VERSION) => Ok(()),
        _ => Err(Refusal::version()),
    }
}

/// 415 for a chunk of another type.
pub(super) fn require_chunk_type(headers: &HeaderMap) -> Result<(), Refusal> {
    match read_one(headers, "content-type")? {
        Some(sent) if sent.eq_ignore_ascii_case(CHUNK_TYPE) => Ok(()),
        _ => Err(Refusal::chunk_type(CHUNK_TYPE)),
    }
}

/// `Upload-Length`: the size of the whole file.
pub(super) fn read_length(headers: &HeaderMap) -> Result<u64, Refusal> {
    if headers.contains_key("upload-defer-length") {
        return Err(Refusal::malformed(
            "Send Upload-Length: a size that is given later (Upload-Defer-Length) is not supported.",
        ));
    }
    if headers.contains_key("upload-concat") {
        return Err(Refusal::malformed(
            "Send the file as one upload: joining uploads (Upload-Concat) is not supported.",
        ));
    }
    let text = read_one(headers, "upload-length")?;
    text.and_then(read_number)
        .ok_or_else(|| Refusal::malformed("Upload-Length must be the size of the file in bytes, digits only."))
}

/// `Upload-Offset`: where a chunk begins.
pub(super) fn read_offset(headers: &HeaderMap) -> Result<u64, Refusal> {
    let text = read_one(headers, "upload-offset")?;
    text.and_then(read_number)
        .ok_or_else(|| Refusal::malformed("Upload-Offset must be the byte where the chunk begins, digits only."))
}

/// `Upload-Checksum`: an algorithm and the chunk's digest in base64.
pub(super) fn read_checksum(headers: &HeaderMap) -> Result<Option<Checksum>, Refusal> {
    let Some(text) = read_one(headers, "upload-checksum")? else {
        return Ok(None);
    };
    let read = || {
        let (algorithm, digest) = text.split_once(' ')?;
        Checksum::new(algorithm, &STANDARD.decode(digest.trim()).ok()?)
    };
    let refusal = || {
        let known = Checksum::ALGORITHMS.replace(',', " or ");
        Refusal::malformed(&format!("Upload-Checksum must be {known}, a space, and the chunk's digest in base64."))
    };
    read().map(Some).ok_or_else(refusal)
}

/// `Upload-Metadata` as it came, and the file's name in it (empty when it has none).
pub(super) fn read_metadata(headers: &HeaderMap) -> Result<(String, String), Refusal> {
    let Some(text) = read_one(headers, "upload-metadata")? else {
        return Ok((String::new(), String::new()));
    };
    if text.len() > METADATA_BYTES {
        return Err(Refusal::malformed("Upload-Metadata is too long: 8 KiB at most."));
    }
    let (mut name, mut seen) = (None, Vec::new());
    for pair in text.split(',').map(str::trim).filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once(' ').unwrap_or((pair, ""));
        let value = STANDARD.decode(value.trim()).ok().filter(|_| !seen.contains(&key));
        let value = value.ok_or_else(|| {
            Refusal::malformed(
                "Upload-Metadata must be pairs of a key, used once, and a value in base64, split by commas.",
            )
        })?;
        seen.push(key);
        if key == "filename" || (key == "name" && name.is_none()) {
            let readable = String::from_utf8(value);
            name = Some(readable.map_err(|_| Refusal::malformed("The file name in Upload-Metadata is not UTF-8."))?);
        }
    }
    Ok((text.to_owned(), name.unwrap_or_default()))
}

/// A header that may be there once. Sent twice, it would mean different things to different readers.
fn read_one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Refusal> {
    let mut sent = headers.get_all(HeaderName::from_static(name)).iter();
    let (first, second): (Option<&HeaderValue>, _) = (sent.next(), sent.next());
    if second.is_some() {
        return Err(Refusal::malformed(&format!("Send the header {name} once.")));
    }
    let Some(first) = first else {
        return Ok(None);
    };
    let text = first.to_str().map_err(|_| Refusal::malformed(&format!("The header {name} is not plain ASCII.")))?;
    Ok(Some(text.trim()))
}

fn read_number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse::<u64>().ok().filter(|number| digits && i64::try_from(*number).is_ok())
}

#[cfg(test)]
mod tests {
    use super::{read_checksum, read_length, read_metadata};
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut map = HeaderMap::new();
        for (name, value) in pairs.iter().map(pair) {
            map.append(name, value);
        }
        map
    }

    #[test]
    fn a_size_is_digits_and_nothing_else() {
        assert_eq!(read_length(&headers(&[("upload-length", "17")])).ok(), Some(17));
        for text in ["", "-1", "+1", "1.5", "0x10", "9223372036854775808", "ten", "1 1"] {
            let map = HeaderMap::from_iter([(HeaderName::from_static("upload-length"), text.parse().expect("legal"))]);
            assert!(read_length(&map).is_err(), "{text}");
        }
        assert!(read_length(&headers(&[("upload-length", "1"), ("upload-length", "2")])).is_err());
        assert!(read_length(&headers(&[("upload-length", "1"), ("upload-defer-length", "1")])).is_err());
    }

    #[test]
    fn the_file_name_is_read_from_the_metadata() {
        let name = |text| read_metadata(&headers(&[("upload-metadata", text)])).map(|(_, name)| name).ok();
        assert_eq!(
            name("filename ZGlhbG9ndWUuanNvbg==,filetype YXBwbGljYXRpb24vanNvbg==").as_deref(),
            Some("dialogue.json")
        );
        assert_eq!(name("is_confidential").as_deref(), Some(""));
        assert_eq!(name("name Yg==,filename YQ==").as_deref(), Some("a"));
        assert_eq!(name("filename YQ==,name Yg==").as_deref(), Some("a"));
        for broken in ["filename !!", "filename YQ==,filename Yg==", "filename /w=="] {
            assert_eq!(name(broken), None, "{broken}");
        }
    }

    #[test]
    fn a_checksum_names_a_known_algorithm_and_a_digest_of_its_length() {
        let read = |text| read_checksum(&headers(&[("upload-checksum", text)])).is_ok_and(|found| found.is_some());
        assert!(read("sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0="));
        for broken in
            ["sha1", "md5 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha1 AA==", "sha256 Kq5sNclPz7QV2+lfQIuc6R7oRu0=", "sha1 ?"]
        {
            assert!(!read(broken), "{broken}");
        }
    }
}
