//! The document's form, which `cargo xtask generate` fills.

use omega_common::string_enum;
use serde::{Deserialize, Serialize};

/// The DevOps Center as far as the repository knows it.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Center {
    pub timeline: Vec<Phase>,
    pub endpoints: Vec<Endpoint>,
    pub tables: Vec<Table>,
    /// How it is deployed.
    pub deployment: Vec<Block>,
    pub runbooks: Vec<Runbook>,
}

string_enum! {
    PhaseState {
        Done = "done", "Done";
        Current = "current", "Under way";
        Upcoming = "upcoming", "To come";
    }
}

/// A phase of the project.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Phase {
    pub title: String,
    pub detail: String,
    pub state: PhaseState,
}

string_enum! {
    Access {
        Public = "public", "Everybody";
        SignedIn = "signed-in", "Signed in";
        Staff = "staff", "Staff";
    }
}

/// One operation of the API.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Endpoint {
    pub method: String,
    pub path: String,
    pub access: Access,
    pub summary: String,
    /// The Worker that answers.
    pub worker: String,
}

/// A table with who may do what.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Table {
    /// With its schema: `public.clients`.
    pub name: String,
    /// What it is for.
    pub comment: String,
    /// Empty for a table that is Supabase's own.
    pub columns: Vec<Column>,
    /// Keys and checks, as SQL.
    pub constraints: Vec<String>,
    pub row_level_security: bool,
    pub policies: Vec<Policy>,
    /// `authenticated: select, update (phone)`.
    pub grants: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Column {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    /// `not null`, the default, each as SQL.
    pub options: Vec<String>,
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Policy {
    /// A sentence.
    pub name: String,
    /// `select`, `insert`, `update`, `delete` or `all`.
    pub command: String,
    pub roles: Vec<String>,
    /// Whether it must hold beside the others, where one of them is enough otherwise.
    pub restrictive: bool,
    /// Rows that are seen, as SQL.
    pub using: Option<String>,
    /// Rows that may be written, as SQL.
    pub check: Option<String>,
}

/// A page of `docs/runbooks`.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Runbook {
    /// The page's name: `rotate-a-secret`.
    pub id: String,
    pub title: String,
    pub blocks: Vec<Block>,
}

/// A block of a page, so that the browser needs no markdown and no HTML of ours.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Block {
    Heading {
        level: u8,
        content: Vec<Inline>,
    },
    Paragraph {
        content: Vec<Inline>,
    },
    Code {
        text: String,
    },
    List {
        ordered: bool,
        /// The number of the first item of an ordered list.
        start: u64,
        #[cfg_attr(not(target_arch = "wasm32"), schema(no_recursion))]
        items: Vec<Vec<Block>>,
    },
    Table {
        header: Vec<Vec<Inline>>,
        rows: Vec<Vec<Vec<Inline>>>,
    },
}

/// A run of text in one style.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Inline {
    pub text: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub code: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub strong: bool,
    /// Where it leads: `https://…`, or `#runbook-<id>` for another runbook.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}
