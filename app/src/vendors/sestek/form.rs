//! The forms of text clustering and text classification, as data.
//! Keeps no rule of its own: `request` decides what is legal.

use super::draft::{ClassificationDraft, ClusteringDraft};
use super::request::{ClassificationLanguage, ClusteringLanguage, DataSchema, Llm};
use super::{CLASSIFICATION, CLUSTERING, model_id};
use crate::model::error::FieldFault;
use crate::model::request::FrozenRequest;
use crate::vendors::TrainingRequest;
use crate::vendors::forms::{AUTOMATIC, Choice, Control, FormField, FormSection, FormValues, KindForm, always};

/// The value of "no language model".
const NO_LLM: &str = "none";

/// S2 asks for it without saying how, and no page describing it is public: a person has to know.
pub(super) const DEPENDENCY_NOTE: &str = "SESTEK asks that the availability of its dependency modules is verified before a \
                               training. It offers no call for that, so ask your SESTEK contact when in doubt.";

/// The form of text clustering.
pub const CLUSTERING_FORM: KindForm = KindForm {
    kind: CLUSTERING.kind,
    sections: &[
        FormSection { title: "Model", fields: &[MODEL_ID, PRODUCT_NAME, CLUSTERING_LANGUAGE] },
        FormSection { title: "Data", fields: &[SCHEMA, DIALOGUE_FILE, INTENT_FILE] },
        FormSection { title: "Training", fields: &[CLUSTERS, LLM, FORCE_TRAIN] },
    ],
    defaults: &[("data.schema", "dialogue"), ("num_clusters", AUTOMATIC), ("llm", NO_LLM), ("force_train", "true")],
    check: check_clustering,
    prefill: prefill_clustering,
    compose_model_id: model_id::compose_model_id,
    note: DEPENDENCY_NOTE,
};

/// The form of text classification.
pub const CLASSIFICATION_FORM: KindForm = KindForm {
    kind: CLASSIFICATION.kind,
    sections: &[
        FormSection { title: "Model", fields: &[MODEL_ID, PRODUCT_NAME, CLASSIFICATION_LANGUAGE] },
        FormSection { title: "Data", fields: &[LABELLED_FILE] },
    ],
    defaults: &[],
    check: check_classification,
    prefill: prefill_classification,
    compose_model_id: model_id::compose_model_id,
    note: DEPENDENCY_NOTE,
};

pub(super) const MODEL_ID: FormField = FormField {
    name: "model_id",
    label: "Model id",
    hint: "",
    control: Control::ModelId,
    ask: "Give a model id",
    missing: "Model id is missing",
    done: "Model id is legal",
    shown: always,
    half: false,
};

const PRODUCT_NAME: FormField = FormField {
    name: "product_name",
    label: "Product name",
    hint: "Sent to SESTEK as productName.",
    control: Control::Text,
    ask: "Give a product name",
    missing: "Product name is missing",
    done: "Product name is given",
    shown: always,
    half: true,
};

const CLUSTERING_LANGUAGE: FormField = FormField {
    name: "language",
    label: "Language",
    hint: "",
    control: Control::Choice(CLUSTERING_LANGUAGES),
    ask: "Choose a language",
    missing: "Language is not chosen",
    done: "Language is chosen",
    shown: always,
    half: true,
};

const CLASSIFICATION_LANGUAGE: FormField =
    FormField { control: Control::Choice(CLASSIFICATION_LANGUAGES), ..CLUSTERING_LANGUAGE };

const SCHEMA: FormField = FormField {
    name: "data.schema",
    label: "Data schema",
    hint: "",
    control: Control::Segments(SCHEMAS),
    ask: "Choose a data schema",
    missing: "Data schema is not chosen",
    done: "",
    shown: always,
    half: false,
};

const DIALOGUE_FILE: FormField = FormField {
    name: "data.dialogue",
    label: "Dialogue file",
    hint: "A JSON or JSON Lines file with your dialogues.",
    control: Control::Dataset("dialogue"),
    ask: "Add the dialogue file",
    missing: "Dialogue file is missing",
    done: "Dialogue file is checked and stored",
    shown: uses_dialogue,
    half: false,
};

const INTENT_FILE: FormField = FormField {
    name: "data.intent",
    label: "Intent file",
    hint: "Intent data is the output of a model that was trained with dialogues before.",
    control: Control::Dataset("intent"),
    ask: "Add the intent file",
    missing: "Intent file is missing",
    done: "Intent file is checked and stored",
    shown: uses_intent,
    half: false,
};

const LABELLED_FILE: FormField = FormField {
    name: "dataset",
    label: "Data file",
    hint: "A JSON or JSON Lines file whose records have a Label and a Text, with at least two labels.",
    control: Control::Dataset("dataset"),
    ask: "Add the data file",
    missing: "Data file is missing",
    done: "Data file is checked and stored",
    shown: always,
    half: false,
};

const CLUSTERS: FormField = FormField {
    name: "num_clusters",
    label: "Clusters",
    hint: "",
    control: Control::CountOrAutomatic,
    ask: "Give the number of clusters",
    missing: "Number of clusters is missing",
    done: "",
    shown: always,
    half: true,
};

const LLM: FormField = FormField {
    name: "llm",
    label: "LLM",
    hint: "",
    control: Control::Choice(LLMS),
    ask: "Choose whether an LLM helps",
    missing: "LLM is not chosen",
    done: "",
    shown: always,
    half: true,
};

const FORCE_TRAIN: FormField = FormField {
    name: "force_train",
    label: "Train",
    hint: "",
    control: Control::Choice(FORCE_TRAIN_CHOICES),
    ask: "Choose what to do with a model that exists",
    missing: "Train is not chosen",
    done: "",
    shown: always,
    half: false,
};

const fn clustering_language(language: ClusteringLanguage) -> Choice {
    Choice { value: language.code(), label: language.label(), hint: "" }
}

const fn classification_language(language: ClassificationLanguage) -> Choice {
    Choice { value: language.code(), label: language.label(), hint: "" }
}

const SCHEMAS: &[Choice] = &[
    Choice {
        value: DataSchema::Dialogue.code(),
        label: DataSchema::Dialogue.label(),
        hint: "Groups are found in your dialogues.",
    },
    Choice {
        value: DataSchema::DialogueAndIntent.code(),
        label: DataSchema::DialogueAndIntent.label(),
        hint: "Semi-supervised: your dialogues, and what an earlier training made of dialogues.",
    },
    Choice {
        value: DataSchema::Intent.code(),
        label: DataSchema::Intent.label(),
        hint: "Only what an earlier training made of dialogues.",
    },
];

const LLMS: &[Choice] = &[
    Choice { value: NO_LLM, label: "None", hint: "No LLM; your texts stay with SESTEK." },
    Choice {
        value: Llm::Openai.code(),
        label: Llm::Openai.label(),
        hint: "Your texts go to OpenAI, and the training may take noticeably longer.",
    },
];

/// Contract 8: `false` only redeploys what is there; with changed data the change would be ignored.
const FORCE_TRAIN_CHOICES: &[Choice] = &[
    Choice {
        value: "true",
        label: "Retrain with this data",
        hint: "Right for a first training and whenever the data or a setting changed.",
    },
    Choice {
        value: "false",
        label: "Redeploy the model that is there",
        hint: "Only when the published model fell asleep and the data is the same as last time: nothing is trained, \
               a change in the data would be ignored.",
    },
];

const CLUSTERING_LANGUAGES: &[Choice] = &[
    clustering_language(ClusteringLanguage::ArSa),
    clustering_language(ClusteringLanguage::NlNl),
    clustering_language(ClusteringLanguage::EnUs),
    clustering_language(ClusteringLanguage::FrFr),
    clustering_language(ClusteringLanguage::ItIt),
    clustering_language(ClusteringLanguage::TrTr),
];

const CLASSIFICATION_LANGUAGES: &[Choice] = &[
    classification_language(ClassificationLanguage::ArSa),
    classification_language(ClassificationLanguage::NlNl),
    classification_language(ClassificationLanguage::EnUs),
    classification_language(ClassificationLanguage::FrFr),
    classification_language(ClassificationLanguage::DeDe),
    classification_language(ClassificationLanguage::ItIt),
    classification_language(ClassificationLanguage::LvLv),
    classification_language(ClassificationLanguage::RuRu),
    classification_language(ClassificationLanguage::EsEs),
    classification_language(ClassificationLanguage::TrTr),
    classification_language(ClassificationLanguage::UrPk),
];

fn chosen_schema(values: &FormValues) -> DataSchema {
    values.get("data.schema").and_then(|code| DataSchema::from_code(code)).unwrap_or_default()
}

fn uses_dialogue(values: &FormValues) -> bool {
    chosen_schema(values).has_dialogue()
}

fn uses_intent(values: &FormValues) -> bool {
    chosen_schema(values).has_intent()
}

pub(super) fn text(values: &FormValues, name: &str) -> String {
    values.get(name).cloned().unwrap_or_default()
}

fn check_clustering(values: &FormValues) -> Result<TrainingRequest, Vec<FieldFault>> {
    let count = text(values, "num_clusters");
    let llm = text(values, "llm");
    let draft = ClusteringDraft {
        model_id: text(values, "model_id"),
        product_name: text(values, "product_name"),
        language: text(values, "language"),
        schema: chosen_schema(values),
        dialogue: text(values, "data.dialogue"),
        intent: text(values, "data.intent"),
        num_clusters: if count == AUTOMATIC { String::new() } else { count.clone() },
        llm: Llm::ALL.iter().copied().find(|known| known.code() == llm),
        force_train: values.get("force_train").is_none_or(|choice| choice != "false"),
    };
    let checked = draft.check().map(TrainingRequest::SestekClustering);
    // The draft takes an empty count for automatic; somebody who chose to give a number has not given it yet.
    if !count.is_empty() {
        return checked;
    }
    let mut faults = checked.err().unwrap_or_default();
    faults.push(FieldFault::new("request.num_clusters", "Give the number of clusters, or choose Automatic."));
    Err(faults)
}

fn check_classification(values: &FormValues) -> Result<TrainingRequest, Vec<FieldFault>> {
    let draft = ClassificationDraft {
        model_id: text(values, "model_id"),
        product_name: text(values, "product_name"),
        language: text(values, "language"),
        dataset: text(values, "dataset"),
    };
    draft.check().map(TrainingRequest::SestekClassification)
}

fn prefill_clustering(frozen: &FrozenRequest) -> FormValues {
    let draft = ClusteringDraft::from_frozen(frozen);
    let count = if draft.num_clusters.is_empty() { AUTOMATIC.to_owned() } else { draft.num_clusters };
    let force_train = if draft.force_train { "true" } else { "false" };
    values_of([
        ("model_id", draft.model_id),
        ("product_name", draft.product_name),
        ("language", draft.language),
        ("data.schema", draft.schema.code().to_owned()),
        ("num_clusters", count),
        ("llm", draft.llm.map_or(NO_LLM, Llm::code).to_owned()),
        ("force_train", force_train.to_owned()),
    ])
}

fn prefill_classification(frozen: &FrozenRequest) -> FormValues {
    let draft = ClassificationDraft::from_frozen(frozen);
    values_of([("model_id", draft.model_id), ("product_name", draft.product_name), ("language", draft.language)])
}

pub(super) fn values_of<const N: usize>(values: [(&str, String); N]) -> FormValues {
    values.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

#[cfg(test)]
mod tests {
    use super::{CLASSIFICATION_FORM, CLUSTERING_FORM};
    use crate::vendors::forms::{Choice, Control, KindForm};
    use crate::vendors::sestek::request::{ClassificationLanguage, ClusteringLanguage};
    use crate::vendors::{FORMS, KINDS};

    fn languages(form: &KindForm) -> Vec<&'static str> {
        let control = form.fields().find(|field| field.name == "language").map(|field| field.control);
        let Some(Control::Choice(choices)) = control else { return Vec::new() };
        choices.iter().map(|choice: &Choice| choice.value).collect()
    }

    #[test]
    fn each_kind_offers_every_language_of_its_own_and_no_other() {
        let mut offered = languages(&CLUSTERING_FORM);
        let mut legal: Vec<_> = ClusteringLanguage::ALL.iter().map(|language| language.code()).collect();
        offered.sort_unstable();
        legal.sort_unstable();
        assert_eq!(offered, legal);
        let mut offered = languages(&CLASSIFICATION_FORM);
        let mut legal: Vec<_> = ClassificationLanguage::ALL.iter().map(|language| language.code()).collect();
        offered.sort_unstable();
        legal.sort_unstable();
        assert_eq!(offered, legal);
    }

    #[test]
    fn every_kind_has_a_form_with_a_place_for_each_of_its_files() {
        for info in KINDS {
            let form = FORMS.iter().find(|form| form.kind == info.kind);
            let roles = form.iter().flat_map(|form| form.fields()).filter_map(|field| match field.control {
                Control::Dataset(role) | Control::Datasets(role) => Some((role, field.label)),
                _ => None,
            });
            let roles: Vec<_> = roles.collect();
            let expected: Vec<_> = info.roles.iter().map(|role| (role.name, role.label)).collect();
            assert_eq!(roles, expected, "{}", info.kind);
        }
    }

    #[test]
    fn a_fault_below_a_field_belongs_to_it() {
        let at = |path: &str| CLUSTERING_FORM.field_at(path).map(|field| field.name);
        assert_eq!(at("request.data.dialogue"), Some("data.dialogue"));
        assert_eq!(at("request.model_id"), Some("model_id"));
        assert_eq!(at("request.model_id_x"), None);
        assert_eq!(at("name"), None);
    }
}
