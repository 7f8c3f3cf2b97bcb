// What the name of a file tells of a document.
import assert from "node:assert/strict";
import { test } from "node:test";
import { documentName, extensionOf, guessCategory, splitName } from "../../omega-site/modules/document-names.js";

test("a category is guessed from the names that people and programs give", () => {
  const names = {
    "tax-return": ["2024 Tax Return.pdf", "f1120s.pdf", "Form 1120-S signed.pdf", "1065_2024.pdf", "f1040sr.pdf", "Form 990-EZ.pdf", "Taxes2023.pdf", "Schedule C.pdf"],
    "bank-statement": ["Statement_January.pdf", "eStmt_2026-01-31.pdf", "BankStatementJan2026.pdf", "business checking 0042.csv", "Chase bank.pdf"],
    "profit-loss": ["P&L 2025.xlsx", "P+L.xlsx", "PnL_Q3.xlsx", "Profit and Loss.pdf", "ProfitLoss2024.csv", "Income Statement 2025.pdf"],
    "balance-sheet": ["Balance Sheet.pdf", "BalanceSheet2025.xlsx", "closing balance.pdf"],
    w2: ["W-2.pdf", "w2.pdf", "fw2.pdf", "W2_2025_Reyes.pdf", "W-2c.pdf", "W2Form.pdf", "all W2s.pdf"],
    w9: ["W-9 signed.pdf", "fw9.pdf", "W9.pdf"],
    1099: ["1099-NEC.pdf", "f1099msc.pdf", "1099NEC_2025.pdf", "form1099.pdf".replace("form", "form ")],
    "articles-of-incorporation": ["Articles of Organization.pdf", "articles.pdf", "Certificate of Formation.pdf", "Corporate Charter.pdf"],
    "ein-letter": ["EIN letter.pdf", "CP575.pdf", "cp-575-a.pdf", "IRS 147C.pdf", "SS-4.pdf"],
    "insurance-policy": ["General Liability.pdf", "COI 2026.pdf", "insurance_policy.pdf", "Workers comp.pdf"],
    "lease-agreement": ["Lease Agreement.docx", "shop rental contract.pdf"],
    "payroll-report": ["Payroll Q1.xlsx", "Form 941 Q2.pdf", "f940.pdf", "paystub.pdf", "Payroll tax summary.pdf"],
  };
  for (const [category, list] of Object.entries(names)) for (const name of list) assert.equal(guessCategory(name), category, name);
});

test("a name that says nothing is no guess", () => {
  for (const name of ["IMG_2041.HEIC", "scan.pdf", "document (3).pdf", "image.jpg", "20260131.pdf", "Reyes.docx", "sweet2.png", "veins.pdf", "", ".pdf"]) {
    assert.equal(guessCategory(name), null, name);
  }
});

test("the ending is told from the name", () => {
  assert.deepEqual(splitName("Return 2025.PDF"), ["Return 2025", ".PDF"]);
  assert.deepEqual(splitName("v1.2 notes"), ["v1.2 notes", ""]);
  assert.deepEqual(splitName(".pdf"), [".pdf", ""]);
  assert.equal(extensionOf("a.tar.GZ"), "gz");
});

test("a name that is too long keeps its ending", () => {
  const name = documentName(`${"é".repeat(300)}.pdf`);
  assert.equal([...name].length, 200);
  assert.ok(name.endsWith("é.pdf"));
  assert.equal(documentName("Cafe\u0301\n.pdf"), "Café.pdf");
});
