//! Mails that Supabase Auth sends itself, as templates for its settings. Auth fills in what stands in double braces:
//! <https://supabase.com/docs/guides/auth/auth-email-templates>.

use askama::Template;

/// A mail of Auth.
pub struct AccountMail {
    /// As `auth.email.template` of Supabase's settings names it.
    pub name: &'static str,
    pub subject: &'static str,
    said: &'static str,
    action: &'static str,
    not_you: &'static str,
}

/// The mails that the product's pages have Auth send.
pub const ACCOUNT_MAILS: [AccountMail; 3] = [
    AccountMail {
        name: "confirmation",
        subject: "Confirm your email address",
        said: "One press, and your OmegaOS account is yours.",
        action: "Confirm my address",
        not_you: "If you did not open an account, you can ignore this mail.",
    },
    AccountMail {
        name: "recovery",
        subject: "Reset your password",
        said: "You asked for a new password for your OmegaOS account. Choose it here.",
        action: "Choose a new password",
        not_you: "If you did not ask for it, you can ignore this mail: your password stays as it is.",
    },
    AccountMail {
        name: "email_change",
        subject: "Confirm the change of your email address",
        said: "The email address of your OmegaOS account is to change from {{ .Email }} to {{ .NewEmail }}. Both addresses get this mail, and both must confirm.",
        action: "Confirm the change",
        not_you: "If you did not ask for it, do not press the button, and change your password.",
    },
];

#[derive(Template)]
#[template(path = "account.html")]
struct AccountHtml<'a> {
    mail: &'a AccountMail,
    link: &'static str,
    site: &'static str,
}

impl AccountMail {
    /// The template, in HTML with Auth's own placeholders.
    ///
    /// # Errors
    /// When it can't be rendered.
    pub fn html(&self) -> askama::Result<String> {
        let html = AccountHtml {
            mail: self,
            link: "{{ .ConfirmationURL }}",
            site: "{{ .SiteURL }}",
        };
        html.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auth_finds_its_placeholders_as_it_wants_them() {
        for mail in &ACCOUNT_MAILS {
            let html = mail.html().unwrap();
            assert!(
                html.contains(r#"<a href="{{ .ConfirmationURL }}""#),
                "{html}"
            );
            assert!(html.contains(mail.subject), "{html}");
        }
        let change = ACCOUNT_MAILS[2].html().unwrap();
        assert!(
            change.contains("from {{ .Email }} to {{ .NewEmail }}"),
            "{change}"
        );
    }
}
