//! How far an onboarding has come: a document made by the server, rendered by the pages.

use serde::{Deserialize, Serialize};
use serde_json::Map;

use crate::clients::{ClientRow, EntityType, OnboardingStatus, Profile};
use crate::documents::{DocumentCategory, required_categories};
use crate::problem::{CHANGED_ELSEWHERE, FieldError, Problem};

crate::string_enum! {
    /// The six steps, in order.
    StepId {
        Account = "account", "About you";
        Business = "business", "Your business";
        Services = "services", "What you need";
        Timeline = "timeline", "When you want to start";
        Documents = "documents", "Your documents";
        Review = "review", "Check and submit";
    }
}

/// One step of the onboarding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Step {
    pub id: StepId,
    pub title: String,
    pub required: bool,
    pub completed: bool,
    /// Whether the step may be left open when submitting.
    pub skippable: bool,
    /// What is still missing: field names, `documents.<category>`, or `complete` for submitting itself.
    pub requirements: Vec<String>,
}

/// The progress of an onboarding.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Onboarding {
    pub status: OnboardingStatus,
    pub completed_steps: usize,
    pub total_steps: usize,
    pub steps: Vec<Step>,
}

/// A client's profile with the progress computed from it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct ProfileDocument {
    pub profile: Profile,
    pub onboarding: Onboarding,
}

impl From<ClientRow> for ProfileDocument {
    fn from(row: ClientRow) -> Self {
        let onboarding = Onboarding::of(&row);
        Self {
            profile: row.into(),
            onboarding,
        }
    }
}

/// The fields of `clients` and the documents that must be there before submitting, by step.
/// `private.onboarding_requirements` in the database is tested against this table.
pub fn requirements(entity_type: Option<EntityType>) -> Vec<(StepId, String)> {
    let files_under_own_name = entity_type == Some(EntityType::SoleProprietorship);
    let mut list: Vec<(StepId, String)> = Vec::new();
    let mut field = |step, name: &str| list.push((step, name.to_owned()));
    field(StepId::Account, "full_name");
    field(StepId::Account, "phone");
    if !files_under_own_name {
        field(StepId::Business, "business_name");
    }
    field(StepId::Business, "entity_type");
    if !files_under_own_name {
        field(StepId::Business, "ein");
    }
    field(StepId::Services, "services_needed");
    field(StepId::Timeline, "urgency");
    for category in entity_type.map(required_categories).unwrap_or_default() {
        field(StepId::Documents, &document_requirement(*category));
    }
    list
}

fn document_requirement(category: DocumentCategory) -> String {
    format!("documents.{category}")
}

fn is_met(row: &ClientRow, requirement: &str) -> bool {
    match requirement {
        "full_name" => row.full_name.is_some(),
        "phone" => row.phone.is_some(),
        "business_name" => row.business_name.is_some(),
        "entity_type" => row.entity_type.is_some(),
        "ein" => row.ein.is_some(),
        "services_needed" => !row.services_needed.is_empty(),
        "urgency" => row.urgency.is_some(),
        document => row
            .received_categories
            .iter()
            .any(|&category| document_requirement(category) == document),
    }
}

impl Onboarding {
    pub fn of(row: &ClientRow) -> Self {
        let submitted = row.onboarding_status.is_submitted();
        let missing: Vec<_> = requirements(row.entity_type)
            .into_iter()
            .filter(|(_, requirement)| !is_met(row, requirement))
            .collect();
        let steps: Vec<_> = StepId::ALL
            .iter()
            .map(|&id| {
                let requirements: Vec<String> = match id {
                    StepId::Review if submitted => Vec::new(),
                    StepId::Review => vec!["complete".to_owned()],
                    _ => missing
                        .iter()
                        .filter(|(step, _)| *step == id)
                        .map(|(_, name)| name.clone())
                        .collect(),
                };
                // What is asked for depends on the entity type, so the documents can't be done before it is told.
                let completed = requirements.is_empty()
                    && (id != StepId::Documents || row.entity_type.is_some());
                Step {
                    id,
                    title: id.title().to_owned(),
                    required: true,
                    completed,
                    skippable: false,
                    requirements,
                }
            })
            .collect();
        Self {
            status: row.onboarding_status,
            completed_steps: steps.iter().filter(|step| step.completed).count(),
            total_steps: steps.len(),
            steps,
        }
    }

    /// The first step that still needs something.
    pub fn next_step(&self) -> Option<&Step> {
        self.steps.iter().find(|step| !step.completed)
    }
}

/// The refusal to submit an onboarding that lacks something, one entry for each requirement.
pub fn incomplete(missing: &[String]) -> Problem {
    let mut problem = Problem::conflict(
        "Some answers or documents are still missing. Add them, then submit again.",
    );
    problem.errors = missing
        .iter()
        .map(|name| FieldError::new(name.clone(), ask_for(name)))
        .collect();
    problem
}

/// The refusal to change what is locked since the onboarding was submitted.
pub fn locked(fields: &[String]) -> Problem {
    let mut problem = Problem::conflict(
        "Your onboarding is submitted, so these answers can't be changed here any more. Send us a message and we will change them for you.",
    );
    problem.errors = fields
        .iter()
        .map(|name| FieldError::new(name.clone(), "This is locked since you submitted."))
        .collect();
    problem
}

/// The refusal to overwrite answers that were changed elsewhere since the caller saw them; `current` is
/// the profile as it is now.
///
/// # Errors
/// When the profile can't be written as JSON.
pub fn changed_elsewhere(
    fields: &[String],
    current: &ProfileDocument,
) -> Result<Problem, serde_json::Error> {
    let mut problem = Problem::conflict(
        "This was changed in another window or on another device. Nothing is saved yet: choose which answer is right.",
    )
    .of_kind(
        CHANGED_ELSEWHERE,
        Map::from_iter([("current".to_owned(), serde_json::to_value(current)?)]),
    );
    problem.errors = fields
        .iter()
        .map(|name| FieldError::new(name.clone(), "This was changed elsewhere meanwhile."))
        .collect();
    Ok(problem)
}

/// Something that a client has not told or sent yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct MissingRequirement {
    /// A field name, or `documents.<category>`.
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "documents.ein-letter"))]
    pub id: String,
    #[cfg_attr(
        not(target_arch = "wasm32"),
        schema(example = "EIN letter from the IRS")
    )]
    pub title: String,
}

impl From<String> for MissingRequirement {
    fn from(id: String) -> Self {
        let title = match id.as_str() {
            "full_name" => "Full name",
            "phone" => "Phone number",
            "business_name" => "Business name",
            "entity_type" => "Legal form",
            "ein" => "EIN",
            "services_needed" => "Services",
            "urgency" => "When to start",
            other => match other
                .strip_prefix("documents.")
                .and_then(|category| category.parse::<DocumentCategory>().ok())
            {
                Some(category) => category.title(),
                None => other,
            },
        }
        .to_owned();
        Self { id, title }
    }
}

/// The sentence that asks for a requirement.
pub fn ask_for(requirement: &str) -> String {
    match requirement {
        "full_name" => "Enter your full name.".to_owned(),
        "phone" => "Enter a phone number.".to_owned(),
        "business_name" => "Enter the name of your business.".to_owned(),
        "entity_type" => "Choose the legal form of your business.".to_owned(),
        "ein" => "Enter the EIN of your business.".to_owned(),
        "services_needed" => "Choose at least one service.".to_owned(),
        "urgency" => "Tell us when you want to start.".to_owned(),
        other => match other
            .strip_prefix("documents.")
            .and_then(|category| category.parse::<DocumentCategory>().ok())
        {
            Some(category) => format!("Upload this document: {}.", category.title()),
            None => "This is still missing.".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clients::{Service, Urgency};

    fn row() -> ClientRow {
        ClientRow {
            id: uuid::Uuid::nil(),
            full_name: None,
            business_name: None,
            email: Some("maria@example.com".to_owned()),
            phone: None,
            entity_type: None,
            ein: None,
            urgency: None,
            services_needed: vec![],
            onboarding_status: OnboardingStatus::Pending,
            submitted_at: None,
            receipt_number: None,
            created_at: String::new(),
            updated_at: String::new(),
            received_categories: vec![],
        }
    }

    fn step(onboarding: &Onboarding, id: StepId) -> &Step {
        onboarding.steps.iter().find(|step| step.id == id).unwrap()
    }

    #[test]
    fn new_client_has_six_open_steps() {
        let progress = Onboarding::of(&row());
        assert_eq!((progress.completed_steps, progress.total_steps), (0, 6));
        assert_eq!(
            step(&progress, StepId::Account).requirements,
            ["full_name", "phone"]
        );
        assert_eq!(step(&progress, StepId::Review).requirements, ["complete"]);
        assert_eq!(progress.next_step().unwrap().id, StepId::Account);
    }

    #[test]
    fn documents_wait_for_the_entity_type() {
        let progress = Onboarding::of(&row());
        let documents = step(&progress, StepId::Documents);
        assert!(documents.requirements.is_empty() && !documents.completed);
    }

    #[test]
    fn sole_proprietor_needs_neither_ein_nor_business_name() {
        let client = ClientRow {
            entity_type: Some(EntityType::SoleProprietorship),
            ..row()
        };
        assert!(step(&Onboarding::of(&client), StepId::Business).completed);
    }

    #[test]
    fn every_answer_completes_every_step_but_review() {
        let client = ClientRow {
            full_name: Some("Maria Reyes".to_owned()),
            business_name: Some("Reyes Bakery".to_owned()),
            phone: Some("+15552345678".to_owned()),
            entity_type: Some(EntityType::Llc),
            ein: Some("12-3456789".to_owned()),
            urgency: Some(Urgency::ThisMonth),
            services_needed: vec![Service::Bookkeeping],
            received_categories: required_categories(EntityType::Llc).to_vec(),
            onboarding_status: OnboardingStatus::InProgress,
            ..row()
        };
        let progress = Onboarding::of(&client);
        assert_eq!(progress.completed_steps, 5);
        assert_eq!(progress.next_step().unwrap().id, StepId::Review);
        let submitted = Onboarding::of(&ClientRow {
            onboarding_status: OnboardingStatus::InReview,
            ..client
        });
        assert_eq!(
            (submitted.completed_steps, submitted.next_step()),
            (6, None)
        );
    }

    #[test]
    fn ein_leaves_masked() {
        let client = ClientRow {
            ein: Some("12-3456789".to_owned()),
            ..row()
        };
        let document = ProfileDocument::from(client);
        assert_eq!(document.profile.ein.as_deref(), Some("XX-XXX6789"));
        assert!(
            !serde_json::to_string(&document)
                .unwrap()
                .contains("3456789")
        );
    }

    #[test]
    fn every_requirement_is_asked_for_in_words() {
        for entity_type in EntityType::ALL {
            for (_, requirement) in requirements(Some(*entity_type)) {
                assert_ne!(
                    ask_for(&requirement),
                    "This is still missing.",
                    "{requirement}"
                );
                assert_ne!(
                    MissingRequirement::from(requirement.clone()).title,
                    requirement
                );
            }
        }
    }
}
