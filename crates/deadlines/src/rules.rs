//! The rules, one entry each, with the source that says so. How to add or correct one: docs/runbooks/add-a-deadline-rule.md.
//!
//! A rule that changes is changed here; what is done already is kept by rule and period, so a correction changes what
//! is still to come. An `id` is never given to another rule.

use omega_common::clients::EntityType;
use omega_common::string_enum;
use time::Date;
use time::macros::date;

use crate::calendar::Moving::{self, AsTheIrsDoes, NextBusinessDay, Stays};
use crate::facts::{Payroll, Place, TaxedAs};

string_enum! {
    /// Who asks for it.
    Jurisdiction {
        Federal = "federal", "Federal";
        California = "CA", "California";
        Delaware = "DE", "Delaware";
        Florida = "FL", "Florida";
        NewYork = "NY", "New York";
        Texas = "TX", "Texas";
    }
}

string_enum! {
    /// What is done about it.
    Kind {
        Return = "return", "File";
        Payment = "payment", "Pay";
        Extension = "extension", "Ask for more time";
        Report = "report", "Report";
    }
}

/// When a rule is due, before weekends and holidays. A day of 31 is the last of its month.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// After each calendar quarter.
    Quarterly {
        months_after: u8,
        day: u8,
    },
    /// After each calendar month.
    Monthly {
        months_after: u8,
        day: u8,
    },
    AfterCalendarYear {
        months_after: u8,
        day: u8,
    },
    /// On one day of every calendar year, whatever the tax year.
    EachYearOn {
        month: u8,
        day: u8,
    },
    AfterTaxYear {
        months_after: u8,
        day: u8,
    },
    /// In these months of the tax year, counted from 1; 13 is the month after it.
    Installments {
        months: &'static [u8],
        day: u8,
    },
    /// By the end of the month in which it was formed, every so many years.
    InMonthOfFormation {
        every: i32,
    },
    AfterFormation {
        days: i64,
    },
}

/// Of which tax years a rule speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaxYears {
    All,
    CalendarYears,
    JuneBegunBefore2026,
    AllButJuneBegunBefore2026,
}

/// Where a business must have been formed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formed {
    Anywhere,
    In(Place),
    /// Anywhere else, where that is known.
    OutOf(Place),
}

/// How a return and the request for more time hang together; each names rules with periods of the same names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    None,
    /// Once this request was made, the return is due at its extended date instead.
    ExtendedBy(&'static str),
    /// The returns that this request extends.
    Extends(&'static [&'static str]),
    /// The extended date, owed once this request was made.
    IfExtendedBy(&'static str),
}

/// A later date on a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Later {
    pub months_after: u8,
    pub day: u8,
    pub condition: &'static str,
}

/// Where a rule is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Source {
    /// Agency and document, with the part that says so.
    pub document: &'static str,
    /// The law or regulation behind it.
    pub law: &'static str,
    pub url: &'static str,
    /// The years of filing for which it was checked.
    pub checked_for: &'static [u16],
}

/// One thing that is due again and again, or once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Part of a deadline's name in the database: lower-case words with hyphens.
    pub id: &'static str,
    pub title: &'static str,
    /// What it is, in words a client understands.
    pub about: &'static str,
    pub jurisdiction: Jurisdiction,
    pub kind: Kind,
    pub when: When,
    pub moving: Moving,
    pub later: Option<Later>,
    /// Legal forms that owe it; none named: any. The same holds for the two below.
    pub entities: &'static [EntityType],
    pub taxed_as: &'static [TaxedAs],
    pub payroll: &'static [Payroll],
    /// Owed by depositors on the monthly schedule alone.
    pub monthly_deposits: bool,
    /// Owed by who pays contractors alone.
    pub contractors: bool,
    /// Owed by who operates in the state, or was formed there.
    pub state: Option<Place>,
    pub formed: Formed,
    pub tax_years: TaxYears,
    pub link: Link,
    /// Not owed for dates before.
    pub since: Option<Date>,
    pub source: Source,
}

const NONE: Rule = Rule {
    id: "",
    title: "",
    about: "",
    jurisdiction: Jurisdiction::Federal,
    kind: Kind::Return,
    when: When::EachYearOn { month: 1, day: 1 },
    moving: AsTheIrsDoes,
    later: None,
    entities: &[],
    taxed_as: &[],
    payroll: &[],
    monthly_deposits: false,
    contractors: false,
    state: None,
    formed: Formed::Anywhere,
    tax_years: TaxYears::All,
    link: Link::None,
    since: None,
    source: Source {
        document: "",
        law: "",
        url: "",
        checked_for: &[],
    },
};

const EMPLOYERS: &[Payroll] = &[Payroll::Quarterly, Payroll::Annual];
const ALL_DEPOSITED: &str = "if all of the tax was deposited on time and in full";

const fn pub_509(document: &'static str, law: &'static str) -> Source {
    Source {
        document,
        law,
        url: "https://www.irs.gov/publications/p509",
        checked_for: &[2024, 2025, 2026],
    }
}

const fn state_source(document: &'static str, law: &'static str, url: &'static str) -> Source {
    Source {
        document,
        law,
        url,
        checked_for: &[2026],
    }
}

const FTB: &str = "https://www.ftb.ca.gov/file/when-to-file/due-dates-business.html";

pub const RULES: &[Rule] = &[
    // Payroll.
    Rule {
        id: "form-941",
        title: "Form 941",
        about: "Quarterly return of withheld income tax, Social Security and Medicare.",
        when: When::Quarterly {
            months_after: 1,
            day: 31,
        },
        later: Some(Later {
            months_after: 2,
            day: 10,
            condition: ALL_DEPOSITED,
        }),
        payroll: &[Payroll::Quarterly],
        source: pub_509(
            "IRS Pub. 509, Employer’s Tax Calendar; Instructions for Form 941, “When Must You File?”",
            "26 CFR 31.6071(a)-1(a)",
        ),
        ..NONE
    },
    Rule {
        id: "form-944",
        title: "Form 944",
        about: "Yearly return of withheld income tax, Social Security and Medicare, for employers whom the IRS told to file it.",
        when: When::AfterCalendarYear {
            months_after: 1,
            day: 31,
        },
        later: Some(Later {
            months_after: 2,
            day: 10,
            condition: ALL_DEPOSITED,
        }),
        payroll: &[Payroll::Annual],
        source: pub_509(
            "IRS Pub. 509, Employer’s Tax Calendar, January; Instructions for Form 944, “When Must You File?”",
            "26 CFR 31.6071(a)-1(a)",
        ),
        ..NONE
    },
    Rule {
        id: "form-940",
        title: "Form 940",
        about: "Yearly federal unemployment (FUTA) tax return. A 501(c)(3) organization owes none.",
        when: When::AfterCalendarYear {
            months_after: 1,
            day: 31,
        },
        later: Some(Later {
            months_after: 2,
            day: 10,
            condition: ALL_DEPOSITED,
        }),
        payroll: EMPLOYERS,
        source: pub_509(
            "IRS Pub. 509, Employer’s Tax Calendar, January; Instructions for Form 940, “When Must You File Form 940?”",
            "26 CFR 31.6071(a)-1(c)",
        ),
        ..NONE
    },
    Rule {
        id: "futa-deposit",
        title: "FUTA deposit",
        about: "Deposit of federal unemployment tax, where more than $500 is owed by the end of the quarter. A 501(c)(3) organization owes none.",
        kind: Kind::Payment,
        when: When::Quarterly {
            months_after: 1,
            day: 31,
        },
        payroll: EMPLOYERS,
        source: pub_509(
            "IRS Pub. 509, Employer’s Tax Calendar; Pub. 15, section 14, “Depositing FUTA tax”",
            "26 CFR 31.6302(c)-3",
        ),
        ..NONE
    },
    Rule {
        id: "payroll-deposit-monthly",
        title: "Payroll tax deposit",
        about: "Deposit of withheld income tax, Social Security and Medicare, on the monthly schedule.",
        kind: Kind::Payment,
        when: When::Monthly {
            months_after: 1,
            day: 15,
        },
        payroll: EMPLOYERS,
        monthly_deposits: true,
        source: pub_509(
            "IRS Pub. 509, Employer’s Tax Calendar; Pub. 15, section 11, “Monthly Deposit Schedule”",
            "26 CFR 31.6302-1(c)(1)",
        ),
        ..NONE
    },
    Rule {
        id: "form-w-2",
        title: "Forms W-2 and W-3",
        about: "Wage statements, to each employee and to the Social Security Administration.",
        kind: Kind::Report,
        when: When::AfterCalendarYear {
            months_after: 1,
            day: 31,
        },
        payroll: EMPLOYERS,
        source: pub_509(
            "IRS Pub. 509, Employer’s Tax Calendar, January; General Instructions for Forms W-2 and W-3, “When to file”",
            "IRC sections 6051(a) and 6071(c)",
        ),
        ..NONE
    },
    // Payments to others.
    Rule {
        id: "form-1099-nec",
        title: "Form 1099-NEC",
        about: "Statements of what was paid to contractors, to each of them and to the IRS.",
        kind: Kind::Report,
        when: When::AfterCalendarYear {
            months_after: 1,
            day: 31,
        },
        contractors: true,
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, January; Instructions for Forms 1099-MISC and 1099-NEC, “Due date”",
            "IRC sections 6041A(e) and 6071(c)",
        ),
        ..NONE
    },
    // Owners who report the business with their own return.
    Rule {
        id: "form-1040",
        title: "Form 1040 with Schedule C",
        about: "The owner’s income tax return with the profit or loss of the business, and what is owed with it.",
        when: When::AfterTaxYear {
            months_after: 4,
            day: 15,
        },
        taxed_as: &[TaxedAs::SoleProprietor],
        tax_years: TaxYears::CalendarYears,
        link: Link::ExtendedBy("form-4868"),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, April; Instructions for Form 1040, “When and Where Should You File?”",
            "IRC section 6072(a)",
        ),
        ..NONE
    },
    Rule {
        id: "form-4868",
        title: "Form 4868",
        about: "More time to file Form 1040, until October. It is no more time to pay.",
        kind: Kind::Extension,
        when: When::AfterTaxYear {
            months_after: 4,
            day: 15,
        },
        taxed_as: &[TaxedAs::SoleProprietor],
        tax_years: TaxYears::CalendarYears,
        link: Link::Extends(&["form-1040"]),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, April; Form 4868, “When To File Form 4868”",
            "26 CFR 1.6081-4",
        ),
        ..NONE
    },
    Rule {
        id: "form-1040-extended",
        title: "Form 1040 with Schedule C, extended",
        about: "The owner’s income tax return, after more time was asked for.",
        when: When::AfterTaxYear {
            months_after: 10,
            day: 15,
        },
        taxed_as: &[TaxedAs::SoleProprietor],
        tax_years: TaxYears::CalendarYears,
        link: Link::IfExtendedBy("form-4868"),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, October",
            "26 CFR 1.6081-4",
        ),
        ..NONE
    },
    Rule {
        id: "form-1040-es",
        title: "Estimated tax (Form 1040-ES)",
        about: "The owner’s payment of income and self-employment tax for the year, where $1,000 or more will be owed.",
        kind: Kind::Payment,
        when: When::Installments {
            months: &[4, 6, 9, 13],
            day: 15,
        },
        taxed_as: &[TaxedAs::SoleProprietor],
        tax_years: TaxYears::CalendarYears,
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar; Form 1040-ES, “Payment Due Dates”",
            "IRC section 6654(c)(2)",
        ),
        ..NONE
    },
    // Partnerships.
    Rule {
        id: "form-1065",
        title: "Form 1065",
        about: "Partnership return, and a Schedule K-1 for each partner.",
        when: When::AfterTaxYear {
            months_after: 3,
            day: 15,
        },
        taxed_as: &[TaxedAs::Partnership],
        link: Link::ExtendedBy("form-7004-1065"),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, March; Instructions for Form 1065, “When To File”",
            "IRC section 6072(b)",
        ),
        ..NONE
    },
    Rule {
        id: "form-7004-1065",
        title: "Form 7004 for Form 1065",
        about: "Six more months to file the partnership return.",
        kind: Kind::Extension,
        when: When::AfterTaxYear {
            months_after: 3,
            day: 15,
        },
        taxed_as: &[TaxedAs::Partnership],
        link: Link::Extends(&["form-1065"]),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, March; Instructions for Form 7004, “When To File”",
            "26 CFR 1.6081-2",
        ),
        ..NONE
    },
    Rule {
        id: "form-1065-extended",
        title: "Form 1065, extended",
        about: "Partnership return, after more time was asked for.",
        when: When::AfterTaxYear {
            months_after: 9,
            day: 15,
        },
        taxed_as: &[TaxedAs::Partnership],
        link: Link::IfExtendedBy("form-7004-1065"),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, September",
            "26 CFR 1.6081-2",
        ),
        ..NONE
    },
    // S corporations.
    Rule {
        id: "form-1120-s",
        title: "Form 1120-S",
        about: "S corporation return, and a Schedule K-1 for each shareholder.",
        when: When::AfterTaxYear {
            months_after: 3,
            day: 15,
        },
        taxed_as: &[TaxedAs::SCorp],
        link: Link::ExtendedBy("form-7004-1120-s"),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, March; Instructions for Form 1120-S, “When To File”",
            "IRC section 6072(b)",
        ),
        ..NONE
    },
    Rule {
        id: "form-7004-1120-s",
        title: "Form 7004 for Form 1120-S",
        about: "Six more months to file the S corporation return. It is no more time to pay.",
        kind: Kind::Extension,
        when: When::AfterTaxYear {
            months_after: 3,
            day: 15,
        },
        taxed_as: &[TaxedAs::SCorp],
        link: Link::Extends(&["form-1120-s"]),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, March; Instructions for Form 7004, “When To File”",
            "26 CFR 1.6081-3",
        ),
        ..NONE
    },
    Rule {
        id: "form-1120-s-extended",
        title: "Form 1120-S, extended",
        about: "S corporation return, after more time was asked for.",
        when: When::AfterTaxYear {
            months_after: 9,
            day: 15,
        },
        taxed_as: &[TaxedAs::SCorp],
        link: Link::IfExtendedBy("form-7004-1120-s"),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, September",
            "26 CFR 1.6081-3",
        ),
        ..NONE
    },
    // C corporations.
    Rule {
        id: "form-1120",
        title: "Form 1120",
        about: "Corporation income tax return, and what is owed with it.",
        when: When::AfterTaxYear {
            months_after: 4,
            day: 15,
        },
        taxed_as: &[TaxedAs::CCorp],
        tax_years: TaxYears::AllButJuneBegunBefore2026,
        link: Link::ExtendedBy("form-7004-1120"),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, April; Instructions for Form 1120, “When To File”",
            "IRC section 6072(a)",
        ),
        ..NONE
    },
    Rule {
        id: "form-1120-june",
        title: "Form 1120",
        about: "Corporation income tax return of a year that ends in June and began before 2026, and what is owed with it.",
        when: When::AfterTaxYear {
            months_after: 3,
            day: 15,
        },
        taxed_as: &[TaxedAs::CCorp],
        tax_years: TaxYears::JuneBegunBefore2026,
        link: Link::ExtendedBy("form-7004-1120-june"),
        source: pub_509(
            "IRS Instructions for Form 1120, “When To File”; Pub. 509, Fiscal-year taxpayers",
            "Pub. L. 114-41, section 2006(a)(3)(B)",
        ),
        ..NONE
    },
    Rule {
        id: "form-7004-1120",
        title: "Form 7004 for Form 1120",
        about: "Six more months to file the corporation’s return. It is no more time to pay.",
        kind: Kind::Extension,
        when: When::AfterTaxYear {
            months_after: 4,
            day: 15,
        },
        taxed_as: &[TaxedAs::CCorp],
        tax_years: TaxYears::AllButJuneBegunBefore2026,
        link: Link::Extends(&["form-1120"]),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, April; Instructions for Form 7004, “When To File”",
            "26 CFR 1.6081-3",
        ),
        ..NONE
    },
    Rule {
        id: "form-7004-1120-june",
        title: "Form 7004 for Form 1120",
        about: "Seven more months to file the return of a year that ends in June and began before 2026. It is no more time to pay.",
        kind: Kind::Extension,
        when: When::AfterTaxYear {
            months_after: 3,
            day: 15,
        },
        taxed_as: &[TaxedAs::CCorp],
        tax_years: TaxYears::JuneBegunBefore2026,
        link: Link::Extends(&["form-1120-june"]),
        source: pub_509(
            "IRS Instructions for Form 7004, “Extension Period”",
            "26 CFR 1.6081-3; IRC section 6081(b)",
        ),
        ..NONE
    },
    Rule {
        id: "form-1120-extended",
        title: "Form 1120, extended",
        about: "Corporation income tax return, after more time was asked for.",
        when: When::AfterTaxYear {
            months_after: 10,
            day: 15,
        },
        taxed_as: &[TaxedAs::CCorp],
        tax_years: TaxYears::AllButJuneBegunBefore2026,
        link: Link::IfExtendedBy("form-7004-1120"),
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar, October",
            "26 CFR 1.6081-3",
        ),
        ..NONE
    },
    Rule {
        id: "form-1120-june-extended",
        title: "Form 1120, extended",
        about: "Corporation income tax return of a year that ends in June, after more time was asked for.",
        when: When::AfterTaxYear {
            months_after: 10,
            day: 15,
        },
        taxed_as: &[TaxedAs::CCorp],
        tax_years: TaxYears::JuneBegunBefore2026,
        link: Link::IfExtendedBy("form-7004-1120-june"),
        source: pub_509(
            "IRS Instructions for Form 7004, “Extension Period”",
            "26 CFR 1.6081-3; IRC section 6081(b)",
        ),
        ..NONE
    },
    Rule {
        id: "form-1120-estimated",
        title: "Corporation estimated tax",
        about: "Payment of the corporation’s income tax for the year, where $500 or more will be owed.",
        kind: Kind::Payment,
        when: When::Installments {
            months: &[4, 6, 9, 12],
            day: 15,
        },
        taxed_as: &[TaxedAs::CCorp],
        source: pub_509(
            "IRS Pub. 509, General Tax Calendar; Instructions for Form 1120, “Estimated Tax Payments”",
            "IRC section 6655(c)",
        ),
        ..NONE
    },
    // Exempt organizations.
    Rule {
        id: "form-990",
        title: "Form 990, 990-EZ or 990-N",
        about: "Yearly return of an exempt organization; which of the three depends on its receipts and assets.",
        when: When::AfterTaxYear {
            months_after: 5,
            day: 15,
        },
        taxed_as: &[TaxedAs::Exempt],
        link: Link::ExtendedBy("form-8868"),
        source: EXEMPT_RETURN,
        ..NONE
    },
    Rule {
        id: "form-8868",
        title: "Form 8868",
        about: "Six more months to file Form 990 or 990-EZ. Form 990-N cannot be extended.",
        kind: Kind::Extension,
        when: When::AfterTaxYear {
            months_after: 5,
            day: 15,
        },
        taxed_as: &[TaxedAs::Exempt],
        link: Link::Extends(&["form-990"]),
        source: EXEMPT_EXTENSION,
        ..NONE
    },
    Rule {
        id: "form-990-extended",
        title: "Form 990 or 990-EZ, extended",
        about: "Yearly return of an exempt organization, after more time was asked for.",
        when: When::AfterTaxYear {
            months_after: 11,
            day: 15,
        },
        taxed_as: &[TaxedAs::Exempt],
        link: Link::IfExtendedBy("form-8868"),
        source: EXEMPT_EXTENSION,
        ..NONE
    },
    // Beneficial ownership.
    Rule {
        id: "boi-foreign",
        title: "Beneficial ownership (BOI) report",
        about: "Report to FinCEN who owns the company: asked only of companies formed abroad that registered in a state.",
        kind: Kind::Report,
        when: When::AfterFormation { days: 30 },
        moving: Stays,
        entities: &[EntityType::Llc, EntityType::CCorp, EntityType::Partnership],
        formed: Formed::In(Place::Abroad),
        since: Some(date!(2025 - 04 - 25)),
        source: Source {
            document: "FinCEN, Beneficial Ownership Information Reporting Requirement Revision and Deadline Extension, interim final rule, 90 FR 13688 (March 26, 2025)",
            law: "31 CFR 1010.380(a)(1)",
            url: "https://www.federalregister.gov/documents/2025/03/26/2025-05199",
            checked_for: &[2025, 2026],
        },
        ..NONE
    },
    // California.
    Rule {
        id: "ca-llc-tax",
        title: "California LLC tax (FTB 3522)",
        about: "The yearly tax of $800 for the current tax year.",
        jurisdiction: Jurisdiction::California,
        kind: Kind::Payment,
        when: When::Installments {
            months: &[4],
            day: 15,
        },
        moving: NextBusinessDay,
        entities: &[EntityType::Llc],
        taxed_as: &[TaxedAs::SoleProprietor, TaxedAs::Partnership],
        state: Some(Place::California),
        source: state_source(
            "California FTB, Due dates: businesses; FTB 3522 instructions",
            "Cal. Rev. & Tax. Code § 17941(c)",
            FTB,
        ),
        ..NONE
    },
    Rule {
        id: "ca-568",
        title: "California Form 568 or 565",
        about: "Return of an LLC or partnership with several owners.",
        jurisdiction: Jurisdiction::California,
        when: When::AfterTaxYear {
            months_after: 3,
            day: 15,
        },
        moving: NextBusinessDay,
        taxed_as: &[TaxedAs::Partnership],
        state: Some(Place::California),
        source: state_source(
            "California FTB, Due dates: businesses",
            "Cal. Rev. & Tax. Code §§ 18633 and 18633.5",
            FTB,
        ),
        ..NONE
    },
    Rule {
        id: "ca-568-one-owner",
        title: "California Form 568",
        about: "Return of an LLC with one owner, who is a person.",
        jurisdiction: Jurisdiction::California,
        when: When::AfterTaxYear {
            months_after: 4,
            day: 15,
        },
        moving: NextBusinessDay,
        entities: &[EntityType::Llc],
        taxed_as: &[TaxedAs::SoleProprietor],
        state: Some(Place::California),
        source: state_source(
            "California FTB, Due dates: businesses",
            "Cal. Rev. & Tax. Code § 18633.5",
            FTB,
        ),
        ..NONE
    },
    Rule {
        id: "ca-100s",
        title: "California Form 100S",
        about: "Franchise tax return of an S corporation, and the minimum tax of $800 with it.",
        jurisdiction: Jurisdiction::California,
        when: When::AfterTaxYear {
            months_after: 3,
            day: 15,
        },
        moving: NextBusinessDay,
        taxed_as: &[TaxedAs::SCorp],
        state: Some(Place::California),
        source: state_source(
            "California FTB, Due dates: businesses",
            "Cal. Rev. & Tax. Code § 18601",
            FTB,
        ),
        ..NONE
    },
    Rule {
        id: "ca-100",
        title: "California Form 100",
        about: "Franchise tax return of a corporation, and the minimum tax of $800 with it.",
        jurisdiction: Jurisdiction::California,
        when: When::AfterTaxYear {
            months_after: 4,
            day: 15,
        },
        moving: NextBusinessDay,
        taxed_as: &[TaxedAs::CCorp],
        state: Some(Place::California),
        source: state_source(
            "California FTB, Due dates: businesses",
            "Cal. Rev. & Tax. Code § 18601",
            FTB,
        ),
        ..NONE
    },
    Rule {
        id: "ca-199",
        title: "California Form 199 or 199N",
        about: "Yearly return of an exempt organization.",
        jurisdiction: Jurisdiction::California,
        when: When::AfterTaxYear {
            months_after: 5,
            day: 15,
        },
        moving: NextBusinessDay,
        taxed_as: &[TaxedAs::Exempt],
        state: Some(Place::California),
        source: state_source(
            "California FTB, Due dates: exempt organizations",
            "Cal. Rev. & Tax. Code § 23772",
            FTB,
        ),
        ..NONE
    },
    Rule {
        id: "ca-statement-corporation",
        title: "California Statement of Information",
        about: "Yearly statement of a corporation’s officers and address.",
        jurisdiction: Jurisdiction::California,
        kind: Kind::Report,
        when: When::InMonthOfFormation { every: 1 },
        moving: Stays,
        entities: &[EntityType::CCorp, EntityType::SCorp],
        formed: Formed::In(Place::California),
        source: state_source(
            "California Secretary of State, Statements of Information filing tips",
            "Cal. Corp. Code § 1502",
            "https://www.sos.ca.gov/business-programs/business-entities/statements",
        ),
        ..NONE
    },
    Rule {
        id: "ca-statement-biennial",
        title: "California Statement of Information",
        about: "Statement of managers, officers and address, every second year.",
        jurisdiction: Jurisdiction::California,
        kind: Kind::Report,
        when: When::InMonthOfFormation { every: 2 },
        moving: Stays,
        entities: &[EntityType::Llc, EntityType::Nonprofit],
        formed: Formed::In(Place::California),
        source: state_source(
            "California Secretary of State, Statements of Information filing tips",
            "Cal. Corp. Code §§ 17702.09 and 6210",
            "https://www.sos.ca.gov/business-programs/business-entities/statements",
        ),
        ..NONE
    },
    // Delaware.
    Rule {
        id: "de-annual-report",
        title: "Delaware annual report and franchise tax",
        about: "Annual report and franchise tax of a corporation formed in Delaware.",
        jurisdiction: Jurisdiction::Delaware,
        kind: Kind::Report,
        when: When::EachYearOn { month: 3, day: 1 },
        moving: Stays,
        entities: &[EntityType::CCorp, EntityType::SCorp, EntityType::Nonprofit],
        formed: Formed::In(Place::Delaware),
        source: state_source(
            "Delaware Division of Corporations, Annual Report and Tax Instructions",
            "8 Del. C. § 502(a)",
            "https://corp.delaware.gov/paytaxes/",
        ),
        ..NONE
    },
    Rule {
        id: "de-annual-report-foreign",
        title: "Delaware annual report of a foreign corporation",
        about: "Annual report of a corporation formed elsewhere that is qualified in Delaware.",
        jurisdiction: Jurisdiction::Delaware,
        kind: Kind::Report,
        when: When::EachYearOn { month: 6, day: 30 },
        moving: Stays,
        entities: &[EntityType::CCorp, EntityType::SCorp, EntityType::Nonprofit],
        state: Some(Place::Delaware),
        formed: Formed::OutOf(Place::Delaware),
        source: state_source(
            "Delaware Division of Corporations, Annual Report and Tax Instructions",
            "8 Del. C. § 374",
            "https://corp.delaware.gov/paytaxes/",
        ),
        ..NONE
    },
    Rule {
        id: "de-llc-tax",
        title: "Delaware annual tax",
        about: "The yearly tax of $300 of an LLC or partnership that is formed or registered in Delaware.",
        jurisdiction: Jurisdiction::Delaware,
        kind: Kind::Payment,
        when: When::EachYearOn { month: 6, day: 1 },
        moving: Stays,
        entities: &[EntityType::Llc, EntityType::Partnership],
        state: Some(Place::Delaware),
        source: state_source(
            "Delaware Division of Corporations, LLC/LP/GP Franchise Tax Instructions",
            "6 Del. C. §§ 18-1107, 17-1109 and 15-1208",
            "https://corp.delaware.gov/alt-entitytaxinstructions/",
        ),
        ..NONE
    },
    // Florida.
    Rule {
        id: "fl-annual-report",
        title: "Florida annual report",
        about: "Annual report to the Division of Corporations; of a partnership only where it is limited. After May 1 it costs $400 more, nonprofits excepted.",
        jurisdiction: Jurisdiction::Florida,
        kind: Kind::Report,
        when: When::EachYearOn { month: 5, day: 1 },
        moving: Stays,
        entities: &[
            EntityType::Llc,
            EntityType::CCorp,
            EntityType::SCorp,
            EntityType::Nonprofit,
            EntityType::Partnership,
        ],
        state: Some(Place::Florida),
        source: state_source(
            "Florida Division of Corporations, File Annual Report",
            "Fla. Stat. §§ 605.0212, 607.1622, 617.1622 and 620.1210",
            "https://dos.fl.gov/sunbiz/manage-business/efile/annual-report/",
        ),
        ..NONE
    },
    // New York.
    Rule {
        id: "ny-it-204-ll",
        title: "New York IT-204-LL",
        about: "Filing fee of an LLC, LLP or large partnership with income from New York.",
        jurisdiction: Jurisdiction::NewYork,
        kind: Kind::Payment,
        when: When::AfterTaxYear {
            months_after: 3,
            day: 15,
        },
        moving: NextBusinessDay,
        entities: &[EntityType::Llc, EntityType::Partnership],
        taxed_as: &[TaxedAs::SoleProprietor, TaxedAs::Partnership],
        state: Some(Place::NewYork),
        source: state_source(
            "New York Department of Taxation and Finance, Instructions for Form IT-204-LL, “When and where to file”",
            "N.Y. Tax Law § 658(c)(3); N.Y. Gen. Constr. Law § 25-a",
            "https://www.tax.ny.gov/forms/current-forms/it/it204lli.htm",
        ),
        ..NONE
    },
    Rule {
        id: "ny-ct-3-s",
        title: "New York Form CT-3-S",
        about: "Franchise tax return of an S corporation.",
        jurisdiction: Jurisdiction::NewYork,
        when: When::AfterTaxYear {
            months_after: 3,
            day: 15,
        },
        moving: NextBusinessDay,
        taxed_as: &[TaxedAs::SCorp],
        state: Some(Place::NewYork),
        source: state_source(
            "New York Department of Taxation and Finance, Instructions for Form CT-3-S, “When to file”",
            "N.Y. Tax Law § 211(1); N.Y. Gen. Constr. Law § 25-a",
            "https://www.tax.ny.gov/forms/corp_art9a_forms.htm",
        ),
        ..NONE
    },
    Rule {
        id: "ny-ct-3",
        title: "New York Form CT-3",
        about: "Franchise tax return of a corporation.",
        jurisdiction: Jurisdiction::NewYork,
        when: When::AfterTaxYear {
            months_after: 4,
            day: 15,
        },
        moving: NextBusinessDay,
        taxed_as: &[TaxedAs::CCorp],
        state: Some(Place::NewYork),
        source: state_source(
            "New York Department of Taxation and Finance, Instructions for Form CT-3, “When to file”",
            "N.Y. Tax Law § 211(1); N.Y. Gen. Constr. Law § 25-a",
            "https://www.tax.ny.gov/forms/corp_art9a_forms.htm",
        ),
        ..NONE
    },
    Rule {
        id: "ny-biennial-statement",
        title: "New York biennial statement",
        about: "Statement to the Department of State, every second year in the month in which it was formed.",
        jurisdiction: Jurisdiction::NewYork,
        kind: Kind::Report,
        when: When::InMonthOfFormation { every: 2 },
        moving: Stays,
        entities: &[EntityType::Llc, EntityType::CCorp, EntityType::SCorp],
        formed: Formed::In(Place::NewYork),
        source: state_source(
            "New York Department of State, Biennial Statements",
            "N.Y. Bus. Corp. Law § 408; N.Y. LLC Law § 301(e)",
            "https://dos.ny.gov/biennial-statements-business-corporations-and-limited-liability-companies",
        ),
        ..NONE
    },
    // Texas.
    Rule {
        id: "tx-franchise",
        title: "Texas franchise tax and information report",
        about: "Franchise tax report with the Public or Ownership Information Report; of a partnership, unless all partners are people without limited liability.",
        jurisdiction: Jurisdiction::Texas,
        kind: Kind::Report,
        when: When::EachYearOn { month: 5, day: 15 },
        moving: NextBusinessDay,
        entities: &[
            EntityType::Llc,
            EntityType::CCorp,
            EntityType::SCorp,
            EntityType::Partnership,
        ],
        state: Some(Place::Texas),
        source: state_source(
            "Texas Comptroller, Franchise Tax: annual reports",
            "Tex. Tax Code § 171.202(b); Tex. Gov’t Code § 311.014(b)",
            "https://comptroller.texas.gov/taxes/franchise/",
        ),
        ..NONE
    },
];

const EXEMPT_RETURN: Source = Source {
    document: "IRS, Return due dates for exempt organizations: annual return; Instructions for Form 990, “When To File”",
    law: "26 CFR 1.6033-2(e)",
    url: "https://www.irs.gov/charities-non-profits/return-due-dates-for-exempt-organizations-annual-return",
    checked_for: &[2025, 2026],
};

const EXEMPT_EXTENSION: Source = Source {
    document: "IRS, Return due dates for exempt organizations: annual return; Instructions for Form 8868",
    law: "26 CFR 1.6081-9",
    url: "https://www.irs.gov/charities-non-profits/return-due-dates-for-exempt-organizations-annual-return",
    checked_for: &[2025, 2026],
};

/// States whose deadlines are computed.
pub const STATES: &[Place] = &[
    Place::California,
    Place::Delaware,
    Place::Florida,
    Place::NewYork,
    Place::Texas,
];

/// What many expect to owe and do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotOwed {
    pub title: &'static str,
    pub why: &'static str,
    pub source: Source,
}

/// Asked of no company formed in the United States.
pub const DOMESTIC_BOI: NotOwed = NotOwed {
    title: "Beneficial ownership (BOI) report",
    why: "Companies formed in the United States need not report their owners to FinCEN since March 26, 2025.",
    source: Source {
        document: "FinCEN, interim final rule, 90 FR 13688 (March 26, 2025)",
        law: "31 CFR 1010.380(c)(2)(xxiv)",
        url: "https://www.federalregister.gov/documents/2025/03/26/2025-05199",
        checked_for: &[2025, 2026],
    },
};

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
