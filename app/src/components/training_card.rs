//! A training in a few lines, for the Now page and as the cells of the list.

use super::moment::{kind_label, moment_of, vendor_label};
use super::stage_badge::StageBadge;
use super::stage_track::StageTrack;
use crate::model::stage::Stage;
use crate::model::training::Training;
use crate::paths;
use crate::texts::{self, format_duration};
use crate::ui::{Clock, Erase, When};
use leptos::prelude::{AnyView, ClassAttribute, ElementChild, Memo, Signal, With, component, view};

/// The one thing worth knowing beside the stage: what it waits for, how far it is, why it failed, how long it took.
pub fn news_line(training: &Training, now: Option<i64>) -> String {
    if let Some(waiting) = &training.waiting {
        return waiting.message.clone();
    }
    if let Some(failure) = &training.failure {
        return failure.message.clone();
    }
    let until = training.ended_at.map(|ended| ended.as_millis()).or(now.filter(|_| !training.stage.is_end()));
    let spent = until.map(|until| format_duration(until - training.created_at.as_millis()));
    let progress = training.progress.as_ref().filter(|_| training.stage == Stage::Training);
    let percent = progress.and_then(|progress| progress.percent);
    let steps = progress.and_then(|progress| progress.step.zip(progress.total_steps));
    match (steps, percent, spent) {
        (Some((step, total)), _, _) => texts::step_of(step, total),
        (None, Some(percent), Some(spent)) => texts::percent_after(percent, &spent),
        (None, Some(percent), None) => texts::percent(percent),
        (None, None, Some(spent)) => spent,
        (None, None, None) => String::new(),
    }
}

/// What a training is called by the vendor; a dash until that is known.
pub fn vendor_name(training: &Training) -> String {
    training.vendor_ref.as_ref().map(ToString::to_string).unwrap_or_default()
}

/// A training as a card.
#[component]
pub fn TrainingCard(#[prop(into)] training: Signal<Training>) -> AnyView {
    let clock = Clock::of_page();
    let stage = Memo::new(move |_| training.with(|training| training.stage));
    let status = Signal::derive(move || training.with(|training| training.vendor_status.clone()));
    let started = Signal::derive(move || training.with(|training| moment_of(training.created_at.as_millis())));
    view! {
        <li class="card training-card" class:stale=move || training.with(|training| training.unseen_since.is_some())>
            <div class="training-card-head">
                <StageBadge stage=stage vendor_status=status/>
                <StageTrack training=training/>
            </div>
            <a class="name" href=move || training.with(|training| paths::training(&training.id))>
                {move || training.with(|training| training.name.clone())}
            </a>
            <code class="ref">{move || training.with(vendor_name)}</code>
            <p class="news">{move || training.with(|training| news_line(training, clock.now()))}</p>
            <p class="muted">
                <span>
                    {move || training.with(|t| texts::vendor_and_kind(&vendor_label(&t.kind), &kind_label(&t.kind)))}
                </span>
                <span>{move || training.with(|training| training.owner.to_string())}</span>
                <When at=started/>
            </p>
        </li>
    }
    .erase()
}

#[cfg(test)]
mod tests {
    use super::{TrainingCard, news_line};
    use crate::components::sample;
    use crate::model::stage::Stage;
    use crate::model::time::Timestamp;
    use crate::model::training::Progress;
    use leptos::prelude::{Owner, RenderHtml, Signal, view};

    #[test]
    fn the_news_is_percent_and_time_while_training_and_the_whole_time_afterwards() {
        let mut training = sample::training(Stage::Training);
        training.progress = Some(Progress { percent: Some(45.4), ..Progress::default() });
        assert_eq!(news_line(&training, Some(sample::START + 720_000)), "45 % after 12 min");
        assert_eq!(news_line(&training, None), "45 %");
        training.stage = Stage::Ready;
        training.ended_at = Some(Timestamp::from_millis(sample::START + 1_860_000));
        assert_eq!(news_line(&training, Some(i64::MAX)), "31 min");
    }

    #[test]
    fn a_card_escapes_every_free_text() {
        let html = Owner::new().with(|| {
            let training = Signal::stored(sample::training(Stage::Training));
            view! { <TrainingCard training=training/> }.to_html()
        });
        assert!(!html.contains("<script") && !html.contains("<img"), "{html}");
        assert!(html.contains("href=\"/trainings/0198f7c2-7a10-7cc3-8a9e-0d6c3f1b2a4e\""), "{html}");
    }
}
