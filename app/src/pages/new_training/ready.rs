//! What the readiness panel says: what is done, what is missing, what to think about, in the order of the form.
//! Pure; the panel draws it.

use super::draft::{FormDraft, number_in_role};
use crate::components::drop_check::{DropFile, DropStep};
use crate::components::readiness::{ReadyItem, ReadyState};
use crate::model::advice::{TrainAdvice, Verdict};
use crate::model::connection::{Connection, HealthState};
use crate::model::error::FieldFault;
use crate::model::finding::Severity;
use crate::model::training::Training;
use crate::texts;
use crate::vendors::TrainingRequest;
use crate::vendors::forms::{Control, FormField, KindForm};
use std::collections::BTreeMap;

/// Everything the panel judges by.
pub struct Situation<'a> {
    pub form: &'static KindForm,
    pub draft: &'a FormDraft,
    pub checked: &'a Result<TrainingRequest, Vec<FieldFault>>,
    pub files: &'a BTreeMap<String, DropFile>,
    pub connection: Option<&'a Connection>,
    /// The newest training of this model id that is not over.
    pub in_the_way: Option<&'a Training>,
    /// The server's advice on this request, once it is there.
    pub advice: Option<&'a TrainAdvice>,
    /// Why this person may not submit.
    pub forbidden: Option<&'static str>,
}

/// The id of a field's element.
pub fn field_id(name: &str) -> String {
    let mut id = "field-".to_owned();
    id.extend(name.chars().map(|letter| if matches!(letter, '.' | '_') { '-' } else { letter }));
    id
}

/// The panel's lines.
pub fn list_ready_items(situation: &Situation<'_>) -> Vec<ReadyItem> {
    let mut items = Vec::new();
    if let Some(reason) = situation.forbidden {
        items.push(item(ReadyState::Fault, reason, reason, ""));
    }
    items.push(judge_connection(situation.connection));
    for field in situation.form.fields().filter(|field| (field.shown)(&situation.draft.values)) {
        match field.control {
            Control::Dataset(role) => items.extend(judge_file(field, situation.files.get(role))),
            Control::Datasets(role) => items.extend(judge_files(situation, field, role)),
            _ => items.extend(judge_field(situation, field)),
        }
    }
    items.extend(judge_rest(situation));
    if let Ok(request) = situation.checked {
        let tenant = situation.connection.and_then(|connection| connection.tenant_name.as_deref());
        for warning in request.warnings(tenant) {
            let target = situation.form.field_at(&warning.path).map(|field| field_id(field.name)).unwrap_or_default();
            items.push(ReadyItem { target, ..item(ReadyState::Warning, &warning.message, "", "") });
        }
        items.extend(situation.advice.map(judge_advice));
    }
    items
}

/// Never a block: whoever submits may do otherwise, and that is recorded.
fn judge_advice(advice: &TrainAdvice) -> ReadyItem {
    let state = match (&advice.warning, advice.verdict) {
        (None, Verdict::Redeploy | Verdict::Retrain) => ReadyState::Done,
        _ => ReadyState::Warning,
    };
    item(state, &texts::advice(advice), "", "force_train")
}

fn item(state: ReadyState, text: &str, ask: &str, name: &str) -> ReadyItem {
    let target = if name.is_empty() { String::new() } else { field_id(name) };
    ReadyItem { state, text: text.to_owned(), ask: ask.to_owned(), target }
}

fn judge_connection(connection: Option<&Connection>) -> ReadyItem {
    let Some(connection) = connection else {
        return item(ReadyState::Missing, "Connection is not chosen", "Choose a connection", "connection");
    };
    let name = &connection.name;
    let (state, text) = match connection.health.state {
        HealthState::Ok => (ReadyState::Done, format!("{name} answers")),
        HealthState::Unknown => (ReadyState::Done, format!("{name} is chosen; it was not used since the start")),
        HealthState::Unreachable => {
            (ReadyState::Warning, format!("{name} cannot be reached now; a submit waits until it can"))
        }
        HealthState::Refused => (
            ReadyState::Warning,
            format!("{name} refused our credentials; a submit waits until an admin has put that right"),
        ),
    };
    item(state, &text, "", "connection")
}

fn judge_field(situation: &Situation<'_>, field: &FormField) -> Option<ReadyItem> {
    if situation.draft.value(field.name).is_empty() {
        let mut missing = item(ReadyState::Missing, field.missing, field.ask, field.name);
        if matches!(field.control, Control::CountOrAutomatic) {
            missing.target.push_str("-number");
        }
        return Some(missing);
    }
    let faults = situation.checked.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    let belongs = |fault: &&FieldFault| situation.form.field_at(&fault.path).is_some_and(|at| at.name == field.name);
    if let Some(fault) = faults.iter().find(belongs) {
        let ask = format!("Mend this: {}", field.label);
        return Some(item(ReadyState::Fault, &fault.message, &ask, field.name));
    }
    if let (Control::ModelId, Some(training)) = (field.control, situation.in_the_way) {
        // No block: what is known here may be a moment old, and the server decides anyway.
        let text = if situation.draft.hold {
            format!("Model id is in use by {}; this training is held here and sent in its turn", training.name)
        } else {
            format!("Model id is being trained now, as {}; a submit is refused until that ends", training.name)
        };
        return Some(item(ReadyState::Warning, &text, "", field.name));
    }
    (!field.done.is_empty()).then(|| item(ReadyState::Done, field.done, "", field.name))
}

fn judge_file(field: &FormField, file: Option<&DropFile>) -> Vec<ReadyItem> {
    let Some(file) = file else {
        return vec![item(ReadyState::Missing, field.missing, field.ask, field.name)];
    };
    let name = &file.name;
    let first = match &file.step {
        DropStep::Checking { .. } => {
            item(ReadyState::Busy, &format!("{name} is being checked"), "Checking the file", field.name)
        }
        DropStep::Sending | DropStep::SendingUnchecked => {
            item(ReadyState::Busy, &format!("{name} is being sent"), "Sending the file", field.name)
        }
        DropStep::Stored => item(ReadyState::Done, field.done, "", field.name),
        DropStep::Refused | DropStep::RefusedByServer => {
            item(ReadyState::Fault, &format!("{name} would be refused"), "Mend the file and add it again", field.name)
        }
        DropStep::PickAgain => item(
            ReadyState::Missing,
            &format!("{name} was not sent completely"),
            "Choose the same file again",
            field.name,
        ),
        DropStep::Failed(_) => {
            item(ReadyState::Fault, &format!("{name} did not arrive"), "Add the file again", field.name)
        }
    };
    let warnings = file.report.iter().flat_map(|report| &report.findings);
    let warnings = warnings.filter(|finding| finding.severity == Severity::Warning).count();
    let text = match warnings {
        0 => return vec![first],
        1 => format!("1 warning about {name}"),
        _ => format!("{warnings} warnings about {name}"),
    };
    vec![first, item(ReadyState::Warning, &text, "", field.name)]
}

/// Files that need somebody one by one, those that are stored as one line.
fn judge_files(situation: &Situation<'_>, field: &FormField, role: &str) -> Vec<ReadyItem> {
    let of_role = situation.files.iter().filter(|(key, _)| number_in_role(key, role).is_some());
    let (stored, unready): (Vec<_>, Vec<_>) =
        of_role.map(|(_, file)| file).partition(|file| file.step == DropStep::Stored);
    if stored.is_empty() && unready.is_empty() {
        return judge_file(field, None);
    }
    let mut items: Vec<_> = unready.iter().flat_map(|file| judge_file(field, Some(file))).collect();
    let done = match stored.len() {
        0 => return items,
        1 => "1 file is checked and stored".to_owned(),
        number => format!("{number} files are checked and stored"),
    };
    items.push(item(ReadyState::Done, &done, "", field.name));
    // Besides its own state, a file has its warnings, and the list may have a fault: a file that is in it twice.
    items.extend(stored.iter().flat_map(|file| judge_file(field, Some(file)).into_iter().skip(1)));
    let faults = situation.checked.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    let belongs = |fault: &&FieldFault| situation.form.field_at(&fault.path).is_some_and(|at| at.name == field.name);
    if let (true, Some(fault)) = (unready.is_empty(), faults.iter().find(belongs)) {
        let ask = format!("Mend this: {}", field.label);
        items.push(item(ReadyState::Fault, &fault.message, &ask, field.name));
    }
    items
}

/// A fault that no field of the form shows must still keep the request back and say so.
fn judge_rest(situation: &Situation<'_>) -> Vec<ReadyItem> {
    let faults = situation.checked.as_ref().err().map(Vec::as_slice).unwrap_or_default();
    let is_shown = |fault: &&FieldFault| {
        situation.form.field_at(&fault.path).is_some_and(|field| (field.shown)(&situation.draft.values))
    };
    let hidden = faults.iter().filter(|fault| !is_shown(fault));
    hidden.map(|fault| item(ReadyState::Fault, &fault.message, &fault.message, "")).collect()
}
