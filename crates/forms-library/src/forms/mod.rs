//! The firm's forms, in the order in which the library shows them.

mod agreements;
mod authorizations;
mod money;
mod people;
mod records;
mod taxes;

use crate::definition::Form;

pub const FORMS: &[&Form] = &[
    &agreements::ENGAGEMENT_LETTER,
    &agreements::PAPERLESS_CONSENT,
    &agreements::END_OF_ENGAGEMENT,
    &authorizations::INFORMATION_RELEASE,
    &authorizations::BANK_CHANGE,
    &authorizations::BILL_PAYMENT,
    &authorizations::CONTACT_PERSON,
    &authorizations::CONTACT_CHANGE,
    &people::NEW_HIRE,
    &people::DIRECT_DEPOSIT,
    &people::PAY_CHANGE,
    &people::TIMESHEET,
    &people::TIME_OFF,
    &people::SEPARATION,
    &people::CONTRACTOR_SETUP,
    &money::MILEAGE_LOG,
    &money::EXPENSE_REPORT,
    &money::MISSING_RECEIPT,
    &money::PETTY_CASH,
    &money::ASSET_PURCHASES,
    &money::ASSET_DISPOSAL,
    &taxes::W9_DATA_SHEET,
    &taxes::BUSINESS_TAX_ORGANIZER,
    &taxes::HOME_OFFICE,
    &taxes::NOTICE_RECEIVED,
    &records::BOARD_MINUTES,
    &records::MEMBER_CONSENT,
    &records::OWNERSHIP_CHANGE,
    &records::CONFLICT_OF_INTEREST,
];

/// The form of this id.
pub fn form(id: &str) -> Option<&'static Form> {
    FORMS.iter().copied().find(|form| form.id == id)
}
