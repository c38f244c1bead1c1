//! Reads the form of a train call part by part and holds it against the vendor's page, strictly.
//! Files are counted and digested as they stream past, never held.

use super::answers::FieldFault;
use super::timeline::Kind;
use crate::sandbox::callbacks::CallbackOrder;
use crate::sandbox::visits::PartSeen;
use axum::extract::Multipart;
use axum::extract::multipart::Field;
use sha2::{Digest, Sha256};

const CLUSTERING_LANGUAGES: [&str; 6] = ["en-US", "tr-TR", "ar-SA", "fr-FR", "nl-NL", "it-IT"];
const CLASSIFICATION_LANGUAGES: [&str; 11] =
    ["en-US", "tr-TR", "ar-SA", "lv-LV", "ru-RU", "es-ES", "ur-PK", "fr-FR", "nl-NL", "de-DE", "it-IT"];
const CLASSIFICATION_PARTS: [&str; 5] = ["modelId", "productName", "languageCode", "dataSchema", "dataFile"];
const CLUSTERING_PARTS: [&str; 10] = [
    "modelId",
    "productName",
    "languageCode",
    "dataSchema",
    "dataFile",
    "secondaryDataSchema",
    "secondaryDataFile",
    "numClusters",
    "llm",
    "forceTrain",
];
const MAX_TEXT_BYTES: usize = 65_536;
const MAX_MODEL_ID_CHARS: usize = 63;

/// Why a form could not be read to its end.
pub enum ReadStop {
    /// The script cuts the connection here.
    CutHere,
    /// The bytes are no form, or the client stopped sending.
    Broken(String),
}

/// A form as it came in.
#[derive(Default)]
pub struct TrainForm {
    pub parts: Vec<PartSeen>,
    pub(super) file_faults: Vec<FieldFault>,
}

/// A form that keeps every rule.
pub struct CheckedForm {
    pub model_id: String,
    pub product_name: String,
    pub kind: Kind,
    /// Always true for classification, which has no such part.
    pub force_train: bool,
    pub file_count: usize,
    /// Whom to call back, where the kind knows that.
    pub callback: Option<CallbackOrder>,
}

impl TrainForm {
    /// The text of the first part of this name.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.parts.iter().find(|part| part.name == name).and_then(|part| part.value.as_deref())
    }
}

impl TrainForm {
    /// The parts as they are logged: of what only the called-back may know, a length and a digest.
    pub fn show_parts(&self) -> Vec<PartSeen> {
        let show = |part: &PartSeen| {
            let is_secret = part.name.starts_with("callback") && part.name != "callbackClientId";
            let Some(value) = part.value.as_ref().filter(|_| is_secret) else { return part.clone() };
            PartSeen { value: None, sha256: Some(write_hex(&Sha256::digest(value))), ..part.clone() }
        };
        self.parts.iter().map(show).collect()
    }
}

fn write_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads all parts. With `cut_after_bytes` it stops in the middle.
pub async fn read_form(
    mut multipart: Multipart,
    cut_after_bytes: Option<u64>,
    form: &mut TrainForm,
) -> Result<(), ReadStop> {
    let mut budget = Budget { read: 0, cut_after: cut_after_bytes };
    loop {
        let field = multipart.next_field().await.map_err(|error| ReadStop::Broken(error.body_text()))?;
        let Some(field) = field else { break };
        read_part(field, &mut budget, form).await?;
    }
    // A body that is shorter than the wished cut is cut at its end.
    if cut_after_bytes.is_some() { Err(ReadStop::CutHere) } else { Ok(()) }
}

struct Budget {
    read: u64,
    cut_after: Option<u64>,
}

impl Budget {
    fn spend(&mut self, bytes: usize) -> Result<(), ReadStop> {
        self.read += bytes as u64;
        if self.cut_after.is_some_and(|limit| self.read >= limit) { Err(ReadStop::CutHere) } else { Ok(()) }
    }
}

async fn read_part(mut field: Field<'_>, budget: &mut Budget, form: &mut TrainForm) -> Result<(), ReadStop> {
    let mut part = PartSeen {
        name: field.name().unwrap_or_default().to_owned(),
        file_name: field.file_name().map(str::to_owned),
        content_type: field.content_type().map(str::to_owned),
        ..PartSeen::default()
    };
    let is_file = part.file_name.is_some() || part.name.ends_with("File") || part.name == "dataFiles";
    let (mut text, mut digest, mut edges) = (Vec::new(), Sha256::new(), Edges::default());
    while let Some(chunk) = field.chunk().await.map_err(|error| ReadStop::Broken(error.body_text()))? {
        part.size_bytes += chunk.len() as u64;
        if is_file {
            digest.update(&chunk);
            edges.see(&chunk);
        } else if text.len() + chunk.len() <= MAX_TEXT_BYTES {
            text.extend_from_slice(&chunk);
        }
        budget.spend(chunk.len())?;
    }
    if is_file {
        part.sha256 = Some(write_hex(&digest.finalize()));
        form.file_faults.extend(check_file(&part, &edges));
    } else {
        part.value = Some(String::from_utf8_lossy(&text).into_owned());
    }
    form.parts.push(part);
    Ok(())
}

/// The first and the last byte of a file that are not white space, a byte order mark aside.
#[derive(Default)]
struct Edges {
    seen: u64,
    first: Option<u8>,
    last: Option<u8>,
}

impl Edges {
    fn see(&mut self, chunk: &[u8]) {
        let chunk = if self.seen == 0 { chunk.strip_prefix(b"\xef\xbb\xbf").unwrap_or(chunk) } else { chunk };
        self.seen += chunk.len() as u64;
        let solid = |byte: &&u8| !byte.is_ascii_whitespace();
        self.first = self.first.or_else(|| chunk.iter().find(solid).copied());
        self.last = chunk.iter().rev().find(solid).copied().or(self.last);
    }
}

fn check_file(part: &PartSeen, edges: &Edges) -> Option<FieldFault> {
    let name = part.file_name.as_deref().unwrap_or_default();
    let media_type = part.content_type.as_deref().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    // Question answering reads documents of any type.
    let is_document = part.name == "dataFiles";
    let message = if name.is_empty() {
        "must be sent as a file with a file name".to_owned()
    } else if !name.is_ascii() || name.contains(['/', '\\', '"']) {
        format!("has a file name that the server cannot keep: {name}")
    } else if media_type.is_empty() {
        "must be sent with a content type".to_owned()
    } else if !is_document && media_type != "application/json" {
        format!("must be sent as application/json, not as {media_type:?}")
    } else if edges.first.is_none() {
        "is empty".to_owned()
    } else if !is_document && !matches!((edges.first, edges.last), (Some(b'{'), Some(b'}')) | (Some(b'['), Some(b']')))
    {
        "is not JSON: it must begin and end as an object or a list".to_owned()
    } else {
        return None;
    };
    Some(FieldFault { member: part.name.clone(), message: format!("The {} part {message}.", part.name) })
}

/// Holds the form against the rules; every broken one is named.
pub fn check_form(form: &TrainForm) -> Result<CheckedForm, Vec<FieldFault>> {
    let mut check = Check { form, faults: Vec::new() };
    let model_id = check.require_model_id();
    let product_name = check.require_text("productName");
    let kind = check.check_schema();
    check.check_parts(kind);
    check.check_language(kind);
    check.require_file("dataFile");
    let force_train = match kind {
        Some(Kind::Clustering) => check.check_clustering(),
        _ => true,
    };
    check.faults.extend(form.file_faults.iter().cloned());
    match kind {
        Some(kind) if check.faults.is_empty() => Ok(CheckedForm {
            model_id,
            product_name,
            kind,
            force_train,
            file_count: form.parts.iter().filter(|part| part.sha256.is_some()).count(),
            callback: None,
        }),
        _ => Err(check.faults),
    }
}

fn is_model_id(id: &str) -> bool {
    let inner = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    !id.is_empty()
        && id.len() <= MAX_MODEL_ID_CHARS
        && id.as_bytes().iter().all(inner)
        && !id.starts_with('-')
        && !id.ends_with('-')
}

pub(super) struct Check<'a> {
    pub form: &'a TrainForm,
    pub faults: Vec<FieldFault>,
}

impl Check<'_> {
    pub fn fault(&mut self, member: &str, message: &str) {
        self.faults.push(FieldFault { member: member.to_owned(), message: format!("The {member} part {message}.") });
    }

    pub fn has(&self, name: &str) -> bool {
        self.form.parts.iter().any(|part| part.name == name)
    }

    /// A text part's bare value. Quote characters are what the printed samples would send; the server does not want them.
    pub fn require_text(&mut self, name: &str) -> String {
        let part = self.form.parts.iter().find(|part| part.name == name);
        self.judge_text(name, part)
    }

    pub fn judge_text(&mut self, name: &str, part: Option<&PartSeen>) -> String {
        let value = part.and_then(|part| part.value.clone()).unwrap_or_default();
        match part {
            None => self.fault(name, "is required"),
            Some(part) if part.value.is_none() => self.fault(name, "must be text, not a file"),
            Some(part) if part.size_bytes > MAX_TEXT_BYTES as u64 => self.fault(name, "is too long"),
            Some(part) if part.content_type.as_deref().is_some_and(|kind| !kind.starts_with("text/plain")) => {
                self.fault(name, "must be plain text");
            }
            Some(_) if value.trim().is_empty() => self.fault(name, "must not be empty"),
            Some(_) if value.contains(['"', '\u{201c}', '\u{201d}']) => {
                self.fault(name, "must not have quote characters")
            }
            Some(_) if value.trim() != value => self.fault(name, "must not have blanks around it"),
            Some(_) if value.contains('\u{fffd}') => self.fault(name, "is not UTF-8"),
            Some(_) => {}
        }
        value
    }

    pub fn require_model_id(&mut self) -> String {
        let model_id = self.require_text("modelId");
        if !is_model_id(&model_id) {
            self.fault(
                "modelId",
                "can only contain lowercase letters (a-z), numbers and inner hyphens, at most 63 characters",
            );
        }
        model_id
    }

    fn require_file(&mut self, name: &str) {
        if !self.has(name) {
            self.fault(name, "is required");
        }
    }

    fn check_schema(&mut self) -> Option<Kind> {
        match self.require_text("dataSchema").as_str() {
            "utterance" => Some(Kind::Classification),
            "dialogue" | "intent" => Some(Kind::Clustering),
            _ => {
                self.fault("dataSchema", "must be dialogue, intent or utterance");
                None
            }
        }
    }

    fn check_parts(&mut self, kind: Option<Kind>) {
        let known: &[&str] = if kind == Some(Kind::Classification) { &CLASSIFICATION_PARTS } else { &CLUSTERING_PARTS };
        let names: Vec<String> = self.form.parts.iter().map(|part| part.name.clone()).collect();
        for (at, name) in names.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                self.fault(name, "is not known for this data schema");
            } else if names[..at].contains(name) {
                self.fault(name, "was sent more than once");
            }
        }
    }

    fn check_language(&mut self, kind: Option<Kind>) {
        let code = self.require_text("languageCode");
        let known: &[&str] = match kind {
            Some(Kind::Clustering) => &CLUSTERING_LANGUAGES,
            _ => &CLASSIFICATION_LANGUAGES,
        };
        if !known.contains(&code.as_str()) {
            self.fault("languageCode", "is not a language of this kind of training");
        }
    }

    /// The parts that only clustering has. Returns `forceTrain`.
    fn check_clustering(&mut self) -> bool {
        let count = self.require_text("numClusters");
        let canonical = count.parse::<u32>().is_ok_and(|number| number.to_string() == count);
        if !canonical {
            self.fault("numClusters", "must be a whole number in plain digits");
        }
        let force = self.require_text("forceTrain");
        if force != "true" && force != "false" {
            self.fault("forceTrain", "must be true or false");
        }
        if self.has("llm") && self.require_text("llm") != "openai" {
            self.fault("llm", "must be openai when it is sent");
        }
        self.check_secondary();
        force == "true"
    }

    fn check_secondary(&mut self) {
        match (self.has("secondaryDataSchema"), self.has("secondaryDataFile")) {
            (false, false) => return,
            (true, false) => return self.fault("secondaryDataFile", "is required with secondaryDataSchema"),
            (false, true) => return self.fault("secondaryDataSchema", "is required with secondaryDataFile"),
            (true, true) => {}
        }
        if self.require_text("secondaryDataSchema") != "intent" {
            self.fault("secondaryDataSchema", "must be intent");
        }
        if self.form.text("dataSchema") != Some("dialogue") {
            self.fault("secondaryDataSchema", "is only possible with the data schema dialogue");
        }
    }
}
