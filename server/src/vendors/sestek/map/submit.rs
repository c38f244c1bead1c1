//! Answers to the train call: taken, busy, refused, or not understood. What each means stands in the vendor's docs.md.
//! A 401 says that the token was refused; whether the credentials are, shows the send after it.

use super::{denies_credentials, describe_answer, throttle_wait};
use crate::vendors::http::answer::Answer;
use crate::vendors::sestek::wire::{Complaint, parse_json, read_complaint, read_experiment, says_in_progress};
use crate::vendors::vendor::{Pace, SubmitOutcome};
use app::model::error::FieldFault;
use app::model::training::{Failure, VendorStatus};
use app::vendors::TrainingRequest;
use app::vendors::sestek::request::ClusterData;
use serde_json::Value;

/// Whether the answer says that this model is being trained already: 202, or the words under any status.
pub fn means_busy(answer: &Answer) -> bool {
    answer.status == 202 || says_in_progress(&answer.text)
}

/// What an answer to the train call means.
pub fn map_train_answer(answer: &Answer, request: &TrainingRequest, pace: Pace) -> SubmitOutcome {
    let complaint = read_complaint(&answer.text, answer.is_html());
    let described = describe_answer(answer, &complaint);
    if means_busy(answer) {
        let said = complaint.message.filter(|message| says_in_progress(message));
        let message = said.clone().unwrap_or_else(|| "SESTEK is still training this model.".to_owned());
        return SubmitOutcome::Busy { message, said };
    }
    if let Some(retry_after) = throttle_wait(answer, pace) {
        return SubmitOutcome::Throttled { retry_after, message: described };
    }
    match answer.status {
        200..=299 => map_success(answer, described),
        401 => SubmitOutcome::TokenRefused { message: described },
        408 => SubmitOutcome::Unclear { message: described },
        413 => reject(answer, complaint, request),
        501 if complaint.structured => reject(answer, complaint, request),
        400..=499 if is_refusal(answer, &complaint) => reject(answer, complaint, request),
        _ => SubmitOutcome::Unclear { message: described },
    }
}

/// An Experiment is an acceptance, and so is JSON that breaks off; a web page or an error object is not.
fn map_success(answer: &Answer, described: String) -> SubmitOutcome {
    let unclear = SubmitOutcome::Unclear { message: described };
    if answer.is_html() {
        return unclear;
    }
    match parse_json(&answer.text) {
        Some(Value::Object(fields)) => {
            let experiment = read_experiment(&fields);
            let failed = fields.get("error").is_some_and(|error| !error.is_null());
            if failed || (answer.status != 200 && experiment.run_id.is_none()) {
                return unclear;
            }
            let word = experiment.status_message.map(|word| ("statusMessage".to_owned(), word));
            SubmitOutcome::Accepted { run_id: experiment.run_id, vendor_status: word.into_iter().collect() }
        }
        None if answer.status == 200 && looks_like_json(answer) => {
            SubmitOutcome::Accepted { run_id: None, vendor_status: VendorStatus::new() }
        }
        _ => unclear,
    }
}

/// The answer says it is JSON, or says nothing and begins like an Experiment.
fn looks_like_json(answer: &Answer) -> bool {
    answer.is_json() || (answer.content_type.is_none() && answer.text.trim_start().starts_with('{'))
}

/// Whether a 4xx is the vendor's whole word: an error object, a text in quotes, or no body at all (ASP.NET's bare status).
/// A web page, loose text or half a body may come from something in between; whether the vendor saw the request is unknown.
fn is_refusal(answer: &Answer, complaint: &Complaint) -> bool {
    let is_read = complaint.structured || matches!(parse_json(&answer.text), Some(Value::String(_)));
    answer.broken.is_none() && !answer.is_html() && (is_read || answer.text.trim().is_empty())
}

fn reject(answer: &Answer, complaint: Complaint, request: &TrainingRequest) -> SubmitOutcome {
    let fields = blame_fields(&complaint.members, request);
    let pauses_connection = denies_credentials(&complaint);
    let (code, hint) = name_reason(answer.status, pauses_connection);
    let message = match &complaint.message {
        Some(message) => message.clone(),
        None if answer.status == 413 => "SESTEK refused the data file because it is too large.".to_owned(),
        None => describe_answer(answer, &complaint),
    };
    let failure = Failure {
        code: complaint.code.unwrap_or_else(|| code.to_owned()),
        message,
        said: complaint.message,
        hint: hint.map(str::to_owned),
        retryable: !matches!(answer.status, 405 | 410 | 501),
    };
    SubmitOutcome::Rejected { failure, fields, pauses_connection }
}

/// Our code where the vendor gives none, and what to do next.
fn name_reason(status: u16, denied: bool) -> (&'static str, Option<&'static str>) {
    match status {
        _ if denied => {
            ("auth", Some("Ask SESTEK to allow external trainings for this client, then test the connection."))
        }
        400 | 422 => ("invalid", Some("Correct what SESTEK names and submit again.")),
        404 | 405 | 410 => ("vendor_error", Some("Check the connection's base_url: nothing there takes trainings.")),
        409 => ("vendor_error", Some("Something else changed this model. Look at it before sending again.")),
        413 => ("invalid", Some("Send a smaller data file, or ask SESTEK to raise the upload limit.")),
        415 => ("invalid", Some("SESTEK does not take this kind of file.")),
        _ => ("vendor_error", None),
    }
}

/// The form's fields behind SESTEK's member names.
fn blame_fields(members: &[(String, String)], request: &TrainingRequest) -> Vec<FieldFault> {
    let mut faults: Vec<FieldFault> = Vec::new();
    for (member, said) in members {
        let message = if said.is_empty() { "SESTEK refused this value." } else { said };
        let fault = FieldFault::new(find_path(member, request), message);
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

/// A member's field, by the last segment of its path in any case (`input.ModelId`, `$.modelId`, `dataFile[0]`).
fn find_path(member: &str, request: &TrainingRequest) -> &'static str {
    let last = member.rsplit(['.', '/']).next().unwrap_or(member);
    let last = last.split('[').next().unwrap_or(last).trim();
    let clustering = match request {
        TrainingRequest::SestekClustering(request) => Some(&request.data),
        TrainingRequest::SestekClassification(_) => None,
        TrainingRequest::SestekGqa(_) => return find_gqa_path(last),
    };
    match last.to_ascii_lowercase().as_str() {
        "modelid" => "request.model_id",
        "productname" => "request.product_name",
        "languagecode" => "request.language",
        "numclusters" if clustering.is_some() => "request.num_clusters",
        "llm" if clustering.is_some() => "request.llm",
        "forcetrain" if clustering.is_some() => "request.force_train",
        "dataschema" | "secondarydataschema" if clustering.is_some() => "request.data.schema",
        "secondarydatafile" if clustering.is_some() => "request.data.intent",
        "datafile" => match clustering {
            Some(ClusterData::Intent { .. }) => "request.data.intent",
            Some(_) => "request.data.dialogue",
            None => "request.dataset",
        },
        _ => "request",
    }
}

fn find_gqa_path(member: &str) -> &'static str {
    match member.to_ascii_lowercase().as_str() {
        "modelid" => "request.model_id",
        "projectname" => "request.project_name",
        "datafiles" => "request.data.files",
        "dataurls" => "request.data.urls",
        _ => "request",
    }
}
