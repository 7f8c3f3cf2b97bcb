//! What our team asks for again and again, by the legal form of a business.

use chrono::{Days, NaiveDate};
use serde::Serialize;

use crate::clients::EntityType;
use crate::documents::DocumentCategory::{
    self, ArticlesOfIncorporation, BalanceSheet, BankStatement, Form1099, Other, PayrollReport,
    ProfitLoss, TaxReturn, W9,
};
use crate::requests::{NewRequest, Wanted};

/// A list of things to ask for.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Template {
    #[cfg_attr(not(target_arch = "wasm32"), schema(example = "year-end-llc"))]
    pub id: &'static str,
    pub title: &'static str,
    /// For which legal form; null for every one.
    pub entity_type: Option<EntityType>,
    /// Days from the day on which it is asked for.
    pub due_in_days: u64,
    pub items: &'static [Item],
}

/// One thing of a template.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(not(target_arch = "wasm32"), derive(utoipa::ToSchema))]
pub struct Item {
    pub title: &'static str,
    pub description: &'static str,
    pub wanted: Wanted,
    /// Null for an answer.
    pub document_category: Option<DocumentCategory>,
}

const fn file(title: &'static str, description: &'static str, kind: DocumentCategory) -> Item {
    Item {
        title,
        description,
        wanted: Wanted::File,
        document_category: Some(kind),
    }
}

const fn answer(title: &'static str, description: &'static str) -> Item {
    Item {
        title,
        description,
        wanted: Wanted::Answer,
        document_category: None,
    }
}

impl Template {
    /// The template with this id.
    ///
    /// # Errors
    /// A sentence for our team.
    pub fn find(id: &str) -> Result<&'static Self, String> {
        TEMPLATES
            .iter()
            .find(|template| template.id == id)
            .ok_or_else(|| "Choose one of the templates.".to_owned())
    }

    /// All that it asks for, from a day on.
    pub fn requests(&self, today: NaiveDate) -> Vec<NewRequest> {
        let due_on = (today + Days::new(self.due_in_days)).to_string();
        self.items
            .iter()
            .map(|item| NewRequest {
                title: item.title.to_owned(),
                description: Some(item.description.to_owned()),
                wanted: item.wanted,
                document_category: item.document_category,
                due_on: due_on.clone(),
            })
            .collect()
    }
}

/// Every template there is.
pub const TEMPLATES: [Template; 8] = [
    Template {
        id: "year-end-sole-proprietorship",
        title: "Year-end papers of a sole proprietorship",
        entity_type: Some(EntityType::SoleProprietorship),
        due_in_days: 21,
        items: &[
            file(
                "Form 1040 of last year",
                "Your whole personal return as it was filed, with Schedule C and Schedule SE.",
                TaxReturn,
            ),
            file(
                "Income and expenses of the year",
                "A profit and loss statement, or the list that you keep of what came in and went out.",
                ProfitLoss,
            ),
            file(
                "Business bank statements of the year",
                "Every month from January to December, all pages. Card statements too, if the business pays by card.",
                BankStatement,
            ),
            file(
                "Forms 1099 that you received",
                "All 1099-NEC, 1099-K and 1099-MISC that were sent to you for the year.",
                Form1099,
            ),
            answer(
                "Business use of your home and car",
                "The square feet of your home and of the part that only the business uses, and the business miles and all miles of the year.",
            ),
            answer(
                "Health insurance and retirement",
                "What you paid for health insurance and into a SEP, SIMPLE or solo 401(k) plan, each with its total of the year.",
            ),
            answer(
                "Estimated tax that you paid",
                "The date and the amount of each payment, to the IRS and to your state.",
            ),
        ],
    },
    Template {
        id: "year-end-llc",
        title: "Year-end papers of an LLC",
        entity_type: Some(EntityType::Llc),
        due_in_days: 21,
        items: &[
            file(
                "Operating agreement",
                "The signed one that holds now, with each member’s share.",
                ArticlesOfIncorporation,
            ),
            file(
                "Form 8832 or 2553, if one was filed",
                "The election to be taxed as a corporation, with the IRS’s letter that accepted it. If there is none, say so.",
                Other,
            ),
            file(
                "Tax return of last year",
                "As it was filed: Form 1065, 1120-S or 1120, or the owner’s Form 1040 with Schedule C.",
                TaxReturn,
            ),
            file(
                "Profit and loss statement of the year",
                "January to December, from your bookkeeping.",
                ProfitLoss,
            ),
            file(
                "Balance sheet at the end of the year",
                "As of December 31 or the last day of your fiscal year.",
                BalanceSheet,
            ),
            file(
                "Bank and card statements of the year",
                "Every account of the business, each month, all pages.",
                BankStatement,
            ),
            answer(
                "Members and what they put in and took out",
                "Each member’s name, share, contributions and draws of the year.",
            ),
        ],
    },
    Template {
        id: "year-end-s-corp",
        title: "Year-end papers of an S corporation",
        entity_type: Some(EntityType::SCorp),
        due_in_days: 21,
        items: &[
            file(
                "IRS letter that accepted the S election",
                "CP261, the answer to your Form 2553.",
                Other,
            ),
            file(
                "Form 1120-S of last year",
                "As it was filed, with a Schedule K-1 for each shareholder.",
                TaxReturn,
            ),
            file(
                "Payroll reports of the year",
                "Forms 941 of all four quarters, Form 940, and Form W-3 with the W-2s. Shareholders who work in the business belong to it.",
                PayrollReport,
            ),
            file(
                "Profit and loss statement of the year",
                "January to December, from your bookkeeping.",
                ProfitLoss,
            ),
            file(
                "Balance sheet at the end of the year",
                "With loans to and from shareholders shown by themselves.",
                BalanceSheet,
            ),
            file(
                "Bank and card statements of the year",
                "Every account of the business, each month, all pages.",
                BankStatement,
            ),
            answer(
                "Shareholders and distributions",
                "Each shareholder’s name, shares, the days on which shares changed hands, and the distributions of the year.",
            ),
            answer(
                "Health insurance of shareholders",
                "What the business paid for each shareholder who holds more than 2 %: it belongs on their W-2.",
            ),
        ],
    },
    Template {
        id: "year-end-c-corp",
        title: "Year-end papers of a C corporation",
        entity_type: Some(EntityType::CCorp),
        due_in_days: 21,
        items: &[
            file(
                "Form 1120 of last year",
                "As it was filed, with all schedules.",
                TaxReturn,
            ),
            answer(
                "Estimated tax that was paid",
                "The date and the amount of each payment of the year, to the IRS and to each state.",
            ),
            file(
                "Profit and loss statement of the year",
                "Of your fiscal year, from your bookkeeping.",
                ProfitLoss,
            ),
            file(
                "Balance sheet at the end of the year",
                "With retained earnings, and loans to and from shareholders shown by themselves.",
                BalanceSheet,
            ),
            file(
                "Payroll reports of the year",
                "Forms 941 of all four quarters, Form 940, and Form W-3 with the W-2s.",
                PayrollReport,
            ),
            file(
                "Bank and card statements of the year",
                "Every account of the business, each month, all pages.",
                BankStatement,
            ),
            file(
                "Minutes of the board",
                "The meetings of the year, with officers’ pay and dividends that were declared.",
                Other,
            ),
            answer(
                "Shareholders of 20 % or more",
                "Each one’s name, share and country. Form 1120 asks for them on Schedule K.",
            ),
        ],
    },
    Template {
        id: "year-end-partnership",
        title: "Year-end papers of a partnership",
        entity_type: Some(EntityType::Partnership),
        due_in_days: 21,
        items: &[
            file(
                "Partnership agreement",
                "The signed one that holds now, with changes.",
                ArticlesOfIncorporation,
            ),
            file(
                "Form 1065 of last year",
                "As it was filed, with a Schedule K-1 for each partner.",
                TaxReturn,
            ),
            file(
                "Profit and loss statement of the year",
                "January to December, from your bookkeeping.",
                ProfitLoss,
            ),
            file(
                "Balance sheet at the end of the year",
                "With each partner’s capital account.",
                BalanceSheet,
            ),
            file(
                "Bank and card statements of the year",
                "Every account of the business, each month, all pages.",
                BankStatement,
            ),
            answer(
                "Partners, contributions and draws",
                "Each partner’s name, address and share, what they put in and took out, and whether anybody joined or left in the year.",
            ),
            answer(
                "Guaranteed payments",
                "What each partner was paid for work or capital, whatever the profit was.",
            ),
        ],
    },
    Template {
        id: "year-end-nonprofit",
        title: "Year-end papers of a nonprofit",
        entity_type: Some(EntityType::Nonprofit),
        due_in_days: 21,
        items: &[
            file(
                "IRS determination letter",
                "The letter that says the organization is exempt, such as 947 or 1045.",
                Other,
            ),
            file(
                "Form 990 of last year",
                "As it was filed: 990, 990-EZ, or the receipt of the 990-N.",
                TaxReturn,
            ),
            file(
                "Statement of activities of the year",
                "What came in and went out, by program, management and fundraising.",
                ProfitLoss,
            ),
            file(
                "Statement of financial position",
                "What the organization has and owes at the end of the year.",
                BalanceSheet,
            ),
            answer(
                "Gifts of $5,000 or more",
                "Each giver’s name, address, amount and day. They go on Schedule B.",
            ),
            answer(
                "Board and key employees",
                "Each one’s name, title, hours a week and pay of the year.",
            ),
            file(
                "Bank statements of the year",
                "Every account, each month, all pages.",
                BankStatement,
            ),
            file(
                "Payroll reports of the year",
                "Forms 941 of all four quarters and Form W-3 with the W-2s. If nobody is employed, say so.",
                PayrollReport,
            ),
        ],
    },
    Template {
        id: "monthly-books",
        title: "Monthly books",
        entity_type: None,
        due_in_days: 10,
        items: &[
            file(
                "Bank statements of last month",
                "Every account of the business, all pages.",
                BankStatement,
            ),
            file(
                "Card statements of last month",
                "Every card that pays for the business.",
                BankStatement,
            ),
            file(
                "Payroll report of last month",
                "From your payroll service. If nobody is paid, say so.",
                PayrollReport,
            ),
            answer(
                "Payments that we should know of",
                "Cash, checks and payments between you and the business that do not explain themselves.",
            ),
        ],
    },
    Template {
        id: "contractors-1099",
        title: "1099 forms for contractors",
        entity_type: None,
        due_in_days: 10,
        items: &[
            file(
                "Form W-9 of each contractor",
                "Everybody who was paid for services in the year and is no corporation.",
                W9,
            ),
            answer(
                "What each contractor was paid",
                "Name and total of the year, without what was paid by card or through a payment network.",
            ),
        ],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fields::Fields;
    use crate::requests::MAX_AT_ONCE;
    use serde_json::json;

    #[test]
    fn every_legal_form_has_a_template_and_no_id_stands_twice() {
        for kind in EntityType::ALL {
            let own = TEMPLATES
                .iter()
                .filter(|template| template.entity_type == Some(*kind));
            assert_eq!(own.count(), 1, "{kind}");
        }
        for template in &TEMPLATES {
            assert_eq!(Template::find(template.id), Ok(template));
        }
        assert!(Template::find("year-end").is_err());
    }

    /// What a template asks for could have been typed.
    #[test]
    fn templates_are_taken_as_requests() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 23).unwrap();
        for template in &TEMPLATES {
            let requests = template.requests(today);
            let mut fields =
                Fields::parse(json!({ "items": requests }).to_string().as_bytes()).unwrap();
            let read = fields.objects("items", MAX_AT_ONCE, |one| NewRequest::read(one, today));
            assert_eq!(fields.finish(), Ok(()), "{}", template.id);
            assert_eq!(read.as_ref(), Some(&requests), "{}", template.id);
        }
    }
}
