//! `cargo xtask enumeration`: whether sign-up, reset and sign-in tell who has an account, by status, body or time.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use omega_local::JwtMode;
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::bench::median;
use crate::build::Profile;
use crate::stack::{Addresses, Options, Ports, Stack, default_data};
use crate::tools;

#[derive(clap::Args)]
pub struct Arguments {
    /// Tries for each question and each kind of address
    #[arg(long, default_value_t = 60)]
    tries: usize,
}

const PASSWORD: &str = "correct horse battery";

/// Past this many deviations two samples differ by more than chance (p < 0.001, two-sided).
const DEVIATIONS: f64 = 3.29;

/// What can be asked about an address without being its owner.
#[derive(Clone, Copy, Debug)]
enum Question {
    SignUp,
    Forgot,
    SignIn,
}

/// What an answer gives away: its status and the names in its body.
type Shape = (u16, BTreeSet<String>);

pub async fn run(arguments: Arguments) -> Result<()> {
    tools::set_up()?;
    let data = default_data().join("enumeration");
    if data.exists() {
        std::fs::remove_dir_all(&data)?;
    }
    // As in production: addresses are confirmed first.
    let options = Options {
        ports: Ports::free()?,
        data,
        profile: Profile::Dev,
        jwt_mode: JwtMode::Es256,
        confirm_email: true,
    };
    let mut stack = Stack::start(&options).await?;
    let outcome = measure(&stack.addresses, arguments.tries).await;
    stack.children.stop_all().await;
    outcome
}

async fn measure(addresses: &Addresses, tries: usize) -> Result<()> {
    let http = Client::new();
    let mut told = Vec::new();
    println!("| Question | Existing, new: median ms | Deviations of the ranks | Status and body |");
    println!("|---|---|---|---|");
    for question in [Question::SignUp, Question::Forgot, Question::SignIn] {
        let mut times = [Vec::new(), Vec::new()];
        let mut shapes = [BTreeSet::new(), BTreeSet::new()];
        for number in 0..tries {
            // The kinds take turns, so that what slows the machine slows both.
            for (kind, exists) in [true, false].into_iter().enumerate() {
                let email = format!("{question:?}-{exists}-{number}@example.com").to_lowercase();
                if exists {
                    create(&http, addresses, &email).await?;
                }
                let (time, shape) = ask(&http, addresses, question, &email, number).await?;
                times[kind].push(time);
                shapes[kind].insert(shape);
            }
        }
        let deviations = rank_test(&times[0], &times[1]);
        let same = shapes[0] == shapes[1];
        println!(
            "| {question:?} | {:.1}, {:.1} | {deviations:.1} | {} |",
            median(times[0].clone()),
            median(times[1].clone()),
            if same {
                "the same".to_owned()
            } else {
                format!("{:?} and {:?}", shapes[0], shapes[1])
            }
        );
        if !same || deviations.abs() > DEVIATIONS {
            told.push(format!("{question:?}"));
        }
    }
    ensure!(told.is_empty(), "told apart: {}", told.join(", "));
    Ok(())
}

async fn create(http: &Client, addresses: &Addresses, email: &str) -> Result<()> {
    let answer = http
        .post(format!("{}/auth/v1/admin/users", addresses.supabase))
        .header("apikey", &addresses.service_role_key)
        .json(&json!({ "email": email, "password": PASSWORD, "email_confirm": true }))
        .send()
        .await?;
    ensure!(
        answer.status().is_success(),
        "no account was made: {}",
        answer.status()
    );
    Ok(())
}

async fn ask(
    http: &Client,
    addresses: &Addresses,
    question: Question,
    email: &str,
    number: usize,
) -> Result<(f64, Shape)> {
    let auth = |path: &str, body: Value| {
        http.request(
            Method::POST,
            format!("{}/auth/v1/{path}", addresses.supabase),
        )
        .header("apikey", &addresses.anon_key)
        .json(&body)
    };
    let request = match question {
        Question::SignUp => http
            .post(format!("{}/functions/v1/onboarding/signup", addresses.site))
            .header("cf-connecting-ip", format!("2001:db8::{number:x}"))
            .json(&json!({ "email": email, "password": "another horse battery", "full_name": "Maria Reyes" })),
        Question::Forgot => auth("recover", json!({ "email": email })),
        Question::SignIn => auth(
            "token?grant_type=password",
            json!({ "email": email, "password": "another horse battery" }),
        ),
    };
    let started = Instant::now();
    let answer = request.timeout(Duration::from_secs(30)).send().await?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await?;
    let time = started.elapsed().as_secs_f64() * 1000.0;
    let body: Value = serde_json::from_slice(&body).context("an answer is no JSON")?;
    let mut names = BTreeSet::new();
    collect_names(&body, "", &mut names);
    Ok((time, (status, names)))
}

/// The names of a body, and its words where they are neither made at random nor the caller's.
fn collect_names(value: &Value, at: &str, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                collect_names(value, &format!("{at}/{name}"), names);
            }
        }
        Value::String(words) if words.contains(' ') && !words.contains('@') => {
            names.insert(format!("{at}={words}"));
        }
        Value::Null => drop(names.insert(format!("{at}=null"))),
        _ => drop(names.insert(at.to_owned())),
    }
}

/// By how many standard deviations the ranks of `a` lie beside those of `b` (Mann and Whitney, 1947; normal
/// approximation, which serves from about twenty values of each).
fn rank_test(a: &[f64], b: &[f64]) -> f64 {
    let greater: f64 = a
        .iter()
        .map(|x| {
            b.iter().filter(|y| x > *y).count() as f64
                + b.iter().filter(|y| x == *y).count() as f64 / 2.0
        })
        .sum();
    let (n, m) = (a.len() as f64, b.len() as f64);
    (greater - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rank_test_tells_what_differs() {
        let a: Vec<f64> = (0..50).map(f64::from).collect();
        let later: Vec<f64> = a.iter().map(|time| time + 30.0).collect();
        assert!(rank_test(&a, &a).abs() < 0.01);
        assert!(rank_test(&later, &a) > DEVIATIONS && rank_test(&a, &later) < -DEVIATIONS);
        assert_eq!(median(a), 25.0);
    }
}
