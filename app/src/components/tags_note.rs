//! A training's tags and note, and the small form that changes them and the name.

use crate::model::filter::TrainingFilter;
use crate::model::training::{NAME_CHARS, Training, TrainingChange};
use crate::ui::{Button, Erase, Field, erase_all, redraw};
use crate::{paths, texts};
use leptos::html;
use leptos::prelude::{
    AnyView, AriaAttributes, Callable, Callback, ClassAttribute, ElementChild, Get, GlobalAttributes, Memo, NodeRef,
    NodeRefAttribute, OnAttribute, PropAttribute, Signal, With, component, view,
};

/// The tags in `text`, separated by commas; empty and repeated ones are dropped.
fn parse_tags(text: &str) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in text.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
        if !tags.iter().any(|other| other == tag) {
            tags.push(tag.to_owned());
        }
    }
    tags
}

/// The tags, each a link to the list of those that have it.
fn draw_tag_links(tags: Memo<Vec<String>>) -> AnyView {
    redraw(move || {
        let link = |tag: String| {
            let filter = TrainingFilter { tag: Some(tag.clone()), ..TrainingFilter::default() };
            view! { <a class="badge" href=paths::trainings(&filter)>{tag}</a> }
        };
        erase_all(tags.get().into_iter().map(link))
    })
}

/// Shows tags and note; opens into a form.
#[component]
pub fn TagsNote(
    #[prop(into)] training: Signal<Training>,
    #[prop(into)] blocked: Signal<Option<String>>,
    #[prop(into)] on_change: Callback<TrainingChange>,
) -> AnyView {
    let tags = Memo::new(move |_| training.with(|training| training.tags.clone()));
    let note = Memo::new(move |_| training.with(|training| training.note.clone()));
    let name = Memo::new(move |_| training.with(|training| training.name.clone()));
    let (name_field, tags_field) = (NodeRef::<html::Input>::new(), NodeRef::<html::Input>::new());
    let note_field = NodeRef::<html::Textarea>::new();
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let (Some(name), Some(tags), Some(note)) = (name_field.get(), tags_field.get(), note_field.get()) else {
            return;
        };
        on_change.run(TrainingChange {
            name: Some(name.value()),
            tags: Some(parse_tags(&tags.value())),
            note: Some(note.value()),
            archived: None,
        });
    };
    view! {
        <div class="notes">
            <p class="tags">{draw_tag_links(tags)}</p>
            {move || {
                let note = Some(note.get()).filter(|note| !note.is_empty());
                note.map(|note| view! { <p class="note">{note}</p> }).erase()
            }}
            <details>
                <summary>{texts::EDIT_NOTES}</summary>
                <form class="stack" on:submit=save>
                    <Field id="edit-name" label=texts::NAME>
                        <input
                            id="edit-name"
                            type="text"
                            maxlength=NAME_CHARS.to_string()
                            node_ref=name_field
                            prop:value=move || name.get()
                        />
                    </Field>
                    <Field id="edit-tags" label=texts::TAGS hint=Signal::stored(texts::TAGS_HINT.to_owned())>
                        <input
                            id="edit-tags"
                            type="text"
                            aria-describedby="edit-tags-hint"
                            node_ref=tags_field
                            prop:value=move || tags.get().join(", ")
                        />
                    </Field>
                    <Field id="edit-note" label=texts::NOTE>
                        <textarea id="edit-note" rows="4" node_ref=note_field prop:value=move || note.get()></textarea>
                    </Field>
                    <Button blocked=blocked submits=true>{texts::SAVE}</Button>
                    <noscript>
                        <p class="muted">{texts::BUTTONS_NEED_SCRIPT}</p>
                    </noscript>
                </form>
            </details>
        </div>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{TagsNote, parse_tags};
    use crate::components::sample;
    use crate::model::stage::Stage;
    use crate::model::training::NAME_CHARS;
    use leptos::prelude::{Callback, Owner, RenderHtml, Signal, view};

    #[test]
    fn tags_are_split_trimmed_and_kept_once() {
        assert_eq!(parse_tags(" a, b ,,a,Ürün "), ["a", "b", "Ürün"]);
        assert_eq!(parse_tags(" , "), Vec::<String>::new());
    }

    #[test]
    fn a_hostile_note_stays_text() {
        let html = Owner::new().with(|| {
            let training = Signal::stored(sample::training(Stage::Ready));
            let nothing = Callback::new(|_| ());
            view! { <TagsNote training=training blocked=Signal::stored(None::<String>) on_change=nothing/> }.to_html()
        });
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
    }

    #[test]
    fn a_name_may_be_as_long_here_as_the_server_takes_it() {
        let html = Owner::new().with(|| {
            let training = Signal::stored(sample::training(Stage::Ready));
            let nothing = Callback::new(|_| ());
            view! { <TagsNote training=training blocked=Signal::stored(None::<String>) on_change=nothing/> }.to_html()
        });
        assert!(html.contains(&format!("maxlength=\"{NAME_CHARS}\"")), "{html}");
    }
}
