//! The frozen request as it was sent: names and values, nothing read back into a form.

use super::moment::kind_label;
use crate::model::training::Training;
use crate::texts;
use crate::ui::{Erase, erase_all};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, GlobalAttributes, component, view};
use serde_json::Value;

/// The fields of a request, nested ones with their path (`data.schema`), in the order of the request.
fn flatten_fields(prefix: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                flatten_fields(&path, value, out);
            }
        }
        Value::Null => out.push((prefix.to_owned(), texts::NONE.to_owned())),
        Value::String(text) => out.push((prefix.to_owned(), text.clone())),
        other => out.push((prefix.to_owned(), other.to_string())),
    }
}

/// The facts of a training: kind, connection, owner, then every field of the request.
#[component]
pub fn RequestView(training: Training) -> AnyView {
    let mut fields = Vec::new();
    for (name, value) in &training.request.fields {
        flatten_fields(name, value, &mut fields);
    }
    let files = training.datasets.clone();
    let fields = erase_all(fields.into_iter().map(|(name, value)| {
        let file = files.iter().find(|file| file.sha256.as_str() == value).cloned();
        let value: AnyView = match file {
            Some(file) => view! {
                <span>{file.name}</span>
                <small>{texts::size(file.size_bytes)}</small>
            }
            .erase(),
            None => view! { <span>{value}</span> }.erase(),
        };
        view! {
            <dt><code lang="en" translate="no">{name}</code></dt>
            <dd>{value}</dd>
        }
    }));
    view! {
        <dl class="facts">
            <dt>{texts::FACT_KIND}</dt>
            <dd>{kind_label(&training.kind)}</dd>
            <dt>{texts::FACT_CONNECTION}</dt>
            <dd>{training.connection.to_string()}</dd>
            <dt>{texts::FACT_OWNER}</dt>
            <dd>{training.owner.to_string()}</dd>
            {fields}
        </dl>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{RequestView, flatten_fields};
    use crate::components::sample;
    use crate::model::stage::Stage;
    use leptos::prelude::{Owner, RenderHtml, view};

    #[test]
    fn nested_fields_keep_their_path() {
        let value = serde_json::json!({"data": {"schema": "dialogue"}, "llm": null, "num_clusters": 0});
        let mut fields = Vec::new();
        flatten_fields("", &value, &mut fields);
        let pairs: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(pairs, [("data.schema", "dialogue"), ("llm", "none"), ("num_clusters", "0")]);
    }

    #[test]
    fn a_hostile_field_stays_text() {
        let training = sample::training(Stage::Ready);
        let html = Owner::new().with(|| view! { <RequestView training=training/> }.to_html());
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    }
}
