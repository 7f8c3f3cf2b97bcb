//! Four demo clients at different stages, made through the API as clients make themselves and staff reviews them.

use anyhow::{Context, Result, bail, ensure};
use chrono::Datelike;
use omega_common::tokens::StaffRole;
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::stack::Addresses;
use crate::staff::{self, Admin};

/// For local use alone: the accounts exist on this machine's database.
pub const PASSWORD: &str = "demo password 2026";

/// Has just signed up.
pub const NEW_CLIENT: &str = "sam@demo.omegaos.co";

/// Is half-way: documents and a conversation, and one document still missing.
pub const BUSY_CLIENT: &str = "maria@demo.omegaos.co";

/// Has submitted, and waits for the review.
pub const SUBMITTED_CLIENT: &str = "omar@demo.omegaos.co";

/// Was sent back a document.
pub const RETURNED_CLIENT: &str = "lena@demo.omegaos.co";

/// Of the firm's staff too, with the role read-only.
pub const READER: &str = "reader@demo.omegaos.co";

/// Staff of the firm, who sees the clients and the DevOps Center.
pub const STAFF: &str = "staff@demo.omegaos.co";

pub async fn run(addresses: &Addresses) -> Result<()> {
    crate::tools::step("demo clients");
    let demo = Demo {
        http: Client::new(),
        addresses,
    };
    demo.sign_up(NEW_CLIENT, "Sam Taylor").await?;
    let ana = demo.sign_up(STAFF, "Ana Staff").await?;
    Admin::of(addresses)
        .set_role(STAFF, Some(StaffRole::Owner))
        .await?;
    let session = demo.set_up_second_step(&ana.token).await?;
    let token = session["access_token"]
        .as_str()
        .context("a second step gave no token")?;
    let ana = Account {
        token: token.to_owned(),
        ..ana
    };
    let ben = demo.sign_up(READER, "Ben Reader").await?;
    Admin::of(addresses)
        .set_role(READER, Some(StaffRole::ReadOnly))
        .await?;
    demo.set_up_second_step(&ben.token).await?;
    let maria = demo.sign_up(BUSY_CLIENT, "Maria Reyes").await?;
    let answers = json!({
        "business_name": "Reyes Bakery LLC",
        "phone": "(555) 234-5678",
        "entity_type": "llc",
        "ein": "12-3456789",
        "services_needed": ["bookkeeping", "payroll"],
        "urgency": "this-month",
    });
    demo.call(&maria, Method::POST, "submit-profile", Some(answers))
        .await?;
    demo.upload(&maria, "ein-letter", "EIN letter CP 575.pdf")
        .await?;
    demo.upload(&maria, "bank-statement", "Bank statement October 2026.pdf")
        .await?;
    let facts = json!({
        "llc_taxed_as": "partnership", "fiscal_year_end": "12", "payroll": "quarterly", "deposit_schedule": "monthly",
        "pays_contractors": true, "states": ["DE", "NY", "TX"], "formed_in": "DE", "formed_on": "2021-03-04",
    });
    demo.send(
        Method::POST,
        "compliance/facts",
        Some(&maria.token),
        Some(facts),
    )
    .await?;
    let filed = json!({ "rule": "form-941", "period": "2026-q3", "status": "done" });
    demo.send(
        Method::POST,
        "compliance/record",
        Some(&maria.token),
        Some(filed),
    )
    .await?;
    for question in ["What do I still need to send?", "Who can see my documents?"] {
        demo.call(
            &maria,
            Method::POST,
            "chat",
            Some(json!({ "message": question })),
        )
        .await?;
    }
    let omar = demo.sign_up(SUBMITTED_CLIENT, "Omar Haddad").await?;
    demo.submit(&omar, "Haddad Plumbing", "+15553456789")
        .await?;
    let facts =
        json!({ "fiscal_year_end": "12", "payroll": "none", "states": ["CA"], "formed_in": "CA" });
    demo.send(
        Method::POST,
        "compliance/facts",
        Some(&omar.token),
        Some(facts),
    )
    .await?;
    let lena = demo.sign_up(RETURNED_CLIENT, "Lena Fischer").await?;
    let statement = demo.submit(&lena, "Fischer Design", "+15554567890").await?;
    let review = json!({
        "id": statement["id"], "verdict": "returned",
        "reason": "The second page is cut off. Please send the whole statement.",
    });
    demo.send(
        Method::POST,
        "clients/review-document",
        Some(&ana.token),
        Some(review),
    )
    .await?;
    demo.work_on_clients(&ana, &maria, &lena).await?;
    Admin::of(addresses)
        .tell_of_mail(
            RETURNED_CLIENT,
            "bounced",
            "550 5.1.1 There is no such mailbox.",
        )
        .await?;
    demo.fill_in_forms(&maria).await?;
    demo.spend(&ana).await
}

/// Tells how to sign in, where the demo clients are.
pub fn print_credentials(addresses: &Addresses) {
    println!("  Demo clients, password \"{PASSWORD}\":");
    println!("    {NEW_CLIENT} (has just signed up)");
    println!("    {SUBMITTED_CLIENT} (has submitted, and waits for the review)");
    println!("    {RETURNED_CLIENT} (has submitted, and was sent back a document)");
    println!(
        "    {STAFF} (staff: sees /clients and /devops; its second step: cargo xtask staff code {STAFF})"
    );
    println!("    {READER} (staff who may read and change nothing; a second step too)");
    println!("    {BUSY_CLIENT} (half-way, with documents and a conversation)");
    println!("  Sign in at {}/sign-in\n", addresses.site);
}

/// A session of a demo account as supabase-js keeps it in the browser, with the second step taken where one is set up.
pub async fn session(addresses: &Addresses, email: &str) -> Result<Value> {
    let demo = Demo {
        http: Client::new(),
        addresses,
    };
    let given = json!({ "email": email, "password": PASSWORD });
    let session = demo.auth("token?grant_type=password", None, given).await?;
    let Some(factor) = session
        .pointer("/user/factors/0/id")
        .and_then(Value::as_str)
    else {
        return Ok(session);
    };
    let code = staff::present_code(addresses, email).await?;
    let token = session["access_token"]
        .as_str()
        .context("a sign-in gave no token")?;
    demo.take_second_step(token, factor, &code).await
}

struct Demo<'a> {
    http: Client,
    addresses: &'a Addresses,
}

struct Account {
    id: String,
    token: String,
}

impl Demo<'_> {
    async fn sign_up(&self, email: &str, full_name: &str) -> Result<Account> {
        let body = json!({ "email": email, "password": PASSWORD, "full_name": full_name });
        let answer = self
            .send(Method::POST, "onboarding/signup", None, Some(body))
            .await?;
        let text = |pointer: &str| {
            answer
                .pointer(pointer)
                .and_then(Value::as_str)
                .map(str::to_owned)
        };
        Ok(Account {
            id: text("/user/id").context("a sign-up gave no user")?,
            token: text("/session/access_token").context("a sign-up gave no session")?,
        })
    }

    /// Adds an authenticator app, as Auth has it done: it gives a secret and wants to see a code of it.
    /// The session that has taken the second step.
    async fn set_up_second_step(&self, token: &str) -> Result<Value> {
        let app = json!({ "factor_type": "totp", "friendly_name": "Demo" });
        let factor = self.auth("factors", Some(token), app).await?;
        let text = |pointer: &str| factor.pointer(pointer).and_then(Value::as_str);
        let (Some(id), Some(secret)) = (text("/id"), text("/totp/secret")) else {
            bail!("Auth gave no secret for an app");
        };
        let code = omega_local::present_code(secret).context("the app's secret is none")?;
        self.take_second_step(token, id, &code).await
    }

    async fn take_second_step(&self, token: &str, factor: &str, code: &str) -> Result<Value> {
        let challenge = self
            .auth(
                &format!("factors/{factor}/challenge"),
                Some(token),
                json!({}),
            )
            .await?;
        let proof = json!({ "challenge_id": challenge["id"], "code": code });
        self.auth(&format!("factors/{factor}/verify"), Some(token), proof)
            .await
    }

    async fn auth(&self, path: &str, token: Option<&str>, body: Value) -> Result<Value> {
        let mut request = self
            .http
            .post(format!("{}/auth/v1/{path}", self.addresses.supabase))
            .header("apikey", &self.addresses.anon_key)
            .json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await?;
        let status = response.status();
        ensure!(status.is_success(), "Auth answered {path} with {status}");
        Ok(response.json().await?)
    }

    /// What our team does beside reviewing: asks, notes, writes, and looks after clients.
    async fn work_on_clients(&self, ana: &Account, maria: &Account, lena: &Account) -> Result<()> {
        let today = chrono::Utc::now().date_naive();
        let asked = json!([
            {
                "title": "Lease of the bakery", "description": "The signed one, with all its pages.", "wanted": "file",
                "document_category": "lease-agreement", "due_on": (today + chrono::Days::new(9)).to_string(),
            },
            {
                "title": "Who is on your payroll?", "description": "Names, and since when each works for you.",
                "wanted": "answer", "document_category": null, "due_on": (today + chrono::Days::new(2)).to_string(),
            },
        ]);
        let uuid = || uuid::Uuid::new_v4();
        let wish = json!({ "id": uuid(), "client_id": maria.id, "items": asked });
        let made = self.by_staff(ana, "requests", wish).await?;
        let answer =
            json!({ "id": made["requests"][1]["id"], "answer": "Two bakers since May, and me." });
        self.call(maria, Method::POST, "requests", Some(answer))
            .await?;
        let note = json!({ "id": uuid(), "client_id": maria.id, "content": "Wants to open a second shop in spring.\nAsk again in January." });
        self.by_staff(ana, "note", note).await?;
        let message = json!({ "id": uuid(), "client_id": maria.id, "content": "Thank you for the bank statement. The lease is all we still need for your books." });
        self.by_staff(ana, "reply", message).await?;
        let owner = json!({ "ids": [maria.id, lena.id], "action": "assign", "owner_id": ana.id });
        self.by_staff(ana, "bulk", owner).await?;
        Ok(())
    }

    /// A form that is begun, and one that is signed.
    async fn fill_in_forms(&self, maria: &Account) -> Result<()> {
        let today = chrono::Utc::now().date_naive();
        let send = async |endpoint: &str, body: Value| {
            let endpoint = format!("forms/{endpoint}");
            self.send(Method::POST, &endpoint, Some(&maria.token), Some(body))
                .await
        };
        let trips = json!([
            { "day": (today - chrono::Days::new(6)).to_string(), "place": "Shop to First Bank and back", "purpose": "Deposit", "miles": "7" },
            { "day": (today - chrono::Days::new(3)).to_string(), "place": "Shop to the mill and back", "purpose": "Flour", "miles": "42", "tolls": "3.50" },
        ]);
        let log = json!({
            "business_name": "Reyes Bakery LLC", "driver": "Maria Reyes", "vehicle": "2022 Toyota Sienna",
            "period_from": (today - chrono::Days::new(7)).to_string(), "trips": trips,
        });
        send("draft", json!({ "form": "mileage-log", "answers": log })).await?;
        let sheet = json!({
            "tax_name": "Reyes Bakery LLC", "classification": "llc", "llc_taxed_as": "partnership", "street": "12 Market Street",
            "city": "Austin", "state": "TX", "zip": "78701", "backup_withholding": "no", "us_person": "yes",
        });
        let open = self
            .send(
                Method::GET,
                "forms/draft?form=w9-data-sheet",
                Some(&maria.token),
                None,
            )
            .await?;
        let signature = json!({
            "id": uuid::Uuid::new_v4(), "form": "w9-data-sheet", "form_version": open.pointer("/form/version"), "answers": sheet,
            "typed_name": "Maria Reyes", "consent": true,
        });
        send("document", signature).await?;
        Ok(())
    }

    /// Four months of expenses beside a budget, a service that the owner approved and one that waits.
    async fn spend(&self, owner: &Account) -> Result<()> {
        let send = async |endpoint: &str, body: Value| {
            let endpoint = format!("finance/{endpoint}");
            self.send(Method::POST, &endpoint, Some(&owner.token), Some(body))
                .await
        };
        let uuid = uuid::Uuid::new_v4;
        let tracking = json!({ "id": uuid(), "name": "Error tracking", "provider": "Sentry", "tier": "Team", "monthly_cost": "26.00", "purpose": "Tells us what breaks." });
        let tracking = send("services", tracking).await?;
        let approval = json!({ "id": tracking["id"], "verdict": "approved", "updated_at": tracking["updated_at"] });
        send("approval", approval).await?;
        let signing = json!({ "id": uuid(), "name": "Electronic signatures", "provider": "Dropbox Sign", "tier": "Standard", "monthly_cost": "25.00", "owner": "Ana Staff" });
        send("services", signing).await?;
        let today = chrono::Utc::now().date_naive();
        for (back, supplies) in (0..).zip(["84.20", "61.75", "112.40", "39.90"]) {
            let month = today - chrono::Months::new(back);
            let day = month.with_day(1).context("a month begins on its first")?;
            for (category, vendor, amount, service) in [
                ("rent", "Harbor Street Offices", "1450.00", None),
                ("software", "Sentry", "26.00", Some(&tracking["id"])),
                ("office", "Paper Mill Supplies", supplies, None),
            ] {
                let entry = json!({ "id": uuid(), "spent_on": day.to_string(), "amount": amount, "category": category, "vendor": vendor, "service_id": service });
                send("expenses", entry).await?;
            }
        }
        let year = today.year().to_string();
        for (category, amount) in [
            ("rent", "1450.00"),
            ("software", "60.00"),
            ("office", "75.00"),
        ] {
            let line = json!({ "year": year, "category": category, "amount": amount });
            send("budget", line).await?;
        }
        Ok(())
    }

    async fn by_staff(&self, staff: &Account, endpoint: &str, body: Value) -> Result<Value> {
        let endpoint = format!("clients/{endpoint}");
        self.send(Method::POST, &endpoint, Some(&staff.token), Some(body))
            .await
    }

    /// Goes the whole way of a sole proprietor to "in review"; gives the bank statement that was sent.
    async fn submit(&self, account: &Account, business: &str, phone: &str) -> Result<Value> {
        let answers = json!({
            "business_name": business, "phone": phone, "entity_type": "sole-proprietorship",
            "services_needed": ["tax-preparation"], "urgency": "this-quarter",
        });
        self.call(account, Method::POST, "submit-profile", Some(answers))
            .await?;
        self.upload(account, "tax-return", "Form 1040 of 2025.pdf")
            .await?;
        let statement = self
            .upload(account, "bank-statement", "Statement of October.pdf")
            .await?;
        let complete = json!({ "complete": true });
        self.call(account, Method::POST, "submit-profile", Some(complete))
            .await?;
        Ok(statement)
    }

    async fn upload(&self, account: &Account, category: &str, name: &str) -> Result<Value> {
        let path = format!("{}/{category}.pdf", account.id);
        let response = self
            .http
            .post(format!(
                "{}/storage/v1/object/client-documents/{path}",
                self.addresses.supabase
            ))
            .header("apikey", &self.addresses.anon_key)
            .bearer_auth(&account.token)
            .header("content-type", "application/pdf")
            .body(one_page(name))
            .send()
            .await?;
        ensure!(
            response.status().is_success(),
            "an upload answered {}",
            response.status()
        );
        let body =
            json!({ "document_name": name, "document_category": category, "storage_path": path });
        self.call(account, Method::POST, "register-document", Some(body))
            .await
    }

    async fn call(
        &self,
        account: &Account,
        method: Method,
        endpoint: &str,
        body: Option<Value>,
    ) -> Result<Value> {
        let endpoint = format!("onboarding/{endpoint}");
        self.send(method, &endpoint, Some(&account.token), body)
            .await
    }

    async fn send(
        &self,
        method: Method,
        endpoint: &str,
        token: Option<&str>,
        body: Option<Value>,
    ) -> Result<Value> {
        let mut request = self.http.request(
            method,
            format!("{}/functions/v1/{endpoint}", self.addresses.site),
        );
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &body {
            request = request.json(body);
        }
        let response = request.send().await?;
        let status = response.status();
        let answer = response.text().await?;
        ensure!(
            status.is_success(),
            "{endpoint} answered {status}: {answer}"
        );
        serde_json::from_str(&answer).context("an answer is no JSON")
    }
}

/// A PDF of one page that says `text`.
fn one_page(text: &str) -> Vec<u8> {
    let [catalog, pages, page, content, font] = [1, 2, 3, 4, 5].map(Ref::new);
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(pages);
    pdf.pages(pages).kids([page]).count(1);
    let mut sheet = pdf.page(page);
    sheet
        .parent(pages)
        .media_box(Rect::new(0.0, 0.0, 612.0, 792.0))
        .contents(content);
    sheet.resources().fonts().pair(Name(b"F1"), font);
    sheet.finish();
    pdf.type1_font(font).base_font(Name(b"Helvetica"));
    let mut words = Content::new();
    words
        .begin_text()
        .set_font(Name(b"F1"), 18.0)
        .next_line(72.0, 700.0)
        .show(Str(text.as_bytes()))
        .end_text();
    pdf.stream(content, &words.finish());
    pdf.finish()
}
