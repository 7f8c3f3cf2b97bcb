//! The forms library. A form is one definition ([`Form`]): what it says, what it asks, and by which rules. The page, the
//! validation, the PDF and the blank version all come from it.

mod answers;
mod definition;
mod forms;
mod number;
mod signature;

pub use answers::{Answer, AnsweredField, FilledForm, draft, fill, known_answers, remaining};
pub use definition::{
    Choice, Condition, DateRule, Field, Form, FormCategory, FormSummary, Kind, Prefill, Section,
};
pub use forms::{FORMS, form};
pub use number::{dollars, parse_dollars};
pub use signature::{CONSENT, CONSENT_VERSION, SignedForm};
