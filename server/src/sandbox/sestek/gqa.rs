//! The rules of a generative question answering form, strictly by the vendor's page.
//! Reads no upload and starts no run; `form` and `train` do.

use super::answers::FieldFault;
use super::form::{Check, CheckedForm, TrainForm};
use super::timeline::Kind;
use crate::sandbox::callbacks::CallbackOrder;

const TEXTS: [&str; 2] = ["modelId", "projectName"];
const SOURCES: [&str; 2] = ["dataFiles", "dataUrls"];
const CALLBACK: [&str; 4] = ["callbackAddress", "callbackIdentityAddress", "callbackClientId", "callbackClientSecret"];

/// Holds the form against the rules; every broken one is named.
pub fn check_gqa_form(form: &TrainForm) -> Result<CheckedForm, Vec<FieldFault>> {
    let mut check = Check { form, faults: Vec::new() };
    let model_id = check.require_model_id();
    let product_name = check.require_text("projectName");
    check_names(&mut check);
    match (check.has("dataFiles"), check.has("dataUrls")) {
        (false, false) => check.fault("dataFiles", "or dataUrls is required"),
        (true, true) => check.fault("dataUrls", "cannot be sent together with dataFiles"),
        _ => {}
    }
    check_urls(&mut check);
    check_file_names(&mut check);
    let callback = check_callback(&mut check);
    check.faults.extend(form.file_faults.iter().cloned());
    if !check.faults.is_empty() {
        return Err(check.faults);
    }
    let file_count = form.parts.iter().filter(|part| SOURCES.contains(&part.name.as_str())).count();
    Ok(CheckedForm { model_id, product_name, kind: Kind::Gqa, force_train: true, file_count, callback })
}

fn check_names(check: &mut Check<'_>) {
    let names: Vec<&str> = check.form.parts.iter().map(|part| part.name.as_str()).collect();
    for (at, name) in names.iter().enumerate() {
        if SOURCES.contains(name) {
            continue;
        }
        if !TEXTS.contains(name) && !CALLBACK.contains(name) {
            check.fault(name, "is not known for generative question answering");
        } else if names[..at].contains(name) {
            check.fault(name, "was sent more than once");
        }
    }
}

/// One absolute address in each part: a list in one part is not what the page shows.
fn check_urls(check: &mut Check<'_>) {
    for part in check.form.parts.iter().filter(|part| part.name == "dataUrls") {
        let url = check.judge_text("dataUrls", Some(part));
        let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).unwrap_or_default();
        if host.is_empty() || host.starts_with(['/', '?']) || url.contains(char::is_whitespace) {
            check.fault("dataUrls", "must be one absolute http or https address");
        }
    }
}

/// The hardest reading for a client: a second file of one name would replace the first.
fn check_file_names(check: &mut Check<'_>) {
    let files = check.form.parts.iter().filter(|part| part.name == "dataFiles");
    let names: Vec<_> = files.map(|part| part.file_name.as_deref().unwrap_or_default()).collect();
    if names.iter().enumerate().any(|(at, name)| names[..at].contains(name)) {
        check.fault("dataFiles", "has two files of one name");
    }
}

fn check_callback(check: &mut Check<'_>) -> Option<CallbackOrder> {
    if !CALLBACK.iter().any(|name| check.has(name)) {
        return None;
    }
    let [address, identity_address, client_id, client_secret] = CALLBACK.map(|name| {
        let value = check.require_text(name);
        if name.ends_with("Address") && !value.starts_with("https://") && !value.starts_with("http://") {
            check.fault(name, "must be an absolute address");
        }
        value
    });
    Some(CallbackOrder { address, identity_address, client_id, client_secret })
}
