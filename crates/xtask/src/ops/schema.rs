//! Tables, policies and grants as the migrations leave them. Only what makes or changes them is parsed;
//! a statement of that kind that the parser does not know is an error, so that none is left out unseen.
//! A system test compares the result with the catalog of a migrated database.

use anyhow::{Context, Result, bail};
use ops_center::{Column, Policy, Table};
use sqlparser::ast::{
    AlterColumnOperation, AlterTableOperation, ColumnDef, CreatePolicyCommand, CreatePolicyType,
    GrantObjects, Privileges, Statement, TableConstraint,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer, Whitespace};

/// Beginnings of the statements that matter here.
const RELEVANT: [&[&str]; 7] = [
    &["create", "table"],
    &["alter", "table"],
    &["drop", "table"],
    &["create", "policy"],
    &["drop", "policy"],
    &["grant"],
    &["revoke"],
];

#[derive(Default)]
struct Schema {
    tables: Vec<Growing>,
}

/// A table so far.
struct Growing {
    table: Table,
    /// Constraints by name, as they can be dropped.
    constraints: Vec<(String, String)>,
    /// Role, privilege, and columns where not all are meant.
    grants: Vec<(String, String, Vec<String>)>,
}

/// `migrations`: name and text, in their order.
pub fn tables(migrations: &[(String, String)]) -> Result<Vec<Table>> {
    let mut schema = Schema::default();
    for (name, sql) in migrations {
        for (comment, statement) in statements(sql).with_context(|| name.clone())? {
            schema
                .apply(&comment, &statement)
                .with_context(|| format!("{name}: {statement}"))?;
        }
    }
    Ok(schema.tables.into_iter().map(Growing::finish).collect())
}

/// The statements that matter, each with the comment above it.
fn statements(sql: &str) -> Result<Vec<(String, Statement)>> {
    let dialect = PostgreSqlDialect {};
    let tokens = Tokenizer::new(&dialect, sql).tokenize_with_location()?;
    tokens
        .split(|token| token.token == Token::SemiColon)
        .filter(|statement| is_relevant(statement))
        .map(|statement| {
            let mut parser = Parser::new(&dialect).with_tokens_with_locations(statement.to_vec());
            let line = statement
                .iter()
                .find(|token| !matches!(token.token, Token::Whitespace(_)));
            let line = line.map_or(0, |token| token.span.start.line);
            let parsed = parser
                .parse_statement()
                .with_context(|| format!("line {line}"))?;
            Ok((comment(statement), parsed))
        })
        .collect()
}

fn is_relevant(statement: &[TokenWithSpan]) -> bool {
    let words: Vec<String> = statement
        .iter()
        .filter_map(|token| match &token.token {
            Token::Word(word) => Some(word.value.to_lowercase()),
            _ => None,
        })
        .take(2)
        .collect();
    RELEVANT.iter().any(|beginning| {
        words.len() >= beginning.len()
            && beginning
                .iter()
                .zip(&words)
                .all(|(known, word)| known == word)
    })
}

/// The lines of the comment right above a statement.
fn comment(statement: &[TokenWithSpan]) -> String {
    let mut lines: Vec<&str> = Vec::new();
    for token in statement {
        match &token.token {
            Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) => {
                lines.push(comment.trim())
            }
            Token::Whitespace(_) => {}
            _ => break,
        }
    }
    lines.join(" ").trim().to_owned()
}

impl Schema {
    fn table(&mut self, name: &str) -> Result<&mut Growing> {
        // Storage's own table is there before the migrations.
        if name.starts_with("storage.") && !self.tables.iter().any(|table| table.table.name == name)
        {
            self.tables.push(Growing::new(
                name,
                "Files in Storage: Supabase's own table, with policies of ours.".to_owned(),
                true,
            ));
        }
        self.tables
            .iter_mut()
            .find(|table| table.table.name == name)
            .with_context(|| format!("there is no table {name}"))
    }

    fn apply(&mut self, comment: &str, statement: &Statement) -> Result<()> {
        match statement {
            Statement::CreateTable(create) => {
                let mut table = Growing::new(
                    &qualified(&create.name.to_string()),
                    comment.to_owned(),
                    false,
                );
                table.table.columns = create.columns.iter().map(column).collect();
                table.constraints = create.constraints.iter().map(constraint).collect();
                self.tables.push(table);
            }
            Statement::Drop { names, .. } => {
                let names: Vec<_> = names
                    .iter()
                    .map(|name| qualified(&name.to_string()))
                    .collect();
                self.tables
                    .retain(|table| !names.contains(&table.table.name));
            }
            Statement::AlterTable(alter) => {
                let table = self.table(&qualified(&alter.name.to_string()))?;
                for operation in &alter.operations {
                    table.alter(operation)?;
                }
            }
            Statement::CreatePolicy(create) => {
                let policy = Policy {
                    name: create.name.value.clone(),
                    command: match create.command {
                        None | Some(CreatePolicyCommand::All) => "all",
                        Some(CreatePolicyCommand::Select) => "select",
                        Some(CreatePolicyCommand::Insert) => "insert",
                        Some(CreatePolicyCommand::Update) => "update",
                        Some(CreatePolicyCommand::Delete) => "delete",
                    }
                    .to_owned(),
                    roles: match &create.to {
                        None => vec!["public".to_owned()],
                        Some(roles) => roles.iter().map(ToString::to_string).collect(),
                    },
                    restrictive: create.policy_type == Some(CreatePolicyType::Restrictive),
                    using: create.using.as_ref().map(ToString::to_string),
                    check: create.with_check.as_ref().map(ToString::to_string),
                };
                self.table(&qualified(&create.table_name.to_string()))?
                    .table
                    .policies
                    .push(policy);
            }
            Statement::DropPolicy(drop) => {
                let table = self.table(&qualified(&drop.table_name.to_string()))?;
                table
                    .table
                    .policies
                    .retain(|policy| policy.name != drop.name.value);
            }
            Statement::Grant(grant) => {
                for name in tables_of(grant.objects.as_ref()) {
                    for role in &grant.grantees {
                        for (privilege, columns) in privileges(&grant.privileges) {
                            let granted = (role.to_string(), privilege, columns);
                            let grants = &mut self.table(&name)?.grants;
                            if !grants.contains(&granted) {
                                grants.push(granted);
                            }
                        }
                    }
                }
            }
            Statement::Revoke(revoke) => {
                for name in tables_of(revoke.objects.as_ref()) {
                    let roles: Vec<_> = revoke.grantees.iter().map(ToString::to_string).collect();
                    let taken = privileges(&revoke.privileges);
                    self.table(&name)?
                        .grants
                        .retain(|(role, privilege, columns)| {
                            let is_taken = taken.iter().any(|(taken, taken_columns)| {
                                taken == "all"
                                    || (taken == privilege
                                        && (taken_columns.is_empty() || taken_columns == columns))
                            });
                            !(is_taken && roles.contains(role))
                        });
                }
            }
            other => bail!("{other} is none of those that are expected here"),
        }
        Ok(())
    }
}

impl Growing {
    fn new(name: &str, comment: String, row_level_security: bool) -> Self {
        Self {
            table: Table {
                name: name.to_owned(),
                comment,
                columns: Vec::new(),
                constraints: Vec::new(),
                row_level_security,
                policies: Vec::new(),
                grants: Vec::new(),
            },
            constraints: Vec::new(),
            grants: Vec::new(),
        }
    }

    fn column(&mut self, name: &str) -> Result<&mut Column> {
        let table = &self.table.name;
        self.table
            .columns
            .iter_mut()
            .find(|column| column.name == name)
            .with_context(|| format!("{table} has no column {name}"))
    }

    fn alter(&mut self, operation: &AlterTableOperation) -> Result<()> {
        match operation {
            AlterTableOperation::EnableRowLevelSecurity => self.table.row_level_security = true,
            AlterTableOperation::DisableRowLevelSecurity => self.table.row_level_security = false,
            AlterTableOperation::ForceRowLevelSecurity
            | AlterTableOperation::ValidateConstraint { .. } => {}
            AlterTableOperation::AddColumn { column_def, .. } => {
                self.table.columns.push(column(column_def));
            }
            AlterTableOperation::DropColumn { column_names, .. } => self
                .table
                .columns
                .retain(|column| !column_names.iter().any(|name| name.value == column.name)),
            AlterTableOperation::RenameColumn {
                old_column_name,
                new_column_name,
            } => {
                self.column(&old_column_name.value)?
                    .name
                    .clone_from(&new_column_name.value);
            }
            AlterTableOperation::AddConstraint {
                constraint: added, ..
            } => {
                self.constraints.push(constraint(added));
            }
            AlterTableOperation::DropConstraint { name, .. } => {
                self.constraints.retain(|(known, _)| *known != name.value);
            }
            AlterTableOperation::AlterColumn { column_name, op } => {
                let column = self.column(&column_name.value)?;
                let is_default = |option: &String| option.starts_with("DEFAULT");
                match op {
                    AlterColumnOperation::SetNotNull => column.options.push("NOT NULL".to_owned()),
                    AlterColumnOperation::DropNotNull => {
                        column.options.retain(|option| option != "NOT NULL")
                    }
                    AlterColumnOperation::SetDefault { value } => {
                        column.options.retain(|option| !is_default(option));
                        column.options.push(format!("DEFAULT {value}"));
                    }
                    AlterColumnOperation::DropDefault => {
                        column.options.retain(|option| !is_default(option))
                    }
                    AlterColumnOperation::SetDataType { data_type, .. } => {
                        column.kind = data_type.to_string().to_lowercase();
                    }
                    other => bail!("{other} is not shown in the DevOps Center yet"),
                }
            }
            other => bail!("{other} is not shown in the DevOps Center yet"),
        }
        Ok(())
    }

    fn finish(mut self) -> Table {
        self.table.constraints = self.constraints.into_iter().map(|(_, text)| text).collect();
        let mut roles: Vec<String> = Vec::new();
        for (role, ..) in &self.grants {
            if !roles.contains(role) {
                roles.push(role.clone());
            }
        }
        self.table.grants = roles
            .iter()
            .map(|role| {
                let of_role = self.grants.iter().filter(|(grantee, ..)| grantee == role);
                let words = of_role.map(|(_, privilege, columns)| match columns.as_slice() {
                    [] => privilege.clone(),
                    columns => format!("{privilege} ({})", columns.join(", ")),
                });
                format!("{role}: {}", words.collect::<Vec<_>>().join(", "))
            })
            .collect();
        self.table
    }
}

fn qualified(name: &str) -> String {
    if name.contains('.') {
        name.to_owned()
    } else {
        format!("public.{name}")
    }
}

fn column(definition: &ColumnDef) -> Column {
    Column {
        name: definition.name.value.clone(),
        kind: definition.data_type.to_string().to_lowercase(),
        options: definition.options.iter().map(ToString::to_string).collect(),
    }
}

fn constraint(constraint: &TableConstraint) -> (String, String) {
    let text = constraint.to_string();
    let name = text
        .strip_prefix("CONSTRAINT ")
        .and_then(|rest| rest.split_whitespace().next())
        .unwrap_or_default()
        .to_owned();
    (name, text)
}

fn tables_of(objects: Option<&GrantObjects>) -> Vec<String> {
    match objects {
        Some(GrantObjects::Tables(names)) => names
            .iter()
            .map(|name| qualified(&name.to_string()))
            .collect(),
        // Of schemas and functions the policies' tests tell.
        _ => Vec::new(),
    }
}

/// Privileges in lower case, each with the columns it is for; none means all.
fn privileges(privileges: &Privileges) -> Vec<(String, Vec<String>)> {
    match privileges {
        Privileges::All { .. } => vec![("all".to_owned(), Vec::new())],
        Privileges::Actions(actions) => actions
            .iter()
            .map(|action| {
                let text = action.to_string();
                match text.split_once('(') {
                    None => (text.trim().to_lowercase(), Vec::new()),
                    Some((name, columns)) => (
                        name.trim().to_lowercase(),
                        columns
                            .trim_end_matches(')')
                            .split(',')
                            .map(|column| column.trim().to_owned())
                            .collect(),
                    ),
                }
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(sql: &str) -> Result<Vec<Table>> {
        tables(&[("1".to_owned(), sql.to_owned())])
    }

    #[test]
    fn a_table_is_told_as_later_statements_leave_it() {
        let tables = read(
            "-- What it is for,\n-- in words.\ncreate table public.pets (\n  id uuid not null default gen_random_uuid(),\n  name text,\n  old text,\n\
               constraint pets_pkey primary key (id),\n  constraint pets_kind check (name in ('cat; dog')));\n\
             alter table public.pets enable row level security;\n\
             revoke all on public.pets from public, anon, authenticated;\n\
             grant select, insert on public.pets to authenticated;\n\
             grant update (name) on public.pets to authenticated;\n\
             create policy \"Owners read\" on public.pets for select to authenticated using ((select auth.uid()) = id);\n\
             create policy \"Gone\" on public.pets for delete to anon using (true);\n\
             drop policy \"Gone\" on public.pets;\n\
             alter table public.pets drop constraint pets_kind, drop column old, add column age integer, alter column name set not null;\n\
             revoke insert on public.pets from authenticated;\n\
             create function public.f() returns void language sql as $$ select 1; create table no (x int); $$;\n\
             grant execute on function public.f() to anon;",
        )
        .unwrap();
        let [pets] = tables.as_slice() else {
            panic!("{tables:?}")
        };
        assert_eq!(
            (pets.name.as_str(), pets.comment.as_str()),
            ("public.pets", "What it is for, in words.")
        );
        let columns: Vec<_> = pets
            .columns
            .iter()
            .map(|column| {
                format!(
                    "{} {} {}",
                    column.name,
                    column.kind,
                    column.options.join(" ")
                )
            })
            .collect();
        assert_eq!(
            columns,
            [
                "id uuid NOT NULL DEFAULT gen_random_uuid()",
                "name text NOT NULL",
                "age integer "
            ]
        );
        assert_eq!(pets.constraints.len(), 1);
        assert!(pets.row_level_security);
        assert_eq!(pets.policies.len(), 1);
        assert_eq!(pets.policies[0].command, "select");
        assert_eq!(pets.grants, ["authenticated: select, update (name)"]);
    }

    #[test]
    fn what_the_parser_does_not_know_is_an_error() {
        assert!(read("create table public.a (id uuid, exotic stuff here ((;").is_err());
        assert!(read("alter table public.nowhere enable row level security;").is_err());
    }
}
