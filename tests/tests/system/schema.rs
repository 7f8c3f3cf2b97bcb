//! What the database says of itself, and that it says the same as the code.

use std::collections::BTreeSet;

use clients_client::{AccessAction, AccessActor, AccessSubject};
use finance_changes::Subject;
use omega_common::activity::{ActivityKind, Actor};
use omega_common::clients::{EntityType, OnboardingStatus, Service, Urgency};
use omega_common::closures::ClosureStatus;
use omega_common::documents::{DocumentCategory, Verdict};
use omega_common::ein::UNASSIGNED_PREFIXES;
use omega_common::files::{BUCKET, FileKind, MAX_BYTES, RECEIPTS_BUCKET};
use omega_common::finance::ExpenseCategory;
use omega_common::mail::{self, MailAction, MailOutcome, MailStatus, MailTemplate};
use omega_common::messages::Author;
use omega_common::moves::MOVES;
use omega_common::onboarding::requirements;
use omega_common::requests::{
    MAX_ANSWER_CHARACTERS, MAX_DESCRIPTION_CHARACTERS, RequestStatus, Wanted,
};
use omega_common::services::{self, ServiceStatus};
use omega_common::storage::ObjectPath;
use omega_common::tokens::StaffRole;
use omega_deadlines::facts::{DepositSchedule, Payroll, Place, TaxedAs};
use omega_deadlines::listing::DeadlineStatus;
use omega_tests::{Database, System};
use serde_json::json;

async fn database() -> Database {
    System::connect().await.database().await
}

fn set<'a>(values: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    values.into_iter().map(str::to_owned).collect()
}

/// The templates that the deliver Worker has, as it names them to whoever asks for another.
fn templates() -> BTreeSet<String> {
    let row = serde_json::json!({ "id": uuid::Uuid::nil(), "recipient": "a@example.com", "template": "no such template", "context": {} });
    let refusal = serde_json::from_value::<email_deliver::OutboxRow>(row)
        .expect_err("there is such a template")
        .to_string();
    let (_, known) = refusal
        .split_once("expected")
        .expect("the refusal names no template");
    known
        .split('`')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

/// The texts in quotes of a constraint's definition.
async fn values_of(database: &Database, constraint: &str) -> BTreeSet<String> {
    let definition: String = database
        .value(
            "select pg_get_constraintdef(oid) from pg_constraint where conname = $1",
            &[&constraint],
        )
        .await;
    definition
        .split('\'')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn every_policy_asks_for_the_caller_once_a_statement() {
    let database = database().await;
    let policies = database
        .rows("select tablename || ': ' || policyname, coalesce(qual, '') || ' ' || coalesce(with_check, '') from pg_policies where schemaname in ('public', 'storage')", &[])
        .await;
    assert!(policies.len() > 5);
    for policy in policies {
        let (name, expression): (String, String) = (policy.get(0), policy.get(1));
        // As Postgres writes `(select auth.uid())` back.
        let once = expression.matches("( SELECT auth.uid() AS uid)").count()
            + expression
                .matches("( SELECT private.is_staff() AS is_staff)")
                .count()
            + expression
                .matches("( SELECT private.may_change_as_staff() AS may_change_as_staff)")
                .count();
        let calls = expression.matches("auth.uid()").count()
            + expression.matches("is_staff()").count()
            + expression.matches("may_change_as_staff()").count();
        assert_eq!(once, calls, "{name}: {expression}");
        assert!(
            name.contains(' '),
            "the name of a policy is a sentence: {name}"
        );
    }
}

/// What a client has set up protects nothing where the database does not ask for it.
#[tokio::test]
async fn every_table_that_is_granted_to_who_is_signed_in_asks_for_the_second_step() {
    let open: Vec<String> = database()
        .await
        .values(
            "select c.oid::regclass::text from pg_class as c
             where c.relkind in ('r', 'p')
               and (c.relnamespace = 'public'::regnamespace or c.oid = 'storage.objects'::regclass)
               and has_any_column_privilege('authenticated', c.oid, 'select, insert, update')
               and not exists (
                 select from pg_policy as p
                 where p.polrelid = c.oid and not p.polpermissive and p.polcmd = '*'
                   and pg_get_expr(p.polqual, p.polrelid) like '%second_step%')",
            &[],
        )
        .await;
    assert_eq!(open, Vec::<String>::new());
}

#[tokio::test]
async fn every_foreign_key_has_an_index() {
    let bare: Vec<String> = database()
        .await
        .values(
            "select conrelid::regclass || '.' || conname from pg_constraint as c
             where contype = 'f' and connamespace = 'public'::regnamespace and not exists (
               select from pg_index as i where i.indrelid = c.conrelid and i.indkey[0] = c.conkey[1])",
            &[],
        )
        .await;
    assert_eq!(bare, Vec::<String>::new());
}

#[tokio::test]
async fn values_are_the_same_in_the_code_and_in_the_database() {
    let database = database().await;
    for (constraint, values) in [
        (
            "clients_entity_type_is_known",
            set(EntityType::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "clients_urgency_is_known",
            set(Urgency::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "clients_services_needed_are_known",
            set(Service::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "clients_onboarding_status_is_known",
            set(OnboardingStatus::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "client_documents_document_category_is_known",
            set(DocumentCategory::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "client_documents_verdict_is_known",
            set(Verdict::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "access_log_actor_is_known",
            set(AccessActor::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "access_log_action_is_known",
            set(AccessAction::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "access_log_subject_is_known",
            set(AccessSubject::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "messages_author_is_known",
            set(Author::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "activity_kind_is_known",
            set(ActivityKind::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "activity_actor_is_known",
            set(Actor::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "account_closures_status_is_known",
            set(ClosureStatus::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "client_requests_wanted_is_known",
            set(Wanted::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "client_requests_status_is_known",
            set(RequestStatus::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "client_requests_document_category_is_known",
            set(DocumentCategory::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "compliance_facts_llc_taxed_as_is_known",
            set(TaxedAs::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "compliance_facts_payroll_is_known",
            set(Payroll::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "compliance_facts_deposit_schedule_is_known",
            set(DepositSchedule::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "compliance_facts_states_are_known",
            set(Place::ALL
                .iter()
                .filter(|place| **place != Place::Abroad)
                .map(|value| value.as_str())),
        ),
        (
            "compliance_facts_formed_in_is_known",
            set(Place::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "deadline_records_status_is_known",
            set(DeadlineStatus::ALL.iter().map(|value| value.as_str())),
        ),
        ("email_outbox_template_is_known", templates()),
        (
            "email_outbox_template_is_known",
            set(MailTemplate::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "email_outbox_status_is_known",
            set(MailStatus::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "email_changes_action_is_known",
            set(MailAction::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "services_status_is_known",
            set(ServiceStatus::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "expenses_category_is_known",
            set(ExpenseCategory::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "budgets_category_is_known",
            set(ExpenseCategory::ALL.iter().map(|value| value.as_str())),
        ),
        (
            "finance_changes_subject_is_known",
            set(Subject::ALL.iter().map(|value| value.as_str())),
        ),
    ] {
        assert_eq!(
            values_of(&database, constraint).await,
            values,
            "{constraint}"
        );
    }
}

#[tokio::test]
async fn what_can_become_of_a_mail_is_the_same_in_the_code_and_in_the_database() {
    let rows = database()
        .await
        .rows(
            "select name, stops from private.mail_outcomes order by position",
            &[],
        )
        .await;
    let in_database: Vec<(String, bool)> =
        rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    let in_code: Vec<_> = MailOutcome::ALL
        .iter()
        .map(|outcome| (outcome.to_string(), outcome.stops()))
        .collect();
    assert_eq!(in_database, in_code);
}

#[tokio::test]
async fn ein_prefixes_are_the_same_in_the_code_and_in_the_database() {
    let refused: Vec<String> = database()
        .await
        .values("select prefix from (select lpad(n::text, 2, '0') as prefix from generate_series(0, 99) as n) as every where not private.is_ein(prefix || '-1234567')", &[])
        .await;
    assert_eq!(
        set(refused.iter().map(String::as_str)),
        set(UNASSIGNED_PREFIXES)
    );
}

#[tokio::test]
async fn what_is_required_is_the_same_in_the_code_and_in_the_database() {
    let database = database().await;
    let kinds = EntityType::ALL.iter().copied().map(Some).chain([None]);
    for kind in kinds {
        let in_database: Vec<String> = database
            .values(
                "select requirement from private.onboarding_requirements where entity_type is not distinct from $1 order by position",
                &[&kind.map(EntityType::as_str)],
            )
            .await;
        let in_code: Vec<String> = requirements(kind)
            .into_iter()
            .map(|(_, requirement)| requirement)
            .collect();
        assert_eq!(in_database, in_code, "{kind:?}");
    }
    let known: i64 = database
        .value(
            "select count(distinct coalesce(entity_type, '')) from private.onboarding_requirements",
            &[],
        )
        .await;
    assert_eq!(known, i64::try_from(EntityType::ALL.len()).unwrap() + 1);
}

#[tokio::test]
async fn moves_are_the_same_in_the_code_and_in_the_database() {
    let rows = database()
        .await
        .rows(
            "select from_status, to_status, actor, needs_reason from private.onboarding_moves order by position",
            &[],
        )
        .await;
    let in_database: Vec<(String, String, String, bool)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2), row.get(3)))
        .collect();
    let in_code: Vec<_> = MOVES
        .iter()
        .map(|known| {
            (
                known.from.to_string(),
                known.to.to_string(),
                known.by.to_string(),
                known.needs_reason,
            )
        })
        .collect();
    assert_eq!(in_database, in_code);
}

#[tokio::test]
async fn moves_of_mails_are_the_same_in_the_code_and_in_the_database() {
    let rows = database()
        .await
        .rows(
            "select from_status, to_status, actor from private.email_moves order by position",
            &[],
        )
        .await;
    let in_database: Vec<(String, String, String)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let in_code: Vec<_> = mail::MOVES
        .iter()
        .map(|known| {
            (
                known.from.to_string(),
                known.to.to_string(),
                known.by.to_string(),
            )
        })
        .collect();
    assert_eq!(in_database, in_code);
}

#[tokio::test]
async fn moves_of_services_are_the_same_in_the_code_and_in_the_database() {
    let rows = database()
        .await
        .rows(
            "select from_status, to_status, by_role from private.service_moves order by position",
            &[],
        )
        .await;
    let in_database: Vec<(String, String, String)> = rows
        .iter()
        .map(|row| (row.get(0), row.get(1), row.get(2)))
        .collect();
    let in_code: Vec<_> = services::MOVES
        .iter()
        .map(|known| {
            (
                known.from.to_string(),
                known.to.to_string(),
                known.by.to_string(),
            )
        })
        .collect();
    assert_eq!(in_database, in_code);
}

#[tokio::test]
async fn roles_are_the_same_in_the_code_and_in_the_database() {
    let mut database = database().await;
    let claims = [json!(null), json!("intern"), json!(["owner"])]
        .into_iter()
        .chain(StaffRole::ALL.iter().map(|role| json!(role)));
    for claim in claims {
        let token =
            json!({ "app_metadata": { "role": "staff", "staff_role": claim }, "aal": "aal2" });
        let transaction = database.transaction().await;
        let sql = "select set_config('request.jwt.claims', $1, true)";
        transaction
            .execute(sql, &[&token.to_string()])
            .await
            .unwrap();
        let row = transaction
            .query_one(
                "select private.may_change_as_staff(), private.is_owner()",
                &[],
            )
            .await
            .unwrap();
        let role = StaffRole::of(&claim);
        assert_eq!(
            (row.get::<_, bool>(0), row.get::<_, bool>(1)),
            (role.may_change(), role.may_approve()),
            "{claim}"
        );
    }
}

#[tokio::test]
async fn lengths_of_requests_are_the_same_in_the_code_and_in_the_database() {
    let database = database().await;
    for (constraint, bound) in [
        (
            "client_requests_description_is_in_bounds",
            MAX_DESCRIPTION_CHARACTERS,
        ),
        ("client_requests_answer_is_in_bounds", MAX_ANSWER_CHARACTERS),
    ] {
        let definition: String = database
            .value(
                "select pg_get_constraintdef(oid) from pg_constraint where conname = $1",
                &[&constraint],
            )
            .await;
        assert!(definition.contains(&format!(", {bound})")), "{definition}");
    }
}

#[tokio::test]
async fn limits_of_files_are_the_same_in_the_code_and_in_the_database() {
    let database = database().await;
    for (bucket, constraint) in [
        (BUCKET, "client_documents_byte_size_is_in_bounds"),
        (RECEIPTS_BUCKET, "expense_receipts_byte_size_is_in_bounds"),
    ] {
        let rows = database
            .rows(
                "select public, file_size_limit, allowed_mime_types from storage.buckets where id = $1",
                &[&bucket],
            )
            .await;
        let (public, limit, types): (bool, i64, Vec<String>) =
            (rows[0].get(0), rows[0].get(1), rows[0].get(2));
        assert!(!public, "{bucket}");
        assert_eq!(u64::try_from(limit).unwrap(), MAX_BYTES, "{bucket}");
        assert_eq!(
            set(types.iter().map(String::as_str)),
            set(FileKind::ALL.iter().map(|kind| kind.media_type())),
            "{bucket}"
        );
        let sql = "select pg_get_constraintdef(oid) from pg_constraint where conname = $1";
        let bound: String = database.value(sql, &[&constraint]).await;
        assert!(bound.contains(&MAX_BYTES.to_string()), "{bound}");
    }
}

#[tokio::test]
async fn names_of_files_are_the_same_in_the_code_and_in_the_database() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    let mut database = system.database().await;
    let own = client.id;
    let insert = "insert into storage.objects (bucket_id, name) values ('client-documents', $1)";
    for (name, is_one) in [
        (format!("{own}/a.pdf"), true),
        (format!("{own}/2026/Q1_report-2.final.pdf"), true),
        (format!("{own}/_"), true),
        (format!("{own}/-a"), true),
        (format!("{own}/{}", "a".repeat(363)), true),
        (format!("{own}/{}", "a".repeat(364)), false),
        (format!("{own}/../a.pdf"), false),
        (format!("{own}/.a"), false),
        (format!("{own}/a b.pdf"), false),
        (format!("{own}/a%2e.pdf"), false),
        (format!("{own}/\u{e9}.pdf"), false),
        (format!("{own}//a.pdf"), false),
        (format!("{own}/a/"), false),
        (format!("{own}/a\n"), false),
        (format!("{own}/"), false),
        (own.to_string(), false),
    ] {
        let in_code = ObjectPath::parse(&name, own).is_ok();
        let in_database = database
            .run_as(client.caller(), insert, &[&name])
            .await
            .is_ok();
        assert_eq!((in_code, in_database), (is_one, is_one), "{name:?}");
    }
}

#[tokio::test]
async fn the_longest_contact_message_is_the_same_in_the_code_and_in_the_database() {
    let database = database().await;
    let bound: String = database
        .value(
            "select pg_get_constraintdef(oid) from pg_constraint where conname = 'contact_requests_message_is_in_bounds'",
            &[],
        )
        .await;
    assert!(
        bound.contains(&format!(
            "message, {}",
            site_contact::MAX_MESSAGE_CHARACTERS
        )),
        "{bound}"
    );
}

/// Texts that the code takes must be taken by the database, and the other way round.
#[tokio::test]
async fn plain_text_is_the_same_in_the_code_and_in_the_database() {
    let database = database().await;
    for text in [
        "Maria",
        " Maria",
        "Maria ",
        "",
        "a\nb",
        "a\tb",
        "a\u{7f}b",
        "a\u{85}b",
        "a\u{a0}b",
        "\u{a0}",
        "Zo\u{eb}",
        "Zoe\u{308}",
        "株式会社",
        "👩‍🍳",
        "\u{3000}a",
    ] {
        let in_code = omega_common::text::plain_text(text).is_ok_and(|cleaned| cleaned == text);
        let in_database: bool = database
            .value("select private.is_plain_text($1)", &[&text])
            .await;
        assert!(
            in_database || !in_code,
            "{text:?} passes the code and not the database"
        );
    }
    for text in [
        "a\nb\tc",
        "a\r\nb",
        " a",
        "a\n",
        "a\u{1b}b",
        "Zo\u{eb}",
        "\u{3000}a",
    ] {
        let in_code =
            omega_common::text::paragraphs(text, 2000).is_ok_and(|cleaned| cleaned == text);
        let in_database: bool = database
            .value("select private.is_paragraphs($1, 2000)", &[&text])
            .await;
        assert!(
            in_database || !in_code,
            "{text:?} passes the code and not the database"
        );
    }
    for length in [1, 200, 201] {
        let text = "é".repeat(length);
        let in_database: bool = database
            .value("select private.is_plain_text($1)", &[&text])
            .await;
        assert_eq!(
            in_database,
            omega_common::text::plain_text(&text).is_ok(),
            "{length}"
        );
    }
}
