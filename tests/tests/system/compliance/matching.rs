//! The database finds the clients of a due date as crates/deadlines does.

use std::collections::BTreeSet;

use omega_common::clients::EntityType;
use omega_deadlines::facts::{DepositSchedule, Facts, Payroll, Place, TaxedAs};
use omega_deadlines::schedule::{Candidate, deadlines, occurrences};
use omega_tests::{Answer, System};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use reqwest::Method;
use serde_json::json;
use time::macros::date;
use time::{Date, Duration};
use uuid::Uuid;

fn any_of<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    prop::sample::select(all)
}

fn facts() -> impl Strategy<Value = Facts> {
    const KNOWN: &[Place] = &[
        Place::California,
        Place::Delaware,
        Place::Florida,
        Place::NewYork,
        Place::Texas,
        Place::Ohio,
    ];
    const FORMED: &[Place] = &[
        Place::California,
        Place::Delaware,
        Place::NewYork,
        Place::Texas,
        Place::Abroad,
    ];
    let days = (date!(2028 - 01 - 01) - date!(2020 - 01 - 01)).whole_days();
    (
        prop::option::weighted(0.9, any_of(EntityType::ALL)),
        prop::option::of(any_of(TaxedAs::ALL)),
        1..=12_u8,
        any_of(Payroll::ALL),
        prop::option::of(any_of(DepositSchedule::ALL)),
        any::<bool>(),
        prop::collection::btree_set(any_of(KNOWN), 0..4),
        prop::option::of(any_of(FORMED)),
        prop::option::of(
            (0..days).prop_map(|days| date!(2020 - 01 - 01).saturating_add(Duration::days(days))),
        ),
    )
        .prop_map(
            |(
                entity_type,
                llc_taxed_as,
                fiscal_year_end,
                payroll,
                deposit_schedule,
                pays_contractors,
                states,
                formed_in,
                formed_on,
            )| Facts {
                entity_type,
                llc_taxed_as,
                fiscal_year_end,
                payroll,
                deposit_schedule,
                pays_contractors,
                states: states.into_iter().collect(),
                formed_in,
                formed_on,
            },
        )
}

#[tokio::test]
async fn the_database_matches_clients_as_the_rules_do() {
    const CLIENTS: usize = 60;
    let system = System::connect().await;
    let staff = system.staff().await;
    let database = system.database().await;
    let mut runner = TestRunner::deterministic();
    let mut known = Vec::new();
    for _ in 0..CLIENTS {
        let facts = facts().new_tree(&mut runner).unwrap().current();
        let id = Uuid::new_v4();
        let told = serde_json::to_value(&facts).unwrap();
        let email = format!("{id}@example.com");
        database
            .rows("insert into auth.users (id, email) values ($1, $2) on conflict do nothing returning 1", &[&id, &email])
            .await;
        database
            .rows(
                "update public.clients set entity_type = $2::jsonb ->> 'entity_type' where id = $1 returning 1",
                &[&id, &told],
            )
            .await;
        database
            .rows(
                "insert into public.compliance_facts select (jsonb_populate_record(null::public.compliance_facts,
                   $2::jsonb || jsonb_build_object('client_id', $1::uuid, 'updated_at', now()))).* returning 1",
                &[&id, &told],
            )
            .await;
        known.push((id, facts));
    }
    let mut found = 0;
    let mut from: Date = date!(2026 - 01 - 01);
    while from < date!(2028 - 01 - 01) {
        let to = from.saturating_add(Duration::days(60));
        let expected: BTreeSet<_> = known
            .iter()
            .flat_map(|(id, facts)| {
                deadlines(facts, from, to)
                    .into_iter()
                    // Owed only after an extension, which nobody has asked for.
                    .filter(|one| omega_deadlines::schedule::owed_after(one.rule).is_none())
                    .map(|one| (one.due.to_string(), *id, one.rule.id.to_owned(), one.period))
                    .collect::<Vec<_>>()
            })
            .collect();
        let candidates: Vec<_> = occurrences(from, to, None)
            .iter()
            .map(Candidate::from)
            .collect();
        let mut matched = BTreeSet::new();
        let mut after = json!({});
        loop {
            let mut body = json!({ "candidates": candidates, "page_size": 101 });
            body.as_object_mut()
                .unwrap()
                .extend(after.as_object().unwrap().clone());
            let rows = Answer::to(
                staff
                    .supabase(Method::POST, "/rest/v1/rpc/list_deadlines")
                    .json(&body),
            )
            .await
            .expect(200);
            let rows = rows.as_array().unwrap().clone();
            for row in &rows {
                let text = |name: &str| row[name].as_str().unwrap().to_owned();
                let id: Uuid = text("client_id").parse().unwrap();
                if known.iter().any(|(known, _)| *known == id) {
                    assert!(
                        matched.insert((text("due"), id, text("rule"), text("period"))),
                        "twice: {row}"
                    );
                }
            }
            match rows.last() {
                Some(last) if rows.len() == 101 => {
                    after = json!({ "after_due": last["due"], "after_client": last["client_id"], "after_rule": last["rule"] });
                }
                _ => break,
            }
        }
        let missing: Vec<_> = expected.difference(&matched).take(3).collect();
        let beside: Vec<_> = matched.difference(&expected).take(3).collect();
        assert!(
            missing.is_empty() && beside.is_empty(),
            "not found: {missing:?}; found beside: {beside:?}"
        );
        found += matched.len();
        from = to.saturating_add(Duration::DAY);
    }
    assert!(found > 500, "only {found} due dates were compared");
    let ids: Vec<_> = known.iter().map(|(id, _)| *id).collect();
    database
        .rows(
            "delete from auth.users where id = any($1) returning 1",
            &[&ids],
        )
        .await;
}
