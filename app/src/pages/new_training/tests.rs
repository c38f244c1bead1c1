//! The form's rules, without a browser.

use super::before::{Before, find_before};
use super::draft::{FormDraft, KeptFile, file_key};
use super::fields::SectionView;
use super::ready::{Situation, list_ready_items};
use super::source::{Source, diff_requests};
use super::state::FormState;
use crate::components::drop_check::{DropFile, DropStep};
use crate::components::readiness::{ReadyState, next_step};
use crate::model::advice::{TrainAdvice, Verdict};
use crate::model::connection::{Capabilities, Connection, Health, HealthState};
use crate::model::ids::{ConnectionId, DatasetId, Kind, TrainingId, UserName};
use crate::model::request::FrozenRequest;
use crate::model::stage::Stage;
use crate::model::time::Timestamp;
use crate::model::training::{Training, TrainingDataset};
use crate::vendors::TrainingRequest;
use crate::vendors::forms::{FormField, KindForm, find_form};
use leptos::prelude::{Owner, RenderHtml, RwSignal, view};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const ID: &str = "0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e";

fn form(kind: &str) -> &'static KindForm {
    find_form(&Kind::new(kind)).expect("the kind has a form")
}

fn clustering() -> &'static KindForm {
    form("sestek.clustering")
}

fn field(form: &'static KindForm, name: &str) -> &'static FormField {
    form.fields().find(|field| field.name == name).expect("the form has the field")
}

fn sha(digit: char) -> DatasetId {
    DatasetId::parse(&digit.to_string().repeat(64)).expect("64 digits")
}

fn stored(name: &str, digit: char) -> KeptFile {
    KeptFile { name: name.to_owned(), size_bytes: 18_200_000, sha256: Some(sha(digit)) }
}

fn object(value: Value) -> Map<String, Value> {
    value.as_object().cloned().expect("an object")
}

fn training(request: Value, stage: Stage) -> Training {
    let mut fields = object(request);
    let kind = fields.remove("kind").and_then(|kind| kind.as_str().map(Kind::new)).expect("a kind");
    Training {
        id: TrainingId::new(ID),
        vendor: kind.vendor().to_owned(),
        kind: kind.clone(),
        connection: ConnectionId::new("knovvu"),
        name: "Müşteri niyetleri 2026".to_owned(),
        vendor_ref: None,
        stage,
        reached: None,
        vendor_status: BTreeMap::new(),
        progress: None,
        serving: None,
        lanes: Vec::new(),
        failure: None,
        waiting: None,
        request: FrozenRequest { kind, fields },
        datasets: vec![TrainingDataset {
            role: "dialogue".to_owned(),
            sha256: sha('a'),
            name: "diyaloglar.json".to_owned(),
            size_bytes: 18_200_000,
        }],
        owner: UserName::new("ayse"),
        tags: Vec::new(),
        note: String::new(),
        archived: false,
        created_at: Timestamp::from_millis(1_795_183_324_500),
        submitted_at: None,
        ended_at: None,
        last_seen_at: None,
        unseen_since: None,
        stalled_since: None,
        retry_of: None,
        superseded_by: None,
        last_event: 0,
    }
}

fn clustering_request() -> Value {
    json!({
        "kind": "sestek.clustering", "model_id": "musteri-niyetleri-2026", "product_name": "CA", "language": "tr-TR",
        "data": {"schema": "dialogue", "dialogue": sha('a')}, "num_clusters": 12, "llm": null, "force_train": false,
    })
}

fn connection(state: HealthState) -> Connection {
    Connection {
        id: ConnectionId::new("knovvu"),
        vendor: "sestek".to_owned(),
        name: "Knovvu production".to_owned(),
        sandbox: false,
        kinds: vec![Kind::new("sestek.clustering")],
        health: Health { state, since: None, message: None },
        capabilities: Capabilities::default(),
        last_used_at: None,
        last_refused_at: None,
        default_product_name: Some("CA".to_owned()),
        tenant_name: None,
        notices: Vec::new(),
    }
}

/// A form with everything given.
fn complete_draft() -> FormDraft {
    let mut draft = Source::Duplicate(Box::new(training(clustering_request(), Stage::Ready))).start_draft(clustering());
    draft.set_file("dialogue", Some(stored("diyaloglar.json", 'a')));
    draft
}

/// The panel's lines as `(state, text)`, and what the submit button says while something blocks.
fn judge(draft: &FormDraft, file: Option<DropStep>) -> (Vec<(ReadyState, String)>, Option<String>) {
    let checked = (clustering().check)(&draft.values_with_files(clustering()));
    let drop_file =
        file.map(|step| DropFile { name: "diyaloglar.json".to_owned(), size_bytes: 18_200_000, step, report: None });
    let connection = connection(HealthState::Ok);
    let items = list_ready_items(&Situation {
        form: clustering(),
        draft,
        checked: &checked,
        files: &drop_file.map(|file| ("dialogue".to_owned(), file)).into_iter().collect(),
        connection: (!draft.connection.is_empty()).then_some(&connection),
        in_the_way: None,
        advice: None,
        forbidden: None,
    });
    let ask = next_step(&items).map(|item| item.ask.clone());
    (items.into_iter().map(|item| (item.state, item.text)).collect(), ask)
}

#[test]
fn the_model_id_follows_the_name_until_somebody_types_one() {
    let form = clustering();
    let mut draft = FormDraft::fresh(form);
    draft.set_name(form, "Müşteri niyetleri 2026".to_owned());
    assert_eq!(draft.value("model_id"), "musteri-niyetleri-2026");
    draft.set_value(field(form, "model_id"), "mine".to_owned());
    draft.set_name(form, "Another name".to_owned());
    assert_eq!(draft.value("model_id"), "mine");
    draft.follow_name(form);
    assert_eq!(draft.value("model_id"), "another-name");
}

#[test]
fn a_fresh_form_holds_the_documented_choices_and_nothing_else() {
    let draft = FormDraft::fresh(clustering());
    let values = ["data.schema", "num_clusters", "llm", "force_train", "language"].map(|name| draft.value(name));
    assert_eq!(values, ["dialogue", "automatic", "none", "true", ""]);
}

#[test]
fn the_submit_button_names_the_next_missing_thing_in_the_order_of_the_form() {
    let form = clustering();
    let mut draft = FormDraft::fresh(form);
    let mut asked = Vec::new();
    let mut note = |draft: &FormDraft, file: Option<DropStep>| asked.push(judge(draft, file).1);
    note(&draft, None);
    draft.set_connection("knovvu".to_owned(), None);
    note(&draft, None);
    draft.set_name(form, "Niyetler".to_owned());
    note(&draft, None);
    draft.set_value(field(form, "product_name"), "CA".to_owned());
    note(&draft, None);
    draft.set_value(field(form, "language"), "tr-TR".to_owned());
    note(&draft, None);
    note(&draft, Some(DropStep::Sending));
    draft.set_file("dialogue", Some(stored("diyaloglar.json", 'a')));
    note(&draft, Some(DropStep::Stored));
    let asked: Vec<_> = asked.iter().map(Option::as_deref).collect();
    assert_eq!(
        asked,
        [
            Some("Choose a connection"),
            Some("Give a model id"),
            Some("Give a product name"),
            Some("Choose a language"),
            Some("Add the dialogue file"),
            Some("Sending the file"),
            None,
        ]
    );
}

#[test]
fn an_illegal_value_is_named_by_its_fault_and_blocks() {
    let mut draft = complete_draft();
    draft.set_value(field(clustering(), "model_id"), "Müşteri".to_owned());
    let (items, ask) = judge(&draft, Some(DropStep::Stored));
    assert_eq!(ask.as_deref(), Some("Mend this: Model id"));
    assert!(items.iter().any(|(state, text)| *state == ReadyState::Fault && text.contains('M')), "{items:?}");
}

#[test]
fn a_count_that_was_chosen_but_not_given_blocks() {
    let mut draft = complete_draft();
    draft.set_value(field(clustering(), "num_clusters"), String::new());
    assert_eq!(judge(&draft, Some(DropStep::Stored)).1.as_deref(), Some("Give the number of clusters"));
    for typed in ["-1", "2.5", "1,000", "\"5\""] {
        draft.set_value(field(clustering(), "num_clusters"), typed.to_owned());
        assert_eq!(judge(&draft, Some(DropStep::Stored)).1.as_deref(), Some("Mend this: Clusters"), "{typed}");
    }
}

#[test]
fn each_step_of_a_file_but_stored_blocks() {
    let mut draft = complete_draft();
    draft.set_file("dialogue", None);
    for step in [
        DropStep::Checking { read_bytes: 1 },
        DropStep::Refused,
        DropStep::RefusedByServer,
        DropStep::Sending,
        DropStep::SendingUnchecked,
        DropStep::PickAgain,
        DropStep::Failed("No space.".to_owned()),
    ] {
        assert!(judge(&draft, Some(step.clone())).1.is_some(), "{step:?}");
    }
}

#[test]
fn choosing_openai_warns_that_texts_leave_and_does_not_block() {
    let mut draft = complete_draft();
    draft.set_value(field(clustering(), "llm"), "openai".to_owned());
    let (items, ask) = judge(&draft, Some(DropStep::Stored));
    assert_eq!(ask, None);
    assert!(items.iter().any(|(state, text)| *state == ReadyState::Warning && text.contains("OpenAI")), "{items:?}");
}

#[test]
fn the_advice_is_shown_with_its_reason_and_never_blocks() {
    let draft = complete_draft();
    let checked = (clustering().check)(&draft.values_with_files(clustering()));
    let (files, connection) = (BTreeMap::new(), None);
    let shown = |verdict, warning: Option<&str>| {
        let reason = "Because of this.".to_owned();
        let advice = TrainAdvice { verdict, reason, warning: warning.map(str::to_owned), compared_with: None };
        let items = list_ready_items(&Situation {
            form: clustering(),
            draft: &draft,
            checked: &checked,
            files: &files,
            connection,
            in_the_way: None,
            advice: Some(&advice),
            forbidden: None,
        });
        let found = items.into_iter().find(|item| item.text.contains("Because of this."));
        found.map(|item| (item.state, item.target, item.ask.is_empty()))
    };
    let line = |state| Some((state, "field-force-train".to_owned(), true));
    assert_eq!(shown(Verdict::Retrain, None), line(ReadyState::Done));
    assert_eq!(shown(Verdict::Redeploy, Some("Nothing changes.")), line(ReadyState::Warning));
    assert_eq!(shown(Verdict::Ask, None), line(ReadyState::Warning));
}

#[test]
fn duplicate_keeps_every_type_choice_and_file() {
    let original = training(clustering_request(), Stage::Failed);
    let draft = Source::Duplicate(Box::new(original.clone())).start_draft(clustering());
    let request = (clustering().check)(&draft.values_with_files(clustering())).expect("as legal as before");
    assert_eq!(request.freeze(), original.request);
    assert_eq!(draft.name, original.name);
    assert_eq!(draft.files.get("dialogue"), Some(&stored("diyaloglar.json", 'a')));
}

#[test]
fn both_kinds_survive_the_way_into_the_form_and_back() {
    let classification = json!({
        "kind": "sestek.classification", "model_id": "niyet", "product_name": "CA", "language": "ur-PK",
        "dataset": sha('a'),
    });
    let mut original = training(classification, Stage::Ready);
    original.datasets[0].role = "dataset".to_owned();
    let form = form("sestek.classification");
    let draft = Source::Duplicate(Box::new(original.clone())).start_draft(form);
    let request = (form.check)(&draft.values_with_files(form)).expect("as legal as before");
    assert_eq!(request.freeze(), original.request);
}

#[test]
fn case_14_another_kind_takes_over_what_is_legal_there_and_clears_the_rest() {
    let other = form("sestek.classification");
    let mut draft = FormDraft::fresh(other);
    draft.set_name(other, "Niyetler".to_owned());
    draft.set_value(field(other, "language"), "de-DE".to_owned());
    draft.set_file("dataset", Some(stored("labels.json", 'b')));
    let fitted = draft.fit_to(clustering());
    assert_eq!([fitted.value("model_id"), fitted.value("language")], ["niyetler", ""], "German is no language here");
    assert!(fitted.files.is_empty());
    draft.set_value(field(other, "language"), "tr-TR".to_owned());
    assert_eq!(draft.fit_to(clustering()).value("language"), "tr-TR");
}

#[test]
fn a_hidden_file_stays_and_is_not_sent() {
    let form = clustering();
    let mut draft = complete_draft();
    draft.set_file("intent", Some(stored("intents.json", 'b')));
    for (schema, data) in [
        ("intent", json!({"schema": "intent", "intent": sha('b')})),
        ("dialogue_and_intent", json!({"schema": "dialogue_and_intent", "dialogue": sha('a'), "intent": sha('b')})),
        ("dialogue", json!({"schema": "dialogue", "dialogue": sha('a')})),
    ] {
        draft.set_value(field(form, "data.schema"), schema.to_owned());
        let request = (form.check)(&draft.values_with_files(form)).expect("complete");
        assert_eq!(request.freeze().fields.get("data"), Some(&data));
    }
}

#[test]
fn the_key_changes_only_with_a_change_after_a_refusal() {
    let form = clustering();
    let mut draft = complete_draft();
    draft.key = TrainingId::parse(ID);
    draft.set_name(form, "After a lost answer".to_owned());
    assert!(draft.key.is_some(), "it may have arrived: the server decides by this key");
    draft.key_refused = true;
    assert!(draft.key.is_some(), "the same again is the same submit");
    draft.set_name(form, "After a refusal".to_owned());
    assert_eq!((draft.key, draft.key_refused), (None, false));
}

#[test]
fn a_kept_draft_comes_back_as_it_was() {
    let mut draft = complete_draft();
    draft.key = TrainingId::parse(ID);
    let text = serde_json::to_string(&draft).expect("it is plain data");
    assert_eq!(serde_json::from_str::<FormDraft>(&text).expect("the same plain data"), draft);
    assert_eq!(serde_json::from_str::<FormDraft>("{}").expect("an older page's draft"), FormDraft::default());
}

#[test]
fn a_retry_sends_only_what_differs() {
    let older = training(clustering_request(), Stage::Failed).request.fields;
    let changed = json!({
        "kind": "sestek.clustering", "model_id": "musteri-niyetleri-2026", "product_name": "CA", "language": "tr-TR",
        "data": {"schema": "intent", "intent": sha('b')}, "num_clusters": 0, "llm": "openai", "force_train": true,
    });
    let newer = TrainingRequest::parse(&changed, "request").expect("a legal request");
    let patch = diff_requests(&older, &newer);
    let expected = json!({
        "data": {"schema": "intent", "dialogue": null, "intent": sha('b')},
        "num_clusters": 0, "llm": "openai", "force_train": true,
    });
    assert_eq!(Value::Object(patch), expected);
    let same = TrainingRequest::parse(&clustering_request(), "request").expect("a legal request");
    assert!(diff_requests(&older, &same).is_empty());
}

#[test]
fn only_the_very_same_id_on_the_same_connection_counts_as_trained_before() {
    let ready = training(clustering_request(), Stage::Ready);
    let mut elsewhere = ready.clone();
    elsewhere.connection = ConnectionId::new("another");
    let rejected = training(clustering_request(), Stage::Rejected);
    let mut running = ready.clone();
    running.stage = Stage::Publishing;
    let ask = |trainings: &[Training], id: &str| find_before(trainings, "knovvu", id);
    let id = "musteri-niyetleri-2026";
    assert_eq!(ask(&[elsewhere, rejected], id), Before::Never, "a refused request trained nothing");
    assert_eq!(ask(std::slice::from_ref(&ready), "musteri"), Before::Never);
    assert_eq!(ask(&[ready.clone(), running.clone()], id), Before::Unfinished(Box::new(running)));
    assert_eq!(ask(std::slice::from_ref(&ready), id), Before::Trained(Box::new(ready.clone())));
}

#[test]
fn a_connection_in_trouble_warns_and_does_not_block() {
    for (state, expected) in [
        (HealthState::Ok, ReadyState::Done),
        (HealthState::Unknown, ReadyState::Done),
        (HealthState::Unreachable, ReadyState::Warning),
        (HealthState::Refused, ReadyState::Warning),
    ] {
        let draft = complete_draft();
        let connection = connection(state);
        let checked = (clustering().check)(&draft.values_with_files(clustering()));
        let items = list_ready_items(&Situation {
            form: clustering(),
            draft: &draft,
            checked: &checked,
            files: &BTreeMap::new(),
            connection: Some(&connection),
            in_the_way: None,
            advice: None,
            forbidden: None,
        });
        assert_eq!(items[0].state, expected, "{state:?}");
    }
}

#[test]
fn a_form_drawn_by_one_thread_of_the_server_may_end_on_another() {
    let drawing = std::thread::spawn(|| {
        let owner = Owner::new();
        let html = owner.with(|| {
            let state = FormState::open(clustering(), Source::Nothing, Vec::new(), String::new());
            let section = &clustering().sections[1];
            let before = RwSignal::new(Before::Unknown);
            view! { <SectionView state section before first=None/> }.to_html()
        });
        (owner, html)
    });
    let (owner, html) = drawing.join().expect("it is drawn");
    drop(owner);
    for label in ["Dialogue and intent", "Dialogue file", "Intent file"] {
        assert!(html.contains(label), "{label}: {html}");
    }
}

#[test]
fn several_files_keep_their_order_and_one_on_its_way_holds_the_request_back() {
    let form = form("sestek.gqa");
    let mut draft = FormDraft::fresh(form);
    for (name, value) in [("model_id", "answers"), ("project_name", "Help desk")] {
        draft.set_value(field(form, name), value.to_owned());
    }
    for number in 1..=11 {
        let digit = char::from_digit(number, 16).expect("a digit");
        draft.set_file(&file_key("files", number), Some(stored("a.md", digit)));
    }
    let request = (form.check)(&draft.values_with_files(form)).expect("legal");
    let uses = request.datasets();
    assert_eq!((uses.len(), &uses[1].sha256, &uses[10].sha256), (11, &sha('2'), &sha('b')));

    draft.set_file(&file_key("files", 2), Some(KeptFile { sha256: None, ..stored("b.md", '2') }));
    let faults = (form.check)(&draft.values_with_files(form)).expect_err("not all there");
    assert_eq!(faults[0].path, "request.data.files.1");
    draft.set_file(&file_key("files", 2), None);
    let request = (form.check)(&draft.values_with_files(form)).expect("legal again");
    assert_eq!(request.datasets()[1].sha256, sha('3'));
}

#[test]
fn each_of_several_files_that_needs_somebody_has_its_own_line() {
    let form = form("sestek.gqa");
    let mut draft = FormDraft::fresh(form);
    let judge = |draft: &FormDraft, steps: &[(u32, DropStep)]| {
        let file =
            |step: &DropStep| DropFile { name: "a.md".to_owned(), size_bytes: 1, step: step.clone(), report: None };
        let files = steps.iter().map(|(number, step)| (file_key("files", *number), file(step))).collect();
        let checked = (form.check)(&draft.values_with_files(form));
        let items = list_ready_items(&Situation {
            form,
            draft,
            checked: &checked,
            files: &files,
            connection: None,
            in_the_way: None,
            advice: None,
            forbidden: None,
        });
        let about = items.into_iter().filter(|item| item.target == "field-data-files");
        about.map(|item| (item.state, item.text)).collect::<Vec<_>>()
    };
    assert_eq!(judge(&draft, &[]), [(ReadyState::Missing, "Files are missing".to_owned())]);
    draft.set_file(&file_key("files", 1), Some(stored("a.md", '1')));
    draft.set_file(&file_key("files", 2), Some(stored("a.md", '2')));
    let done = (ReadyState::Done, "2 files are checked and stored".to_owned());
    assert_eq!(judge(&draft, &[(1, DropStep::Stored), (2, DropStep::Stored)]), [done]);
    let items = judge(&draft, &[(1, DropStep::Sending), (2, DropStep::Stored), (3, DropStep::Refused)]);
    let states: Vec<_> = items.iter().map(|(state, _)| *state).collect();
    assert_eq!(states, [ReadyState::Busy, ReadyState::Fault, ReadyState::Done]);
    draft.set_file(&file_key("files", 2), Some(stored("a.md", '1')));
    let items = judge(&draft, &[(1, DropStep::Stored), (2, DropStep::Stored)]);
    assert_eq!(items.last().map(|(_, text)| text.as_str()), Some("This is in the list twice."));
}

#[test]
fn a_duplicate_of_several_files_opens_with_all_of_them() {
    let request = json!({"kind": "sestek.gqa", "model_id": "answers", "project_name": "Help desk",
        "data": {"files": [sha('a'), sha('b')]}, "callback": null});
    let mut original = training(request, Stage::Ready);
    original.datasets = ['a', 'b']
        .map(|digit| TrainingDataset {
            role: "files".to_owned(),
            sha256: sha(digit),
            name: format!("{digit}.md"),
            size_bytes: 7,
        })
        .to_vec();
    let form = form("sestek.gqa");
    let draft = Source::Duplicate(Box::new(original.clone())).start_draft(form);
    assert_eq!(draft.files_of("files").len(), 2);
    let request = (form.check)(&draft.values_with_files(form)).expect("as legal as before");
    assert_eq!(request.freeze(), original.request);
}
