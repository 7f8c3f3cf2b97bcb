// @ts-check
// Written by `cargo xtask generate` from crates/common/src/request_templates.rs.

/** @typedef {{title: string, description: string, wanted: "file" | "answer", document_category: string | null}} TemplateItem */
/** @typedef {{id: string, title: string, entity_type: string | null, due_in_days: number, items: TemplateItem[]}} Template */

export const templates = /** @type {Template[]} */ ([
  {
    "id": "year-end-sole-proprietorship",
    "title": "Year-end papers of a sole proprietorship",
    "entity_type": "sole-proprietorship",
    "due_in_days": 21,
    "items": [
      {
        "title": "Form 1040 of last year",
        "description": "Your whole personal return as it was filed, with Schedule C and Schedule SE.",
        "wanted": "file",
        "document_category": "tax-return"
      },
      {
        "title": "Income and expenses of the year",
        "description": "A profit and loss statement, or the list that you keep of what came in and went out.",
        "wanted": "file",
        "document_category": "profit-loss"
      },
      {
        "title": "Business bank statements of the year",
        "description": "Every month from January to December, all pages. Card statements too, if the business pays by card.",
        "wanted": "file",
        "document_category": "bank-statement"
      },
      {
        "title": "Forms 1099 that you received",
        "description": "All 1099-NEC, 1099-K and 1099-MISC that were sent to you for the year.",
        "wanted": "file",
        "document_category": "1099"
      },
      {
        "title": "Business use of your home and car",
        "description": "The square feet of your home and of the part that only the business uses, and the business miles and all miles of the year.",
        "wanted": "answer",
        "document_category": null
      },
      {
        "title": "Health insurance and retirement",
        "description": "What you paid for health insurance and into a SEP, SIMPLE or solo 401(k) plan, each with its total of the year.",
        "wanted": "answer",
        "document_category": null
      },
      {
        "title": "Estimated tax that you paid",
        "description": "The date and the amount of each payment, to the IRS and to your state.",
        "wanted": "answer",
        "document_category": null
      }
    ]
  },
  {
    "id": "year-end-llc",
    "title": "Year-end papers of an LLC",
    "entity_type": "llc",
    "due_in_days": 21,
    "items": [
      {
        "title": "Operating agreement",
        "description": "The signed one that holds now, with each member’s share.",
        "wanted": "file",
        "document_category": "articles-of-incorporation"
      },
      {
        "title": "Form 8832 or 2553, if one was filed",
        "description": "The election to be taxed as a corporation, with the IRS’s letter that accepted it. If there is none, say so.",
        "wanted": "file",
        "document_category": "other"
      },
      {
        "title": "Tax return of last year",
        "description": "As it was filed: Form 1065, 1120-S or 1120, or the owner’s Form 1040 with Schedule C.",
        "wanted": "file",
        "document_category": "tax-return"
      },
      {
        "title": "Profit and loss statement of the year",
        "description": "January to December, from your bookkeeping.",
        "wanted": "file",
        "document_category": "profit-loss"
      },
      {
        "title": "Balance sheet at the end of the year",
        "description": "As of December 31 or the last day of your fiscal year.",
        "wanted": "file",
        "document_category": "balance-sheet"
      },
      {
        "title": "Bank and card statements of the year",
        "description": "Every account of the business, each month, all pages.",
        "wanted": "file",
        "document_category": "bank-statement"
      },
      {
        "title": "Members and what they put in and took out",
        "description": "Each member’s name, share, contributions and draws of the year.",
        "wanted": "answer",
        "document_category": null
      }
    ]
  },
  {
    "id": "year-end-s-corp",
    "title": "Year-end papers of an S corporation",
    "entity_type": "s-corp",
    "due_in_days": 21,
    "items": [
      {
        "title": "IRS letter that accepted the S election",
        "description": "CP261, the answer to your Form 2553.",
        "wanted": "file",
        "document_category": "other"
      },
      {
        "title": "Form 1120-S of last year",
        "description": "As it was filed, with a Schedule K-1 for each shareholder.",
        "wanted": "file",
        "document_category": "tax-return"
      },
      {
        "title": "Payroll reports of the year",
        "description": "Forms 941 of all four quarters, Form 940, and Form W-3 with the W-2s. Shareholders who work in the business belong to it.",
        "wanted": "file",
        "document_category": "payroll-report"
      },
      {
        "title": "Profit and loss statement of the year",
        "description": "January to December, from your bookkeeping.",
        "wanted": "file",
        "document_category": "profit-loss"
      },
      {
        "title": "Balance sheet at the end of the year",
        "description": "With loans to and from shareholders shown by themselves.",
        "wanted": "file",
        "document_category": "balance-sheet"
      },
      {
        "title": "Bank and card statements of the year",
        "description": "Every account of the business, each month, all pages.",
        "wanted": "file",
        "document_category": "bank-statement"
      },
      {
        "title": "Shareholders and distributions",
        "description": "Each shareholder’s name, shares, the days on which shares changed hands, and the distributions of the year.",
        "wanted": "answer",
        "document_category": null
      },
      {
        "title": "Health insurance of shareholders",
        "description": "What the business paid for each shareholder who holds more than 2 %: it belongs on their W-2.",
        "wanted": "answer",
        "document_category": null
      }
    ]
  },
  {
    "id": "year-end-c-corp",
    "title": "Year-end papers of a C corporation",
    "entity_type": "c-corp",
    "due_in_days": 21,
    "items": [
      {
        "title": "Form 1120 of last year",
        "description": "As it was filed, with all schedules.",
        "wanted": "file",
        "document_category": "tax-return"
      },
      {
        "title": "Estimated tax that was paid",
        "description": "The date and the amount of each payment of the year, to the IRS and to each state.",
        "wanted": "answer",
        "document_category": null
      },
      {
        "title": "Profit and loss statement of the year",
        "description": "Of your fiscal year, from your bookkeeping.",
        "wanted": "file",
        "document_category": "profit-loss"
      },
      {
        "title": "Balance sheet at the end of the year",
        "description": "With retained earnings, and loans to and from shareholders shown by themselves.",
        "wanted": "file",
        "document_category": "balance-sheet"
      },
      {
        "title": "Payroll reports of the year",
        "description": "Forms 941 of all four quarters, Form 940, and Form W-3 with the W-2s.",
        "wanted": "file",
        "document_category": "payroll-report"
      },
      {
        "title": "Bank and card statements of the year",
        "description": "Every account of the business, each month, all pages.",
        "wanted": "file",
        "document_category": "bank-statement"
      },
      {
        "title": "Minutes of the board",
        "description": "The meetings of the year, with officers’ pay and dividends that were declared.",
        "wanted": "file",
        "document_category": "other"
      },
      {
        "title": "Shareholders of 20 % or more",
        "description": "Each one’s name, share and country. Form 1120 asks for them on Schedule K.",
        "wanted": "answer",
        "document_category": null
      }
    ]
  },
  {
    "id": "year-end-partnership",
    "title": "Year-end papers of a partnership",
    "entity_type": "partnership",
    "due_in_days": 21,
    "items": [
      {
        "title": "Partnership agreement",
        "description": "The signed one that holds now, with changes.",
        "wanted": "file",
        "document_category": "articles-of-incorporation"
      },
      {
        "title": "Form 1065 of last year",
        "description": "As it was filed, with a Schedule K-1 for each partner.",
        "wanted": "file",
        "document_category": "tax-return"
      },
      {
        "title": "Profit and loss statement of the year",
        "description": "January to December, from your bookkeeping.",
        "wanted": "file",
        "document_category": "profit-loss"
      },
      {
        "title": "Balance sheet at the end of the year",
        "description": "With each partner’s capital account.",
        "wanted": "file",
        "document_category": "balance-sheet"
      },
      {
        "title": "Bank and card statements of the year",
        "description": "Every account of the business, each month, all pages.",
        "wanted": "file",
        "document_category": "bank-statement"
      },
      {
        "title": "Partners, contributions and draws",
        "description": "Each partner’s name, address and share, what they put in and took out, and whether anybody joined or left in the year.",
        "wanted": "answer",
        "document_category": null
      },
      {
        "title": "Guaranteed payments",
        "description": "What each partner was paid for work or capital, whatever the profit was.",
        "wanted": "answer",
        "document_category": null
      }
    ]
  },
  {
    "id": "year-end-nonprofit",
    "title": "Year-end papers of a nonprofit",
    "entity_type": "nonprofit",
    "due_in_days": 21,
    "items": [
      {
        "title": "IRS determination letter",
        "description": "The letter that says the organization is exempt, such as 947 or 1045.",
        "wanted": "file",
        "document_category": "other"
      },
      {
        "title": "Form 990 of last year",
        "description": "As it was filed: 990, 990-EZ, or the receipt of the 990-N.",
        "wanted": "file",
        "document_category": "tax-return"
      },
      {
        "title": "Statement of activities of the year",
        "description": "What came in and went out, by program, management and fundraising.",
        "wanted": "file",
        "document_category": "profit-loss"
      },
      {
        "title": "Statement of financial position",
        "description": "What the organization has and owes at the end of the year.",
        "wanted": "file",
        "document_category": "balance-sheet"
      },
      {
        "title": "Gifts of $5,000 or more",
        "description": "Each giver’s name, address, amount and day. They go on Schedule B.",
        "wanted": "answer",
        "document_category": null
      },
      {
        "title": "Board and key employees",
        "description": "Each one’s name, title, hours a week and pay of the year.",
        "wanted": "answer",
        "document_category": null
      },
      {
        "title": "Bank statements of the year",
        "description": "Every account, each month, all pages.",
        "wanted": "file",
        "document_category": "bank-statement"
      },
      {
        "title": "Payroll reports of the year",
        "description": "Forms 941 of all four quarters and Form W-3 with the W-2s. If nobody is employed, say so.",
        "wanted": "file",
        "document_category": "payroll-report"
      }
    ]
  },
  {
    "id": "monthly-books",
    "title": "Monthly books",
    "entity_type": null,
    "due_in_days": 10,
    "items": [
      {
        "title": "Bank statements of last month",
        "description": "Every account of the business, all pages.",
        "wanted": "file",
        "document_category": "bank-statement"
      },
      {
        "title": "Card statements of last month",
        "description": "Every card that pays for the business.",
        "wanted": "file",
        "document_category": "bank-statement"
      },
      {
        "title": "Payroll report of last month",
        "description": "From your payroll service. If nobody is paid, say so.",
        "wanted": "file",
        "document_category": "payroll-report"
      },
      {
        "title": "Payments that we should know of",
        "description": "Cash, checks and payments between you and the business that do not explain themselves.",
        "wanted": "answer",
        "document_category": null
      }
    ]
  },
  {
    "id": "contractors-1099",
    "title": "1099 forms for contractors",
    "entity_type": null,
    "due_in_days": 10,
    "items": [
      {
        "title": "Form W-9 of each contractor",
        "description": "Everybody who was paid for services in the year and is no corporation.",
        "wanted": "file",
        "document_category": "w9"
      },
      {
        "title": "What each contractor was paid",
        "description": "Name and total of the year, without what was paid by card or through a payment network.",
        "wanted": "answer",
        "document_category": null
      }
    ]
  }
]);
