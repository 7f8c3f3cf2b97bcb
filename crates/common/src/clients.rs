//! The client record.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::documents::DocumentCategory;

crate::string_enum! {
    /// The legal form of a business.
    EntityType {
        Llc = "llc", "LLC";
        SCorp = "s-corp", "S corporation";
        CCorp = "c-corp", "C corporation";
        SoleProprietorship = "sole-proprietorship", "Sole proprietorship";
        Partnership = "partnership", "Partnership";
        Nonprofit = "nonprofit", "Nonprofit";
    }
}

crate::string_enum! {
    /// When a client wants to start.
    Urgency {
        Immediate = "immediate", "As soon as possible";
        ThisMonth = "this-month", "This month";
        ThisQuarter = "this-quarter", "This quarter";
        Exploring = "exploring", "Just exploring";
    }
}

crate::string_enum! {
    /// What the firm does for a client.
    Service {
        Bookkeeping = "bookkeeping", "Bookkeeping";
        TaxPreparation = "tax-preparation", "Tax preparation";
        Payroll = "payroll", "Payroll";
        BillPay = "bill-pay", "Bill pay";
        Compliance = "compliance", "Compliance";
        BusinessFormation = "business-formation", "Business formation";
        Advisory = "advisory", "Advisory";
        MergersAcquisitions = "mergers-acquisitions", "Buying or selling a business";
    }
}

crate::string_enum! {
    /// How far a client's onboarding has come. Clients move pending → in_progress → in-review; staff the rest.
    OnboardingStatus {
        Pending = "pending", "Not started";
        InProgress = "in_progress", "In progress";
        InReview = "in-review", "In review";
        Active = "active", "Active";
        Archived = "archived", "Archived";
    }
}

impl OnboardingStatus {
    /// Whether the client has handed the onboarding in: the legal fields are locked from then on.
    pub fn is_submitted(self) -> bool {
        !matches!(self, Self::Pending | Self::InProgress)
    }
}

/// A row of `clients` with the computed column `received_categories`, as PostgREST gives it for [`CLIENT_COLUMNS`].
#[derive(Clone, Debug, Deserialize)]
pub struct ClientRow {
    pub id: Uuid,
    pub full_name: Option<String>,
    pub business_name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub entity_type: Option<EntityType>,
    pub ein: Option<String>,
    pub urgency: Option<Urgency>,
    pub services_needed: Vec<Service>,
    pub onboarding_status: OnboardingStatus,
    pub submitted_at: Option<String>,
    pub receipt_number: Option<String>,
    pub created_at: String,
    pub updated_at: String,
    pub received_categories: Vec<DocumentCategory>,
}

/// The columns of [`ClientRow`], for PostgREST's `select`.
pub const CLIENT_COLUMNS: &str = "id,full_name,business_name,email,phone,entity_type,ein,urgency,services_needed,\
onboarding_status,submitted_at,receipt_number,created_at,updated_at,received_categories";

/// The client's own record as the client is shown it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Profile {
    pub id: Uuid,
    pub full_name: Option<String>,
    pub business_name: Option<String>,
    pub email: Option<String>,
    /// E.164.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "+15552345678"))]
    pub phone: Option<String>,
    pub entity_type: Option<EntityType>,
    /// Masked but for the last four digits.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "XX-XXX6789"))]
    pub ein: Option<String>,
    pub urgency: Option<Urgency>,
    pub services_needed: Vec<Service>,
    pub onboarding_status: OnboardingStatus,
    /// RFC 3339; null until the onboarding is submitted.
    pub submitted_at: Option<String>,
    /// Names the submission when speaking with the firm; null until there is one.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "OM-7K2M9QXA"))]
    pub receipt_number: Option<String>,
    pub created_at: String,
    /// The version of this record, RFC 3339 with microseconds. Send it back as it is with a change.
    pub updated_at: String,
}

impl From<ClientRow> for Profile {
    fn from(row: ClientRow) -> Self {
        Self {
            id: row.id,
            full_name: row.full_name,
            business_name: row.business_name,
            email: row.email,
            phone: row.phone,
            entity_type: row.entity_type,
            ein: row.ein.as_deref().map(crate::ein::masked),
            urgency: row.urgency,
            services_needed: row.services_needed,
            onboarding_status: row.onboarding_status,
            submitted_at: row.submitted_at,
            receipt_number: row.receipt_number,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// Who of our team looks after a client.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Owner {
    pub id: Uuid,
    /// The address where no name is known.
    pub name: String,
}
