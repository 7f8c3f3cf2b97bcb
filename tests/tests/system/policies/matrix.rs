//! tests/policy-matrix.toml against the database's own catalog, in SQL as the roles, over PostgREST and in Storage.

use std::collections::{BTreeMap, BTreeSet};

use omega_tests::openapi::root;
use serde::Deserialize;
use serde_json::Map;

use super::*;

/// The roles that requests run as.
const ROLES: [&str; 3] = ["anon", "authenticated", "service_role"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Matrix {
    callers: Vec<String>,
    platform: Vec<String>,
    closed: BTreeSet<String>,
    table: BTreeMap<String, Table>,
    bucket: BTreeMap<String, Bucket>,
    functions: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reach {
    Row,
    None,
    Refused,
}

/// In the order of [`EVERYBODY`].
type Outcomes = [Reach; 6];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    owner: Option<String>,
    grants: BTreeMap<String, BTreeMap<String, Columns>>,
    select: Outcomes,
    insert: Vec<Insert>,
    update: Vec<Update>,
    delete: Outcomes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Insert {
    row: Map<String, Value>,
    outcome: Outcomes,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    set: Map<String, Value>,
    outcome: Outcomes,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Columns {
    /// `"*"`
    Every(String),
    Some(BTreeSet<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bucket {
    object: String,
    content_type: String,
    select: Outcomes,
    insert: Outcomes,
    update: Outcomes,
    delete: Outcomes,
}

impl Matrix {
    fn read() -> Self {
        let file = root().join("tests/policy-matrix.toml");
        let text = std::fs::read_to_string(&file).unwrap();
        let matrix: Self = toml::from_str(&text).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            matrix.callers,
            EVERYBODY.map(Who::name),
            "the order of the file's lists"
        );
        matrix
    }

    /// The schemas that are ours, of those that the database has.
    fn ours(&self) -> String {
        let platform: Vec<_> = self
            .platform
            .iter()
            .map(|name| format!("'{name}'"))
            .collect();
        format!(
            "nspname not in ({}) and nspname !~ '^pg_' and nspname <> 'information_schema'",
            platform.join(", ")
        )
    }
}

fn set(rows: Vec<String>) -> BTreeSet<String> {
    rows.into_iter().collect()
}

fn nothing() -> Vec<String> {
    Vec::new()
}

/// The schemas that the API shows, as PostgREST itself names them to who asks for another.
async fn exposed(system: &System) -> Vec<String> {
    let request = system
        .anonymous(Method::GET, "/rest/v1/clients")
        .header("accept-profile", "no_such_schema");
    let message = Answer::to(request).await.json()["message"].clone();
    let (_, names) = message
        .as_str()
        .and_then(|text| text.split_once(": "))
        .unwrap_or_else(|| panic!("PostgREST names no schemas: {message}"));
    names.split(", ").map(str::to_owned).collect()
}

#[tokio::test]
async fn every_table_and_bucket_stands_in_the_matrix_and_none_beside() {
    let matrix = Matrix::read();
    let database = System::connect().await.database().await;
    let tables: Vec<String> = database
        .values(
            &format!(
                "select nspname || '.' || relname from pg_class as c join pg_namespace as n on n.oid = relnamespace
                 where relkind in ('r', 'p', 'v', 'm', 'f') and {}",
                matrix.ours()
            ),
            &[],
        )
        .await;
    let told: BTreeSet<_> = matrix.table.keys().chain(&matrix.closed).cloned().collect();
    assert_eq!(set(tables), told);
    let buckets: Vec<String> = database.values("select id from storage.buckets", &[]).await;
    assert_eq!(set(buckets), matrix.bucket.keys().cloned().collect());
    // What Supabase brings along is closed, but for Storage's two tables, whose policies are the buckets'.
    let open: Vec<String> = database
        .values(
            "select distinct nspname || '.' || relname
             from pg_class as c join pg_namespace as n on n.oid = relnamespace, unnest($1::text[]) as role
             where relkind in ('r', 'p', 'v', 'm', 'f') and nspname = any ($2)
               and has_schema_privilege(role, n.oid, 'usage')
               and (has_table_privilege(role, c.oid, 'select, insert, update, delete, truncate, references, trigger')
                 or has_any_column_privilege(role, c.oid, 'select, insert, update, references'))",
            &[&ROLES.as_slice(), &matrix.platform],
        )
        .await;
    assert_eq!(
        set(open),
        set(vec!["storage.buckets".into(), "storage.objects".into()])
    );
}

#[tokio::test]
async fn no_table_is_without_row_level_security_and_no_view_without_the_rights_of_who_asks() {
    let matrix = Matrix::read();
    let database = System::connect().await.database().await;
    let open: Vec<String> = database
        .values(
            &format!(
                "select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = relnamespace
                 where ({} or nspname = 'storage') and relkind in ('r', 'p') and not relrowsecurity",
                matrix.ours()
            ),
            &[],
        )
        .await;
    assert_eq!(open, nothing());
    // Row level security does not apply to a materialized view or a foreign table at all.
    let views: Vec<String> = database
        .values(
            &format!(
                "select c.oid::regclass::text from pg_class as c join pg_namespace as n on n.oid = relnamespace
                 where {} and (relkind in ('m', 'f') or relkind = 'v' and not coalesce(reloptions @> '{{security_invoker=true}}', false))",
                matrix.ours()
            ),
            &[],
        )
        .await;
    assert_eq!(views, nothing());
}

/// A search path that callers can set would let them slip in functions of their own.
#[tokio::test]
async fn functions_with_the_rights_of_their_owner_are_hidden_and_have_an_empty_search_path() {
    let matrix = Matrix::read();
    let system = System::connect().await;
    let database = system.database().await;
    let definers = format!(
        "from pg_proc as p join pg_namespace as n on n.oid = pronamespace where {} and prosecdef",
        matrix.ours()
    );
    let loose: Vec<String> = database
        .values(
            &format!(
                r#"select p.oid::regprocedure::text {definers} and not coalesce(proconfig @> array['search_path=""'], false)"#
            ),
            &[],
        )
        .await;
    assert_eq!(loose, nothing());
    let shown: Vec<String> = database
        .values(
            &format!("select p.oid::regprocedure::text {definers} and nspname = any ($1)"),
            &[&exposed(&system).await],
        )
        .await;
    assert_eq!(shown, nothing());
    let count: i64 = database
        .value(&format!("select count(*) {definers}"), &[])
        .await;
    assert!(count > 0, "no function was looked at");
}

#[tokio::test]
async fn no_grant_is_wider_than_the_matrix() {
    let matrix = Matrix::read();
    let database = System::connect().await.database().await;
    let columns = database
        .rows(
            &format!(
                "select nspname || '.' || relname, attname::text, c.oid
                 from pg_attribute as a join pg_class as c on c.oid = attrelid join pg_namespace as n on n.oid = relnamespace
                 where relkind in ('r', 'p', 'v') and attnum > 0 and not attisdropped and {}",
                matrix.ours()
            ),
            &[],
        )
        .await;
    let mut of_table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in &columns {
        of_table.entry(row.get(0)).or_default().insert(row.get(1));
    }
    let mut expected = BTreeSet::new();
    for (name, table) in &matrix.table {
        for (role, verbs) in &table.grants {
            for (verb, columns) in verbs {
                let columns = match columns {
                    Columns::Every(all) => {
                        assert_eq!(all, "*", "{name}");
                        &of_table[name]
                    }
                    Columns::Some(some) => some,
                };
                for column in columns {
                    expected.insert(format!("{role} {verb} {name}.{column}"));
                }
            }
        }
    }
    // Removing a row, TRUNCATE, which knows no policies, and the like are a table's and not a column's.
    let actual: Vec<String> = database
        .values(
            &format!(
                "select role || ' ' || verb || ' ' || nspname || '.' || relname || '.' || attname
                 from pg_attribute as a join pg_class as c on c.oid = attrelid join pg_namespace as n on n.oid = relnamespace,
                   unnest($1::text[]) as role,
                   unnest(array['select', 'insert', 'update', 'references', 'delete', 'truncate', 'trigger', 'maintain']) as verb
                 where relkind in ('r', 'p', 'v') and attnum > 0 and not attisdropped and {}
                   and case when verb in ('select', 'insert', 'update', 'references')
                     then has_column_privilege(role, c.oid, attnum, verb) else has_table_privilege(role, c.oid, verb) end",
                matrix.ours()
            ),
            &[&ROLES.as_slice()],
        )
        .await;
    let actual = set(actual);
    let wider: Vec<_> = actual.difference(&expected).collect();
    let missing: Vec<_> = expected.difference(&actual).collect();
    assert!(
        wider.is_empty() && missing.is_empty(),
        "granted and not in the matrix: {wider:#?}\nin the matrix and not granted: {missing:#?}"
    );
}

/// `revoke … from public` for a schema alone takes nothing away, so what roles can run is looked at.
#[tokio::test]
async fn roles_run_the_functions_of_the_matrix_and_no_others() {
    let matrix = Matrix::read();
    let system = System::connect().await;
    let database = system.database().await;
    let rows = database
        .rows(
            &format!(
                "select nspname || '.' || proname || '(' || oidvectortypes(proargtypes) || ')',
                   array(select role from unnest($1::text[]) as role where has_function_privilege(role, p.oid, 'execute')),
                   nspname = any ($2)
                 from pg_proc as p join pg_namespace as n on n.oid = pronamespace where {}",
                matrix.ours()
            ),
            &[&ROLES.as_slice(), &exposed(&system).await],
        )
        .await;
    let actual: BTreeMap<String, BTreeSet<String>> = rows
        .iter()
        .map(|row| (row.get(0), set(row.get(1)), row.get::<_, bool>(2)))
        .filter(|(_, roles, shown)| *shown || !roles.is_empty())
        .map(|(name, roles, _)| (name, roles))
        .collect();
    assert_eq!(actual, matrix.functions);
}

/// Over PostgREST, whoever may not call a function.
#[tokio::test]
async fn functions_answer_nobody_but_their_callers() {
    let world = World::new().await;
    let rows = world
        .database
        .rows(
            "select nspname::text, proname::text, coalesce(proargnames[1:pronargs], '{}'),
               array(select role from unnest($1::text[]) as role where has_function_privilege(role, p.oid, 'execute'))
             from pg_proc as p join pg_namespace as n on n.oid = pronamespace where nspname = any ($2)",
            &[&ROLES.as_slice(), &exposed(&world.system).await],
        )
        .await;
    assert!(rows.len() > 10);
    for row in rows {
        let (schema, name, arguments, roles): (String, String, Vec<String>, Vec<String>) =
            (row.get(0), row.get(1), row.get(2), row.get(3));
        let body: Map<_, _> = arguments
            .into_iter()
            .map(|argument| (argument, Value::Null))
            .collect();
        for who in EVERYBODY {
            if roles.iter().any(|role| role == world.caller(who).role()) {
                continue;
            }
            let request = world
                .request(who, Method::POST, &format!("/rest/v1/rpc/{name}"))
                .header("content-profile", &schema);
            let answer = Answer::to(request.json(&body)).await;
            assert!(
                [401, 403].contains(&answer.status) && answer.json()["code"] == "42501",
                "{who:?} {name}: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
}

/// A sequence tells how many there are of what it numbers, and a schema that can be written to takes any function.
#[tokio::test]
async fn roles_hold_no_sequence_and_make_nothing_in_a_schema() {
    let matrix = Matrix::read();
    let database = System::connect().await.database().await;
    let sequences: Vec<String> = database
        .values(
            &format!(
                "select role || ' ' || c.oid::regclass from pg_class as c join pg_namespace as n on n.oid = relnamespace, unnest($1::text[]) as role
                 where relkind = 'S' and {} and has_sequence_privilege(role, c.oid, 'usage, select, update')",
                matrix.ours()
            ),
            &[&ROLES.as_slice()],
        )
        .await;
    assert_eq!(sequences, nothing());
    let writable: Vec<String> = database
        .values(
            "select role || ' ' || nspname from pg_namespace, unnest($1::text[]) as role
             where has_schema_privilege(role, oid, 'create')",
            &[&ROLES.as_slice()],
        )
        .await;
    assert_eq!(writable, nothing());
    // What is made later is granted to nobody by itself.
    let by_default: Vec<String> = database
        .values(
            "select defaclobjtype::text || ' ' || grantee::regrole || ' ' || privilege_type
             from pg_default_acl, aclexplode(defaclacl)
             where defaclnamespace in (select oid from pg_namespace where nspname = any ($2)) and grantee in (
               select oid from pg_roles where rolname = any ($1) union select 0)",
            &[
                &ROLES.as_slice(),
                &vec!["public".to_owned(), "private".to_owned()],
            ],
        )
        .await;
    assert_eq!(by_default, nothing());
}

/// One thing that somebody tries on a table.
enum Attempt<'a> {
    Select,
    Insert(&'a Map<String, Value>),
    Update(&'a Map<String, Value>),
    Delete,
}

impl Attempt<'_> {
    fn name(&self) -> String {
        match self {
            Self::Select => "select".to_owned(),
            Self::Insert(row) => format!("insert {}", json!(row)),
            Self::Update(set) => format!("update {}", json!(set)),
            Self::Delete => "delete".to_owned(),
        }
    }

    fn writes(&self) -> bool {
        !matches!(self, Self::Select)
    }
}

impl Table {
    fn attempts(&self) -> Vec<(Attempt<'_>, Outcomes)> {
        let mut list = vec![
            (Attempt::Select, self.select),
            (Attempt::Delete, self.delete),
        ];
        list.extend(
            self.insert
                .iter()
                .map(|insert| (Attempt::Insert(&insert.row), insert.outcome)),
        );
        list.extend(
            self.update
                .iter()
                .map(|update| (Attempt::Update(&update.set), update.outcome)),
        );
        list
    }
}

/// A row that is tried, with the owner's id and a new one put into what the file says.
struct Attempted<'a> {
    name: &'a str,
    table: &'a Table,
    owner: Uuid,
    id: Uuid,
}

impl Attempted<'_> {
    fn fill(&self, row: &Map<String, Value>) -> Value {
        let text = json!(row)
            .to_string()
            .replace("{owner}", &self.owner.to_string())
            .replace("{id}", &self.id.to_string());
        serde_json::from_str(&text).unwrap()
    }

    fn columns(row: &Map<String, Value>) -> String {
        row.keys().cloned().collect::<Vec<_>>().join(", ")
    }

    /// The column that finds the row, and its value.
    fn found(&self) -> (&str, Uuid) {
        match &self.table.owner {
            Some(column) => (column, self.owner),
            None => ("id", self.id),
        }
    }

    fn filter(&self) -> String {
        let (column, value) = self.found();
        format!("{column} = '{value}'")
    }

    fn insert(&self, row: &Map<String, Value>) -> String {
        let columns = Self::columns(row);
        format!(
            "insert into {0} ({columns}) select {columns} from jsonb_populate_record(null::{0}, $1)",
            self.name
        )
    }

    /// Other tests look at lists of which this row would be a part.
    async fn clear(&self, transaction: &tokio_postgres::Transaction<'_>) {
        let sql = format!("delete from {} where {}", self.name, self.filter());
        transaction
            .batch_execute(&sql)
            .await
            .unwrap_or_else(|error| panic!("{sql}: {error:?}"));
    }

    /// Leaves the owner with no row, or with the first one that the file names.
    async fn prepare(&self, transaction: &tokio_postgres::Transaction<'_>, with_row: bool) {
        self.clear(transaction).await;
        if self.name != "public.clients" {
            transaction
                .execute(
                    "insert into public.clients (id) values ($1) on conflict do nothing",
                    &[&self.owner],
                )
                .await
                .unwrap();
        }
        if with_row {
            let row = &self.table.insert[0].row;
            let made = transaction
                .execute(&self.insert(row), &[&self.fill(row)])
                .await;
            assert_eq!(made.ok(), Some(1), "{}: the file's first row", self.name);
        }
    }

    async fn state(&self, transaction: &tokio_postgres::Transaction<'_>) -> Value {
        let sql = format!(
            "select coalesce(jsonb_agg(to_jsonb(t) order by t), '[]') from {} as t where {}",
            self.name,
            self.filter()
        );
        transaction.query_one(&sql, &[]).await.unwrap().get(0)
    }

    /// In a transaction that is rolled back: what came of it, and whether anything is another than before.
    async fn by_sql(&self, world: &mut World, who: Who, attempt: &Attempt<'_>) -> (Reach, bool) {
        let caller = world.caller(who);
        let transaction = world.database.transaction().await;
        self.prepare(&transaction, !matches!(attempt, Attempt::Insert(_)))
            .await;
        let before = self.state(&transaction).await;
        transaction
            .batch_execute("savepoint attempt")
            .await
            .unwrap();
        caller.become_in(&transaction).await;
        let outcome = match attempt {
            Attempt::Select => {
                let sql = format!("select from {} where {}", self.name, self.filter());
                transaction.execute(&sql, &[]).await
            }
            Attempt::Delete => {
                let sql = format!("delete from {} where {}", self.name, self.filter());
                transaction.execute(&sql, &[]).await
            }
            Attempt::Insert(row) => {
                transaction
                    .execute(&self.insert(row), &[&self.fill(row)])
                    .await
            }
            Attempt::Update(set) => {
                let columns = Self::columns(set);
                let sql = format!(
                    "update {0} set ({columns}) = (select {columns} from jsonb_populate_record(null::{0}, $1)) where {1}",
                    self.name,
                    self.filter()
                );
                transaction.execute(&sql, &[&self.fill(set)]).await
            }
        };
        let reach = match outcome {
            Ok(0) => Reach::None,
            Ok(1) => Reach::Row,
            Ok(more) => panic!("{who:?} {} {}: {more} rows", self.name, attempt.name()),
            Err(error) => {
                let refusal = Denied::of(&error);
                assert!(
                    refusal.is_privilege(),
                    "{who:?} {} {}: refused for another reason: {refusal:?}",
                    self.name,
                    attempt.name()
                );
                transaction
                    .batch_execute("rollback to savepoint attempt")
                    .await
                    .unwrap();
                Reach::Refused
            }
        };
        transaction.batch_execute("reset role").await.unwrap();
        let changed = self.state(&transaction).await != before;
        transaction.rollback().await.unwrap();
        (reach, changed)
    }

    async fn by_rest(&self, world: &mut World, who: Who, attempt: &Attempt<'_>) -> (Reach, bool) {
        let transaction = world.database.transaction().await;
        self.prepare(&transaction, !matches!(attempt, Attempt::Insert(_)))
            .await;
        let before = self.state(&transaction).await;
        transaction.commit().await.unwrap();
        let (schema, table) = self.name.split_once('.').unwrap();
        let (column, value) = self.found();
        // Not every column may be read back.
        let one = format!("/rest/v1/{table}?{column}=eq.{value}&select={column}");
        let (method, path, body) = match attempt {
            Attempt::Select => (Method::GET, one, None),
            Attempt::Delete => (Method::DELETE, one, None),
            Attempt::Insert(row) => (
                Method::POST,
                format!("/rest/v1/{table}?select={column}"),
                Some(self.fill(row)),
            ),
            Attempt::Update(set) => (Method::PATCH, one, Some(self.fill(set))),
        };
        let mut request = world
            .request(who, method, &path)
            .header("prefer", "return=representation")
            .header("accept-profile", schema)
            .header("content-profile", schema);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = Answer::to(request).await;
        let reach = match answer.status {
            200 | 201 => match answer.json().as_array().unwrap().len() {
                0 => Reach::None,
                1 => Reach::Row,
                more => panic!("{who:?} {path}: {more} rows"),
            },
            // PostgREST tells one who is not signed in to do so.
            401 | 403 if answer.json()["code"] == "42501" => Reach::Refused,
            status => panic!("{who:?} {path}: {status} {}", answer.text()),
        };
        let transaction = world.database.transaction().await;
        let changed = self.state(&transaction).await != before;
        self.clear(&transaction).await;
        transaction.commit().await.unwrap();
        (reach, changed)
    }
}

#[tokio::test]
async fn every_cell_of_the_matrix_holds_in_sql_and_over_postgrest() {
    let matrix = Matrix::read();
    let mut world = World::new().await;
    let mut wrong = Vec::new();
    let mut cells = 0;
    for (name, table) in &matrix.table {
        assert!(
            !table.insert.is_empty() && !table.update.is_empty(),
            "{name}: the file tries no insert or no update"
        );
        for (attempt, expected) in table.attempts() {
            for (who, expected) in EVERYBODY.into_iter().zip(expected) {
                let sample = Attempted {
                    name,
                    table,
                    owner: world.maria.id,
                    id: Uuid::new_v4(),
                };
                let by_sql = sample.by_sql(&mut world, who, &attempt).await;
                let by_rest = sample.by_rest(&mut world, who, &attempt).await;
                // Whatever does not reach the row must leave it as it was.
                let expected = (expected, attempt.writes() && expected == Reach::Row);
                for (way, found) in [("SQL", by_sql), ("PostgREST", by_rest)] {
                    cells += 1;
                    if found != expected {
                        wrong.push(format!(
                            "{name} {} as {} by {way}: {found:?} instead of {expected:?}",
                            attempt.name(),
                            who.name()
                        ));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "of {cells} cells: {wrong:#?}");
    println!("{cells} cells");
}

/// Where staff stand in [`EVERYBODY`], and so in every list of the file.
const STAFF: usize = 4;

/// They have no list of their own in the file: this is the whole of it, for every table and bucket that there is.
#[tokio::test]
async fn read_only_staff_read_what_staff_read_and_write_nothing() {
    let matrix = Matrix::read();
    assert_eq!(EVERYBODY[STAFF], Who::Staff);
    let mut world = World::new().await;
    let who = Who::ReadOnlyStaff;
    let mut wrong = Vec::new();
    for (name, table) in &matrix.table {
        for (attempt, outcomes) in table.attempts() {
            let sample = Attempted {
                name,
                table,
                owner: world.maria.id,
                id: Uuid::new_v4(),
            };
            for (way, (reach, changed)) in [
                ("SQL", sample.by_sql(&mut world, who, &attempt).await),
                ("PostgREST", sample.by_rest(&mut world, who, &attempt).await),
            ] {
                let holds = if attempt.writes() {
                    reach != Reach::Row
                } else {
                    reach == outcomes[STAFF]
                };
                if !holds || changed {
                    wrong.push(format!("{name} {} by {way}: {reach:?}", attempt.name()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    for (bucket, description) in &matrix.bucket {
        let writes = [
            description.insert[STAFF],
            description.update[STAFF],
            description.delete[STAFF],
        ];
        assert!(
            !writes.contains(&Reach::Row),
            "{bucket}: staff write files, so read-only staff have to be tried too"
        );
    }
}

/// Whatever column the owner may not write, alone or beside one that they may: nothing of it is done.
#[tokio::test]
async fn columns_that_are_not_granted_are_refused_over_postgrest() {
    let matrix = Matrix::read();
    let mut world = World::new().await;
    let mut tried = 0;
    for (name, table) in &matrix.table {
        let (schema, bare) = name.split_once('.').unwrap();
        let attempted = Attempted {
            name,
            table,
            owner: world.maria.id,
            id: Uuid::new_v4(),
        };
        let transaction = world.database.transaction().await;
        attempted.prepare(&transaction, true).await;
        let before = attempted.state(&transaction).await;
        transaction.commit().await.unwrap();
        let row = before[0].as_object().unwrap().clone();
        for verb in ["insert", "update"] {
            let granted = table
                .grants
                .get("authenticated")
                .and_then(|verbs| verbs.get(verb));
            let may = |column: &String| match granted {
                None => false,
                Some(Columns::Every(_)) => true,
                Some(Columns::Some(columns)) => columns.contains(column),
            };
            for (column, value) in row.iter().filter(|(column, _)| !may(column)) {
                let mut body: Map<_, _> = row
                    .iter()
                    .filter(|(column, _)| may(column))
                    .map(|(column, value)| (column.clone(), value.clone()))
                    .collect();
                body.insert(column.clone(), value.clone());
                let (found, value) = attempted.found();
                let (method, path) = match verb {
                    "insert" => (Method::POST, format!("/rest/v1/{bare}")),
                    _ => (Method::PATCH, format!("/rest/v1/{bare}?{found}=eq.{value}")),
                };
                let request = world
                    .request(Who::Owner, method, &path)
                    .header("content-profile", schema)
                    .json(&body);
                let answer = Answer::to(request).await;
                assert_eq!(
                    (answer.status, &answer.json()["code"]),
                    (403, &json!("42501")),
                    "{verb} {name}.{column}: {}",
                    answer.text()
                );
                tried += 1;
            }
        }
        let transaction = world.database.transaction().await;
        assert_eq!(attempted.state(&transaction).await, before, "{name}");
        attempted.clear(&transaction).await;
        transaction.commit().await.unwrap();
    }
    assert!(tried > 100, "only {tried} were tried");
}

#[tokio::test]
async fn closed_tables_are_reached_by_no_verb_and_no_address() {
    let matrix = Matrix::read();
    let mut world = World::new().await;
    let exposed = exposed(&world.system).await;
    for name in &matrix.closed {
        let (schema, table) = name.split_once('.').unwrap();
        assert!(!exposed.contains(&schema.to_owned()), "{name}");
        let column: String = world
            .database
            .value(
                "select quote_ident(attname) from pg_attribute where attrelid = $1::text::regclass and attnum > 0 and not attisdropped limit 1",
                &[name],
            )
            .await;
        for who in EVERYBODY {
            for sql in [
                format!("select from {name}"),
                format!("insert into {name} default values"),
                format!("update {name} set {column} = {column}"),
                format!("delete from {name}"),
            ] {
                assert_eq!(world.by_sql(who, &sql).await, Refused, "{who:?} {sql}");
            }
            let path = format!("/rest/v1/{table}");
            let plain = Answer::to(world.request(who, Method::GET, &path)).await;
            assert_eq!(plain.status, 404, "{who:?} {name}: {}", plain.text());
            let named = world
                .request(who, Method::GET, &path)
                .header("accept-profile", schema);
            assert_eq!(Answer::to(named).await.status, 406, "{who:?} {name}");
        }
    }
}

/// Every table that who is signed in may read, whatever there is.
#[tokio::test]
async fn a_second_step_that_is_owed_closes_every_table_and_bucket() {
    let matrix = Matrix::read();
    let system = System::connect().await;
    let mut database = system.database().await;
    let client = system.sign_up().await;
    client.with_app("My phone").await;
    let alone = client.sign_in().await;
    for (name, table) in &matrix.table {
        if !table.grants.contains_key("authenticated") {
            continue;
        }
        let attempted = Attempted {
            name,
            table,
            owner: alone.id,
            id: Uuid::new_v4(),
        };
        let transaction = database.transaction().await;
        attempted.prepare(&transaction, true).await;
        transaction.commit().await.unwrap();
        let (schema, bare) = name.split_once('.').unwrap();
        let (column, value) = attempted.found();
        let request = alone
            .supabase(
                Method::GET,
                // Not every column may be read.
                &format!("/rest/v1/{bare}?{column}=eq.{value}&select={column}"),
            )
            .header("accept-profile", schema);
        let answer = Answer::to(request).await;
        // Where there is nothing to see for the owner anyway the database may not even come to ask.
        let told = answer.status == 403 && answer.json()["code"] == "PT403";
        let unseen = table.select[1] != Reach::Row && answer.text() == "[]";
        assert!(
            told || unseen,
            "{name}: {} {}",
            answer.status,
            answer.text()
        );
        let transaction = database.transaction().await;
        attempted.clear(&transaction).await;
        transaction.commit().await.unwrap();
    }
    for (name, bucket) in &matrix.bucket {
        let path = format!(
            "/storage/v1/object/{name}/{}",
            bucket
                .object
                .replace("{owner}", &alone.id.to_string())
                .replace("{id}", &Uuid::new_v4().to_string())
        );
        let put = alone
            .supabase(Method::POST, &path)
            .header("content-type", &bucket.content_type)
            .body(omega_tests::files::Sample::pdf("x").bytes);
        let answer = Answer::to(put).await;
        assert!(
            (400..500).contains(&answer.status),
            "{name}: {}",
            answer.text()
        );
    }
}

/// A file of the owner's, by Storage and as its row.
struct File<'a> {
    bucket: &'a str,
    description: &'a Bucket,
    path: String,
}

impl File<'_> {
    fn url(&self, before: &str) -> String {
        format!("/storage/v1/object/{before}{}/{}", self.bucket, self.path)
    }

    async fn held(&self, world: &World) -> Option<Vec<u8>> {
        let answer = Answer::to(world.system.service(Method::GET, &self.url(""))).await;
        (answer.status == 200).then_some(answer.body)
    }

    async fn put(&self, request: reqwest::RequestBuilder, bytes: Vec<u8>) -> Answer {
        let request = request.header("content-type", &self.description.content_type);
        Answer::to(request.body(bytes)).await
    }

    async fn row_by_sql(&self, world: &mut World, who: Who, sql: &str) -> Reach {
        let caller = world.caller(who);
        let transaction = world.database.transaction().await;
        // As Storage does before it removes rows.
        transaction
            .batch_execute("select set_config('storage.allow_delete_query', 'true', true)")
            .await
            .unwrap();
        caller.become_in(&transaction).await;
        let sql = sql
            .replace("{bucket}", self.bucket)
            .replace("{path}", &self.path);
        match transaction.execute(&sql, &[]).await {
            Ok(0) => Reach::None,
            Ok(1) => Reach::Row,
            Ok(more) => panic!("{who:?} {sql}: {more} rows"),
            Err(error) => {
                let refusal = Denied::of(&error);
                assert!(refusal.is_privilege(), "{who:?} {sql}: {refusal:?}");
                Reach::Refused
            }
        }
    }
}

#[tokio::test]
async fn every_cell_of_the_matrix_holds_in_storage() {
    let matrix = Matrix::read();
    let mut world = World::new().await;
    let original = omega_tests::files::Sample::pdf("Original").bytes;
    let other = omega_tests::files::Sample::pdf("Replaced").bytes;
    let find = "where bucket_id = '{bucket}' and name = '{path}'";
    for (bucket, description) in &matrix.bucket {
        for (index, who) in EVERYBODY.into_iter().enumerate() {
            let file = |world: &World| File {
                bucket,
                description,
                path: description
                    .object
                    .replace("{owner}", &world.maria.id.to_string())
                    .replace("{id}", &Uuid::new_v4().to_string()),
            };
            let may = |outcomes: Outcomes| outcomes[index] == Reach::Row;

            let new = file(&world);
            let sql = "insert into storage.objects (bucket_id, name) values ('{bucket}', '{path}')";
            assert_eq!(
                new.row_by_sql(&mut world, who, sql).await,
                description.insert[index],
                "{who:?} {sql}"
            );
            let answer = new
                .put(
                    world.request(who, Method::POST, &new.url("")),
                    original.clone(),
                )
                .await;
            assert_eq!(
                (answer.status == 200, new.held(&world).await.is_some()),
                (may(description.insert), may(description.insert)),
                "{who:?} uploads: {}",
                answer.text()
            );
            let reserved = file(&world);
            let sign = world
                .request(who, Method::POST, &reserved.url("upload/sign/"))
                .json(&json!({}));
            assert_eq!(
                Answer::to(sign).await.status == 200,
                may(description.insert),
                "{who:?} signs for an upload"
            );

            let file = file(&world);
            file.put(
                world.system.service(Method::POST, &file.url("")),
                original.clone(),
            )
            .await
            .expect(200);
            let reads = [
                (
                    "select",
                    format!("select from storage.objects {find}"),
                    description.select,
                ),
                (
                    "update",
                    format!("update storage.objects set metadata = '{{}}' {find}"),
                    description.update,
                ),
                (
                    "delete",
                    format!("delete from storage.objects {find}"),
                    description.delete,
                ),
            ];
            for (verb, sql, expected) in reads {
                assert_eq!(
                    file.row_by_sql(&mut world, who, &sql).await,
                    expected[index],
                    "{who:?} {verb}"
                );
            }
            let seen = may(description.select);
            for before in ["", "authenticated/", "info/"] {
                let answer = Answer::to(world.request(who, Method::GET, &file.url(before))).await;
                assert_eq!(
                    answer.status == 200,
                    seen,
                    "{who:?} {before}: {}",
                    answer.text()
                );
            }
            let sign = world
                .request(who, Method::POST, &file.url("sign/"))
                .json(&json!({ "expiresIn": 60 }));
            assert_eq!(Answer::to(sign).await.status == 200, seen, "{who:?} signs");
            let (folder, leaf) = file.path.rsplit_once('/').unwrap();
            let list = world
                .request(
                    who,
                    Method::POST,
                    &format!("/storage/v1/object/list/{bucket}"),
                )
                .json(&json!({ "prefix": folder, "limit": 1000, "offset": 0 }));
            let listed = Answer::to(list).await.text();
            assert_eq!(listed.contains(leaf), seen, "{who:?} lists: {listed}");

            let replaced = may(description.update);
            for (method, upsert) in [(Method::PUT, "false"), (Method::POST, "true")] {
                let request = world
                    .request(who, method, &file.url(""))
                    .header("x-upsert", upsert);
                let answer = file.put(request, other.clone()).await;
                assert_eq!(
                    (
                        answer.status == 200,
                        file.held(&world).await == Some(other.clone())
                    ),
                    (replaced, replaced),
                    "{who:?} replaces: {}",
                    answer.text()
                );
            }
            let to = world.request(who, Method::POST, "/storage/v1/object/move").json(&json!({
                "bucketId": bucket, "sourceKey": file.path, "destinationKey": format!("{}.moved.pdf", file.path) }));
            let moved = Answer::to(to).await;
            assert_eq!(
                moved.status == 200,
                replaced,
                "{who:?} moves: {}",
                moved.text()
            );
            if replaced {
                let back = json!({ "bucketId": bucket, "sourceKey": format!("{}.moved.pdf", file.path), "destinationKey": file.path });
                Answer::to(
                    world
                        .system
                        .service(Method::POST, "/storage/v1/object/move")
                        .json(&back),
                )
                .await
                .expect(200);
            }

            let removed = may(description.delete);
            if !removed {
                Answer::to(world.request(who, Method::DELETE, &file.url(""))).await;
            }
            let many = world
                .request(who, Method::DELETE, &format!("/storage/v1/object/{bucket}"))
                .json(&json!({ "prefixes": [file.path] }));
            Answer::to(many).await;
            assert_eq!(
                file.held(&world).await.is_none(),
                removed,
                "{who:?} removes"
            );
        }
    }
}
