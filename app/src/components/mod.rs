//! Parts of pages that know our models: they show what they are given and hand wishes back by callback.
//! No API calls; see `pages`.

pub mod announcer;
pub mod answer_view;
pub mod callback_view;
pub mod connection_card;
pub mod connection_row;
pub mod drop_check;
pub mod event_list;
pub mod failure_card;
pub mod kept_secrets;
pub mod keys_dialog;
pub mod lane_axis;
pub mod lanes;
pub mod list_filters;
pub mod live_badge;
pub mod llm_view;
pub mod metric_plot;
pub mod model_card;
pub mod model_id_field;
pub mod model_row;
pub mod moment;
pub mod page_head;
pub mod readiness;
pub mod request_preview;
pub mod request_view;
#[cfg(test)]
pub mod sample;
pub mod sandbox_banner;
pub mod site_header;
pub mod stage_badge;
pub mod stage_ladder;
pub mod stage_track;
pub mod status_sentence;
pub mod support_text;
pub mod tags_note;
pub mod timeline;
pub mod training_actions;
pub mod training_card;
pub mod training_row;
pub mod upload;
pub mod vendor_strip;
pub mod waiting_card;
