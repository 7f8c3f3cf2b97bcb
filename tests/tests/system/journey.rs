//! What a client does, in Chromium, from the home page to "in review" and back on another device.

use omega_tests::browser::{Browser, with_browser};
use omega_tests::files::Sample;
use omega_tests::{PASSWORD, System, eventually, unique_address};

const NEW_PASSWORD: &str = "purple staple orchard lamp";

/// What the file is, the page tells from its name.
async fn upload(browser: &Browser, file: &str) {
    browser
        .choose_file("Choose files", file, &Sample::pdf(file).bytes)
        .await;
    eventually(&format!("{file} to be received"), async || {
        let words = browser.words().await;
        let row = words.split(file).nth(1)?;
        row.lines()
            .take(40)
            .any(|line| line.starts_with("Received at"))
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_client_goes_from_the_home_page_to_review_and_back_on_another_device() {
    let system = System::connect().await;
    let email = unique_address();

    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.goto("/").await;
        browser
            .heading("Your books, taxes and payroll in good hands")
            .await;
        browser.check("01-home").await;

        browser.follow_link("Create your account").await;
        browser.heading("Create your account").await;
        browser.check("02-sign-up").await;
        // A mistake is told before anything is sent.
        browser.fill("Your full name", "Maria Reyes").await;
        browser.fill("Email address", &email).await;
        browser.fill("Password", "short").await;
        browser.press_button("Create account").await;
        browser.heading("There is a problem").await;
        browser.check("03-sign-up-error").await;
        browser.fill("Password", PASSWORD).await;
        browser.press_button("Create account").await;

        browser.heading("Your onboarding").await;
        browser.see("There are 6 steps").await;
        browser.check("04-onboarding").await;
        let mail = system.mail(&email, "Welcome to OmegaOS, Maria").await;
        assert!(mail.link("/onboarding").starts_with(&system.addresses.site));

        browser.follow_link("Start").await;
        browser.heading("About you").await;
        assert_eq!(browser.value("Your full name").await, "Maria Reyes");
        browser.fill("Phone number", "555 234 5678").await;
        browser.check("05-about-you").await;
        browser.press_button("Save and continue").await;

        browser.heading("Your business").await;
        browser.choose("LLC").await;
        browser.fill("Business name", "Reyes Bakery").await;
        browser
            .fill("Employer Identification Number", "00-1234567")
            .await;
        browser.press_button("Save and continue").await;
        browser.see("No EIN starts with 00").await;
        browser.see("Not all of it is saved yet.").await;
        browser.complaints_about("422").await;
        browser.check("06-your-business").await;
        browser
            .fill("Employer Identification Number", "12-3456789")
            .await;
        browser.press_button("Save and continue").await;

        browser.heading("What you need").await;
        browser.choose("Bookkeeping").await;
        browser.choose("Payroll").await;
        browser.check("07-what-you-need").await;
        browser.press_button("Save and continue").await;

        browser.heading("When you want to start").await;
        browser.choose("This month").await;
        browser.check("08-when").await;
        browser.press_button("Save and continue").await;

        browser.heading("Your documents").await;
        browser.see("0 of 3 received").await;
        browser.check("09-documents-missing").await;
        for file in ["articles.pdf", "ein letter.pdf", "statement-january.pdf"] {
            upload(browser, file).await;
        }
        browser.see("We have everything on this list").await;
        browser.check("10-documents-received").await;
        browser.follow_link("Continue").await;

        browser.heading("Check and submit").await;
        for answer in [
            "Maria Reyes",
            &email,
            "Reyes Bakery",
            "XX-XXX6789",
            "Bookkeeping, Payroll",
            "This month",
        ] {
            browser.see(answer).await;
        }
        assert!(
            !browser.words().await.contains("3456789"),
            "the EIN is shown"
        );
        browser.check("11-check-your-answers").await;
        browser.press_button("Submit for review").await;
        browser.heading("Thank you. We have your onboarding").await;
        browser.see("OM-").await;
        browser.see("articles.pdf").await;
        browser.check("12-receipt").await;
        let mail = system.mail(&email, "Your receipt OM-").await;
        assert!(mail.link("/receipt").starts_with(&system.addresses.site));
        browser.follow_link("Onboarding").await;
        browser.heading("Your onboarding is in review").await;
        browser.check("12-in-review").await;

        browser.follow_link("Documents").await;
        browser.heading("Your documents").await;
        for file in ["articles.pdf", "ein letter.pdf", "statement-january.pdf"] {
            browser.see(file).await;
        }
        browser.check("13-documents").await;

        browser.press_button("Sign out").await;
        browser.heading("Sign in").await;
        browser.see("You are signed out").await;
        browser.check("14-signed-out").await;
        // What was theirs is not to be had by going back.
        browser.goto("/documents").await;
        browser.heading("Sign in").await;
        assert!(!browser.words().await.contains("articles.pdf"));
        browser.check("15-sign-in").await;
    })
    .await;

    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.give_password("", &email, PASSWORD).await;
        browser.heading("Hello, Maria").await;
        browser
            .heading("Our team reads your answers and documents")
            .await;
        browser.see("Nothing waits on you").await;
        browser.check("16-home").await;

        browser.follow_link("Assistant").await;
        browser.heading("What would you like to know?").await;
        browser.check("16-assistant").await;
        browser
            .fill("Your message", "What happens after I submit?")
            .await;
        browser.press_button("Send").await;
        browser.see("From:").await;
        let words = browser.words().await;
        assert!(
            words.contains("What happens after I submit?")
                && words.to_lowercase().contains("review"),
            "{words}"
        );
        browser.check("17-assistant-answered").await;
        // The conversation is there when one comes back.
        browser.goto("/assistant").await;
        browser.see("What happens after I submit?").await;
        browser.see("From:").await;
        browser.check("18-assistant-history").await;
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_by_the_link_in_the_mail() {
    let system = System::connect().await;
    let client = system.sign_up().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.goto("/sign-in").await;
        browser.follow_link("I forgot my password").await;
        browser.heading("Forgot your password?").await;
        browser.check("20-forgot-password").await;
        browser.fill("Email address", &client.email).await;
        browser.press_button("Send the link").await;
        browser.heading("Check your mail").await;
        browser.see(&client.email).await;
        browser.check("21-check-your-mail").await;

        let mail = eventually("the mail with the link", async || {
            system
                .mails(&client.email)
                .await
                .into_iter()
                .find(|mail| mail.html.contains("/auth/v1/verify"))
        })
        .await;
        browser.goto(&mail.link("/auth/v1/verify")).await;
        browser.heading("Choose a new password").await;
        // The tokens are out of the address bar, where they would be kept.
        let address = browser.driver.current_url().await.unwrap();
        assert_eq!(
            (address.path(), address.fragment()),
            ("/reset-password", None)
        );
        browser.check("22-new-password").await;
        browser.fill("New password", NEW_PASSWORD).await;
        browser.press_button("Save the new password").await;
        browser.heading("Your password is changed").await;
        browser.check("23-password-changed").await;

        // The link works once.
        browser.press_button("Sign out").await;
        browser.heading("Sign in").await;
        browser.goto(&mail.link("/auth/v1/verify")).await;
        browser.heading("This link does not work anymore").await;
        browser.check("24-link-used").await;
        browser.give_password("", &client.email, NEW_PASSWORD).await;
        browser.heading("Hello, Maria").await;
    })
    .await;
    // The old one opens nothing.
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.give_password("", &client.email, PASSWORD).await;
        browser
            .see("The email address or the password is wrong.")
            .await;
        browser.complaints_about("400").await;
    })
    .await;
}

#[tokio::test]
async fn a_page_that_is_not_there_says_so() {
    let system = System::connect().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.goto("/no-such-page").await;
        browser.heading("There is no page here").await;
        browser.complaints_about("404").await;
        browser.check("30-not-found").await;
    })
    .await;
}

/// Guards the checks above: one that sees nothing would pass every page.
#[tokio::test]
async fn what_is_wrong_with_a_page_is_seen() {
    let system = System::connect().await;
    with_browser(&system.addresses.site, async |browser: &Browser| {
        browser.goto("/").await;
        browser
            .heading("Your books, taxes and payroll in good hands")
            .await;
        assert_eq!(browser.inspect().await, Vec::<String>::new());
        let spoil = r#"
            const image = document.createElement("img");
            image.src = "/mark.svg";
            const long = document.createElement("pre");
            long.textContent = "x".repeat(2000);
            const styled = document.createElement("p");
            styled.setAttribute("style", "color: red");
            document.querySelector("main").append(image, long, styled);
            console.error("a complaint");
        "#;
        browser.driver.execute(spoil, vec![]).await.unwrap();
        let found = browser.inspect().await;
        for expected in [
            "image-alt",
            "a complaint",
            "Content Security Policy",
            "light, 320 px: the page is",
        ] {
            assert!(
                found.iter().any(|problem| problem.contains(expected)),
                "{expected} is not among {found:#?}"
            );
        }
    })
    .await;
}
