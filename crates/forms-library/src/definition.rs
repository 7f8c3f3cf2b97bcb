//! What a form is made of.

use serde::Serialize;

omega_common::string_enum! {
    /// What a form is about.
    FormCategory {
        Agreements = "agreements", "Working with us";
        Authorizations = "authorizations", "Authorizations";
        People = "people", "People and payroll";
        Money = "money", "Expenses and assets";
        Taxes = "taxes", "Taxes";
        Records = "records", "Company records";
    }
}

/// A form of the firm.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Form {
    /// Its address, for good: signed forms name it.
    pub id: &'static str,
    /// Raised when what it says or asks changes: signed forms name it too.
    pub version: u16,
    pub title: &'static str,
    pub category: FormCategory,
    /// What it is for, in one or two sentences.
    pub purpose: &'static str,
    /// Who fills it in.
    pub filled_by: &'static str,
    /// What else somebody may search for.
    #[serde(skip)]
    pub keywords: &'static str,
    pub sections: &'static [Section],
}

/// A form as the library lists it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct FormSummary {
    pub id: &'static str,
    pub version: u16,
    pub title: &'static str,
    pub category: FormCategory,
    pub purpose: &'static str,
    pub filled_by: &'static str,
}

/// One group of questions, with what is to be read before them.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Section {
    pub title: &'static str,
    /// Paragraphs.
    pub text: &'static [&'static str],
    pub fields: &'static [Field],
}

/// One question.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Field {
    pub name: &'static str,
    pub label: &'static str,
    pub hint: Option<&'static str>,
    #[serde(flatten)]
    pub kind: Kind,
    /// Needed, where it is asked at all.
    pub required: bool,
    /// Asked only when another question has this answer.
    pub only_if: Option<Condition>,
    /// Which answer of the profile it begins with.
    pub prefill: Option<Prefill>,
}

/// Another question of the form and its answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Condition {
    pub field: &'static str,
    pub is: &'static str,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub enum Kind {
    /// One line of at most 200 characters.
    Line,
    /// At most `most` characters, on several lines.
    Paragraphs {
        most: u16,
    },
    /// `YYYY-MM-DD`
    Date {
        rule: DateRule,
    },
    /// US dollars, with or without cents.
    Money,
    /// A whole number from 0 to `most`.
    Whole {
        unit: &'static str,
        most: u32,
    },
    Email,
    Phone,
    Choice {
        options: &'static [Choice],
    },
    /// `yes` or `no`
    YesNo,
    /// The EIN of the client's own business: the profile's, unless another is entered.
    Ein,
    /// The nine digits of a US bank.
    RoutingNumber,
    AccountNumber,
    /// Rows of a table, each with an answer a column; columns of money and whole numbers that are named in `totals` are added up.
    #[cfg_attr(not(target_arch = "wasm32"), schema(no_recursion))]
    Rows {
        columns: &'static [Field],
        most: u16,
        totals: &'static [&'static str],
    },
}

impl Kind {
    /// Whether an answer is shown by its last four digits alone, and kept in no draft.
    pub const fn is_secret(&self) -> bool {
        matches!(self, Self::Ein | Self::RoutingNumber | Self::AccountNumber)
    }
}

omega_common::string_enum! {
    /// Which days are taken.
    DateRule {
        Any = "any", "Any day";
        NotAfterToday = "not-after-today", "Today or earlier";
        NotBeforeToday = "not-before-today", "Today or later";
    }
}

omega_common::string_enum! {
    /// An answer of the profile.
    Prefill {
        FullName = "full_name", "Your name";
        BusinessName = "business_name", "Name of the business";
        Email = "email", "Mail address";
        Phone = "phone", "Telephone number";
    }
}

/// One of the answers among which one chooses.
#[derive(Debug, PartialEq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Choice {
    pub value: &'static str,
    pub label: &'static str,
}

impl Form {
    pub fn summary(&self) -> FormSummary {
        FormSummary {
            id: self.id,
            version: self.version,
            title: self.title,
            category: self.category,
            purpose: self.purpose,
            filled_by: self.filled_by,
        }
    }

    pub fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.sections.iter().flat_map(|section| section.fields)
    }

    /// Whether each word of a search stands somewhere in what the form is called, is for, or asks.
    pub fn matches(&self, search: &str) -> bool {
        let mut text = [
            self.title,
            self.purpose,
            self.filled_by,
            self.keywords,
            self.category.title(),
        ]
        .join(" ");
        for field in self.fields() {
            text.push(' ');
            text.push_str(field.label);
        }
        let text = text.to_lowercase();
        search
            .to_lowercase()
            .split_whitespace()
            .all(|word| text.contains(word))
    }
}

/// Short forms in which the definitions are written.
pub(crate) const fn field(name: &'static str, label: &'static str, kind: Kind) -> Field {
    Field {
        name,
        label,
        hint: None,
        kind,
        required: true,
        only_if: None,
        prefill: None,
    }
}

pub(crate) const fn line(name: &'static str, label: &'static str) -> Field {
    field(name, label, Kind::Line)
}

pub(crate) const fn paragraphs(name: &'static str, label: &'static str) -> Field {
    field(name, label, Kind::Paragraphs { most: 2000 })
}

pub(crate) const fn date(name: &'static str, label: &'static str) -> Field {
    field(
        name,
        label,
        Kind::Date {
            rule: DateRule::Any,
        },
    )
}

pub(crate) const fn past_date(name: &'static str, label: &'static str) -> Field {
    field(
        name,
        label,
        Kind::Date {
            rule: DateRule::NotAfterToday,
        },
    )
}

pub(crate) const fn coming_date(name: &'static str, label: &'static str) -> Field {
    field(
        name,
        label,
        Kind::Date {
            rule: DateRule::NotBeforeToday,
        },
    )
}

pub(crate) const fn money(name: &'static str, label: &'static str) -> Field {
    field(name, label, Kind::Money)
}

pub(crate) const fn whole(
    name: &'static str,
    label: &'static str,
    unit: &'static str,
    most: u32,
) -> Field {
    field(name, label, Kind::Whole { unit, most })
}

pub(crate) const fn yes_no(name: &'static str, label: &'static str) -> Field {
    field(name, label, Kind::YesNo)
}

pub(crate) const fn choice(
    name: &'static str,
    label: &'static str,
    options: &'static [Choice],
) -> Field {
    field(name, label, Kind::Choice { options })
}

pub(crate) const fn option(value: &'static str, label: &'static str) -> Choice {
    Choice { value, label }
}

pub(crate) const fn rows(
    name: &'static str,
    label: &'static str,
    columns: &'static [Field],
    totals: &'static [&'static str],
) -> Field {
    field(
        name,
        label,
        Kind::Rows {
            columns,
            most: 60,
            totals,
        },
    )
}

pub(crate) const YOUR_NAME: Field = line("your_name", "Your name").prefilled(Prefill::FullName);
pub(crate) const BUSINESS: Field =
    line("business_name", "Name of the business").prefilled(Prefill::BusinessName);
pub(crate) const EMAIL: Field =
    field("email", "Email address", Kind::Email).prefilled(Prefill::Email);
pub(crate) const PHONE: Field =
    field("phone", "Phone number", Kind::Phone).prefilled(Prefill::Phone);

impl Field {
    pub(crate) const fn optional(mut self) -> Self {
        self.required = false;
        self
    }

    pub(crate) const fn hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }

    pub(crate) const fn prefilled(mut self, from: Prefill) -> Self {
        self.prefill = Some(from);
        self
    }

    pub(crate) const fn only_if(mut self, field: &'static str, is: &'static str) -> Self {
        self.only_if = Some(Condition { field, is });
        self
    }
}
