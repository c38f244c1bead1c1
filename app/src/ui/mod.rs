//! Widgets drawn with plain elements: they know nothing of trainings.
//! No model, no API, no router; words come in as properties.

mod badge;
mod button;
mod clock;
mod copy_text;
mod dialog;
mod each;
mod empty;
mod erase;
mod field;
mod icon;
mod pagination;
mod progress;
mod skeleton;
mod sure_button;
mod table;
mod tabs;
mod toast;
mod when;

pub use badge::Badge;
pub use button::{Button, ButtonKind, LinkButton};
pub use clock::{Clock, LocalTime};
pub use copy_text::CopyText;
pub use dialog::Dialog;
pub use each::{Part, each};
pub use empty::{Empty, Problem};
pub use erase::{Erase, erase_all, redraw};
pub use field::{Field, SelectField};
pub use icon::Icon;
pub use pagination::Pagination;
pub use progress::Progress;
pub use skeleton::Skeleton;
pub use sure_button::SureButton;
pub use table::{Column, Table};
pub use tabs::{Tab, Tabs};
pub use toast::{ToastRegion, Toasts};
pub use when::{Moment, When, WhenStyle};
