//! GET /functions/v1/ops/center

use std::collections::BTreeSet;

use omega_tests::System;
use omega_tests::openapi::Api;
use reqwest::Method;
use serde_json::Value;

use super::only_staff_may;

async fn center() -> (System, Value) {
    let system = System::connect().await;
    let center = system.staff().await.get("ops/center").await.expect(200);
    (system, center)
}

fn list<'a>(value: &'a Value, name: &str) -> &'a Vec<Value> {
    value[name]
        .as_array()
        .unwrap_or_else(|| panic!("no list {name}"))
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name]
        .as_str()
        .unwrap_or_else(|| panic!("no text {name}: {value}"))
}

#[tokio::test]
async fn only_staff_see_it() {
    let system = System::connect().await;
    only_staff_may(&system, Method::GET, "ops/center").await;
}

/// What is derived from the migrations is what they make of a database.
#[tokio::test]
async fn tables_columns_and_policies_are_those_of_the_database() {
    let (system, center) = center().await;
    let database = system.database().await;
    let told = |parts: &dyn Fn(&Value) -> Vec<String>| -> BTreeSet<String> {
        list(&center, "tables").iter().flat_map(parts).collect()
    };
    let set = |rows: Vec<String>| rows.into_iter().collect::<BTreeSet<_>>();

    let columns = told(&|table| {
        let name = text(table, "name");
        list(table, "columns")
            .iter()
            .map(|column| format!("{name}.{}", text(column, "name")))
            .collect()
    });
    let in_database = database
        .values(
            "select table_schema || '.' || table_name || '.' || column_name from information_schema.columns
             where table_schema in ('public', 'private')",
            &[],
        )
        .await;
    assert_eq!(columns, set(in_database));

    let policies = told(&|table| {
        let name = text(table, "name");
        list(table, "policies")
            .iter()
            .map(|policy| {
                format!(
                    "{name}: {} for {}",
                    text(policy, "name"),
                    text(policy, "command")
                )
            })
            .collect()
    });
    let in_database = database
        .values(
            "select schemaname || '.' || tablename || ': ' || policyname || ' for ' || lower(cmd) from pg_policies
             where schemaname in ('public', 'private', 'storage')",
            &[],
        )
        .await;
    assert_eq!(policies, set(in_database));

    let guarded = told(&|table| {
        (table["row_level_security"] == true)
            .then(|| text(table, "name").to_owned())
            .into_iter()
            .collect()
    });
    let in_database = database
        .values(
            "select n.nspname || '.' || c.relname from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
             where n.nspname in ('public', 'private') and c.relkind = 'r' and c.relrowsecurity
             union select 'storage.objects'",
            &[],
        )
        .await;
    assert_eq!(guarded, set(in_database));
}

#[tokio::test]
async fn every_table_says_what_it_is_for() {
    let (_, center) = center().await;
    for table in list(&center, "tables") {
        assert!(text(table, "comment").len() > 20, "{}", table["name"]);
    }
}

#[tokio::test]
async fn every_operation_of_the_api_is_told() {
    let (_, center) = center().await;
    let told: BTreeSet<_> = list(&center, "endpoints")
        .iter()
        .map(|endpoint| format!("{} {}", text(endpoint, "method"), text(endpoint, "path")))
        .collect();
    let described: BTreeSet<_> = Api::all()
        .iter()
        .flat_map(Api::operations)
        .map(|operation| format!("{} /functions/v1/{}", operation.method, operation.endpoint))
        .collect();
    assert_eq!(told, described);
    let access = |path: &str| {
        let endpoint = list(&center, "endpoints")
            .iter()
            .find(|endpoint| endpoint["path"] == path)
            .unwrap();
        text(endpoint, "access").to_owned()
    };
    assert_eq!(access("/functions/v1/ops/center"), "staff");
    assert_eq!(access("/functions/v1/ops/status"), "public");
    assert_eq!(access("/functions/v1/onboarding/signup"), "public");
    assert_eq!(access("/functions/v1/onboarding/profile"), "signed-in");
}

#[tokio::test]
async fn no_value_of_a_secret_is_in_it() {
    let (system, center) = center().await;
    let whole = center.to_string();
    for secret in [
        &system.addresses.service_role_key,
        &system.addresses.anon_key,
    ] {
        assert!(!whole.contains(secret.as_str()));
    }
}
